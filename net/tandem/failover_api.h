/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What net_failover.ko uses of tandem.ko. Without any include: those of
 * failover_api.c are counted, see there.
 */
#ifndef _TANDEM_FAILOVER_API_H
#define _TANDEM_FAILOVER_API_H

struct list_head;
struct net_device;

struct net_device *tandem_device_create_for(struct net_device *standby);
void tandem_device_destroy(struct net_device *dev, struct list_head *head);

#endif
