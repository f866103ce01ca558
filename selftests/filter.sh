#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the ports let in, and what they are set to: that of the master while they are
# ports, their own before and after.
#
#   +- GUEST ----------------------------+
#   |   upper (macvlan)                  |
#   |    '- t0 (tandem)                  |
#   |        |- pri (veth, primary)      |
#   |        '- sb  (veth, standby)      |
#   +------------------------------------+
#
#   +- the lab's guest --------------------------+
#   |   t0 10.77.0.2, with the MAC of the VF     |
#   |    |- VF (PCI, primary)                    |
#   |    '- virtio NIC (standby)                 |
#   +--------------------------------------------+

ALL_TESTS="
	unicast_reaches_ports
	addresses_go_while_the_master_is_down
	addresses_end_with_the_master
	promiscuity_and_allmulti_apart
	own_promiscuity_stays
	bridge_hears_all
	vlans_leave_nothing
	mtu_range_of_ports
	mtu_of_real_nics
	macvlan_over_real_nics
	vlan_over_a_real_nic
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

MAC=02:00:00:00:00:55
GROUP=33:33:00:00:12:34

teardown()
{
	devices_free
}

# An address above t0 that is not its own.
upper()
{
	ip -n "$GUEST" link add link t0 name upper address "$MAC" type macvlan
	ip -n "$GUEST" link set upper up
}

# lets_in DEVICE ADDRESS: it is in the device's filter, unicast or multicast.
lets_in()
{
	bridge -n "$GUEST" fdb show dev "$1" | grep -q "^$2 "
}

keeps_out()
{
	! lets_in "$@"
}

# hears DEVICE PROMISCUITY ALLMULTI WHEN: how many want that of the device.
hears()
{
	local promiscuity allmulti

	promiscuity=$(link "$GUEST" "$1" promiscuity)
	allmulti=$(link "$GUEST" "$1" allmulti)
	expect_equal "promiscuity, allmulti of $1 $4" "$promiscuity, $allmulti" "$2, $3"
}

# both lets_in|keeps_out ADDRESS WHEN
both()
{
	expect "pri $*" "$1" pri "$2"
	expect "sb $*" "$1" sb "$2"
}

# both_hear PROMISCUITY ALLMULTI WHEN
both_hear()
{
	hears pri "$@"
	hears sb "$@"
}

# A veth does not filter: it hears all while it has another address to listen to.
unicast_reaches_ports()
{
	with_devices pri sb
	pair
	upper
	both lets_in "$MAC" "as a port"
	ip -n "$GUEST" link set sb nomaster
	expect "sb has it no longer" keeps_out sb "$MAC"
	hears sb 0 0 "on its own"
	ip -n "$GUEST" link set sb master t0
	both lets_in "$MAC" "when it has joined"
	ip -n "$GUEST" link set upper down
	both keeps_out "$MAC" "when withdrawn"
	both_hear 0 0 "when withdrawn"
}

addresses_go_while_the_master_is_down()
{
	with_devices pri sb
	pair
	upper
	ip -n "$GUEST" maddr add "$GROUP" dev t0
	ip -n "$GUEST" link set t0 down
	both keeps_out "$MAC" "while t0 is down"
	both keeps_out "$GROUP" "while t0 is down"
	both_hear 0 0 "while t0 is down"
	ip -n "$GUEST" link set t0 up
	both lets_in "$MAC" "when t0 is up again"
	both lets_in "$GROUP" "when t0 is up again"
}

addresses_end_with_the_master()
{
	with_devices pri sb
	pair
	upper
	ip -n "$GUEST" link set t0 promisc on
	ip -n "$GUEST" link del t0
	both keeps_out "$MAC" "after the end of t0"
	both_hear 0 0 "after the end of t0"
}

promiscuity_and_allmulti_apart()
{
	with_devices pri sb
	ip -n "$GUEST" link set t0 allmulticast on
	ip -n "$GUEST" link set pri master t0
	hears pri 0 1 "when it has joined"
	ip -n "$GUEST" link set t0 promisc on
	ip -n "$GUEST" link set sb master t0
	both_hear 1 1 "with both"
	ip -n "$GUEST" link set t0 allmulticast off
	both_hear 1 0 "with promiscuity alone"
	ip -n "$GUEST" link set sb nomaster
	hears sb 0 0 "on its own"
}

own_promiscuity_stays()
{
	with_devices pri sb
	ip -n "$GUEST" link set sb promisc on
	ip -n "$GUEST" link set pri allmulticast on
	pair
	ip -n "$GUEST" link set t0 promisc on allmulticast on
	hears sb 2 1 "as a port"
	hears pri 1 2 "as a port"
	ip -n "$GUEST" link set sb nomaster
	hears sb 1 0 "on its own"
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link del t0
	hears sb 1 0 "after the end of t0"
	hears pri 0 1 "after the end of t0"
}

bridge_hears_all()
{
	with_devices pri sb
	pair
	ip -n "$GUEST" link add br7 type bridge
	ip -n "$GUEST" link set t0 master br7
	both_hear 1 1 "in a bridge"
	ip -n "$GUEST" link set t0 nomaster
	both_hear 0 0 "outside of it"
}

# What a port still has of them when it is deleted is never freed.
vlans_come_and_go()
{
	ip -n "$GUEST" -b - <<-END
		link add pri type veth peer name pri-peer
		link set pri master t0
		link set t0 up
		link add link t0 name t0.5 type vlan id 5
		link add link t0 name t0.6 type vlan protocol 802.1ad id 6
		link set pri nomaster
		link set pri master t0
		link del t0.5
		link set pri nomaster
		link del pri
		link del t0.6
		link set t0 down
	END
}

vlans_leave_nothing()
{
	setup_ns GUEST
	ip -n "$GUEST" link add t0 type tandem
	leaks_nothing 15 vlans_come_and_go
}

# most DEVICE: the longest MTU it can have.
most()
{
	link "$GUEST" "$1" maxmtu
}

# has_mtu VALUE DEVICE...
has_mtu()
{
	local dev

	for dev in "${@:2}"; do
		expect_equal "MTU of $dev" "$(link "$GUEST" "$dev" mtu)" "$1"
	done
}

# A geneve takes less than a veth.
mtu_range_of_ports()
{
	with_devices pri
	ip -n "$GUEST" link add less type geneve id 7 remote 192.0.2.9
	[ "$(most less)" -lt "$(most pri)" ] || fail "nothing to be seen"
	ip -n "$GUEST" link set pri master t0
	expect_equal "with pri" "$(most t0)" "$(most pri)"
	ip -n "$GUEST" link set less master t0
	expect_equal "with both" "$(most t0)" "$(most less)"
	expect_refused "mtu greater than device maximum" \
		ip -n "$GUEST" link set t0 mtu $(($(most less) + 1))
	ip -n "$GUEST" link set t0 mtu "$(most less)"
	has_mtu "$(most less)" t0 pri less
	ip -n "$GUEST" link set less nomaster
	has_mtu 1500 less
	expect_equal "with pri again" "$(most t0)" "$(most pri)"
	ip -n "$GUEST" link set t0 mtu "$(most pri)"
	has_mtu "$(most pri)" t0 pri
}

mtu_of_real_nics()
{
	local most

	devices_paired
	most=$(most "$vf")
	[ "$most" -lt "$(most "$virtio")" ] || fail "nothing to be seen"
	expect_equal "with both" "$(most t0)" "$most"
	expect_error "mtu greater than device maximum" \
		ip link set t0 mtu $((most + 1))
	has_mtu 1500 t0 "$vf" "$virtio"
	ip link set t0 mtu "$most"
	has_mtu "$most" t0 "$vf" "$virtio"
	ip link set "$vf" nomaster
	has_mtu 1500 "$vf"
	ip link set t0 mtu $((most + 1))
	has_mtu $((most + 1)) t0 "$virtio"
}

# answers NAMESPACE ADDRESS: to a ping from there.
answers()
{
	ip netns exec "$1" ping -c 1 -W 0.5 "$2"
}

# Both filter by address, and neither is made to hear all.
macvlan_over_real_nics()
{
	devices_paired
	setup_ns UPPER
	ip link add link t0 name upper address "$MAC" netns "$UPPER" type macvlan
	ip -n "$UPPER" link set upper up
	ip -n "$UPPER" addr add 10.77.0.3/24 dev upper
	hears "$vf" 0 0 "below a macvlan"
	hears "$virtio" 0 0 "below a macvlan"
	wait_for "the VF lets it in" answers "$UPPER" 10.77.0.1
	ip link set "$vf" nomaster
	wait_for "the virtio NIC lets it in" answers "$UPPER" 10.77.0.1
	ip link set "$vf" master t0
	wait_for "t0 is on the VF" is "$GUEST" t0 active primary
	wait_for "the VF lets it in again" answers "$UPPER" 10.77.0.1
}

watch_vlan()
{
	watch "$GUEST" "$virtio" protocol 802.1Q flower vlan_id 5
}

# The virtio NIC filters by VLAN, which is why it is the port here and the VF the
# other end. What comes behind frames that are kept out tells that they were there.
vlan_over_a_real_nic()
{
	first_namespace
	setup_ns FAR
	ip -b - <<-END
		link add t0 type tandem
		link set $virtio master t0
		link set t0 up
		addr add 10.77.0.2/24 dev t0
		link add link t0 name t0.5 type vlan id 5
		link set t0.5 up
		addr add 198.51.100.1/24 dev t0.5
		link set $vf up
		link add link $vf name far netns $FAR type vlan id 5
	END
	ip -n "$FAR" link set far up
	ip -n "$FAR" addr add 198.51.100.2/24 dev far
	watch_vlan
	wait_for "it lets the VLAN in" answers "$FAR" 198.51.100.1
	expect "that is seen" watched_at_least "$GUEST" "$virtio" 1
	ip link set "$virtio" nomaster
	ip link set "$virtio" master t0
	wait_for "it lets the VLAN in again" answers "$FAR" 198.51.100.1

	ip -n "$FAR" neigh replace 198.51.100.1 dev far nud permanent \
		lladdr "$(cat "/sys/class/net/$virtio/address")"
	ip link del t0.5
	watch_vlan
	ip netns exec "$FAR" \
		ping -c 3 -i 0.01 -W 0.1 198.51.100.1 >/dev/null || :
	wait_for "the peer answers" answers "$GUEST" 10.77.0.1
	expect_equal "frames of the VLAN" "$(watched "$GUEST" "$virtio")" 0
	tc qdisc del dev "$virtio" clsact
}

tests_run
