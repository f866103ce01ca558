#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The primary is left before the system sleeps and used again when it is awake.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+

ALL_TESTS="
	standby_while_asleep
	again_while_failing_over
	real_devices
	hibernation
	swapped_roles
	back_though_only_failure_counts
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

setup()
{
	bridged
	watch_arp br0 192.0.2.1
}

teardown()
{
	devices_free
}

# switches PLANNED UNPLANNED: so many there were.
switches()
{
	expect_equal "planned" "$(statistic "$GUEST" t0 switches_planned)" "$1"
	expect_equal "unplanned" "$(statistic "$GUEST" t0 switches_unplanned)" "$2"
}

# The standby is not waited for, the return is as always.
standby_while_asleep()
{
	tandem notify_peers 1 updelay 60000
	asleep freezer
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	tandem updelay 0
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	switches 2 0
	wait_for "both are announced" watched_at_least "$HOST" br0 2
	sends_over pri
}

# recorded_so_far: without the times, which ip counts back from now: to a millisecond.
recorded_so_far()
{
	records dev t0 | sed 's/ [^ ]*T[^ ]* / /'
}

# Nothing is left where there is no other port, and where it is left already.
again_while_failing_over()
{
	local before

	ip -n "$HOST" link set pri-peer down
	wait_for "t0 is on sb" is "$GUEST" t0 active standby
	asleep freezer
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	ip -n "$HOST" link set pri-peer up
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	switches 1 1
	ip -n "$GUEST" link set sb nomaster
	before=$(recorded_so_far)
	asleep freezer
	expect_equal "history" "$(recorded_so_far)" "$before"
	sends_over pri
}

real_devices()
{
	local before other=$GUEST

	devices_paired
	before=$(statistic "$GUEST" t0 switches_planned)
	asleep devices
	wait_for "t0 is on the VF" is "$GUEST" t0 active primary
	switches $((before + 2)) 0
	expect_equal "switches of the other tandem" \
		"$(ip -n "$other" link xstats type tandem dev t0 | wc -l)" 3
}

# As far as to the image: devices are stopped for that, and go on.
hibernation()
{
	local before

	devices_paired
	before=$(statistic "$GUEST" t0 switches_planned)
	asleep devices disk
	wait_for "t0 is on the VF" is "$GUEST" t0 active primary
	switches $((before + 2)) 0
	expect "the host answers" ping -c 1 -W 5 10.77.0.1
	[[ $(records dev t0) == *" to standby ($virtio) cause suspend planned "* ]] ||
		fail "not left before: $(records dev t0)"
}

# It is the VF that may be gone, whatever its role.
swapped_roles()
{
	local last

	devices_paired
	ip link set "$vf" type tandem_slave role standby
	tandem prefer standby
	wait_for "t0 is on the VF" is "$GUEST" "$vf" reason in-use
	asleep devices
	wait_for "t0 is on the VF" is "$GUEST" "$vf" reason in-use
	last=$(records dev t0 | tail -n 2)
	[[ $last == *" from standby ($vf) to primary ($virtio) cause suspend planned "* ]] ||
		fail "not left for sleep: $last"
	[[ $last == *" from primary ($virtio) to standby ($vf) cause "* ]] ||
		fail "not returned to: $last"
}

# The standby is asked to sleep first, as it was the first to join.
back_though_only_failure_counts()
{
	local before

	ip -n "$GUEST" link set pri nomaster
	ip -n "$GUEST" link set pri master t0
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	tandem reselect failure
	before=$(statistic "$GUEST" t0 switches_planned)
	asleep freezer
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	switches $((before + 2)) 0
	sends_over pri
}

tests_run
