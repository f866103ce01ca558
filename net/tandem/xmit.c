// SPDX-License-Identifier: GPL-2.0
/* Transmit. */

#include <net/sch_generic.h>

#include "tandem.h"

/*
 * A port that has only now got carrier drops what it is given until the core
 * has activated its queues.
 */
static bool port_can_send(const struct tandem_port *port)
{
	return tandem_port_usable(port) && READ_ONCE(port->ready) &&
	       !qdisc_tx_is_noop(port->dev);
}

/*
 * The active port cannot be used and nobody has chosen another yet: packets
 * are faster than the event, so they bring it about.
 */
static struct tandem_port *usable_port(struct tandem *tandem)
{
	struct tandem_port *port;
	enum tandem_role role;

	/* model: xmit-elsewhere */
	for (role = 0; role < TANDEM_ROLES; role++) {
		port = rcu_dereference_bh(tandem->port[role]);
		if (port && port_can_send(port)) {
			tandem_monitor_kick(tandem);
			return port;
		}
	}
	return NULL;
}

static void hand_over(const struct tandem_port *port, struct sk_buff *skb)
{
	if (tandem_echo_notes(port->tandem->dev))
		tandem_echo_note(port->tandem, skb);
	skb->dev = port->dev;
	dev_queue_xmit(skb);
}

static void send_elsewhere(struct tandem *tandem, struct sk_buff *skb)
{
	struct tandem_port *port = usable_port(tandem);

	if (port) {
		hand_over(port, skb);
		return;
	}
	dev_core_stats_tx_dropped_inc(tandem->dev);
	kfree_skb(skb);
}

/**
 * tandem_xmit_over() - hand a packet to a port, or to the other one
 * @port: the port it is meant for
 * @skb: the packet
 *
 * Context: bottom halves off, RCU.
 */
void tandem_xmit_over(struct tandem_port *port, struct sk_buff *skb)
{
	/* model: xmit-over */
	if (likely(tandem_port_usable(port)))
		hand_over(port, skb);
	else
		send_elsewhere(port->tandem, skb);
}

/* No port is active: a switch holds packets back, or has just ended. */
static void send_without_active(struct tandem *tandem, struct sk_buff *skb)
{
	struct tandem_port *port;

	if (tandem_hold_take(tandem, skb, &port))
		return;

	if (port)
		tandem_xmit_over(port, skb);
	else
		send_elsewhere(tandem, skb);
}

/**
 * tandem_xmit_slave() - ndo_get_xmit_slave: the port that transmits
 * @dev: the master
 * @skb: the packet in question
 * @all_slaves: consider those that do not transmit, too; there is no choice here
 *
 * Context: any, RCU.
 * Return: the port's device, NULL if there is none or while a switch holds packets.
 */
struct net_device *tandem_xmit_slave(struct net_device *dev,
				     struct sk_buff *skb, bool all_slaves)
{
	const struct tandem *tandem = netdev_priv(dev);
	const struct tandem_port *port = rcu_dereference(tandem->active);

	return port ? port->dev : NULL;
}

/**
 * tandem_xmit_start() - hand a packet to the active port
 * @skb: the packet
 * @dev: the master
 *
 * Context: bottom halves off, RCU; no transmit lock (LLTX).
 * Return: NETDEV_TX_OK: the packet is the port's, held back, or dropped and counted.
 * To netpoll what tandem_netpoll_send() does.
 */
netdev_tx_t tandem_xmit_start(struct sk_buff *skb, struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;

	if (tandem_netpoll_sends(dev))
		return tandem_netpoll_send(tandem, skb);

	/* model: xmit-look */
	port = rcu_dereference_bh(tandem->active);
	if (likely(port))
		tandem_xmit_over(port, skb);
	else
		send_without_active(tandem, skb);
	return NETDEV_TX_OK;
}
