/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * tandem over netlink: what stands in IFLA_INFO_DATA of a link of kind
 * "tandem" and in IFLA_INFO_SLAVE_DATA of its ports.
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
 * enum tandem_reason - why a port does not transmit
 * @TANDEM_REASON_NONE: it does
 * @TANDEM_REASON_ABSENT: there is no port in this role
 * @TANDEM_REASON_DOWN: it is down, on its way down, or detached by its driver
 * @TANDEM_REASON_CARRIER: it has no carrier
 * @TANDEM_REASON_STALLED: it has stopped completing what it was given
 * @TANDEM_REASON_UPDELAY: it has not been usable for long enough yet
 * @TANDEM_REASON_DAMPING: it has failed too often lately
 * @TANDEM_REASON_RESELECT: it is preferred and usable, but the other one has
 *	not failed
 * @TANDEM_REASON_PREFER: the other one is preferred
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
 *	default 3
 * @IFLA_TANDEM_NOTIFY_INTERVAL: u32, milliseconds between announcements, 10
 *	to 60000, default 200
 * @IFLA_TANDEM_HOLD_LIMIT: u32, packets held back during a switch, each way, 1
 *	to 65536, default 4096; of what is sent the rest is dropped, what is
 *	received is let in out of order
 * @IFLA_TANDEM_DRAIN_TIMEOUT: u32, milliseconds a switch waits until the old
 *	port has sent what it was given, 0 to 1000, default 100
 * @IFLA_TANDEM_LINGER: u32, milliseconds for which what is still on its way to
 *	the old port is waited for after a switch: what the new port brings waits
 *	until the old one is quiet, 0 to 1000, default 100
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
 * @IFLA_TANDEM_ACTIVE: u8, &enum tandem_role, read only: the port that
 *	transmits, TANDEM_ROLES if none can
 * @IFLA_TANDEM_PRIMARY_REASON: u8, &enum tandem_reason, read only
 * @IFLA_TANDEM_STANDBY_REASON: u8, &enum tandem_reason, read only
 * @IFLA_TANDEM_WAIT: u32, read only: milliseconds until a reason that is a
 *	matter of time is over, 0 if there is none
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
	IFLA_TANDEM_ACTIVE,
	IFLA_TANDEM_PRIMARY_REASON,
	IFLA_TANDEM_STANDBY_REASON,
	IFLA_TANDEM_WAIT,
	__IFLA_TANDEM_MAX,
};

#define IFLA_TANDEM_MAX	(__IFLA_TANDEM_MAX - 1)

/**
 * enum tandem_port_attr - the state of a port; all read only
 * @IFLA_TANDEM_PORT_UNSPEC: not used
 * @IFLA_TANDEM_PORT_ROLE: u8, &enum tandem_role
 * @IFLA_TANDEM_PORT_REASON: u8, &enum tandem_reason
 * @IFLA_TANDEM_PORT_STALL: u8, &enum tandem_stall
 * @__IFLA_TANDEM_PORT_MAX: one more than the last
 */
enum tandem_port_attr {
	IFLA_TANDEM_PORT_UNSPEC,
	IFLA_TANDEM_PORT_ROLE,
	IFLA_TANDEM_PORT_REASON,
	IFLA_TANDEM_PORT_STALL,
	__IFLA_TANDEM_PORT_MAX,
};

#define IFLA_TANDEM_PORT_MAX	(__IFLA_TANDEM_PORT_MAX - 1)

#endif
