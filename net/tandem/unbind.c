// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that is about to let go of its device: the last moment at which the
 * port still works. NETDEV_GOING_DOWN comes out of the driver's remove(), when
 * many a driver has stopped sending.
 */

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>

#include "tandem.h"

/* What the port's device is, or is on (virtio, auxiliary); NULL if that is not PCI. */
static struct device *pci_device_of(const struct tandem_port *port)
{
	struct device *parent = port->dev->dev.parent;

	while (parent && !dev_is_pci(parent))
		parent = parent->parent;
	return parent;
}

/**
 * tandem_unbind_gone() - cannot the device behind a port be reached any more?
 * @port: the port
 *
 * The bus says so before anybody else: whoever is to tell the driver waits for RTNL,
 * which a switch that is under way has.
 *
 * Context: RTNL.
 * Return: true if it cannot.
 */
bool tandem_unbind_gone(const struct tandem_port *port)
{
	struct device *dev = pci_device_of(port);

	return port->gone ||
	       (dev && to_pci_dev(dev)->error_state == pci_channel_io_perm_failure);
}

/* Asked of the bus, as the driver may not have noticed yet. */
static bool device_gone(struct device *dev)
{
	return !pci_device_is_present(to_pci_dev(dev));
}

static struct tandem_port *port_on(const struct device *dev)
{
	struct tandem_port *port;

	list_for_each_entry(port, &tandem_port_list, list)
		if (port->leaving == TANDEM_CAUSE_NONE &&
		    pci_device_of(port) == dev)
			return port;
	return NULL;
}

/*
 * Lingers without RTNL: the device stays until this notifier returns, whatever
 * becomes of the tandem meanwhile.
 */
static bool leave_one(struct device *dev)
{
	netdevice_tracker tracker;
	struct tandem_port *port;
	struct tandem *tandem;

	rtnl_lock();
	port = port_on(dev);
	if (!port) {
		rtnl_unlock();
		return false;
	}
	/* model: unbind-leave */
	port->leaving = TANDEM_CAUSE_UNBIND;
	port->gone = device_gone(dev);
	tandem = port->tandem;
	netdev_hold(tandem->dev, &tracker, GFP_KERNEL);
	tandem_switch_update(tandem);
	rtnl_unlock();

	/* model: unbind-linger */
	tandem_linger_wait(tandem);
	netdev_put(tandem->dev, &tracker);
	return true;
}

static int unbind_event(struct notifier_block *block, unsigned long action,
			void *data)
{
	/* Most devices are none of ours, and RTNL is not for them to wait on. */
	if (action == BUS_NOTIFY_UNBIND_DRIVER &&
	    !list_empty_careful(&tandem_port_list))
		while (leave_one(data))
			;
	return NOTIFY_DONE;
}

struct notifier_block tandem_unbind_notifier = {
	.notifier_call = unbind_event,
};
