// SPDX-License-Identifier: GPL-2.0
/* The master device. */

#include <linux/export.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "tandem.h"

/* All tandems; RTNL. */
LIST_HEAD(tandem_device_list);

static int tandem_device_init(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);

	tandem_stats_init(tandem);
	tandem->sleeps = tandem_suspend_pending();
	list_add_tail(&tandem->list, &tandem_device_list);
	return 0;
}

/* Nobody can reach the master any more; only its ports still know it. */
static void tandem_device_uninit(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;

	while ((port = tandem_port_next(tandem, NULL)))
		tandem_port_leave(port, false);
	list_del(&tandem->list);
	tandem_stats_uninit(tandem);
}

/*
 * The works take RTNL, so they cannot be waited for under RTNL as ndo_uninit
 * is; when they run after that they find no ports and a closed device. A
 * registration that fails calls this under RTNL: nothing was queued then.
 */
static void tandem_device_destructor(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);

	cancel_work_sync(&tandem->start_work);
	/* model: cancel */
	tandem_monitor_cancel(tandem);
	/* model: linger-wait */
	tandem_linger_wait(tandem);
	tandem_announce_cancel(tandem);
	tandem_echo_cancel(tandem);
	tandem_rss_free(&tandem->rss);
}

/*
 * One port that opens is enough: that is what there are two for. So is none, if one that
 * cannot be used is all there is: another may come.
 */
static int tandem_device_open(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	int opened = 0, last = 0, err;
	struct tandem_port *port;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		err = tandem_port_start(port, NULL);
		if (!err) {
			opened++;
			continue;
		}
		netdev_warn(dev, "port %s cannot be used: %d\n",
			    port->dev->name, err);
		if (port->ready)
			last = err;
	}
	if (last && !opened)
		return last;

	tandem_switch_update(tandem);
	return 0;
}

static int tandem_device_stop(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port;

	/* None at first: the second port is not to take over from the first. */
	/* model: close */
	tandem_switch_update(tandem);
	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		tandem_filter_unsync(port);
		tandem_port_shut(port);
	}
	return 0;
}

/* All ports or none: a port that refuses undoes those before it. */
static int tandem_device_change_mtu(struct net_device *dev, int mtu)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port, *done;
	int err;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		err = port->ready ? tandem_port_set_mtu(port, mtu) : 0;
		if (err) {
			netdev_warn(dev, "port %s cannot take an MTU of %d\n",
				    port->dev->name, mtu);
			goto err_restore;
		}
	}
	WRITE_ONCE(dev->mtu, mtu);
	tandem_pair_forgive(tandem, TANDEM_REASON_MTU);
	schedule_work(&tandem->start_work);
	tandem_event_state(tandem);
	return 0;

err_restore:
	for (done = tandem_port_next(tandem, NULL); done;
	     done = tandem_port_next(tandem, done)) {
		if (done == port)
			break;
		if (done->ready)
			tandem_port_set_mtu(done, dev->mtu);
	}
	return err;
}

static int tandem_device_set_addr(struct net_device *dev, void *p)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port, *done;
	struct sockaddr *sa = p;
	int err;

	err = eth_prepare_mac_addr_change(dev, sa);
	if (err)
		return err;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		err = port->ready ?
		      tandem_port_set_addr(port, sa->sa_data, NULL) : 0;
		if (err) {
			netdev_warn(dev, "port %s cannot take the MAC %pM\n",
				    port->dev->name, sa->sa_data);
			goto err_restore;
		}
	}
	eth_commit_mac_addr_change(dev, sa);
	tandem_pair_forgive(tandem, TANDEM_REASON_MAC);
	schedule_work(&tandem->start_work);
	tandem_pair_find(tandem);
	tandem_event_state(tandem);
	return 0;

err_restore:
	for (done = tandem_port_next(tandem, NULL); done;
	     done = tandem_port_next(tandem, done)) {
		if (done == port)
			break;
		if (done->ready)
			tandem_port_set_addr(done, dev->dev_addr, NULL);
	}
	return err;
}

static const struct net_device_ops tandem_device_ops = {
	.ndo_init = tandem_device_init,
	.ndo_uninit = tandem_device_uninit,
	.ndo_open = tandem_device_open,
	.ndo_stop = tandem_device_stop,
	.ndo_start_xmit = tandem_xmit_start,
	.ndo_get_stats64 = tandem_stats_get,
	.ndo_change_mtu = tandem_device_change_mtu,
	.ndo_set_mac_address = tandem_device_set_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_set_rx_mode = tandem_filter_rx_mode,
	.ndo_change_rx_flags = tandem_filter_rx_flags,
	.ndo_vlan_rx_add_vid = tandem_filter_add_vid,
	.ndo_vlan_rx_kill_vid = tandem_filter_kill_vid,
	.ndo_fix_features = tandem_features_fix,
	.ndo_set_features = tandem_features_set,
	.ndo_get_xmit_slave = tandem_xmit_slave,
	.ndo_bpf = tandem_xdp_bpf,
	.ndo_xdp_xmit = tandem_xdp_xmit,
	.ndo_features_check = passthru_features_check,
	.ndo_add_slave = tandem_pair_add,
	.ndo_del_slave = tandem_pair_del,
	TANDEM_COMPAT_TSTAMP_OPS
	TANDEM_NETPOLL_OPS
};

/**
 * tandem_device_is() - is this device a tandem?
 * @dev: any device
 *
 * Context: any.
 * Return: true if it is.
 */
bool tandem_device_is(const struct net_device *dev)
{
	return dev->netdev_ops == &tandem_device_ops;
}

/**
 * tandem_device_setup() - what is the same in every master
 * @dev: the master, not yet registered
 */
void tandem_device_setup(struct net_device *dev)
{
	struct tandem *tandem = netdev_priv(dev);

	ether_setup(dev);
	tandem->dev = dev;
	/* The first time, without being told. */
	tandem->commanded = TANDEM_CAUSE_FAILBACK;
	INIT_WORK(&tandem->start_work, tandem_port_start_work);
	tandem_settings_init(&tandem->set);
	tandem_hold_init(tandem);
	tandem_linger_init(tandem);
	tandem_echo_init(tandem);
	tandem_monitor_init(tandem);
	tandem_announce_init(tandem);
	tandem_dup_init(tandem);
	tandem_event_init(tandem);

	dev->netdev_ops = &tandem_device_ops;
	dev->ethtool_ops = &tandem_ethtool_ops;
	dev->rtnl_link_ops = &tandem_link_ops;
	dev->priv_destructor = tandem_device_destructor;
	dev->needs_free_netdev = true;

	/* The port has queues; a second set here would only cost. */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_UNICAST_FLT |
			   IFF_LIVE_ADDR_CHANGE;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	tandem_compat_set_lltx(dev);
	tandem_features_init(dev);
	netif_carrier_off(dev);
}

/**
 * tandem_device_create_for() - make the master of a paravirtual device
 * @standby: the device, about to be registered
 *
 * The master has the same parent as @standby, which is how that finds it when
 * it is registered, and how udev names it.
 *
 * Context: RTNL.
 * Return: the master, or an ERR_PTR.
 */
struct net_device *tandem_device_create_for(struct net_device *standby)
{
	struct net_device *dev;
	int err;

	dev = alloc_netdev(sizeof(struct tandem), "eth%d", NET_NAME_ENUM,
			   tandem_device_setup);
	if (!dev)
		return ERR_PTR(-ENOMEM);

	dev_net_set(dev, dev_net(standby));
	SET_NETDEV_DEV(dev, standby->dev.parent);
	tandem_netns_pin(netdev_priv(dev));
	dev_addr_set(dev, standby->dev_addr);
	dev->addr_assign_type = standby->addr_assign_type;
	dev->mtu = standby->mtu;

	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	return dev;
}
EXPORT_SYMBOL_GPL(tandem_device_create_for);

/**
 * tandem_device_destroy() - remove a master
 * @dev: the master
 * @head: list of devices to be unregistered together, or NULL
 *
 * Context: RTNL.
 */
void tandem_device_destroy(struct net_device *dev, struct list_head *head)
{
	unregister_netdevice_queue(dev, head);
}
EXPORT_SYMBOL_GPL(tandem_device_destroy);
