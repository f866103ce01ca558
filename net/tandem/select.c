// SPDX-License-Identifier: GPL-2.0
/* The decision which port transmits; see select.h. */

#include "select.h"

static bool port_usable(const struct tandem_select_port *port)
{
	return port->present && port->running && port->carrier;
}

/**
 * tandem_select() - choose the port that transmits
 * @port: the ports, by role
 *
 * Context: any.
 * Return: the role of the best usable port, TANDEM_ROLES if
 * there is none.
 */
enum tandem_role tandem_select(const struct tandem_select_port *port)
{
	if (port_usable(&port[TANDEM_PRIMARY]))
		return TANDEM_PRIMARY;
	if (port_usable(&port[TANDEM_STANDBY]))
		return TANDEM_STANDBY;
	return TANDEM_ROLES;
}
