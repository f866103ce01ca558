#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which way packets go, and that each arrives once.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+

ALL_TESTS="
	primary_is_used
	standby_when_primary_is_down
	standby_when_primary_has_no_carrier
	standby_for_the_next_packet
	standby_when_primary_is_gone
	primary_when_it_is_back
	dropped_and_counted_without_port
	received_over_both
	broadcast_arrives_once
	broadcast_over_one_port
	equal_broadcasts_all_arrive
	multicast_of_local_host_arrives_once
	echo_is_dropped
	switch_is_announced
	return_of_carrier_is_announced
	link_local_is_copied
	vlan_above
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup()
{
	bridged
}

primary_is_used()
{
	sends_over pri
}

standby_when_primary_is_down()
{
	ip -n "$GUEST" link set pri down
	sends_over sb
}

standby_when_primary_has_no_carrier()
{
	ip -n "$HOST" link set pri-peer down
	sends_over sb
}

# A datagram right after the port has lost its carrier. The core tells of one carrier a
# second, and is busy with another device; the monitor looks four times a second.
cut_and_send()
{
	ip -n "$GUEST" link set other carrier on
	ip -n "$GUEST" link set mute carrier on
	wait_for "mute is used" is "$GUEST" t0 active primary
	ip -n "$GUEST" link set other carrier off
	wait_for "the core tells of other" told_down "$GUEST" other
	ip netns exec "$GUEST" bash -c \
		'ip link set mute carrier off && echo >/dev/udp/192.0.2.2/9'
}

standby_for_the_next_packet()
{
	ip -n "$GUEST" -b - <<-END
		link set pri nomaster
		link add mute type dummy
		link add other type dummy
		link set other up
		link set mute master t0
	END
	watch "$HOST" sb-peer protocol ip flower ip_proto udp dst_port 9
	for _ in {1..4}; do
		cut_and_send
	done
	wait_for "all arrive" watched_at_least "$HOST" sb-peer 4
}

standby_when_primary_is_gone()
{
	ip -n "$GUEST" link set pri nomaster
	sends_over sb
	ip -n "$GUEST" link set pri master t0
	wait_for "pri has carrier" has_flag "$GUEST" pri LOWER_UP
	# On veth the peer's answer to the announcement may still be under way.
	wait_for "pri is used again" host_sees_guest_on pri
	ip -n "$HOST" link del pri-peer
	expect "all are answered, over sb" all_answered 192.0.2.2
}

# all_answered ADDRESS: with time enough for the last answer, too.
all_answered()
{
	ip netns exec "$GUEST" ping -c 4 -i 0.3 -W 1 "$1" |
		grep -q " 4 received"
}

# Where the host's bridge has learnt the guest's address last.
host_sees_guest_on()
{
	bridge -n "$HOST" fdb show br br0 |
		grep -q "^$(link "$GUEST" t0 link/ether) dev $1-peer .*master br0 *$"
}

primary_when_it_is_back()
{
	ip -n "$HOST" link set pri-peer down
	wait_for "pri has no carrier" lacks_flag "$GUEST" pri LOWER_UP
	sends_over sb
	ip -n "$HOST" link set pri-peer up
	wait_for "pri has carrier" has_flag "$GUEST" pri LOWER_UP
	wait_for "the bridge knows" host_sees_guest_on pri
	sends_over pri
}

peers()
{
	ip -n "$HOST" -b - <<-END
		link set pri-peer $1
		link set sb-peer $1
	END
}

# Once t0 is told to be down the core drops what it is given, and on some
# kernels counts it. It tells a second after the ports, if it has not told of
# anything for a second before.
drops_and_counts()
{
	local before

	peers up
	wait_for "the host is reached" reaches_host
	ip -n "$GUEST" neigh replace 192.0.2.2 dev t0 nud permanent \
		lladdr "$(link "$HOST" br0 link/ether)"
	pause 1.1
	before=$(counter "$GUEST" t0 tx_dropped)
	peers down
	ip netns exec "$GUEST" \
		ping -c 3 -i 0.01 -W 0.1 192.0.2.2 >/dev/null || :
	[ "$(counter "$GUEST" t0 tx_dropped)" -ge $((before + 3)) ] &&
		! told_down "$GUEST" t0
}

dropped_and_counted_without_port()
{
	expect_once "three are dropped and counted" drops_and_counts
}

# The host sends to the standby while the primary is active: it arrives.
received_over_both()
{
	local mac before

	# Sticky: the bridge is not to learn better from what the guest sends.
	mac=$(link "$GUEST" t0 link/ether)
	before=$(counter "$GUEST" sb rx_packets)
	bridge -n "$HOST" fdb replace "$mac" dev sb-peer master static sticky
	expect "the guest answers" \
		ip netns exec "$HOST" ping -c 10 -i 0.01 -W 1 192.0.2.1
	before=$(($(counter "$GUEST" sb rx_packets) - before))
	[ "$before" -ge 10 ] || fail "only $before packets over sb"
}

# broadcasts COUNT: the host sends so many different frames to all.
broadcasts()
{
	watch "$GUEST" t0 protocol ip flower dst_mac ff:ff:ff:ff:ff:ff \
		ip_proto icmp
	ip netns exec "$HOST" ping -b -c "$1" -i 0.01 -W 0.5 192.0.2.255 \
		>/dev/null 2>&1 || :
	expect_equal "broadcasts seen" "$(watched "$GUEST" t0)" "$1"
}

broadcast_arrives_once()
{
	broadcasts 20
}

broadcast_over_one_port()
{
	ip -n "$HOST" link set pri-peer down
	broadcasts 20
	ip -n "$HOST" link set pri-peer up
	ip -n "$HOST" link set sb-peer down
	wait_for "the host is reached over pri" reaches_host
	broadcasts 20
}

# Frames alike to the last bit, in quick succession.
ask_five_times()
{
	local i

	watch "$GUEST" t0 protocol arp flower dst_mac ff:ff:ff:ff:ff:ff
	for i in 1 2 3 4 5; do
		ip netns exec "$HOST" busybox arping -b -f -c 1 -w 1 -I br0 \
			192.0.2.1 >/dev/null
	done
	expect_equal "requests seen over $1" "$(watched "$GUEST" t0)" "$i"
}

equal_broadcasts_all_arrive()
{
	ask_five_times both
	ip -n "$HOST" link set sb-peer nomaster
	ask_five_times pri
}

# The UDP checksum is left to the receiver's device to be filled in; here one
# of the ports has it done, the other not.
multicast_of_local_host_arrives_once()
{
	local i

	ip netns exec "$HOST" ethtool -K pri-peer tx off >/dev/null
	ip -n "$HOST" route add 239.1.1.1/32 dev br0
	watch "$GUEST" t0 protocol ip flower dst_mac 01:00:5e:01:01:01 \
		ip_proto udp
	for i in 1 2 3 4 5; do
		ip netns exec "$HOST" bash -c \
			"echo $i >/dev/udp/239.1.1.1/4000"
	done
	wait_for "datagrams are seen" watched_at_least "$GUEST" t0 5
	expect_equal "datagrams seen" "$(watched "$GUEST" t0)" 5
}

echo_is_dropped()
{
	local mac before

	mac=$(link "$GUEST" t0 link/ether)
	before=$(counter "$GUEST" sb rx_packets)
	watch "$GUEST" t0 protocol ip flower src_mac "$mac"
	ip netns exec "$GUEST" ping -b -c 10 -i 0.01 -W 0.5 192.0.2.255 \
		>/dev/null 2>&1 || :
	expect_equal "own frames seen" "$(watched "$GUEST" t0)" 0
	before=$(($(counter "$GUEST" sb rx_packets) - before))
	[ "$before" -ge 10 ] || fail "no echo came: nothing was tested"
}

# The bridge learns where the guest is though the guest has nothing to send.
switch_is_announced()
{
	watch_arp sb-peer 192.0.2.1
	watch_arp pri-peer 192.0.2.1
	ip -n "$GUEST" link set pri down
	wait_for "sb is announced" watched_at_least "$HOST" sb-peer 1
	wait_for "the host knows sb" host_sees_guest_on sb
	ip -n "$GUEST" link set pri up
	wait_for "pri is announced" watched_at_least "$HOST" pri-peer 1
	wait_for "the host knows pri again" host_sees_guest_on pri
}

# Also when for a while there was no port at all.
return_of_carrier_is_announced()
{
	ip -n "$HOST" link set pri-peer down
	ip -n "$HOST" link set sb-peer down
	wait_for "t0 has no carrier" lacks_flag "$GUEST" t0 LOWER_UP
	# A bridge may notice as much as a second later that its port has carrier.
	watch_arp sb-peer 192.0.2.1
	ip -n "$HOST" link set sb-peer up
	wait_for "sb is announced" watched_at_least "$HOST" sb-peer 1
}

# What speaks of one link is seen on the port and on the master.
link_local_is_copied()
{
	watch "$GUEST" t0 protocol all flower dst_mac 01:80:c2:00:00:00
	watch "$GUEST" pri protocol all flower dst_mac 01:80:c2:00:00:00
	ip -n "$HOST" link set br0 type bridge stp_state 1
	wait_for "t0 sees the host's bridge" watched_at_least "$GUEST" t0 1
	wait_for "pri sees it, too" watched_at_least "$GUEST" pri 1
}

vlan_above()
{
	vlan_bridged 802.1Q
	wait_for "the host is reached over pri" \
		ip netns exec "$GUEST" ping -c 1 -W 0.2 198.51.100.2
	ip -n "$GUEST" link set pri down
	expect "all are answered, over sb" all_answered 198.51.100.2
}

tests_run
