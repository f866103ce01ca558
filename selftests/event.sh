#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a tandem tells by itself: "ip monitor link" at each switch and whenever a
# reason changes, the kernel log at each switch, unless there are too many.
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
	switch_by_command
	switch_by_itself
	port_goes_down
	port_is_released
	reason_alone
	waiting_begins
	role_alone
	vf_goes_and_comes
	vf_is_released_and_taken
	vf_is_refused
	log_has_a_line_for_each
	log_is_limited
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

# An announcement tells of the link, too, whatever has changed.
# shellcheck disable=SC2034 # lib.sh reads it
SETTINGS="notify_peers 0"

TOLD=$(mktemp)
monitor=

# What a test has left running.
teardown()
{
	if [ -n "$monitor" ]; then
		kill "$monitor"
		wait_for "the monitor ends" ended "$monitor"
		monitor=
	fi
	devices_free
}

# told TEXT...: a message on t0 since the last listen() has all of them.
told()
{
	local lines text

	lines=$(grep '^[0-9]*: t0: .* tandem prefer ' "$TOLD")
	for text; do
		lines=$(grep -F " $text " <<<"$lines")
	done
	[ -n "$lines" ]
}

# heard: so that the monitor says something if it listens, lo gets a name.
heard()
{
	ip -n "$GUEST" link set lo alias "$RANDOM"
	grep -q '^[0-9]*: lo:' "$TOLD"
}

# listen: to the links of GUEST, from now on.
listen()
{
	if [ -z "$monitor" ]; then
		: >"$TOLD"
		ip -n "$GUEST" -d -o monitor link >>"$TOLD" &
		monitor=$!
		disown
		wait_for "the monitor listens" heard
	fi
	: >"$TOLD"
}

# tells TEXT...: soon.
tells()
{
	local WAIT=3

	wait_for "told: $*" told "$@"
}

# silent_about TEXT...: that was told by nobody.
silent_about()
{
	if told "$@"; then
		fail "told: $*"
	fi
}

# port_told PORT TEXT...: what is new of a port was told as well.
port_told()
{
	local lines text

	lines=$(grep "^[0-9]*: $1@.* tandem_slave role " "$TOLD")
	for text in "${@:2}"; do
		lines=$(grep -F " $text " <<<"$lines")
	done
	[ -n "$lines" ]
}

switch_by_command()
{
	bridged
	listen
	tandem prefer standby
	wait_for "pri is told" port_told pri "reason preferred-standby" \
		"state ready"
	wait_for "sb is told" port_told sb "reason in-use" "state active"
	wait_for "bonding's listeners are told" \
		grep -q "t0: .* event BONDING FAILOVER " "$TOLD"
	tells "active standby" "active_dev sb" "cause command" \
		"primary_reason preferred-standby" "standby_reason in-use" \
		"switches { first 1 command 1 }"
	listen
	tandem prefer primary
	tells "active primary" "active_dev pri" "cause command" \
		"primary_reason in-use" "standby_reason preferred-primary" \
		"switches { first 1 command 2 }"
}

switch_by_itself()
{
	bridged
	listen
	peer pri down
	tells "active standby" "cause carrier" "primary_reason no-carrier"
	listen
	peer pri up
	tells "active primary" "cause failback" "primary_reason in-use"
	listen
	peer pri down
	peer sb down
	tells "active none" "cause carrier" "primary_reason no-carrier" \
		"standby_reason no-carrier"
}

# First that it will, then that it is.
port_goes_down()
{
	bridged
	listen
	ip -n "$GUEST" link set pri down
	tells "active standby" "cause down" "primary_reason leaving"
	tells "active standby" "cause down" "primary_reason admin-down"
}

port_is_released()
{
	bridged
	listen
	ip -n "$GUEST" link set pri nomaster
	tells "active standby" "cause release" "primary_reason leaving"
	tells "active standby" "cause release" "primary_reason no-primary"
	listen
	ip -n "$GUEST" link set pri master t0
	tells "active primary" "cause failback" "primary_reason in-use"
}

# Where no switch tells of it.
reason_alone()
{
	bridged
	listen
	peer sb down
	tells "active primary" "standby_reason no-carrier" "switches { first 1 }"
	listen
	peer sb up
	tells "active primary" "standby_reason preferred-primary" \
		"switches { first 1 }"
	listen
	ip -n "$GUEST" link set sb down
	tells "active primary" "standby_reason admin-down"
	listen
	ip -n "$GUEST" link set sb nomaster
	tells "active primary" "standby_reason no-standby"
	silent_about "active standby"
	silent_about "active none"
}

waiting_begins()
{
	bridged
	tandem updelay 60000
	pri_fails
	listen
	peer pri up
	tells "active standby" "primary_reason updelay"
	silent_about "active primary"
}

role_alone()
{
	bridged
	ip -n "$GUEST" link set sb nomaster
	listen
	ip -n "$GUEST" link set pri type tandem_slave role standby
	tells "active standby" "primary_reason no-primary" \
		"standby_reason in-use"
}

vf_goes_and_comes()
{
	devices_paired
	tandem notify_peers 0
	listen
	unbind
	tells "active standby" "cause unbind" "primary_reason leaving"
	tells "active standby" "cause unbind" "primary_reason no-primary"
	listen
	bind
	wait_active primary
	tells "active primary" "cause failback" "primary_reason in-use"
}

vf_is_released_and_taken()
{
	devices_paired
	tandem notify_peers 0
	listen
	ip link set "$vf" nomaster
	tells "active standby" "primary_reason not-joined" \
		"candidates { $vf not-joined }"
	listen
	ip link add br7 type bridge
	ip link set "$vf" master br7
	tells "primary_reason taken-by-other-master"
	listen
	ip link del br7
	listen
	unbind
	tells "primary_reason no-primary"
	silent_about "primary_reason in-use"
}

vf_is_refused()
{
	devices_paired
	tandem notify_peers 0
	ip link set "$vf" nomaster
	ip link set t0 mtu 9300
	listen
	expect_error "The port cannot take the MTU of the tandem" \
		ip link set "$vf" master t0
	tells "primary_reason mtu"
	listen
	ip link set t0 mtu 1500
	tells "primary_reason not-joined"
}

# log_from_here: forget what the kernel has logged; see that it is not more than
# it may be in a while.
log_from_here()
{
	pause 5.1
	mark="tandem selftest $RANDOM $EPOCHREALTIME"
	echo "$mark" >/dev/kmsg
}

# logged: since then, of t0.
logged()
{
	dmesg | sed "1,/$mark/d" | grep -E '(^|\] )t0: switch '
}

# logs TEXT: an extended regular expression for what stands behind "t0: switch ".
logs()
{
	local count

	count=$(logged | grep -cE "t0: switch $1\$" || :)
	expect_equal "lines with $1" "$count" 1
}

# took: what the last switch has cost, as the history has it.
took()
{
	echo "held $(recorded held) packets for $(recorded hold_us) us," \
		"drained $(recorded drain_us) us"
}

log_has_a_line_for_each()
{
	local mark none="held 0 packets for 0 us, drained 0 us"
	local pri="pri \(primary\)" sb="sb \(standby\)"

	log_from_here
	bridged
	logs "1: (- \(none\)|none) to $pri, first, planned: $none"
	tandem prefer standby
	logs "2: $pri to $sb, command, planned: $(took)"
	[ "$(recorded hold_us)" -gt "$(recorded drain_us)" ] ||
		fail "which is which cannot be told"
	tandem prefer primary
	logs "3: $sb to $pri, command, planned: $(took)"
	pri_fails
	logs "4: $pri to $sb, carrier, unplanned: $none"
	peer pri up
	wait_active primary
	logs "5: $sb to $pri, failback, planned: $(took)"
	expect_equal "lines" "$(logged | wc -l)" 5
}

# Of each tandem ten lines are logged in five seconds at most.
log_is_limited()
{
	local i count mark start

	bridged
	log_from_here
	start=$SECONDS
	for ((i = 0; i < 50; i++)); do
		echo "link set t0 type tandem prefer standby"
		echo "link set t0 type tandem prefer primary"
	done | ip -n "$GUEST" -b -
	count=$(logged | wc -l)
	between "lines of a hundred switches" "$count" 1 \
		$((10 * ((SECONDS - start) / 5 + 2)))
	[ "$count" -lt 100 ] || fail "nothing was held back"
	expect_equal "switches" "$(braces "$GUEST" t0 switches)" \
		"first 1 command 100"
}

tests_run
