#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tandem-doctor and what can be seen with software devices: its command line, who
# else holds a port, why a port does not transmit.
#
#   +- GUEST ------------------------+
#   |   t0 (tandem)                  |
#   |    |- pri (veth, primary)      |
#   |    '- sb  (veth, standby)      |
#   +--------------------------------+

ALL_TESTS="
	software_devices
	usage
	namespace_of_sysfs
	two_tandems
	odd_names
	tandem_is_elsewhere
	changed_behind_its_back
	only_one_port_is_heard
	network_manager
	systemd_networkd
	ifupdown
	dhcp_clients
	addresses
	no_plugin
	port_is_down
	port_has_no_carrier
	port_waits
	port_is_not_preferred
	all_reasons
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=doctor.bash
. "$(dirname "$0")/doctor.bash"

# What it finds depends on what else the machine has.
only_in_the_lab

teardown()
{
	remove_stubs
}

# veths: the software devices, in use.
veths()
{
	with_devices pri sb
	pair
}

software_devices()
{
	veths
	examine_guest 0
	diagnosed standby note "sb is not on the virtio bus"
	diagnosed vf note "the primary pri is a software device, no VF"
	diagnosed namespace ok "pri is in the namespace of t0"
	not_diagnosed problem
}

# fails_with TEXT [ARGUMENT...]: that, and nothing else.
fails_with()
{
	local status=0

	said=$(ip netns exec "$GUEST" "$doctor" "${@:2}" 2>&1) || status=$?
	expect_equal "exit status of ${*:2}" "$status" 2
	expect_equal "with ${*:2}" "$said" "tandem-doctor: $1"
}

usage()
{
	veths
	fails_with "unknown option '--nonsense': see --help" --nonsense
	fails_with "unknown option '': see --help" ""
	fails_with "pri is no tandem in this namespace" pri
	fails_with "t1 is no tandem in this namespace" --json t0 t1
	said=$("$doctor" --help) || fail "--help fails"
	[[ $said == "Usage: tandem-doctor [--json] [DEVICE...]"*"(8)." ]] ||
		fail "--help says: $said"
}

# What sysfs tells would be of other devices.
namespace_of_sysfs()
{
	local status=0 text="/sys is that of another namespace"

	veths
	said=$(nsenter --net="/run/netns/$GUEST" "$doctor" 2>&1) || status=$?
	expect_equal "exit status" "$status" 2
	expect_equal "said" "$said" "tandem-doctor: $text: enter it by 'ip netns exec'"
}

two_tandems()
{
	veths
	ip -n "$GUEST" link add t1 type tandem
	examine_guest 0 t0
	examine_guest 1 t1
	not_diagnosed "t0: "
	diagnosed standby problem "there is no standby" "ip link set NIC master t1"
	diagnosed driver problem "no-primary: there is none" \
		"plug the VF in on the host, or: ip link set DEVICE master t1"
	diagnosed driver problem "no-standby: there is none"
	examine_guest 1
	[[ $told == *'{"name":"t0","in_use":true,"checks":[{'*'}]},{'* ]] ||
		fail "t0 is not in use: $told"
	[[ $told == *'{"name":"t1","in_use":false,"checks":[{'*'}]}]}' ]] ||
		fail "t1 is in use: $told"
	expect_equal "checks of the module" \
		"$(grep -o '"check":"module"' <<<"$told" | wc -l)" 2
	# Nor does a good one that is looked at last make it good.
	ip -n "$GUEST" link set t1 name a1
	examine_guest 1
}

# Whatever may be in a name: it is JSON, and the ports are found.
odd_names()
{
	# shellcheck disable=SC2016 # It is not to expand.
	local sb='s$(b)@'

	with_devices 'p"\r*' "$sb"
	ip -n "$GUEST" link set t0 name 't"\&'
	ip -n "$GUEST" link set 'p"\r*' master 't"\&'
	ip -n "$GUEST" link set "$sb" master 't"\&'
	ip -n "$GUEST" link set 't"\&' up
	wait_for "the primary is used" is "$GUEST" 'p"\r*' reason in-use
	examine_guest 0
	diagnosed namespace ok ""
	[[ $said == *'  p"\r* is in the namespace of t"\&'* ]] ||
		fail "another primary: $said"
	[[ $said == *" preferred-primary: $sb is well"* ]] ||
		fail "another standby: $said"
	[[ $told == *'{"name":"t\"\\&","in_use":true,'* ]] ||
		fail "the name is another one: $told"
}

tandem_is_elsewhere()
{
	veths
	examine 1
	diagnosed tandem note "t0 is in another namespace, /run/netns/$GUEST" \
		"ip netns exec NAME tandem-doctor"
}

# Only the driver of a port can do that.
changed_behind_its_back()
{
	local again="ip link set sb nomaster; ip link set sb master t0"

	veths
	ip -n "$GUEST" -d -o link show |
		sed -E '/ sb@/s/ mtu 1500 / mtu 1400 /
			/ sb@/s/link.ether [^ ]*/link\/ether 02:00:00:00:00:99/' \
			>/run/links
	replayed /run/links
	examine_guest 0
	diagnosed mac problem "sb has another MAC, 02:00:00:00:00:99, than t0" "$again"
	diagnosed mtu problem "sb has another MTU, 1400, than t0" "$again"
}

# "active" is a word of the settings, too.
only_one_port_is_heard()
{
	veths
	tandem rx active
	examine_guest 0
	diagnosed driver ok "in-use: pri transmits since"
}

network_manager()
{
	veths
	stub nmcli <<-END
		printf '%s\n' "t0:connected (externally)" pri:connected sb:unmanaged
	END
	examine_guest 0
	diagnosed manager problem "pri: NetworkManager manages it (connected)" \
		"nmcli device set pri managed no"
	not_diagnosed "sb: NetworkManager"
	stub nmcli <<-END
		printf '%s\n' "pri:connected (externally)" sb:disconnected
	END
	examine_guest 0
	diagnosed manager problem "sb: NetworkManager manages it (disconnected)"
	not_diagnosed "pri: NetworkManager"
}

systemd_networkd()
{
	veths
	stub networkctl <<-END
		printf '%s\n' "  2 t0 ether routable configured" \\
			"  3 pri ether carrier configuring" "  4 sb ether carrier unmanaged"
	END
	examine_guest 0
	diagnosed manager problem "pri: systemd-networkd manages it (configuring)" \
		"a .network file: [Match] Name=pri, [Link] Unmanaged=yes"
	not_diagnosed "sb: systemd"
}

ifupdown()
{
	veths
	mkdir -p /etc/network/interfaces.d
	printf '%s\n' "auto pri" "iface pri inet manual" "iface t0 inet dhcp" \
		>/etc/network/interfaces
	echo "iface sb inet dhcp" >/etc/network/interfaces.d/sb
	examine_guest 0
	diagnosed manager problem \
		"sb: /etc/network/interfaces configures it (inet dhcp)" \
		"make it: iface sb inet manual"
	not_diagnosed "pri: /etc"
	rm -r /etc/network
}

# is_called PID NAME
is_called()
{
	[[ $(tr '\0' ' ' <"/proc/$1/cmdline") == "$2"* ]]
}

# A real client, one that has the device in its title as dhcpcd does, and one of
# another namespace, where a device has the same name.
dhcp_clients()
{
	local real titled other

	veths
	ip netns exec "$GUEST" udhcpc -f -i pri -s "$(type -P true)" \
		>/dev/null 2>&1 &
	real=$!
	ip netns exec "$GUEST" bash -c \
		"exec -a 'dhcpcd: sb [ip4]' bash -c 'read -r _ <>/run/never'" &
	titled=$!
	bash -c "exec -a dhclient bash -c 'read -r _ <>/run/never' pri" &
	other=$!
	wait_for "a client runs" is_called "$real" udhcpc
	wait_for "another one does" is_called "$titled" dhcpcd
	wait_for "one runs elsewhere" is_called "$other" dhclient
	examine_guest 0
	diagnosed manager problem "pri: udhcpc (process $real) runs on it" "kill $real"
	diagnosed manager problem "sb: dhcpcd (process $titled) runs on it" \
		"kill $titled"
	not_diagnosed "process $other"
	kill "$real" "$titled" "$other"
	wait_for "the client ends" ended "$real"
	examine_guest 0
	not_diagnosed udhcpc
}

addresses()
{
	veths
	ip -n "$GUEST" addr add 192.0.2.9/24 dev pri
	ip -n "$GUEST" addr add 198.51.100.1/24 dev t0
	examine_guest 0
	diagnosed manager problem "pri: it has the address 192.0.2.9/24" \
		"ip addr del 192.0.2.9/24 dev pri; let it have t0 instead"
	not_diagnosed 198.51.100.1
}

# Then it cannot be told, unless there is no primary at all.
no_plugin()
{
	local -x IP_LIB_DIR=/nowhere

	veths_without_plugin
	examine_guest 2
	expect_equal "first line" "${said%%$'\n'*}" "t0: the fast path may be in use"
	diagnosed driver problem "ip(8) lacks its plugin for tandems" \
		"make install-tools"
	ip -n "$GUEST" link set pri nomaster
	ip -n "$GUEST" link set sb nomaster
	examine_guest 1
	diagnosed standby problem "there is no standby"
}

# pair() asks the plugin whether the primary is used.
veths_without_plugin()
{
	with_devices pri sb
	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set t0 up
	wait_for "t0 has carrier" has_flag "$GUEST" t0 LOWER_UP
}

port_is_down()
{
	veths
	ip -n "$GUEST" link set pri down
	examine_guest 1
	expect_equal "first line" "${said%%$'\n'*}" \
		"t0: the fast path is not in use"
	diagnosed driver problem "admin-down: pri is down" \
		"ip link set t0 up; ip link set pri up"
	diagnosed driver ok "in-use: sb transmits"
	ip -n "$GUEST" link set t0 down
	examine_guest 1
	diagnosed driver problem "admin-down: sb is down" "ip link set t0 up"
}

port_has_no_carrier()
{
	bridged
	pri_fails
	examine_guest 1
	diagnosed driver problem "no-carrier: pri has no link" "see the cable"
	peer pri up
	wait_active primary
	peer sb down
	wait_for "sb has no carrier" is "$GUEST" sb reason no-carrier
	examine_guest 0
	diagnosed driver note "no-carrier: sb has no link" "see the cable"
}

port_waits()
{
	bridged
	tandem damp_count 1 damp_time 600000
	pri_flaps
	wait_active primary
	pri_flaps
	wait_for "pri is damped" is "$GUEST" t0 primary_reason damping
	examine_guest 1
	diagnosed driver problem "damping: pri failed too often and rests for " \
		"why: ip link xstats type tandem dev t0"
	[[ $said =~ rests\ for\ [0-9]+\ ms ]] || fail "not for how long: $said"
	tandem damp_count 0 updelay 600000
	wait_for "pri waits" is "$GUEST" t0 primary_reason updelay
	examine_guest 1
	diagnosed driver problem "updelay: pri is well, and used in " \
		"wait, or: ip link set t0 type tandem updelay 0"
	[[ $said =~ used\ in\ [0-9]+\ ms ]] || fail "not in how long: $said"
}

port_is_not_preferred()
{
	bridged
	tandem reselect failure
	pri_flaps
	wait_for "pri waits" is "$GUEST" t0 primary_reason reselect
	examine_guest 1
	diagnosed driver problem "reselect: pri is well; with " \
		"ip link set t0 type tandem prefer primary"
	tandem prefer standby
	examine_guest 1
	diagnosed driver problem "preferred-standby: pri is well, but the standby" \
		"ip link set t0 type tandem prefer primary"
	follow_in_guest "ip link set t0 type tandem prefer primary"
	examine_guest 0
	diagnosed driver ok "preferred-primary: sb is well"
}

# follow_in_guest COMMAND
follow_in_guest()
{
	[[ $said == *"-> $1"* ]] || fail "not advised: $1"
	# shellcheck disable=SC2086
	expect "it helps: $1" ip netns exec "$GUEST" $1
}

# What cannot be provoked, too. That one and no other is unknown keeps the doctor's
# table complete.
all_reasons()
{
	local reason text reasons=(no-primary no-standby no-port admin-down
		no-carrier stalled updelay damping reselect preferred-standby
		preferred-primary leaving mac-mismatch mtu taken-by-other-master
		other-namespace hv-netvsc not-joined refused xdp-refused)

	veths
	printf -v text 'x %s ' "${reasons[@]}"
	text="candidates { ${text}- news netnsid 5 }"
	ip -n "$GUEST" -d -o link show |
		sed "s/\\( tandem .*\\)addrgenmode/\\1$text addrgenmode/" >/run/links
	replayed /run/links
	examine_guest 0
	for reason in "${reasons[@]}"; do
		expect_equal "lines of $reason" \
			"$(grep -cE "^  driver +problem +$reason: [a-z]" <<<"$said")" 1
	done
	diagnosed driver problem "leaving: x is about to go" "none, if the host takes it"
	diagnosed driver problem "hv-netvsc: the standby is on vmbus" "ip link del t0"
	diagnosed driver problem "news: unknown to this tandem-doctor" \
		"see enum tandem_reason in if_tandem.h"
	expect_equal "unknown reasons" "$(grep -c "unknown to this" <<<"$said")" 1
}

tests_run
