#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The in-tree driver: virtio_net made the master already, the VF joins by itself.
# shellcheck source=/dev/null
. /lab/lib.sh

setup()
{
	local master

	wait_for 10 test -e "/sys/class/net/$(standby)/master" || exit 1
	master=$(readlink "/sys/class/net/$(standby)/master")
	use_master "${master##*/}"
}

"$@"
