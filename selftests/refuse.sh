#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What cannot be a port, or cannot be done to one, is refused with a reason and
# changes nothing.
#
#   +- GUEST ----------------------------+
#   |   t0 (tandem, up)                  |
#   |    |- pri  (veth, primary)          |
#   |    '- sb  (veth, standby)          |
#   |   other (veth)                     |
#   +------------------------------------+

ALL_TESTS="
	third_port
	loopback
	bond_as_port
	tandem_as_port
	device_above_tandem
	not_ethernet
	busy_device
	moved_by_core
	no_handler_for_frames
	port_mtu
	port_mac
	tandem_mtu
	mtu_and_mac_of_a_port
	all_ports_or_none
	port_vlans
	port_without_vlans
	port_fails_to_open
	other_port_when_one_fails_to_open
	bad_address
	not_a_port
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup()
{
	with_devices pri sb other
}

third_port()
{
	pair
	expect_refused "The tandem has a primary and a standby already" \
		ip -n "$GUEST" link set other master t0
}

loopback()
{
	expect_refused "A loopback device cannot be a port" \
		ip -n "$GUEST" link set lo master t0
}

# The bonding driver would take our data on the port for its own.
bond_as_port()
{
	ip -n "$GUEST" link add bond7 type bond mode active-backup
	expect_refused "A bond cannot be a port" \
		ip -n "$GUEST" link set bond7 master t0
}

tandem_as_port()
{
	ip -n "$GUEST" link add t1 type tandem
	expect_refused "A tandem cannot be a port" \
		ip -n "$GUEST" link set t1 master t0
}

device_above_tandem()
{
	ip -n "$GUEST" link add t1 type tandem
	ip -n "$GUEST" link add link t1 name t1.5 type vlan id 5
	expect_refused "A tandem cannot be a port, nor what is above one" \
		ip -n "$GUEST" link set t1.5 master t0
}

not_ethernet()
{
	ip -n "$GUEST" link add tunnel type ipip local 192.0.2.1 remote 192.0.2.2
	expect_refused "Only an Ethernet device can be a port" \
		ip -n "$GUEST" link set tunnel master t0
}

busy_device()
{
	ip -n "$GUEST" link add link other name upper type macvlan
	expect_refused "Another device receives for this one already" \
		ip -n "$GUEST" link set other master t0
}

# A VRF lets nobody receive for it.
no_handler_for_frames()
{
	ip -n "$GUEST" link add vrf7 type vrf table 7
	expect_refused "Another device receives for the port" \
		ip -n "$GUEST" link set vrf7 master t0
}

# The core itself takes a device from its master before it asks the next one;
# what is left to see for us is that the device arrives whole.
moved_by_core()
{
	ip -n "$GUEST" link add t1 type tandem
	ip -n "$GUEST" link set other master t1
	expect "other can be moved" ip -n "$GUEST" link set other master t0
	expect_equal "master of other" "$(link "$GUEST" other master)" t0
}

port_mtu()
{
	ip -n "$GUEST" link add link other name small type vlan id 5
	ip -n "$GUEST" link set t0 mtu 4000
	expect_refused "The port cannot take the MTU of the tandem" \
		ip -n "$GUEST" link set small master t0
}

port_mac()
{
	ip -n "$GUEST" link add one type tandem_sim
	sim one refuse mac
	ip -n "$GUEST" link set pri master t0
	expect_refused "The port cannot take the MAC of the tandem" \
		ip -n "$GUEST" link set one master t0
}

tandem_mtu()
{
	pair
	expect_refused "mtu greater than device maximum" \
		ip -n "$GUEST" link set t0 mtu 65536
	expect_refused "mtu less than device minimum" \
		ip -n "$GUEST" link set t0 mtu 60

	# A port that refuses without having said so in its range: the one
	# that had agreed before it gets its MTU back.
	ip -n "$GUEST" link set sb nomaster
	ip -n "$GUEST" link add link other name small type vlan id 5
	ip -n "$GUEST" link set other up
	ip -n "$GUEST" link set small master t0
	expect_refused "Numerical result out of range" \
		ip -n "$GUEST" link set t0 mtu 2000
	expect_equal "MTU of pri" "$(link "$GUEST" pri mtu)" 1500
}

# A port has those of its master, and its own again when it is none any more.
mtu_and_mac_of_a_port()
{
	pair
	expect_refused "Device or resource busy" \
		ip -n "$GUEST" link set pri mtu 1400
	expect_refused "A port has MTU and MAC of its tandem" \
		ip -n "$GUEST" link set pri address 02:00:00:00:00:77
	expect "the MAC that it has" ip -n "$GUEST" link set pri \
		address "$(link "$GUEST" pri link/ether)"
	ip -n "$GUEST" link set t0 mtu 1400
	ip -n "$GUEST" link set t0 address 02:00:00:00:00:77
	expect_equal "MTU" "$(link "$GUEST" pri mtu)" 1400
	expect_equal "MAC" "$(link "$GUEST" pri link/ether)" 02:00:00:00:00:77
	ip -n "$GUEST" link set pri nomaster
	expect "its own MTU" ip -n "$GUEST" link set pri mtu 1300
	expect "its own MAC" \
		ip -n "$GUEST" link set pri address 02:00:00:00:00:78
}

# What the first has taken is taken from it again when the second refuses.
all_ports_or_none()
{
	local before

	ip -n "$GUEST" link add one type tandem_sim
	ip -n "$GUEST" link add two type tandem_sim
	ip -n "$GUEST" link set one master t0
	ip -n "$GUEST" link set two master t0
	ip -n "$GUEST" link set t0 up
	sim two refuse "mtu mac vlan"
	before=$(sim one vlans)
	expect_refused "Input/output error" ip -n "$GUEST" link set t0 mtu 2000
	expect_refused "Input/output error" \
		ip -n "$GUEST" link set t0 address 02:00:00:00:00:77
	expect_refused "Input/output error" \
		ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
	expect_equal "VLANs of the first port" "$(sim one vlans)" "$before"
	sim two refuse ""
	ip -n "$GUEST" link set t0 mtu 2000
	ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
	expect_equal "MTU of the second port" "$(link "$GUEST" two mtu)" 2000
	expect_equal "VLANs of the first port" "$(sim one vlans)" $((before + 1))
}

port_vlans()
{
	ip -n "$GUEST" link add one type tandem_sim
	ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
	sim one refuse vlan
	expect_refused "The port cannot take the VLANs of the tandem" \
		ip -n "$GUEST" link set one master t0
	expect_equal "VLANs" "$(sim one vlans)" 0
	sim one refuse ""
	expect "it joins" ip -n "$GUEST" link set one master t0
	expect_equal "VLANs" "$(sim one vlans)" 1
}

port_without_vlans()
{
	ip -n "$GUEST" link add one type tandem_sim
	sim one challenged 1
	ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
	expect_refused "The port cannot carry the VLANs of the tandem" \
		ip -n "$GUEST" link set one master t0
	ip -n "$GUEST" link del t0.5
	expect "it joins" ip -n "$GUEST" link set one master t0
	expect_refused "VLANs not supported on device" \
		ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
}

# A VLAN device does not open while the device below it is down.
port_fails_to_open()
{
	ip -n "$GUEST" link add link other name shut type vlan id 5
	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set t0 up
	wait_for "t0 has carrier" has_flag "$GUEST" t0 LOWER_UP
	expect_refused "The port cannot be opened" \
		ip -n "$GUEST" link set shut master t0
	expect "t0 works on pri" has_flag "$GUEST" t0 LOWER_UP
}

other_port_when_one_fails_to_open()
{
	ip -n "$GUEST" link add link other name shut type vlan id 5
	ip -n "$GUEST" link set shut master t0
	ip -n "$GUEST" link set sb master t0
	expect "t0 opens" ip -n "$GUEST" link set t0 up
	wait_for "t0 has carrier" has_flag "$GUEST" t0 LOWER_UP
	expect "shut is down" lacks_flag "$GUEST" shut UP

	ip -n "$GUEST" link set sb nomaster
	ip -n "$GUEST" link set t0 down
	expect_refused "Network is down" ip -n "$GUEST" link set t0 up
}

bad_address()
{
	expect_refused "Not an address a station can have" \
		ip -n "$GUEST" link add t1 address 01:00:00:00:00:01 type tandem
	expect_refused "An Ethernet address has six bytes" \
		ip -n "$GUEST" link add t1 address 02:00:00:00:01 type tandem
}

not_a_port()
{
	ip -n "$GUEST" link add t1 type tandem
	ip -n "$GUEST" link set pri master t0
	expect "a device without master" ip -n "$GUEST" link set other nomaster
	expect "pri is released" ip -n "$GUEST" link set pri nomaster
	expect_equal "master of pri" "$(link "$GUEST" pri master)" ""
}

tests_run
