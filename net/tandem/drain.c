// SPDX-License-Identifier: GPL-2.0
/* Waiting until a port has sent what it was given. */

#include <linux/delay.h>
#include <linux/ktime.h>
#include <net/sch_generic.h>

#include "tandem.h"

/*
 * A driver without BQL does not tell what it has in flight: what its queues
 * have given it is taken for sent after this time, milliseconds.
 */
#define BLIND_GRACE	20

/* Microseconds between two looks at a port. */
#define STEP		100

static bool qdisc_busy(struct Qdisc *qdisc)
{
	return qdisc_qlen_sum(qdisc) || qdisc_is_running(qdisc) ||
	       test_bit(__QDISC_STATE_SCHED, &qdisc->state);
}

static bool queues_busy(const struct net_device *dev)
{
	bool busy = false;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < dev->num_tx_queues && !busy; i++)
		busy = qdisc_busy(rcu_dereference(netdev_get_tx_queue(dev, i)->qdisc));
	rcu_read_unlock();
	return busy;
}

static unsigned int queues_backlog(const struct net_device *dev)
{
	unsigned int backlog = 0, i;

	rcu_read_lock();
	for (i = 0; i < dev->num_tx_queues; i++)
		backlog += qdisc_qlen_sum(rcu_dereference(netdev_get_tx_queue(dev, i)->qdisc));
	rcu_read_unlock();
	return backlog;
}

static bool driver_busy(const struct net_device *dev)
{
	const struct netdev_queue *txq;
	unsigned int i;

	for (i = 0; i < dev->num_tx_queues; i++) {
		txq = netdev_get_tx_queue(dev, i);
		if (tandem_compat_bql_queued(txq) !=
		    tandem_compat_bql_completed(txq))
			return true;
	}
	return false;
}

static bool can_send(const struct tandem_port *port)
{
	return tandem_port_usable(port) && !tandem_unbind_gone(port);
}

/**
 * tandem_drain_room() - wait until a port's queues are no more than half full
 * @port: the port
 * @end: when to give up
 *
 * Context: RTNL; sleeps until @end and for a step more at most.
 */
void tandem_drain_room(const struct tandem_port *port, ktime_t end)
{
	/* model: drain-room */
	while (can_send(port) && ktime_before(ktime_get(), end) &&
	       queues_backlog(port->dev) > port->dev->tx_queue_len / 2)
		usleep_range(STEP, 2 * STEP);
}

/**
 * tandem_drain_wait() - wait until a port has sent what it was given
 * @port: the port; nobody gives it anything any more
 * @next: the port to be used after it; NULL if there is none
 * @end: when to give up; a port that cannot send is not waited for, nor for one that
 *	cannot be used any more
 *
 * Context: RTNL; sleeps until @end and for a step more at most.
 * Return: true if it has, as far as its driver tells.
 */
bool tandem_drain_wait(const struct tandem_port *port,
		       const struct tandem_port *next, ktime_t end)
{
	ktime_t now = ktime_get(), idle = now;

	ASSERT_RTNL();

	/* model: drain-wait */
	while (can_send(port) && (!next || can_send(next)) &&
	       ktime_before(now, end)) {
		if (queues_busy(port->dev) || driver_busy(port->dev))
			idle = now;
		else if (tandem_stall_sighted(port->dev) ||
			 ktime_ms_delta(now, idle) >= BLIND_GRACE)
			return true;
		usleep_range(STEP, 2 * STEP);
		now = ktime_get();
	}
	return false;
}
