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

/**
 * tandem_pair_paravirtual() - is a device one that is always there?
 * @dev: the device
 *
 * Context: RTNL.
 * Return: true if it is on a bus of, or driven by a driver for, a hypervisor.
 */
bool tandem_pair_paravirtual(const struct net_device *dev)
{
	const struct device *parent = dev->dev.parent;

	return on_bus(parent, "virtio") || on_bus(parent, "vmbus") ||
	       on_bus(parent, "xen") || driven_by(parent, "vmxnet3");
}

/**
 * tandem_pair_on_pci() - can a device be a VF at all?
 * @dev: the device
 *
 * Context: any, if the caller keeps @dev registered; all callers have RTNL.
 * Return: true if it is on PCI, itself or by virtio or auxiliary devices.
 */
bool tandem_pair_on_pci(const struct net_device *dev)
{
	const struct device *parent = dev->dev.parent;

	while (on_bus(parent, "virtio") || on_bus(parent, "auxiliary"))
		parent = parent->parent;
	return parent && dev_is_pci(parent);
}

static enum tandem_role role_preferred(const struct net_device *dev)
{
	return tandem_pair_paravirtual(dev) ? TANDEM_STANDBY : TANDEM_PRIMARY;
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

/**
 * tandem_pair_check() - may a device be a port at all?
 * @dev: the device
 * @extack: takes the reason of a refusal
 *
 * Context: RTNL.
 * Return: 0, or an error.
 */
int tandem_pair_check(struct net_device *dev, struct netlink_ext_ack *extack)
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
	if (netdev_is_rx_handler_busy(dev)) {
		NL_SET_ERR_MSG(extack,
			       "Another device receives for this one already");
		return -EBUSY;
	}
	return 0;
}

/**
 * tandem_pair_vf_role() - the role a VF gets
 * @tandem: the tandem
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: the primary's if that is free, after a swap that of the standby, else
 * TANDEM_ROLES.
 */
enum tandem_role tandem_pair_vf_role(const struct tandem *tandem)
{
	const struct tandem_port *primary;

	primary = tandem_port_get(tandem, TANDEM_PRIMARY);
	if (!primary)
		return TANDEM_PRIMARY;
	if (!tandem_port_get(tandem, TANDEM_STANDBY) &&
	    tandem_pair_paravirtual(primary->dev))
		return TANDEM_STANDBY;
	return TANDEM_ROLES;
}

/* The port that a VF would stand beside. */
static const struct tandem_port *vf_partner(const struct tandem *tandem)
{
	return tandem_port_next(tandem, NULL);
}

static bool addr_matches(const struct tandem *tandem,
			 const struct net_device *dev)
{
	const struct tandem_port *partner = vf_partner(tandem);

	return ether_addr_equal(dev->perm_addr, tandem->dev->dev_addr) ||
	       (partner && ether_addr_equal(dev->perm_addr,
					    partner->dev->perm_addr));
}

static bool device_taken(struct net_device *dev)
{
	return netdev_master_upper_dev_get(dev) ||
	       netdev_is_rx_handler_busy(dev);
}

/*
 * In another namespace, which is only told to those who have the same owner:
 * anybody else could find out with a tandem which devices there are.
 */
static enum tandem_reason judge_foreigner(const struct tandem *tandem,
					  const struct net_device *dev)
{
	return dev_net(dev)->user_ns == dev_net(tandem->dev)->user_ns ?
	       TANDEM_REASON_NETNS : TANDEM_REASON_ABSENT;
}

/* Has another MAC: is it free, so that it may be the one that is meant? */
static enum tandem_reason judge_stranger(const struct tandem *tandem,
					 struct net_device *dev)
{
	if (tandem_pair_paravirtual(dev) || device_taken(dev) ||
	    !net_eq(dev_net(dev), dev_net(tandem->dev)))
		return TANDEM_REASON_ABSENT;
	return TANDEM_REASON_MAC;
}

/**
 * tandem_pair_judge() - does a device belong to a tandem though nobody said so?
 * @tandem: the tandem
 * @dev: the device
 *
 * A paravirtual device is a VF beside a standby only: without one it may be
 * what was the standby, bound again.
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: TANDEM_REASON_NONE if it does, TANDEM_REASON_ABSENT if it has nothing
 * to do with it, else what speaks against it.
 */
enum tandem_reason tandem_pair_judge(const struct tandem *tandem,
				     struct net_device *dev)
{
	const struct tandem_port *partner = vf_partner(tandem);

	ASSERT_RTNL();

	if (!tandem_pair_on_pci(dev) || tandem_device_is(dev) ||
	    tandem_port_of(dev) || !is_valid_ether_addr(dev->perm_addr))
		return TANDEM_REASON_ABSENT;
	if (!addr_matches(tandem, dev))
		return judge_stranger(tandem, dev);
	if (!partner && tandem_pair_paravirtual(dev))
		return TANDEM_REASON_ABSENT;
	if (!net_eq(dev_net(dev), dev_net(tandem->dev)) &&
	    !tandem_netns_claims(tandem, dev))
		return judge_foreigner(tandem, dev);
	/* Only hv_netvsc can make its host use the VF; leave that to it. */
	if (partner && on_bus(partner->dev->dev.parent, "vmbus"))
		return TANDEM_REASON_HV_NETVSC;
	if (device_taken(dev))
		return TANDEM_REASON_MASTER;
	return TANDEM_REASON_NONE;
}

/**
 * tandem_pair_matches() - is a device to join a tandem though nobody said so?
 * @tandem: the tandem
 * @dev: the device
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: true if it is, from another namespace if tandem_netns_claims().
 */
bool tandem_pair_matches(const struct tandem *tandem, struct net_device *dev)
{
	/* The host's own pair, which has a parent, is none of the user's. */
	if (tandem->set.join == TANDEM_JOIN_COMMAND && !tandem->dev->dev.parent)
		return false;
	return tandem_pair_vf_role(tandem) != TANDEM_ROLES &&
	       tandem_pair_judge(tandem, dev) == TANDEM_REASON_NONE;
}

static void note_refusal(struct tandem *tandem, const struct net_device *dev,
			 enum tandem_reason why)
{
	/* That of the VF is not to be forgotten for another device's. */
	if (!addr_matches(tandem, dev))
		return;
	tandem->refusal.ifindex = dev->ifindex;
	tandem->refusal.reason = why;
}

/**
 * tandem_pair_forgive() - what a device was refused for may be over
 * @tandem: the tandem
 * @why: what that was
 *
 * Context: RTNL.
 */
void tandem_pair_forgive(struct tandem *tandem, enum tandem_reason why)
{
	ASSERT_RTNL();

	if (tandem->refusal.reason == why)
		tandem->refusal.ifindex = 0;
}

static void pair_join(struct tandem *tandem, struct net_device *dev,
		      enum tandem_role role)
{
	enum tandem_reason why = TANDEM_REASON_REFUSED;
	struct netlink_ext_ack extack = {};
	int err;

	err = tandem_pair_check(dev, &extack);
	if (!err)
		err = tandem_port_join(tandem, dev, role, true, &why, &extack);
	if (!err)
		return;

	netdev_warn(tandem->dev, "%s cannot be a port: %s (%d)\n", dev->name,
		    extack._msg ?: "no reason given", err);
	note_refusal(tandem, dev, why);
}

/**
 * tandem_pair_find() - look for a VF that belongs to a tandem
 * @tandem: the tandem
 *
 * To be called when the tandem may match a VF that was there before: a standby
 * has joined, the master is new or has another MAC.
 *
 * Context: RTNL; sleeps as tandem_port_join().
 */
void tandem_pair_find(struct tandem *tandem)
{
	struct net_device *dev;

	ASSERT_RTNL();

	for_each_netdev(dev_net(tandem->dev), dev) {
		if (tandem_pair_matches(tandem, dev)) {
			pair_join(tandem, dev, tandem_pair_vf_role(tandem));
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
	       role_free(tandem, dev) != TANDEM_ROLES;
}

/* Returns true if there is one here. */
static bool pair_find_tandem(struct net_device *dev)
{
	struct tandem *tandem;

	list_for_each_entry(tandem, &tandem_device_list, list) {
		if (!net_eq(dev_net(dev), dev_net(tandem->dev)))
			continue;

		if (pair_is_standby_of(tandem, dev)) {
			pair_join(tandem, dev, role_free(tandem, dev));
			tandem_pair_find(tandem);
			return true;
		}
		if (tandem_pair_matches(tandem, dev)) {
			pair_join(tandem, dev, tandem_pair_vf_role(tandem));
			return true;
		}
	}
	return false;
}

/**
 * tandem_pair_add() - ndo_add_slave: make a device a port by command
 * @dev: the master
 * @port_dev: the device
 * @extack: takes the reason of a refusal
 *
 * Context: RTNL; sleeps as tandem_port_join().
 * Return: 0, or an error with everything as it was before.
 */
int tandem_pair_add(struct net_device *dev, struct net_device *port_dev,
		    struct netlink_ext_ack *extack)
{
	struct tandem *tandem = netdev_priv(dev);
	enum tandem_reason why = TANDEM_REASON_REFUSED;
	enum tandem_role role;
	int err;

	err = tandem_pair_check(port_dev, extack);
	if (err)
		return err;

	role = role_free(tandem, port_dev);
	if (role == TANDEM_ROLES) {
		NL_SET_ERR_MSG(extack,
			       "The tandem has a primary and a standby already");
		return -EBUSY;
	}

	err = tandem_port_join(tandem, port_dev, role, false, &why, extack);
	if (err) {
		note_refusal(tandem, port_dev, why);
		tandem_event_state(tandem);
		return err;
	}

	tandem_pair_find(tandem);
	return 0;
}

/**
 * tandem_pair_del() - ndo_del_slave: release a port by command
 * @dev: the master
 * @port_dev: the port
 *
 * Context: RTNL; sleeps as tandem_port_leave().
 * Return: 0, or -EINVAL if @port_dev is not a port of @dev.
 */
int tandem_pair_del(struct net_device *dev, struct net_device *port_dev)
{
	struct tandem_port *port = tandem_port_of(port_dev);

	if (!port || port->tandem->dev != dev)
		return -EINVAL;

	tandem_netns_disclaim(port->tandem, port_dev);
	tandem_port_leave(port, false);
	return 0;
}

/* The port's driver was told to announce, but it is the master that can. */
static void pass_on(const struct tandem_port *port, unsigned long event)
{
	if (event == NETDEV_NOTIFY_PEERS)
		tandem_announce_start(port->tandem, 1);
	else
		call_netdevice_notifiers(event, port->tandem->dev);
}

/* Frames that the master takes for short enough or its own would be lost. */
static int refuse_change(const struct tandem_port *port,
			 struct netdev_notifier_info *info)
{
	if (port->changing)
		return NOTIFY_DONE;

	NL_SET_ERR_MSG(netdev_notifier_info_to_extack(info),
		       "A port has MTU and MAC of its tandem");
	return notifier_from_errno(-EBUSY);
}

/* To set the MAC that a port has is no change, though it is announced as one. */
static int refuse_addr(const struct tandem_port *port,
		       struct netdev_notifier_info *info)
{
	const struct netdev_notifier_pre_changeaddr_info *change =
		container_of(info, struct netdev_notifier_pre_changeaddr_info,
			     info);

	if (ether_addr_equal(change->dev_addr, port->dev->dev_addr))
		return NOTIFY_DONE;
	return refuse_change(port, info);
}

/*
 * The core tells of many devices in one hold of RTNL: a switch that can wait is not
 * made in it.
 */
static void carrier_changed(struct tandem *tandem)
{
	const struct tandem_port *active = rtnl_dereference(tandem->active);

	if (active && tandem_port_usable(active))
		tandem_monitor_kick(tandem);
	else
		tandem_switch_update(tandem);
}

static int port_event(struct tandem_port *port, unsigned long event,
		      struct netdev_notifier_info *info)
{
	bool moved;

	switch (event) {
	case NETDEV_PRECHANGEMTU:
		return refuse_change(port, info);
	case NETDEV_PRE_CHANGEADDR:
		return refuse_addr(port, info);
	case NETDEV_UNREGISTER:
		moved = port->dev->reg_state == NETREG_REGISTERED;
		if (moved && tandem_netns_strays(port))
			break;
		if (moved)
			tandem_netns_disclaim(port->tandem, port->dev);
		tandem_port_leave(port, true);
		break;
	case NETDEV_GOING_DOWN:
		tandem_switch_leave(port, TANDEM_CAUSE_DOWN);
		break;
	case NETDEV_UP:
		WRITE_ONCE(port->opened, port->opened + 1);
		fallthrough;
	case NETDEV_DOWN:
		/* Down is where that has led; what else there is goes on. */
		if (port->leaving == TANDEM_CAUSE_DOWN)
			port->leaving = TANDEM_CAUSE_NONE;
		tandem_switch_update(port->tandem);
		break;
	case NETDEV_CHANGE:
		carrier_changed(port->tandem);
		break;
	case NETDEV_NOTIFY_PEERS:
	case NETDEV_RESEND_IGMP:
		pass_on(port, event);
		break;
	case NETDEV_FEAT_CHANGE:
	case TANDEM_COMPAT_XDP_FEAT_CHANGE:
		tandem_features_update(port->tandem);
		break;
	}
	return NOTIFY_DONE;
}

static void stranger_event(struct net_device *dev, unsigned long event)
{
	switch (event) {
	case NETDEV_REGISTER:
		if (dev->dev.parent && !pair_find_tandem(dev))
			tandem_netns_await(dev);
		fallthrough;
	case NETDEV_UNREGISTER:
		tandem_candidate_event(dev);
		return;
	}
}

static void master_event(struct tandem *tandem, unsigned long event)
{
	switch (event) {
	case NETDEV_REGISTER:
		tandem_netns_follow(tandem);
		break;
	case NETDEV_CHANGE:
	case NETDEV_UP:
		tandem_announce_resume(tandem);
		break;
	}
}

static int pair_event(struct notifier_block *block, unsigned long event,
		      void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct tandem_port *port;
	int verdict = NOTIFY_DONE;

	if (tandem_device_is(dev)) {
		master_event(netdev_priv(dev), event);
		return NOTIFY_DONE;
	}

	port = tandem_port_of(dev);
	if (port)
		verdict = port_event(port, event, info);
	else
		stranger_event(dev, event);
	if (event == NETDEV_CHANGEUPPER)
		tandem_candidate_event(dev);
	return verdict;
}

struct notifier_block tandem_pair_notifier = {
	.notifier_call = pair_event,
};
