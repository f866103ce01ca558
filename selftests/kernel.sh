#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own tests for any network device, from its source (/kernel/net), played
# with a tandem. What they say is printed.
#
#   +- GUEST -----------------+
#   |   eth0 (tandem)         |
#   |    |- pri (veth)        |
#   |    '- sb  (veth)        |
#   +-------------------------+

ALL_TESTS="
	netdevice
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

# complaints FILE: what a test of the kernel's has failed or left out.
complaints()
{
	grep -E "^(FAIL|SKIP): " "$1" | sort -u
}

# judged LEAST FILE COMPLAINTS: what it says of a tandem, and what of that is not to be
# expected of one. So many things have to have passed.
judged()
{
	local passed

	sed 's/^/# /' "$2"
	expect_equal "not passed" "$3" ""
	passed=$(grep -c "^PASS: " "$2")
	[ "$passed" -ge "$1" ] || fail "only $passed have passed"
}

# It takes the devices that are called eth. Registers there are none; a master cannot
# turn tx-nocache-copy on while it is off on a port, the same with bonding.
netdevice()
{
	local allowed="set IP address|already have an IP|ethtool dump not supported|tx-nocache-copy"

	with_devices pri sb
	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set t0 name eth0
	ip netns exec "$GUEST" sh /kernel/net/netdevice.sh >/tmp/netdevice 2>&1 || :
	judged 5 /tmp/netdevice "$(complaints /tmp/netdevice | grep -vE "$allowed")"
	expect_equal "MAC of pri" "$(link "$GUEST" pri link/ether)" \
		02:03:04:05:06:07
}

tests_run
