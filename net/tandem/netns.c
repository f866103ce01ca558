// SPDX-License-Identifier: GPL-2.0
/*
 * Network namespaces: ports follow their master from one to another. A VF that is
 * plugged in again appears in the first one, and follows then.
 */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>

#include "tandem.h"

/* Its name there, if another device has the one it had. */
#define NAME_PATTERN	"dev%d"

/* Older kernels make the link to a lower device before that gets its new name. */
static void rename_link(struct net_device *dev, struct net_device *lower,
			const char *old_name)
{
	char name[IFNAMSIZ + sizeof("lower_")];

	snprintf(name, sizeof(name), "lower_%s", old_name);
	sysfs_remove_link(&dev->dev.kobj, name);
	snprintf(name, sizeof(name), "lower_%s", lower->name);
	if (sysfs_create_link_nowarn(&dev->dev.kobj, &lower->dev.kobj, name))
		netdev_dbg(dev, "has a link %s already\n", name);
}

static int change_netns(struct net_device *dev, struct net *net)
{
	return dev_change_net_namespace(dev, net, NAME_PATTERN);
}

static void port_follow(struct tandem_port *port)
{
	struct net_device *dev = port->tandem->dev;
	struct net *from = dev_net(port->dev);
	char name[IFNAMSIZ];
	int err;

	strscpy(name, port->dev->name, sizeof(name));
	err = change_netns(port->dev, dev_net(dev));
	if (err) {
		netdev_warn(dev, "port %s cannot change its namespace (%d)\n",
			    name, err);
		tandem_port_leave(port, false);
		return;
	}
	if (strcmp(port->dev->name, name))
		rename_link(dev, port->dev, name);
	if (net_eq(from, &init_net))
		ether_addr_copy(port->tandem->home_addr[port->role],
				port->dev->perm_addr);
}

/**
 * tandem_netns_strays() - is a port in another namespace than its master?
 * @port: the port
 *
 * The core is moving it after its master then; it stays a port.
 *
 * Context: RTNL.
 * Return: true if it is.
 */
bool tandem_netns_strays(const struct tandem_port *port)
{
	return !net_eq(dev_net(port->dev), dev_net(port->tandem->dev));
}

static bool has_strays(const struct tandem *tandem)
{
	const struct tandem_port *port;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		if (tandem_netns_strays(port))
			return true;
	return false;
}

/**
 * tandem_netns_follow() - the master has come into its namespace
 * @tandem: the tandem; the core has closed it
 *
 * Its claims end in the first namespace, and are noted anew when it leaves that.
 *
 * Context: RTNL; sleeps for several grace periods if it is another one than before.
 */
void tandem_netns_follow(struct tandem *tandem)
{
	struct tandem_port *port;
	enum tandem_role role;

	ASSERT_RTNL();

	if (net_eq(dev_net(tandem->dev), &init_net)) {
		tandem->awaited = 0;
		memset(tandem->home_addr, 0, sizeof(tandem->home_addr));
	}
	tandem->refusal.ifindex = 0;
	if (!has_strays(tandem))
		return;

	for (role = 0; role < TANDEM_ROLES; role++) {
		port = tandem_port_get(tandem, role);
		if (port && tandem_netns_strays(port))
			port_follow(port);
	}
	tandem_pair_find(tandem);
}

/**
 * tandem_netns_pin() - stay where a port has to stay
 * @tandem: the tandem
 *
 * So does the drop-in's master, which has a parent: it would be deleted with another
 * namespace, and its virtio NIC needs it.
 *
 * Context: RTNL.
 */
void tandem_netns_pin(struct tandem *tandem)
{
	bool immutable = tandem->dev->dev.parent;
	const struct tandem_port *port;

	ASSERT_RTNL();

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		immutable |= tandem_compat_netns_immutable(port->dev);
	tandem_compat_set_netns_immutable(tandem->dev, immutable);
}

/**
 * tandem_netns_claims() - does a device in the first namespace belong to a tandem that
 *	was moved out of it?
 * @tandem: the tandem
 * @dev: the device
 *
 * Whoever owns the tandem's namespace must not be able to pull any device into it, by
 * giving the tandem its MAC, say: it has to be a port that was moved with it, or to
 * have the same permanent address.
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: true if it does.
 */
bool tandem_netns_claims(const struct tandem *tandem,
			 const struct net_device *dev)
{
	enum tandem_role role;

	if (!net_eq(dev_net(dev), &init_net) ||
	    !is_valid_ether_addr(dev->perm_addr))
		return false;

	for (role = 0; role < TANDEM_ROLES; role++)
		if (ether_addr_equal(tandem->home_addr[role], dev->perm_addr))
			return true;
	return false;
}

/**
 * tandem_netns_disclaim() - a port was taken from a tandem, it was not unplugged
 * @tandem: the tandem
 * @dev: the port
 *
 * Who did that wants to have it elsewhere.
 *
 * Context: RTNL.
 */
void tandem_netns_disclaim(struct tandem *tandem, const struct net_device *dev)
{
	enum tandem_role role;

	ASSERT_RTNL();

	for (role = 0; role < TANDEM_ROLES; role++)
		if (ether_addr_equal(tandem->home_addr[role], dev->perm_addr))
			eth_zero_addr(tandem->home_addr[role]);
}

/* A namespace that ends gives back what it has, and gets nothing any more. */
static bool lives(const struct tandem *tandem)
{
	return tandem->dev->reg_state == NETREG_REGISTERED &&
	       check_net(dev_net(tandem->dev));
}

/**
 * tandem_netns_await() - a device has come that may belong to a tandem elsewhere
 * @dev: the device, which its driver may be probing still
 *
 * Context: RTNL.
 */
void tandem_netns_await(struct net_device *dev)
{
	struct tandem *tandem;

	ASSERT_RTNL();

	list_for_each_entry(tandem, &tandem_device_list, list) {
		if (!lives(tandem) || !tandem_pair_matches(tandem, dev))
			continue;
		tandem->awaited = dev->ifindex;
		schedule_work(&tandem->start_work);
		return;
	}
}

/**
 * tandem_netns_fetch() - move the device that has come into the tandem's namespace
 * @tandem: the tandem
 *
 * Context: RTNL, and not from within the device's registration; sleeps as
 * tandem_port_join(), and for several grace periods.
 */
void tandem_netns_fetch(struct tandem *tandem)
{
	struct netlink_ext_ack extack = {};
	struct net_device *dev;
	int err;

	ASSERT_RTNL();

	if (!tandem->awaited)
		return;

	dev = __dev_get_by_index(&init_net, tandem->awaited);
	tandem->awaited = 0;
	if (!dev || !lives(tandem) || !tandem_pair_matches(tandem, dev))
		return;

	/* Registered there it joins. */
	err = tandem_pair_check(dev, &extack) ?:
	      change_netns(dev, dev_net(tandem->dev));
	if (err)
		netdev_warn(tandem->dev, "%s cannot follow: %s (%d)\n", dev->name,
			    extack._msg ?: "it cannot change its namespace", err);
}
