#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Numbered datagrams while the active port changes on command: held, drained,
# flushed, and received from both ports.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+

ALL_TESTS="
	nothing_is_lost_upwards
	nothing_is_lost_downwards
	nothing_is_lost_when_a_port_goes_down
	nothing_is_lost_when_a_port_leaves
	nothing_is_lost_when_settings_change
	old_port_comes_in_first
	old_port_comes_in_first_after_two_switches
	old_port_is_waited_for_without_room
	group_stays_in_order
	rx_active_hears_one_port
	drain_gives_up
	hold_is_bounded
	held_fits_into_a_short_queue
	namespace_that_ends_is_not_waited_for
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

LOGS=$(mktemp -d)
flow=()

setup()
{
	bridged
	ip -n "$HOST" neigh replace 192.0.2.1 dev br0 nud permanent \
		lladdr "$(link "$GUEST" t0 link/ether)"
}

# What a test that failed has left running.
teardown()
{
	local pid

	for pid in "${flow[@]}"; do
		kill "$pid" || :
	done
	flow=()
}

# flow_begin FROM TO ADDRESS [GROUP AT]: 500 numbered datagrams a second. Who gets
# them joins the group at an address of its own.
flow_begin()
{
	flow=("$(ip netns exec "$2" /lab/traffic -d recv "$LOGS/recv" 4000 \
		"${@:4}")")
	flow+=("$(ip netns exec "$1" /lab/traffic -d send "$LOGS/send" "$3" \
		4000 500)")
}

# flow_end: stop it; sent, lost, doubled and late tell of the datagrams.
flow_end()
{
	kill "${flow[1]}"
	wait_for "the sender ends" ended "${flow[1]}"
	pause 1
	kill "${flow[0]}"
	wait_for "the receiver ends" ended "${flow[0]}"
	flow=()
	read -r sent failed lost doubled late < <(awk '
		FNR == NR { sent++; failed += $3 != 0; next }
		seen[$1]++ { doubled++; next }
		{ got++; late += $1 < last; last = $1 }
		END { print sent, failed, sent - got, doubled + 0, late + 0 }
	' "$LOGS/send" "$LOGS/recv")
	echo "# $sent sent: $lost lost, $doubled doubled, $late late"
	[ "$sent" -gt 100 ] || fail "only $sent datagrams were sent"
	expect_equal "refused to the sender" "$failed" 0
}

# there_and_back ROUNDS
there_and_back()
{
	local i

	for ((i = 0; i < $1; i++)); do
		tandem prefer standby
		tandem prefer primary
	done
}

flow_is_whole()
{
	flow_end
	expect_equal "lost, doubled, late" "$lost, $doubled, $late" "0, 0, 0"
}

# What was held comes after what waits in the old port's queue.
nothing_is_lost_upwards()
{
	local longest

	tandem drain_timeout 1000
	slow "$GUEST" pri 30ms
	flow_begin "$GUEST" "$HOST" 192.0.2.2
	there_and_back 10
	flow_is_whole
	expect_equal "planned switches" \
		"$(statistic "$GUEST" t0 switches_planned)" 20
	[ "$(statistic "$GUEST" t0 held)" -gt 20 ] || fail "little was held"
	expect_equal "overflow" "$(statistic "$GUEST" t0 hold_overflow)" 0
	longest=$(statistic "$GUEST" t0 hold_us_max)
	echo "# longest hold: $longest us"
	[ "$longest" -ge 30000 ] || fail "nothing was waited for"
}

# Nobody tells the host: all comes over the port that was active before.
nothing_is_lost_downwards()
{
	tandem notify_peers 0
	flow_begin "$HOST" "$GUEST" 192.0.2.1
	there_and_back 10
	flow_is_whole
}

# both_ways COMMAND...: nothing is lost while it runs, upwards nor downwards.
both_ways()
{
	flow_begin "$GUEST" "$HOST" 192.0.2.2
	"$@"
	flow_is_whole
	flow_begin "$HOST" "$GUEST" 192.0.2.1
	"$@"
	flow_is_whole
}

# pri_without GONE BACK: what takes pri away, what brings it back, three times.
pri_without()
{
	local i

	for i in 1 2 3; do
		# shellcheck disable=SC2086 # words of ip
		ip -n "$GUEST" link set pri $1
		# shellcheck disable=SC2086
		ip -n "$GUEST" link set pri $2
		wait_for "the host's bridge forwards" host_forwards pri
		wait_for "pri can be used" is "$GUEST" pri reason reselect
		tandem prefer primary
	done
}

nothing_is_lost_when_a_port_goes_down()
{
	tandem reselect failure
	both_ways pri_without down up
	expect_equal "planned switches" \
		"$(statistic "$GUEST" t0 switches_planned)" 12
}

nothing_is_lost_when_a_port_leaves()
{
	tandem reselect failure
	both_ways pri_without nomaster "master t0"
	expect_equal "planned switches" \
		"$(statistic "$GUEST" t0 switches_planned)" 12
}

# all_settings: each is changed, and changed back.
all_settings()
{
	local word value normal

	while read -r word value normal; do
		tandem "$word" "$value"
		tandem "$word" "$normal"
	done <<-END
		reselect	failure	always
		updelay		600000	0
		rx		active	both
		notify_peers	0	3
		notify_interval	10	200
		hold_limit	1	4096
		drain_timeout	0	100
		linger		0	100
		stall_timeout	0	1000
		damp_count	0	5
		damp_window	1000	60000
		damp_time	1000	10000
		damp_max	1000	300000
		prefer		standby	primary
	END
}

nothing_is_lost_when_settings_change()
{
	both_ways all_settings
	expect_equal "planned switches" \
		"$(statistic "$GUEST" t0 switches_planned)" 4
}

# The host knows of the switch while some are still on their way to pri.
old_port_comes_in_first()
{
	slow "$HOST" pri-peer 8ms
	flow_begin "$HOST" "$GUEST" 192.0.2.1
	there_and_back 10
	flow_is_whole
	tandem linger 0
	flow_begin "$HOST" "$GUEST" 192.0.2.1
	there_and_back 10
	flow_end
	expect_equal "lost" "$lost" 0
	[ "$late" -gt 0 ] || fail "nothing was on its way: nothing was tested"
}

# What the first switch has not brought in yet comes before what the second lets in.
old_port_comes_in_first_after_two_switches()
{
	local i

	tandem linger 1000 drain_timeout 1000
	# Not by as much as a sender that was not run may be silent: that is quiet.
	slow "$HOST" pri-peer 8ms
	flow_begin "$HOST" "$GUEST" 192.0.2.1
	for ((i = 0; i < 10; i++)); do
		# One ip: another takes longer to start than pri is behind.
		ip -n "$GUEST" -b - <<-END
			link set t0 type tandem prefer standby
			link set t0 type tandem prefer primary
		END
	done
	flow_is_whole
}

# What the new port brings is let in at once then, but the old one kept.
old_port_is_waited_for_without_room()
{
	tandem reselect failure hold_limit 1
	slow "$HOST" pri-peer 30ms
	flow_begin "$HOST" "$GUEST" 192.0.2.1
	pri_without nomaster "master t0"
	flow_end
	expect_equal "lost" "$lost" 0
	[ "$late" -gt 0 ] || fail "there was room"
}

# Each port gets all of it, now this one first and now the other.
group_stays_in_order()
{
	ip -n "$HOST" route add 239.0.0.0/8 dev br0
	tc -n "$HOST" qdisc add dev pri-peer root netem slot 17ms
	tc -n "$HOST" qdisc add dev sb-peer root netem slot 23ms
	flow_begin "$HOST" "$GUEST" 239.77.0.1 239.77.0.1 192.0.2.1
	there_and_back 20
	flow_is_whole
}

# The host sends to sb, which is not active.
deaf_on_sb()
{
	watch "$GUEST" t0 protocol ip flower ip_proto icmp
	ip netns exec "$HOST" ping -c 5 -i 0.01 -W 0.5 192.0.2.1 >/dev/null &&
		fail "the guest answers though sb is not active"
	expect_equal "frames from sb" "$(watched "$GUEST" t0)" 0
}

rx_active_hears_one_port()
{
	local mac

	# Sticky: the bridge is not to learn better from what the guest sends.
	mac=$(link "$GUEST" t0 link/ether)
	bridge -n "$HOST" fdb replace "$mac" dev sb-peer master static sticky
	tandem rx active
	deaf_on_sb
	tandem prefer standby
	expect "the guest hears sb when that is active" \
		ip netns exec "$HOST" ping -c 1 -W 1 192.0.2.1
	tandem prefer primary
	wait_for "the switch is over" lingered
	deaf_on_sb
	tandem rx both
	expect "the guest hears sb" \
		ip netns exec "$HOST" ping -c 1 -W 1 192.0.2.1
}

# Promised is drain_timeout + linger, not what a machine is busy with besides.
drain_gives_up()
{
	local noise=500000 hold rtnl

	tandem drain_timeout 300
	fill pri 20s
	tandem prefer standby
	hold=$(statistic "$GUEST" t0 hold_us_last)
	rtnl=$(statistic "$GUEST" t0 rtnl_us_max)
	echo "# hold: $hold us, RTNL: $rtnl us"
	# It counts from a moment before the hold.
	[ "$hold" -ge 299000 ] || fail "drain_timeout was not used up"
	between "RTNL" "$rtnl" 299000 $((400000 + noise))
	sends_over sb
	tandem drain_timeout 0 prefer primary
	between "hold" "$(statistic "$GUEST" t0 hold_us_last)" 0 $((hold - 1))
}

# Two find room; the rest is dropped, counted, and given back.
hold_is_bounded()
{
	local dropped overflow held start flood WAIT=20

	tandem drain_timeout 1000 hold_limit 2
	fill pri 20s
	dropped=$(counter "$GUEST" t0 tx_dropped)
	held=$(statistic "$GUEST" t0 held)
	overflow=$(statistic "$GUEST" t0 hold_overflow)
	start=$(objects)
	# They take 12 ms each, so they end before the hold: one that came during
	# the flush would be held as well.
	ip netns exec "$GUEST" ping -q -c 60 -i 0.005 -s 1400 -W 0.1 \
		192.0.2.2 >/dev/null &
	flood=$!
	tandem prefer standby
	wait "$flood" || :
	overflow=$(($(statistic "$GUEST" t0 hold_overflow) - overflow))
	dropped=$(($(counter "$GUEST" t0 tx_dropped) - dropped))
	expect_equal "held" $(($(statistic "$GUEST" t0 held) - held)) 2
	[ "$overflow" -ge 30 ] || fail "only $overflow found no room"
	expect_equal "dropped" "$dropped" "$overflow"
	tc -n "$GUEST" qdisc del dev pri root
	wait_for "$overflow packets are given back" \
		objects_at_most $((start + overflow / 2))
	sends_over sb
}

held_for_a_short_queue()
{
	local held switch

	tandem prefer primary
	wait_active primary
	fill pri 900ms
	watch "$HOST" sb-peer protocol ip flower ip_proto udp dst_port 9
	held=$(statistic "$GUEST" t0 held)
	ip -n "$GUEST" link set t0 type tandem prefer standby &
	switch=$!
	wait_for "pri is drained" drained "$switch"
	ip netns exec "$GUEST" bash -c \
		'for i in {1..100}; do echo >/dev/udp/192.0.2.2/9; done'
	wait "$switch"
	[ $(($(statistic "$GUEST" t0 held) - held)) -gt 40 ]
}

# Also without linger: what the drain has left of its time is for the new port.
held_fits_into_a_short_queue()
{
	tandem drain_timeout 1000 linger 0
	ip -n "$GUEST" link set sb txqueuelen 20
	tc -n "$GUEST" qdisc add dev sb root netem delay 2ms limit 20
	expect_once "enough is held" held_for_a_short_queue
	wait_for "all arrive" watched_at_least "$HOST" sb-peer 100
}

gone_from_host()
{
	! ip -n "$HOST" link show dev "$1"
}

# The core closes the newest device first, and that is a port. What is in its queue
# is announcements: what a socket has sent would keep the namespace.
namespace_that_ends_is_not_waited_for()
{
	local start

	ip -n "$GUEST" link del pri
	ip -n "$HOST" link add pri-peer type veth peer name pri netns "$GUEST"
	ip -n "$HOST" link set pri-peer master br0 up
	ip -n "$GUEST" link set pri master t0
	wait_active primary
	wait_for "the host's bridge forwards" host_forwards pri
	slow "$GUEST" pri 20s
	tandem prefer standby
	tandem prefer primary drain_timeout 1000 linger 1000
	start=$(now)
	ip netns del "$GUEST"
	namespaces=("$HOST")
	wait_for "its devices are gone" gone_from_host pri-peer
	between "milliseconds" $(($(now) - start)) 0 900
}

tests_run
