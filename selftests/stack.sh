#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What stacks on a tandem keeps working: nothing is lost or doubled while the port
# in use changes on command, leaves and comes back, and it goes on after a failure.
#
#   +- CONTAINER --------+
#   |  up0 192.0.2.7     |
#   +- GUEST | ----------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+
#
# A bond or team has a second one, t1 with pri1 and sb1, on the same bridge. For PTP
# there is a clock, 192.0.2.3, behind that.

ALL_TESTS="
	vlan_qinq_and_vxlan
	wireguard
	bridge_with_a_container
	echoes_of_a_container
	container_that_moves_to_the_host
	namesake_in_another_vlan
	open_vswitch
	macvlan
	ipvlan_l2
	ipvlan_l3
	bond_active_backup
	bond_balance_xor
	team_activebackup
	ipv6
	slaac
	listener_moves
	packet_sockets
	ptp
	qdiscs
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A port that is back is used again on command: when all of its way works.
# shellcheck disable=SC2034 # lib.sh reads it
SETTINGS="reselect failure"
PINGS=500
LOGS=$(mktemp -d)

setup()
{
	bridged
}

# pinged COUNT COMMAND NAMESPACE ADDRESS...: so many to each, 100 a second, while
# the command runs; each was answered once.
pinged()
{
	local address

	pings=()
	began=$(now)
	for address in "${@:4}"; do
		ip netns exec "$3" ping -q -c "$1" -i 0.01 -W 2 "$address" \
			>"$LOGS/$address" &
		pings+=($!)
	done
	"$2"
	wait "${pings[@]}" || :
	for address in "${@:4}"; do
		expect_equal "pings to $address" \
			"$(sed -n 's/, time .*//p' "$LOGS/$address")" \
			"$1 packets transmitted, $1 received, 0% packet loss"
	done
}

# answered NAMESPACE ADDRESS...: twenty to each are.
answered()
{
	pinged 20 : "$@"
}

# reached NAMESPACE ADDRESS...
reached()
{
	local address

	for address in "${@:2}"; do
		ip netns exec "$1" ping -c 1 -W 0.2 "$address" || return
	done
}

# Until a port of the host's bridge does, what it sends and gets is dropped.
all_forward()
{
	! bridge -n "$HOST" link show | grep -qv "state forwarding"
}

pri_is_used_again()
{
	wait_for "the host's bridge forwards" all_forward
	wait_for "pri can be used" is "$GUEST" pri reason reselect
	tandem prefer primary
}

# pri leaves and joins, then there and back on command; not in the pings' last second:
# after its last request a ping does not wait for an answer that is late.
planned_switches()
{
	local turns=0 end=$((began + PINGS * 10 - 1000))

	ip -n "$GUEST" link set pri nomaster
	ip -n "$GUEST" link set pri master t0
	pri_is_used_again
	ended "${pings[0]}" && fail "it took too long until pri was used again"
	while ((turns == 0 || $(now) < end)); do
		tandem prefer standby
		tandem prefer primary
		turns=$((turns + 1))
	done
	echo "# pri left and came back, $turns more turns"
}

# survives NAMESPACE ADDRESS...: pings from there are answered all the time through
# what is planned, over the other port after a failure, and when pri is used again.
survives()
{
	wait_for "the host's bridge forwards" all_forward
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
	wait_for "${*:2} is reached" reached "$@"
	pinged "$PINGS" planned_switches "$@"
	pri_fails
	answered "$@"
	peer pri up
	pri_is_used_again
	answered "$@"
}

# up_for SECONDS: Open vSwitch counts the CPUs that it needs threads for every ten
# seconds of the machine's clock, and takes it for none before.
up_for()
{
	[ "$(cut -d. -f1 /proc/uptime)" -ge "$1" ]
}

# Its database and its daemons, in GUEST; they end with their namespace's processes.
vswitch_starts()
{
	modprobe openvswitch
	wait_for "the daemon can count CPUs" up_for 11
	ovsdb-tool create "$LOGS/db" /usr/share/openvswitch/vswitch.ovsschema
	ovsdb-server --remote="punix:$LOGS/db.sock" "$LOGS/db" \
		>"$LOGS/ovsdb-server.log" 2>&1 &
	vswitch=($!)
	wait_for "the database listens" test -S "$LOGS/db.sock"
	ip netns exec "$GUEST" ovs-vswitchd "unix:$LOGS/db.sock" \
		>"$LOGS/ovs-vswitchd.log" 2>&1 &
	vswitch+=($!)
}

# The address is the switch's, which has a MAC of its own.
open_vswitch()
{
	local -x OVS_RUNDIR=$LOGS OVS_LOGDIR=$LOGS OVS_DBDIR=$LOGS
	local vswitch

	vswitch_starts
	expect "a switch is made" ovs-vsctl --timeout=30 add-br ovs0 -- add-port ovs0 t0
	ip -n "$GUEST" addr flush dev t0
	ip -n "$GUEST" link set ovs0 up
	ip -n "$GUEST" addr add 192.0.2.1/24 dev ovs0
	survives "$GUEST" 192.0.2.2
	expect "the switch is removed" ovs-vsctl --timeout=30 del-br ovs0
	kill "${vswitch[@]}"
	wait "${vswitch[@]}" || :
}

# above NAMESPACE DEVICE FROM TO: a VLAN, one in a service provider's, a vxlan.
above()
{
	ip -n "$1" -b - <<-END
		link add link $2 name vlan7 up type vlan id 7
		link add link $2 name vlan8 up type vlan protocol 802.1ad id 8
		link add link vlan8 name vlan9 up type vlan id 9
		addr add 198.51.100.$3/24 dev vlan7
		addr add 203.0.113.$3/24 dev vlan9
	END
	ip -n "$1" link add vxlan7 up type vxlan id 7 dev "$2" dstport 4789 \
		local "192.0.2.$3" remote "192.0.2.$4"
	ip -n "$1" addr add "192.168.7.$3/24" dev vxlan7
}

vlan_qinq_and_vxlan()
{
	above "$GUEST" t0 1 2
	above "$HOST" br0 2 1
	survives "$GUEST" 198.51.100.2 203.0.113.2 192.168.7.2
}

# secret NAMESPACE, public NAMESPACE: the keys of its end
secret()
{
	local file=$LOGS/$1.key

	[ -e "$file" ] || (umask 077 && wg genkey >"$file")
	echo "$file"
}

public()
{
	wg pubkey <"$(secret "$1")"
}

# encrypted NAMESPACE FROM TO PEER
encrypted()
{
	ip -n "$1" link add wg0 type wireguard
	ip netns exec "$1" wg set wg0 listen-port 51820 \
		private-key "$(secret "$1")" peer "$(public "$4")" \
		endpoint "192.0.2.$3:51820" allowed-ips 203.0.113.0/24
	ip -n "$1" link set wg0 up
	ip -n "$1" addr add "203.0.113.$2/24" dev wg0
}

wireguard()
{
	command -v wg >/dev/null || { skip "wg is not installed"; return; }
	encrypted "$GUEST" 1 2 "$HOST"
	encrypted "$HOST" 2 1 "$GUEST"
	survives "$GUEST" 203.0.113.2
}

# container: behind a bridge that t0 is a port of. Without IPv6 it is silent.
container()
{
	setup_ns CONTAINER
	ip netns exec "$CONTAINER" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	ip -n "$GUEST" -b - <<-END
		link add br7 up address 02:00:00:00:00:07 type bridge mcast_snooping 0
		link add up0-peer up master br7 type veth peer name up0 netns $CONTAINER
		link set t0 master br7
	END
	ip -n "$CONTAINER" link set up0 up
	ip -n "$CONTAINER" addr add 192.0.2.7/24 dev up0
}

# A foreign MAC is not announced: frames for it come by the old port until the
# container has sent some.
bridge_with_a_container()
{
	container
	wait_for "the container is reached" reached "$HOST" 192.0.2.7
	tandem prefer standby
	bridge -n "$HOST" fdb show br br0 |
		grep -q "^$(link "$CONTAINER" up0 link/ether) dev pri-peer " ||
		fail "the host does not look for it behind pri any more"
	answered "$HOST" 192.0.2.7
	tandem prefer primary
	survives "$CONTAINER" 192.0.2.2
}

# sent_back NUMBER: so many more have come back than when $before was read.
sent_back()
{
	[ "$(statistic "$GUEST" t0 echoes)" -ge $((before + $1)) ]
}

# What it sends to all, or to somebody the host's bridge does not know, comes back over
# the other port: br7 would look for the container behind t0.
echoes_of_a_container()
{
	local mac port before

	container
	wait_for "the container is reached" reached "$HOST" 192.0.2.7
	mac=$(link "$CONTAINER" up0 link/ether)
	ip -n "$CONTAINER" neigh add 192.0.2.99 lladdr 02:00:00:00:00:99 dev up0
	watch "$GUEST" t0 protocol all flower src_mac "$mac"
	tandem notify_peers 0
	for port in primary standby; do
		tandem prefer "$port"
		before=$(statistic "$GUEST" t0 echoes)
		ip netns exec "$CONTAINER" bash -c "
			ping -c 10 -i 0.01 -W 0.01 192.0.2.99
			ping -c 10 -i 0.01 -W 0.01 -b 192.0.2.255" >/dev/null 2>&1 || :
		wait_for "they come back" sent_back 20
		expect_equal "let in" "$(watched "$GUEST" t0)" 0
		bridge -n "$GUEST" fdb show br br7 | grep -q "^$mac dev up0-peer " ||
			fail "the guest's bridge does not look for it there any more"
	done
}

# What comes over the other port from its MAC was not sent by the guest any more.
container_that_moves_to_the_host()
{
	local mac

	container
	wait_for "the container is reached" reached "$HOST" 192.0.2.7
	mac=$(link "$CONTAINER" up0 link/ether)
	ip -n "$GUEST" -b - <<-END
		addr flush dev t0
		addr add 192.0.2.1/24 dev br7
		link del up0-peer
	END
	bridge -n "$HOST" fdb replace 02:00:00:00:00:07 dev sb-peer master static sticky
	ip -n "$HOST" link add up0-peer up master br0 type veth \
		peer name up0 address "$mac" netns "$CONTAINER"
	ip -n "$CONTAINER" link set up0 up
	ip -n "$CONTAINER" addr add 192.0.2.7/24 dev up0
	wait_for "it reaches the guest over sb" reached "$CONTAINER" 192.0.2.1
}

# A MAC that the container has, too, is somebody else's in another VLAN.
namesake_in_another_vlan()
{
	local mac sends

	container
	wait_for "the container is reached" reached "$HOST" 192.0.2.7
	mac=$(link "$CONTAINER" up0 link/ether)
	setup_ns NAMESAKE
	ip -n "$HOST" link add namesake up master br0 type veth \
		peer name n0 address "$mac" netns "$NAMESAKE"
	ip -n "$NAMESAKE" -b - <<-END
		link set n0 up
		link add link n0 name n0.7 type vlan id 7
		link set n0.7 up
		addr add 198.51.100.8/24 dev n0.7
		neigh add 198.51.100.1 lladdr 02:00:00:00:00:07 dev n0.7
	END
	bridge -n "$HOST" fdb replace 02:00:00:00:00:07 dev sb-peer master static sticky
	watch "$GUEST" t0 protocol 802.1Q flower vlan_id 7 src_mac "$mac" vlan_ethtype ip
	ip netns exec "$CONTAINER" ping -q -i 0.1 192.0.2.2 >/dev/null &
	sends=$!
	ip netns exec "$NAMESAKE" ping -q -c 20 -i 0.1 -W 0.1 198.51.100.1 >/dev/null || :
	kill "$sends"
	wait "$sends" || :
	expect_equal "heard" "$(watched "$GUEST" t0)" 20
}

# upper ADDRESS KIND...: a container with a device of this kind on t0.
upper()
{
	setup_ns CONTAINER
	ip -n "$GUEST" link add link t0 name up0 netns "$CONTAINER" type "${@:2}"
	ip -n "$CONTAINER" link set up0 up
	ip -n "$CONTAINER" addr add "$1" dev up0
}

# Its MAC is not that of t0, but announced with it.
macvlan()
{
	upper 192.0.2.7/24 macvlan mode bridge
	survives "$CONTAINER" 192.0.2.2
	watch_arp sb-peer 192.0.2.7
	tandem prefer standby
	wait_for "it is announced" watched_at_least "$HOST" sb-peer 1
}

ipvlan_l2()
{
	upper 192.0.2.7/24 ipvlan mode l2
	survives "$CONTAINER" 192.0.2.2
}

ipvlan_l3()
{
	upper 198.51.100.7/32 ipvlan mode l3
	ip -n "$CONTAINER" route add default dev up0
	ip -n "$HOST" route add 198.51.100.0/24 via 192.0.2.1
	survives "$CONTAINER" 192.0.2.2
}

# second: another tandem; t0 has no address any more. br0 has two.
second()
{
	ip -n "$HOST" -b - <<-END
		link add pri1-peer up master br0 type veth peer name pri1 netns $GUEST
		link add sb1-peer up master br0 type veth peer name sb1 netns $GUEST
		addr add 192.0.2.3/24 dev br0
	END
	ip -n "$GUEST" -b - <<-END
		link add t1 type tandem
		link set pri1 master t1
		link set sb1 master t1
		addr flush dev t0
		link set t0 down
	END
}

# team_survives DEVICE: it has nothing to do until t0 has lost both of its ports.
team_survives()
{
	local hosts=(192.0.2.2 192.0.2.3) losses

	ip -n "$GUEST" link set "$1" up
	ip -n "$GUEST" addr add 192.0.2.1/24 dev "$1"
	tandem prefer primary
	wait_active primary
	losses=$(counter "$GUEST" t0 ../carrier_down_count)
	survives "$GUEST" "${hosts[@]}"
	between "sent over t0" "$(counter "$GUEST" t0 tx_packets)" "$PINGS" 9999
	peer pri down
	peer sb down
	wait_for "the host is reached over t1" reached "$GUEST" "${hosts[@]}"
	answered "$GUEST" "${hosts[@]}"
	losses=$(($(counter "$GUEST" t0 ../carrier_down_count) - losses))
	expect_equal "times t0 has lost its carrier" "$losses" 1
}

# bonded MODE...
bonded()
{
	second
	ip -n "$GUEST" -b - <<-END
		link add bond7 type bond miimon 100 mode $*
		link set t0 master bond7
		link set t1 master bond7
	END
	team_survives bond7
	expect_equal "failures" "$(link "$GUEST" t0 link_failure_count)" 1
}

bond_active_backup()
{
	bonded active-backup primary t0
	expect_equal "in use" "$(link "$GUEST" bond7 active_slave)" t1
}

# By this policy one of the host's addresses goes to each tandem.
bond_balance_xor()
{
	bonded balance-xor xmit_hash_policy layer2+3
	between "sent over t1" "$(counter "$GUEST" t1 tx_packets)" "$PINGS" 9999
}

team_activebackup()
{
	command -v teamd >/dev/null || { skip "teamd is not installed"; return; }
	second
	cat >"$LOGS/teamd" <<-END
		{ "device": "team7", "runner": { "name": "activebackup" },
		  "link_watch": { "name": "ethtool" },
		  "ports": { "t0": { "prio": 100 }, "t1": { "prio": -100 } } }
	END
	ip netns exec "$GUEST" teamd -d -f "$LOGS/teamd" >/dev/null 2>&1
	team_survives team7
	teamd -k -t team7 >/dev/null 2>&1
}

# assigned NAMESPACE DEVICE ADDRESS: nobody else was found to have it.
assigned()
{
	ip -n "$1" -6 addr show dev "$2" to "$3" -tentative | grep -q inet6
}

# The question whether others have its address comes back to t0 over the other port,
# and without a nonce only the tandem can tell that it is its own. That for ::3 is
# sent while there are switches. fe80::ff:fe00:2 is made of the MAC of br0.
ipv6()
{
	ip netns exec "$GUEST" sysctl -qw net.ipv6.conf.{all,t0}.enhanced_dad=0
	ip -n "$HOST" addr add 2001:db8::2/64 dev br0 nodad
	watch "$GUEST" sb protocol ipv6 flower dst_mac 33:33:ff:00:00:01 \
		ip_proto icmpv6 type 135
	ip -n "$GUEST" addr add 2001:db8::1/64 dev t0
	wait_for "::1 is assigned" assigned "$GUEST" t0 2001:db8::1
	expect "the question came back" watched_at_least "$GUEST" sb 1
	ip -n "$GUEST" addr add 2001:db8::3/64 dev t0
	survives "$GUEST" 2001:db8::2 fe80::ff:fe00:2%t0
	expect "::3 is assigned" assigned "$GUEST" t0 2001:db8::3
	tandem prefer standby
	ip -n "$GUEST" -6 neigh flush dev t0
	answered "$GUEST" 2001:db8::2
	ip -n "$HOST" -6 neigh flush dev br0
	answered "$HOST" 2001:db8::1
}

# own_addresses DEVICE: those of IPv6 that are not of the link alone.
own_addresses()
{
	ip -n "$GUEST" -6 -o addr show dev "$1" scope global |
		sed 's/.* inet6 \([^ ]*\).*/\1/'
}

has_own_address()
{
	[ -n "$(own_addresses "$1")" ]
}

router_in_host()
{
	cat >"$LOGS/radvd.conf" <<-END
		interface br0 {
			AdvSendAdvert on;
			MinRtrAdvInterval 3;
			MaxRtrAdvInterval 4;
			prefix 2001:db8:7::/64 { };
		};
	END
	ip -n "$HOST" addr add 2001:db8:7::2/64 dev br0 nodad
	ip netns exec "$HOST" sysctl -qw net.ipv6.conf.br0.forwarding=1
	ip netns exec "$HOST" radvd -n -m stderr -C "$LOGS/radvd.conf" \
		-p "$LOGS/radvd.pid" 2>"$LOGS/radvd.log" &
	router=$!
}

# One address, on t0 alone, that stays; and the router's, which is where the rest is.
slaac()
{
	local address

	router_in_host
	wait_for "t0 has an address" has_own_address t0
	address=$(own_addresses t0)
	wait_for "it may be used" assigned "$GUEST" t0 "${address%/*}"
	survives "$GUEST" 2001:db8:7::2
	expect_equal "addresses of t0" "$(own_addresses t0)" "$address"
	expect_equal "addresses of pri" "$(ip -n "$GUEST" -6 -o addr show dev pri)" ""
	expect_equal "addresses of sb" "$(ip -n "$GUEST" -6 -o addr show dev sb)" ""
	expect_equal "default routes" \
		"$(ip -n "$GUEST" -6 -o route show default | grep -c "dev t0")" 1
	kill "$router"
	wait "$router" || :
}

# listens PORT: so the host's bridge has heard.
listens()
{
	bridge -n "$HOST" mdb show dev br0 |
		grep -q "port $1-peer grp ff05::707 "
}

# The host's bridge forwards to where it has heard a listener, from a fifth of a
# second after it has begun to ask. t0 hears the port in use alone.
listener_moves()
{
	wait_for "the host has an address" assigned "$HOST" br0 fe80::/10
	ip -n "$HOST" -b - <<-END
		link set br0 type bridge mcast_query_response_interval 20
		link set br0 type bridge mcast_snooping 1 mcast_querier 1
	END
	tandem rx active
	ip -n "$GUEST" addr add ff05::707/128 dev t0 autojoin nodad
	wait_for "the host's bridge has heard" listens pri
	listens sb && fail "a report came over sb"
	# Up to a second later who joins reports again by himself.
	pause 1.2
	tandem prefer standby
	wait_for "the host's bridge has heard again" listens sb
	watch "$GUEST" t0 protocol ipv6 flower dst_mac 33:33:00:00:07:07 \
		ip_proto icmpv6 type 128
	ip netns exec "$HOST" ping -c 5 -i 0.1 -W 0.5 -I br0 ff05::707 \
		>/dev/null || :
	expect_equal "heard" "$(watched "$GUEST" t0)" 5
}

# captured DEVICE COUNT: so many pings were seen there, and as many answers.
captured()
{
	[ "$(grep -c "echo request" "$LOGS/$1")" = "$2" ] &&
		[ "$(grep -c "echo reply" "$LOGS/$1")" = "$2" ]
}

packet_sockets()
{
	local dev sniffers=()

	command -v tcpdump >/dev/null || { skip "tcpdump is not installed"; return; }
	for dev in t0 pri sb; do
		ip netns exec "$GUEST" tcpdump -Z root -nl --immediate-mode \
			-i "$dev" icmp >"$LOGS/$dev" 2>&1 &
		sniffers+=($!)
		wait_for "tcpdump runs" grep -q "listening on" "$LOGS/$dev"
	done
	answered "$GUEST" 192.0.2.2
	tandem prefer standby
	answered "$GUEST" 192.0.2.2
	wait_for "all are seen on t0" captured t0 40
	wait_for "half of them on pri" captured pri 20
	wait_for "the others on sb" captured sb 20
	kill "${sniffers[@]}"
	wait "${sniffers[@]}" || :
}

# ptp_runs NAMESPACE DEVICE OPTION...: the daemon; as two have the same clock here, none
# is to turn it.
ptp_runs()
{
	ip netns exec "$1" ptp4l -f "$LOGS/ptp.conf" -m -q -l 7 -i "${@:2}" \
		--uds_address="$LOGS/ptp-socket-$2" >"$LOGS/ptp-$2" 2>&1 &
	clocks+=($!)
}

# measured: how often the guest's has, the way to the other and back.
measured()
{
	grep -c "delay *filtered" "$LOGS/ptp-t0"
}

measured_since()
{
	[ "$(measured)" -ge $(($1 + 5)) ]
}

# measures WHEN: it goes on doing so.
measures()
{
	wait_for "it measures $1" measured_since "$(measured)"
}

# It has to find what the port stamped when it was sent, or it calls t0 faulty. A bridge
# does not stamp, so the other one is behind it.
ptp()
{
	local clocks=()

	setup_ns CLOCK
	ip -n "$HOST" link add clock-port type veth peer name clock netns "$CLOCK"
	ip -n "$HOST" link set clock-port master br0 up
	ip -n "$CLOCK" link set clock up
	ip -n "$CLOCK" addr add 192.0.2.3/24 dev clock
	printf '%s\n' "[global]" "time_stamping software" "free_running 1" \
		"tx_timestamp_timeout 1000" \
		"logSyncInterval -3" "logMinDelayReqInterval -3" \
		"logAnnounceInterval -2" >"$LOGS/ptp.conf"
	ptp_runs "$CLOCK" clock --priority1=1
	ptp_runs "$GUEST" t0 -s
	measures "at first"
	tandem prefer standby
	measures "over sb"
	tandem prefer primary
	measures "over pri"
	pri_fails
	measures "after a failure"
	grep "FAULTY\|timed out" "$LOGS/ptp-t0" && fail "t0 was faulty"
	kill "${clocks[@]}"
	wait "${clocks[@]}" || :
}

# Counters of htb, its class and fq are those of all that was sent.
qdiscs()
{
	local sent dropped lines=0

	tc -n "$GUEST" -b - <<-END
		qdisc add dev t0 root handle 1: htb default 10
		class add dev t0 parent 1: classid 1:10 htb rate 100mbit quantum 3000
		qdisc add dev t0 parent 1:10 handle 10: fq
	END
	survives "$GUEST" 192.0.2.2
	while read -r sent dropped; do
		[ "$sent" -ge $((PINGS + 40)) ] || fail "only $sent are counted"
		expect_equal "dropped" "$dropped" 0
		lines=$((lines + 1))
	done < <(printf '%s show dev t0\n' qdisc class |
		tc -n "$GUEST" -s -b - |
		sed -n 's/.* bytes \([0-9]*\) pkt (dropped \([0-9]*\),.*/\1 \2/p')
	expect_equal "counters" "$lines" 3
}

tests_run
