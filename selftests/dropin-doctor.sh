#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tandem-doctor on a host with failover=on, where nobody has to make a tandem: the
# drop-in net_failover.ko does, if it is the one that virtio_net finds.
#
#   +- guest ------------------------------------+
#   |   master (tandem)                          |
#   |    |- VF (PCI) with the same MAC           |
#   |    '- virtio NIC with STANDBY              |
#   +--------------------------------------------+

ALL_TESTS="
	vf_in_use
	vf_has_no_driver
	net_failover_of_the_kernel
	net_failover_not_installed
	tandem_beside_the_kernels_module
	master_deleted
	nothing_loaded
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=doctor.bash
. "$(dirname "$0")/doctor.bash"

only_in_the_lab

find_devices
virtio_slot=$(basename "$(readlink "/sys/class/net/$virtio/device")")

master()
{
	ip -o link show type tandem | sed 's/^[0-9]*: \([^:@]*\).*/\1/'
}

has_master()
{
	[ -n "$(master)" ]
}

# port ROLE: the master's port that has it.
port()
{
	ip -d -o link show master "$(master)" |
		sed -n "s/^[0-9]*: \([^:@]*\).* role $1 .*/\1/p"
}

vf_transmits()
{
	ip -d link show "$(master)" | grep -q " active primary "
}

virtio_has_devices()
{
	[ -n "$(ls "/sys/bus/virtio/devices/$virtio_slot/net")" ]
}

setup()
{
	modprobe virtio_net
	wait_for "there is a master" has_master
	if [ ! -e "$vf_driver/$vf_slot" ]; then
		echo "$vf_slot" >"$vf_driver/bind"
	fi
	ip link set "$(master)" up
	wait_for "the VF transmits" vf_transmits
}

vf_in_use()
{
	local nic

	nic=$(port standby)
	examine 0
	expect_equal "checks" "$(checks)" \
		" module dropin standby vf mac mtu namespace manager driver"
	diagnosed dropin ok "the net_failover that is loaded is tandem's"
	diagnosed standby ok "STANDBY was offered to $nic ($virtio_slot), and acked"
	diagnosed vf ok "$vf_slot is driven by $(basename "$vf_driver"): $(port primary)"
	diagnosed driver ok "in-use: $(port primary) transmits"
	diagnosed driver ok "preferred-primary: $nic is well"
	not_diagnosed " problem "
	not_diagnosed " note "
}

# The master, which has the virtio NIC as its parent, is not taken for a VF.
vf_has_no_driver()
{
	echo "$vf_slot" >"$vf_driver/unbind"
	examine 1
	diagnosed standby ok "STANDBY was offered to $(port standby)"
	diagnosed vf problem "$vf_slot has no driver: $(basename "$vf_driver") is loaded" \
		"echo $vf_slot >/sys/bus/pci/drivers_probe"
	diagnosed driver problem "no-primary: there is none"
	follow "echo $vf_slot >/sys/bus/pci/drivers_probe"
	wait_for "the VF transmits" vf_transmits
	examine 0
}

# It was there first, as from an initramfs.
net_failover_of_the_kernel()
{
	load_stock
	wait_for "the NIC is there" virtio_has_devices
	examine 1
	diagnosed dropin problem "the kernel's own net_failover is loaded, not tandem's" \
		"modprobe -r virtio_net; modprobe virtio_net"
	diagnosed tandem problem "the host asks for a pair ($virtio_slot), but there is" \
		"see dropin; then: modprobe -r virtio_net; modprobe virtio_net"
	# Not to be left behind, and in nobody's way.
	follow "modprobe -r virtio_net; modprobe virtio_net"
	modprobe -r failover
	setup
	examine 0
}

net_failover_not_installed()
{
	unload
	without_module net_failover not_installed
	load_ours
	setup
	examine 0
}

not_installed()
{
	modprobe virtio_net
	wait_for "the NIC is there" virtio_has_devices
	examine 1
	diagnosed dropin problem "net_failover is the kernel's own: /lib/modules/" \
		"make install; modprobe -r virtio_net; modprobe virtio_net"
}

# Made by hand it cannot have the NIC, which has a master.
tandem_beside_the_kernels_module()
{
	load_stock
	wait_for "the NIC is there" virtio_has_devices
	ip link add t0 type tandem
	examine 1
	diagnosed dropin problem "the kernel's own net_failover is loaded, not tandem's"
	diagnosed standby problem "there is no standby"
	ip link del t0
	load_ours
}

master_deleted()
{
	ip link del "$(master)"
	examine 1
	diagnosed dropin ok "the net_failover that is loaded is tandem's"
	diagnosed tandem problem "the host asks for a pair ($virtio_slot), but there is" \
		"see dropin; then: modprobe -r virtio_net; modprobe virtio_net"
	follow "modprobe -r virtio_net; modprobe virtio_net"
	setup
	examine 0
}

# Of a NIC without a driver nobody knows what its host asks for.
nothing_loaded()
{
	unload
	examine 1
	diagnosed module problem "tandem is not loaded"
	diagnosed dropin note "tandem's net_failover is not loaded" \
		"modprobe virtio_net"
	diagnosed tandem problem "nobody has made a tandem"
}

tests_run
