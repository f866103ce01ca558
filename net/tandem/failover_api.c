// SPDX-License-Identifier: GPL-2.0
/*
 * net_failover.ko: what virtio_net calls on a host that offers
 * VIRTIO_NET_F_STANDBY, answered with a tandem.
 *
 * The CRCs of the two exports must be those of the kernel's own module, and
 * they depend on which structures the headers above them define. The list of
 * includes is therefore that of drivers/net/net_failover.c, in full; the build
 * compares the CRCs and fails if a change here broke them.
 */

#include <linux/netdevice.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/netpoll.h>
#include <linux/rtnetlink.h>
#include <linux/if_vlan.h>
#include <linux/pci.h>
#include <net/sch_generic.h>
#include <uapi/linux/if_arp.h>
#include <net/net_failover.h>

#include "failover_api.h"

/*
 * All handles given out; RTNL. A handle outlives its master when that is
 * deleted by hand: then it points to nothing.
 */
static LIST_HEAD(handles);

/**
 * net_failover_create() - make a tandem for a paravirtual device
 * @standby_dev: the device, about to be registered; it joins when it is
 *
 * Context: process, takes RTNL.
 * Return: a handle for net_failover_destroy(),
 * or an ERR_PTR.
 */
struct failover *net_failover_create(struct net_device *standby_dev)
{
	struct failover *failover;
	struct net_device *dev;

	failover = kzalloc(sizeof(*failover), GFP_KERNEL);
	if (!failover)
		return ERR_PTR(-ENOMEM);

	rtnl_lock();
	dev = tandem_device_create_for(standby_dev);
	if (IS_ERR(dev)) {
		rtnl_unlock();
		kfree(failover);
		return ERR_CAST(dev);
	}
	rcu_assign_pointer(failover->failover_dev, dev);
	list_add_tail(&failover->list, &handles);
	rtnl_unlock();
	return failover;
}
EXPORT_SYMBOL_GPL(net_failover_create);

/**
 * net_failover_destroy() - remove the tandem of a paravirtual device
 * @failover: the handle, NULL is ignored; freed
 *
 * Context: process, takes RTNL.
 */
void net_failover_destroy(struct failover *failover)
{
	struct net_device *dev;

	if (!failover)
		return;

	rtnl_lock();
	list_del(&failover->list);
	dev = rtnl_dereference(failover->failover_dev);
	if (dev)
		tandem_device_destroy(dev, NULL);
	rtnl_unlock();
	kfree(failover);
}
EXPORT_SYMBOL_GPL(net_failover_destroy);

static int handle_event(struct notifier_block *block, unsigned long event,
			void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct failover *failover;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;

	list_for_each_entry(failover, &handles, list)
		if (rtnl_dereference(failover->failover_dev) == dev)
			RCU_INIT_POINTER(failover->failover_dev, NULL);
	return NOTIFY_DONE;
}

static struct notifier_block handle_notifier = {
	.notifier_call = handle_event,
};

static int __init failover_api_init(void)
{
	return register_netdevice_notifier(&handle_notifier);
}

static void __exit failover_api_exit(void)
{
	unregister_netdevice_notifier(&handle_notifier);
}

module_init(failover_api_init);
module_exit(failover_api_exit);

MODULE_DESCRIPTION("Tandem for virtio_net's standby feature");
MODULE_LICENSE("GPL");
