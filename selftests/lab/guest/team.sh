#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# team with teamd's active-backup runner; a VF that came back is added again.
# shellcheck source=/dev/null
. /lab/lib.sh

join()
{
	ip link set "$1" down
	teamdctl team0 port add "$1"
	# teamd 1.31 does not go back by itself to a port that left and returned.
	wait_for 5 has_carrier "$1" &&
		teamdctl team0 state item set runner.active_port "$1"
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

prefer()
{
	turns "$2" "$(standby)" "$(vf)" | while read -r port; do
		teamdctl "$1" state item set runner.active_port "$port" ||
			return
	done
}

"$@"
