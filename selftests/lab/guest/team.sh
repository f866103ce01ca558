#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# team with teamd's active-backup runner; a VF that came back is added again.
# shellcheck source=/dev/null
. /lab/lib.sh

join()
{
	ip link set "$1" down
	teamdctl team0 port add "$1"
	# teamd forgets what it was told about a port that left.
	teamdctl team0 port config update "$1" '{ "prio": 100 }'
}

setup()
{
	local primary
	local secondary

	primary=$(vf)
	secondary=$(standby)
	cat >/run/team0.conf <<-END
	{ "device": "team0", "runner": { "name": "activebackup" },
	  "link_watch": { "name": "ethtool" },
	  "ports": { "$primary": { "prio": 100 }, "$secondary": { "prio": -100 } } }
	END
	teamd -d -f /run/team0.conf >/run/teamd.log 2>&1 || exit 1
	use_master team0
	rejoin join
}

"$@"
