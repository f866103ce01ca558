#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the driver scripts share. Each of them answers to "setup", leaves one
# master with the guest's address and prints its name; and, if it can, to
# "prefer MASTER COUNT", moving traffic to the standby and back so many times, and
# to "updelay MASTER MS", waiting so long with a VF that is up.

ADDRESS=10.77.0.2/24

# The VF sits behind the root port, the standby on the root bus.
is_vf()
{
	[[ "$(readlink -f "/sys/class/net/$1/device")" == */pci0000:00/*/0000:0[1-9]:* ]]
}

vf()
{
	local path

	for path in /sys/class/net/*/device; do
		path=${path%/device}
		is_vf "${path##*/}" && echo "${path##*/}" && return
	done
	return 1
}

# A failover master has the virtio device as its parent, too: the standby is
# the one that has a master itself.
standby()
{
	local path found=

	for path in /sys/class/net/*/device; do
		path=${path%/device}
		is_vf "${path##*/}" && continue
		found=${path##*/}
		[ -e "$path/master" ] && break
	done
	echo "$found"
}

# wait_for SECONDS COMMAND...: poll with a deadline.
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -gt "$end" ] && return 1
		read -r -t 0.05 _ <>/run/never
	done
	return 0
}

# turns COUNT THERE BACK: print these two lines by turns, with a rest after each,
# for a program that does what it reads.
turns()
{
	local i

	for ((i = 0; i < 2 * $1; i++)); do
		if ((i % 2)); then echo "$3"; else echo "$2"; fi
		read -r -t 0.2 _ <>/run/never
	done
}

# For a driver that cannot.
updelay()
{
	:
}

has_carrier()
{
	[ "$(cat "/sys/class/net/$1/carrier" 2>/dev/null)" = 1 ]
}

use_master()
{
	ip link set "$1" up
	ip addr add "$ADDRESS" dev "$1"
	wait_for 10 has_carrier "$1"
	echo "$1"
}

# What a user has to run beside bonding and team: calls "$@ VF" whenever there
# is a VF without a master. Goes to the background.
rejoin()
{
	local name

	ip monitor link </dev/null 2>/dev/null | while read -r _; do
		name=$(vf) && [ ! -e "/sys/class/net/$name/master" ] && "$@" "$name"
	done >/dev/null 2>&1 &
}
