#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Commands from the virtio port "lab": sourced by init, a service where Debian is.
#
# A command comes as one line, "ID BASE64", and is run by bash. Its output goes
# back in lines that begin with "o ", its end as "x ID STATUS". The host may
# vanish and come back (that is what a migration looks like from in here).

# Poll step. Reading from a pipe nobody writes to costs no process.
pause()
{
	read -r -t 0.05 _ <>/run/never
}

find_port()
{
	local port

	for port in /sys/class/virtio-ports/*; do
		[ "$(cat "$port/name" 2>/dev/null)" = lab ] && echo "/dev/${port##*/}"
	done
}

serve()
{
	local id script

	while true; do
		# End of file: nobody is connected on the other side.
		read -r id script <&3 || { pause; continue; }
		base64 -d <<<"$script" >"/tmp/cmd.$id"
		# Not sed -u, which asks the kernel for each byte by itself. Lines
		# of over 4096 bytes this mawk has been seen to garble.
		(exec 3>&-; exec bash "/tmp/cmd.$id") </dev/null 2>&1 |
			mawk -W interactive '{ print "o " $0 }' >&3
		printf '\nx %s %s\n' "$id" "${PIPESTATUS[0]}" >&3
		rm -f "/tmp/cmd.$id"
	done
}

answer()
{
	local port=

	[ -e /run/never ] || mkfifo /run/never
	until [ -c "$port" ]; do
		pause
		port=$(find_port)
	done
	exec 3<>"$port"
	printf '\nready\n' >&3
	serve
}

[ "$0" != "${BASH_SOURCE[0]}" ] || answer
