#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Asking for the state and the history in bad moments, without rights, from
# elsewhere, and in the wrong way. Wrong settings are in settings.sh.
#
#   +- GUEST ----------------------------+
#   |   t0 (tandem)                      |
#   |    |- pri  (veth, primary)         |
#   |    '- sb  (veth, standby)          |
#   +------------------------------------+

ALL_TESTS="
	while_ports_come_and_go
	while_links_flap
	while_roles_change
	while_history_grows
	while_tandems_come_and_go
	without_rights
	set_without_rights
	from_another_namespace
	in_a_namespace_of_ones_own
	history_in_one_answer
	bad_request_for_history
	history_of_a_port
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The runner of the kernel's selftests leaves rawlink beside the scripts.
PATH=$PATH:$(dirname "$(readlink -f "$0")")

setup()
{
	with_devices pri sb
	pair
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
}

# Each tandem's switches in order, none twice.
records_in_order()
{
	records | awk '$1 == device && $2 <= number { wrong = 1 }
		{ device = $1; number = $2 }
		END { exit wrong }'
}

# list_in_json WORD...: what ip is to show is JSON from its beginning to its end.
list_in_json()
{
	is_json "$(ip -n "$GUEST" -j "$@" | tr -d ' \n')"
}

# Everything there is to be told.
dump()
{
	expect "links" ip -n "$GUEST" -d link
	expect "links in JSON" list_in_json -d link
	expect "switches" records_in_order
	expect "switches in JSON" list_in_json link xstats type tandem
}

# rounds COUNT: what ip reads from here, so many times, all by one ip.
rounds()
{
	local batch i

	batch=$(cat)
	for ((i = 0; i < $1; i++)); do
		echo "$batch"
	done | ip -n "$GUEST" -b -
}

# dumps_while COUNT: as rounds; dumps, again and again, until that is done.
dumps_while()
{
	local busy dumps=0

	rounds "$1" <&0 &
	busy=$!
	until ended "$busy"; do
		dump
		dumps=$((dumps + 1))
	done
	wait "$busy" || fail "the rounds came to a bad end"
	echo "# $dumps dumps"
	[ "$dumps" -ge 3 ] || fail "too few to tell"
	dump
}

while_ports_come_and_go()
{
	dumps_while 40 <<-END
		link set pri nomaster
		link set pri master t0
		link set sb nomaster
		link add other type dummy
		link set other master t0
		link del other
		link set sb master t0
	END
	wait_active primary
}

while_links_flap()
{
	dumps_while 150 <<-END
		link set pri-peer down
		link set sb down
		link set pri-peer up
		link set t0 down
		link set t0 up
		link set sb up
	END
	wait_active primary
}

while_roles_change()
{
	dumps_while 50 <<-END
		link set pri type tandem_slave role standby
		link set t0 type tandem prefer standby
		link set pri type tandem_slave role primary
		link set t0 type tandem prefer primary
	END
	wait_active primary
}

while_history_grows()
{
	dumps_while 120 <<-END
		link set t0 type tandem prefer standby
		link set t0 type tandem prefer primary
	END
	wait_active primary
}

while_tandems_come_and_go()
{
	dumps_while 70 <<-END
		link del t0
		link add t1 type tandem
		link set pri master t1
		link set sb master t1
		link set t1 up
		link del t1
		link add t0 type tandem
		link set sb master t0
		link set t0 up
		link set pri master t0
	END
	expect_equal "role of sb" "$(link "$GUEST" sb role)" primary
}

# powerless COMMAND...: by somebody who may do nothing in GUEST. By its path, as
# busybox would take its own.
powerless()
{
	ip netns exec "$GUEST" unshare -U "$(type -P "$1")" "${@:2}"
}

# Without what is worked out anew each time it is asked for.
no_times()
{
	sed -E 's/ (since|wait) [^ ]+//g; s/^(t0: [0-9]+) [^ ]+/\1/'
}

# told_the_same WORD...: what ip is to show, to him who may do nothing and to root.
# How long it lingers, for one, is known only once that is over.
told_the_same()
{
	diff <(powerless ip "$@" | no_times) \
		<(ip -n "$GUEST" "$@" | no_times) >"$said" && return
	sed 's/^/# /' "$said"
	return 1
}

without_rights()
{
	local said

	tandem prefer standby
	said=$(mktemp)
	powerless ip -d -o link show dev t0 >"$said"
	expect "the cause is told" grep -q " cause command " "$said"
	expect_once "t0" told_the_same -d -o link show dev t0
	expect_once "pri" told_the_same -d -o link show dev pri
	expect_once "history" told_the_same link xstats type tandem dev t0
	rm "$said"
	expect_equal "in one answer" "$(powerless rawlink t0 stats)" "2 switches"
}

set_without_rights()
{
	local text="Operation not permitted"

	expect_refused "$text" powerless ip link set t0 type tandem prefer standby
	expect_refused "$text" powerless ip link set t0 type tandem linger 5
	expect_refused "$text" \
		powerless ip link set pri type tandem_slave role standby
	expect_refused "$text" powerless ip link set pri nomaster
	expect_refused "$text" powerless ip link add t1 type tandem
	expect_refused "$text" powerless ip link del t0
	expect_refused EPERM powerless rawlink t0 set 1=01
	expect_refused EPERM powerless rawlink pri port 1=01
	expect_equal "switches" "$(braces "$GUEST" t0 switches)" "first 1"
}

from_another_namespace()
{
	setup_ns ELSEWHERE
	expect_error "does not exist" ip -n "$ELSEWHERE" link show dev t0
	expect_equal "tandems" "$(ip -n "$ELSEWHERE" -d link show type tandem)" ""
	expect_equal "history" \
		"$(ip -n "$ELSEWHERE" link xstats type tandem)" ""
	ip -n "$ELSEWHERE" link add t0 type tandem
	expect_equal "history of that t0" \
		"$(ip -n "$ELSEWHERE" link xstats type tandem)" ""
	expect_equal "history of ours" "$(records | wc -l)" 1
}

# He who is nobody outside sees his own tandem and no other; nor which NICs there are,
# as somebody can whose both namespaces are.
in_a_namespace_of_ones_own()
{
	local nic said address=""

	nic=$(device_on pci)
	if [ -n "$nic" ]; then
		address="address $(ethtool -P "$nic" | sed 's/.*: //')"
		ip -n "$GUEST" -b - <<<"link add ours $address type tandem"
		expect_equal "candidate" "$(link "$GUEST" ours primary_reason)" \
			other-namespace
	fi
	said=$(unshare -U -r -n bash -c "
		ip link add mine $address type tandem prefer standby &&
		ip link set mine up &&
		ip -d -o link show type tandem &&
		ip link xstats type tandem")
	expect_equal "tandems" "$(wc -l <<<"$said")" 1
	[[ $said == *" mine: "*" prefer standby "*" no-primary "* ]] ||
		fail "not his own: $said"
	[[ $said != *" candidates "* ]] || fail "not his: $said"
}

# The names are as long as they can be: nobody has to fit in less.
history_in_one_answer()
{
	ip -n "$GUEST" -b - <<-END
		link add fifteen-letters type veth peer name one
		link add fifteen-numbers type veth peer name two
		link set one up
		link set two up
		link add sixteen-minus-1 type tandem
		link set fifteen-letters master sixteen-minus-1
		link set fifteen-numbers master sixteen-minus-1
		link set sixteen-minus-1 up
	END
	wait_for "both can be used" \
		is "$GUEST" fifteen-numbers reason preferred-primary
	rounds 35 <<-END
		link set sixteen-minus-1 type tandem prefer standby
		link set sixteen-minus-1 type tandem prefer primary
	END
	expect_equal "switches" "$(records dev sixteen-minus-1 | wc -l)" 64
	expect_equal "in one answer" \
		"$(ip netns exec "$GUEST" rawlink sixteen-minus-1 stats)" \
		"64 switches"
}

# request_is_refused TEXT ATTRIBUTE=HEXBYTES...
request_is_refused()
{
	expect_error "$1" ip netns exec "$GUEST" rawlink t0 stats "${@:2}"
}

bad_request_for_history()
{
	local length

	request_is_refused "Unknown attribute type" 100=00
	request_is_refused "Unknown attribute type" 0=
	request_is_refused "NLA_F_NESTED is missing" 1=
	for length in 0 3 9 64 65535; do
		request_is_refused "bytes leftover after parsing attributes" \
			"100=00000000/$length"
	done
	expect_equal "a good one" "$(ip netns exec "$GUEST" rawlink t0 stats)" \
		"1 switches"
}

# Asked of all ports there are, the core asks a tandem of its own, too; what a
# bridge has to tell of a port that comes later is told.
history_of_a_port()
{
	ip -n "$GUEST" -b - <<-END
		link add br0 type bridge
		link add late type veth peer name late-peer
		link set late master br0
	END
	ip -n "$GUEST" link xstats type bridge_slave | grep -q late ||
		fail "nothing is told of a bridge's port"
	printf 'link xstats type tandem dev t0\n%.0s' 1 2 |
		ip -n "$GUEST" -b - >/dev/null || fail "asked twice by one ip"
}

tests_run
