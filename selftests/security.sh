#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who may do what: a user without privileges, one with a user namespace of his own, and
# devices that only look like the VF of a tandem.
#
#   +- GUEST ------------+
#   |  t0 (tandem)       |   NOBODY, a user, in GUEST or in namespaces of his own
#   |   |- pri           |
#   |   '- sb            |
#   +--------------------+

ALL_TESTS="
	nobody_sets_anything
	nobody_sees_all
	nobody_in_his_own_namespace
	nobody_reaches_out_of_it
	nobody_holds_rtnl
	impostors_do_not_join
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

VF_MAC=02:00:00:00:07:01

impostors="dummy veth macvlan tap bridge vlan"

teardown()
{
	local name

	sims parent ""
	for name in t0 low nic $impostors; do
		if ip link show dev "$name" >/dev/null 2>&1; then
			ip link del "$name"
		fi
	done
}

paired()
{
	with_devices pri sb
	pair
}

# nobody COMMAND...: a user runs it in GUEST.
nobody()
{
	ip netns exec "$GUEST" setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# namespaced COMMAND...: the same one with user and network namespaces of his own,
# where he may do what root may.
namespaced()
{
	nobody unshare -U -r -n "$@"
}

nobody_sets_anything()
{
	local no="Operation not permitted" rtnl="RTNETLINK answers: Operation not permitted"

	paired
	expect_refused "$no" nobody ip link set t0 type tandem prefer standby
	expect_refused "$no" nobody ip link set sb type tandem_slave role primary
	expect_refused "$no" nobody ip link set pri nomaster
	expect_refused "$no" nobody ip link set t0 mtu 1400
	expect_refused "$no" nobody ip link set t0 address 02:00:00:00:00:09
	expect_refused "$no" nobody ip link add t1 type tandem
	expect_refused "$no" nobody ip link del t0
	expect_refused "$no" nobody ethtool -K t0 tso off
	# Root of a user namespace is nobody in a network that is not its own.
	expect_refused "$rtnl" nobody unshare -U -r \
		ip link set t0 type tandem prefer standby
}

nobody_sees_all()
{
	paired
	expect "state" eval 'nobody ip -d link show dev t0 | grep -q " active primary "'
	expect "history" eval 'nobody ip link xstats type tandem | grep -q " to primary "'
	expect "counters" eval 'nobody ethtool -S t0 | grep -q switches_planned'
}

nobody_in_his_own_namespace()
{
	local said

	paired
	said=$(namespaced bash -ec '
		ip link add pri type veth peer name x
		ip link set x up
		ip link add t0 type tandem updelay 5
		ip link set pri master t0
		ip link set t0 up
		ip -d -o link show dev t0')
	[[ $said == *" updelay 5 "* ]] || fail "he has none of his own: $said"
	expect_equal "updelay of ours" "$(link "$GUEST" t0 updelay)" 0
}

# What is in the first namespace he neither gets, by saying that it was a port of his,
# nor hears of.
nobody_reaches_out_of_it()
{
	local said go told his

	setup_ns GUEST
	exec {go}<> <(:)
	told=$(mktemp)
	namespaced bash -ec "
		ip link add t0 address $VF_MAC type tandem
		ip link add sb address $VF_MAC type veth peer name x
		ip link set sb master t0
		ip link set sb type tandem_slave role standby
		echo ready
		read -r _
		ip -d -o link show dev t0" <&"$go" >"$told" &
	his=$!
	wait_for "his tandem is there" grep -q ready "$told"
	sims parent pci
	ip link add nic address "$VF_MAC" type tandem_sim
	sims parent ""
	ip link set nic up
	echo >&"$go"
	wait "$his"
	exec {go}>&-
	said=$(cat "$told")
	rm "$told"
	[[ $said == *" primary_reason no-primary "* ]] ||
		fail "he hears of what is not his: $said"
	[[ $said != *candidate* ]] || fail "he hears of a candidate: $said"
	expect "the VF is where it was" ip link show dev nic
}

nobody_holds_rtnl()
{
	local text="More than 100 takes CAP_NET_ADMIN in the first user namespace"

	setup_ns GUEST
	expect "100 is anybody's" namespaced \
		ip link add t0 type tandem drain_timeout 100 linger 100
	expect_error "$text" namespaced ip link add t0 type tandem drain_timeout 101
	expect_error "$text" namespaced ip link add t0 type tandem linger 101
	expect "root has more" ip -n "$GUEST" link add t0 type tandem linger 1000
}

# joins NAME: it is a port of t0.
joins()
{
	ip link show master t0 | grep -q "^[0-9]*: $1[:@]"
}

# Each has the MAC of the tandem; and at last one that is on PCI as well.
impostors_do_not_join()
{
	local name

	first_namespace
	ip link add t0 address "$VF_MAC" type tandem
	ip link set t0 up
	ip link add low type dummy
	ip link set low up
	ip link add dummy address "$VF_MAC" type dummy
	ip link add veth address "$VF_MAC" type veth
	ip link add link low name macvlan address "$VF_MAC" type macvlan
	ip link add link low name vlan address "$VF_MAC" type vlan id 7
	ip link add bridge address "$VF_MAC" type bridge
	modprobe tun
	ip tuntap add dev tap mode tap
	ip link set dev tap address "$VF_MAC"
	for name in $impostors; do
		ip link set dev "$name" up
	done
	ip link add nic address "$VF_MAC" type tandem_sim
	# It looks at all there are.
	ip link set t0 type tandem join auto
	for name in $impostors nic; do
		joins "$name" && fail "$name has joined"
	done
	ip link del nic
	sims parent pci
	ip link add nic address 02:00:00:00:07:99 type tandem_sim
	joins nic && fail "one on PCI with another MAC has joined"
	ip link del nic
	ip link add nic address "$VF_MAC" type tandem_sim
	expect "the VF joins" joins nic
}

tests_run
