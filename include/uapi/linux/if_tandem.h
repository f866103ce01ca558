/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * tandem over netlink: what stands in IFLA_INFO_DATA of a link of kind
 * "tandem", in IFLA_INFO_SLAVE_DATA of its ports, and in its extended
 * statistics.
 */
#ifndef _UAPI_LINUX_IF_TANDEM_H
#define _UAPI_LINUX_IF_TANDEM_H

/**
 * enum tandem_role - what a port is for
 * @TANDEM_PRIMARY: the fast one, used whenever it can be: the VF
 * @TANDEM_STANDBY: the one that is always there: the paravirtual NIC
 * @TANDEM_ROLES: how many roles there are, and "no port" as a choice
 */
enum tandem_role {
	TANDEM_PRIMARY,
	TANDEM_STANDBY,
	TANDEM_ROLES,
};

/**
 * enum tandem_reselect - when to return to the preferred port
 * @TANDEM_RESELECT_ALWAYS: as soon as it can be used
 * @TANDEM_RESELECT_FAILURE: when the other one fails, or on command: after
 *	preferring a role, also the one that is preferred already, the tandem
 *	goes there once
 */
enum tandem_reselect {
	TANDEM_RESELECT_ALWAYS,
	TANDEM_RESELECT_FAILURE,
};

/**
 * enum tandem_rx - which ports are received from
 * @TANDEM_RX_BOTH: from both; second copies and echoes are dropped
 * @TANDEM_RX_ACTIVE: from the active port alone
 */
enum tandem_rx {
	TANDEM_RX_BOTH,
	TANDEM_RX_ACTIVE,
};

/**
 * enum tandem_join - how a device becomes a port
 * @TANDEM_JOIN_AUTO: a VF on the PCI bus by itself, if its permanent MAC is that of the
 *	tandem or of its standby; any other by command
 * @TANDEM_JOIN_COMMAND: by command only; but the host's own pair stays one
 */
enum tandem_join {
	TANDEM_JOIN_AUTO,
	TANDEM_JOIN_COMMAND,
};

/**
 * enum tandem_reason - why a port does not transmit
 * @TANDEM_REASON_NONE: it does
 * @TANDEM_REASON_ABSENT: there is no port in this role
 * @TANDEM_REASON_DOWN: it is down, or detached by its driver
 * @TANDEM_REASON_CARRIER: it has no carrier
 * @TANDEM_REASON_STALLED: it has stopped completing what it was given
 * @TANDEM_REASON_UPDELAY: it has not been usable for long enough yet
 * @TANDEM_REASON_DAMPING: it has failed too often lately
 * @TANDEM_REASON_RESELECT: it is preferred and usable, but the other one has
 *	not failed
 * @TANDEM_REASON_PREFER: the other one is preferred
 * @TANDEM_REASON_LEAVING: it is about to go, or its device is gone
 * @TANDEM_REASON_MAC: it cannot take the MAC of the tandem; or no port, the device
 *	has another permanent MAC
 * @TANDEM_REASON_MTU: it, or the device that is no port, cannot take the MTU of the
 *	tandem
 * @TANDEM_REASON_MASTER: no port; the device has another master, or somebody
 *	else receives for it
 * @TANDEM_REASON_NETNS: no port; the device is in another network namespace; told
 *	only if both belong to the same user namespace
 * @TANDEM_REASON_HV_NETVSC: no port; beside a standby on Hyper-V's vmbus only
 *	hv_netvsc can use the device
 * @TANDEM_REASON_NOT_JOINED: no port; nothing speaks against the device: it was
 *	released by command, or its place was taken when it came, or none joins by
 *	itself
 * @TANDEM_REASON_REFUSED: it, or the device that is no port, could not be made
 *	what the tandem is for another reason, which the kernel log has
 * @TANDEM_REASON_XDP: it, or the device that is no port, cannot have the XDP program
 *	of the tandem
 *
 * What is "no port" they say of a candidate, see IFLA_TANDEM_CANDIDATES.
 */
enum tandem_reason {
	TANDEM_REASON_NONE,
	TANDEM_REASON_ABSENT,
	TANDEM_REASON_DOWN,
	TANDEM_REASON_CARRIER,
	TANDEM_REASON_STALLED,
	TANDEM_REASON_UPDELAY,
	TANDEM_REASON_DAMPING,
	TANDEM_REASON_RESELECT,
	TANDEM_REASON_PREFER,
	TANDEM_REASON_LEAVING,
	TANDEM_REASON_MAC,
	TANDEM_REASON_MTU,
	TANDEM_REASON_MASTER,
	TANDEM_REASON_NETNS,
	TANDEM_REASON_HV_NETVSC,
	TANDEM_REASON_NOT_JOINED,
	TANDEM_REASON_REFUSED,
	TANDEM_REASON_XDP,
};

/**
 * enum tandem_cause - what made the active port another one
 * @TANDEM_CAUSE_NONE: nothing yet
 * @TANDEM_CAUSE_FIRST: there was none before
 * @TANDEM_CAUSE_UNBIND: its driver was about to be unbound: an unplug
 * @TANDEM_CAUSE_RELEASE: it was released by command
 * @TANDEM_CAUSE_DOWN: it was closed, maybe to be moved to another namespace or
 *	unregistered
 * @TANDEM_CAUSE_DETACH: its driver has detached it
 * @TANDEM_CAUSE_GONE: its device did not answer any more
 * @TANDEM_CAUSE_CARRIER: it lost carrier
 * @TANDEM_CAUSE_STALL: it stopped completing what it was given
 * @TANDEM_CAUSE_SUSPEND: the system was about to sleep
 * @TANDEM_CAUSE_COMMAND: IFLA_TANDEM_PREFER or a role was set
 * @TANDEM_CAUSE_FAILBACK: the preferred port could be used again
 * @TANDEM_CAUSE_CLOSE: the tandem was closed
 * @TANDEM_CAUSES: how many there are
 */
enum tandem_cause {
	TANDEM_CAUSE_NONE,
	TANDEM_CAUSE_FIRST,
	TANDEM_CAUSE_UNBIND,
	TANDEM_CAUSE_RELEASE,
	TANDEM_CAUSE_DOWN,
	TANDEM_CAUSE_DETACH,
	TANDEM_CAUSE_GONE,
	TANDEM_CAUSE_CARRIER,
	TANDEM_CAUSE_STALL,
	TANDEM_CAUSE_SUSPEND,
	TANDEM_CAUSE_COMMAND,
	TANDEM_CAUSE_FAILBACK,
	TANDEM_CAUSE_CLOSE,
	TANDEM_CAUSES,
};

/**
 * enum tandem_port_state - what a port does
 * @TANDEM_PORT_UNUSABLE: it cannot transmit now
 * @TANDEM_PORT_READY: it could
 * @TANDEM_PORT_ACTIVE: it does
 */
enum tandem_port_state {
	TANDEM_PORT_UNUSABLE,
	TANDEM_PORT_READY,
	TANDEM_PORT_ACTIVE,
};

/**
 * enum tandem_stall - is a port watched for packets that never complete?
 * @TANDEM_STALL_OFF: no, IFLA_TANDEM_STALL_TIMEOUT is 0
 * @TANDEM_STALL_BLIND: no, its driver has not accounted for a single byte in
 *	flight (BQL): either it does not do so or nothing was sent over it yet
 * @TANDEM_STALL_WATCHED: yes, and it completes
 * @TANDEM_STALL_STALLED: it has stopped
 */
enum tandem_stall {
	TANDEM_STALL_OFF,
	TANDEM_STALL_BLIND,
	TANDEM_STALL_WATCHED,
	TANDEM_STALL_STALLED,
};

/**
 * enum tandem_attr - the settings and the state of a tandem
 * @IFLA_TANDEM_UNSPEC: not used
 * @IFLA_TANDEM_PREFER: u8, &enum tandem_role: the port to use when both can
 *	be; setting it is a command: damping is forgotten and
 *	IFLA_TANDEM_RESELECT does not hold it up. A port that is not there is
 *	preferred from when it comes. Default TANDEM_PRIMARY
 * @IFLA_TANDEM_RESELECT: u8, &enum tandem_reselect; default
 *	TANDEM_RESELECT_ALWAYS
 * @IFLA_TANDEM_UPDELAY: u32, milliseconds for which the preferred port has to
 *	be usable before the other one is left for it, 0 to 600000, default 0
 * @IFLA_TANDEM_RX: u8, &enum tandem_rx; default TANDEM_RX_BOTH
 * @IFLA_TANDEM_NOTIFY_PEERS: u32, how often a switch is announced, 0 to 255,
 *	default 3. What a port's driver is asked to announce, by the host after a
 *	migration, is announced once at least
 * @IFLA_TANDEM_NOTIFY_INTERVAL: u32, milliseconds between announcements, 10
 *	to 60000, default 200
 * @IFLA_TANDEM_HOLD_LIMIT: u32, packets held back during a switch, each way, 1
 *	to 65536, default 4096; of what is sent the rest is dropped, what is
 *	received is let in out of order
 * @IFLA_TANDEM_DRAIN_TIMEOUT: u32, milliseconds a switch waits until the old
 *	port has sent what it was given, 0 to 1000, default 100; for more than that
 *	CAP_NET_ADMIN in the first user namespace is needed
 * @IFLA_TANDEM_LINGER: u32, milliseconds for which what is still on its way to
 *	the old port is waited for after a switch: what the new port brings waits
 *	until the old one is quiet, 0 to 1000, default 100; for more than that
 *	CAP_NET_ADMIN in the first user namespace is needed
 * @IFLA_TANDEM_STALL_TIMEOUT: u32, milliseconds without a completion, though
 *	packets are in flight, until a port is left, 100 to 60000; 0 is never;
 *	default 1000
 * @IFLA_TANDEM_DAMP_COUNT: u32, failures of the preferred port within the
 *	window that are put up with, 1 to 16: one more and it is kept from use
 *	for a while; 0 is any number; default 5. Switches that were planned are
 *	no failures
 * @IFLA_TANDEM_DAMP_WINDOW: u32, that window, milliseconds, 1000 to 3600000,
 *	default 60000
 * @IFLA_TANDEM_DAMP_TIME: u32, that while, milliseconds, 1000 to 3600000,
 *	default 10000; doubled each time it fails again before it has been
 *	well for a window
 * @IFLA_TANDEM_DAMP_MAX: u32, milliseconds it is not doubled beyond, 1000 to
 *	3600000, default 300000
 * @IFLA_TANDEM_JOIN: u8, &enum tandem_join; default TANDEM_JOIN_AUTO. A port stays one
 *	whatever is set
 * @IFLA_TANDEM_ACTIVE: u8, &enum tandem_role, read only: the port that
 *	transmits, TANDEM_ROLES if none can
 * @IFLA_TANDEM_PRIMARY_REASON: u8, &enum tandem_reason, read only
 * @IFLA_TANDEM_STANDBY_REASON: u8, &enum tandem_reason, read only
 * @IFLA_TANDEM_WAIT: u32, read only: milliseconds until a reason that is a
 *	matter of time is over, 0 if there is none
 * @IFLA_TANDEM_ACTIVE_IFINDEX: u32, read only: the interface that transmits, 0
 *	if none can
 * @IFLA_TANDEM_SINCE: u64, read only: since when it does, or none does;
 *	milliseconds since 1970 by the present clock. Not there before the first
 *	switch
 * @IFLA_TANDEM_CAUSE: u8, &enum tandem_cause, read only: of the last switch
 * @IFLA_TANDEM_SWITCHES: nest, read only: how many switches there were by
 *	cause: a u32 with &enum tandem_cause as its type for each that has
 *	occurred
 * @IFLA_TANDEM_CANDIDATES: nest, read only, only where the VF is missing: an
 *	IFLA_TANDEM_CANDIDATE for each device that could be it and is not, the
 *	likeliest first, 8 at most
 * @IFLA_TANDEM_PAD: for alignment
 * @__IFLA_TANDEM_MAX: one more than the last
 */
enum tandem_attr {
	IFLA_TANDEM_UNSPEC,
	IFLA_TANDEM_PREFER,
	IFLA_TANDEM_RESELECT,
	IFLA_TANDEM_UPDELAY,
	IFLA_TANDEM_RX,
	IFLA_TANDEM_NOTIFY_PEERS,
	IFLA_TANDEM_NOTIFY_INTERVAL,
	IFLA_TANDEM_HOLD_LIMIT,
	IFLA_TANDEM_DRAIN_TIMEOUT,
	IFLA_TANDEM_LINGER,
	IFLA_TANDEM_STALL_TIMEOUT,
	IFLA_TANDEM_DAMP_COUNT,
	IFLA_TANDEM_DAMP_WINDOW,
	IFLA_TANDEM_DAMP_TIME,
	IFLA_TANDEM_DAMP_MAX,
	IFLA_TANDEM_JOIN,
	IFLA_TANDEM_ACTIVE,
	IFLA_TANDEM_PRIMARY_REASON,
	IFLA_TANDEM_STANDBY_REASON,
	IFLA_TANDEM_WAIT,
	IFLA_TANDEM_ACTIVE_IFINDEX,
	IFLA_TANDEM_SINCE,
	IFLA_TANDEM_CAUSE,
	IFLA_TANDEM_SWITCHES,
	IFLA_TANDEM_CANDIDATES,
	IFLA_TANDEM_PAD,
	__IFLA_TANDEM_MAX,
};

#define IFLA_TANDEM_MAX	(__IFLA_TANDEM_MAX - 1)

/**
 * enum tandem_candidates_attr - what is in IFLA_TANDEM_CANDIDATES
 * @IFLA_TANDEM_CANDIDATES_UNSPEC: not used
 * @IFLA_TANDEM_CANDIDATE: nest of &enum tandem_candidate_attr
 * @__IFLA_TANDEM_CANDIDATES_MAX: one more than the last
 */
enum tandem_candidates_attr {
	IFLA_TANDEM_CANDIDATES_UNSPEC,
	IFLA_TANDEM_CANDIDATE,
	__IFLA_TANDEM_CANDIDATES_MAX,
};

#define IFLA_TANDEM_CANDIDATES_MAX	(__IFLA_TANDEM_CANDIDATES_MAX - 1)

/**
 * enum tandem_candidate_attr - a device that could be the primary
 * @IFLA_TANDEM_CANDIDATE_UNSPEC: not used
 * @IFLA_TANDEM_CANDIDATE_REASON: u8, &enum tandem_reason: why it is not
 * @IFLA_TANDEM_CANDIDATE_IFINDEX: u32; not there if it is in another namespace
 * @IFLA_TANDEM_CANDIDATE_NAME: string; not there if it is in another namespace
 * @IFLA_TANDEM_CANDIDATE_NETNSID: s32, that namespace, where it has a number
 *	here
 * @__IFLA_TANDEM_CANDIDATE_MAX: one more than the last
 */
enum tandem_candidate_attr {
	IFLA_TANDEM_CANDIDATE_UNSPEC,
	IFLA_TANDEM_CANDIDATE_REASON,
	IFLA_TANDEM_CANDIDATE_IFINDEX,
	IFLA_TANDEM_CANDIDATE_NAME,
	IFLA_TANDEM_CANDIDATE_NETNSID,
	__IFLA_TANDEM_CANDIDATE_MAX,
};

#define IFLA_TANDEM_CANDIDATE_MAX	(__IFLA_TANDEM_CANDIDATE_MAX - 1)

/**
 * enum tandem_port_attr - the settings and the state of a port
 * @IFLA_TANDEM_PORT_UNSPEC: not used
 * @IFLA_TANDEM_PORT_ROLE: u8, &enum tandem_role; can be set: if the other port
 *	has that role the two swap theirs
 * @IFLA_TANDEM_PORT_REASON: u8, &enum tandem_reason, read only
 * @IFLA_TANDEM_PORT_STALL: u8, &enum tandem_stall, read only
 * @IFLA_TANDEM_PORT_STATE: u8, &enum tandem_port_state, read only
 * @__IFLA_TANDEM_PORT_MAX: one more than the last
 */
enum tandem_port_attr {
	IFLA_TANDEM_PORT_UNSPEC,
	IFLA_TANDEM_PORT_ROLE,
	IFLA_TANDEM_PORT_REASON,
	IFLA_TANDEM_PORT_STALL,
	IFLA_TANDEM_PORT_STATE,
	__IFLA_TANDEM_PORT_MAX,
};

#define IFLA_TANDEM_PORT_MAX	(__IFLA_TANDEM_PORT_MAX - 1)

/*
 * The history of a tandem: RTM_GETSTATS with IFLA_STATS_LINK_XSTATS has in it
 * an attribute of this type. The other types there are those of bridge and bond.
 */
#define LINK_XSTATS_TYPE_TANDEM	16

/**
 * enum tandem_history_attr - what is in LINK_XSTATS_TYPE_TANDEM
 * @IFLA_TANDEM_HISTORY_UNSPEC: not used
 * @IFLA_TANDEM_HISTORY_SWITCH: nest of &enum tandem_switch_attr; one for each of
 *	the last 64 switches, the oldest first
 * @__IFLA_TANDEM_HISTORY_MAX: one more than the last
 */
enum tandem_history_attr {
	IFLA_TANDEM_HISTORY_UNSPEC,
	IFLA_TANDEM_HISTORY_SWITCH,
	__IFLA_TANDEM_HISTORY_MAX,
};

#define IFLA_TANDEM_HISTORY_MAX	(__IFLA_TANDEM_HISTORY_MAX - 1)

/**
 * enum tandem_switch_attr - a switch that was
 * @IFLA_TANDEM_SWITCH_UNSPEC: not used
 * @IFLA_TANDEM_SWITCH_NUMBER: u32, counted from 1
 * @IFLA_TANDEM_SWITCH_TIME: u64, when it was, milliseconds since 1970 by the
 *	present clock
 * @IFLA_TANDEM_SWITCH_FROM: u8, &enum tandem_role, TANDEM_ROLES is none
 * @IFLA_TANDEM_SWITCH_FROM_NAME: string, what the interface was called then; not
 *	there if there was none
 * @IFLA_TANDEM_SWITCH_TO: u8, as IFLA_TANDEM_SWITCH_FROM
 * @IFLA_TANDEM_SWITCH_TO_NAME: string, as IFLA_TANDEM_SWITCH_FROM_NAME
 * @IFLA_TANDEM_SWITCH_CAUSE: u8, &enum tandem_cause
 * @IFLA_TANDEM_SWITCH_PLANNED: u8, 0 if the old port had failed, else 1
 * @IFLA_TANDEM_SWITCH_HOLD_US: u32, microseconds for which packets were held
 * @IFLA_TANDEM_SWITCH_DRAIN_US: u32, microseconds of them for which the old port
 *	was waited for
 * @IFLA_TANDEM_SWITCH_LINGER_US: u32, microseconds for which what the new port
 *	brought waited for the old one
 * @IFLA_TANDEM_SWITCH_HELD: u32, packets held
 * @IFLA_TANDEM_SWITCH_OVERFLOW: u32, packets dropped as too many were held
 * @IFLA_TANDEM_SWITCH_ECHOES: u32, own frames that came back and were dropped,
 *	from this switch to the next
 * @IFLA_TANDEM_SWITCH_DUPLICATES: u32, second copies of frames that were
 *	dropped, from this switch to the next
 * @IFLA_TANDEM_SWITCH_PAD: for alignment
 * @__IFLA_TANDEM_SWITCH_MAX: one more than the last
 */
enum tandem_switch_attr {
	IFLA_TANDEM_SWITCH_UNSPEC,
	IFLA_TANDEM_SWITCH_NUMBER,
	IFLA_TANDEM_SWITCH_TIME,
	IFLA_TANDEM_SWITCH_FROM,
	IFLA_TANDEM_SWITCH_FROM_NAME,
	IFLA_TANDEM_SWITCH_TO,
	IFLA_TANDEM_SWITCH_TO_NAME,
	IFLA_TANDEM_SWITCH_CAUSE,
	IFLA_TANDEM_SWITCH_PLANNED,
	IFLA_TANDEM_SWITCH_HOLD_US,
	IFLA_TANDEM_SWITCH_DRAIN_US,
	IFLA_TANDEM_SWITCH_LINGER_US,
	IFLA_TANDEM_SWITCH_HELD,
	IFLA_TANDEM_SWITCH_OVERFLOW,
	IFLA_TANDEM_SWITCH_ECHOES,
	IFLA_TANDEM_SWITCH_DUPLICATES,
	IFLA_TANDEM_SWITCH_PAD,
	__IFLA_TANDEM_SWITCH_MAX,
};

#define IFLA_TANDEM_SWITCH_MAX	(__IFLA_TANDEM_SWITCH_MAX - 1)

#endif
