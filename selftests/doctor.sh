#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tandem-doctor with the devices of the lab's guest, on a host that does not ask
# for a pair: a test for each diagnosis, in which what it advises is done where
# that can be. For dropin-doctor.sh the host asks, doctor-ports.sh needs none.
#
#   +- the lab's guest --------------+
#   |   t0 (tandem)                  |
#   |    |- VF (PCI, primary)        |
#   |    '- virtio NIC (standby)     |
#   +--------------------------------+

ALL_TESTS="
	vf_in_use
	nobody_made_a_tandem
	module_not_loaded
	module_for_another_kernel
	module_not_installed
	module_of_another_build
	net_failover_of_the_kernel
	no_standby
	standby_offered
	no_vf
	vf_has_no_driver
	vf_is_kept_for_another_driver
	vf_has_another_mac
	vf_cannot_have_the_mtu
	vf_in_a_namespace
	vf_in_a_nameless_namespace
	not_root
	vf_has_another_master
	macvlan_on_the_vf
	vf_is_stalled
	vf_was_released
	roles_were_swapped
	driver_not_loaded
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=doctor.bash
. "$(dirname "$0")/doctor.bash"

only_in_the_lab

find_devices
virtio_slot=$(basename "$(readlink "/sys/class/net/$virtio/device")")

teardown()
{
	remove_stubs
	if [ ! -e "/sys/class/net/$virtio" ]; then
		modprobe virtio_net
		wait_for "$virtio is back" test -e "/sys/class/net/$virtio"
	fi
	devices_free
}

# Of real devices the virtio NIC alone: it is only with the VF's MAC that the VF
# joins.
standby_only()
{
	ip link add t0 type tandem
	ip link set "$virtio" master t0
	ip link set t0 up
	wait_for "t0 has carrier" has_carrier t0
}

# vf_joins: by itself, or by the doctor's advice.
vf_joins()
{
	wait_for "the VF is a port" test -e "/sys/class/net/$vf/master"
	wait_for "it transmits" vf_transmits
}

vf_transmits()
{
	ip -d link show t0 | grep -q " active primary "
}

vf_in_use()
{
	devices_paired
	examine 0
	expect_equal "checks" "$(checks)" \
		" module dropin standby vf mac mtu namespace manager driver"
	expect_equal "first line" "${said%%$'\n'*}" "t0: the fast path is in use"
	diagnosed module ok "tandem is loaded, and installed as $updates/tandem.ko"
	diagnosed dropin ok "the net_failover that is loaded is tandem's"
	diagnosed standby note "STANDBY is not acked by $virtio ($virtio_slot)" \
		"none, if made by hand; else on the host failover=on"
	diagnosed vf ok "$vf_slot is driven by $(basename "$vf_driver"): $vf"
	diagnosed mac ok "no port has another MAC than t0"
	diagnosed mtu ok "no port has, or needs, another MTU than t0"
	diagnosed namespace ok "$vf is in the namespace of t0"
	diagnosed manager ok "nobody else holds a port of t0"
	diagnosed driver ok "in-use: $vf transmits since $(date +%Y)-"
	diagnosed driver ok "preferred-primary: $virtio is well"
	not_diagnosed problem
}

nobody_made_a_tandem()
{
	examine 1
	expect_equal "checks" "$(checks)" " module dropin tandem"
	diagnosed tandem problem "nobody has made a tandem, and the host asks for none" \
		"ip link add tandem0 type tandem; ip link set NIC master tandem0"
	[[ $told == *',"checks":[{'*'}],"tandems":[]}' ]] ||
		fail "not all in JSON: $told"
}

module_not_loaded()
{
	unload
	examine 1
	diagnosed module problem "tandem is not loaded; it is installed as $updates" \
		"modprobe tandem"
	diagnosed dropin note "tandem's net_failover is not loaded: $updates" \
		"modprobe virtio_net"
	follow "modprobe tandem"
	examine 1
	diagnosed module ok "tandem is loaded"
}

module_for_another_kernel()
{
	unload
	cp "$updates/tandem.ko" /run
	sed -i "s/vermagic=./vermagic=1/" "$updates/tandem.ko"
	examine 1
	diagnosed module problem "$updates/tandem.ko is for 1$(uname -r | cut -c 2-)," \
		"make; make install, with the headers of $(uname -r)"
	mv /run/tandem.ko "$updates"
}

module_not_installed()
{
	without_module tandem examine 1
	diagnosed module note "tandem is loaded, but not installed for $(uname -r)" \
		"make; make install"
	unload
	without_module tandem examine 1
	diagnosed module problem "no module tandem is installed for $(uname -r)" \
		"make; make install"
}

# Any other module of this kernel will do.
module_of_another_build()
{
	cp "$updates/tandem.ko" /run
	cp "$updates/net_failover.ko" "$updates/tandem.ko"
	examine 1
	diagnosed module note "tandem is loaded, but from another build than $updates" \
		"unload the old one"
	mv /run/tandem.ko "$updates"
}

# Where the host does not ask for a pair that is not a problem.
net_failover_of_the_kernel()
{
	local kernels

	kernels=/lib/modules/$(uname -r)/kernel/drivers/net/net_failover.ko
	load_stock
	examine 1
	diagnosed dropin note "the kernel's own net_failover is loaded, not tandem's" \
		"modprobe -r virtio_net; modprobe virtio_net"
	without_module net_failover examine 1
	diagnosed dropin note "net_failover is the kernel's own: $kernels" \
		"make install; modprobe -r virtio_net; modprobe virtio_net"
	load_ours
	wait_for "$virtio is back" test -e "/sys/class/net/$virtio"
}

no_standby()
{
	first_namespace
	ip link add t0 address "$vf_mac" type tandem
	ip link set t0 up
	wait_for "t0 is on the VF" is "$GUEST" t0 active primary
	examine 0
	diagnosed standby problem "there is no standby: nothing is left when the VF goes" \
		"ip link set NIC master t0"
	diagnosed driver note "no-standby: there is none" "ip link set NIC master t0"
	ip link set "$virtio" master t0
	examine 0
	not_diagnosed problem
}

# Debian's kernels do not tell what is offered; something like it stands in for
# CONFIG_VIRTIO_DEBUG.
standby_offered()
{
	local debug=/sys/kernel/debug

	devices_paired
	mount -t tmpfs debug "$debug"
	mkdir -p "$debug/virtio/$virtio_slot"
	printf '%s\n' 5 32 62 >"$debug/virtio/$virtio_slot/device_features"
	examine 0
	diagnosed standby problem "STANDBY is offered to $virtio ($virtio_slot), but" \
		"see dmesg | grep $virtio_slot, and filter_features"
	printf '%s\n' 5 32 >"$debug/virtio/$virtio_slot/device_features"
	examine 0
	diagnosed standby note "STANDBY is not offered to $virtio ($virtio_slot)" \
		"none, if made by hand"
	umount "$debug"
}

# It is off the bus, and comes back when that is searched.
no_vf()
{
	standby_only
	ip link set t0 address "$vf_mac"
	echo 1 >"/sys/bus/pci/devices/$vf_slot/remove"
	examine 1
	diagnosed vf problem "there is no VF on the PCI bus" "plug it in on the host"
	diagnosed driver problem "no-primary: there is none"
	diagnosed driver ok "in-use: $virtio transmits"
	follow "echo 1 >/sys/bus/pci/rescan"
	vf_joins
	examine 0
}

vf_has_no_driver()
{
	standby_only
	ip link set t0 address "$vf_mac"
	unbind
	examine 1
	diagnosed vf problem "$vf_slot has no driver: $(basename "$vf_driver") is loaded" \
		"echo $vf_slot >/sys/bus/pci/drivers_probe"
	follow "echo $vf_slot >/sys/bus/pci/drivers_probe"
	vf_joins
}

vf_is_kept_for_another_driver()
{
	local keep="/sys/bus/pci/devices/$vf_slot/driver_override"

	standby_only
	ip link set t0 address "$vf_mac"
	unbind
	echo other >"$keep"
	examine 1
	diagnosed vf problem "$vf_slot has no driver: it is kept for other" \
		"echo >$keep; echo $vf_slot >/sys/bus/pci/drivers_probe"
	follow "echo >$keep; echo $vf_slot >/sys/bus/pci/drivers_probe"
	vf_joins
}

vf_has_another_mac()
{
	standby_only
	examine 1
	diagnosed mac problem "$vf has the permanent MAC $vf_mac, neither that of t0" \
		"give both NICs one MAC on the host, or: ip link set $vf master t0"
	diagnosed driver problem "mac-mismatch: $vf has another permanent MAC" \
		"one MAC for both NICs on the host"
	follow "ip link set $vf master t0"
	vf_joins
	examine 0
	diagnosed mac ok "no port has another MAC than t0"
}

vf_cannot_have_the_mtu()
{
	standby_only
	ip link set t0 mtu 9500
	ip link set t0 address "$vf_mac"
	examine 1
	diagnosed mac ok "no port has another MAC than t0"
	diagnosed mtu problem "the MTU of t0 is 9500, and $vf can have 9" \
		"ip link set t0 mtu 9"
	diagnosed driver problem "mtu: $vf cannot take the MTU of t0" \
		"ip link set t0 mtu 1500; ip link set $vf master t0"
	follow "ip link set t0 mtu 1500; ip link set $vf master t0"
	vf_joins
}

vf_in_a_namespace()
{
	local back

	standby_only
	setup_ns AWAY
	ip link set "$vf" netns "$AWAY"
	ip link set t0 address "$vf_mac"
	examine 1
	diagnosed vf problem "$vf_slot is driven by $(basename "$vf_driver"), but has no" \
		"see namespace below"
	back="nsenter --net=/run/netns/$AWAY ip link set $vf netns 1"
	diagnosed namespace problem \
		"$vf, which fits, is in another namespace, /run/netns/$AWAY" "$back"
	diagnosed driver problem "other-namespace: the VF is in another namespace" \
		"there: ip link set DEVICE netns 1"
	follow "$back"
	vf_joins
}

# has_own_namespace PID
has_own_namespace()
{
	[ -e "/proc/$1/ns/net" ] && [ ! "/proc/$1/ns/net" -ef /proc/self/ns/net ]
}

# As of a container.
vf_in_a_nameless_namespace()
{
	local pid

	standby_only
	ip link set t0 address "$vf_mac"
	ip link set "$vf" nomaster
	unshare -n bash -c "read -r _ <>/run/never" &
	pid=$!
	wait_for "there is a namespace" has_own_namespace "$pid"
	ip link set "$vf" netns "$pid"
	examine 1
	diagnosed namespace problem \
		"$vf, which fits, is in another namespace, /proc/$pid/ns/net" \
		"nsenter --net=/proc/$pid/ns/net ip link set $vf netns 1"
	kill "$pid"
	vf_joins
}

# Without the right to enter a namespace it does not claim to have looked.
not_root()
{
	grep -q ^nobody: /etc/passwd ||
		echo "nobody:x:65534:65534::/:/bin/sh" >>/etc/passwd
	devices_paired
	examine 0 su -s "$doctor" nobody --
	not_diagnosed problem
	ip link set "$vf" nomaster
	examine 1 su -s "$doctor" nobody --
	diagnosed namespace note "whether the VF is in another namespace" \
		"run it as root"
	diagnosed driver problem "not-joined: $vf was released"
}

vf_has_another_master()
{
	devices_paired
	ip link add br7 type bridge
	ip link set "$vf" master br7
	examine 1
	diagnosed manager problem "$vf has another master, br7" \
		"ip link set $vf nomaster; ip link set $vf master t0"
	diagnosed driver problem "taken-by-other-master: $vf has a master" \
		"ip link set $vf nomaster"
	follow "ip link set $vf nomaster; ip link set $vf master t0"
	ip link del br7
	vf_joins
	examine 0
}

macvlan_on_the_vf()
{
	devices_paired
	ip link set "$vf" nomaster
	ip link add link "$vf" name upper7 type macvlan
	examine 1
	diagnosed manager problem "upper7 is on top of $vf" \
		"ip link del upper7, and make it on top of t0"
	ip link del upper7
}

# A VF is to stall for less than the doctor may take.
vf_is_stalled()
{
	devices_paired
	stall_vf
	wait_for "the VF is stalled" is "$GUEST" t0 primary_reason stalled
	ip -d -o link show >/run/links
	resume_vf
	replayed /run/links
	examine 1
	diagnosed driver problem "stalled: $vf does not send what it is given" \
		"dmesg; ip link set $vf down; ip link set $vf up"
}

vf_was_released()
{
	devices_paired
	ip link set "$vf" nomaster
	examine 1
	diagnosed driver problem "not-joined: $vf was released by command" \
		"ip link set $vf master t0"
	follow "ip link set $vf master t0"
	vf_joins
	examine 0
}

# What is preferred is now the other one, and the VF still what it is about.
roles_were_swapped()
{
	devices_paired
	ip link set "$vf" type tandem_slave role standby
	wait_for "the virtio NIC transmits" is "$GUEST" "$virtio" reason in-use
	examine 1
	diagnosed driver problem "preferred-primary: $vf is well, but the primary is preferred" \
		"ip link set t0 type tandem prefer standby"
	follow "ip link set t0 type tandem prefer standby"
	wait_for "the VF transmits" is "$GUEST" "$vf" reason in-use
	examine 0
	diagnosed driver ok "in-use: $vf transmits since"
	diagnosed driver ok "preferred-standby: $virtio is well, and the standby is preferred"
}

# Comes last: loaded again, it has room for thirty VFs as in the beginning.
driver_not_loaded()
{
	local driver aliases

	driver=$(basename "$vf_driver")
	aliases=/lib/modules/$(uname -r)/modules.alias.bin
	standby_only
	ip link set t0 address "$vf_mac"
	modprobe -r "$driver"
	examine 1
	diagnosed vf problem "$vf_slot has no driver: $driver is not loaded (pci:v0000" \
		"modprobe $driver"
	mv "$aliases" /run
	examine 1
	diagnosed vf problem "$vf_slot has no driver: no module of $(uname -r) is for pci:" \
		"install the NIC's driver for this kernel"
	mv /run/modules.alias.bin "$aliases"
	modprobe "$driver"
	vf_joins
}

tests_run
