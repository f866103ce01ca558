/* SPDX-License-Identifier: GPL-2.0 */
/* netpoll over the ports, and nothing where the kernel has none; see netpoll.c. */
#ifndef _TANDEM_NETPOLL_H
#define _TANDEM_NETPOLL_H

#include <linux/jump_label.h>
#include <linux/netdevice.h>
#include <linux/netpoll.h>

struct tandem;
struct tandem_port;

/* netpoll.c */
#ifdef CONFIG_NET_POLL_CONTROLLER
DECLARE_STATIC_KEY_FALSE(tandem_netpoll_key);

#define TANDEM_NETPOLL_OPS \
	.ndo_netpoll_setup = tandem_netpoll_setup, \
	.ndo_netpoll_cleanup = tandem_netpoll_cleanup, \
	.ndo_poll_controller = tandem_netpoll_poll,

/* Is it netpoll that sends? */
static inline bool tandem_netpoll_sends(struct net_device *dev)
{
	return static_branch_unlikely(&tandem_netpoll_key) &&
	       netpoll_tx_running(dev);
}

int tandem_netpoll_setup(struct net_device *dev, struct netpoll_info *info);
void tandem_netpoll_cleanup(struct net_device *dev);
void tandem_netpoll_join(struct tandem_port *port);
void tandem_netpoll_leave(struct tandem_port *port);
void tandem_netpoll_poll(struct net_device *dev);
netdev_tx_t tandem_netpoll_send(struct tandem *tandem, struct sk_buff *skb);
#else
#define TANDEM_NETPOLL_OPS

static inline bool tandem_netpoll_sends(struct net_device *dev)
{
	return false;
}

static inline void tandem_netpoll_join(struct tandem_port *port)
{
}

static inline void tandem_netpoll_leave(struct tandem_port *port)
{
}

static inline netdev_tx_t tandem_netpoll_send(struct tandem *tandem,
					      struct sk_buff *skb)
{
	return NETDEV_TX_BUSY;
}
#endif

#endif
