#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# XDP programs on t0: they run on both ports, nothing goes past them whatever the ports
# do, and what they send to t0 leaves over the port that transmits.
#
#   +- GUEST -------------------------+        +- HOST --------------------+
#   |  t0 192.0.2.1, drops pings      |        |  br0 192.0.2.2            |
#   |   |- pri (primary) -------------|--veth--|-- pri-peer                |
#   |   '- sb  (standby) -------------|--veth--|-- sb-peer                 |
#   |  in, redirects to t0 -----------|--veth--|-- (FEED) out 192.0.2.9    |
#   +---------------------------------+        +---------------------------+

ALL_TESTS="
	runs_on_both_ports
	nothing_passes_while_switching
	nothing_passes_while_ports_come_and_go
	nothing_passes_after_a_failure
	gone_with_the_master
	a_port_that_cannot
	a_port_that_cannot_by_itself
	refused_for_something_else
	a_port_with_its_own
	not_beside_that_of_a_port
	redirected_to_the_active_port
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

folder=/run/tandem-bpf

setup()
{
	mkdir -p $folder
	mount -t bpf bpf $folder
	xdptest drop $folder
}

teardown()
{
	if [ -e $folder/drop ]; then
		umount $folder
	fi
	if [ -e /sys/module/tandem_sim ]; then
		sims parent ""
		sims refuse ""
	fi
}

# attach DEVICE PROGRAM, detach DEVICE: in the guest
attach()
{
	ip -n "$GUEST" link set dev "$1" xdpdrv pinned "$folder/$2"
}

detach()
{
	ip -n "$GUEST" link set dev "$1" xdpdrv off
}

dropped()
{
	xdptest count "$folder"
}

dropped_at_least()
{
	[ "$(dropped)" -ge "$1" ]
}

# host_pings COUNT: at a thousand a second; nobody answers.
host_pings()
{
	ip netns exec "$HOST" \
		ping -q -c "$1" -i 0.001 -W 0.1 192.0.2.1 >/dev/null || :
}

# Pings that come through are counted on the ports as well: one that leaves could get
# them for itself.
watch_all()
{
	local dev

	for dev in t0 pri sb; do
		watch "$GUEST" "$dev" protocol ip flower ip_proto icmp type 8
	done
}

# guarded: a bridged pair that drops pings, and counts those that come through.
guarded()
{
	bridged
	attach t0 drop
	watch_all
	# Nothing else could tell the host where the guest is.
	ip netns exec "$GUEST" ping -c 1 -W 1 192.0.2.2 >/dev/null
}

nothing_passed()
{
	local dev

	for dev in t0 pri sb; do
		expect_equal "pings that came through to $dev" \
			"$(watched "$GUEST" "$dev")" 0
	done
}

runs_on_both_ports()
{
	guarded
	host_pings 10
	expect_equal "over pri" "$(dropped)" 10
	tandem prefer standby
	wait_active standby
	host_pings 10
	expect_equal "and over sb" "$(dropped)" 20
	nothing_passed
	expect "told of t0" in_json t0 '"xdp":'
	detach t0
	expect "without it the guest answers" ip netns exec "$HOST" \
		ping -c 1 -W 1 192.0.2.1
	expect_equal "pings that are seen then" "$(watched "$GUEST" t0)" 1
	expect_equal "all in all" "$(dropped)" 20
}

# during COMMAND...: it runs again and again while the host pings; all that were sent
# have to be dropped.
during()
{
	local pings rounds=0

	host_pings 1500 &
	pings=$!
	until ended "$pings"; do
		"$@"
		rounds=$((rounds + 1))
	done
	wait "$pings"
	echo "# $rounds rounds, $(dropped) dropped"
	[ "$rounds" -ge 5 ] || fail "only $rounds rounds"
	expect "as many as were sent" dropped_at_least 1500
	nothing_passed
}

there_and_back()
{
	tandem prefer standby
	tandem prefer primary
}

nothing_passes_while_switching()
{
	guarded
	during there_and_back
}

# A port on its own would answer: it has no address, and its peer no other way.
leave_and_join()
{
	ip -n "$GUEST" link set "$1" nomaster
	ip -n "$GUEST" link set "$1" master t0
}

# Each, and pri while it is the only one: then the host sends to it until the end.
both_come_and_go()
{
	leave_and_join pri
	leave_and_join sb
	ip -n "$GUEST" link set sb nomaster
	leave_and_join pri
	ip -n "$GUEST" link set sb master t0
}

nothing_passes_while_ports_come_and_go()
{
	local pings

	guarded
	host_pings 1500 &
	pings=$!
	until ended "$pings"; do
		both_come_and_go
	done
	wait "$pings"
	dropped_at_least 100 || fail "only $(dropped) pings came"
	nothing_passed
}

nothing_passes_after_a_failure()
{
	guarded
	pri_fails
	host_pings 10
	expect "over sb" dropped_at_least 10
	peer pri up
	wait_active primary
	# The host is to know it: its bridge takes its time.
	wait_for "the host is reached over pri" reaches_host
	host_pings 10
	expect "over pri" dropped_at_least 20
	nothing_passed
}

# What was a port of it lets pings through again.
gone_with_the_master()
{
	guarded
	ip -n "$GUEST" link del t0
	ip -n "$GUEST" addr add 192.0.2.1/24 dev pri
	ip -n "$GUEST" link set pri up
	wait_for "pri answers" \
		ip netns exec "$HOST" ping -c 1 -W 0.2 192.0.2.1
}

a_port_that_cannot()
{
	with_sims pri
	ip -n "$GUEST" link add sb type dummy
	ip -n "$GUEST" link set pri master t0
	attach t0 drop
	expect_refused "A port has no native XDP" \
		ip -n "$GUEST" link set sb master t0
	detach t0
	ip -n "$GUEST" link set sb master t0
	expect_refused "A port has no native XDP" attach t0 drop
	expect_equal "programs of the port that could" "$(sim pri program)" 0
}

# A VF that comes back: not used before the program is off.
a_port_that_cannot_by_itself()
{
	local mac=02:00:00:00:00:11

	with_devices sb
	ip -n "$GUEST" link set sb address "$mac"
	ip -n "$GUEST" link set t0 address "$mac"
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set sb type tandem_slave role standby
	ip -n "$GUEST" link set t0 up
	attach t0 drop
	sims parent pci
	sims refuse xdp
	ip -n "$GUEST" link add pri address "$mac" type tandem_sim
	wait_for "pri is refused" is "$GUEST" t0 primary_reason xdp-refused
	expect_equal "reason of pri" "$(link "$GUEST" pri reason)" xdp-refused
	expect "in JSON" in_json t0 '"primary_reason":"xdp-refused"'
	expect "in JSON of pri" in_json pri '"reason":"xdp-refused"'
	expect "pri is a port" has_flag "$GUEST" pri SLAVE
	expect "and down" lacks_flag "$GUEST" pri UP
	wait_active standby
	detach t0
	wait_active primary
	expect_equal "programs of pri" "$(sim pri program)" 0
}

# The VLAN is in the way; until it is off the port has no program that could stay.
refused_for_something_else()
{
	local mac=02:00:00:00:00:11

	with_sims sb
	ip -n "$GUEST" link set sb address "$mac"
	ip -n "$GUEST" link set t0 address "$mac" up
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set sb type tandem_slave role standby
	ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
	attach t0 drop
	expect_equal "programs of sb" "$(sim sb program)" 1
	sims parent pci
	sims refuse vlan
	ip -n "$GUEST" link add pri address "$mac" type tandem_sim
	wait_for "pri is refused" is "$GUEST" t0 primary_reason refused
	expect_equal "programs of pri" "$(sim pri program)" 0
	detach t0
	sim pri refuse ""
	ip -n "$GUEST" link del t0.5
	wait_active primary
	expect_equal "programs of pri" "$(sim pri program)" 0
	attach t0 drop
	expect_equal "programs of pri" "$(sim pri program)" 1
	ip -n "$GUEST" link set pri nomaster
	expect_equal "programs of pri" "$(sim pri program)" 0
}

a_port_with_its_own()
{
	with_devices pri sb
	attach pri drop
	ip -n "$GUEST" link set sb master t0
	attach t0 drop
	expect_refused "A port has an XDP program of its own" \
		ip -n "$GUEST" link set pri master t0
	detach pri
	expect "without it joins" ip -n "$GUEST" link set pri master t0
	# As long as the master has one a port cannot get another.
	expect_error "upper device already has a program" attach pri drop
}

not_beside_that_of_a_port()
{
	with_devices pri sb
	pair
	attach sb drop
	expect_refused "A port has an XDP program of its own" attach t0 drop
	detach sb
	expect "without it can be attached" attach t0 drop
}

# arrive_at PORT: what is fed leaves over it.
arrive_at()
{
	watch "$HOST" "$1-peer" protocol ip flower src_ip 192.0.2.9
	ip netns exec "$FEED" \
		ping -c 10 -i 0.01 -W 0.1 192.0.2.2 >/dev/null || :
	wait_for "ten leave over $1" watched_at_least "$HOST" "$1-peer" 10
}

# A veth takes such frames when its other end gathers what it receives.
redirected_to_the_active_port()
{
	bridged
	setup_ns FEED
	ip netns exec "$HOST" ethtool -K pri-peer gro on
	ip netns exec "$HOST" ethtool -K sb-peer gro on
	ip -n "$GUEST" link add in type veth peer name out netns "$FEED"
	ip -n "$GUEST" link set in up
	ip -n "$FEED" link set out up
	ip -n "$FEED" addr add 192.0.2.9/24 dev out
	ip -n "$FEED" neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev out
	xdptest redirect "$folder" "$(ip netns exec "$GUEST" cat /sys/class/net/t0/ifindex)"
	attach in redirect
	arrive_at pri
	tandem prefer standby
	wait_active standby
	arrive_at sb
}

tests_run
