/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The decision which port transmits. Plain values in, a role out: no kernel
 * object and no lock, so that a test can walk through everything it can say.
 */
#ifndef _TANDEM_SELECT_H
#define _TANDEM_SELECT_H

#include <linux/types.h>

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
 * struct tandem_select_port - what is to be known of a port
 * @present: there is a port in this role
 * @running: it is up and not on its way down
 * @carrier: it has carrier
 */
struct tandem_select_port {
	bool present;
	bool running;
	bool carrier;
};

/* select.c */
enum tandem_role tandem_select(const struct tandem_select_port *port);

#endif
