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
	port_wrong_size
	port_read_only
	port_all_or_nothing
	claims_to_be_longer
	bad_words
	bad_words_for_a_port
	prefer_absent_port
	prefer_is_obeyed
	state_of_ports
	defaults_in_json
	other_settings_in_json
	state_in_json
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
	join		15	auto	command
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

# From ACTIVE to CANDIDATES, as long as they are when they are read and empty.
read_only()
{
	local text="This is state, it cannot be set" number

	for number in 16 17 18 22; do
		raw_is_refused "$text" "$number=00"
	done
	for number in 18 19; do
		raw_is_refused "$text" "$number=00000000"
	done
	raw_is_refused "$text" 20=0000000000000000
	for number in {16..24}; do
		raw_is_refused "$text" "$number="
	done
	raw_is_refused "Unsupported attribute" 25=
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
		ip netns exec "$GUEST" rawlink t1 add 16=00
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

# port_is_refused TEXT ATTRIBUTE=HEXBYTES...: at pri, a port.
port_is_refused()
{
	expect_refused "$1" ip netns exec "$GUEST" rawlink pri port "${@:2}"
}

port_wrong_size()
{
	pair
	port_is_refused "Attribute failed policy validation" 1=
	port_is_refused "invalid attribute length" 1=0100
	port_is_refused "invalid attribute length" 1=01000000
	port_is_refused "integer out of range" 1=02
	port_is_refused "integer out of range" 1=ff
	port_is_refused "Unknown attribute type" 0=00
	port_is_refused "Unknown attribute type" 100=00
	expect "rawlink can set it" \
		ip netns exec "$GUEST" rawlink pri port 1=01
	expect_equal "role of pri" "$(link "$GUEST" pri role)" standby
}

port_read_only()
{
	local number

	pair
	for number in 2 3 4; do
		port_is_refused "This is state, it cannot be set" "$number=00"
		port_is_refused "This is state, it cannot be set" "$number="
	done
}

port_all_or_nothing()
{
	pair
	port_is_refused "This is state, it cannot be set" 1=01 2=00
	port_is_refused "This is state, it cannot be set" 4=00 1=01
	port_is_refused "Unknown attribute type" 1=01 100=
}

# Attributes that end behind the message, and such that end within their own
# header: behind one that is good, and alone.
claims_to_be_longer()
{
	local text="bytes leftover after parsing attributes" length

	pair
	for length in 0 3 9 64 65535; do
		raw_is_refused "$text" "3=e8030000/$length"
		expect_refused "$text" ip netns exec "$GUEST" \
			rawlink t0 set 1=01 "3=e8030000/$length"
		port_is_refused "$text" "1=01/$length"
		port_is_refused "$text" 1=01 "1=01/$length"
	done
	expect_refused "$text" \
		ip netns exec "$GUEST" rawlink t1 add 1=01 3=e8030000/64
	raw_is_refused "invalid attribute length" "3=$(printf '%02048d' 0)"
	port_is_refused "invalid attribute length" "1=$(printf '%02048d' 0)"
	unchanged
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
	expect_refused 'tandem: unknown option "active"?' \
		ip -n "$GUEST" link set t0 type tandem active primary
	unchanged
	expect_equal "words that help explains" \
		"$(ip link help tandem | grep -c '^[[:space:]]*\[ .* \]$')" \
		"${#words[@]}"
}

# port_words_are_refused TEXT WORD...
port_words_are_refused()
{
	expect_refused "$1" \
		ip -n "$GUEST" link set pri type tandem_slave "${@:2}"
}

bad_words_for_a_port()
{
	pair
	port_words_are_refused 'tandem_slave: unknown option "nonsense"?' \
		nonsense 1
	port_words_are_refused 'tandem_slave: unknown option "reason"?' \
		reason in-use
	port_words_are_refused '"role" takes primary|standby' role none
	port_words_are_refused 'duplicate "role"' role primary role standby
	port_words_are_refused 'Command line is not complete' role
	expect_equal "words that help explains" \
		"$(ip link help tandem_slave |
			grep -c '^[[:space:]]*\[ role primary|standby \]$')" 1
}

prefer_absent_port()
{
	is_taken prefer standby
	expect_equal "active" "$(link "$GUEST" t0 active)" none
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" no-primary
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" no-standby
	expect_equal "wait" "$(link "$GUEST" t0 wait)" 0

	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set t0 up
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	expect_equal "prefer" "$(link "$GUEST" t0 prefer)" standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" in-use
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" no-standby

	ip -n "$GUEST" link set sb master t0
	wait_for "t0 goes to sb" is "$GUEST" t0 active standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" \
		preferred-standby
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" in-use
}

prefer_is_obeyed()
{
	pair
	is_taken prefer standby
	wait_for "t0 goes to sb" is "$GUEST" t0 active standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" \
		preferred-standby
	is_taken prefer primary
	wait_for "t0 goes to pri" is "$GUEST" t0 active primary
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" \
		preferred-primary
}

state_of_ports()
{
	pair
	expect_equal "role of pri" "$(link "$GUEST" pri role)" primary
	expect_equal "role of sb" "$(link "$GUEST" sb role)" standby
	expect_equal "reason of pri" "$(link "$GUEST" pri reason)" in-use
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" \
		preferred-primary
	expect_equal "stall of pri" "$(link "$GUEST" pri stall)" blind
	expect_equal "state of pri" "$(link "$GUEST" pri state)" active
	expect_equal "state of sb" "$(link "$GUEST" sb state)" ready

	ip -n "$GUEST" link set pri-peer down
	wait_for "t0 goes to sb" is "$GUEST" t0 active standby
	expect_equal "reason of pri" "$(link "$GUEST" pri reason)" no-carrier
	expect_equal "state of pri" "$(link "$GUEST" pri state)" unusable
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" in-use
	expect_equal "state of sb" "$(link "$GUEST" sb state)" active
	expect_equal "the same at t0" \
		"$(link "$GUEST" t0 primary_reason)" no-carrier

	ip -n "$GUEST" link set t0 down
	expect_equal "active" "$(link "$GUEST" t0 active)" none
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" admin-down
	expect_equal "state of sb" "$(link "$GUEST" sb state)" unusable

	is_taken stall_timeout 0
	expect_equal "stall of pri" "$(link "$GUEST" pri stall)" off
}

# json_of DEVICE KEY: what is within the braces behind the key, and the braces
# within these; what is nobody's choice is a number sign.
json_of()
{
	ip -n "$GUEST" -d -j link show dev "$1" |
		sed -nE "s/.*\"$2\":\{(([^{}]|\{[^{}]*\})*)\}.*/\1/p" |
		sed -E 's/("since"|"active_ifindex"):[0-9]+/\1:#/g'
}

# settings_as_json [WORD VALUE]...: these, else the defaults, as JSON has them.
settings_as_json()
{
	local word value text

	read -ra text <<<"$(defaults_but "$@")"
	set -- "${text[@]}"
	while [ $# -gt 0 ]; do
		word=$1 value=$2
		[ -n "${least[$word]}" ] || value="\"$value\""
		printf '"%s":%s,' "$word" "$value"
		shift 2
	done
}

# state_is ATTRIBUTES...: all of t0 in JSON, behind the settings.
state_is()
{
	local settings IFS

	settings=$(settings_as_json)
	IFS=,
	expect_equal "t0 in JSON" "$(json_of t0 info_data)" "$settings$*"
}

defaults_in_json()
{
	state_is '"active":"none"' '"cause":"none"' \
		'"primary_reason":"no-primary"' '"standby_reason":"no-standby"' \
		'"wait":0'
}

other_settings_in_json()
{
	local word all=() text

	for word in "${words[@]}"; do
		all+=("$word" "${other[$word]}")
	done
	tandem "${all[@]}"
	text=$(json_of t0 info_data)
	expect_equal "settings" "${text%%\"active\":*}" \
		"$(settings_as_json "${all[@]}")"
}

state_in_json()
{
	pair
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
	state_is '"active":"primary"' '"active_dev":"pri"' \
		'"active_ifindex":#' '"since":#' '"cause":"first"' \
		'"primary_reason":"in-use"' \
		'"standby_reason":"preferred-primary"' \
		'"wait":0' '"switches":{"first":1}'
	expect_equal "sb in JSON" "$(json_of sb info_slave_data)" \
		'"role":"standby","reason":"preferred-primary","stall":"blind","state":"ready"'
	expect "the index is that of pri" in_json t0 \
		"\"active_ifindex\":$(ip netns exec "$GUEST" \
			cat /sys/class/net/pri/ifindex)"
}

tests_run
