#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bonding, active-backup, miimon 100; a VF that came back is enslaved again.
# shellcheck source=/dev/null
. /lab/lib.sh

join()
{
	ip link set "$1" down
	ip link set "$1" master bond0
}

setup()
{
	modprobe bonding
	ip link add bond0 type bond mode active-backup miimon 100 || exit 1
	ip link set "$(standby)" master bond0 || exit 1
	ip link set "$(vf)" master bond0 || exit 1
	ip link set bond0 type bond primary "$(vf)" || exit 1
	use_master bond0
	rejoin join
}

prefer()
{
	local words="link set $1 type bond active_slave"

	turns "$2" "$words $(standby)" "$words $(vf)" | ip -batch -
}

updelay()
{
	ip link set "$1" type bond updelay "$2"
}

"$@"
