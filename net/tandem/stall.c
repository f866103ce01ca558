// SPDX-License-Identifier: GPL-2.0
/*
 * Ports that have carrier and take packets, but do not complete them. Seen by
 * looking now and then at what drivers account for in BQL; the fast path knows
 * nothing of it.
 */

#include "tandem.h"

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

/*
 * A driver that resets its device starts again at zero: that is not a
 * completion.
 */
static void queue_look(struct tandem_stall_queue *queue,
		       const struct netdev_queue *txq, u64 now, u32 timeout)
{
	u32 completed = tandem_compat_bql_completed(txq);
	u32 queued = tandem_compat_bql_queued(txq);

	if (completed != queue->completed && completed)
		queue->stalled = false;
	if (completed != queue->completed || queued == completed)
		queue->since = now;
	else if (now - queue->since >= timeout)
		queue->stalled = true;

	queue->completed = completed;
	queue->queued = queued;
}

static bool queue_moved(const struct tandem_stall_queue *queue,
			const struct netdev_queue *txq)
{
	return tandem_compat_bql_queued(txq) != queue->queued ||
	       queue->queued != queue->completed;
}

static void queues_forget(struct tandem_port *port, u64 now)
{
	unsigned int i;

	for (i = 0; i < port->queues; i++)
		port->queue[i] = (struct tandem_stall_queue){ .since = now };
}

/**
 * tandem_stall_look() - look whether a port completes what it is given
 * @port: the port
 * @now: milliseconds
 * @timeout: milliseconds without a completion; 0 is never
 *
 * Context: the monitor's work alone, RCU.
 * Return: true if packets were sent since the last look.
 */
bool tandem_stall_look(struct tandem_port *port, u64 now, u32 timeout)
{
	unsigned int opened = READ_ONCE(port->opened), i;
	bool moved = false, stalled = false;

	if (!timeout || opened != port->opened_seen) {
		port->opened_seen = opened;
		queues_forget(port, now);
	}
	if (!timeout) {
		WRITE_ONCE(port->stalled, false);
		return false;
	}
	for (i = 0; i < port->queues; i++) {
		struct tandem_stall_queue *queue = &port->queue[i];
		const struct netdev_queue *txq;

		txq = netdev_get_tx_queue(port->dev, i);
		moved |= queue_moved(queue, txq);
		if (!tandem_port_usable(port))
			queue->since = now;
		queue_look(queue, txq, now, timeout);
		stalled |= queue->stalled;
	}
	WRITE_ONCE(port->stalled, stalled);
	return moved;
}

/**
 * tandem_stall_state() - what is known of a port
 * @port: the port
 *
 * Context: RTNL.
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
