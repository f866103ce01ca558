/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The decision which port transmits. Plain values in, plain values out: no
 * kernel object and no lock, so that a test can walk through everything it can
 * say.
 */
#ifndef _TANDEM_SELECT_H
#define _TANDEM_SELECT_H

#include <linux/types.h>
#include <uapi/linux/if_tandem.h>

/**
 * struct tandem_select_port - what is to be known of a port
 * @present: there is a port in this role
 * @leaving: it is about to go, or gone
 * @refusal: what it cannot have that it would have to be used with,
 *	TANDEM_REASON_NONE if it has all
 * @running: it is up
 * @carrier: it has carrier
 * @stalled: it does not complete what it is given
 * @usable_for: milliseconds for which it has been running with carrier
 */
struct tandem_select_port {
	bool present;
	bool leaving;
	enum tandem_reason refusal;
	bool running;
	bool carrier;
	bool stalled;
	u64 usable_for;
};

/**
 * struct tandem_select_input - all that decides
 * @port: the ports, by role
 * @active: the one that transmits now, TANDEM_ROLES if none does
 * @prefer: the one to use when both can be
 * @reselect: when to return to that
 * @commanded: the preferred port was asked for and has not been reached yet
 * @updelay: milliseconds it has to be usable first
 * @damped: milliseconds for which it is not to be used, 0 if it may be
 */
struct tandem_select_input {
	struct tandem_select_port port[TANDEM_ROLES];
	enum tandem_role active;
	enum tandem_role prefer;
	enum tandem_reselect reselect;
	bool commanded;
	u64 updelay;
	u64 damped;
};

/**
 * struct tandem_select_choice - what is decided
 * @role: the port to transmit, TANDEM_ROLES if none can
 * @reason: by role, why it is not that one
 * @wait: milliseconds until time alone changes the choice, 0 if it does not
 */
struct tandem_select_choice {
	enum tandem_role role;
	enum tandem_reason reason[TANDEM_ROLES];
	u64 wait;
};

/* select.c */
struct tandem_select_choice
tandem_select(const struct tandem_select_input *in);

#endif
