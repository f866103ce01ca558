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
	last_port_is_released
	old_port_is_torn_out
	new_port_is_torn_out
	old_port_is_released_and_new_port_fails
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

# usable: one port is in use, the other could be.
usable()
{
	is "$GUEST" t0 primary_reason in-use &&
		is "$GUEST" t0 standby_reason preferred-primary
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

# switch_and_ping PORT [COMMAND...]: eight pings, for more a socket of ping has no
# room, while the active port is drained, by default as the standby is preferred.
# They go out over PORT in the end. A switch that is over already is not waited for.
switch_and_ping()
{
	watch_pings "$1"
	shift
	[ $# -gt 0 ] || set -- ip -n "$GUEST" link set t0 type tandem prefer standby
	"$@" &
	switch=$!
	wait_for "the active port is drained" drained "$switch"
	ping -c 8 -l 8 -W 0.1 192.0.2.2 >/dev/null || :
}

# again: nothing was shown, all is made anew for the next attempt.
again()
{
	wait "$switch"
	cleanup
	setup
	return 1
}

# delivered PORT COUNT: so many pings came over it, none twice.
delivered()
{
	wait_for "pings arrive" watched_at_least "$HOST" "$1-peer" "$2"
	expect_equal "pings over $1" "$(watched "$HOST" "$1-peer")" "$2"
}

pings_were_held()
{
	local held

	held=$(statistic "$GUEST" t0 held)
	echo "# held: $held"
	[ "$held" -gt 0 ]
}

# fails_during_hold PORT ACTIVE USED: a bridge on PORT fails while ACTIVE is
# drained, not before. USED is the port that is used in the end.
fails_during_hold()
{
	bridge_on "$1"
	wait_for "both ports can be used" usable
	fill "$2" 6s
	bridge_fails "$1"
	switch_and_ping "$3"
	wait "$switch"
	hold=$(statistic "$GUEST" t0 hold_us_last)
	echo "# hold: $hold us"
	{ [ "$hold" -ge 50000 ] && pings_were_held; } || again
}

# There is nothing to wait for any more.
old_port_fails()
{
	local hold switch

	expect_once "the bridge fails" fails_during_hold pri bridge sb
	between "hold" "$hold" 50000 999999
	delivered sb 8
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	expect_equal "the bridge" "$(link "$GUEST" bridge reason)" no-carrier
	sends_over sb
}

# There is nothing to wait for here, either: the old one is used on. It brings what it
# was filled with, too.
new_port_fails()
{
	local hold switch

	expect_once "the bridge fails" fails_during_hold sb pri pri
	between "hold" "$hold" 50000 999999
	expect_equal "failures of what was switched to" \
		"$(statistic "$GUEST" t0 switches_unplanned)" 0
	expect_equal "active" "$(link "$GUEST" t0 active)" primary
	expect_equal "the bridge" "$(link "$GUEST" bridge reason)" no-carrier
	delivered pri 11
	empty pri
	sends_over pri
}

# holds_pings: all of them, and the primary is still drained.
holds_pings()
{
	fill pri 6s
	start=$(now)
	switch_and_ping sb
	grep -q tandem_drain_wait "/proc/$switch/stack" || again
}

# meanwhile COMMAND...: while the primary is drained and pings are held.
meanwhile()
{
	local start switch

	expect_once "pings are held" holds_pings
	expect "meanwhile: $*" "$@"
	between "milliseconds until done" $(($(now) - start)) 990 9000
	wait "$switch"
	delivered sb 8
}

old_port_is_released()
{
	meanwhile ip -n "$GUEST" link set pri nomaster
	expect "pings were held" pings_were_held
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	# The guest's own VF could be it, but for its MAC.
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" no-primary
	sends_over sb
}

new_port_is_released()
{
	meanwhile ip -n "$GUEST" link set sb nomaster
	expect "pings were held" pings_were_held
	expect_equal "active" "$(link "$GUEST" t0 active)" primary
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" no-standby
	empty pri
	sends_over pri
}

# It is closed then, and would drop what it still has.
last_port_is_released()
{
	ip -n "$GUEST" link set sb nomaster
	watch_pings pri
	fill pri 900ms
	ip -n "$GUEST" link set pri nomaster
	delivered pri 3
	records dev t0 | tail -n 1 |
		grep -q " from primary (pri) to none cause release planned " ||
		fail "not planned: $(records dev t0 | tail -n 1)"
	expect_equal "planned" "$(statistic "$GUEST" t0 switches_planned)" 1
}

# on_pci PORT: it is one that the bus can lose.
on_pci()
{
	ip -n "$GUEST" link del "$1"
	sims parent pci
	KIND=tandem_sim cable "$1"
	sims parent ""
	ip -n "$HOST" link set "$1-peer" master br0 up
	ip -n "$GUEST" link set "$1" master t0
	wait_for "both ports can be used" usable
}

# torn_out_during_hold PORT USED: the bus loses the device while pri is drained. Who
# would tell of it waits for RTNL.
torn_out_during_hold()
{
	local hold switch

	on_pci "$1"
	fill pri 6s
	switch_and_ping "$2"
	sim "$1" offline 1
	wait "$switch"
	hold=$(statistic "$GUEST" t0 hold_us_last)
	echo "# hold: $hold us"
	{ [ "$hold" -lt 1000000 ] && pings_were_held; } || {
		sim "$1" offline 0
		again
	}
}

old_port_is_torn_out()
{
	expect_once "pri is torn out" torn_out_during_hold pri sb
	delivered sb 8
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	expect_equal "failures" "$(statistic "$GUEST" t0 switches_unplanned)" 1
	sim pri offline 0
}

new_port_is_torn_out()
{
	expect_once "sb is torn out" torn_out_during_hold sb pri
	expect_equal "active" "$(link "$GUEST" t0 active)" primary
	sim sb offline 0
	delivered pri 11
}

released_while_the_other_fails()
{
	tandem linger 1000
	bridge_on sb
	wait_for "both ports can be used" usable
	fill pri 900ms
	bridge_fails sb
	switch_and_ping pri ip -n "$GUEST" link set pri nomaster
	wait "$switch"
	{ nowhere_to_go && pings_were_held; } || again
}

# nowhere_to_go: when pri had been drained the other one had failed already.
nowhere_to_go()
{
	records dev t0 | tail -n 1 |
		grep -q " from primary (pri) to none cause release "
}

# It is not chosen any more, but still there: what was held goes over it, before it is
# closed.
old_port_is_released_and_new_port_fails()
{
	local switch

	expect_once "the bridge fails" released_while_the_other_fails
	wait_for "held pings arrive" watched_at_least "$HOST" pri-peer 8
}

tandem_goes_down()
{
	meanwhile ip -n "$GUEST" link set t0 down
	expect "pings were held" pings_were_held
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
