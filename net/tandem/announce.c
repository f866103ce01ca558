// SPDX-License-Identifier: GPL-2.0
/* Telling the network behind which port an address is now. */

#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include <net/sch_generic.h>

#include "tandem.h"

/*
 * A master that has only now got carrier drops what it is given until the core
 * has activated it; then its state changes.
 */
static bool can_send(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev) &&
	       !qdisc_tx_is_noop(dev);
}

/* Gratuitous ARP, unsolicited neighbour advertisements, IGMP/MLD reports. */
static void announce_next(struct tandem *tandem)
{
	if (!tandem->announce_left)
		return;

	tandem->announce_owed = !can_send(tandem->dev);
	if (tandem->announce_owed)
		return;

	call_netdevice_notifiers(NETDEV_NOTIFY_PEERS, tandem->dev);
	call_netdevice_notifiers(NETDEV_RESEND_IGMP, tandem->dev);
	if (--tandem->announce_left)
		mod_delayed_work(system_wq, &tandem->announce_work,
				 msecs_to_jiffies(tandem->set.notify_interval));
}

static void announce_work(struct work_struct *work)
{
	struct tandem *tandem = container_of(to_delayed_work(work),
					     struct tandem, announce_work);

	rtnl_lock();
	announce_next(tandem);
	rtnl_unlock();
}

/**
 * tandem_announce_init() - before the first announcement
 * @tandem: the tandem
 */
void tandem_announce_init(struct tandem *tandem)
{
	INIT_DELAYED_WORK(&tandem->announce_work, announce_work);
}

/**
 * tandem_announce_cancel() - after the last announcement
 * @tandem: the tandem, unregistered
 *
 * Context: process, without RTNL, which the work takes; with it only if the work
 * was never queued (a registration that failed).
 */
void tandem_announce_cancel(struct tandem *tandem)
{
	cancel_delayed_work_sync(&tandem->announce_work);
}

/**
 * tandem_announce_resume() - the master's state has changed
 * @tandem: the tandem
 *
 * What could not be announced for want of carrier is announced now.
 *
 * Context: RTNL.
 */
void tandem_announce_resume(struct tandem *tandem)
{
	ASSERT_RTNL();

	if (tandem->announce_owed)
		announce_next(tandem);
}

/**
 * tandem_announce_start() - announce the master's addresses and groups
 * @tandem: the tandem, with an active port
 * @least: how often even if less is set
 *
 * At once if the master can send, within the switch, and again as often as is
 * set: a switch port that has just got carrier may drop the first, as a Linux
 * bridge does until it has noticed. VLAN devices above announce with the master.
 *
 * Context: RTNL.
 */
void tandem_announce_start(struct tandem *tandem, u32 least)
{
	ASSERT_RTNL();

	tandem->announce_left = max(tandem->set.notify_peers, least);
	announce_next(tandem);
}
