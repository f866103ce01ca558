// SPDX-License-Identifier: GPL-2.0
/* Transmit. */

#include "tandem.h"

/*
 * The active port cannot be used and nobody has chosen another yet: the event
 * that will is still under way, but packets are here now.
 */
static struct tandem_port *usable_port(const struct tandem *tandem)
{
	struct tandem_port *port;
	enum tandem_role role;

	for (role = 0; role < TANDEM_ROLES; role++) {
		port = rcu_dereference_bh(tandem->port[role]);
		if (port && tandem_port_usable(port))
			return port;
	}
	return NULL;
}

/**
 * tandem_xmit_start() - hand a packet to the active port
 * @skb: the packet
 * @dev: the master
 *
 * Context: bottom halves off, no lock.
 * Return: NETDEV_TX_OK, always: the
 * packet is the port's, or dropped and counted.
 */
netdev_tx_t tandem_xmit_start(struct sk_buff *skb, struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;

	port = rcu_dereference_bh(tandem->active);
	if (unlikely(!port || !tandem_port_usable(port))) {
		port = usable_port(tandem);
		if (!port) {
			dev_core_stats_tx_dropped_inc(dev);
			kfree_skb(skb);
			return NETDEV_TX_OK;
		}
	}

	skb->dev = port->dev;
	dev_queue_xmit(skb);
	return NETDEV_TX_OK;
}
