// SPDX-License-Identifier: GPL-2.0
/* Which device is a port of which tandem, by command and by itself. */

#include <linux/device.h>
#include <linux/if_arp.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>

#include "tandem.h"

static bool on_bus(const struct device *dev, const char *bus)
{
	return dev && dev->bus && !strcmp(dev->bus->name, bus);
}

static bool driven_by(const struct device *dev, const char *driver)
{
	return dev && dev->driver && !strcmp(dev->driver->name, driver);
}

static bool device_paravirtual(const struct net_device *dev)
{
	const struct device *parent = dev->dev.parent;

	return on_bus(parent, "virtio") || on_bus(parent, "vmbus") ||
	       on_bus(parent, "xen") || driven_by(parent, "vmxnet3");
}

/* On PCI itself, or one or more virtio or auxiliary devices above it. */
static bool device_on_pci(const struct net_device *dev)
{
	const struct device *parent = dev->dev.parent;

	while (on_bus(parent, "virtio") || on_bus(parent, "auxiliary"))
		parent = parent->parent;
	return parent && dev_is_pci(parent);
}

static enum tandem_role role_preferred(const struct net_device *dev)
{
	return device_paravirtual(dev) ? TANDEM_STANDBY : TANDEM_PRIMARY;
}

/* The role a device gets: the one it prefers, else the other, if free. */
static enum tandem_role role_free(const struct tandem *tandem,
				  const struct net_device *dev)
{
	enum tandem_role role = role_preferred(dev);

	if (!tandem_port_get(tandem, role))
		return role;
	role = role == TANDEM_PRIMARY ? TANDEM_STANDBY : TANDEM_PRIMARY;
	if (!tandem_port_get(tandem, role))
		return role;
	return TANDEM_ROLES;
}

static int lower_is_tandem(struct net_device *lower,
			   struct netdev_nested_priv *priv)
{
	return tandem_device_is(lower);
}

static bool has_tandem_below(struct net_device *dev)
{
	struct netdev_nested_priv priv = {};

	return tandem_device_is(dev) ||
	       netdev_walk_all_lower_dev(dev, lower_is_tandem, &priv);
}

/* May this device be a port at all? */
static int port_check(struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "A loopback device cannot be a port");
		return -EINVAL;
	}
	if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN) {
		NL_SET_ERR_MSG(extack, "Only an Ethernet device can be a port");
		return -EINVAL;
	}
	/* To the bonding driver a bond that is a port is a port of its own. */
	if (netif_is_bond_master(dev)) {
		NL_SET_ERR_MSG(extack, "A bond cannot be a port");
		return -EINVAL;
	}
	if (has_tandem_below(dev)) {
		NL_SET_ERR_MSG(extack,
			       "A tandem cannot be a port, nor what is above one");
		return -ELOOP;
	}
	if (netdev_master_upper_dev_get(dev)) {
		NL_SET_ERR_MSG(extack, "The device has a master already");
		return -EBUSY;
	}
	if (netdev_is_rx_handler_busy(dev)) {
		NL_SET_ERR_MSG(extack,
			       "Another device receives for this one already");
		return -EBUSY;
	}
	return 0;
}

/* Does this device belong to that tandem though nobody said so? */
static bool pair_matches(const struct tandem *tandem,
			 const struct net_device *dev)
{
	const struct tandem_port *standby;

	if (tandem_port_get(tandem, TANDEM_PRIMARY) || !device_on_pci(dev) ||
	    !is_valid_ether_addr(dev->perm_addr))
		return false;

	standby = tandem_port_get(tandem, TANDEM_STANDBY);
	if (!standby)
		return !device_paravirtual(dev) &&
		       ether_addr_equal(dev->perm_addr, tandem->dev->dev_addr);

	/* Only hv_netvsc can make its host use the VF; leave that to it. */
	if (on_bus(standby->dev->dev.parent, "vmbus"))
		return false;
	return ether_addr_equal(dev->perm_addr, standby->dev->perm_addr) ||
	       ether_addr_equal(dev->perm_addr, tandem->dev->dev_addr);
}

static void pair_join(struct tandem *tandem, struct net_device *dev,
		      enum tandem_role role)
{
	struct netlink_ext_ack extack = {};
	int err;

	err = port_check(dev, &extack);
	if (!err)
		err = tandem_port_join(tandem, dev, role, true, &extack);
	if (err)
		netdev_warn(tandem->dev, "%s cannot be a port: %s (%d)\n",
			    dev->name, extack._msg ?: "no reason given", err);
}

/**
 * tandem_pair_find() - look for a VF that belongs to a tandem
 * @tandem: the tandem
 *
 * To be called when the tandem may match a VF that was there before: a standby
 * has joined, the master is new or has another MAC.
 *
 * Context: RTNL.
 */
void tandem_pair_find(struct tandem *tandem)
{
	struct net_device *dev;

	ASSERT_RTNL();

	for_each_netdev(dev_net(tandem->dev), dev) {
		if (tandem_device_is(dev) || netdev_master_upper_dev_get(dev))
			continue;
		if (pair_matches(tandem, dev)) {
			pair_join(tandem, dev, TANDEM_PRIMARY);
			return;
		}
	}
}

/* A master made for a paravirtual device has the same parent as that. */
static bool pair_is_standby_of(const struct tandem *tandem,
			       const struct net_device *dev)
{
	return tandem->dev->dev.parent &&
	       tandem->dev->dev.parent == dev->dev.parent &&
	       !tandem_port_get(tandem, TANDEM_STANDBY);
}

static void pair_find_tandem(struct net_device *dev)
{
	struct net_device *master;
	struct tandem *tandem;

	if (!dev->dev.parent)
		return;

	for_each_netdev(dev_net(dev), master) {
		if (master == dev || !tandem_device_is(master))
			continue;

		tandem = netdev_priv(master);
		if (pair_is_standby_of(tandem, dev)) {
			pair_join(tandem, dev, TANDEM_STANDBY);
			tandem_pair_find(tandem);
			return;
		}
		if (pair_matches(tandem, dev)) {
			pair_join(tandem, dev, TANDEM_PRIMARY);
			return;
		}
	}
}

/**
 * tandem_pair_add() - ndo_add_slave: make a device a port by command
 * @dev: the master
 * @port_dev: the device
 * @extack: takes the reason of a refusal
 *
 * Context: RTNL.
 * Return: 0, or an error with everything as it was before.
 */
int tandem_pair_add(struct net_device *dev, struct net_device *port_dev,
		    struct netlink_ext_ack *extack)
{
	struct tandem *tandem = netdev_priv(dev);
	enum tandem_role role;
	int err;

	err = port_check(port_dev, extack);
	if (err)
		return err;

	role = role_free(tandem, port_dev);
	if (role == TANDEM_ROLES) {
		NL_SET_ERR_MSG(extack,
			       "The tandem has a primary and a standby already");
		return -EBUSY;
	}

	err = tandem_port_join(tandem, port_dev, role, false, extack);
	if (err)
		return err;

	tandem_pair_find(tandem);
	return 0;
}

/**
 * tandem_pair_del() - ndo_del_slave: release a port by command
 * @dev: the master
 * @port_dev: the port
 *
 * Context: RTNL.
 * Return: 0, or -EINVAL if @port_dev is not a port of @dev.
 */
int tandem_pair_del(struct net_device *dev, struct net_device *port_dev)
{
	struct tandem_port *port = tandem_port_of(port_dev);

	if (!port || port->tandem->dev != dev)
		return -EINVAL;

	tandem_port_leave(port, false);
	return 0;
}

/* The port's driver was told to announce, but it is the master that can. */
static void pass_on(const struct tandem_port *port, unsigned long event)
{
	if (event == NETDEV_NOTIFY_PEERS)
		tandem_announce_start(port->tandem);
	else
		call_netdevice_notifiers(event, port->tandem->dev);
}

static void port_event(struct tandem_port *port, unsigned long event)
{
	switch (event) {
	case NETDEV_UNREGISTER:
		tandem_port_leave(port, true);
		return;
	case NETDEV_GOING_DOWN:
		tandem_switch_leave(port);
		return;
	case NETDEV_UP:
		WRITE_ONCE(port->opened, port->opened + 1);
		fallthrough;
	case NETDEV_DOWN:
		port->leaving = false;
		fallthrough;
	case NETDEV_CHANGE:
		tandem_switch_update(port->tandem);
		return;
	case NETDEV_NOTIFY_PEERS:
	case NETDEV_RESEND_IGMP:
		pass_on(port, event);
		return;
	case NETDEV_FEAT_CHANGE:
		tandem_features_update(port->tandem);
		return;
	}
}

static int pair_event(struct notifier_block *block, unsigned long event,
		      void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct tandem_port *port;

	if (tandem_device_is(dev)) {
		if (event == NETDEV_CHANGE || event == NETDEV_UP)
			tandem_announce_resume(netdev_priv(dev));
		return NOTIFY_DONE;
	}

	port = tandem_port_of(dev);
	if (port)
		port_event(port, event);
	else if (event == NETDEV_REGISTER)
		pair_find_tandem(dev);
	return NOTIFY_DONE;
}

struct notifier_block tandem_pair_notifier = {
	.notifier_call = pair_event,
};
