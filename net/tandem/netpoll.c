// SPDX-License-Identifier: GPL-2.0
/*
 * netpoll, which is how netconsole sends: from any context, with interrupts off. It
 * cannot be held back by a switch, and takes whichever port works.
 */

#include <linux/netpoll.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "tandem.h"

/* On while any tandem is used by netpoll: the fast path does not ask otherwise. */
DEFINE_STATIC_KEY_FALSE(tandem_netpoll_key);

static int port_enable(struct tandem_port *port)
{
	struct netpoll *netpoll;
	int err;

	netpoll = kzalloc(sizeof(*netpoll), GFP_KERNEL);
	if (!netpoll)
		return -ENOMEM;

	err = __netpoll_setup(netpoll, port->dev);
	if (err) {
		kfree(netpoll);
		return err;
	}
	WRITE_ONCE(port->netpoll, netpoll);
	return 0;
}

static void port_disable(struct tandem_port *port)
{
	struct netpoll *netpoll = port->netpoll;

	if (!netpoll)
		return;
	WRITE_ONCE(port->netpoll, NULL);
	__netpoll_free(netpoll);	/* waits for those who still use it */
}

/**
 * tandem_netpoll_setup() - ndo_netpoll_setup: all ports that are used or none
 * @dev: the master
 * @info: netpoll's own
 *
 * Context: RTNL.
 * Return: 0, or why a port cannot be used by netpoll.
 */
int tandem_netpoll_setup(struct net_device *dev, struct netpoll_info *info)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;
	int err;

	ASSERT_RTNL();

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		err = port->ready ? port_enable(port) : 0;
		if (err)
			goto err_disable;
	}
	tandem->netpoll = true;
	static_branch_inc(&tandem_netpoll_key);
	return 0;

err_disable:
	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		port_disable(port);
	return err;
}

/**
 * tandem_netpoll_cleanup() - ndo_netpoll_cleanup
 * @dev: the master
 *
 * Context: RTNL; sleeps for a grace period.
 */
void tandem_netpoll_cleanup(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;

	ASSERT_RTNL();

	if (!tandem->netpoll)
		return;
	static_branch_dec(&tandem_netpoll_key);
	tandem->netpoll = false;
	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		port_disable(port);
}

/**
 * tandem_netpoll_join() - let netpoll use a new port as well
 * @port: the port; one that cannot be used so is not
 *
 * Context: RTNL.
 */
void tandem_netpoll_join(struct tandem_port *port)
{
	int err;

	ASSERT_RTNL();

	err = port->tandem->netpoll ? port_enable(port) : 0;
	if (err)
		netdev_warn(port->tandem->dev,
			    "port %s cannot be used by netpoll (%d)\n",
			    port->dev->name, err);
}

/**
 * tandem_netpoll_leave() - netpoll does not use a port any more
 * @port: the port
 *
 * Context: RTNL; sleeps for a grace period.
 */
void tandem_netpoll_leave(struct tandem_port *port)
{
	ASSERT_RTNL();

	port_disable(port);
}

/**
 * tandem_netpoll_poll() - ndo_poll_controller: let the ports make progress
 * @dev: the master
 *
 * Context: any, interrupts off.
 */
void tandem_netpoll_poll(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;
	enum tandem_role role;

	for (role = 0; role < TANDEM_ROLES; role++) {
		port = rcu_dereference_bh(tandem->port[role]);
		if (port && tandem_port_usable(port))
			netpoll_poll_dev(port->dev);
	}
}

static bool port_polls(const struct tandem_port *port)
{
	return port && READ_ONCE(port->netpoll) && tandem_port_usable(port);
}

/* None is active while a switch holds packets: then any that works. */
static struct tandem_port *polling_port(struct tandem *tandem)
{
	struct tandem_port *port = rcu_dereference_bh(tandem->active);
	enum tandem_role role;

	if (port_polls(port))
		return port;
	for (role = 0; role < TANDEM_ROLES; role++) {
		port = rcu_dereference_bh(tandem->port[role]);
		if (port_polls(port))
			return port;
	}
	return NULL;
}

/**
 * tandem_netpoll_send() - send a packet of netpoll
 * @tandem: the tandem
 * @skb: the packet
 *
 * Context: any, interrupts off.
 * Return: NETDEV_TX_OK or NET_XMIT_DROP; the packet is taken in any case.
 */
netdev_tx_t tandem_netpoll_send(struct tandem *tandem, struct sk_buff *skb)
{
	struct tandem_port *port = polling_port(tandem);
	struct netpoll *netpoll = port ? READ_ONCE(port->netpoll) : NULL;

	if (!netpoll) {
		dev_core_stats_tx_dropped_inc(tandem->dev);
		dev_kfree_skb_irq(skb);
		return NETDEV_TX_OK;
	}
	skb->dev = port->dev;
	return netpoll_send_skb(netpoll, skb);
}
