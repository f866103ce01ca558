#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Another role for a port, by "ip link set DEV type tandem_slave role": a free one,
# or that of the other port, which gets the first one's then. Nothing is lost.
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
	role_it_has
	free_role
	free_role_loses_nothing
	swap
	swap_loses_nothing
	swap_doubles_nothing
	swap_with_a_port_that_fails
	swap_while_down
	swap_of_the_preferred_one
	swap_goes_past_reselect_and_damping
	set_where_there_is_no_master
	vf_takes_the_role_that_is_free
	refused_while_leaving
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

pings=

# What a test has left running.
teardown()
{
	if [ -n "$pings" ]; then
		kill "$pings"
		wait_for "the pings end" ended "$pings"
		pings=
	fi
	devices_free
}

# role DEVICE ROLE
role()
{
	ip -n "$GUEST" link set "$1" type tandem_slave role "$2"
}

# roles PRI SB: what they have now.
roles()
{
	expect_equal "roles" \
		"$(link "$GUEST" pri role) $(link "$GUEST" sb role)" "$1 $2"
}

# in_use DEVICE: now.
in_use()
{
	expect_equal "active" "$(link "$GUEST" t0 active_dev)" "$1"
	expect_equal "state of $1" "$(link "$GUEST" "$1" state)" active
}

switches()
{
	braces "$GUEST" t0 switches
}

# pings_begin COUNT: 200 a second.
pings_begin()
{
	SAID=$(mktemp)
	ip netns exec "$GUEST" ping -q -c "$1" -i 0.005 -W 2 192.0.2.2 >"$SAID" &
	pings=$!
	disown
}

# pings_end COUNT: each was answered once.
pings_end()
{
	local WAIT=30

	wait_for "the pings end" ended "$pings"
	pings=
	expect_equal "pings" "$(sed -n 's/, time .*//p' "$SAID")" \
		"$1 packets transmitted, $1 received, 0% packet loss"
	rm "$SAID"
}

role_it_has()
{
	bridged
	expect "the primary's" role pri primary
	expect "the standby's" role sb standby
	roles primary standby
	in_use pri
	expect_equal "switches" "$(switches)" "first 1"
	# Nor is it a command.
	tandem reselect failure
	pri_flaps
	wait_for "pri waits" is "$GUEST" pri reason reselect
	role pri primary
	in_use sb
}

free_role()
{
	bridged
	ip -n "$GUEST" link set sb nomaster
	role pri standby
	expect_equal "role" "$(link "$GUEST" pri role)" standby
	in_use pri
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" no-primary
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" in-use
	ip -n "$GUEST" link set sb master t0
	wait_active primary
	roles standby primary
	in_use sb
}

free_role_loses_nothing()
{
	local i

	bridged
	ip -n "$GUEST" link set sb nomaster
	pings_begin 400
	for i in 1 2 3 4 5; do
		role pri standby
		role pri primary
	done
	if ended "$pings"; then
		fail "$i turns took longer than the pings"
	fi
	pings_end 400
}

# The preferred role is that of the primary still: the other device is used.
swap()
{
	bridged
	role pri standby
	roles standby primary
	expect "in JSON" in_json pri '"role":"standby"'
	expect "in JSON of the other" in_json sb '"role":"primary"'
	in_use sb
	expect_equal "active" "$(link "$GUEST" t0 active)" primary
	expect_equal "reason of pri" "$(link "$GUEST" pri reason)" \
		preferred-primary
	last_was "standby (pri)" "primary (sb)" command planned
	sends_over sb
	role pri primary
	roles primary standby
	in_use pri
	last_was "standby (sb)" "primary (pri)" command planned
	sends_over pri
	# The same by the other one.
	role sb primary
	roles standby primary
	in_use sb
	expect_equal "switches" "$(switches)" "first 1 command 3"
}

swap_loses_nothing()
{
	local i

	bridged
	pings_begin 800
	for i in 1 2 3 4 5; do
		role pri standby
		role pri primary
	done
	if ended "$pings"; then
		fail "$i turns took longer than the pings"
	fi
	pings_end 800
	expect_equal "switches" "$(switches)" "first 1 command 10"
}

# All that is sent to everybody comes over both ports, before and after; over one of
# them so late that the other has its role by then.
swap_doubles_nothing()
{
	local i load

	bridged
	slow "$HOST" sb-peer 30ms
	watch "$GUEST" t0 protocol ip flower dst_mac ff:ff:ff:ff:ff:ff \
		ip_proto icmp
	ip netns exec "$HOST" ping -b -q -c 300 -i 0.01 -W 1 192.0.2.255 \
		>/dev/null 2>&1 &
	load=$!
	wait_for "broadcasts come" watched_at_least "$GUEST" t0 10
	for i in 1 2 3; do
		role pri standby
		role pri primary
	done
	if ended "$load"; then
		fail "$((2 * i)) swaps took longer than the broadcasts"
	fi
	wait "$load" || :
	wait_for "all come" watched_at_least "$GUEST" t0 300
	expect_equal "broadcasts in $((2 * i)) swaps" \
		"$(watched "$GUEST" t0)" 300
	[ "$(statistic "$GUEST" t0 duplicates)" -ge 300 ] ||
		fail "few came twice"
}

# What is in use and works stays in use.
swap_with_a_port_that_fails()
{
	bridged
	peer sb down
	wait_for "sb has no carrier" is "$GUEST" sb reason no-carrier
	role sb primary
	roles standby primary
	in_use pri
	expect_equal "switches" "$(switches)" "first 1"
	expect_equal "active" "$(link "$GUEST" t0 active)" standby
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" no-carrier
	sends_over pri
	peer sb up
	wait_active primary
	in_use sb
}

swap_while_down()
{
	bridged
	ip -n "$GUEST" link set t0 down
	role sb primary
	roles standby primary
	expect_equal "primary" "$(link "$GUEST" t0 primary_reason)" admin-down
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" admin-down
	ip -n "$GUEST" link set t0 up
	wait_active primary
	in_use sb
}

# The role is preferred, not the device.
swap_of_the_preferred_one()
{
	bridged
	tandem prefer standby
	in_use sb
	role sb primary
	roles standby primary
	in_use pri
	expect_equal "prefer" "$(link "$GUEST" t0 prefer)" standby
	last_was "primary (sb)" "standby (pri)" command planned
	sends_over pri
}

# It is a command.
swap_goes_past_reselect_and_damping()
{
	bridged
	tandem reselect failure
	role sb primary
	in_use sb
	role sb standby
	in_use pri
	tandem reselect always damp_count 1 damp_time 60000
	pri_flaps
	wait_active primary
	pri_flaps
	wait_for "pri is damped" is "$GUEST" pri reason damping
	role sb primary
	in_use sb
	role pri primary
	in_use pri
	# What has failed so far is forgiven.
	pri_flaps
	wait_active primary
}

# There is nobody who would know what it means.
set_where_there_is_no_master()
{
	with_devices pri
	expect_refused "Operation not supported" \
		ip -n "$GUEST" link set pri type tandem_slave role primary
}

# A virtio NIC has been made the primary: the VF comes back as the standby.
vf_takes_the_role_that_is_free()
{
	devices_paired
	role "$virtio" primary
	in_use "$virtio"
	unbind
	in_use "$virtio"
	expect_equal "standby" "$(link "$GUEST" t0 standby_reason)" no-standby
	bind
	expect_equal "role" "$(link "$GUEST" "$vf" role)" standby
	wait_for "it can be used" \
		is "$GUEST" "$vf" reason preferred-primary
	in_use "$virtio"
	tandem prefer standby
	in_use "$vf"
	wait_for "the peer is reached" ping -c 1 -W 1 10.77.0.1
}

vf_usable()
{
	[[ $(link "$GUEST" "$vf" state) == @(ready|active) ]]
}

last_number()
{
	records dev t0 | awk 'END { print $2 }'
}

# switched_since NUMBER: that is no longer the last switch.
switched_since()
{
	[ "$(last_number)" -gt "$1" ]
}

# swaps_while_unbound DEVICE: in a row of swaps, of the device with the other one, one
# comes to the tandem while it waits, without RTNL, for what is still on its way to a
# VF that is about to be unbound.
swaps_while_unbound()
{
	local i said swaps before

	bind
	wait_for "the VF can be used" vf_usable
	before=$(last_number)
	said=$(mktemp)
	for ((i = 0; i < 40; i++)); do
		echo "link set $1 type tandem_slave role primary"
		echo "link set $1 type tandem_slave role standby"
	done | ip -n "$GUEST" -force -b - >"$said" 2>&1 &
	swaps=$!
	wait_for "roles are swapped" switched_since "$before"
	unbind
	wait "$swaps" || :
	grep -q "Error: The port is about to leave" "$said"
}

refused_while_leaving()
{
	devices_paired
	expect_once "a swap is refused" swaps_while_unbound "$virtio"
	expect_once "a swap by the VF is refused" swaps_while_unbound "$vf"
}

tests_run
