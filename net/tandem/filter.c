// SPDX-License-Identifier: GPL-2.0
/* Which frames the ports let in: addresses, VLANs, promiscuity. */

#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "tandem.h"

/* Under the master's address lock. */
static void addr_sync(const struct tandem_port *port)
{
	dev_uc_sync_multiple(port->dev, port->tandem->dev);
	dev_mc_sync_multiple(port->dev, port->tandem->dev);
}

/**
 * tandem_filter_rx_mode() - ndo_set_rx_mode: addresses to the ports
 * @dev: the master
 *
 * Context: the master's address lock, bottom halves off.
 */
void tandem_filter_rx_mode(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;
	enum tandem_role role;

	rcu_read_lock();
	for (role = 0; role < TANDEM_ROLES; role++) {
		port = rcu_dereference(tandem->port[role]);
		if (port)
			addr_sync(port);
	}
	rcu_read_unlock();
}

static void change_promisc(struct net_device *dev, int step)
{
	if (dev_set_promiscuity(dev, step))
		netdev_warn(dev, "promiscuity cannot be changed\n");
}

static void change_allmulti(struct net_device *dev, int step)
{
	if (dev_set_allmulti(dev, step))
		netdev_warn(dev, "allmulti cannot be changed\n");
}

/**
 * tandem_filter_rx_flags() - ndo_change_rx_flags: promiscuity to the ports
 * @dev: the master
 * @change: the flags that have changed
 *
 * Context: RTNL, maybe with spinlocks held (a bridge above); does not sleep.
 */
void tandem_filter_rx_flags(struct net_device *dev, int change)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;

	if (change & IFF_PROMISC)
		schedule_work(&tandem->echo.work);

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		if (!port->ready)
			continue;
		if (change & IFF_PROMISC)
			change_promisc(port->dev,
				       dev->flags & IFF_PROMISC ? 1 : -1);
		if (change & IFF_ALLMULTI)
			change_allmulti(port->dev,
					dev->flags & IFF_ALLMULTI ? 1 : -1);
	}
}

/**
 * tandem_filter_add_vid() - ndo_vlan_rx_add_vid: a VLAN on all ports or none
 * @dev: the master
 * @proto: ETH_P_8021Q or ETH_P_8021AD, big endian
 * @vid: the VLAN
 *
 * Context: RTNL.
 * Return: 0, or what a port answered.
 */
int tandem_filter_add_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port, *done;
	int err;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		err = port->ready ? vlan_vid_add(port->dev, proto, vid) : 0;
		if (err)
			goto err_del;
	}
	return 0;

err_del:
	for (done = tandem_port_next(tandem, NULL); done;
	     done = tandem_port_next(tandem, done)) {
		if (done == port)
			break;
		if (done->ready)
			vlan_vid_del(done->dev, proto, vid);
	}
	return err;
}

/**
 * tandem_filter_kill_vid() - ndo_vlan_rx_kill_vid: a VLAN off all ports
 * @dev: the master
 * @proto: ETH_P_8021Q or ETH_P_8021AD, big endian
 * @vid: the VLAN
 *
 * Context: RTNL.
 * Return: 0.
 */
int tandem_filter_kill_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		if (port->ready)
			vlan_vid_del(port->dev, proto, vid);
	/* A port that could not take this one may be used now. */
	tandem_pair_forgive(tandem, TANDEM_REASON_REFUSED);
	schedule_work(&tandem->start_work);
	return 0;
}

/**
 * tandem_filter_sync() - the master's addresses on one port
 * @port: the port
 *
 * A master that is down has none: it gets them when it is opened.
 *
 * Context: RTNL; takes the address locks of the master and the port.
 */
void tandem_filter_sync(struct tandem_port *port)
{
	struct net_device *dev = port->tandem->dev;

	if (!(dev->flags & IFF_UP))
		return;

	netif_addr_lock_bh(dev);
	addr_sync(port);
	netif_addr_unlock_bh(dev);
}

/**
 * tandem_filter_unsync() - take the master's addresses off one port
 * @port: the port
 *
 * Needed when the master closes, not only when the port leaves: a master that
 * is deleted has lost its list of addresses before its ports leave.
 *
 * Context: RTNL; takes the address locks of the master and the port.
 */
void tandem_filter_unsync(struct tandem_port *port)
{
	dev_mc_unsync(port->dev, port->tandem->dev);
	dev_uc_unsync(port->dev, port->tandem->dev);
}

static int vlans_join(struct tandem_port *port, struct netlink_ext_ack *extack)
{
	struct net_device *dev = port->tandem->dev;
	int err;

	if (port->dev->features & NETIF_F_VLAN_CHALLENGED &&
	    vlan_uses_dev(dev)) {
		NL_SET_ERR_MSG(extack,
			       "The port cannot carry the VLANs of the tandem");
		return -EINVAL;
	}
	err = vlan_vids_add_by_dev(port->dev, dev);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "The port cannot take the VLANs of the tandem");
	return err;
}

/**
 * tandem_filter_join() - let a new port in what the master lets in
 * @port: the port, linked below the master but not yet used
 * @extack: takes the reason of a refusal
 *
 * Context: RTNL.
 * Return: 0, or an error with the port unchanged.
 */
int tandem_filter_join(struct tandem_port *port,
		       struct netlink_ext_ack *extack)
{
	struct net_device *dev = port->tandem->dev;
	int err;

	err = vlans_join(port, extack);
	if (err)
		return err;

	tandem_filter_sync(port);
	if (dev->flags & IFF_PROMISC)
		change_promisc(port->dev, 1);
	if (dev->flags & IFF_ALLMULTI)
		change_allmulti(port->dev, 1);
	return 0;
}

/**
 * tandem_filter_leave() - withdraw what tandem_filter_join() and later changes
 *	have set on a port
 * @port: the port, still linked but no longer published
 *
 * Context: RTNL.
 */
void tandem_filter_leave(struct tandem_port *port)
{
	struct net_device *dev = port->tandem->dev;

	tandem_filter_unsync(port);
	if (!port->ready)
		return;

	if (dev->flags & IFF_ALLMULTI)
		change_allmulti(port->dev, -1);
	if (dev->flags & IFF_PROMISC)
		change_promisc(port->dev, -1);
	vlan_vids_del_by_dev(port->dev, dev);
}
