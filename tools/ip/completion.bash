# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Bash completion for what tandem adds to ip(8). It belongs into
# /etc/bash_completion.d, or is sourced.
#
# The words come from "ip link help", that is from the plugin itself. All else
# is left to the completion of ip that is there already, or that bash-completion
# has for it and loads when it is first asked for.
#
# _tandem_ip, at the end, is what bash calls; of its variables the others use
# $cur, the word to complete, and $ip, the command and the namespace it works in.

# _tandem_ip_offer WORD...: those that begin like $cur.
_tandem_ip_offer()
{
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < \
		<(compgen -W "$*" -- "$cur")
}

# _tandem_ip_help KIND: what can be set, "WORD VALUES" on each line.
_tandem_ip_help()
{
	"${ip[0]}" link help "$1" 2>/dev/null |
		sed -n 's/^[[:space:]]*\[ \(.*\) \]$/\1/p'
}

# _tandem_ip_settings KIND [WORD VALUE]...: the words that are not there yet;
# behind a word its values, unless it takes a number.
_tandem_ip_settings()
{
	local kind=$1 word values

	shift
	while read -r word values; do
		if (($# % 2 == 0)); then
			[[ " $* " == *" $word "* ]] || _tandem_ip_offer "$word"
		elif [[ ${!#} == "$word" && $values == *"|"* ]]; then
			_tandem_ip_offer "${values//|/ }"
		fi
	done < <(_tandem_ip_help "$kind")
}

# _tandem_ip_devices: the names of all tandems.
_tandem_ip_devices()
{
	"${ip[@]}" -o link show type tandem 2>/dev/null |
		sed 's/^[0-9]*: \([^:@]*\).*/\1/'
}

# _tandem_ip_xstats [WORD]...
_tandem_ip_xstats()
{
	case $* in
	"") _tandem_ip_offer dev help ;;
	dev) _tandem_ip_offer "$(_tandem_ip_devices)" ;;
	esac
}

# _tandem_ip_own WORD...: what follows "ip link WORD...", if nothing but words
# of tandem can.
_tandem_ip_own()
{
	local kind given

	[[ " $* " =~ \ type\ (tandem|tandem_slave)\ (.*)$ ]] || return
	kind=${BASH_REMATCH[1]}
	read -ra given <<<"${BASH_REMATCH[2]}"

	if [[ xstats == "$1"* && $kind == tandem ]]; then
		_tandem_ip_xstats "${given[@]}"
	elif [[ add == "$1"* || set == "$1"* || change == "$1"* ||
		replace == "$1"* ]]; then
		_tandem_ip_settings "$kind" "${given[@]}"
	else
		return 1
	fi
}

# _tandem_ip_more WORD...: what else can follow "ip link WORD...": xstats, which
# the others do not know, and kinds of links.
_tandem_ip_more()
{
	case $* in
	"") _tandem_ip_offer xstats ;;
	xstats) _tandem_ip_offer type ;;
	xstats\ type | add*\ type | del*\ type) _tandem_ip_offer tandem ;;
	help | *\ type) _tandem_ip_offer tandem tandem_slave ;;
	esac
}

# Stand before the function that completes ip now, with the options it has. Not
# before anything else that does: only a function can be called from here.
_tandem_ip_take_over()
{
	local spec

	if ! spec=$(complete -p ip 2>/dev/null); then
		complete -F _tandem_ip ip
	elif [[ $spec =~ ^(.*\ -F\ )([^ ]+)(\ ip)$ &&
		${BASH_REMATCH[2]} != _tandem_ip ]]; then
		_tandem_ip_next=${BASH_REMATCH[2]}
		eval "${BASH_REMATCH[1]}_tandem_ip${BASH_REMATCH[3]}"
	fi
}

# Have bash-completion load what it has for ip; its loader was renamed in 2.12.
_tandem_ip_load()
{
	local loader

	_tandem_ip_loaded=1
	for loader in _comp_load __load_completion; do
		if declare -F "$loader" >/dev/null; then
			"$loader" ip
			break
		fi
	done
	_tandem_ip_take_over
}

# The arguments are those of _tandem_ip.
_tandem_ip_others()
{
	[[ $_tandem_ip_next || $_tandem_ip_loaded ]] || _tandem_ip_load
	[[ ! $_tandem_ip_next ]] || "$_tandem_ip_next" "$@"
}

# Take the options of ip off $words.
_tandem_ip_options()
{
	while [[ ${words[0]} == -* ]]; do
		case ${words[0]} in
		-n | -ne*)
			ip+=(-n "${words[1]}")
			words=("${words[@]:2}")
			;;
		-f | -fa* | -l | -lo* | -rc* | -b | -ba*)
			words=("${words[@]:2}")
			;;
		*)
			words=("${words[@]:1}")
			;;
		esac
	done
}

# _tandem_ip COMMAND CUR PREVIOUS
_tandem_ip()
{
	local cur=$2 ip=("$1") words=("${COMP_WORDS[@]:1:COMP_CWORD-1}")

	COMPREPLY=()
	_tandem_ip_options
	# ip takes any beginning of "link" for it, but not nothing.
	if [[ ! ${words[0]} || link != "${words[0]}"* ]]; then
		_tandem_ip_others "$@"
	elif ! _tandem_ip_own "${words[@]:1}"; then
		_tandem_ip_others "$@"
		_tandem_ip_more "${words[@]:1}"
	fi
	return 0
}

_tandem_ip_take_over
