# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of tandem-doctor share, beside lib.sh.

doctor=$(dirname "$(readlink -f "$0")")/../tools/tandem-doctor
[ -x "$doctor" ] || doctor=$(type -P tandem-doctor)
updates=/lib/modules/$(uname -r)/updates

# Programs that the doctor is to find instead of the real ones; remove_stubs() is
# for teardown().
stubs=
path=$PATH

# stub NAME: it is a script, which comes from standard input.
stub()
{
	[ -n "$stubs" ] || stubs=$(mktemp -d)
	PATH=$stubs:$path
	{
		echo "#!/bin/bash"
		cat
	} >"$stubs/$1"
	chmod +x "$stubs/$1"
}

remove_stubs()
{
	PATH=$path
	[ -z "$stubs" ] || rm -r "$stubs"
	stubs=
}

# examine STATUS [COMMAND...]: let the doctor look, by default with no arguments,
# and leave in said what it says. In JSON it has to say the same.
examine()
{
	local wanted=$1 status=0 answers=(true false null)

	shift
	[ $# -gt 0 ] || set -- "$doctor"
	said=$("$@" 2>&1) || status=$?
	expect_equal "exit status of $*" "$status" "$wanted"
	status=0
	told=$("$@" --json 2>&1) || status=$?
	expect_equal "exit status of $* --json" "$status" "$wanted"
	is_json "$told" || fail "no JSON: $told"
	[[ $told == "{\"in_use\":${answers[wanted]},"* ]] ||
		fail "in_use is not ${answers[wanted]}: $told"
}

# examine_guest STATUS [ARGUMENT...]: in GUEST.
examine_guest()
{
	examine "$1" ip netns exec "$GUEST" "$doctor" "${@:2}"
}

# diagnosed CHECK VERDICT TEXT [ADVICE]: a line of the check begins like that, and
# so does the advice.
diagnosed()
{
	local line

	printf -v line '  %-9s %-7s  %s' "$1" "$2" "$3"
	if ! line=$(grep -F -A 1 -- "$line" <<<"$said"); then
		fail "not '$2: $3' but: $(grep -A 1 "^  $1 " <<<"$said" || :)"
		return
	fi
	[ -z "$4" ] || [[ $line == *"-> $4"* ]] ||
		fail "not advised '$4' but: $line"
	line="{\"check\":\"$1\",\"verdict\":\"$2\",\"text\":\"$3"
	[[ $told == *"$line"*"\",\"advice\":\"$4"* ]] ||
		fail "JSON lacks '$2: $3', '$4': $told"
}

# not_diagnosed TEXT
not_diagnosed()
{
	[[ $said != *"$1"* ]] || fail "wrongly: $(grep -F -- "$1" <<<"$said")"
}

# follow COMMAND: the doctor's advice contains it, and it is given.
follow()
{
	[[ $said == *"-> "*"$1"* ]] || fail "not advised: $1"
	eval "$1" || fail "does not help: $1"
}

# without_module NAME COMMAND...: it is not installed meanwhile.
without_module()
{
	mv "$updates/$1.ko" "/run/$1.ko"
	depmod
	"${@:2}"
	mv "/run/$1.ko" "$updates/$1.ko"
	depmod
}

# Out with virtio_net, which needs net_failover, and that tandem.
unload()
{
	modprobe -r virtio_net
	if [ -e /sys/module/tandem ]; then
		rmmod tandem
	fi
}

# load_stock: loaded by path, the kernel's own module is what virtio_net finds.
load_stock()
{
	unload
	modprobe failover
	insmod "/lib/modules/$(uname -r)/kernel/drivers/net/net_failover.ko"
	modprobe virtio_net
}

# load_ours: whichever was there.
load_ours()
{
	unload
	modprobe -r failover
	modprobe virtio_net
}

# replayed FILE: that is how the links were.
replayed()
{
	local ip

	ip=$(type -P ip)
	stub ip <<-END
		[ "\$*" = "-d -o link show" ] && exec cat "$1"
		exec "$ip" "\$@"
	END
}

# checks: in their order, each once.
checks()
{
	awk '/^  [a-z]/ && $1 != last { printf " %s", last = $1 }' <<<"$said"
}
