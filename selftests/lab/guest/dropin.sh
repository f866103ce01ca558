#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tandem by the drop-in: for the guest's user no different from the in-tree
# driver, so the same steps, after a look at whether it really is tandem.
# shellcheck source=/dev/null
. /lab/lib.sh

setup()
{
	local master

	master=$(bash /lab/net_failover.sh setup) || exit 1
	ethtool -i "$master" | grep -qx 'driver: tandem' || exit 1
	echo "$master"
}

prefer()
{
	local words="link set $1 type tandem prefer"

	turns "$2" "$words standby" "$words primary" | ip -batch -
}

updelay()
{
	ip link set "$1" type tandem updelay "$2"
}

"$@"
