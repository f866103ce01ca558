#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What ethtool tells of a tandem: its counters, driver and link settings.
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
	names
	driver
	switches_by_cause
	echoes_and_second_copies
	packets_by_role
	kept_when_a_port_is_replaced
	kept_when_the_vf_is_unplugged
	follow_the_role
	sum_of_the_roles
	stalls
	link_settings
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

teardown()
{
	devices_free
}

# counted NAME
counted()
{
	statistic "$GUEST" t0 "$1"
}

# counted_at_least NAME COUNT
counted_at_least()
{
	[ "$(counted "$1")" -ge "$2" ]
}

names()
{
	local cause own role words

	with_devices
	own="switches_planned switches_unplanned held hold_overflow"
	own+=" hold_us_last hold_us_max rtnl_us_max echoes duplicates stalls"
	for cause in first unbind release down detach gone carrier stall \
		     suspend command failback close; do
		own+=" switches_$cause"
	done
	for role in primary standby; do
		own+=" ${role}_rx_packets ${role}_rx_bytes"
		own+=" ${role}_tx_packets ${role}_tx_bytes"
	done
	words=$(ip netns exec "$GUEST" ethtool -S t0 |
		sed -n 's/^ *\([a-z_]*\): [0-9]*$/\1/p')
	expect_equal "names" "${words//$'\n'/ }" "$own"
}

driver()
{
	with_devices
	ip netns exec "$GUEST" ethtool -i t0 | grep -qx "driver: tandem" ||
		fail "the driver is not tandem"
}

# by_cause: the counters that are not 0, as ip tells them.
by_cause()
{
	ip netns exec "$GUEST" ethtool -S t0 |
		sed -n '/_planned:/d; /_unplanned:/d
			s/^ *switches_\([a-z]*: [1-9][0-9]*\)$/\1/p' |
		tr -d ':' | tr '\n' ' '
}

switches_by_cause()
{
	bridged
	tandem prefer standby
	tandem prefer primary
	pri_fails
	peer pri up
	wait_active primary
	ip -n "$GUEST" link set pri down
	ip -n "$GUEST" link set pri up
	wait_active primary
	ip -n "$GUEST" link set pri nomaster
	ip -n "$GUEST" link set t0 down
	expect_equal "switches" "$(by_cause)" \
		"first 1 release 1 down 1 carrier 1 command 2 failback 2 close 1 "
	expect_equal "as ip tells" "$(by_cause)" \
		"$(braces "$GUEST" t0 switches) "
	expect_equal "planned" "$(counted switches_planned)" 6
	expect_equal "unplanned" "$(counted switches_unplanned)" 1
}

# broadcast NAMESPACE
broadcast()
{
	ip netns exec "$1" ping -b -c 10 -i 0.01 -W 0.5 192.0.2.255 \
		>/dev/null 2>&1 || :
}

echoes_and_second_copies()
{
	local copies echoes

	bridged
	echoes=$(counted echoes)
	broadcast "$GUEST"
	wait_for "ten echoes" counted_at_least echoes $((echoes + 10))
	copies=$(counted duplicates)
	broadcast "$HOST"
	wait_for "ten second copies" \
		counted_at_least duplicates $((copies + 10))
	# A single port brings everything once.
	ip -n "$GUEST" link set sb nomaster
	copies=$(counted duplicates)
	broadcast "$HOST"
	expect_equal "second copies" "$(counted duplicates)" "$copies"
}

# exchange COUNT: so many pings, and so many answers.
exchange()
{
	ip netns exec "$GUEST" ping -q -c "$1" -i 0.01 -W 1 -s 1000 \
		192.0.2.2 >/dev/null
}

# rises NAME WHAT BEFORE LEAST MOST: by so much since it was BEFORE.
rises()
{
	between "$1" $(($(counted "$1") - $2)) "$3" "$4"
}

# Pings of 1042 bytes; some drivers do not count the 14 of the header when they
# receive. What is besides are announcements and the like.
packets_by_role()
{
	local before

	bridged
	before=$(counted primary_tx_packets)
	exchange 100
	rises primary_tx_packets "$before" 100 130
	[ "$(counted primary_rx_packets)" -ge 100 ] || fail "no answers"
	[ "$(counted primary_tx_bytes)" -ge 104200 ] || fail "bytes sent"
	[ "$(counted primary_rx_bytes)" -ge 102800 ] || fail "bytes received"
	between "standby" "$(counted standby_tx_packets)" 0 50
	tandem prefer standby
	before=$(counted standby_tx_packets)
	exchange 100
	rises standby_tx_packets "$before" 100 130
}

# Another device in the same role.
kept_when_a_port_is_replaced()
{
	local before bytes

	bridged
	exchange 100
	before=$(counted primary_tx_packets)
	bytes=$(counted primary_rx_bytes)
	ip -n "$GUEST" link del pri
	wait_active standby
	counted_at_least primary_tx_packets "$before" || fail "it went back"
	ip -n "$HOST" -b - <<-END
		link add pri-peer type veth peer name pri netns $GUEST
		link set pri-peer master br0 up
	END
	# What it sends before it is a port is none of the tandem's.
	ip -n "$GUEST" -b - <<-END
		link set pri up
		addr add 198.51.100.1/24 dev pri
	END
	ip netns exec "$GUEST" ping -q -b -c 100 -i 0.01 -W 0.1 198.51.100.255 \
		>/dev/null 2>&1 || :
	[ "$(counter "$GUEST" pri tx_packets)" -ge 100 ] || fail "pri sends nothing"
	ip -n "$GUEST" link set pri master t0
	wait_active primary
	wait_for "the host is reached" reaches_host
	rises primary_tx_packets "$before" 0 50
	exchange 100
	rises primary_tx_packets "$before" 100 180
	counted_at_least primary_rx_bytes $((bytes + 102800)) ||
		fail "bytes received are not added"
}

kept_when_the_vf_is_unplugged()
{
	local before

	devices_paired
	ping -q -c 50 -i 0.01 -W 1 10.77.0.1 >/dev/null
	before=$(counted primary_tx_packets)
	[ "$before" -ge 50 ] || fail "only $before packets over the VF"
	unbind
	counted_at_least primary_tx_packets "$before" || fail "it went back"
	bind
	wait_active primary
	rises primary_tx_packets "$before" 0 100
}

# What was counted in a role stays there when another port gets it, also if nobody
# has looked at it in between.
follow_the_role()
{
	local primary standby

	bridged
	primary=$(counted primary_tx_packets)
	standby=$(counted standby_tx_packets)
	exchange 200
	ip -n "$GUEST" link set sb type tandem_slave role primary
	rises primary_tx_packets "$primary" 200 280
	rises standby_tx_packets "$standby" 0 80
	primary=$(counted primary_tx_packets)
	standby=$(counted standby_tx_packets)
	wait_for "the host is reached" reaches_host
	exchange 200
	rises primary_tx_packets "$primary" 200 280
	rises standby_tx_packets "$standby" 0 80
}

# sum NAME: of both roles.
sum()
{
	echo $(($(counted "primary_$1") + $(counted "standby_$1")))
}

sum_of_the_roles()
{
	local name before

	bridged
	exchange 100
	tandem prefer standby
	exchange 100
	ip -n "$GUEST" link set pri nomaster
	for name in rx_packets rx_bytes tx_packets tx_bytes; do
		before=$(sum "$name")
		between "$name of t0" "$(counter "$GUEST" t0 "$name")" \
			"$before" "$(sum "$name")"
	done
}

stalls()
{
	devices_paired
	expect_equal "stalls" "$(counted stalls)" 0
	stall_vf
	wait_active standby
	resume_vf
	expect_equal "stalls" "$(counted stalls)" 1
	expect_equal "switches" "$(counted switches_stall)" 1
}

# A dummy knows of no speed.
link_settings()
{
	local said

	with_devices pri
	ip -n "$GUEST" link add sb type dummy
	pair
	said=$(ip netns exec "$GUEST" ethtool t0)
	[[ $said == *"Speed: 10000Mb/s"* ]] || fail "not a veth: $said"
	[[ $said == *"Duplex: Full"* ]] || fail "not a veth: $said"
	[[ $said == *"Link detected: yes"* ]] || fail "no link: $said"
	tandem prefer standby
	wait_active standby
	said=$(ip netns exec "$GUEST" ethtool t0)
	[[ $said == *"Speed: Unknown"* ]] || fail "not a dummy: $said"
	[[ $said == *"Link detected: yes"* ]] || fail "no link: $said"
	ip -n "$GUEST" link set t0 down
	said=$(ip netns exec "$GUEST" ethtool t0)
	[[ $said == *"Speed: Unknown"* ]] || fail "no port: $said"
	[[ $said == *"Link detected: no"* ]] || fail "a link: $said"
}

tests_run
