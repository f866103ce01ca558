#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints: each is hit, with what it should tell.
#
#   +- GUEST ----------------------------+
#   |   t0 (tandem)                      |
#   |    |- pri  (veth, primary)         |
#   |    '- sb  (veth, standby)          |
#   +------------------------------------+
#
#   +- the lab's guest --------------------------+
#   |   t0 10.77.0.2, with the MAC of the VF     |
#   |    |- VF (PCI, primary)                    |
#   |    '- virtio NIC (standby)                 |
#   +--------------------------------------------+

ALL_TESTS="
	fields
	ports_join_and_leave
	planned_switch
	unplanned_switch
	first_and_close
	drain_gives_up
	last_port_leaves
	vf_stalls
	with_trace_cmd
	with_perf
	with_perf_at_once
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

TRACING=/sys/kernel/tracing
TRACE=$TRACING/instances/tandem-selftest

# A trace of our own: nobody else's is in it.
setup()
{
	modprobe tandem
	if [ ! -e "$TRACING/instances" ]; then
		mount -t tracefs tracefs "$TRACING"
	fi
	mkdir "$TRACE"
	echo 1 >"$TRACE/events/tandem/enable"
}

teardown()
{
	if [ -e "$TRACE" ]; then
		echo 0 >"$TRACE/events/tandem/enable"
		rmdir "$TRACE"
	fi
	devices_free
}

forget()
{
	: >"$TRACE/trace"
}

# traced EVENT TEXT: lines of it; TEXT is an extended regular expression.
traced()
{
	grep -E " $1: $2\$" "$TRACE/trace"
}

# traces EVENT TEXT: once.
traces()
{
	expect_equal "$1: $2" "$(traced "$1" "$2" | wc -l)" 1
}

# events: in the order in which they came.
events()
{
	sed -n 's/.* \(tandem_[a-z_]*\): master=.*/\1/p' "$TRACE/trace" |
		tr '\n' ' '
}

# fields_of EVENT
fields_of()
{
	sed -nE '/ common_/d
		s/^\tfield:.* ([a-z_]+)(\[[^]]*\])?;.*/\1/p' \
		"$TRACE/events/tandem/$1/format" | tr '\n' ' '
}

fields()
{
	local event names

	while read -r event names; do
		expect_equal "fields of $event" "$(fields_of "$event")" \
			"$names "
	done <<-END
		tandem_port_join	master port role
		tandem_port_leave	master port role
		tandem_switch_begin	master from to cause planned
		tandem_switch_drained	master port us idle
		tandem_switch_done	master number from to cause planned hold_us drain_us held overflow
		tandem_stall		master port stalled
	END
}

# paired: t0 is on pri, and what came before is forgotten.
paired()
{
	with_devices pri sb
	pair
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
	forget
}

ports_join_and_leave()
{
	with_devices pri sb
	pair
	traces tandem_port_join "master=t0 port=pri role=primary"
	traces tandem_port_join "master=t0 port=sb role=standby"
	expect_equal "leaving" "$(traced tandem_port_leave ".*" | wc -l)" 0
	ip -n "$GUEST" link set sb nomaster
	traces tandem_port_leave "master=t0 port=sb role=standby"
	ip -n "$GUEST" link del t0
	traces tandem_port_leave "master=t0 port=pri role=primary"
}

# peer_known: t0 has an address, and sends to 192.0.2.2 without asking.
peer_known()
{
	ip -n "$GUEST" addr add 192.0.2.1/24 dev t0
	ip -n "$GUEST" neigh replace 192.0.2.2 dev t0 nud permanent \
		lladdr 02:00:00:00:00:02
}

# As the history has it.
planned_switch()
{
	local load words

	paired
	peer_known
	watch "$GUEST" pri-peer protocol ip flower ip_proto icmp
	slow "$GUEST" pri 100ms
	ip netns exec "$GUEST" ping -q -c 600 -i 0.005 -W 0.1 192.0.2.2 >/dev/null &
	load=$!
	wait_for "pings are sent" watched_at_least "$GUEST" pri-peer 1
	tandem drain_timeout 1000 prefer standby
	wait "$load" || :
	[ "$(recorded held)" -gt 0 ] || fail "nothing was held"
	expect_equal "events" "$(events)" \
		"tandem_switch_begin tandem_switch_drained tandem_switch_done "
	words="from=pri to=sb cause=command planned=1"
	traces tandem_switch_begin "master=t0 $words"
	traces tandem_switch_drained \
		"master=t0 port=pri us=$(recorded drain_us) idle=1"
	words+=" hold_us=$(recorded hold_us) drain_us=$(recorded drain_us)"
	words+=" held=$(recorded held) overflow=0"
	traces tandem_switch_done "master=t0 number=2 $words"
}

# Nothing is waited for.
unplanned_switch()
{
	local words="from=pri to=sb cause=carrier planned=0"

	paired
	ip -n "$GUEST" link set pri-peer down
	wait_active standby
	expect_equal "events" "$(events)" \
		"tandem_switch_begin tandem_switch_done "
	traces tandem_switch_begin "master=t0 $words"
	traces tandem_switch_done \
		"master=t0 number=2 $words hold_us=0 drain_us=0 held=0 overflow=0"
}

first_and_close()
{
	with_devices pri
	ip -n "$GUEST" link set pri master t0
	forget
	ip -n "$GUEST" link set t0 up
	wait_active primary
	traces tandem_switch_begin \
		"master=t0 from= to=pri cause=first planned=1"
	traces tandem_switch_done \
		"master=t0 number=1 from= to=pri cause=first planned=1 .*"
	forget
	ip -n "$GUEST" link set t0 down
	traces tandem_switch_begin \
		"master=t0 from=pri to= cause=close planned=1"
	traces tandem_switch_done \
		"master=t0 number=2 from=pri to= cause=close planned=1 .*"
}

drain_gives_up()
{
	paired
	peer_known
	fill pri 20s
	tandem drain_timeout 500
	tandem prefer standby
	traces tandem_switch_drained "master=t0 port=pri us=[0-9]{6} idle=0"
}

# First it has sent what it had, then it is no longer used, then it is gone.
last_port_leaves()
{
	paired
	ip -n "$GUEST" link set sb nomaster
	forget
	ip -n "$GUEST" link set pri nomaster
	traces tandem_switch_begin \
		"master=t0 from=pri to= cause=release planned=1"
	traces tandem_switch_done \
		"master=t0 number=2 from=pri to= cause=release planned=1 .*"
	traces tandem_port_leave "master=t0 port=pri role=primary"
	expect_equal "events" "$(events)" \
		"tandem_switch_begin tandem_switch_drained tandem_switch_done tandem_port_leave "
}

has_traced()
{
	[ -n "$(traced "$@")" ]
}

vf_stalls()
{
	devices_paired
	forget
	stall_vf
	wait_active standby
	resume_vf
	traces tandem_stall "master=t0 port=$vf stalled=1"
	traces tandem_switch_begin \
		"master=t0 from=$vf to=$virtio cause=stall planned=0"
	wait_for "it goes on" \
		has_traced tandem_stall "master=t0 port=$vf stalled=0"
	traces tandem_stall "master=t0 port=$vf stalled=0"
}

# shows_a_switch TEXT: the three steps of one.
shows_a_switch()
{
	local event

	for event in begin drained "done"; do
		grep -qE "tandem_switch_$event.*master(=|: \"?)t0\b" <<<"$1" ||
			fail "no tandem_switch_$event in: $1"
	done
}

with_trace_cmd()
{
	local file

	if ! command -v trace-cmd >/dev/null; then
		skip "no trace-cmd here"
		return
	fi
	paired
	file=$(mktemp)
	trace-cmd record -e tandem -o "$file" \
		ip -n "$GUEST" link set t0 type tandem prefer standby >/dev/null
	shows_a_switch "$(trace-cmd report -i "$file")"
	rm "$file"
}

# As README.md has it.
with_perf_at_once()
{
	if ! command -v perf >/dev/null; then
		skip "no perf here"
		return
	fi
	paired
	shows_a_switch "$(perf trace -e "tandem:*" \
		ip -n "$GUEST" link set t0 type tandem prefer standby 2>&1)"
}

with_perf()
{
	local file

	if ! command -v perf >/dev/null; then
		skip "no perf here"
		return
	fi
	paired
	file=$(mktemp)
	perf record -q -a -e "tandem:*" -o "$file" \
		ip -n "$GUEST" link set t0 type tandem prefer standby
	shows_a_switch "$(perf script -i "$file")"
	rm "$file"
}

tests_run
