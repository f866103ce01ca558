#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The settings of a tandem: their defaults and ranges, read and written with ip
# and its plugin; what is wrong is refused with a reason and changes nothing.
# The state that is shown beside them.
#
#   +- GUEST ----------------------------+
#   |   t0 (tandem)                      |
#   |    |- pri  (veth, primary)         |
#   |    '- sb  (veth, standby)          |
#   +------------------------------------+

ALL_TESTS="
	defaults
	set_at_creation
	changed_while_up
	number_out_of_range
	stall_timeout_off_or_long
	choice_out_of_range
	wrong_size
	unknown_attribute
	read_only
	refused_at_creation
	all_or_nothing
	bad_words
	prefer_absent_port
	prefer_is_obeyed
	state_of_ports
	shown_in_json
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The runner of the kernel's selftests leaves rawlink beside the scripts.
PATH=$PATH:$(dirname "$(readlink -f "$0")")

# WORD ATTRIBUTE DEFAULT LEAST GREATEST, as if_tandem.h has it and ip shows it;
# a setting without range is a choice between its default and the other one.
# The default plus the attribute is within the range, and no other setting's.
TABLE="
	prefer		1	primary	standby
	reselect	2	always	failure
	updelay		3	0	0	600000
	rx		4	both	active
	notify_peers	5	3	0	255
	notify_interval	6	200	10	60000
	hold_limit	7	4096	1	65536
	drain_timeout	8	100	0	1000
	linger		9	100	0	1000
	stall_timeout	10	1000	0	60000
	damp_count	11	5	0	16
	damp_window	12	60000	1000	3600000
	damp_time	13	10000	1000	3600000
	damp_max	14	300000	1000	3600000
"

words=()
numbers=()
choices=()
declare -A attribute default least greatest other

read_table()
{
	local word number normal low high

	while read -r word number normal low high; do
		[ -n "$word" ] || continue
		words+=("$word")
		attribute[$word]=$number
		default[$word]=$normal
		if [ -n "$high" ]; then
			numbers+=("$word")
			least[$word]=$low
			greatest[$word]=$high
			other[$word]=$((normal + number))
		else
			choices+=("$word")
			other[$word]=$low
		fi
	done <<<"$TABLE"
}

read_table

setup()
{
	with_devices pri sb
}

pair()
{
	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set t0 up
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
}

# settings DEVICE: all of them, as ip shows them.
settings()
{
	ip -n "$GUEST" -d -o link show dev "$1" |
		sed -n 's/.* tandem \(prefer .*\) active .*/\1/p'
}

# defaults_but [WORD VALUE]...: how ip should show them.
defaults_but()
{
	local text word
	local -A value

	while [ $# -gt 0 ]; do
		value[$1]=$2
		shift 2
	done
	for word in "${words[@]}"; do
		text+=" $word ${value[$word]:-${default[$word]}}"
	done
	echo "${text# }"
}

# is_taken WORD VALUE: set it on t0, see that it and nothing else has changed.
is_taken()
{
	expect "$1 $2" ip -n "$GUEST" link set t0 type tandem "$1" "$2"
	expect_equal "after $1 $2" "$(settings t0)" "$(defaults_but "$1" "$2")"
}

# is_refused TEXT WORD VALUE
is_refused()
{
	expect_error "$1" ip -n "$GUEST" link set t0 type tandem "$2" "$3"
}

# raw_is_refused TEXT ATTRIBUTE=HEXBYTES
raw_is_refused()
{
	expect_error "$1" ip netns exec "$GUEST" rawlink t0 set "$2"
}

# unchanged: after any number of refusals.
unchanged()
{
	expect_equal "settings" "$(settings t0)" "$(defaults_but)"
}

defaults()
{
	expect_equal "defaults" "$(settings t0)" "$(defaults_but)"
}

set_at_creation()
{
	local word all=()

	for word in "${words[@]}"; do
		all+=("$word" "${other[$word]}")
	done
	expect "created" ip -n "$GUEST" link add t1 type tandem "${all[@]}"
	expect_equal "all at once" "$(settings t1)" "$(defaults_but "${all[@]}")"
}

changed_while_up()
{
	local word

	pair
	for word in "${numbers[@]}"; do
		is_taken "$word" "${least[$word]}"
		is_taken "$word" "${greatest[$word]}"
		is_taken "$word" "${default[$word]}"
	done
	for word in "${choices[@]}"; do
		is_taken "$word" "${other[$word]}"
		is_taken "$word" "${default[$word]}"
	done
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	expect "t0 still has carrier" has_flag "$GUEST" t0 LOWER_UP
}

number_out_of_range()
{
	local text="integer out of range" word

	for word in "${numbers[@]}"; do
		is_refused "$text" "$word" $((greatest[$word] + 1))
		if [ "${least[$word]}" != 0 ]; then
			is_refused "$text" "$word" $((least[$word] - 1))
		fi
	done
	is_refused "$text" hold_limit 4294967295
	unchanged
}

stall_timeout_off_or_long()
{
	local text="stall_timeout is 0 (off) or at least 100"

	is_refused "$text" stall_timeout 1
	is_refused "$text" stall_timeout 99
	unchanged
	is_taken stall_timeout 100
	is_taken stall_timeout 0
}

choice_out_of_range()
{
	local word

	for word in "${choices[@]}"; do
		raw_is_refused "integer out of range" "${attribute[$word]}=02"
		raw_is_refused "integer out of range" "${attribute[$word]}=ff"
	done
	unchanged
}

# little_endian NUMBER SIZE: its bytes, as rawlink takes them.
little_endian()
{
	local i

	for ((i = 0; i < $2; i++)); do
		printf %02x $(($1 >> 8 * i & 255))
	done
}

# The core itself sees what is too short, the driver what is too long.
wrong_size()
{
	local short="Attribute failed policy validation"
	local long="invalid attribute length" word number value

	for word in "${numbers[@]}"; do
		number=${attribute[$word]}
		value=${other[$word]}
		raw_is_refused "$short" "$number=$(little_endian "$value" 2)"
		raw_is_refused "$long" "$number=$(little_endian "$value" 5)"
		raw_is_refused "$long" "$number=$(little_endian "$value" 8)"
	done
	for word in "${choices[@]}"; do
		raw_is_refused "$short" "${attribute[$word]}="
		raw_is_refused "$long" "${attribute[$word]}=01000000"
	done
	unchanged
}

unknown_attribute()
{
	raw_is_refused "Unknown attribute type" 0=00
	raw_is_refused "Unknown attribute type" 100=00000000
	raw_is_refused "Unknown attribute type" 100=
	unchanged
}

read_only()
{
	local text="This is state, it cannot be set" number

	for number in 15 16 17; do
		raw_is_refused "$text" "$number=00"
	done
	raw_is_refused "$text" 18=00000000
	unchanged
}

refused_at_creation()
{
	local word

	for word in "${numbers[@]}"; do
		expect_refused "integer out of range" \
			ip -n "$GUEST" link add t1 type tandem \
			"$word" $((greatest[$word] + 1))
	done
	expect_refused "integer out of range" \
		ip netns exec "$GUEST" rawlink t1 add 1=02
	expect_refused "stall_timeout is 0 (off) or at least 100" \
		ip -n "$GUEST" link add t1 type tandem stall_timeout 99
	expect_refused "Unknown attribute type" \
		ip netns exec "$GUEST" rawlink t1 add 100=00
	expect_refused "This is state, it cannot be set" \
		ip netns exec "$GUEST" rawlink t1 add 15=00
	expect "rawlink can create" ip netns exec "$GUEST" rawlink t1 add 1=01
	expect_equal "t1" "$(settings t1)" "$(defaults_but prefer standby)"
}

# One bad value among good ones, first or last.
all_or_nothing()
{
	expect_refused "integer out of range" \
		ip -n "$GUEST" link set t0 type tandem \
		prefer standby updelay 5 linger 1001
	expect_refused "integer out of range" \
		ip -n "$GUEST" link set t0 type tandem \
		linger 1001 prefer standby updelay 5
	expect_refused "stall_timeout is 0 (off) or at least 100" \
		ip -n "$GUEST" link set t0 type tandem \
		prefer standby updelay 5 stall_timeout 5
}

# What does not get as far as the kernel.
bad_words()
{
	is_refused 'tandem: unknown option "nonsense"?' nonsense 1
	is_refused '"prefer" takes primary|standby' prefer none
	is_refused '"updelay" takes MS' updelay soon
	is_refused '"hold_limit" takes N' hold_limit -1
	expect_refused 'duplicate "updelay"' \
		ip -n "$GUEST" link set t0 type tandem updelay 1 updelay 1
	expect_refused 'Command line is not complete' \
		ip -n "$GUEST" link set t0 type tandem updelay
	expect_refused 'tandem_slave: unknown option "nonsense"?' \
		ip -n "$GUEST" link set t0 type tandem_slave nonsense 1
	unchanged
	expect_equal "words that help explains" \
		"$(ip link help tandem | grep -c '^[[:space:]]*\[ .* \]$')" \
		"${#words[@]}"
}

prefer_absent_port()
{
	is_taken prefer standby
	expect_equal "active" "$(link "$GUEST" t0 active)" none
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" absent
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" absent
	expect_equal "wait" "$(link "$GUEST" t0 wait)" 0

	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set t0 up
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	expect_equal "prefer" "$(link "$GUEST" t0 prefer)" standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" in-use
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" absent

	ip -n "$GUEST" link set sb master t0
	wait_for "t0 goes to sb" is "$GUEST" t0 active standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" not-preferred
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" in-use
}

prefer_is_obeyed()
{
	pair
	is_taken prefer standby
	wait_for "t0 goes to sb" is "$GUEST" t0 active standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" not-preferred
	is_taken prefer primary
	wait_for "t0 goes to pri" is "$GUEST" t0 active primary
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" not-preferred
}

state_of_ports()
{
	pair
	expect_equal "role of pri" "$(link "$GUEST" pri role)" primary
	expect_equal "role of sb" "$(link "$GUEST" sb role)" standby
	expect_equal "reason of pri" "$(link "$GUEST" pri reason)" in-use
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" not-preferred
	expect_equal "stall of pri" "$(link "$GUEST" pri stall)" blind

	ip -n "$GUEST" link set pri-peer down
	wait_for "t0 goes to sb" is "$GUEST" t0 active standby
	expect_equal "reason of pri" "$(link "$GUEST" pri reason)" no-carrier
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" in-use
	expect_equal "the same at t0" \
		"$(link "$GUEST" t0 primary_reason)" no-carrier

	ip -n "$GUEST" link set t0 down
	expect_equal "active" "$(link "$GUEST" t0 active)" none
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" down

	is_taken stall_timeout 0
	expect_equal "stall of pri" "$(link "$GUEST" pri stall)" off
}

# json_of DEVICE KEY: what is within the braces behind the key.
json_of()
{
	ip -n "$GUEST" -d -j link show dev "$1" |
		sed -n "s/.*\"$2\":{\\([^}]*\\)}.*/\\1/p"
}

shown_in_json()
{
	local word text

	pair
	for word in "${words[@]}"; do
		text+="\"$word\":"
		if [ -n "${least[$word]}" ]; then
			text+="${default[$word]},"
		else
			text+="\"${default[$word]}\","
		fi
	done
	text+='"active":"primary","primary_reason":"in-use",'
	text+='"standby_reason":"not-preferred","wait":0'
	expect_equal "t0 in JSON" "$(json_of t0 info_data)" "$text"
	expect_equal "sb in JSON" "$(json_of sb info_slave_data)" \
		'"role":"standby","reason":"not-preferred","stall":"blind"'
}

tests_run
