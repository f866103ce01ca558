#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tandem made by hand: the standby is enslaved, the VF joins by itself.
# shellcheck source=/dev/null
. /lab/lib.sh

joined()
{
	[ -e "/sys/class/net/$(vf)/master" ]
}

setup()
{
	ip link add tandem0 type tandem || exit 1
	ip link set "$(standby)" master tandem0 || exit 1
	use_master tandem0
	wait_for 5 joined || exit 1
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
