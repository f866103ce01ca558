#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The drop-in net_failover.ko, on a host with failover=on: virtio_net asks for
# a master, gets a tandem, and the VF joins. Nothing is configured.
#
#   +- guest ------------------------------------+
#   |   master (tandem), named like any virtio   |
#   |    |- virtio NIC with STANDBY              |
#   |    '- VF (PCI) with the same MAC           |
#   +--------------------------------------------+

ALL_TESTS="
	pair_without_configuration
	udev_names_as_with_the_kernels_module
	vf_goes_and_comes
	join_command_is_not_for_the_hosts_pair
	virtio_goes_and_comes
	virtio_goes_while_master_is_up
	master_deleted_by_hand
	master_stays_in_its_namespace
	modules_in_use_are_kept
	unloading_leaves_nothing
	nothing_leaks
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

# The virtio NIC under test is the one that offers bit 62.
virtio=
for path in /sys/bus/virtio/devices/*; do
	if [ "$(cut -c 63 "$path/features")" = 1 ]; then
		virtio=$path
	fi
done
driver=/sys/bus/virtio/drivers/virtio_net
slot=$(basename "$virtio")

for path in /sys/bus/pci/devices/*/net; do
	vf_device=$(dirname "$path")
done
vf_slot=$(basename "$vf_device")
vf_driver=$(readlink -f "$vf_device/driver")

# The devices by what they are, whatever they are called at the moment.
devices()
{
	ls "$1/net" 2>/dev/null
}

master()
{
	local dev

	for dev in $(devices "$virtio"); do
		if [ -e "/sys/class/net/$dev/lower_$(standby)" ]; then
			echo "$dev"
		fi
	done
}

standby()
{
	local dev

	for dev in $(devices "$virtio"); do
		if [ "$(cat "/sys/class/net/$dev/phys_port_name" \
			2>/dev/null)" = sby ]; then
			echo "$dev"
		fi
	done
}

vf()
{
	devices "$vf_device"
}

has_master()
{
	[ -n "$(master)" ]
}

# is_port DEVICE
is_port()
{
	[ -n "$1" ] && [ -e "/sys/class/net/$(master)/lower_$1" ]
}

vf_joined()
{
	is_port "$(vf)"
}

bind_virtio()
{
	modprobe virtio_net
	if [ ! -e "$driver/$slot" ]; then
		echo "$slot" >"$driver/bind"
	fi
}

bind_vf()
{
	if [ ! -e "$vf_driver/$vf_slot" ]; then
		echo "$vf_slot" >"$vf_driver/bind"
	fi
}

setup()
{
	bind_virtio
	bind_vf
	wait_for "there is a master" has_master
	wait_for "the VF has joined" vf_joined
}

# unbind_virtio: and the VF, which had joined, is an ordinary device again.
unbind_virtio()
{
	echo "$slot" >"$driver/unbind"
	expect_equal "devices of the virtio NIC" "$(devices "$virtio")" ""
	expect "the VF is free" test ! -e "/sys/class/net/$(vf)/master"
	expect_equal "SLAVE in the flags of the VF" \
		"$(ip link show dev "$(vf)" | grep -c SLAVE)" 0
}

bring_up()
{
	ip link set "$(master)" up
	wait_for "the VF has carrier" has_carrier "$(vf)"
}

pair_without_configuration()
{
	local said

	said=$(ethtool -i "$(master)")
	[[ $said == *"driver: tandem"* ]] || fail "the master is no tandem"
	ip -d link show dev "$(master)" | grep -qw tandem ||
		fail "the master is not of the kind tandem"
	expect "the standby is a port" is_port "$(standby)"
	expect "the VF is a port" is_port "$(vf)"
	expect_equal "MAC of the VF" "$(cat "/sys/class/net/$(vf)/address")" \
		"$(cat "/sys/class/net/$(master)/address")"
}

# name_devices: let udev name what is there; print the names.
name_devices()
{
	local name

	(exec -a systemd-udevd udevadm --daemon) >/dev/null 2>&1
	udevadm trigger --action add --subsystem-match net
	udevadm settle
	for name in /sys/class/net/*; do
		basename "$name"
	done
	pkill -f systemd-udevd
}

# Loaded by path, the kernel's own module is what virtio_net then finds.
load_stock()
{
	modprobe -r virtio_net
	rmmod tandem
	modprobe failover
	insmod "/lib/modules/$(uname -r)/kernel/drivers/net/net_failover.ko"
	modprobe virtio_net
	wait_for "the virtio NIC is back" has_master
}

udev_names_as_with_the_kernels_module()
{
	local ours theirs said

	ours=$(name_devices)
	load_stock
	said=$(ethtool -i "$(master)")
	[[ $said == *"driver: net_failover"* ]] || fail "not the kernel's module"
	theirs=$(name_devices)
	echo "# named ${ours//$'\n'/ }"
	expect_equal "names" "${ours//$'\n'/ }" "${theirs//$'\n'/ }"
	[[ $ours == *nsby* ]] || fail "udev has named nothing: $ours"
	modprobe -r virtio_net
	rmmod failover || :
}

vf_goes_and_comes()
{
	bring_up
	echo "$vf_slot" >"$vf_driver/unbind"
	expect "the master has carrier" has_carrier "$(master)"
	bind_vf
	wait_for "the VF has joined again" vf_joined
	wait_for "and has carrier" has_carrier "$(vf)"
}

join_command_is_not_for_the_hosts_pair()
{
	bring_up
	ip link set "$(master)" type tandem join command
	echo "$vf_slot" >"$vf_driver/unbind"
	bind_vf
	wait_for "the VF has joined again" vf_joined
}

virtio_goes_and_comes()
{
	unbind_virtio
	bind_virtio
	wait_for "there is a master" has_master
	expect "the VF has joined again" is_port "$(vf)"
}

virtio_goes_while_master_is_up()
{
	bring_up
	ip addr add 192.0.2.1/24 dev "$(master)"
	unbind_virtio
}

# The handle that virtio_net keeps points to nothing then.
master_deleted_by_hand()
{
	bring_up
	expect "the master can be deleted" ip link del "$(master)"
	expect "the VF is free" test ! -e "/sys/class/net/$(vf)/master"
	expect_equal "devices of the virtio NIC" "$(devices "$virtio")" \
		"$(standby)"
	unbind_virtio
}

master_stays_in_its_namespace()
{
	setup_ns ELSEWHERE
	# The words are the core's, and not the same in all kernels.
	expect_refused "" ip link set "$(master)" netns "$ELSEWHERE"
}

modules_in_use_are_kept()
{
	expect_refused "in use" rmmod tandem
	expect_refused "in use" rmmod net_failover
}

unloading_leaves_nothing()
{
	bring_up
	expect "virtio_net goes, and net_failover with it" \
		modprobe -r virtio_net
	if [ -e /sys/module/tandem ]; then
		expect "tandem goes" rmmod tandem
	fi
	expect "net_failover is gone" test ! -e /sys/module/net_failover
	expect_equal "devices of the virtio NIC" "$(devices "$virtio")" ""
	expect "the VF is free" test ! -e "/sys/class/net/$(vf)/master"
}

unbind_and_bind()
{
	bring_up
	unbind_virtio
	setup
}

nothing_leaks()
{
	leaks_nothing 20 unbind_and_bind
}

tests_run
