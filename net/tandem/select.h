/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The decision which port transmits. Plain values in, a role out: no kernel
 * object and no lock, so that a test can walk through everything it can say.
 */
#ifndef _TANDEM_SELECT_H
#define _TANDEM_SELECT_H

#include <linux/types.h>

#include "tandem.h"

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
