// SPDX-License-Identifier: GPL-2.0
/* The decision which port transmits; see select.h. */

#include <linux/minmax.h>

#include "select.h"

/* What the port itself has to say against being used. */
static enum tandem_reason port_reason(const struct tandem_select_port *port)
{
	if (!port->present)
		return TANDEM_REASON_ABSENT;
	if (port->leaving)
		return TANDEM_REASON_LEAVING;
	if (port->refusal != TANDEM_REASON_NONE)
		return port->refusal;
	if (!port->running)
		return TANDEM_REASON_DOWN;
	if (!port->carrier)
		return TANDEM_REASON_CARRIER;
	if (port->stalled)
		return TANDEM_REASON_STALLED;
	return TANDEM_REASON_NONE;
}

/* What holds up the return to a preferred port while the other one works. */
static enum tandem_reason hold_up(const struct tandem_select_input *in,
				  u64 *wait)
{
	const struct tandem_select_port *port = &in->port[in->prefer];

	if (in->active == in->prefer)
		return TANDEM_REASON_NONE;
	if (port->usable_for < in->updelay) {
		*wait = in->updelay - port->usable_for;
		return TANDEM_REASON_UPDELAY;
	}
	if (in->commanded)
		return TANDEM_REASON_NONE;
	if (in->damped) {
		*wait = in->damped;
		return TANDEM_REASON_DAMPING;
	}
	if (in->reselect == TANDEM_RESELECT_FAILURE &&
	    in->active != TANDEM_ROLES)
		return TANDEM_REASON_RESELECT;
	return TANDEM_REASON_NONE;
}

/* Neither port is well: one that may only have stalled beats none. */
static enum tandem_role least_bad(const struct tandem_select_input *in,
				  const struct tandem_select_choice *choice)
{
	enum tandem_role role;

	if (in->active != TANDEM_ROLES &&
	    choice->reason[in->active] == TANDEM_REASON_STALLED)
		return in->active;
	for (role = 0; role < TANDEM_ROLES; role++)
		if (choice->reason[role] == TANDEM_REASON_STALLED)
			return role;
	return TANDEM_ROLES;
}

/**
 * tandem_select() - choose the port that transmits
 * @in: the ports, the settings and the time
 *
 * Context: any.
 * Return: the choice, and what speaks against the ports that are not chosen.
 */
struct tandem_select_choice
tandem_select(const struct tandem_select_input *in)
{
	enum tandem_role prefer = in->prefer, other = !prefer;
	struct tandem_select_choice choice = {};
	enum tandem_role role;

	for (role = 0; role < TANDEM_ROLES; role++)
		choice.reason[role] = port_reason(&in->port[role]);

	if (choice.reason[other] != TANDEM_REASON_NONE) {
		choice.role = choice.reason[prefer] == TANDEM_REASON_NONE ?
			      prefer : least_bad(in, &choice);
	} else if (choice.reason[prefer] != TANDEM_REASON_NONE) {
		choice.role = other;
	} else {
		choice.reason[prefer] = hold_up(in, &choice.wait);
		choice.role = choice.reason[prefer] == TANDEM_REASON_NONE ?
			      prefer : other;
		if (choice.role == prefer)
			choice.reason[other] = TANDEM_REASON_PREFER;
	}
	if (choice.role < TANDEM_ROLES)
		choice.reason[choice.role] = TANDEM_REASON_NONE;
	return choice;
}
