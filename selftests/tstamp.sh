#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hardware time stamps through t0 are those of the port that transmits.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--sim---|-- pri-peer                |
#   |   '- sb  (standby)-|--sim---|-- sb-peer                 |
#   +--------------------+        +---------------------------+
#
#   +- the lab's guest --------------------------+
#   |   t0 10.77.0.2, with the MAC of the VF     |
#   |    |- VF (PCI, primary)                    |
#   |    '- virtio NIC (standby)                 |
#   +--------------------------------------------+

ALL_TESTS="
	set_on_the_port_that_transmits
	refused_by_the_port
	none_without_a_port
	sent_packets_are_stamped
	clock_of_the_port_that_transmits
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

# shellcheck disable=SC2034 # lib.sh reads it
KIND=tandem_sim

find_devices

teardown()
{
	devices_free
}

# stamps COMMAND WORD...: of tstamptest.
stamps()
{
	ip netns exec "$GUEST" tstamptest "$@"
}

index_of()
{
	ip netns exec "$GUEST" cat "/sys/class/net/$1/ifindex"
}

set_on_the_port_that_transmits()
{
	bridged
	expect_equal "t0 at first" "$(stamps get t0)" "tx 0 rx 0"
	stamps set t0 1 1
	expect_equal "t0" "$(stamps get t0)" "tx 1 rx 1"
	expect_equal "pri" "$(stamps get pri)" "tx 1 rx 1"
	expect_equal "sb" "$(stamps get sb)" "tx 0 rx 0"
	tandem prefer standby
	expect_equal "t0 over sb" "$(stamps get t0)" "tx 0 rx 0"
	stamps set t0 1 0
	expect_equal "sb in its turn" "$(stamps get sb)" "tx 1 rx 0"
	expect_equal "pri afterwards" "$(stamps get pri)" "tx 1 rx 1"
}

refused_by_the_port()
{
	bridged
	sim pri refuse tstamp
	expect_error "Input/output error" stamps set t0 1 1
	expect_equal "t0" "$(stamps get t0)" "tx 0 rx 0"
}

none_without_a_port()
{
	with_sims pri
	expect_error "not supported" stamps get t0
	expect_error "not supported" stamps set t0 1 1
	expect_equal "clock" "$(stamps clock t0)" -1
}

# The clock of a sim stands still, at the number of its device.
sent_packets_are_stamped()
{
	bridged
	expect_equal "before it is asked for" "$(stamps send 192.0.2.2)" 0
	stamps set t0 1 0
	expect_equal "by pri" "$(stamps send 192.0.2.2)" "$(index_of pri)"
	tandem prefer standby
	expect_equal "by sb, which was not asked" "$(stamps send 192.0.2.2)" 0
	stamps set t0 1 0
	expect_equal "by sb" "$(stamps send 192.0.2.2)" "$(index_of sb)"
	pri_is_back
	expect_equal "by pri again" "$(stamps send 192.0.2.2)" "$(index_of pri)"
}

pri_is_back()
{
	tandem prefer primary
	wait_active primary
}

clock_of_the_port_that_transmits()
{
	local clock

	devices_paired
	clock=$(stamps clock "$vf")
	if [ "$clock" -lt 0 ]; then
		skip "the VF has no clock"
		return
	fi
	expect_equal "on the VF" "$(stamps clock t0)" "$clock"
	tandem prefer standby
	expect_equal "on the standby" "$(stamps clock t0)" -1
}

tests_run
