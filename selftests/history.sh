#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a tandem remembers of its switches, in text and JSON. A device that is torn
# out, cause gone, takes the lab: its scenario surprise.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+
#
#   +- the lab's guest --------------------------+
#   |   t0 10.77.0.2, with the MAC of the VF     |
#   |    |- VF (PCI, primary)                    |
#   |    '- virtio NIC (standby)                 |
#   +--------------------------------------------+

ALL_TESTS="
	nothing_yet
	causes
	cause_unbind
	cause_stall
	cause_suspend
	cause_detach
	what_was_held
	what_found_no_room
	what_was_waited_for
	echoes_and_duplicates
	last_64
	two_tandems_in_one_dump
	times
	json_tells_the_same
	bad_words
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

ahead=

# What a test has left: the guest's clock, if it was set.
teardown()
{
	if [ -n "$ahead" ]; then
		date -s "1 hour ago" >/dev/null
		ahead=
	fi
	devices_free
}

# paired DEVICE...: these besides pri and sb, which are the ports of t0. Nothing is
# sent there.
paired()
{
	with_devices pri sb "$@"
	ip netns exec "$GUEST" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	pair
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
}

# turns DEVICE COUNT: to the standby and back, so many times.
turns()
{
	local i

	for ((i = 0; i < $2; i++)); do
		echo "link set $1 type tandem prefer standby"
		echo "link set $1 type tandem prefer primary"
	done | ip -n "$GUEST" -b -
}

# total WORD: of all switches of t0.
total()
{
	records dev t0 | awk -v word="$1" '
		{ for (i = 2; i < NF; i++) if ($i == word) sum += $(i + 1) }
		END { print sum + 0 }'
}

# each CONDITION: for each switch of t0; v has its values by their words.
each()
{
	expect_equal "not so: $1" "$(records dev t0 | awk "
		{ for (i = 2; i < NF; i++) v[\$i] = \$(i + 1) }
		!($1)")" ""
}

nothing_yet()
{
	setup_ns GUEST
	ip -n "$GUEST" link add t0 type tandem
	expect_equal "text" "$(records)" ""
	expect_equal "JSON" "$(ip -n "$GUEST" -j link xstats type tandem |
		tr -d ' \n')" "[]"
	expect_equal "switches" "$(braces "$GUEST" t0 switches)" ""
}

causes()
{
	local pri="primary (pri)" sb="standby (sb)"

	bridged
	last_was none "$pri" first planned
	tandem prefer standby
	last_was "$pri" "$sb" command planned
	tandem prefer primary
	last_was "$sb" "$pri" command planned
	ip -n "$GUEST" link set pri down
	last_was "$pri" "$sb" down planned
	ip -n "$GUEST" link set pri up
	wait_active primary
	last_was "$sb" "$pri" failback planned
	pri_fails
	last_was "$pri" "$sb" carrier unplanned
	peer pri up
	wait_active primary
	ip -n "$GUEST" link set pri nomaster
	last_was "$pri" "$sb" release planned
	ip -n "$GUEST" link set pri master t0
	wait_active primary
	last_was "$sb" "$pri" failback planned
	ip -n "$GUEST" link set t0 down
	last_was "$pri" none close planned
	ip -n "$GUEST" link set t0 up
	last_was none "$pri" first planned
	expect_equal "switches" "$(braces "$GUEST" t0 switches)" \
		"first 2 release 1 down 1 carrier 1 command 2 failback 3 close 1"
	expect_equal "number of the last" \
		"$(records dev t0 | awk 'END { print $2 }')" 11
}

cause_unbind()
{
	devices_paired
	unbind
	last_was "primary ($vf)" "standby ($virtio)" unbind planned
	bind
	wait_active primary
	last_was "standby ($virtio)" "primary ($vf)" failback planned
}

cause_stall()
{
	devices_paired
	stall_vf
	wait_active standby
	last_was "primary ($vf)" "standby ($virtio)" stall unplanned
	resume_vf
	wait_active primary
	last_was "standby ($virtio)" "primary ($vf)" failback planned
}

cause_suspend()
{
	bridged
	asleep freezer
	wait_active primary
	records dev t0 | grep -q \
		" from primary (pri) to standby (sb) cause suspend planned " ||
		fail "no switch before the system sleeps"
	last_was "standby (sb)" "primary (pri)" failback planned
	expect_equal "switches" "$(braces "$GUEST" t0 switches)" \
		"first 1 suspend 1 failback 1"
}

# A device that sleeps is detached; the standby is what is used then.
detached_while_asleep()
{
	wait_for "the VF can be used" \
		is "$GUEST" "$vf" reason preferred-primary
	asleep devices
	records dev t0 | grep -q \
		" from standby ($vf) to primary (pri) cause detach unplanned "
}

cause_detach()
{
	first_namespace
	ip link add pri type veth peer name pri-peer
	ip link set pri-peer up
	ip link add t0 type tandem
	ip link set pri master t0
	ip link set "$vf" master t0
	ip link set t0 up
	wait_active primary
	expect_once "the VF is left as it is detached" detached_while_asleep
	ip link del pri
}

what_was_held()
{
	local load

	bridged
	tandem drain_timeout 1000
	slow "$GUEST" pri 30ms
	ip netns exec "$GUEST" ping -q -c 600 -i 0.005 -W 0.1 192.0.2.2 \
		>/dev/null &
	load=$!
	turns t0 5
	wait "$load" || :
	[ "$(total held)" -gt 0 ] || fail "nothing was held"
	expect_equal "held" "$(total held)" "$(statistic "$GUEST" t0 held)"
	expect_equal "overflow" "$(total overflow)" 0
	each 'v["drain_us"] <= v["hold_us"]'
	each 'v["held"] == 0 || v["hold_us"] > 0'
	expect_equal "hold of the last" "$(recorded hold_us)" \
		"$(statistic "$GUEST" t0 hold_us_last)"
	expect_equal "longest hold" "$(records dev t0 |
		sed 's/.* hold_us \([0-9]*\) .*/\1/' | sort -n | tail -n 1)" \
		"$(statistic "$GUEST" t0 hold_us_max)"
}

# The old port is given up after a second, less what it took to begin holding.
what_found_no_room()
{
	local load overflow

	bridged
	tandem drain_timeout 1000 hold_limit 1
	fill pri 20s
	ip netns exec "$GUEST" ping -q -c 60 -i 0.005 -W 0.1 192.0.2.2 \
		>/dev/null &
	load=$!
	tandem prefer standby
	wait "$load" || :
	last_was "primary (pri)" "standby (sb)" command planned
	overflow=$(recorded overflow)
	expect_equal "held" "$(recorded held)" 1
	[ "$overflow" -ge 10 ] || fail "only $overflow found no room"
	expect_equal "in all" "$(statistic "$GUEST" t0 hold_overflow)" "$overflow"
	between "drain_us" "$(recorded drain_us)" 800000 3000000
	between "hold_us" "$(recorded hold_us)" "$(recorded drain_us)" 4000000
	tandem drain_timeout 0 prefer primary
	expect_equal "overflow of the next" "$(recorded overflow)" 0
}

# Six looks, two milliseconds apart, unless somebody goes on sending.
what_was_waited_for()
{
	bridged
	tandem prefer standby
	wait_for "frames have waited" lingered
	between "linger_us" "$(recorded linger_us)" 8000 600000
	peer sb down
	wait_active primary
	last_was "standby (sb)" "primary (pri)" carrier unplanned
	expect_equal "linger_us" "$(recorded linger_us)" 0
	expect_equal "hold_us" "$(recorded hold_us)" 0
	expect_equal "drain_us" "$(recorded drain_us)" 0
}

# broadcast NAMESPACE
broadcast()
{
	ip netns exec "$1" ping -b -c 10 -i 0.01 -W 0.5 192.0.2.255 \
		>/dev/null 2>&1 || :
}

# recorded_at_least WORD COUNT
recorded_at_least()
{
	[ "$(recorded "$1")" -ge "$2" ]
}

# record NUMBER: all of that switch of t0 but its time, which may be told a
# millisecond off.
record()
{
	records dev t0 | awk -v number="$1" '$2 == number { $3 = ""; print }'
}

# sums_up WORD: what all switches tell is what was counted.
sums_up()
{
	local before sum

	before=$(statistic "$GUEST" t0 "$1")
	sum=$(total "$1")
	between "all $1" "$sum" "$before" "$(statistic "$GUEST" t0 "$1")"
}

# They are counted for the switch after which they come.
echoes_and_duplicates()
{
	local second

	bridged
	tandem prefer standby
	broadcast "$GUEST"
	wait_for "ten echoes" recorded_at_least echoes 10
	broadcast "$HOST"
	wait_for "ten second copies" recorded_at_least duplicates 10
	tandem prefer primary
	second=$(record 2)
	broadcast "$GUEST"
	wait_for "ten more echoes" recorded_at_least echoes 10
	broadcast "$HOST"
	wait_for "ten more second copies" recorded_at_least duplicates 10
	expect_equal "the switch before" "$(record 2)" "$second"
	sums_up echoes
	sums_up duplicates
}

# numbers [dev DEVICE]: which switches are told of.
numbers()
{
	records "$@" | awk '{ print $1, $2 }'
}

last_64()
{
	paired
	turns t0 36
	expect_equal "numbers" "$(numbers dev t0)" "$(printf 't0: %d\n' {10..73})"
	expect_equal "switches" "$(braces "$GUEST" t0 switches)" \
		"first 1 command 72"
}

# Either fills more than one message of the kernel's answer.
two_tandems_in_one_dump()
{
	local t0 t1

	paired primary-t1 standby-t1
	ip -n "$GUEST" -b - <<-END
		link add t1 type tandem
		link set primary-t1 master t1
		link set standby-t1 master t1
		link set t1 up
	END
	wait_for "t1 is used" is "$GUEST" standby-t1 reason preferred-primary
	turns t0 35
	turns t1 34
	t0=$(printf 't0: %d\n' {8..71})
	t1=$(printf 't1: %d\n' {6..69})
	expect_equal "all" "$(numbers)" "$t0"$'\n'"$t1"
	expect_equal "those of t0" "$(numbers dev t0)" "$t0"
	expect_equal "those of t1" "$(numbers dev t1)" "$t1"
	expect_equal "objects in JSON" "$(ip -n "$GUEST" -j link xstats \
		type tandem | grep -o '"number":' | wc -l)" 128
	expect_equal "objects of t1" "$(ip -n "$GUEST" -j link xstats \
		type tandem dev t1 | grep -o '"ifname":"t1"' | wc -l)" 64
}

# Milliseconds since 1970 of each switch, in JSON.
times_of()
{
	ip -n "$GUEST" -j link xstats type tandem dev t0 |
		grep -o '"time":[0-9]*' | cut -d : -f 2
}

since()
{
	ip -n "$GUEST" -d -j link show dev t0 |
		sed -n 's/.*"since":\([0-9]*\).*/\1/p'
}

# reads_as MILLISECONDS TEXT: that is the local time; with one more or less, as
# each time it is told it is worked out anew.
reads_as()
{
	local ms text

	for ms in "$(($1 - 1))" "$1" "$(($1 + 1))"; do
		printf -v text '%(%Y-%m-%dT%H:%M:%S)T.%03d' \
			$((ms / 1000)) $((ms % 1000))
		if [ "$text" = "$2" ]; then
			return
		fi
	done
	fail "$2 is told of $1"
}

# by_an_hour TEXT BEFORE NOW: so much later than before the clock was set, which may
# have taken a while.
by_an_hour()
{
	between "$1, an hour later" $(($3 - $2)) 3590000 3600010
}

times()
{
	local begin end first last

	paired
	begin=$(now)
	tandem prefer standby
	end=$(now)
	between "time" "$(times_of | tail -n 1)" $((begin - 1)) $((end + 1))
	between "since" "$(since)" $((begin - 1)) $((end + 1))
	reads_as "$(since)" "$(link "$GUEST" t0 since)"
	reads_as "$(times_of | tail -n 1)" \
		"$(records dev t0 | awk 'END { print $3 }')"
	tandem prefer primary
	[ "$(since)" -ge $((end - 1)) ] || fail "since before it was"
	times_of | sort -n -c || fail "not in order: $(times_of)"
	# All are told by the clock as it is now.
	first=$(times_of | sed -n 1p)
	last=$(since)
	date -s "1 hour" >/dev/null && ahead=yes
	by_an_hour "first" "$first" "$(times_of | sed -n 1p)"
	by_an_hour "last" "$last" "$(times_of | tail -n 1)"
	by_an_hour "since" "$last" "$(since)"
}

# The keys of JSON and their values, of text; but no times.
text_by_keys()
{
	records | sed -E 's/^([^:]*): ([0-9]+) [^ ]+/ifname \1 number \2/
		s/ from ([a-z]+) \(([^)]*)\)/ from \1 from_dev \2/
		s/ to ([a-z]+) \(([^)]*)\)/ to \1 to_dev \2/
		s/ planned / planned true /
		s/ unplanned / planned false /'
}

json_by_keys()
{
	ip -n "$GUEST" -j link xstats type tandem |
		sed 's/},{/\n/g' |
		sed -E 's/[][{}"]//g; s/[:,]/ /g; s/ time [0-9]+//'
}

json_tells_the_same()
{
	paired
	turns t0 2
	peer_of_pri down
	wait_active standby
	peer_of_pri up
	wait_active primary
	ip -n "$GUEST" link set t0 down
	ip -n "$GUEST" link set t0 up
	expect_equal "switches" "$(numbers | wc -l)" 9
	expect_equal "JSON" "$(json_by_keys)" "$(text_by_keys)"
}

# peer_of_pri up|down: where the other end is in the guest, too.
peer_of_pri()
{
	ip -n "$GUEST" link set pri-peer "$1"
}

bad_words()
{
	setup_ns GUEST
	ip -n "$GUEST" link add t0 type tandem
	expect_error 'unknown option "nonsense"' \
		ip -n "$GUEST" link xstats type tandem nonsense
	expect_error 'Command line is not complete' \
		ip -n "$GUEST" link xstats type tandem dev
	expect_error 'duplicate "dev"' \
		ip -n "$GUEST" link xstats type tandem dev t0 dev t0
	expect_error 'Cannot find device "nosuch"' \
		ip -n "$GUEST" link xstats type tandem dev nosuch
}

tests_run
