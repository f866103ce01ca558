#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What t0 offers to the stack is what its ports can do, now and when they change; and
# what a port can cut into frames is not cut before.
#
#   +- GUEST ------------+        +- HOST --------------------+
#   |  t0 192.0.2.1      |        |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--veth--|-- pri-peer                |
#   |   '- sb  (standby)-|--veth--|-- sb-peer                 |
#   +--------------------+        +---------------------------+

ALL_TESTS="
	little_without_ports
	all_that_is_done_for_ports
	either_port_is_enough
	own_choice_stays
	off_here_is_off_there
	off_there_is_nobody_elses
	off_for_the_next_as_well
	one_that_a_port_keeps
	longest_packet_of_ports
	vlan_device_follows_ports
	lro_off_in_a_bridge
	lro_off_when_forwarding
	tcp_stays_whole
	vlan_filters_are_the_ports
	tcp_in_a_vlan_stays_whole
	tcp_in_a_vxlan_stays_whole
	tcp_is_cut_for_a_port_that_cannot
	tcp_is_cut_by_command
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UDP=tx-udp-segmentation
SG=tx-scatter-gather
LRO=large-receive-offload
RX=(rx-checksumming receive-hashing generic-receive-offload "$LRO" rx-vlan-offload)

# offload DEVICE FEATURE: on or off, as ethtool calls it.
offload()
{
	ip netns exec "$GUEST" ethtool -k "$1" |
		sed -n "s/^\t*$2: \(o[nf]*\).*/\1/p"
}

# offers DEVICE on|off FEATURE...
offers()
{
	local feature

	for feature in "${@:3}"; do
		expect_equal "$feature of $1" "$(offload "$1" "$feature")" "$2"
	done
}

# change DEVICE [FEATURE on|off]...
change()
{
	ip netns exec "$GUEST" ethtool -K "$@" >/dev/null
}

join()
{
	ip -n "$GUEST" link set "$1" master t0
}

leave()
{
	ip -n "$GUEST" link set "$1" nomaster
}

# Where there is no port nothing can be gathered from several places.
little_without_ports()
{
	local gathered=("$SG" tx-tcp-segmentation tx-tcp6-segmentation "$UDP")

	with_devices pri
	offers t0 off "${gathered[@]}"
	join pri
	offers t0 on "${gathered[@]}"
	leave pri
	offers t0 off "${gathered[@]}"
}

# The core does it as late as possible, for ports that cannot.
all_that_is_done_for_ports()
{
	with_devices pri sb
	pair
	offers t0 on tx-checksum-ip-generic tx-gso-partial tx-gre-segmentation \
		tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation
	offers t0 on tx-vlan-offload rx-vlan-offload rx-vlan-filter \
		tx-vlan-stag-hw-insert rx-vlan-stag-hw-parse rx-vlan-stag-filter
	change pri tx off tso off
	change sb tx off tso off
	offers t0 on tx-checksum-ip-generic tx-tcp-segmentation
}

either_port_is_enough()
{
	with_devices pri sb
	pair
	offers t0 on "$UDP" "$SG"
	change pri "$UDP" off
	offers t0 on "$UDP"
	change sb "$UDP" off
	offers t0 off "$UDP"
	change sb "$UDP" on
	offers t0 on "$UDP"
	leave sb
	offers t0 off "$UDP"
	join sb
	offers t0 on "$UDP"

	change pri sg off
	offers t0 on "$SG" tx-tcp-segmentation
	change sb sg off
	offers t0 off "$SG" tx-tcp-segmentation
	change pri sg on
	offers t0 on "$SG" tx-tcp-segmentation
}

own_choice_stays()
{
	with_devices pri sb
	join pri
	change t0 "$UDP" off
	join sb
	offers t0 off "$UDP"
	change sb "$UDP" off
	change sb "$UDP" on
	offers t0 off "$UDP"
	change t0 "$UDP" on
	offers t0 on "$UDP"
}

# all_off DEVICE, all_on DEVICE: what a NIC does for those who receive.
all_off()
{
	change "$1" rx off rxhash off gro off lro off rxvlan off
}

all_on()
{
	change "$1" rx on rxhash on gro on lro on rxvlan on
}

pair_of_sims()
{
	with_sims pri sb
	pair
}

off_here_is_off_there()
{
	pair_of_sims
	offers t0 on "${RX[@]}"
	all_off t0
	offers t0 off "${RX[@]}"
	offers pri off "${RX[@]}"
	offers sb off "${RX[@]}"
	all_on t0
	offers pri on "${RX[@]}"
	offers sb on "${RX[@]}"
}

# What a port has off by itself is not turned on by what is done to the tandem.
off_there_is_nobody_elses()
{
	pair_of_sims
	change pri rxhash off
	all_off t0
	all_on t0
	offers pri off receive-hashing
	offers pri on rx-checksumming generic-receive-offload
	offers sb on "${RX[@]}"
	leave pri
	offers pri off receive-hashing
}

off_for_the_next_as_well()
{
	pair_of_sims
	all_off t0
	leave pri
	offers pri on "${RX[@]}"
	offers sb off "${RX[@]}"
	join pri
	offers pri off "${RX[@]}"
	ip -n "$GUEST" link del t0
	offers pri on "${RX[@]}"
	offers sb on "${RX[@]}"
}

# goes_on_following: t0 its ports.
goes_on_following()
{
	change pri sg off
	change sb sg off
	offers t0 off "$SG"
	change sb sg on
	offers t0 on "$SG"
	change pri sg on
}

# Nothing else is refused for that. Not LRO: the core itself complains.
one_that_a_port_keeps()
{
	pair_of_sims
	sim sb refuse features
	expect_error "Could not change" change t0 rx off
	offers t0 on rx-checksumming
	offers pri on "${RX[@]}"
	offers sb on "${RX[@]}"
	goes_on_following
	leave sb
	change t0 rx off
	dmesg -c >/dev/null
	join sb
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
	offers pri off rx-checksumming
	offers sb on "${RX[@]}"
	dmesg | grep -q "t0: port sb keeps offloads that are off here" ||
		fail "nothing in the kernel log"
	goes_on_following
}

# longest DEVICE: what may be given to it in one piece.
longest()
{
	link "$GUEST" "$1" tso_max_size
}

# A geneve takes less than a veth.
longest_packet_of_ports()
{
	with_devices pri
	ip -n "$GUEST" link add less type geneve id 7 remote 192.0.2.9
	[ "$(longest less)" -lt "$(longest pri)" ] || fail "nothing to be seen"
	join pri
	expect_equal "with pri" "$(longest t0)" "$(longest pri)"
	join less
	expect_equal "with both" "$(longest t0)" "$(longest less)"
	leave less
	expect_equal "with pri again" "$(longest t0)" "$(longest pri)"
}

# A dummy can gather, but not for a VLAN.
vlan_device_follows_ports()
{
	with_devices pri
	ip -n "$GUEST" link add plain type dummy
	join plain
	ip -n "$GUEST" link add link t0 name t0.5 type vlan id 5
	offers t0 on "$SG"
	offers t0.5 off "$SG"
	join pri
	offers t0.5 on "$SG"
	change pri sg off
	change plain sg off
	offers t0.5 off "$SG"
	change pri sg on
	offers t0.5 on "$SG"
	leave pri
	change plain sg on
	offers t0 on "$SG"
	offers t0.5 off "$SG"
}

# A team offers LRO, also without ports.
with_lro()
{
	with_devices sb
	ip -n "$GUEST" link add pri type team
	join pri
	join sb
	offers t0 on "$LRO"
	offers pri on "$LRO"
}

lro_off_in_a_bridge()
{
	with_lro
	ip -n "$GUEST" link add br7 type bridge
	ip -n "$GUEST" link set t0 master br7
	offers t0 off "$LRO"
	offers pri off "$LRO"
}

lro_off_when_forwarding()
{
	with_lro
	ip netns exec "$GUEST" sysctl -qw net.ipv4.conf.t0.forwarding=1
	offers t0 off "$LRO"
	offers pri off "$LRO"
}

# sent_by PORT packets|bytes
sent_by()
{
	counter "$GUEST" "$1" "tx_$2"
}

# flow ADDRESS PORT: 2 MB by TCP to the host, which have to arrive over this port;
# frame is how long its packets were. A veth counts one that is cut later as one.
flow()
{
	local packets bytes receiver

	packets=$(sent_by "$2" packets)
	bytes=$(sent_by "$2" bytes)
	ip netns exec "$HOST" busybox nc -l -p 5001 >/dev/null &
	receiver=$!
	wait_for "2 MB are sent to $1" ip netns exec "$GUEST" timeout 10 \
		bash -c "dd if=/dev/zero bs=64k count=32 >/dev/tcp/$1/5001"
	wait_for "2 MB have arrived at $1" ended "$receiver"
	kill "$receiver" 2>/dev/null || :
	packets=$(($(sent_by "$2" packets) - packets))
	bytes=$(($(sent_by "$2" bytes) - bytes))
	[ "$bytes" -ge $((2 << 20)) ] || fail "only $bytes bytes over $2"
	frame=$((bytes / (packets ? packets : 1)))
	echo "# $packets packets over $2, $frame bytes each"
}

# whole ADDRESS PORT: packets are longer than a frame of this MTU can be.
whole()
{
	flow "$@"
	[ "$frame" -gt 2000 ] || fail "cut before $2: $frame bytes a packet"
}

# in_frames ADDRESS PORT: they are not.
in_frames()
{
	flow "$@"
	[ "$frame" -le 1514 ] || fail "not cut before $2: $frame bytes a packet"
}

tcp_stays_whole()
{
	bridged
	whole 192.0.2.2 pri
	tandem prefer standby
	wait_active standby
	whole 192.0.2.2 sb
}

# The tag is put into the frame for a port that cannot do it.
tcp_in_a_vlan_stays_whole()
{
	local protocol

	bridged
	for protocol in 802.1Q 802.1ad; do
		vlan_bridged "$protocol"
		whole 198.51.100.2 pri
		change pri txvlan off tx-vlan-stag-hw-insert off
		flow 198.51.100.2 pri
		change pri txvlan on tx-vlan-stag-hw-insert on
		ip -n "$GUEST" link del t0.7
		ip -n "$HOST" link del br0.7
	done
}

# tunnel LOCAL REMOTE GUESTDEV HOSTDEV: a VXLAN over those, 203.0.113.1 and 203.0.113.2
tunnel()
{
	ip -n "$GUEST" -b - <<-END
		link add vx type vxlan id 7 local $1 remote $2 dstport 4789 dev $3
		link set vx up
		addr add 203.0.113.1/24 dev vx
	END
	ip -n "$HOST" -b - <<-END
		link add vx type vxlan id 7 local $2 remote $1 dstport 4789 dev $4
		link set vx up
		addr add 203.0.113.2/24 dev vx
	END
	whole 203.0.113.2 pri
	ip -n "$GUEST" link del vx
	ip -n "$HOST" link del vx
}

tcp_in_a_vxlan_stays_whole()
{
	bridged
	tunnel 192.0.2.1 192.0.2.2 t0 br0
	vlan_bridged 802.1Q
	tunnel 198.51.100.1 198.51.100.2 t0.7 br0.7
}

# Turned off here they would go on filtering there.
vlan_filters_are_the_ports()
{
	local filter

	with_devices pri
	for filter in rx-vlan-filter rx-vlan-stag-filter; do
		ip netns exec "$GUEST" ethtool -k t0 |
			grep -q "^$filter: on \[fixed\]" || fail "$filter can be changed"
	done
}

# At last one that can neither sum up nor gather, beside one that can.
tcp_is_cut_for_a_port_that_cannot()
{
	bridged
	change pri tso off
	in_frames 192.0.2.2 pri
	change pri tx off sg off
	offers t0 on "$SG"
	in_frames 192.0.2.2 pri
	change pri tx on sg on tso on
	whole 192.0.2.2 pri
}

tcp_is_cut_by_command()
{
	bridged
	change t0 tso off
	in_frames 192.0.2.2 pri
	change t0 tso on
	whole 192.0.2.2 pri
}

tests_run
