#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How the network learns of a switch: gratuitous ARP, neighbour advertisements,
# IGMP and MLD reports, by the tandem and by VLAN devices above, as often as is
# set, also when a port asks for it.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+

ALL_TESTS="
	as_often_as_set
	none
	anew_by_next_switch
	vlan_above
	igmp_reports
	neighbour_advertisements
	mld_reports
	port_asks
	failure_before_the_core_tells
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Silent at first, so that each test counts its own.
# shellcheck disable=SC2034 # lib.sh reads it
SETTINGS="notify_peers 0"

setup()
{
	bridged
	watch_arp br0 192.0.2.1
}

# announced COUNT [DEVICE]: so many and, for a while, no more.
announced()
{
	wait_for "$1 are announced" watched_at_least "$HOST" "${2:-br0}" "$1"
	pause 0.6
	expect_equal "announcements" "$(watched "$HOST" "${2:-br0}")" "$1"
}

# The first one within the command, the last after N - 1 intervals.
as_often_as_set()
{
	local start

	tandem notify_peers 3 notify_interval 1000
	start=$(now)
	tandem prefer standby
	expect_equal "announced at once" "$(watched "$HOST" br0)" 1
	wait_for "three are announced" watched_at_least "$HOST" br0 3
	between "milliseconds for three" $(($(now) - start)) 2000 8000
	pause 1
	announced 3
}

none()
{
	tandem prefer standby
	announced 0
	tandem notify_peers 1 prefer primary
	announced 1
}

# What is left of the one before is not made up for.
anew_by_next_switch()
{
	tandem notify_peers 3 notify_interval 10000
	tandem prefer standby
	tandem prefer primary notify_interval 10
	announced 4
}

vlan_above()
{
	vlan_bridged 802.1Q
	watch_arp br0.7 198.51.100.1
	tandem notify_peers 2 prefer standby
	announced 2 br0.7
}

# join_group: once; that alone is reported twice.
join_group()
{
	tc -n "$HOST" filter del dev br0 ingress
	watch "$HOST" br0 protocol ip flower dst_mac 01:00:5e:00:00:16
	ip -n "$GUEST" addr add 239.1.1.1/32 dev t0 autojoin
	announced 2
}

igmp_reports()
{
	join_group
	tandem notify_peers 2 prefer standby
	announced 4
}

# silent_ipv6 TYPE: count ICMPv6 of a type from when t0 has said what it has to
# say by itself: two reports of each group, up to a second apart. The core lets
# it report again when a setting is changed.
silent_ipv6()
{
	tandem notify_peers 2
	wait_for "t0 has an address" has_address
	tc -n "$HOST" filter del dev br0 ingress
	watch "$HOST" br0 protocol ipv6 flower ip_proto icmpv6 type "$1"
	wait_for "t0 is silent" at_rest
	seen=$(watched "$HOST" br0)
}

# In use, not still looked for by others.
has_address()
{
	ip -n "$GUEST" -6 addr show dev t0 scope link -tentative |
		grep -q inet6
}

at_rest()
{
	local before

	before=$(watched "$HOST" br0)
	pause 2.2
	[ "$(watched "$HOST" br0)" = "$before" ]
}

neighbour_advertisements()
{
	local seen

	silent_ipv6 136
	ip -n "$GUEST" link set pri down
	announced $((seen + 2))
}

mld_reports()
{
	local seen

	silent_ipv6 143
	ip -n "$GUEST" link set pri down
	announced $((seen + 2))
}

# bond NAME: over two dummies; it tells of it when it changes from one to the
# other.
bond()
{
	ip -n "$GUEST" -b - <<-END
		link add one type dummy
		link add two type dummy
		link add $1 type bond mode active-backup
		link set one master $1
		link set two master $1
		link set $1 type bond active_slave one
		link set $1 up
	END
}

# The VLAN device passes on what the bond tells.
port_asks()
{
	tandem notify_peers 2 prefer standby
	announced 2
	ip -n "$GUEST" link set pri nomaster
	bond bond7
	ip -n "$GUEST" -b - <<-END
		link add link bond7 name port type vlan id 7
		link set port master t0
	END
	pause 0.5
	expect_equal "role" "$(link "$GUEST" port role)" primary
	expect_equal "before" "$(watched "$HOST" br0)" 2
	ip -n "$GUEST" link set bond7 type bond active_slave two
	announced 4
	tandem notify_peers 0
	ip -n "$GUEST" link set bond7 type bond active_slave one
	announced 5
	# One as announced, one that the port asks for besides.
	join_group
	ip -n "$GUEST" link set bond7 type bond active_slave two
	announced 4
}

# The core tells of one carrier a second unless that is urgent: first of the
# other device, so that a second is left.
told_after_the_switch()
{
	tandem notify_peers 0
	ip -n "$GUEST" link set other carrier on
	ip -n "$GUEST" link set mute carrier on
	wait_for "mute is used" is "$GUEST" t0 active primary
	tandem notify_peers 1
	watch_arp br0 192.0.2.1
	ip -n "$GUEST" link set other carrier off
	wait_for "the core tells of other" told_down "$GUEST" other
	ip -n "$GUEST" link set mute carrier off
	wait_for "sb is announced" watched_at_least "$HOST" br0 1
	! told_down "$GUEST" mute
}

# Without one packet to bring it about the tandem is faster than the core.
failure_before_the_core_tells()
{
	ip netns exec "$GUEST" sysctl -qw net.ipv6.conf.t0.disable_ipv6=1
	ip -n "$GUEST" -b - <<-END
		link set pri nomaster
		link add mute type dummy
		link add other type dummy
		link set other up
		link set mute master t0
	END
	expect_once "a switch before the core tells" told_after_the_switch
}

tests_run
