#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Pairing by itself, with the devices a guest really has: a VF on the PCI bus
# and a virtio NIC. The VF is unbound and bound again, which for the network is
# the same as unplugging it.
#
#   +- guest ------------------------------------+
#   |   t0 (tandem), with the MAC of the VF      |
#   |    |- VF (PCI, primary)                    |
#   |    '- virtio NIC (standby)                 |
#   +--------------------------------------------+

ALL_TESTS="
	vf_before_master
	vf_before_mac
	vf_before_standby
	vf_after_standby
	vf_without_standby
	vf_is_opened_with_master
	vf_comes_and_goes_under_running_master
	other_mac_does_not_join
	taken_role_is_left_alone
	joins_by_command_only
	standby_alone_is_not_paired
	addresses_are_reported
	virtio_goes
	vf_moves_and_namespace_ends
	module_is_loaded_by_link_kind
	rmmod_with_ports
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices
virtio_slot=$(basename "$(readlink "/sys/class/net/$virtio/device")")
virtio_driver=$(readlink -f "/sys/class/net/$virtio/device/driver")
virtio_mac=$(cat "/sys/class/net/$virtio/address")

setup()
{
	ip link add t0 address "$vf_mac" type tandem
}

teardown()
{
	devices_free
}

# has_port DEVICE
has_port()
{
	[ "$(basename "$(readlink "/sys/class/net/$1/master")")" = t0 ]
}

is_free()
{
	[ ! -e "/sys/class/net/$1/master" ]
}

is_up()
{
	ip link show dev "$1" | grep -q "[<,]UP[,>]"
}

vf_before_master()
{
	expect "the VF has joined" has_port "$vf"
}

vf_before_mac()
{
	ip link del t0
	ip link add t0 type tandem
	if has_port "$vf"; then
		fail "the VF has joined a tandem of another MAC"
	fi
	ip link set t0 address "$vf_mac"
	expect "the VF has joined" has_port "$vf"
}

vf_before_standby()
{
	ip link set "$vf" nomaster
	ip link set "$virtio" master t0
	expect "the VF has joined" has_port "$vf"
}

vf_after_standby()
{
	unbind
	ip link set "$virtio" master t0
	bind
	expect "the VF has joined" has_port "$vf"
}

vf_without_standby()
{
	unbind
	bind
	expect "the VF has joined" has_port "$vf"
}

vf_is_opened_with_master()
{
	ip link set "$virtio" master t0
	if is_up "$vf"; then
		fail "the VF is up though t0 is down"
	fi
	ip link set t0 up
	expect "the VF is up with t0" is_up "$vf"
}

vf_comes_and_goes_under_running_master()
{
	local round

	ip link set "$virtio" master t0
	ip link set t0 up
	wait_for "t0 has carrier" has_carrier t0
	for round in 1 2 3; do
		unbind
		expect "t0 has carrier without VF ($round)" has_carrier t0
		bind
		expect "the VF has joined ($round)" has_port "$vf"
		wait_for "the VF is up by itself ($round)" is_up "$vf"
		wait_for "the VF has carrier ($round)" has_carrier "$vf"
	done
}

other_mac_does_not_join()
{
	ip link del t0
	ip link add t0 type tandem
	ip link set "$virtio" master t0
	unbind
	bind
	if has_port "$vf"; then
		fail "a VF with another MAC has joined"
	fi
	expect "it joins by command" ip link set "$vf" master t0
	expect_equal "MAC of the VF" "$(cat "/sys/class/net/$vf/address")" \
		"$virtio_mac"
	ip link set "$vf" nomaster
	expect_equal "MAC of the VF" "$(cat "/sys/class/net/$vf/address")" \
		"$vf_mac"
}

taken_role_is_left_alone()
{
	unbind
	ip link add other type veth peer name other-peer
	ip link set other master t0
	ip link set "$virtio" master t0
	bind
	if has_port "$vf"; then
		fail "the VF has joined where the role is taken"
	fi
	ip link del other
}

joins_by_command_only()
{
	ip link del t0
	ip link add t0 address "$vf_mac" type tandem join command
	ip link set "$virtio" master t0
	is_free "$vf" || fail "the VF that was there has joined"
	unbind
	bind
	is_free "$vf" || fail "the VF that came has joined"
	ip -d -o link show dev t0 | grep -q " primary_reason not-joined " ||
		fail "not said why there is no primary"
	ip link set "$vf" master t0
	expect "by command" has_port "$vf"
	ip link set "$vf" nomaster
	ip link set t0 type tandem join auto
	expect "by itself, as soon as that is wanted" has_port "$vf"
}

# The MAC of the virtio NIC is the tandem's, but it is no VF.
standby_alone_is_not_paired()
{
	ip link del t0
	ip link add t0 address "$virtio_mac" type tandem
	echo "$virtio_slot" >"$virtio_driver/unbind"
	echo "$virtio_slot" >"$virtio_driver/bind"
	wait_for "$virtio is back" test -e "/sys/class/net/$virtio"
	if has_port "$virtio"; then
		fail "the virtio NIC has joined without a command"
	fi
}

# reported WHAT: the VF joins with it.
reported()
{
	dmesg -c >/dev/null
	ip link set "$vf" master t0
	dmesg | grep -q "t0: port $vf has IP addresses of its own, which belong here" ||
		fail "nothing said of $1"
	ip link set "$vf" nomaster
}

# A link-local one is nobody's doing.
addresses_are_reported()
{
	ip link set "$vf" nomaster
	ip addr add 198.51.100.7/24 dev "$vf"
	reported "an IPv4 address"
	ip addr flush dev "$vf"
	ip link set "$vf" up
	ip addr add 2001:db8::7/64 dev "$vf" nodad
	reported "an IPv6 address"
	ip link set "$vf" up
	ip addr add fe80::7/64 dev "$vf" nodad
	dmesg -c >/dev/null
	ip link set "$vf" master t0
	dmesg | grep "has IP addresses" && fail "a link-local address is none"
	ip link set "$vf" nomaster
}

virtio_goes()
{
	ip link set "$virtio" master t0
	ip link set t0 up
	wait_for "the VF has carrier" has_carrier "$vf"
	echo "$virtio_slot" >"$virtio_driver/unbind"
	expect "t0 has carrier over the VF" has_carrier t0
	echo "$virtio_slot" >"$virtio_driver/bind"
	wait_for "$virtio is back" test -e "/sys/class/net/$virtio"
	expect "it joins again by command" ip link set "$virtio" master t0
}

# Physical devices come back to the first namespace when theirs ends.
vf_moves_and_namespace_ends()
{
	ip link del t0
	setup_ns AWAY
	ip link set "$vf" netns "$AWAY"
	ip link set "$virtio" netns "$AWAY"
	ip -n "$AWAY" link add t0 address "$vf_mac" type tandem
	ip -n "$AWAY" link set "$virtio" master t0
	ip -n "$AWAY" link set t0 up
	wait_for "the VF has carrier" has_flag "$AWAY" "$vf" LOWER_UP
	cleanup_away
	wait_for "the VF is back" test -e "/sys/class/net/$vf"
	wait_for "the virtio NIC is back" test -e "/sys/class/net/$virtio"
	expect_equal "MAC of the virtio NIC" \
		"$(cat "/sys/class/net/$virtio/address")" "$virtio_mac"
}

cleanup_away()
{
	ip netns del "$AWAY"
	namespaces=()
}

# net_failover.ko needs tandem.ko and virtio_net needs that: out with all.
unload()
{
	ip link del t0
	modprobe -r virtio_net
	if [ -e /sys/module/tandem ]; then
		rmmod tandem
	fi
	expect "tandem is gone" test ! -e /sys/module/tandem
}

module_is_loaded_by_link_kind()
{
	unload
	expect "a link of the kind loads it" ip link add t0 type tandem
	modprobe virtio_net
	wait_for "$virtio is back" test -e "/sys/class/net/$virtio"
}

rmmod_with_ports()
{
	unload
	ip link add t0 address "$vf_mac" type tandem
	ip link set "$vf" master t0
	ip link set t0 up
	expect "tandem is unloaded" rmmod tandem
	if ip link show t0 2>/dev/null; then
		fail "t0 is still there"
	fi
	expect_equal "flags of the VF" "$(ip link show "$vf" | grep -c SLAVE)" 0
	modprobe virtio_net
	wait_for "$virtio is back" test -e "/sys/class/net/$virtio"
}

tests_run
