#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# When the preferred port is used again: at once, after updelay, after damping,
# when the other one fails, or on command.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+

ALL_TESTS="
	updelay_passes
	updelay_starts_anew_after_a_flap
	updelay_is_cut_short_by_failure
	reselect_waits_for_failure
	reselect_on_command
	reselect_takes_the_first_vf
	preferred_from_the_start
	prefer_moves_traffic_at_once
	prefer_yields_to_failure
	prefer_absent_port_until_it_comes
	damping_doubles_up_to_a_limit
	damping_is_forgiven_after_quiet
	damping_is_forgiven_by_command
	damping_ignores_planned_switches
	damping_off
	not_while_the_core_tells
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup()
{
	bridged
}

# active ROLE: it transmits, now.
active()
{
	expect_equal "active" "$(link "$GUEST" t0 active)" "$1"
}

# pri_waits REASON: the primary is not used for this reason, but the standby.
pri_waits()
{
	wait_for "pri waits: $1" is "$GUEST" t0 primary_reason "$1"
	active standby
}

# left LEAST MOST: milliseconds that "wait" tells.
left()
{
	between "wait" "$(link "$GUEST" t0 wait)" "$1" "$2"
}

updelay_passes()
{
	local start

	tandem updelay 6000
	pri_fails
	start=$(now)
	peer pri up
	pri_waits updelay
	left 1 6000
	wait_active primary
	between "milliseconds until pri is used" $(($(now) - start)) 6000 16000
	expect_equal "wait" "$(link "$GUEST" t0 wait)" 0
	sends_over pri
}

less_left_than()
{
	[ "$(link "$GUEST" t0 wait)" -lt "$1" ]
}

updelay_starts_anew_after_a_flap()
{
	tandem updelay 60000
	pri_flaps
	pri_waits updelay
	wait_for "time passes" less_left_than 56000
	peer pri down
	wait_for "the flap is seen" is "$GUEST" pri reason no-carrier
	peer pri up
	pri_waits updelay
	left 56001 60000
	sends_over sb
}

updelay_is_cut_short_by_failure()
{
	tandem updelay 60000
	pri_flaps
	pri_waits updelay
	peer sb down
	wait_active primary
	sends_over pri
}

reselect_waits_for_failure()
{
	tandem reselect failure
	pri_flaps
	pri_waits reselect
	expect_equal "wait" "$(link "$GUEST" t0 wait)" 0
	pause 0.5
	sends_over sb
	peer sb down
	wait_active primary
	sends_over pri
}

# The command is good for once.
reselect_on_command()
{
	tandem reselect failure
	pri_flaps
	pri_waits reselect
	tandem prefer primary
	active primary
	pri_flaps
	pri_waits reselect
	sends_over sb
}

reselect_takes_the_first_vf()
{
	ip -n "$GUEST" -b - <<-END
		link del t0
		link add t0 type tandem reselect failure
		link add other type dummy
		link set other master t0
		link set sb master t0
		link set other nomaster
		link set t0 up
		addr add 192.0.2.1/24 dev t0
	END
	wait_active standby
	ip -n "$GUEST" link set pri master t0
	wait_active primary
	sends_over pri
}

# What is preferred when the tandem is made is no command, nor has one to be given.
preferred_from_the_start()
{
	ip -n "$GUEST" -b - <<-END
		link del t0
		link add t0 type tandem prefer standby
		link set pri master t0
		link set t0 up
	END
	wait_active primary
	ip -n "$GUEST" link set sb master t0
	wait_active standby
	last_was "primary (pri)" "standby (sb)" failback planned
}

prefer_moves_traffic_at_once()
{
	tandem prefer standby
	active standby
	expect_equal "reason of pri" "$(link "$GUEST" pri reason)" \
		preferred-standby
	sends_over sb
	tandem prefer primary
	active primary
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" \
		preferred-primary
	sends_over pri
	expect_equal "planned switches" \
		"$(statistic "$GUEST" t0 switches_planned)" 2
	expect_equal "unplanned switches" \
		"$(statistic "$GUEST" t0 switches_unplanned)" 0
}

prefer_yields_to_failure()
{
	tandem prefer standby
	peer sb down
	wait_active primary
	sends_over pri
	expect_equal "reason of sb" "$(link "$GUEST" sb reason)" no-carrier
	peer sb up
	wait_active standby
	sends_over sb
}

prefer_absent_port_until_it_comes()
{
	ip -n "$GUEST" link set sb nomaster
	tandem prefer standby
	active primary
	expect_equal "reason of the standby" \
		"$(link "$GUEST" t0 standby_reason)" no-standby
	sends_over pri
	ip -n "$GUEST" link set sb master t0
	wait_active standby
	sends_over sb
}

# A damped port is used when the other one fails, and stays in use.
end_hold()
{
	peer sb down
	wait_active primary
	peer sb up
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
}

# Two failures are put up with; the third and each that follows soon is not.
damping_doubles_up_to_a_limit()
{
	local i

	tandem damp_count 2 damp_window 3600000 damp_time 6000 damp_max 16000
	for i in 1 2; do
		pri_flaps
		wait_active primary
	done
	pri_flaps
	pri_waits damping
	left 1 6000
	sends_over sb
	end_hold
	pri_flaps
	pri_waits damping
	left 6001 12000
	end_hold
	pri_flaps
	pri_waits damping
	left 10000 16000
	end_hold
}

# Quiet counts from the end of the hold.
damping_is_forgiven_after_quiet()
{
	tandem damp_count 1 damp_window 3600000 damp_time 6000 damp_max 3600000
	pri_flaps
	wait_active primary
	pri_flaps
	pri_waits damping
	wait_active primary
	tandem damp_window 1000 damp_time 60000
	pause 1.2
	# A hold would be longer than anybody waits here.
	pri_flaps
	wait_active primary
	# Only what is remembered makes it wait: it has not forgotten for good.
	tandem damp_window 3600000
	pri_flaps
	pri_waits damping
	left 1 60000
}

damping_is_forgiven_by_command()
{
	tandem damp_count 1 damp_time 60000
	pri_flaps
	wait_active primary
	pri_flaps
	pri_waits damping
	tandem prefer primary
	active primary
	pri_flaps
	wait_active primary
	sends_over pri
}

damping_ignores_planned_switches()
{
	local i

	tandem damp_count 1 damp_time 60000
	for i in 1 2 3 4; do
		ip -n "$GUEST" link set pri down
		active standby
		ip -n "$GUEST" link set pri up
		wait_active primary
	done
	expect_equal "planned switches" \
		"$(statistic "$GUEST" t0 switches_planned)" $((2 * i))
}

damping_off()
{
	local i

	tandem damp_count 0 damp_time 60000
	for i in 1 2 3 4 5 6; do
		pri_flaps
		wait_active primary
	done
	expect_equal "unplanned switches" \
		"$(statistic "$GUEST" t0 switches_unplanned)" "$i"
}

# drain_seen: one is under way, and this is what has led to it.
drain_seen()
{
	stack=$(grep -hs -A 99 tandem_drain_wait /proc/[0-9]*/stack)
}

# The core tells of the carriers of many devices in one hold of RTNL, which would be as
# long as all their switches.
not_while_the_core_tells()
{
	local stack

	tandem drain_timeout 1000 updelay 0
	pri_fails
	fill sb 6s
	peer pri up
	wait_for "sb is drained" drain_seen
	[[ $stack == *monitor_work* ]] || fail "drained by: $stack"
	wait_active primary
}

tests_run
