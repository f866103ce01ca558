#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A tandem that is moved to another network namespace takes its ports along, and a VF
# that is plugged in again follows.
#
#   +- GUEST ----------------+          +- HOST -----------------------+
#   |  t0 (tandem)           |          |                              |
#   |   |- pri (primary) ----+----------+- pri-peer -.                 |
#   |   |                    |          |            |- br0 (bridge)   |
#   |   '- sb (standby) -----+----------+- sb-peer --'   192.0.2.2     |
#   +-----------||-----------+          +------------------------------+
#               \/
#   +- ELSEWHERE ------------+
#   |  t0, pri, sb           |
#   |   192.0.2.1            |
#   +------------------------+
#
# Where a VF is unplugged it is the real one of the lab's guests, or one of the test
# NIC's that says it was on PCI; the first namespace is GUEST then.

ALL_TESTS="
	ports_follow_their_master
	there_and_back
	settings_and_filters_stay
	name_that_another_has
	stays_with_a_port_that_does
	moves_with_what_stacks_on_it
	vf_follows_when_it_comes_back
	vf_of_before_the_move
	vf_that_is_taken_back
	claim_ends_at_home
	claim_of_what_is_gone_ends_too
	tandem_here_comes_first
	other_vfs_are_left_alone
	tandem_made_elsewhere_gets_none
	vf_comes_while_the_tandem_goes
	namespace_ends
	nothing_leaks
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

VF_MAC=02:00:00:00:07:01
SB_MAC=02:00:00:00:07:02
OTHER_MAC=02:00:00:00:07:03

teardown()
{
	local name

	sims parent ""
	for name in t0 t1 late sb other; do
		if ip link show dev "$name" >/dev/null 2>&1; then
			ip link del "$name"
		fi
	done
}

# It would be known for a while yet after its namespace was deleted, and claim what the
# next test makes.
cleanup_t0()
{
	ip -n "$GUEST" link del t0
}

# moves: t0 to ELSEWHERE, which is where the guest is from then on.
moves()
{
	expect "t0 is moved" ip -n "$GUEST" link set t0 netns "$ELSEWHERE"
	GUEST=$ELSEWHERE
}

# ports_are NAME...: those of t0, sorted.
ports_are()
{
	expect_equal "ports" "$(ip -n "$GUEST" -o link show master t0 |
		sed 's/[0-9]*: \([^:@]*\).*/\1/' | sort | xargs)" "$*"
}

# An address and routes do not survive it, as with any other device.
comes_up()
{
	ip -n "$GUEST" link set t0 up
	ip -n "$GUEST" addr add 192.0.2.1/24 dev t0
	wait_active primary
	wait_for "both ports forward" reaches_host
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
}

ports_follow_their_master()
{
	bridged
	setup_ns ELSEWHERE
	moves
	ports_are pri sb
	expect_equal "role of pri" "$(link "$GUEST" pri role)" primary
	expect_equal "role of sb" "$(link "$GUEST" sb role)" standby
	expect "pri is down" lacks_flag "$GUEST" pri UP
	comes_up
	sends_over pri
	pri_fails
	sends_over sb
}

there_and_back()
{
	local home

	bridged
	home=$GUEST
	setup_ns ELSEWHERE
	moves
	ip -n "$GUEST" link set t0 netns "$home"
	GUEST=$home
	ports_are pri sb
	comes_up
	sends_over pri
	expect "sb is released" ip -n "$GUEST" link set sb nomaster
	expect "sb is free" lacks_flag "$GUEST" sb SLAVE
}

settings_and_filters_stay()
{
	with_sims pri sb
	setup_ns ELSEWHERE
	pair
	tandem updelay 700
	ip -n "$GUEST" link set t0 promisc on
	ip -n "$GUEST" link set t0 mtu 1400
	expect_equal "promiscuity of pri" "$(link "$GUEST" pri promiscuity)" 1
	moves
	expect_equal "updelay" "$(link "$GUEST" t0 updelay)" 700
	expect_equal "MTU of pri" "$(link "$GUEST" pri mtu)" 1400
	expect_equal "promiscuity of pri" "$(link "$GUEST" pri promiscuity)" 1
	ip -n "$GUEST" link set t0 up
	ip -n "$GUEST" maddr add 01:00:5e:00:00:07 dev t0
	expect "pri lets in a group" hears_group pri
	ip -n "$GUEST" link set pri nomaster
	expect_equal "promiscuity of pri" "$(link "$GUEST" pri promiscuity)" 0
	expect_equal "MTU of pri" "$(link "$GUEST" pri mtu)" 1500
	if hears_group pri; then
		fail "pri lets the group in still"
	fi
}

hears_group()
{
	ip -n "$GUEST" maddr show dev "$1" | grep -q 01:00:5e:00:00:07
}

name_that_another_has()
{
	with_sims pri sb
	setup_ns ELSEWHERE
	pair
	ip -n "$ELSEWHERE" link add pri type dummy
	moves
	ports_are dev0 sb
	expect_equal "role of dev0" "$(link "$GUEST" dev0 role)" primary
	expect "sysfs has it" in_sysfs t0/lower_dev0
	ip -n "$GUEST" link set dev0 nomaster
	expect "pri can be a port there" ip -n "$GUEST" link set pri master t0
	expect "sysfs has it, too" in_sysfs t0/lower_pri
}

in_sysfs()
{
	ip netns exec "$GUEST" test -e "/sys/class/net/$1"
}

# The words are the core's, and not the same in all kernels.
stays_with_a_port_that_does()
{
	with_sims sb
	setup_ns ELSEWHERE
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link add br7 type bridge
	ip -n "$GUEST" link set br7 master t0
	expect_refused "" ip -n "$GUEST" link set t0 netns "$ELSEWHERE"
	ip -n "$GUEST" link set br7 nomaster
	moves
	ports_are sb
}

# A VLAN device stays behind, as it does above any other device.
moves_with_what_stacks_on_it()
{
	local home vlans

	with_sims pri sb
	home=$GUEST
	setup_ns ELSEWHERE
	pair
	ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
	ip -n "$GUEST" link set t0.5 up
	tc -n "$GUEST" qdisc add dev t0 clsact
	ip -n "$GUEST" link set pri mtu 1500
	moves
	ports_are pri sb
	expect_equal "VLANs of pri" "$(sim pri vlans)" 1
	expect "t0.5 is where it was" ip -n "$home" link show dev t0.5
	ip -n "$GUEST" link set t0 up
	wait_active primary
	vlans=$(sim pri vlans)
	ip -n "$home" link del t0.5
	expect_equal "VLANs of pri" "$(sim pri vlans)" $((vlans - 1))
}

# followed: there is a VF, as a port of t0, where that is now. It has another name there
# if its own is taken.
followed()
{
	[ -n "$(primary_name)" ]
}

primary_name()
{
	ip -n "$GUEST" -d -o link show master t0 |
		sed -n 's/^[0-9]*: \([^:@]*\).* role primary .*/\1/p'
}

# real_ones_go: with t0, which the real devices are the ports of.
real_ones_go()
{
	find_devices
	virtio_mac=$(cat "/sys/class/net/$virtio/address")
	devices_paired
	setup_ns ELSEWHERE
	moves
	ip -n "$GUEST" link set t0 up
	ip -n "$GUEST" addr add 10.77.0.2/24 dev t0
	wait_active primary
}

# real_ones_return: by command, so that nobody has a claim on them.
real_ones_return()
{
	local name

	name=$(primary_name)
	ip -n "$GUEST" link del t0
	ip -n "$GUEST" link set "$name" name "$vf" netns 1
	ip -n "$GUEST" link set "$virtio" netns 1
	ip link set "$vf" down
}

vf_follows_when_it_comes_back()
{
	local round

	real_ones_go
	for round in 1 2; do
		echo "$vf_slot" >"$vf_driver/unbind"
		wait_active standby
		echo "$vf_slot" >"$vf_driver/bind"
		wait_for "it is a port again ($round)" followed
		wait_active primary
	done
	wait_for "the host answers" \
		ip netns exec "$GUEST" ping -c 1 -W 0.5 10.77.0.1
	real_ones_return
}

# pretends NAME MAC: a VF is plugged in.
pretends()
{
	sims parent pci
	ip link add "$1" address "$2" type tandem_sim
	sims parent ""
}

# away: sb moves from the first namespace to ELSEWHERE with t0.
away()
{
	first_namespace
	away_from_here
}

away_from_here()
{
	GUEST=tandem-first
	setup_ns ELSEWHERE
	ip link add sb address "$SB_MAC" type tandem_sim
	ip link add t0 address "$VF_MAC" type tandem
	ip link set sb master t0
	ip link set sb type tandem_slave role standby
}

# stays_here NAME: nobody has moved it.
stays_here()
{
	pause 0.5
	expect "it stays where it is" ip link show dev "$1"
	expect_equal "master of $1" "$(link tandem-first "$1" master)" ""
}

# There was none when t0 was moved: it has the MAC of the standby then, as a VF does
# that the host has paired with it.
vf_of_before_the_move()
{
	away
	moves
	pretends late "$SB_MAC"
	wait_for "it has followed" followed
	cleanup_t0
}

# By whoever administers either namespace.
vf_that_is_taken_back()
{
	away
	moves
	pretends late "$SB_MAC"
	wait_for "it has followed" followed
	ip -n "$GUEST" link set late netns 1
	stays_here late
	ip link del late
	pretends late "$SB_MAC"
	stays_here late
	cleanup_t0
}

# What was a port when it was away first is not one the second time.
claim_ends_at_home()
{
	away
	ip link add other address "$OTHER_MAC" type tandem_sim
	ip link set other master t0
	moves
	ip -n "$GUEST" link set t0 netns 1
	GUEST=tandem-first
	ip link del other
	moves
	ip -n "$GUEST" link set t0 address "$OTHER_MAC"
	pretends other "$OTHER_MAC"
	stays_here other
	cleanup_t0
}

claim_of_what_is_gone_ends_too()
{
	away
	moves
	ip -n "$GUEST" link del sb
	ip -n "$GUEST" link set t0 netns 1
	GUEST=tandem-first
	moves
	ip -n "$GUEST" link set t0 address "$SB_MAC"
	pretends late "$SB_MAC"
	stays_here late
	cleanup_t0
}

tandem_here_comes_first()
{
	away
	moves
	ip link add t1 address "$SB_MAC" type tandem
	pretends late "$SB_MAC"
	expect_equal "master of late" "$(link tandem-first late master)" t1
	ip link del t1
	cleanup_t0
}

in_candidates()
{
	braces "$ELSEWHERE" t0 candidates | grep -q "$1"
}

other_vfs_are_left_alone()
{
	away
	moves
	ip -n "$GUEST" link set t0 address "$OTHER_MAC"
	pretends other "$OTHER_MAC"
	stays_here other
	expect "and t0 says so" in_candidates other-namespace
	cleanup_t0
}

tandem_made_elsewhere_gets_none()
{
	away
	ip link del t0
	ip link set sb netns "$ELSEWHERE"
	GUEST=$ELSEWHERE
	ip -n "$GUEST" link add t0 type tandem
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set sb type tandem_slave role standby
	pretends late "$SB_MAC"
	stays_here late
	expect "and t0 says so" in_candidates other-namespace
	cleanup_t0
}

# It may be moved still, or not: but it is not lost, and no namespace is kept.
vf_comes_while_the_tandem_goes()
{
	local round

	first_namespace
	for round in 1 2 3 4 5 6; do
		away_from_here
		moves
		pretends late "$SB_MAC"
		if ((round % 2)); then
			cleanup_t0
		fi
		ip netns del "$ELSEWHERE"
		namespaces=("${namespaces[@]/$ELSEWHERE/}")
		if ip link show dev late >/dev/null 2>&1; then
			ip link del late
		fi
	done
	pretends late "$SB_MAC"
	stays_here late
}

# Devices with hardware behind them go back to the first namespace, as they were.
namespace_ends()
{
	real_ones_go
	ip netns del "$ELSEWHERE"
	namespaces=("${namespaces[@]/$ELSEWHERE/}")
	wait_for "the VF is back" test -e "/sys/class/net/$vf"
	wait_for "the virtio NIC is back" test -e "/sys/class/net/$virtio"
	stays_here "$vf"
	stays_here "$virtio"
	expect_equal "MAC of the virtio NIC" \
		"$(cat "/sys/class/net/$virtio/address")" "$virtio_mac"
	ip link set "$vf" down
	ip link set "$virtio" down
}

there_and_back_once()
{
	ip -n "$GUEST" link set t0 netns "$ELSEWHERE"
	ip -n "$ELSEWHERE" link set t0 netns "$GUEST"
}

nothing_leaks()
{
	with_sims pri sb
	setup_ns ELSEWHERE
	pair
	leaks_nothing 10 there_and_back_once
}

tests_run
