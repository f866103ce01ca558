#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Why a port does not transmit, as the tandem and the port tell it, and why the VF
# is no port at all.
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
	preferred
	no_ports
	admin_down
	no_carrier
	updelay
	damping
	reselect
	stalled
	leaving
	released
	no_candidate_beside_a_primary
	taken_by_a_bridge
	taken_by_a_macvlan
	other_namespace
	likeliest_first
	mac_mismatch
	mtu_too_long
	mtu_too_long_by_command
	mac_cannot_be_had
	vlans_cannot_be_had
	beside_hv_netvsc
	refused
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

teardown()
{
	if [ -e /sys/module/tandem_sim ]; then
		sims parent ""
		sims refuse ""
	fi
	devices_free
}

# says ROLE REASON [PORT STATE]: the tandem says so of a role, in text and JSON,
# and the port that has it of itself.
says()
{
	wait_for "the $1 is $2" is "$GUEST" t0 "$1_reason" "$2"
	expect "JSON has $2" in_json t0 "\"$1_reason\":\"$2\""
	[ -n "$3" ] || return 0
	expect_equal "reason of $3" "$(link "$GUEST" "$3" reason)" "$2"
	expect "JSON of $3" in_json "$3" "\"reason\":\"$2\""
	wait_for "$3 is $4" is "$GUEST" "$3" state "$4"
	expect "JSON of its state" in_json "$3" "\"state\":\"$4\""
}

# waits LEAST MOST: milliseconds that are left.
waits()
{
	between "wait" "$(link "$GUEST" t0 wait)" "$1" "$2"
}

preferred()
{
	bridged
	says primary in-use pri active
	says standby preferred-primary sb ready
	waits 0 0
	tandem prefer standby
	says primary preferred-standby pri ready
	says standby in-use sb active
	waits 0 0
}

no_ports()
{
	setup_ns GUEST
	ip -n "$GUEST" link add t0 type tandem
	says primary no-primary
	says standby no-standby
	expect_equal "active" "$(link "$GUEST" t0 active)" none
	expect_equal "active device" "$(link "$GUEST" t0 active_dev)" ""
	expect_equal "since" "$(link "$GUEST" t0 since)" ""
	expect_equal "cause" "$(link "$GUEST" t0 cause)" none
	expect_equal "candidates" "$(braces "$GUEST" t0 candidates)" ""
}

admin_down()
{
	bridged
	ip -n "$GUEST" link set pri down
	says primary admin-down pri unusable
	says standby in-use sb active
	expect_equal "active device" "$(link "$GUEST" t0 active_dev)" sb
	ip -n "$GUEST" link set t0 down
	says standby admin-down sb unusable
	expect_equal "active" "$(link "$GUEST" t0 active)" none
}

no_carrier()
{
	bridged
	peer sb down
	says standby no-carrier sb unusable
	says primary in-use pri active
	peer pri down
	says primary no-carrier pri unusable
	wait_active none
	expect_equal "active device" "$(link "$GUEST" t0 active_dev)" ""
}

updelay()
{
	bridged
	tandem updelay 60000
	pri_flaps
	says primary updelay pri ready
	says standby in-use sb active
	waits 1 60000
	# The standby is waited for just so, if it is the preferred one.
	tandem updelay 0 prefer standby
	peer sb down
	wait_active primary
	tandem updelay 60000
	peer sb up
	says standby updelay sb ready
	waits 1 60000
}

damping()
{
	bridged
	tandem damp_count 1 damp_time 60000
	pri_flaps
	wait_active primary
	pri_flaps
	says primary damping pri ready
	says standby in-use sb active
	waits 1 60000
}

reselect()
{
	bridged
	tandem reselect failure
	pri_flaps
	says primary reselect pri ready
	says standby in-use sb active
	waits 0 0
}

stalled()
{
	devices_paired
	stall_vf
	says primary stalled "$vf" unusable
	expect_equal "stall" "$(link "$GUEST" "$vf" stall)" stalled
	expect "stall in JSON" in_json "$vf" '"stall":"stalled"'
	says standby in-use "$virtio" active
	resume_vf
	says primary in-use "$vf" active
	# Opened anew it has to send something first.
	wait_for "it is watched" is "$GUEST" "$vf" stall watched
}

# leaving_is_seen: while the VF is shown again and again its driver is unbound, which
# waits, without RTNL, for what is still on its way to the VF.
leaving_is_seen()
{
	local said i shower seen=no

	bind
	wait_active primary
	said=$(mktemp)
	for ((i = 0; i < 200; i++)); do
		echo "link show dev t0"
		echo "link show dev $vf"
	done | ip -n "$GUEST" -d -o -j -force -b - >"$said" 2>/dev/null &
	shower=$!
	wait_for "it is shown" test -s "$said"
	unbind
	wait "$shower" || :
	if grep -q '"primary_reason":"leaving"' "$said" &&
	   grep -q "\"ifname\":\"$vf\".*\"reason\":\"leaving\"" "$said"; then
		seen=yes
	fi
	rm "$said"
	[ "$seen" = yes ]
}

leaving()
{
	devices_paired
	expect_once "it is seen" leaving_is_seen
}

# candidate TEXT JSON: the only one, and why there is no primary. Who only has
# another MAC may have nothing to do with it.
candidate()
{
	local reason

	read -r _ reason _ <<<"$1"
	says primary "${reason/#mac-mismatch/no-primary}"
	expect_equal "candidates" "$(braces "$GUEST" t0 candidates)" "$1"
	expect "in JSON" in_json t0 "\"candidates\":[{$2}]"
}

# vf_is REASON: it can be seen, and is the only candidate.
vf_is()
{
	local index

	index=$(cat "/sys/class/net/$vf/ifindex")
	candidate "$vf $1" "\"ifname\":\"$vf\",\"ifindex\":$index,\"reason\":\"$1\""
}

# standby_alone [WORD VALUE]...: words of ip link add; the VF is not let in.
standby_alone()
{
	first_namespace
	unbind
	ip link add t0 address "$vf_mac" "$@" type tandem
	ip link set "$virtio" master t0
	says primary no-primary
	expect_equal "candidates" "$(braces "$GUEST" t0 candidates)" ""
	bind
}

released()
{
	devices_paired
	ip link set "$vf" nomaster
	vf_is not-joined
	expect "it can come back" ip link set "$vf" master t0
	says primary in-use "$vf" active
}

# What is there besides is nobody's business then.
no_candidate_beside_a_primary()
{
	devices_paired
	ip link set "$vf" nomaster
	ip link add other type veth peer name other-peer
	ip link set other master t0
	expect_equal "role" "$(link "$GUEST" other role)" primary
	expect_equal "candidates" "$(braces "$GUEST" t0 candidates)" ""
	ip link set other nomaster
	vf_is not-joined
	ip link del other
}

taken_by_a_bridge()
{
	devices_paired
	ip link add br7 type bridge
	ip link set "$vf" master br7
	vf_is taken-by-other-master
	ip link del br7
	vf_is not-joined
}

# No master, but nobody else can receive for the device.
taken_by_a_macvlan()
{
	devices_paired
	ip link set "$vf" nomaster
	ip link add link "$vf" name upper7 type macvlan
	vf_is taken-by-other-master
	ip link del upper7
	vf_is not-joined
}

# The tandem moves away with the standby, and knows the VF's namespace by number as
# soon as it has one there.
other_namespace()
{
	first_namespace
	setup_ns AWAY
	ip link set "$virtio" netns "$AWAY"
	GUEST=$AWAY
	ip -n "$AWAY" link add t0 address "$vf_mac" type tandem
	ip -n "$AWAY" link set "$virtio" master t0
	candidate "- other-namespace" '"reason":"other-namespace"'
	ip -n "$AWAY" netns set tandem-first 7
	candidate "- other-namespace netnsid 7" \
		'"reason":"other-namespace","netnsid":7'
	ip link set "$vf" netns "$AWAY"
	wait_for "the VF joins there" is "$AWAY" "$vf" role primary
	ip -n "$AWAY" link del t0
	cleanup_away
}

# Physical devices come back to the first namespace when theirs ends.
cleanup_away()
{
	cleanup
	wait_for "the VF is back" test -e "/sys/class/net/$vf"
	wait_for "the virtio NIC is back" test -e "/sys/class/net/$virtio"
}

# Beside a standby that is neither of them both NICs can be the VF. The one with the
# tandem's MAC, in a namespace that is looked at last, is told first.
likeliest_first()
{
	local said

	first_namespace
	setup_ns AWAY
	ip link add other type dummy
	ip link add t0 address "$(cat "/sys/class/net/$virtio/address")" type tandem
	ip link set "$virtio" netns "$AWAY"
	ip link set other master t0
	ip link set other type tandem_slave role standby
	says primary other-namespace
	said=$(braces "$GUEST" t0 candidates)
	[[ $said == "- other-namespace "*" $vf mac-mismatch" ]] ||
		fail "not in this order: $said"
	ip link del t0
	ip link del other
	cleanup_away
}

mac_mismatch()
{
	first_namespace
	ip link add t0 type tandem
	ip link set "$virtio" master t0
	vf_is mac-mismatch
	ip link add br7 type bridge
	ip link set "$vf" master br7
	says primary no-primary
	expect_equal "candidates" "$(braces "$GUEST" t0 candidates)" ""
	ip link del br7
	vf_is mac-mismatch
	ip link set t0 address "$vf_mac"
	expect_equal "role" "$(link "$GUEST" "$vf" role)" primary
}

# It is a port, so that nobody takes it for a NIC of its own, and used once the MTU
# is one that it can take.
mtu_too_long()
{
	standby_alone mtu 9300
	ip link set t0 up
	says primary mtu "$vf" unusable
	says standby in-use "$virtio" active
	expect "the VF is a port" has_flag "$GUEST" "$vf" SLAVE
	expect "and down" lacks_flag "$GUEST" "$vf" UP
	expect_equal "MTU of t0" "$(cat /sys/class/net/t0/mtu)" 9300
	ip link set t0 mtu 1500
	says primary in-use "$vf" active
}

mtu_too_long_by_command()
{
	devices_paired
	ip link set "$vf" nomaster
	ip link set t0 mtu 9300
	expect_error "The port cannot take the MTU of the tandem" \
		ip link set "$vf" master t0
	vf_is mtu
	ip link set t0 mtu 1500
	vf_is not-joined
	ip link set "$vf" master t0
	says primary in-use "$vf" active
	# That it once was refused is forgotten.
	ip link set "$vf" nomaster
	vf_is not-joined
}

# sim_comes WORDS: a VF that refuses those things, beside a standby with its MAC; the
# tandem has another MAC and a VLAN.
sim_comes()
{
	local mac=02:00:00:00:00:11

	setup_ns GUEST
	ip -n "$GUEST" -b - <<-END
		link add sb address "$mac" type tandem_sim
		link add t0 type tandem
		link set sb master t0
		link set sb type tandem_slave role standby
		link set t0 address 02:00:00:00:00:22 up
		link add link t0 name t0.5 type vlan id 5
	END
	sims parent pci
	sims refuse "$1"
	ip -n "$GUEST" link add pri address "$mac" type tandem_sim
}

# What nothing speaks against it gets after its driver has finished.
mac_cannot_be_had()
{
	sim_comes mac
	says primary mac-mismatch pri unusable
	says standby in-use sb active
	expect "it is a port" has_flag "$GUEST" pri SLAVE
	sim pri refuse ""
	ip -n "$GUEST" link set t0 address 02:00:00:00:00:33
	says primary in-use pri active
	expect_equal "MAC" "$(link "$GUEST" pri link/ether)" 02:00:00:00:00:33
	expect_equal "VLANs" "$(sim pri vlans)" "$(sim sb vlans)"
	ip -n "$GUEST" link set pri nomaster
	expect_equal "its own MAC" "$(link "$GUEST" pri link/ether)" 02:00:00:00:00:11
}

vlans_cannot_be_had()
{
	sim_comes vlan
	says primary refused pri unusable
	says standby in-use sb active
	sim pri refuse ""
	ip -n "$GUEST" link set t0 mtu 1400
	says primary in-use pri active
	expect_equal "VLANs" "$(sim pri vlans)" "$(sim sb vlans)"
	expect_equal "MTU" "$(link "$GUEST" pri mtu)" 1400
}

beside_hv_netvsc()
{
	first_namespace
	sims parent vmbus
	ip link add hv type tandem_sim
	unbind
	ip link add t0 address "$vf_mac" type tandem
	ip link set hv master t0
	expect_equal "role" "$(link "$GUEST" hv role)" standby
	bind
	vf_is hv-netvsc
	ip link del t0
	ip link del hv
}

# The core allows eight devices above one another: nobody can join.
refused()
{
	local below=t0 name

	first_namespace
	ip link add t0 type tandem
	for name in one two three four five six seven; do
		ip link add link "$below" name "$name" type vlan id 7
		below=$name
	done
	ip link set t0 address "$vf_mac"
	vf_is refused
	expect_error "Too many links" ip link set "$virtio" master t0
	vf_is refused
	ip link del one
}

tests_run
