// SPDX-License-Identifier: GPL-2.0
/* Telling the network behind which port an address is now. */

#include <linux/rtnetlink.h>

#include "tandem.h"

/**
 * tandem_announce_send() - announce the master's addresses and groups
 * @tandem: the tandem, with an active port
 *
 * Gratuitous ARP, unsolicited neighbour advertisements and IGMP/MLD reports,
 * all sent over the active port, so that switches and neighbours learn it.
 *
 * Context: RTNL.
 */
void tandem_announce_send(struct tandem *tandem)
{
	ASSERT_RTNL();

	if (!netif_running(tandem->dev))
		return;

	call_netdevice_notifiers(NETDEV_NOTIFY_PEERS, tandem->dev);
	call_netdevice_notifiers(NETDEV_RESEND_IGMP, tandem->dev);
}
