// SPDX-License-Identifier: GPL-2.0
/*
 * Counters: the sums over all ports there are and were, by role; never
 * backwards.
 */

#include <linux/rtnetlink.h>

#include "tandem.h"

#define COUNTERS	(sizeof(struct rtnl_link_stats64) / sizeof(u64))

/**
 * tandem_stats_init() - start counting
 * @tandem: the tandem
 *
 * Context: RTNL (ndo_init).
 */
void tandem_stats_init(struct tandem *tandem)
{
	lockdep_register_key(&tandem->stats_key);
	spin_lock_init(&tandem->stats_lock);
	lockdep_set_class(&tandem->stats_lock, &tandem->stats_key);
}

/**
 * tandem_stats_uninit() - the counterpart of tandem_stats_init()
 * @tandem: the tandem, which nobody can reach any more
 *
 * Context: RTNL; sleeps.
 */
void tandem_stats_uninit(struct tandem *tandem)
{
	lockdep_unregister_key(&tandem->stats_key);
}

/*
 * What has been counted between two looks. Some drivers count in 32 bits, which
 * wrap; a counter that went back otherwise was reset, and what was counted
 * between that and now is not known.
 */
static u64 counted_since(u64 seen, u64 now)
{
	s64 delta = now - seen;

	if (!((now | seen) >> 32))
		delta = (s32)delta;
	return max_t(s64, delta, 0);
}

/* Add what the port has counted since last time. */
static void stats_fold(struct tandem *tandem, struct tandem_port *port)
{
	struct rtnl_link_stats64 now;
	u64 *sum, *seen, *count;
	int i;

	lockdep_assert_held(&tandem->stats_lock);

	dev_get_stats(port->dev, &now);
	sum = (u64 *)&tandem->stats[READ_ONCE(port->role)];
	seen = (u64 *)&port->seen;
	count = (u64 *)&now;
	for (i = 0; i < COUNTERS; i++) {
		sum[i] += counted_since(seen[i], count[i]);
		seen[i] = count[i];
	}
}

/**
 * tandem_stats_join() - count from now on what a port counts
 * @port: the port, not yet published
 *
 * Context: RTNL.
 */
void tandem_stats_join(struct tandem_port *port)
{
	dev_get_stats(port->dev, &port->seen);
}

/**
 * tandem_stats_leave() - keep what a port has counted
 * @port: the port, no longer published
 *
 * Context: RTNL; no reader knows the port any more.
 */
void tandem_stats_leave(struct tandem_port *port)
{
	struct tandem *tandem = port->tandem;

	spin_lock_bh(&tandem->stats_lock);
	stats_fold(tandem, port);
	spin_unlock_bh(&tandem->stats_lock);
}

static void stats_fold_all(struct tandem *tandem)
{
	struct tandem_port *port;
	enum tandem_role role;

	for (role = 0; role < TANDEM_ROLES; role++) {
		port = rcu_dereference(tandem->port[role]);
		if (port)
			stats_fold(tandem, port);
	}
}

/**
 * tandem_stats_fold() - add what the ports have counted, in the roles they have
 * @tandem: the tandem
 *
 * Context: any that dev_get_stats() may be called in, with interrupts on; does not
 * need RTNL.
 */
void tandem_stats_fold(struct tandem *tandem)
{
	rcu_read_lock();
	spin_lock_bh(&tandem->stats_lock);
	stats_fold_all(tandem);
	spin_unlock_bh(&tandem->stats_lock);
	rcu_read_unlock();
}

/**
 * tandem_stats_get_role() - what was counted in one role
 * @tandem: the tandem
 * @role: the role
 * @stats: filled
 *
 * Context: any that dev_get_stats() may be called in, with interrupts on; does not
 * need RTNL.
 */
void tandem_stats_get_role(struct tandem *tandem, enum tandem_role role,
			   struct rtnl_link_stats64 *stats)
{
	rcu_read_lock();
	spin_lock_bh(&tandem->stats_lock);
	stats_fold_all(tandem);
	*stats = tandem->stats[role];
	spin_unlock_bh(&tandem->stats_lock);
	rcu_read_unlock();
}

/**
 * tandem_stats_get() - ndo_get_stats64
 * @dev: the master
 * @stats: filled
 *
 * Context: any that dev_get_stats() may be called in, with interrupts on; does not
 * need RTNL.
 */
void tandem_stats_get(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	struct tandem *tandem = netdev_priv(dev);
	struct rtnl_link_stats64 standby;
	const u64 *add;
	u64 *sum;
	int i;

	tandem_stats_get_role(tandem, TANDEM_PRIMARY, stats);
	tandem_stats_get_role(tandem, TANDEM_STANDBY, &standby);
	sum = (u64 *)stats;
	add = (const u64 *)&standby;
	for (i = 0; i < COUNTERS; i++)
		sum[i] += add[i];
}
