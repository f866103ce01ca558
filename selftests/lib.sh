# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests share. A test script sets ALL_TESTS to the names of its test
# functions, sources this file and ends with tests_run. Around each test
# setup() is called, if there is one, and what it made is removed.
#
# TESTS="one two" ./script.sh runs only these; PAUSE_ON_FAIL=yes leaves the
# topology of a failed test alone until return is pressed.

export LC_ALL=C

# Seconds until something that should happen counts as not happening.
WAIT=${WAIT:-10}

namespaces=()
failures=()

# A command that fails where nobody looks makes its test fail.
set -E
trap 'fail "line ${BASH_LINENO[0]}: $BASH_COMMAND"' ERR

# setup_ns VARIABLE...: make a network namespace for each and put its name in
# the variable.
setup_ns()
{
	local var name

	for var; do
		name="$(mktemp -u "tandem-${var,,}-XXXXXX")"
		ip netns add "$name"
		ip -n "$name" link set lo up
		namespaces+=("$name")
		printf -v "$var" %s "$name"
	done
}

cleanup()
{
	local name

	for name in "${namespaces[@]}"; do
		if [ -n "$name" ]; then
			ip netns del "$name"
		fi
	done
	namespaces=()
	if declare -F teardown >/dev/null; then
		teardown
	fi
}

# fail TEXT: the running test fails, and goes on.
fail()
{
	failures+=("$1")
}

# skip TEXT: the running test cannot be done here.
skip()
{
	skipped=" # SKIP $1"
}

# wait_for TEXT COMMAND...: poll until the command succeeds; fail with the text
# if it does not in time.
wait_for()
{
	local text=$1 deadline=$((SECONDS + WAIT))

	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS > deadline)); then
			fail "waited in vain: $text"
			break
		fi
		pause 0.05
	done
}

# expect TEXT COMMAND...: the command has to succeed.
expect()
{
	local text=$1

	shift
	"$@" >/dev/null || fail "$text"
}

# expect_once TEXT COMMAND...: the command has to succeed once in twelve attempts.
# For what can be seen only for a moment, and a slow machine may miss.
expect_once()
{
	local text=$1 i

	shift
	for i in {1..12}; do
		if "$@"; then
			return
		fi
	done
	fail "not once in $i attempts: $text"
}

# expect_equal TEXT VALUE WANTED
expect_equal()
{
	[ "$2" = "$3" ] || fail "$1: $2 instead of $3"
}

# expect_error TEXT COMMAND...: the command has to fail and to say so with this
# text.
expect_error()
{
	local text=$1 said

	shift
	if said=$("$@" 2>&1); then
		fail "not refused: $*"
	elif [[ $said != *"$text"* ]]; then
		fail "refused with '$said' instead of '$text': $*"
	fi
}

# expect_refused TEXT COMMAND...: the same, and all links of the test's
# namespaces have to stay as they were.
expect_refused()
{
	local before said

	before=$(links)
	expect_error "$@"
	said=$(diff -U 0 <(echo "$before") <(links)) ||
		fail "refused, but something changed: ${*:2}: $said"
}

# All links with everything that can be set, without what moves by itself.
links()
{
	local name

	{
		for name in "${namespaces[@]}"; do
			ip -n "$name" -d link
		done
		ip -d link
	} | sed -E 's/NO-CARRIER,|,(LOWER_UP|M-DOWN)//g; s/ state [A-Z]+//
		s/ (since|wait) [^ ]+//g'
}

# with_devices NAME...: a tandem t0 in GUEST and devices that can be its ports,
# all with carrier once they are up.
with_devices()
{
	local port

	setup_ns GUEST
	for port; do
		ip -n "$GUEST" link add "$port" type veth peer name "$port-peer"
		ip -n "$GUEST" link set "$port-peer" up
	done
	ip -n "$GUEST" link add t0 type tandem
}

# with_sims NAME...: the same, with NICs that can be told what to refuse.
with_sims()
{
	local port

	setup_ns GUEST
	for port; do
		ip -n "$GUEST" link add "$port" type tandem_sim
	done
	ip -n "$GUEST" link add t0 type tandem
}

# sims PARAMETER WORDS: what is true of each that is made from now on.
sims()
{
	modprobe tandem_sim
	echo "$2" >"/sys/module/tandem_sim/parameters/$1"
}

# sim NAME ATTRIBUTE [VALUE]: of one in the guest; sets it, or tells.
sim()
{
	local file="/sys/class/net/$1/sim/$2"

	if [ $# = 2 ]; then
		ip netns exec "$GUEST" cat "$file"
	else
		# shellcheck disable=SC2016 # expanded there
		ip netns exec "$GUEST" bash -c 'echo "$2" >"$1"' bash "$file" "$3"
	fi
}

# pair: pri and sb are the ports of t0, and it is up.
pair()
{
	ip -n "$GUEST" link set pri master t0
	ip -n "$GUEST" link set sb master t0
	ip -n "$GUEST" link set t0 up
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
}

# tandem WORD VALUE...: set them on t0.
tandem()
{
	ip -n "$GUEST" link set t0 type tandem "$@"
}

# link NAMESPACE DEVICE WORD: the value behind a word of "ip -d -o link".
link()
{
	local text

	text=$(ip -n "$1" -d -o link show dev "$2") || return
	if [[ $text =~ .*[\ \\]$3\ ([^ ]*) ]]; then
		echo "${BASH_REMATCH[1]}"
	fi
}

# braces NAMESPACE DEVICE WORD: what stands in the braces behind a word of it.
braces()
{
	ip -n "$1" -d -o link show dev "$2" |
		sed -n "s/.* $3 { \([^}]*\) } .*/\1/p"
}

# in_json DEVICE TEXT: it is in what ip tells of the guest's device in JSON.
in_json()
{
	ip -n "$GUEST" -d -j link show dev "$1" | grep -qF "$2"
}

# is_json TEXT: without blanks. An array or object leaves as much as a string or number
# does, until there is nothing else.
is_json()
{
	local string='"([^"\\[:cntrl:]]|\\["\\bfnrt]|\\u[0-9a-f]{4})*"'

	[ "$(sed -E "s/$string/s/g; s/\b(true|false|null)\b/s/g
		s/-?[0-9]+(\.[0-9]+)?/s/g; :again
		s/\{(s:s(,s:s)*)?\}|\[(s(,s)*)?\]/s/; t again" <<<"$1")" = s ]
}

# records [dev DEVICE]: the last switches of the guest's tandems, a line of each.
records()
{
	ip -n "$GUEST" link xstats type tandem "$@"
}

# recorded WORD: of the last switch of t0, the value behind a word.
recorded()
{
	records dev t0 | tail -n 1 | sed -n "s/.* $1 \([^ ]*\).*/\1/p"
}

# lingered: frames have waited after the last switch of t0, and do so no longer.
lingered()
{
	[ "$(recorded linger_us)" -gt 0 ]
}

# last_was FROM TO CAUSE PLANNED: the last switch of t0; a port is written as
# "primary (pri)", PLANNED is planned or unplanned.
last_was()
{
	local text

	text=$(records dev t0 | tail -n 1)
	[[ $text == *" from $1 to $2 cause $3 $4 hold_us "* ]] ||
		fail "not from $1 to $2, $3, $4, but: $text"
	expect_equal "cause" "$(link "$GUEST" t0 cause)" "$3"
	expect "and in JSON" in_json t0 "\"cause\":\"$3\""
}

# is NAMESPACE DEVICE WORD VALUE
is()
{
	[ "$(link "$1" "$2" "$3")" = "$4" ]
}

# has_flag NAMESPACE DEVICE FLAG
has_flag()
{
	ip -n "$1" link show dev "$2" | grep -q "[<,]$3[,>]"
}

# lacks_flag NAMESPACE DEVICE FLAG
lacks_flag()
{
	! has_flag "$@"
}

# has_carrier DEVICE: in the namespace the script runs in.
has_carrier()
{
	ip link show dev "$1" | grep -q "[<,]LOWER_UP[,>]"
}

# device_on BUS: the first network device with a parent there.
device_on()
{
	local path

	for path in /sys/class/net/*; do
		case $(readlink "$path/device/subsystem") in
		*/"$1") basename "$path" && return ;;
		esac
	done
}

# told_down NAMESPACE DEVICE: the core has told of the loss of its carrier. To
# ask with "ip link show" would make it tell.
told_down()
{
	ip netns exec "$1" grep -qx down "/sys/class/net/$2/operstate"
}

# statistic NAMESPACE DEVICE NAME: one of those of "ethtool -S".
statistic()
{
	ip netns exec "$1" ethtool -S "$2" | sed -n "s/^ *$3: //p"
}

# counter NAMESPACE DEVICE NAME: one of the device's counters, 0 if it is gone.
counter()
{
	ip netns exec "$1" cat "/sys/class/net/$2/statistics/$3" 2>/dev/null ||
		echo 0
}

# watch NAMESPACE DEVICE MATCH...: count the frames the device hands to the
# stack that match (words of tc-flower(8)), from now on.
watch()
{
	local name=$1 dev=$2

	shift 2
	if ! tc -n "$name" qdisc show dev "$dev" | grep -q clsact; then
		tc -n "$name" qdisc add dev "$dev" clsact
	fi
	# Not replaced: that cannot change what a filter looks at.
	if tc -n "$name" filter show dev "$dev" ingress | grep -q "pref 1 "; then
		tc -n "$name" filter del dev "$dev" ingress pref 1
	fi
	tc -n "$name" filter add dev "$dev" ingress pref 1 handle 1 \
		"$@" action gact pass
}

# watched NAMESPACE DEVICE: how many they were.
watched()
{
	tc -n "$1" -s filter show dev "$2" ingress pref 1 |
		sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p'
}

# watched_at_least NAMESPACE DEVICE COUNT
watched_at_least()
{
	[ "$(watched "$1" "$2")" -ge "$3" ]
}

# watch_arp DEVICE ADDRESS: count gratuitous ARP on the host's side.
watch_arp()
{
	watch "$HOST" "$1" protocol arp flower arp_sip "$2" arp_tip "$2"
}

# slow NAMESPACE DEVICE TIME: packets wait in its qdisc.
slow()
{
	tc -n "$1" qdisc replace dev "$2" root netem delay "$3" limit 10000
}

# fill PORT TIME: what it is given leaves it so much later.
fill()
{
	slow "$GUEST" "$1" "$2"
	ip netns exec "$GUEST" ping -c 3 -i 0.01 -W 0.1 192.0.2.2 >/dev/null ||
		:
}

# on_one_cpu NAMESPACE VETH...: what they bring is received in the order in which it
# was sent. Each CPU that sends has a backlog of its own otherwise.
on_one_cpu()
{
	# shellcheck disable=SC2016 # expanded there
	ip netns exec "$1" bash -c 'for name; do
		echo 1 >"/sys/class/net/$name/queues/rx-0/rps_cpus"
	done' bash "${@:2}"
}

# cable NAME: NAME in GUEST and NAME-peer in HOST, a pair of veths, or of sims for a
# script that has KIND=tandem_sim.
cable()
{
	if [ "${KIND:-veth}" = veth ]; then
		ip -n "$HOST" link add "$1-peer" type veth \
			peer name "$1" netns "$GUEST"
		return
	fi
	ip -n "$GUEST" link add "$1" type tandem_sim
	ip -n "$GUEST" link add "$1-peer" type tandem_sim
	sim "$1" peer "$1-peer"
	ip -n "$GUEST" link set "$1-peer" netns "$HOST"
}

# bridged: a tandem in GUEST, its ports on a bridge in HOST. A script may have
# SETTINGS that it starts with.
bridged()
{
	setup_ns GUEST HOST
	bridged_in
}

# bridged_in: the same in namespaces there are.
bridged_in()
{
	cable pri
	cable sb
	ip -n "$HOST" -b - <<-END
		link add br0 address 02:00:00:00:00:02 type bridge mcast_snooping 0
		link set pri-peer master br0 up
		link set sb-peer master br0 up
		link set br0 up
		addr add 192.0.2.2/24 dev br0
	END
	ip -n "$GUEST" -b - <<-END
		link add t0 type tandem ${SETTINGS:-}
		link set pri master t0
		link set sb master t0
		link set t0 up
		addr add 192.0.2.1/24 dev t0
	END
	on_one_cpu "$HOST" pri-peer sb-peer
	on_one_cpu "$GUEST" pri sb
	wait_for "t0 is on pri" is "$GUEST" t0 active primary
	wait_for "both ports forward" reaches_host
	wait_for "sb can be used" is "$GUEST" sb reason preferred-primary
}

# vlan_bridged PROTOCOL: t0.7 is 198.51.100.1, the host's bridge 198.51.100.2 there.
vlan_bridged()
{
	ip -n "$GUEST" -b - <<-END
		link add link t0 name t0.7 type vlan protocol $1 id 7
		link set t0.7 up
		addr add 198.51.100.1/24 dev t0.7
	END
	ip -n "$HOST" -b - <<-END
		link add link br0 name br0.7 type vlan protocol $1 id 7
		link set br0.7 up
		addr add 198.51.100.2/24 dev br0.7
	END
}

# wait_active ROLE: until that one transmits.
wait_active()
{
	wait_for "t0 is on the $1" is "$GUEST" t0 active "$1"
}

# peer PORT up|down: the port gets or loses its carrier.
peer()
{
	ip -n "$HOST" link set "$1-peer" "$2"
}

# The primary fails, and the standby is used.
pri_fails()
{
	peer pri down
	wait_active standby
}

# The primary fails and comes back; returns before it can be used again.
pri_flaps()
{
	pri_fails
	peer pri up
}

reaches_host()
{
	ip netns exec "$GUEST" ping -c 1 -W 0.2 192.0.2.2
}

# host_forwards PORT: what the host's bridge sends and gets there it drops until it
# has noticed that the port has carrier.
host_forwards()
{
	! bridge -n "$HOST" link show dev "$1-peer" | grep -qv "state forwarding"
}

# watch_pings PORT [MATCH]...: count those that reach the host over it.
watch_pings()
{
	watch "$HOST" "$1-peer" protocol ip flower ip_proto icmp type 8 "${@:2}"
}

# sends_over PORT: ten pings go out over this port, none over the other, and
# each is answered once. They are marked: others may still be on their way.
sends_over()
{
	local port=$1 other=sb

	[ "$port" = pri ] || other=pri
	wait_for "the host's bridge forwards" host_forwards "$port"
	watch_pings "$port" ip_tos 0x40
	watch_pings "$other" ip_tos 0x40
	watch "$GUEST" t0 protocol ip flower ip_proto icmp type 0 ip_tos 0x40
	ip netns exec "$GUEST" \
		ping -Q 0x40 -c 10 -i 0.01 -W 1 192.0.2.2 >/dev/null
	wait_for "ten are answered" watched_at_least "$GUEST" t0 10
	expect_equal "answers" "$(watched "$GUEST" t0)" 10
	expect_equal "over $port" "$(watched "$HOST" "$port-peer")" 10
	expect_equal "over $other" "$(watched "$HOST" "$other-peer")" 0
}

# ended PID: also if nobody has waited for it yet.
ended()
{
	[ ! -e "/proc/$1" ] || grep -q "^State:.Z" "/proc/$1/status"
}

# drained PID: what it has caused to be drained is, or that is over.
drained()
{
	grep -q tandem_drain_wait "/proc/$1/stack" || ended "$1"
}

# Milliseconds of a clock that only differences are taken of.
now()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

# pause SECONDS: for what must not happen meanwhile, or where there is nothing
# to look at but the clock.
pause()
{
	read -r -t "$1" _ <> <(:) || :
}

# between TEXT VALUE LEAST MOST
between()
{
	if [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
		fail "$1: $2 instead of $3 to $4"
	fi
}

# Objects the slab allocator has given out, the kmalloc() ones. The lab's guests
# boot with slub_debug, which makes that exact.
objects()
{
	awk '/^kmalloc-/ { sum += $2 } END { print sum }' /proc/slabinfo
}

objects_at_most()
{
	[ "$(objects)" -le "$1" ]
}

# kfree_rcu() gathers for five seconds before it frees: settled once six have
# brought nothing more.
objects_settled()
{
	local before

	before=$(objects)
	pause 6
	objects_at_least "$((before - 2))"
}

objects_at_least()
{
	[ "$(objects)" -ge "$1" ]
}

# leaks_nothing ROUNDS COMMAND...: going through the command so many times must
# not leave even one object each time.
leaks_nothing()
{
	local rounds=$1 i start WAIT=30

	if ! grep -q slub_debug /proc/cmdline; then
		skip "slabinfo is not exact without slub_debug"
		return
	fi
	shift
	for ((i = 0; i < rounds; i++)); do
		"$@"
	done
	wait_for "the allocator comes to rest" objects_settled
	start=$(objects)
	for ((i = 0; i < rounds; i++)); do
		"$@"
	done
	wait_for "what $rounds rounds took is given back" \
		objects_at_most $((start + rounds / 2))
	echo "# $(($(objects) - start)) more objects after $rounds rounds"
}

# Some tests take real NICs from their drivers: not on a machine somebody uses.
only_in_the_lab()
{
	if [ ! -e /lab/init ]; then
		echo "1..0 # SKIP not in a guest of selftests/lab"
		exit 4
	fi
}

# first_namespace: the one the script runs in is GUEST as well. What a test makes
# there it has to remove itself.
first_namespace()
{
	GUEST=tandem-first
	ip netns attach "$GUEST" 1
	namespaces+=("$GUEST")
}

# find_devices: the real NICs of the lab's guests, a VF on the PCI bus and a virtio
# NIC. Each has a MAC of its own.
find_devices()
{
	vf=$(device_on pci)
	virtio=$(device_on virtio)
	vf_slot=$(basename "$(readlink "/sys/class/net/$vf/device")")
	vf_driver=$(readlink -f "/sys/class/net/$vf/device/driver")
	vf_mac=$(cat "/sys/class/net/$vf/address")
	vf_command=
}

# devices_paired: they are the ports of t0, which is up. The lab's peer is
# 10.77.0.1.
devices_paired()
{
	first_namespace
	ip link add t0 address "$vf_mac" type tandem
	ip link set "$virtio" master t0
	ip link set t0 up
	ip addr add 10.77.0.2/24 dev t0
	wait_for "t0 is on the VF" is "$GUEST" t0 active primary
	wait_for "the virtio NIC can be used" \
		is "$GUEST" "$virtio" reason preferred-primary
}

# devices_free: as they were.
devices_free()
{
	resume_vf
	if ip link show t0 >/dev/null 2>&1; then
		ip link del t0
	fi
	bind
	ip link set "$vf" down
}

# unbind: the VF's driver. For the network that is the same as to unplug it. The
# lab's VF can come back some thirty times in all.
unbind()
{
	echo "$vf_slot" >"$vf_driver/unbind"
	expect "$vf is gone" test ! -e "/sys/class/net/$vf"
}

bind()
{
	if [ ! -e "$vf_driver/$vf_slot" ]; then
		echo "$vf_slot" >"$vf_driver/bind"
	fi
	wait_for "$vf is back" test -e "/sys/class/net/$vf"
}

# stall_vf: the port does not get what its driver gives it, as its registers are out
# of reach; nor does it interrupt, which nobody could make it stop. To be ended
# within 5 s: then the kernel complains.
stall_vf()
{
	local config=/sys/bus/pci/devices/$vf_slot/config

	tandem stall_timeout 100
	vf_command=$(mktemp)
	dd if="$config" of="$vf_command" bs=2 skip=2 count=1 2>/dev/null
	printf '\x04\x04' |
		dd of="$config" bs=2 seek=2 conv=notrunc 2>/dev/null
	ping -c 3 -i 0.01 -W 0.1 10.77.0.1 >/dev/null || :
}

# resume_vf: if it was made to stall. It is opened anew, which alone makes it
# forget what it was given.
resume_vf()
{
	[ -n "$vf_command" ] || return 0
	dd if="$vf_command" of="/sys/bus/pci/devices/$vf_slot/config" \
		bs=2 seek=2 conv=notrunc 2>/dev/null
	rm "$vf_command"
	vf_command=
	ip link set "$vf" down
	ip link set "$vf" up
}

# asleep LEVEL [STATE]: as far as that; the kernel's own test of suspend (pm_test) goes
# no further, waits for a second and comes back. Hibernation is STATE disk.
asleep()
{
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	echo "$1" >/sys/power/pm_test
	expect "the system sleeps" bash -c "echo ${2:-freeze} >/sys/power/state"
	echo none >/sys/power/pm_test
}

run_one()
{
	local name=$1 text skipped=""

	failures=()
	if declare -F setup >/dev/null; then
		setup
	fi
	"$name"
	if [ ${#failures[@]} -gt 0 ] && [ "${PAUSE_ON_FAIL:-no}" = yes ]; then
		printf '# %s\n' "${failures[@]}" "return goes on"
		read -r _
	fi
	cleanup

	number=$((number + 1))
	for text in "${failures[@]}"; do
		echo "# $text"
	done
	if [ ${#failures[@]} -gt 0 ]; then
		echo "not ok $number $name"
		status=1
	else
		echo "ok $number $name$skipped"
	fi
}

tests_run()
{
	local number=0 status=0 list name

	read -d "" -ra list <<<"${TESTS:-$ALL_TESTS}"
	trap cleanup EXIT
	trap 'exit 1' INT TERM
	echo "TAP version 13"
	echo "1..${#list[@]}"
	for name in "${list[@]}"; do
		run_one "$name"
	done
	exit $status
}
