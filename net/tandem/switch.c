// SPDX-License-Identifier: GPL-2.0
/* The one place where the active port changes. */

#include <linux/rtnetlink.h>

#include "tandem.h"

static struct tandem_select_port port_state(const struct tandem_port *port)
{
	struct tandem_select_port state = {};

	if (port) {
		state.present = true;
		state.running = netif_running(port->dev) && !port->leaving;
		state.carrier = netif_carrier_ok(port->dev);
	}
	return state;
}

static struct tandem_port *best_port(const struct tandem *tandem)
{
	struct tandem_select_port state[TANDEM_ROLES];
	enum tandem_role role;

	for (role = 0; role < TANDEM_ROLES; role++)
		state[role] = port_state(tandem_port_get(tandem, role));

	role = tandem_select(state);
	return role < TANDEM_ROLES ? tandem_port_get(tandem, role) : NULL;
}

static void carrier_update(struct net_device *dev, bool carrier)
{
	if (carrier)
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
}

/**
 * tandem_switch_update() - let the best port be the active one
 * @tandem: the tandem
 *
 * To be called after whatever may change the choice: a port joined, left,
 * opened, closed, or its carrier changed. The network is told where the
 * address is to be found now.
 *
 * Context: RTNL.
 */
void tandem_switch_update(struct tandem *tandem)
{
	struct tandem_port *old, *new;

	ASSERT_RTNL();

	old = rtnl_dereference(tandem->active);
	new = best_port(tandem);
	if (new == old)
		return;

	rcu_assign_pointer(tandem->active, new);
	carrier_update(tandem->dev, new);
	if (new)
		tandem_announce_start(tandem);
}
