#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How the VF spreads what it receives over its queues, set with "ethtool -X" through
# t0: table, key and hash reach the primary, now and when it comes back, and a port that
# leaves gets back what it had.
#
#   +- GUEST --------------------------+
#   |   t0 (tandem)                    |
#   |    |- pri (tandem_sim, primary)  |
#   |    '- sb  (tandem_sim, standby)  |
#   +----------------------------------+

ALL_TESTS="
	reach_the_primary_alone
	shown_of_the_port_that_transmits
	given_back
	own_table_is_given_back
	own_table_of_fewer_queues
	own_table_of_more_queues
	even_table_follows_the_channels
	given_to_the_next_primary
	follow_the_role
	one_that_is_refused
	refused_by_the_next_primary
	table_of_another_length
	fewer_queues
	standby_without_a_table
	default_while_the_standby_transmits
	queues_that_the_table_needs
	nothing_leaks
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

KEY=11:22:33:44:55:66:77:88:99:aa
NO_KEY=00:00:00:00:00:00:00:00:00:00

setup()
{
	with_sims pri sb
	pair
	channels t0 4
}

channels()
{
	ip netns exec "$GUEST" ethtool -L "$1" combined "$2"
}

# spread DEVICE WORD...: of ethtool
spread()
{
	ip netns exec "$GUEST" ethtool -X "$@"
}

# shown DEVICE: how often each of the first four queues is in its table, the key, and
# the hash.
shown()
{
	ip netns exec "$GUEST" ethtool -x "$1" | awk '
		/^RSS hash key/ { key = NR + 1 }
		!key && /^ +[0-9]+: / { for (i = 2; i <= NF; i++) count[$i]++ }
		NR == key { text = $1 }
		/: on$/ { hash = $1 }
		END { printf "%d %d %d %d %s %s\n", count[0], count[1],
			count[2], count[3], text, hash }'
}

expect_shown()
{
	expect_equal "$1" "$(shown "$1")" "$2"
}

even="4 4 4 4 $NO_KEY toeplitz:"
single="16 0 0 0 $NO_KEY toeplitz:"
changed="2 0 6 8 $KEY xor:"

change()
{
	spread t0 weight 1 0 3 4
	spread t0 hkey "$KEY"
	spread t0 hfunc xor
}

reach_the_primary_alone()
{
	expect_shown pri "$even"
	spread t0 weight 1 0 3 4
	expect_shown pri "2 0 6 8 $NO_KEY toeplitz:"
	spread t0 hkey "$KEY"
	expect_shown pri "2 0 6 8 $KEY toeplitz:"
	spread t0 hfunc xor
	expect_shown pri "$changed"
	expect_shown sb "$single"
}

shown_of_the_port_that_transmits()
{
	change
	expect_shown t0 "$changed"
	tandem prefer standby
	expect_shown t0 "$single"
	expect_shown pri "$changed"
	spread t0 hkey "${KEY//a/b}"
	expect_shown pri "${changed/$KEY/${KEY//a/b}}"
	expect_shown sb "$single"
}

# The channels are given back as well, and an even table follows them.
given_back()
{
	ip -n "$GUEST" link set pri nomaster
	channels pri 2
	ip -n "$GUEST" link set pri master t0
	channels t0 4
	change
	expect_shown pri "$changed"
	ip -n "$GUEST" link set pri nomaster
	expect_shown pri "8 8 0 0 $NO_KEY toeplitz:"
	channels pri 4
	expect_shown pri "$even"
}

own_table_is_given_back()
{
	ip -n "$GUEST" link set pri nomaster
	channels pri 4
	spread pri weight 3 1 0 4
	spread pri hkey "${KEY//a/b}"
	ip -n "$GUEST" link set pri master t0
	change
	ip -n "$GUEST" link set pri nomaster
	expect_shown pri "6 2 0 8 ${KEY//a/b} toeplitz:"
	expect_refused "too low for existing indirection table" channels pri 2
}

# own COUNT WORD...: pri has so many queues and this table before it is a port.
own()
{
	ip -n "$GUEST" link set pri nomaster
	channels pri "$1"
	spread pri "${@:2}"
	before=$(shown pri)
	ip -n "$GUEST" link set pri master t0
}

own_table_of_fewer_queues()
{
	local before

	own 2 weight 3 1
	channels t0 4
	change
	expect_shown pri "$changed"
	ip -n "$GUEST" link set pri nomaster
	expect_shown pri "$before"
	expect_equal "before" "$before" "12 4 0 0 $NO_KEY toeplitz:"
	expect_refused "too low for existing indirection table" channels pri 1
}

own_table_of_more_queues()
{
	local before

	change
	own 8 weight 1 1 0 0 0 0 1 1
	expect_shown pri "$changed"
	ip -n "$GUEST" link set pri nomaster
	expect_shown pri "$before"
	expect_equal "before" "$before" "4 4 0 0 $NO_KEY toeplitz:"
	expect_refused "too low for existing indirection table" channels pri 4
}

even_table_follows_the_channels()
{
	change
	expect_refused "too low for existing indirection table" channels t0 2
	spread t0 default
	expect_shown pri "${even/$NO_KEY toeplitz:/$KEY xor:}"
	channels t0 2
	expect_shown pri "8 8 0 0 $KEY xor:"
}

another_primary()
{
	ip -n "$GUEST" link del pri
	ip -n "$GUEST" link add next type tandem_sim
}

given_to_the_next_primary()
{
	change
	another_primary
	expect_shown next "$single"
	ip -n "$GUEST" link set next master t0
	expect_shown next "$changed"
	expect_shown sb "$single"
}

follow_the_role()
{
	change
	ip -n "$GUEST" link set sb type tandem_slave role primary
	expect_shown sb "$changed"
	expect_shown pri "$single"
}

one_that_is_refused()
{
	change
	sim pri refuse rss
	expect_refused "Input/output error" spread t0 equal 4
	expect_refused "Input/output error" spread t0 hkey "${KEY//a/b}"
	expect_shown pri "$changed"
	sim pri refuse ""
	another_primary
	ip -n "$GUEST" link set next master t0
	expect_shown next "$changed"
}

# refused_rss: the kernel's log says so of the device next.
refused_rss()
{
	dmesg | sed "1,/$1/d" |
		grep -q "port next refuses what was set for its RSS table"
}

# next_refuses: it joins, and is used, with its own.
next_refuses()
{
	local mark="mark $EPOCHREALTIME"

	echo "$mark" >/dev/kmsg
	ip -n "$GUEST" link set next master t0
	expect "it is said" refused_rss "$mark"
	wait_for "t0 is on next" is "$GUEST" t0 active primary
}

refused_by_the_next_primary()
{
	change
	another_primary
	sim next refuse rss
	next_refuses
	expect_shown next "$even"
}

table_of_another_length()
{
	change
	another_primary
	sim next indir_size 8
	next_refuses
	expect_shown next "2 2 2 2 $KEY xor:"
}

# What was set is for more of them than it has.
fewer_queues()
{
	change
	another_primary
	sim next refuse channels
	next_refuses
	expect_shown next "16 0 0 0 $KEY xor:"
}

# It has none to be set, so what it shows cannot be what is meant.
standby_without_a_table()
{
	change
	tandem prefer standby
	sim sb indir_size 0
	expect_refused "Operation not supported" spread t0 equal 2
	expect_shown pri "$changed"
}

# What is even for its one queue is not for the four of the primary.
default_while_the_standby_transmits()
{
	change
	tandem prefer standby
	spread t0 default
	expect_shown pri "${even/$NO_KEY toeplitz:/$KEY xor:}"
	tandem prefer primary
	channels t0 2
	expect_shown pri "8 8 0 0 $KEY xor:"
}

# The core asks t0, which shows the standby's.
queues_that_the_table_needs()
{
	change
	tandem prefer standby
	expect_refused "Invalid argument" channels t0 2
	expect_shown pri "$changed"
	spread t0 default
	channels t0 2
	expect_shown pri "8 8 0 0 $KEY xor:"
}

leave_and_join()
{
	ip -n "$GUEST" link set pri nomaster
	ip -n "$GUEST" link set pri master t0
}

nothing_leaks()
{
	change
	leaks_nothing 20 leave_and_join
}

tests_run
