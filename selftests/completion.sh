#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bash completion of what tandem adds to ip(8).
#
#   +- GUEST --------+
#   |  t0 (tandem)   |
#   +----------------+

ALL_TESTS="
	settings
	values
	roles
	history
	kinds
	nothing_of_others
"

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

completion=$(dirname "$(readlink -f "$0")")/../tools/ip/completion.bash
[ -e "$completion" ] || completion=/etc/bash_completion.d/tandem
# shellcheck source=/dev/null
. "$completion"

setup()
{
	with_devices
}

# completes LINE WANTED: what is offered for its last word.
completes()
{
	local words

	read -ra words <<<"$1"
	[[ $1 != *" " ]] || words+=("")
	COMP_WORDS=("${words[@]}")
	COMP_CWORD=$((${#words[@]} - 1))
	_tandem_ip ip "${words[COMP_CWORD]}" "${words[COMP_CWORD - 1]}"
	expect_equal "$1" "${COMPREPLY[*]}" "$2"
}

settings()
{
	completes "ip link set t0 type tandem re" "reselect"
	completes "ip -d link add t1 type tandem notify_" \
		"notify_peers notify_interval"
	completes "ip link set t0 type tandem updelay 5 updel" ""
	completes "ip link set t0 type tandem damp_count 5 damp_" \
		"damp_window damp_time damp_max"
}

values()
{
	completes "ip link set t0 type tandem reselect " "always failure"
	completes "ip link set t0 type tandem prefer s" "standby"
	completes "ip link set t0 type tandem updelay " ""
}

roles()
{
	completes "ip link set eth1 type tandem_slave " "role"
	completes "ip link set eth1 type tandem_slave role " "primary standby"
}

history()
{
	completes "ip link xs" "xstats"
	completes "ip link xstats " "type"
	completes "ip link xstats type tandem " "dev help"
	completes "ip -n $GUEST link xstats type tandem dev " "t0"
}

kinds()
{
	completes "ip link add t1 type tan" "tandem"
	completes "ip link help tan" "tandem tandem_slave"
}

nothing_of_others()
{
	completes "ip addr add " ""
	completes "ip link add t1 type vlan " ""
}

tests_run
