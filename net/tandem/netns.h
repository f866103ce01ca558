/* SPDX-License-Identifier: GPL-2.0 */
/* How a tandem moves to another network namespace; see netns.c. */
#ifndef _TANDEM_NETNS_H
#define _TANDEM_NETNS_H

#include <linux/types.h>

struct net_device;
struct tandem;
struct tandem_port;

/* netns.c */
void tandem_netns_await(struct net_device *dev);
bool tandem_netns_claims(const struct tandem *tandem,
			 const struct net_device *dev);
void tandem_netns_disclaim(struct tandem *tandem, const struct net_device *dev);
void tandem_netns_fetch(struct tandem *tandem);
void tandem_netns_follow(struct tandem *tandem);
void tandem_netns_pin(struct tandem *tandem);
bool tandem_netns_strays(const struct tandem_port *port);

#endif
