#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is set for the VF with ethtool through t0: it reaches the primary, now and when
# it comes back, and a port that leaves gets back what it had. And what other drivers
# (RDMA) ask of t0.
#
#   +- GUEST --------------------------+
#   |   t0 (tandem)                    |
#   |    |- pri (tandem_sim, primary)  |
#   |    '- sb  (tandem_sim, standby)  |
#   +----------------------------------+
#
#   +- the lab's guest --------------------------+
#   |   t0 10.77.0.2, with the MAC of the VF     |
#   |    |- VF (PCI, primary)                    |
#   |    '- virtio NIC (standby)                 |
#   +--------------------------------------------+

ALL_TESTS="
	reach_the_primary_alone
	shown_of_the_port_that_transmits
	given_back
	given_to_the_next_primary
	follow_the_role
	one_that_is_refused
	refused_by_the_next_primary
	beyond_what_the_primary_can
	coalescing_that_the_port_lacks
	kept_when_the_vf_is_unplugged
	told_which_port_transmits
	xps_of_the_port
	mqprio_on_the_port
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

find_devices

teardown()
{
	devices_free
}

pair_of_sims()
{
	with_sims pri sb
	pair
}

# set_on DEVICE OPTION WORD...: of ethtool
set_on()
{
	ip netns exec "$GUEST" ethtool "$2" "$1" "${@:3}"
}

# shown DEVICE OPTION NAME: what ethtool tells; not the highest that could be.
shown()
{
	ip netns exec "$GUEST" ethtool "$2" "$1" |
		awk -v name="$3:" '$1 == name { value = $2 } END { print value }'
}

# all_of DEVICE: channels, rings, coalescing and flow control.
all_of()
{
	echo "$(shown "$1" -l Combined) $(shown "$1" -g RX) $(shown "$1" -g TX)" \
		"$(shown "$1" -c rx-usecs) $(shown "$1" -c tx-frames)" \
		"$(shown "$1" -a RX) $(shown "$1" -a TX)"
}

untouched="1 256 256 0 0 off off"
changed="4 512 256 30 8 off on"

# change DEVICE: some of them.
change()
{
	set_on "$1" -L combined 4
	set_on "$1" -G rx 512
	set_on "$1" -C rx-usecs 30 tx-frames 8
	set_on "$1" -A tx on
}

reach_the_primary_alone()
{
	pair_of_sims
	expect_equal "pri at first" "$(all_of pri)" "$untouched"
	change t0
	expect_equal "pri" "$(all_of pri)" "$changed"
	expect_equal "sb" "$(all_of sb)" "$untouched"
}

# What is changed while the standby shows its own leaves the primary the rest.
shown_of_the_port_that_transmits()
{
	pair_of_sims
	change t0
	expect_equal "t0 over pri" "$(all_of t0)" "$changed"
	tandem prefer standby
	expect_equal "t0 over sb" "$(all_of t0)" "$untouched"
	set_on t0 -G tx 1024
	expect_equal "pri" "$(all_of pri)" "${changed/512 256/512 1024}"
	expect_equal "sb" "$(all_of sb)" "$untouched"
}

given_back()
{
	pair_of_sims
	set_on pri -G tx 128
	change t0
	ip -n "$GUEST" link set pri nomaster
	expect_equal "pri" "$(all_of pri)" "${untouched/256 256/256 128}"
	ip -n "$GUEST" link set pri master t0
	expect_equal "pri again" "$(all_of pri)" "${changed/512 256/512 128}"
	ip -n "$GUEST" link del t0
	expect_equal "pri without t0" "$(all_of pri)" "${untouched/256 256/256 128}"
}

given_to_the_next_primary()
{
	pair_of_sims
	change t0
	ip -n "$GUEST" link del pri
	change t0
	set_on t0 -G tx 1024
	ip -n "$GUEST" link add next type tandem_sim
	ip -n "$GUEST" link set next master t0
	expect_equal "next" "$(all_of next)" "${changed/512 256/512 1024}"
	expect_equal "sb" "$(all_of sb)" "$untouched"
}

follow_the_role()
{
	pair_of_sims
	change t0
	ip -n "$GUEST" link set sb type tandem_slave role primary
	expect_equal "pri" "$(all_of pri)" "$untouched"
	expect_equal "sb" "$(all_of sb)" "$changed"
}

one_that_is_refused()
{
	pair_of_sims
	sim pri refuse "channels ring coalesce pause"
	expect_error "Input/output error" set_on t0 -L combined 4
	expect_error "Input/output error" set_on t0 -G rx 512
	expect_error "Input/output error" set_on t0 -C rx-usecs 30
	expect_error "Input/output error" set_on t0 -A tx on
	expect_equal "pri" "$(all_of pri)" "$untouched"
	sim pri refuse ""
	ip -n "$GUEST" link set pri nomaster
	ip -n "$GUEST" link set pri master t0
	expect_equal "pri again" "$(all_of pri)" "$untouched"
}

# It is used nevertheless, and the kernel log says so.
refused_by_the_next_primary()
{
	pair_of_sims
	change t0
	ip -n "$GUEST" link set pri nomaster
	sim pri refuse "ring"
	dmesg -c >/dev/null
	ip -n "$GUEST" link set pri master t0
	expect_equal "pri" "$(all_of pri)" "${changed/512/256}"
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	dmesg | grep -q "t0: port pri refuses what was set for its rings" ||
		fail "nothing in the kernel log"
}

# The standby is a veth, which has other kinds of channels.
beyond_what_the_primary_can()
{
	with_sims pri
	ip -n "$GUEST" link add sb numtxqueues 9 numrxqueues 9 \
		type veth peer name sb-peer numtxqueues 9 numrxqueues 9
	ip -n "$GUEST" link set sb-peer up
	pair
	tandem prefer standby
	expect_error "Invalid argument" set_on t0 -L rx 2
	expect_equal "channels of pri" "$(shown pri -l Combined)" 1
}

coalescing_that_the_port_lacks()
{
	pair_of_sims
	expect_error "not supported" set_on t0 -C adaptive-rx on
	expect_equal "pri" "$(all_of pri)" "$untouched"
}

kept_when_the_vf_is_unplugged()
{
	local before

	devices_paired
	before=$(shown "$vf" -g RX)
	set_on t0 -G rx $((before * 2))
	expect_equal "of the VF" "$(shown "$vf" -g RX)" $((before * 2))
	unbind
	bind
	wait_active primary
	expect_equal "of the VF that is back" "$(shown "$vf" -g RX)" $((before * 2))
	ip link set "$vf" nomaster
	expect_equal "of the VF on its own" "$(shown "$vf" -g RX)" "$before"
}

told_which_port_transmits()
{
	pair_of_sims
	expect_equal "on pri" "$(sim sb transmits)" pri
	tandem prefer standby
	expect_equal "on sb" "$(sim sb transmits)" sb
	ip -n "$GUEST" link set t0 down
	expect_equal "closed" "$(sim sb transmits)" none
}

# sent_by_queue PORT NUMBER: packets, as its qdisc has counted them.
sent_by_queue()
{
	tc -n "$GUEST" -s class show dev "$1" |
		sed -n "/:$(printf %x "$2") /{n;s/.* \([0-9]*\) pkt.*/\1/p}"
}

# goes_by_queue NUMBER WORD...: of pri do ten pings with these words.
goes_by_queue()
{
	local before

	before=$(sent_by_queue pri "$1")
	ip netns exec "$GUEST" ping -c 10 -i 0.01 -W 0.01 "${@:2}" 192.0.2.2 \
		>/dev/null || :
	expect_equal "by queue $1" $(($(sent_by_queue pri "$1") - before)) 10
}

# four_queues: of pri, and nothing is sent but pings.
four_queues()
{
	with_sims pri sb
	tandem notify_peers 0
	pair
	ip netns exec "$GUEST" sysctl -qw net.ipv6.conf.t0.disable_ipv6=1
	set_on t0 -L combined 4
	ip -n "$GUEST" -b - <<-END
		addr add 192.0.2.1/24 dev t0
		neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev t0
	END
}

there_and_back()
{
	tandem prefer standby
	tandem prefer primary
}

# What a CPU sends leaves by the queue that is meant for it.
xps_of_the_port()
{
	local cpus file=/sys/class/net/pri/queues/tx-2/xps_cpus

	four_queues
	cpus=$(printf %x $(((1 << $(nproc)) - 1)))
	ip netns exec "$GUEST" bash -c "echo $cpus >$file"
	goes_by_queue 3
	there_and_back
	goes_by_queue 3
	expect_equal "cpus" "$(ip netns exec "$GUEST" cat "$file")" "$cpus"
}

# The type of service becomes a priority, and that a class.
mqprio_on_the_port()
{
	four_queues
	tc -n "$GUEST" qdisc replace dev pri root mqprio num_tc 2 \
		map 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 queues 1@0 1@1 hw 0
	goes_by_queue 1
	goes_by_queue 2 -Q 0x10
	there_and_back
	goes_by_queue 1
	goes_by_queue 2 -Q 0x10
}

tests_run
