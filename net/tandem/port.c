// SPDX-License-Identifier: GPL-2.0
/* How a device becomes a port, and stops being one. */

#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>

#include "tandem.h"
#include "trace.h"

/*
 * All ports of all tandems; RTNL. Whether it is empty is asked without (unbind.c).
 */
LIST_HEAD(tandem_port_list);

/**
 * tandem_port_of() - the port a device is
 * @dev: any device
 *
 * Context: RTNL.
 * Return: the port, NULL if @dev is not a port.
 */
struct tandem_port *tandem_port_of(const struct net_device *dev)
{
	if (rcu_access_pointer(dev->rx_handler) != tandem_rx_handle)
		return NULL;
	return rtnl_dereference(dev->rx_handler_data);
}

static int set_addr(struct net_device *dev, const u8 *addr,
		    struct netlink_ext_ack *extack)
{
	struct sockaddr sa = { .sa_family = dev->type };

	memcpy(sa.sa_data, addr, ETH_ALEN);
	return dev_set_mac_address(dev, &sa, extack);
}

static int set_addr_closed(struct net_device *dev, const u8 *addr,
			   struct netlink_ext_ack *extack)
{
	int err;

	dev_close(dev);
	err = set_addr(dev, addr, extack);
	if (dev_open(dev, NULL))
		netdev_warn(dev, "cannot be opened again\n");
	return err;
}

/**
 * tandem_port_set_addr() - give a port a hardware address
 * @port: the port
 * @addr: the address
 * @extack: takes the reason of a refusal
 *
 * A device that has the address already is not asked: many a VF refuses any
 * change. One that cannot change it while up is closed for the moment.
 *
 * Context: RTNL; sleeps as the port's driver does, and where the port has to be closed
 * for it as tandem_switch_leave() and tandem_switch_update().
 * Return: 0, or what the device answered.
 */
int tandem_port_set_addr(struct tandem_port *port, const u8 *addr,
			 struct netlink_ext_ack *extack)
{
	struct net_device *dev = port->dev;
	int err;

	ASSERT_RTNL();

	if (ether_addr_equal(dev->dev_addr, addr))
		return 0;

	port->changing = true;
	err = set_addr(dev, addr, extack);
	if (err == -EBUSY && netif_running(dev))
		err = set_addr_closed(dev, addr, extack);
	port->changing = false;
	return err;
}

/**
 * tandem_port_set_mtu() - give a port an MTU
 * @port: the port
 * @mtu: the MTU, bytes
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, or what the device answered.
 */
int tandem_port_set_mtu(struct tandem_port *port, int mtu)
{
	int err;

	ASSERT_RTNL();

	port->changing = true;
	err = dev_set_mtu(port->dev, mtu);
	port->changing = false;
	return err;
}

/* A master without a MAC that somebody chose takes that of its first port. */
static bool adopts_addr(const struct tandem *tandem)
{
	return !tandem_port_get(tandem, TANDEM_PRIMARY) &&
	       !tandem_port_get(tandem, TANDEM_STANDBY) &&
	       (tandem->dev->addr_assign_type == NET_ADDR_RANDOM ||
		tandem->dev->addr_assign_type == NET_ADDR_STOLEN);
}

static void adopt_addr(struct tandem *tandem, struct net_device *dev)
{
	dev_addr_set(tandem->dev, dev->dev_addr);
	tandem->dev->addr_assign_type = NET_ADDR_STOLEN;
	call_netdevice_notifiers(NETDEV_CHANGEADDR, tandem->dev);
}

static void orig_save(struct tandem_port *port)
{
	struct net_device *dev = port->dev;

	ether_addr_copy(port->orig.addr, dev->dev_addr);
	port->orig.addr_assign_type = dev->addr_assign_type;
	port->orig.mtu = dev->mtu;
	port->orig.up = netif_running(dev);
}

static void orig_restore_addr(struct tandem_port *port)
{
	if (tandem_port_set_addr(port, port->orig.addr, NULL))
		netdev_warn(port->dev, "cannot be given its MAC back\n");
	else
		port->dev->addr_assign_type = port->orig.addr_assign_type;
}

static void orig_restore_mtu(struct tandem_port *port)
{
	if (tandem_port_set_mtu(port, port->orig.mtu))
		netdev_warn(port->dev, "cannot be given its MTU back\n");
}

/**
 * tandem_port_shut() - close the device of a port
 * @port: the port
 *
 * A device that the core is closing together with its master, as it does when
 * a namespace ends, stands on a list that a second close would tear.
 *
 * Context: RTNL.
 */
void tandem_port_shut(struct tandem_port *port)
{
	ASSERT_RTNL();

	if (list_empty(&port->dev->close_list))
		dev_close(port->dev);
}

/* MTU and MAC of the master on the port. */
static int port_dress(struct tandem_port *port, struct netlink_ext_ack *extack)
{
	struct net_device *dev = port->tandem->dev;
	int err;

	err = tandem_port_set_mtu(port, dev->mtu);
	if (err) {
		NL_SET_ERR_MSG(extack,
			       "The port cannot take the MTU of the tandem");
		port->refusal = TANDEM_REASON_MTU;
		return err;
	}

	if (adopts_addr(port->tandem))
		return 0;

	err = tandem_port_set_addr(port, dev->dev_addr, extack);
	if (err) {
		port->refusal = TANDEM_REASON_MAC;
		if (extack && !extack->_msg)
			NL_SET_ERR_MSG(extack,
				       "The port cannot take the MAC of the tandem");
	}
	return err;
}

/* All that it has to have before it carries the first packet. */
static int port_prepare(struct tandem_port *port,
			struct netlink_ext_ack *extack)
{
	int err;

	port->refusal = TANDEM_REASON_REFUSED;
	err = port_dress(port, extack);
	if (err)
		return err;

	/* Before XDP: many a driver changes its channels only without. */
	if (port->role == TANDEM_PRIMARY)
		tandem_wish_apply(port);
	tandem_features_join(port);

	err = tandem_xdp_join(port, extack);
	if (err) {
		port->refusal = TANDEM_REASON_XDP;
		return err;
	}

	err = tandem_filter_join(port, extack);
	if (err) {
		tandem_xdp_leave(port);
		return err;
	}

	tandem_netpoll_join(port);
	port->refusal = TANDEM_REASON_NONE;
	WRITE_ONCE(port->ready, true);
	return 0;
}

/* As it was found. What is gone has been closed by the core, and stays so. */
static void port_undress(struct tandem_port *port, bool gone)
{
	int err = 0;

	if (!gone)
		tandem_port_shut(port);
	tandem_features_leave(port);
	tandem_wish_restore(port);
	orig_restore_addr(port);
	orig_restore_mtu(port);
	if (port->orig.up && !gone)
		err = dev_open(port->dev, NULL);
	if (err)
		netdev_warn(port->dev, "cannot be opened again: %d\n", err);
}

/* What marks a port for the kernel and for user space. */
static void port_mark(struct net_device *dev)
{
	dev->flags |= IFF_SLAVE;
	dev->priv_flags |= TANDEM_PORT_PRIV_FLAGS;
}

static void port_unmark(struct net_device *dev)
{
	dev->priv_flags &= ~TANDEM_PORT_PRIV_FLAGS;
	dev->flags &= ~IFF_SLAVE;
}

/* Hook the port up: from here on the master receives. */
static int port_link(struct tandem_port *port, struct netlink_ext_ack *extack)
{
	struct netdev_lag_upper_info info = {
		.tx_type = NETDEV_LAG_TX_TYPE_ACTIVEBACKUP,
	};
	int err;

	port_mark(port->dev);
	err = netdev_rx_handler_register(port->dev, tandem_rx_handle, port);
	if (err) {
		NL_SET_ERR_MSG(extack, "Another device receives for the port");
		goto err_unmark;
	}

	err = netdev_master_upper_dev_link(port->dev, port->tandem->dev, NULL,
					   &info, extack);
	if (err)
		goto err_unregister_rx;

	return 0;

err_unregister_rx:
	netdev_rx_handler_unregister(port->dev);
err_unmark:
	port_unmark(port->dev);
	return err;
}

static void port_unlink(struct tandem_port *port)
{
	netdev_upper_dev_unlink(port->dev, port->tandem->dev);
	netdev_rx_handler_unregister(port->dev);
	port_unmark(port->dev);
}

/**
 * tandem_port_start() - let a port carry traffic, if the master does
 * @port: the port
 * @extack: takes the reason of a refusal
 *
 * Context: RTNL, and not from within the port's registration: the driver may
 * be probing it then. Sleeps as that does, and as tandem_switch_update().
 * Return: 0, or what the port answered.
 */
int tandem_port_start(struct tandem_port *port, struct netlink_ext_ack *extack)
{
	int err;

	ASSERT_RTNL();

	if (!port->ready) {
		err = port_prepare(port, extack);
		if (err)
			return err;
		if (tandem_port_published(port))
			tandem_features_update(port->tandem);
	}

	if (!netif_running(port->tandem->dev))
		return 0;

	err = dev_open(port->dev, extack);
	if (err && extack && !extack->_msg)
		NL_SET_ERR_MSG(extack, "The port cannot be opened");
	return err;
}

static struct tandem_port *port_alloc(struct tandem *tandem,
				      struct net_device *dev,
				      enum tandem_role role)
{
	const struct tandem_port *other = tandem_port_next(tandem, NULL);
	struct tandem_port *port;

	port = kzalloc(struct_size(port, queue, dev->num_tx_queues),
		       GFP_KERNEL);
	if (!port)
		return NULL;

	port->queues = dev->num_tx_queues;
	port->dev = dev;
	port->tandem = tandem;
	port->side = other && !other->side;
	port->role = role;
	netdev_hold(dev, &port->dev_tracker, GFP_KERNEL);
	orig_save(port);
	return port;
}

static void port_free(struct tandem_port *port)
{
	netdev_put(port->dev, &port->dev_tracker);
	tandem_rss_free(&port->orig.rss);
	kfree_rcu(port, rcu);
}

/* From here on the port may become the active one. */
static void port_publish(struct tandem_port *port)
{
	struct tandem *tandem = port->tandem;

	if (adopts_addr(tandem))
		adopt_addr(tandem, port->dev);
	tandem_stats_join(port);
	list_add_tail(&port->list, &tandem_port_list);
	rcu_assign_pointer(tandem->port[port->role], port);
	tandem_netns_pin(tandem);
	/* Addresses may have come since it joined: that takes no RTNL. */
	tandem_filter_sync(port);
	/* That may ask the port's driver for something. */
	if (port->ready)
		tandem_features_update(tandem);
	if (tandem->refusal.ifindex == port->dev->ifindex)
		tandem->refusal.ifindex = 0;
	trace_tandem_port_join(port);
	tandem_switch_update(tandem);
}

/* Nothing is sent over the port any more once the caller has synchronized. */
static void port_unpublish(struct tandem_port *port)
{
	struct tandem *tandem = port->tandem;

	tandem_switch_leave(port, TANDEM_CAUSE_RELEASE);
	trace_tandem_port_leave(port);
	/* model: port-unpublish */
	RCU_INIT_POINTER(tandem->port[port->role], NULL);
	tandem_netns_pin(tandem);
	list_del(&port->list);
	tandem_features_update(tandem);
}

static bool has_ipv6_address(const struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	const struct inet6_ifaddr *addr;
	bool found = false;

	if (!in6_dev)
		return false;

	read_lock_bh(&in6_dev->lock);
	list_for_each_entry(addr, &in6_dev->addr_list, if_list)
		found |= !(ipv6_addr_type(&addr->addr) & IPV6_ADDR_LINKLOCAL);
	read_unlock_bh(&in6_dev->lock);
	return found;
}

/* Somebody has configured it before: nothing will come by these any more. */
static void report_addresses(const struct tandem_port *port)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(port->dev);

	if ((in_dev && rtnl_dereference(in_dev->ifa_list)) ||
	    has_ipv6_address(port->dev))
		netdev_warn(port->tandem->dev,
			    "port %s has IP addresses of its own, which belong here\n",
			    port->dev->name);
}

/**
 * tandem_port_join() - make a device a port
 * @tandem: the tandem
 * @dev: the device; the caller has seen that it may be a port
 * @role: a role that is free
 * @defer_start: start the port later, from a context of its own
 * @why: takes what a refusal is for, if it is for one thing in particular
 * @extack: takes the reason of a refusal
 *
 * A device whose driver is still probing it must not be talked to: virtio_net
 * for one registers the netdev before the device is ready. Such a caller, a
 * notifier, asks for @defer_start. What is refused then leaves a port that is not
 * used: a device of its own, with the MAC of the master, would get addresses.
 *
 * Context: RTNL; sleeps as the port's driver does, and as tandem_switch_update().
 * Return: 0, or an error with everything as it was before.
 */
int tandem_port_join(struct tandem *tandem, struct net_device *dev,
		     enum tandem_role role, bool defer_start,
		     enum tandem_reason *why, struct netlink_ext_ack *extack)
{
	struct tandem_port *port;
	int err;

	ASSERT_RTNL();

	port = port_alloc(tandem, dev, role);
	if (!port)
		return -ENOMEM;

	report_addresses(port);

	/* From now on it is opened and closed with the master. */
	dev_close(dev);

	err = port_link(port, extack);
	if (err)
		goto err_undress;

	if (defer_start) {
		schedule_work(&tandem->start_work);
	} else {
		err = tandem_port_start(port, extack);
		if (err)
			goto err_unlink;
	}

	port_publish(port);
	return 0;

err_unlink:
	tandem_netpoll_leave(port);
	if (port->refusal != TANDEM_REASON_NONE)
		*why = port->refusal;
	tandem_filter_leave(port);
	port_unlink(port);
	tandem_xdp_leave(port);
err_undress:
	port_undress(port, false);
	port_free(port);
	return err;
}

/**
 * tandem_port_leave() - make a port an ordinary device again
 * @port: the port; freed
 * @gone: the device is unregistered or moves to another namespace
 *
 * First nobody sends over it, then nothing is received from it, then it gets
 * back what it had.
 *
 * Context: RTNL; sleeps as the port's driver does, as tandem_switch_leave(), and
 * for a grace period.
 */
void tandem_port_leave(struct tandem_port *port, bool gone)
{
	bool registered = port->dev->reg_state == NETREG_REGISTERED;
	struct tandem *tandem = port->tandem;

	ASSERT_RTNL();

	port_unpublish(port);
	tandem_netpoll_leave(port);
	tandem_filter_leave(port);
	/* It is not to receive for itself what the program keeps out. */
	if (registered && !gone)
		tandem_port_shut(port);
	/* model: port-grace */
	port_unlink(port);	/* waits for all readers */
	tandem_xdp_leave(port);
	tandem_stats_leave(port);
	if (registered)
		port_undress(port, gone);
	tandem_event_state(tandem);
	tandem_candidate_event(port->dev);
	port_free(port);
}

static void start_deferred(struct tandem_port *port)
{
	struct netlink_ext_ack extack = {};
	int err;

	err = tandem_port_start(port, &extack);
	if (err)
		netdev_warn(port->tandem->dev, "port %s cannot be used: %s (%d)\n",
			    port->dev->name, extack._msg ?: "no reason given",
			    err);
}

/**
 * tandem_port_start_work() - fetch the VF that has come elsewhere; start the ports that
 *	joined without being started, or have been refused something; see what ports
 *	can do that have just changed
 * @work: &tandem.start_work
 *
 * Context: process.
 */
void tandem_port_start_work(struct work_struct *work)
{
	struct tandem *tandem = container_of(work, struct tandem, start_work);
	struct tandem_port *port;

	rtnl_lock();
	tandem_netns_fetch(tandem);
	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		if (!port->ready)
			start_deferred(port);
	tandem_features_update(tandem);
	tandem_switch_update(tandem);
	rtnl_unlock();
}
