#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# netconsole over t0: each line reaches the host once, whichever port transmits.
#
#   +- GUEST ------------+       +- HOST --------------------+
#   |  t0 192.0.2.1      |       |  br0 192.0.2.2            |
#   |   |- pri (primary)-|--sim--|-- pri-peer                |
#   |   '- sb  (standby)-|--sim--|-- sb-peer                 |
#   +--------------------+       +---------------------------+

ALL_TESTS="
	over_either_port
	through_switches
	over_a_port_that_comes_later
	when_one_is_closed
	ends_with_the_master
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

only_in_the_lab

# A veth cannot be polled any more (6.12).
# shellcheck disable=SC2034 # lib.sh reads it
KIND=tandem_sim
LOG=/run/tandem-netpoll
config=/run/tandem-config
target=$config/netconsole/tandem
listener=

setup()
{
	modprobe netconsole
	mkdir -p $config
	mount -t configfs none $config
	mkdir $target
	dmesg -n 7
}

teardown()
{
	if [ -d $target ]; then
		rmdir $target
		umount $config
	fi
	dmesg -n 1
	if [ -n "$listener" ]; then
		kill "$listener" 2>/dev/null
		wait "$listener" || :
	fi
	listener=
	rm -f "$LOG"
}

# aim: at the host's bridge.
aim()
{
	echo t0 >"$target/dev_name"
	echo 192.0.2.1 >"$target/local_ip"
	echo 192.0.2.2 >"$target/remote_ip"
	echo 02:00:00:00:00:02 >"$target/remote_mac"
}

enable()
{
	ip netns exec "$GUEST" bash -c "echo 1 >$target/enabled"
}

# logging: a bridged pair, and what the kernel says goes to the host.
logging()
{
	bridged
	: >"$LOG"
	ip netns exec "$HOST" tcpdump -Z root -nlA --immediate-mode -i br0 \
		udp port 6666 >"$LOG" 2>&1 &
	listener=$!
	wait_for "tcpdump runs" grep -q "listening on" "$LOG"
	aim
	expect "netconsole uses t0" enable
}

# say FIRST LAST: a line each, a hundred a second.
say()
{
	local i

	for ((i = $1; i <= $2; i++)); do
		echo "<4>line $i of the test" >/dev/kmsg
		pause 0.01
	done
}

has_come()
{
	grep -q "line $1 of the test" "$LOG"
}

# all_once COUNT
all_once()
{
	local numbers

	wait_for "line $1" has_come "$1"
	numbers=$(sed -n 's/.*line \([0-9]*\) of the test.*/\1/p' "$LOG")
	expect_equal "lines" "${numbers//$'\n'/ }" "$(seq -s ' ' "$1")"
}

over_either_port()
{
	logging
	watch "$HOST" pri-peer protocol ip flower ip_proto udp dst_port 6666
	watch "$HOST" sb-peer protocol ip flower ip_proto udp dst_port 6666
	say 1 10
	wait_for "ten over pri" watched_at_least "$HOST" pri-peer 10
	expect_equal "over sb" "$(watched "$HOST" sb-peer)" 0
	tandem prefer standby
	wait_active standby
	say 11 20
	wait_for "ten over sb" watched_at_least "$HOST" sb-peer 10
	all_once 20
}

# The kernel logs each switch as well.
through_switches()
{
	local speaker rounds=0

	logging
	say 1 300 &
	speaker=$!
	until ended "$speaker"; do
		tandem prefer standby
		tandem prefer primary
		rounds=$((rounds + 1))
	done
	wait "$speaker"
	echo "# $rounds rounds"
	[ "$rounds" -ge 5 ] || fail "only $rounds rounds"
	all_once 300
}

over_a_port_that_comes_later()
{
	logging
	ip -n "$GUEST" link set pri nomaster
	say 1 5
	ip -n "$GUEST" link set pri master t0
	wait_active primary
	ip -n "$GUEST" link set sb nomaster
	say 6 10
	all_once 10
}

when_one_is_closed()
{
	logging
	ip -n "$GUEST" link set pri down
	wait_active standby
	say 1 10
	all_once 10
}

ends_with_the_master()
{
	logging
	say 1 1
	all_once 1
	ip -n "$GUEST" link del t0
	wait_for "netconsole has let go" grep -qx 0 "$target/enabled"
}

tests_run
