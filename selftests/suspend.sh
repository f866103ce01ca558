#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The primary is left before the system sleeps and used again when it is awake.
# The kernel's own test of suspend (pm_test) goes as far as it is told, waits for
# a second and comes back.
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
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

setup()
{
	bridged
	watch_arp br0 192.0.2.1
}

# asleep LEVEL: as far as that.
asleep()
{
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	echo "$1" >/sys/power/pm_test
	expect "the system sleeps" bash -c "echo freeze >/sys/power/state"
	echo none >/sys/power/pm_test
}

# switches PLANNED UNPLANNED: so many there were.
switches()
{
	expect_equal "planned" "$(statistic "$GUEST" t0 switches_planned)" "$1"
	expect_equal "unplanned" "$(statistic "$GUEST" t0 switches_unplanned)" "$2"
}

standby_while_asleep()
{
	tandem notify_peers 1 updelay 1
	asleep freezer
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	switches 2 0
	wait_for "both are announced" watched_at_least "$HOST" br0 2
	sends_over pri
}

# Nothing is left where there is no other port, and where it is left already.
again_while_failing_over()
{
	ip -n "$HOST" link set pri-peer down
	wait_for "t0 is on sb" is "$GUEST" t0 active standby
	asleep freezer
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	ip -n "$HOST" link set pri-peer up
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	switches 1 1
	ip -n "$GUEST" link set sb nomaster
	asleep freezer
	switches 1 1
	sends_over pri
}

real_devices()
{
	local vf before

	vf=$(device_on pci)
	ip link add t0 address "$(cat "/sys/class/net/$vf/address")" type tandem
	ip link set "$(device_on virtio)" master t0
	ip link set t0 up
	GUEST=tandem-first
	ip netns attach "$GUEST" 1
	namespaces+=("$GUEST")
	wait_for "t0 is on the VF" is "$GUEST" t0 active primary
	before=$(statistic "$GUEST" t0 switches_planned)
	asleep devices
	wait_for "t0 is on the VF" is "$GUEST" t0 active primary
	switches $((before + 2)) 0
	ip link del t0
}

tests_run
