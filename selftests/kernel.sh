#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own tests for any network device, from its source (/kernel/net), played
# with a tandem. What they say is printed.
#
#   +- GUEST -----------------+
#   |   eth0 (tandem)         |      test-dummy0, in the lab's guest itself, where
#   |    |- pri (veth)        |      rtnetlink.sh makes a device of kind dummy
#   |    '- sb  (veth)        |
#   +-------------------------+

ALL_TESTS="
	netdevice
	rtnetlink
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

# Those that have to do with the device.
RTNETLINK="
	kci_test_route_get
	kci_test_addrlft
	kci_test_promote_secondaries
	kci_test_gre
	kci_test_bridge
	kci_test_ifalias
	kci_test_vrf
	kci_test_encap
	kci_test_macsec
	kci_test_neigh_get
	kci_test_address_proto
	kci_test_enslave_bonding
"

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
	judged 90 /tmp/netdevice "$(complaints /tmp/netdevice | grep -vE "$allowed")"
	expect_equal "MAC of pri" "$(link "$GUEST" pri link/ether)" \
		02:03:04:05:06:07
}

# A dummy has one at once; this one when the core has noticed that there is carrier.
address_comes()
{
	local i

	for i in {1..50}; do
		command ip -6 addr show dev test-dummy0 | grep -q "inet6 fe80" && return
		read -r -t 0.1 _ <> <(:) || :
	done
}

# For the kernel's scripts: a tandem with two ports where a dummy is asked for.
# shellcheck disable=SC2317 # they call it
ip()
{
	local where=() name=${*: -3:1} port

	if [ "${*: -2}" != "type dummy" ]; then
		command ip "$@" || return
		[ "$*" != "link set test-dummy0 up" ] || address_comes
		return
	fi
	[ "$1" = link ] || where=(-netns "$2")
	command ip "${where[@]}" link add "$name" type tandem || return
	for port in p1 p2; do
		command ip "${where[@]}" link add "$name-$port" type veth \
			peer name "$name-${port}x"
		command ip "${where[@]}" link set "$name-${port}x" up
		command ip "${where[@]}" link set "$name-$port" master "$name"
	done
}

# rtnetlink_says FILE
rtnetlink_says()
{
	(
		trap - ERR
		cd /kernel/net && bash rtnetlink.sh -t "$RTNETLINK"
	) >"$1" 2>&1 || :
}

# With a dummy first: what does not pass there says nothing of us.
rtnetlink()
{
	local port

	export -nf ip
	rtnetlink_says /tmp/rtnetlink.dummy
	export -f ip address_comes
	rtnetlink_says /tmp/rtnetlink
	complaints /tmp/rtnetlink.dummy >/tmp/rtnetlink.allowed
	judged 9 /tmp/rtnetlink "$(complaints /tmp/rtnetlink |
		grep -vxFf /tmp/rtnetlink.allowed)"
	grep -q 'kind "dummy"' /tmp/rtnetlink && fail "a dummy was made"
	for port in p1 p2; do
		command ip link del "test-dummy0-$port"
	done
}

tests_run
