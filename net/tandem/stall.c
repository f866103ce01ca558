// SPDX-License-Identifier: GPL-2.0
/*
 * Ports that have carrier and take packets, but do not complete them. Seen by
 * looking now and then at what drivers account for in BQL; the fast path knows
 * nothing of it.
 */

#include <linux/minmax.h>

#include "tandem.h"

/* Milliseconds between two looks, while packets are sent and while none are. */
#define LOOK_BUSY	10
#define LOOK_IDLE	250
/* If a look is later than meant by more than this, nobody was run meanwhile. */
#define LOOK_LATE	50

/**
 * tandem_stall_sighted() - does this device's driver show what is in flight?
 * @dev: the device
 *
 * Context: any.
 * Return: true if it has ever accounted for a byte.
 */
bool tandem_stall_sighted(const struct net_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->num_tx_queues; i++)
		if (tandem_compat_bql_queued(netdev_get_tx_queue(dev, i)))
			return true;
	return false;
}

static bool queue_in_flight(const struct tandem_stall_queue *queue)
{
	return queue->queued != queue->completed;
}

/*
 * A driver that resets its device starts again at zero: that is not a
 * completion. What is seen in flight for the first time has been so for no time
 * at all, as far as is known. @late milliseconds do not count.
 */
static void queue_look(struct tandem_stall_queue *queue,
		       const struct netdev_queue *txq, u64 now, u64 late)
{
	u32 completed = tandem_compat_bql_completed(txq);
	u32 queued = tandem_compat_bql_queued(txq);

	if (completed != queue->completed && completed)
		queue->stalled = false;
	if (completed != queue->completed || !queue_in_flight(queue))
		queue->since = now;
	else
		queue->since = min(queue->since + late, now);

	queue->completed = completed;
	queue->queued = queued;
}

/* Returns when to look again, milliseconds from @now. */
static u64 queue_judge(struct tandem_stall_queue *queue, u64 now, u32 timeout)
{
	u64 age = now - queue->since;

	if (!queue_in_flight(queue))
		return LOOK_BUSY;
	if (age < timeout)
		return min_t(u64, timeout - age, LOOK_BUSY);
	queue->stalled = true;
	return LOOK_BUSY;
}

static void queues_forget(struct tandem_port *port, u64 now)
{
	unsigned int i;

	for (i = 0; i < port->queues; i++)
		port->queue[i] = (struct tandem_stall_queue){ .since = now };
	WRITE_ONCE(port->stalled, false);
}

static unsigned int queues_look(struct tandem_port *port, u64 now, u32 timeout,
				u64 late)
{
	struct tandem_stall_queue *queue;
	unsigned int again = LOOK_IDLE, i;
	bool stalled = false;
	u32 before;

	for (i = 0; i < port->queues; i++) {
		queue = &port->queue[i];
		before = queue->queued;
		queue_look(queue, netdev_get_tx_queue(port->dev, i), now, late);
		if (queue->queued != before || queue_in_flight(queue))
			again = min_t(unsigned int, again,
				      queue_judge(queue, now, timeout));
		stalled |= queue->stalled;
	}
	WRITE_ONCE(port->stalled, stalled);
	return again;
}

/**
 * tandem_stall_look() - look whether a port completes what it is given
 * @port: the port
 * @now: milliseconds
 * @timeout: milliseconds without a completion; 0 is never
 *
 * What a port without carrier holds does not count, nor what passed while
 * nobody looked: a guest that was not run.
 *
 * Context: the monitor's work alone, RCU.
 * Return: milliseconds until the next look.
 */
unsigned int tandem_stall_look(struct tandem_port *port, u64 now, u32 timeout)
{
	unsigned int opened = READ_ONCE(port->opened), again = LOOK_IDLE;
	u64 late = 0;

	if (!tandem_port_usable(port))
		late = now;
	else if (now > port->look_due + LOOK_LATE)
		late = now - port->look_due;
	if (!timeout || opened != port->opened_seen) {
		port->opened_seen = opened;
		queues_forget(port, now);
	}
	if (timeout)
		again = queues_look(port, now, timeout, late);
	port->look_due = now + again;
	return again;
}

/**
 * tandem_stall_state() - what is known of a port
 * @port: the port
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: what to tell user space.
 */
enum tandem_stall tandem_stall_state(const struct tandem_port *port)
{
	ASSERT_RTNL();

	if (!port->tandem->set.stall_timeout)
		return TANDEM_STALL_OFF;
	if (READ_ONCE(port->stalled))
		return TANDEM_STALL_STALLED;
	if (!tandem_stall_sighted(port->dev))
		return TANDEM_STALL_BLIND;
	return TANDEM_STALL_WATCHED;
}
