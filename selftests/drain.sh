#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What happens while the old port is drained, for up to a second: a port fails,
# a port or the tandem goes. Whoever holds RTNL makes others wait, so a port
# that is to fail meanwhile is a bridge: spanning tree takes its carrier without.
# That takes the guest's first namespace, as the LLC layer knows no other.
#
#   +- GUEST ----------------------+        +- HOST --------------------+
#   |  t0 192.0.2.1                |        |  br0 192.0.2.2            |
#   |   |- [bridge -] pri (primary)|--veth--|-- pri-peer                |
#   |   '- [bridge -] sb  (standby)|--veth--|-- sb-peer                 |
#   +------------------------------+        +---------------------------+

ALL_TESTS="
	old_port_fails
	new_port_fails
	old_port_is_released
	new_port_is_released
	tandem_goes_down
	tandem_is_deleted
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

GUEST=tandem-first

setup()
{
	setup_ns HOST
	ip netns attach "$GUEST" 1
	namespaces+=("$GUEST")
	bridged_in
	tandem drain_timeout 1000
}

# The first namespace stays. HOST takes its ends of the ports along, but later
# than it is gone by name.
teardown()
{
	local name

	for name in t0 bridge pri sb; do
		ip link del "$name" 2>/dev/null || :
	done
}

# bridge_on PORT: a bridge on the port takes its place.
bridge_on()
{
	ip -n "$GUEST" -b - <<-END
		link set $1 nomaster
		link add bridge type bridge mcast_snooping 0
		link set $1 master bridge up
		link set $1 type bridge_slave learning off
		link set bridge master t0
	END
}

empty()
{
	tc -n "$GUEST" qdisc del dev "$1" root
}

# bridge_fails PORT: a second from now, when it has heard its own hello as if
# another of its ports had sent it.
bridge_fails()
{
	tc -n "$HOST" qdisc add dev "$1-peer" clsact
	tc -n "$HOST" filter add dev "$1-peer" ingress protocol all flower \
		dst_mac 01:80:c2:00:00:00 \
		action pedit munge offset 28 u16 set 0x0001 pipe \
		action mirred egress redirect dev "$1-peer"
	ip -n "$GUEST" link set bridge type bridge stp_state 1 hello_time 100
}

hold_lasted()
{
	local us

	us=$(statistic "$GUEST" t0 hold_us_last)
	echo "# hold: $us us"
	between "hold" "$us" "$1" "$2"
}

# There is nothing to wait for any more.
old_port_fails()
{
	bridge_on pri
	wait_for "the bridge is used" is "$GUEST" bridge reason in-use
	fill bridge 20s
	bridge_fails pri
	pause 0.3
	tandem prefer standby
	hold_lasted 50000 850000
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	expect_equal "the bridge" "$(link "$GUEST" bridge reason)" no-carrier
	sends_over sb
}

new_port_fails()
{
	bridge_on sb
	wait_for "the bridge can be used" is "$GUEST" bridge reason not-preferred
	fill pri 20s
	bridge_fails sb
	pause 0.3
	expect_equal "the bridge" "$(link "$GUEST" bridge reason)" not-preferred
	tandem prefer standby
	hold_lasted 1000000 1400000
	expect_equal "failures of what was switched to" \
		"$(statistic "$GUEST" t0 switches_unplanned)" 0
	expect_equal "active" "$(link "$GUEST" t0 active)" primary
	expect_equal "the bridge" "$(link "$GUEST" bridge reason)" no-carrier
	empty pri
	sends_over pri
}

# meanwhile COMMAND...: while the primary is drained.
meanwhile()
{
	local start drain

	fill pri 20s
	start=$(now)
	tandem prefer standby &
	drain=$!
	pause 0.3
	expect "meanwhile: $*" "$@"
	between "milliseconds until done" $(($(now) - start)) 900 3000
	wait "$drain"
}

old_port_is_released()
{
	meanwhile ip -n "$GUEST" link set pri nomaster
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" absent
	sends_over sb
}

new_port_is_released()
{
	meanwhile ip -n "$GUEST" link set sb nomaster
	expect_equal "active" "$(link "$GUEST" t0 active)" primary
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" absent
	empty pri
	sends_over pri
}

tandem_goes_down()
{
	meanwhile ip -n "$GUEST" link set t0 down
	expect_equal "active" "$(link "$GUEST" t0 active)" none
	expect "pri is down" lacks_flag "$GUEST" pri UP
	expect "sb is down" lacks_flag "$GUEST" sb UP
	empty pri
	ip -n "$GUEST" link set t0 up
	wait_for "t0 is on sb" is "$GUEST" t0 active standby
	sends_over sb
}

tandem_is_deleted()
{
	meanwhile ip -n "$GUEST" link del t0
	expect_error "does not exist" ip -n "$GUEST" link show t0
	expect "pri is free" lacks_flag "$GUEST" pri SLAVE
	expect "sb is free" lacks_flag "$GUEST" sb SLAVE
}

tests_run
