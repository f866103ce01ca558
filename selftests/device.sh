#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The master as a device: how it comes and goes, what it takes from its ports
# and what it gives back.
#
#   +- GUEST ----------------------------+
#   |   t0 (tandem)                      |
#   |    |- pri (veth, primary)          |
#   |    '- sb  (veth, standby)          |
#   +------------------------------------+

ALL_TESTS="
	kind_and_driver
	first_port_gives_mac
	chosen_mac_stays
	mac_is_given_back
	mac_change_reaches_ports
	mtu_reaches_ports_and_is_given_back
	opened_and_closed_with_master
	up_port_stays_up
	carrier_of_best_port
	ports_are_marked
	link_settings_of_active_port
	promiscuity_reaches_ports
	groups_reach_ports
	deleted_with_ports
	port_deleted
	port_moved_away
	namespace_ends
	counters_outlive_ports
	nothing_leaks
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PRI_MAC=02:00:00:00:00:01
SB_MAC=02:00:00:00:00:02

setup()
{
	setup_ns GUEST
	ip -n "$GUEST" link add pri address "$PRI_MAC" type veth peer name pri-peer
	ip -n "$GUEST" link add sb address "$SB_MAC" type veth peer name sb-peer
	ip -n "$GUEST" link set pri-peer up
	ip -n "$GUEST" link set sb-peer up
	ip -n "$GUEST" link add t0 type tandem
}

mac()
{
	link "$GUEST" "$1" link/ether
}

kind_and_driver()
{
	ip -n "$GUEST" -d link show t0 | grep -qw tandem ||
		fail "the kind is not tandem"
	ip netns exec "$GUEST" ethtool -i t0 | grep -qx "driver: tandem" ||
		fail "the driver is not tandem"
	expect "t0 is deleted" ip -n "$GUEST" link del t0
	if ip -n "$GUEST" link show t0 2>/dev/null; then
		fail "t0 is still there"
	fi
}

first_port_gives_mac()
{
	pair
	expect_equal "MAC of t0" "$(mac t0)" "$PRI_MAC"
	expect_equal "MAC of sb" "$(mac sb)" "$PRI_MAC"
}

chosen_mac_stays()
{
	ip -n "$GUEST" link add t1 address 02:00:00:00:00:99 type tandem
	ip -n "$GUEST" link set pri master t1
	expect_equal "MAC of t1" "$(mac t1)" 02:00:00:00:00:99
	expect_equal "MAC of pri" "$(mac pri)" 02:00:00:00:00:99
}

mac_is_given_back()
{
	pair
	ip -n "$GUEST" link set sb nomaster
	expect_equal "MAC of sb" "$(mac sb)" "$SB_MAC"
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set pri nomaster
	expect_equal "MAC of pri" "$(mac pri)" "$PRI_MAC"
	expect_equal "MAC of t0" "$(mac t0)" "$PRI_MAC"

	# A master whose last port has gone takes that of the next first one.
	ip -n "$GUEST" link set sb nomaster
	ip -n "$GUEST" link set sb master t0
	expect_equal "MAC of t0" "$(mac t0)" "$SB_MAC"
}

mac_change_reaches_ports()
{
	local dev

	pair
	ip -n "$GUEST" link set t0 address 02:00:00:00:00:77
	for dev in t0 pri sb; do
		expect_equal "MAC of $dev" "$(mac "$dev")" 02:00:00:00:00:77
	done
	ip -n "$GUEST" link del t0
	expect_equal "MAC of pri" "$(mac pri)" "$PRI_MAC"
	expect_equal "MAC of sb" "$(mac sb)" "$SB_MAC"
}

mtu_reaches_ports_and_is_given_back()
{
	local dev

	ip -n "$GUEST" link set pri mtu 1400
	pair
	expect_equal "MTU of pri" "$(link "$GUEST" pri mtu)" 1500
	ip -n "$GUEST" link set t0 mtu 4000
	for dev in t0 pri sb; do
		expect_equal "MTU of $dev" "$(link "$GUEST" "$dev" mtu)" 4000
	done
	ip -n "$GUEST" link set pri nomaster
	expect_equal "MTU of pri" "$(link "$GUEST" pri mtu)" 1400
	ip -n "$GUEST" link del t0
	expect_equal "MTU of sb" "$(link "$GUEST" sb mtu)" 1500
}

opened_and_closed_with_master()
{
	ip -n "$GUEST" link set pri master t0
	expect "pri is down" lacks_flag "$GUEST" pri UP
	ip -n "$GUEST" link set t0 up
	expect "pri is up" has_flag "$GUEST" pri UP
	ip -n "$GUEST" link set sb master t0
	expect "sb is up" has_flag "$GUEST" sb UP
	ip -n "$GUEST" link set t0 down
	expect "pri is down again" lacks_flag "$GUEST" pri UP
	expect "sb is down again" lacks_flag "$GUEST" sb UP
	ip -n "$GUEST" link set t0 up
	ip -n "$GUEST" link set pri nomaster
	expect "pri is down on its own" lacks_flag "$GUEST" pri UP
}

up_port_stays_up()
{
	ip -n "$GUEST" link set pri up
	ip -n "$GUEST" link set pri master t0
	expect "pri is down as t0 is" lacks_flag "$GUEST" pri UP
	ip -n "$GUEST" link set pri nomaster
	expect "pri is up as before" has_flag "$GUEST" pri UP
}

carrier_of_best_port()
{
	pair
	ip -n "$GUEST" link set pri-peer down
	wait_for "pri has lost its carrier" lacks_flag "$GUEST" pri LOWER_UP
	expect "t0 has carrier over sb" has_flag "$GUEST" t0 LOWER_UP
	ip -n "$GUEST" link set sb-peer down
	wait_for "t0 has lost its carrier" lacks_flag "$GUEST" t0 LOWER_UP
	ip -n "$GUEST" link set pri-peer up
	wait_for "t0 has carrier again" has_flag "$GUEST" t0 LOWER_UP
	ip -n "$GUEST" link set pri nomaster
	wait_for "t0 has no port to have carrier" \
		lacks_flag "$GUEST" t0 LOWER_UP
}

ports_are_marked()
{
	pair
	expect "pri is marked" has_flag "$GUEST" pri SLAVE
	expect "sb is marked" has_flag "$GUEST" sb SLAVE
	wait_for "t0 has an address" has_link_local t0
	if has_link_local pri || has_link_local sb; then
		fail "a port has an IPv6 address of its own"
	fi
	ip -n "$GUEST" link set sb nomaster
	expect "sb is no longer marked" lacks_flag "$GUEST" sb SLAVE
	ip -n "$GUEST" link set sb up
	wait_for "sb has an address of its own again" has_link_local sb
}

has_link_local()
{
	ip -n "$GUEST" -6 addr show dev "$1" | grep -q "inet6 fe80"
}

link_settings_of_active_port()
{
	local speed

	pair
	speed=$(ip netns exec "$GUEST" ethtool t0 | grep Speed)
	[[ $speed == *10000Mb/s* ]] || fail "not the speed of a veth: $speed"
}

promiscuity()
{
	expect_equal "promiscuity of $1 $3" "$(link "$GUEST" "$1" promiscuity)" "$2"
	expect_equal "allmulti of $1 $3" "$(link "$GUEST" "$1" allmulti)" "$2"
}

promiscuity_reaches_ports()
{
	pair
	ip -n "$GUEST" link set t0 promisc on allmulticast on
	promiscuity pri 1 "when set"
	ip -n "$GUEST" link set sb nomaster
	promiscuity sb 0 "on its own"
	ip -n "$GUEST" link set sb master t0
	promiscuity sb 1 "when it joins later"
	ip -n "$GUEST" link set t0 promisc off allmulticast off
	promiscuity pri 0 "when withdrawn"
	promiscuity sb 0 "when withdrawn"
}

groups()
{
	ip -n "$GUEST" maddr show dev "$1" | grep link
}

# What the master has joined its ports have, too, and none of it afterwards.
groups_reach_ports()
{
	local alone

	ip -n "$GUEST" link set sb up
	alone=$(groups sb)
	pair
	ip -n "$GUEST" maddr add 33:33:00:00:12:34 dev t0
	groups sb | grep -q 33:33:00:00:12:34 || fail "sb lacks a group"
	ip -n "$GUEST" link set sb nomaster
	expect_equal "groups of sb after nomaster" "$(groups sb)" "$alone"
	ip -n "$GUEST" link set sb master t0
	groups sb | grep -q 33:33:00:00:12:34 || fail "sb lacks a group again"
	ip -n "$GUEST" link del t0
	expect_equal "groups of sb after the end" "$(groups sb)" "$alone"
}

deleted_with_ports()
{
	pair
	expect "t0 is deleted" ip -n "$GUEST" link del t0
	expect "pri is free" lacks_flag "$GUEST" pri SLAVE
	expect "sb is free" lacks_flag "$GUEST" sb SLAVE
	expect_equal "MAC of sb" "$(mac sb)" "$SB_MAC"
}

port_deleted()
{
	pair
	expect "pri is deleted" ip -n "$GUEST" link del pri
	expect "t0 is up on sb" has_flag "$GUEST" t0 LOWER_UP
	expect "sb is deleted" ip -n "$GUEST" link del sb
	wait_for "t0 has no carrier" lacks_flag "$GUEST" t0 LOWER_UP
}

port_moved_away()
{
	setup_ns ELSEWHERE
	pair
	expect "sb is moved" ip -n "$GUEST" link set sb netns "$ELSEWHERE"
	expect "sb is free" lacks_flag "$ELSEWHERE" sb SLAVE
	expect_equal "MAC of sb" "$(link "$ELSEWHERE" sb link/ether)" "$SB_MAC"
	expect "pri is moved" ip -n "$GUEST" link set pri netns "$ELSEWHERE"
	wait_for "t0 has no carrier" lacks_flag "$GUEST" t0 LOWER_UP
	expect "a moved port can join elsewhere" \
		ip -n "$ELSEWHERE" link add t1 type tandem
	expect "as before" ip -n "$ELSEWHERE" link set sb master t1
}

gone_from_far()
{
	! ip -n "$FAR" link show dev "$1"
}

namespace_ends()
{
	local name

	setup_ns ENDS FAR
	name=$ENDS
	ip -n "$ENDS" link add pri type veth peer name pri-peer netns "$FAR"
	ip -n "$ENDS" link add sb type veth peer name sb-peer
	ip -n "$ENDS" link add t0 type tandem
	ip -n "$ENDS" link set pri master t0
	ip -n "$ENDS" link set sb master t0
	ip -n "$ENDS" link set t0 up
	ip netns del "$ENDS"
	namespaces=("${namespaces[@]/$name/}")
	wait_for "its devices are gone" gone_from_far pri-peer
	expect "links can still be made" ip -n "$GUEST" link add t1 type tandem
}

# sent DEVICE COUNT: the device has sent so many packets at least.
sent()
{
	[ "$(counter "$GUEST" "$1" tx_packets)" -ge "$2" ]
}

# The master is not asked before the port has gone.
counters_outlive_ports()
{
	local before

	pair
	wait_for "something is sent" sent pri 3
	before=$(counter "$GUEST" pri tx_packets)
	ip -n "$GUEST" link del pri
	expect "t0 has kept the counters of pri" sent t0 "$before"
	before=$(counter "$GUEST" t0 tx_packets)
	ip -n "$GUEST" link del sb
	expect "and does not go back" sent t0 "$before"
}

make_and_delete()
{
	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set t0 up
	ip -n "$GUEST" link set sb nomaster
	ip -n "$GUEST" link del t0
	ip -n "$GUEST" link add t0 type tandem
}

nothing_leaks()
{
	leaks_nothing 40 make_and_delete
}

tests_run
