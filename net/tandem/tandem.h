/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tandem: a paravirtual NIC and an SR-IOV VF behind one net device.
 *
 * What is shared between the files of this directory. Functions are grouped
 * by the file that has them; their kernel-doc stands there.
 */
#ifndef _TANDEM_H
#define _TANDEM_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "select.h"

#define TANDEM_KIND	"tandem"

/**
 * struct tandem_borrowed - what a port was before it became one
 * @addr: hardware address
 * @addr_assign_type: how it had got @addr (NET_ADDR_*)
 * @mtu: MTU, bytes
 * @up: it was up
 *
 * Written once when the port joins, read when it leaves; RTNL.
 */
struct tandem_borrowed {
	u8 addr[ETH_ALEN];
	unsigned char addr_assign_type;
	unsigned int mtu;
	bool up;
};

/**
 * struct tandem_port - one of the two devices behind a tandem
 * @dev: the device; constant, alive until the port's RCU grace period is over
 * @tandem: the tandem it is a port of; constant
 * @role: what it is used for; constant
 * @leaving: on its way down though still running (NETDEV_GOING_DOWN seen);
 *	RTNL
 * @ready: its driver has finished probing it, and the master's filters are on
 *	it; RTNL
 * @orig: what to give back; RTNL
 * @seen: the counters of @dev that &tandem.stats already contains;
 *	&tandem.stats_lock
 * @dev_tracker: the reference on @dev
 * @rcu: for freeing after the last reader
 */
struct tandem_port {
	struct net_device *dev;
	struct tandem *tandem;
	enum tandem_role role;
	bool leaving;
	bool ready;
	struct tandem_borrowed orig;
	struct rtnl_link_stats64 seen;
	netdevice_tracker dev_tracker;
	struct rcu_head rcu;
};

#define TANDEM_DUP_BUCKETS	256
#define TANDEM_DUP_WAYS		4

/**
 * struct tandem_dup_entry - a broadcast or multicast frame seen lately
 * @hash: of the frame
 * @stamp: jiffies when one port got ahead of the other; what it is ahead is
 *	forgotten a while after that, however often the frame is repeated
 * @lead: how many more copies the primary has brought than the standby;
 *	zero when the entry is free
 */
struct tandem_dup_entry {
	u32 hash;
	int lead;
	unsigned long stamp;
};

/**
 * struct tandem_dup_bucket - the frames whose hash ends alike
 * @lock: protects @way; innermost, taken from softirq
 * @way: the entries
 */
struct tandem_dup_bucket {
	spinlock_t lock;	/* protects way */
	struct tandem_dup_entry way[TANDEM_DUP_WAYS];
};

/**
 * struct tandem - one pair of ports, the private part of the master device
 * @active: the port that transmits, NULL when none can; written under RTNL,
 *	read under RCU
 * @port: the ports by role, NULL where there is none; written under RTNL,
 *	read under RCU
 * @dev: the master device; constant
 * @announce_left: how many announcements are still to be made; RTNL
 * @announce_work: makes them
 * @stats_lock: protects @stats and the ports' @seen; taken in any context
 * @stats_key: lock class of its own, as a tandem may sit above another
 *	master that reads its lower devices' counters under a lock
 * @stats: counters of all ports there are and were
 * @start_work: starts the ports that joined while being probed
 * @dup_seed: makes the hashes of frames unforeseeable; constant
 * @bucket: frames to recognise the second copy of
 */
struct tandem {
	/* Fast path. */
	struct tandem_port __rcu *active;
	struct tandem_port __rcu *port[TANDEM_ROLES];

	/* Slow path. */
	struct net_device *dev;
	unsigned int announce_left;
	struct delayed_work announce_work;
	spinlock_t stats_lock;	/* protects stats, and seen of the ports */
	struct lock_class_key stats_key;
	struct rtnl_link_stats64 stats;
	struct work_struct start_work;
	u32 dup_seed;
	struct tandem_dup_bucket bucket[TANDEM_DUP_BUCKETS];
};

/**
 * tandem_port_usable() - can this port carry traffic now?
 * @port: the port
 *
 * The two bits that decide about each packet.
 *
 * Context: any, under RCU or RTNL.
 * Return: true if it can.
 */
static inline bool tandem_port_usable(const struct tandem_port *port)
{
	return netif_running(port->dev) && netif_carrier_ok(port->dev);
}

/**
 * tandem_port_get() - the port in a role
 * @tandem: the tandem
 * @role: the role
 *
 * Context: RTNL.
 * Return: the port, NULL if the role is free.
 */
static inline struct tandem_port *tandem_port_get(const struct tandem *tandem,
						  enum tandem_role role)
{
	return rtnl_dereference(tandem->port[role]);
}

/**
 * tandem_port_next() - go through the ports
 * @tandem: the tandem
 * @port: the port before, NULL for the first one
 *
 * Context: RTNL.
 * Return: the next port in the order of enum tandem_role, NULL
 * after the last.
 */
static inline struct tandem_port *tandem_port_next(const struct tandem *tandem,
						   const struct tandem_port *port)
{
	enum tandem_role role = port ? port->role + 1 : 0;

	for (; role < TANDEM_ROLES; role++)
		if (tandem_port_get(tandem, role))
			return tandem_port_get(tandem, role);
	return NULL;
}

/* announce.c */
void tandem_announce_init(struct tandem *tandem);
void tandem_announce_cancel(struct tandem *tandem);
void tandem_announce_resume(struct tandem *tandem);
void tandem_announce_start(struct tandem *tandem);

/* device.c */
bool tandem_device_is(const struct net_device *dev);
void tandem_device_setup(struct net_device *dev);
struct net_device *tandem_device_create_for(struct net_device *standby);
void tandem_device_destroy(struct net_device *dev, struct list_head *head);

/* dup.c */
void tandem_dup_init(struct tandem *tandem);
bool tandem_dup_seen(struct tandem *tandem, u32 hash, enum tandem_role role);
u32 tandem_dup_hash(const struct sk_buff *skb, u32 seed);

/* ethtool.c */
extern const struct ethtool_ops tandem_ethtool_ops;

/* features.c */
netdev_features_t tandem_features_fix(struct net_device *dev,
				      netdev_features_t features);
void tandem_features_init(struct net_device *dev);
void tandem_features_update(struct tandem *tandem);

/* filter.c */
void tandem_filter_rx_mode(struct net_device *dev);
void tandem_filter_rx_flags(struct net_device *dev, int change);
int tandem_filter_add_vid(struct net_device *dev, __be16 proto, u16 vid);
int tandem_filter_kill_vid(struct net_device *dev, __be16 proto, u16 vid);
void tandem_filter_sync(struct tandem_port *port);
void tandem_filter_unsync(struct tandem_port *port);
int tandem_filter_join(struct tandem_port *port);
void tandem_filter_leave(struct tandem_port *port);

/* link.c */
extern struct rtnl_link_ops tandem_link_ops;

/* pair.c */
int tandem_pair_add(struct net_device *dev, struct net_device *port_dev,
		    struct netlink_ext_ack *extack);
int tandem_pair_del(struct net_device *dev, struct net_device *port_dev);
void tandem_pair_find(struct tandem *tandem);
extern struct notifier_block tandem_pair_notifier;

/* port.c */
struct tandem_port *tandem_port_of(const struct net_device *dev);
int tandem_port_join(struct tandem *tandem, struct net_device *dev,
		     enum tandem_role role, bool defer_start,
		     struct netlink_ext_ack *extack);
void tandem_port_leave(struct tandem_port *port, bool gone);
int tandem_port_set_addr(struct net_device *dev, const u8 *addr,
			 struct netlink_ext_ack *extack);
void tandem_port_shut(struct tandem_port *port);
int tandem_port_start(struct tandem_port *port, struct netlink_ext_ack *extack);
void tandem_port_start_work(struct work_struct *work);

/* rx.c */
rx_handler_result_t tandem_rx_handle(struct sk_buff **pskb);

/* stats.c */
void tandem_stats_init(struct tandem *tandem);
void tandem_stats_uninit(struct tandem *tandem);
void tandem_stats_join(struct tandem_port *port);
void tandem_stats_leave(struct tandem_port *port);
void tandem_stats_get(struct net_device *dev, struct rtnl_link_stats64 *stats);

/* switch.c */
void tandem_switch_update(struct tandem *tandem);

/* xmit.c */
netdev_tx_t tandem_xmit_start(struct sk_buff *skb, struct net_device *dev);

#endif
