// SPDX-License-Identifier: GPL-2.0
/*
 * Packets held back while the tandem changes from one port to the other, so
 * that none overtakes what the old port still has to send.
 *
 * While the hold is on, &tandem.active is NULL: that is what brings packets
 * here. Both change together under the queue's lock, and the hold ends only
 * when nothing is left to be sent, so a packet that finds the hold off finds the
 * new port and nothing older still waiting. It ends nevertheless where there is no
 * port, or senders are faster than it: then what was held may be overtaken.
 */

#include <linux/skbuff.h>

#include "tandem.h"

/*
 * How often what was sent during a flush is flushed after it. Each time takes
 * less than the time before, unless senders are faster than the port.
 */
#define FLUSH_ROUNDS	32

/* Packets between two looks at the port's queues, which are half empty then. */
#define BURST		64U

/**
 * tandem_hold_init() - before the first packet
 * @tandem: the tandem
 */
void tandem_hold_init(struct tandem *tandem)
{
	skb_queue_head_init(&tandem->hold.queue);
}

/**
 * tandem_hold_begin() - hold back what is to be sent from now on
 * @tandem: the tandem
 *
 * When it returns everybody who still used the old port has handed it the
 * packet.
 *
 * Context: RTNL; sleeps for a grace period.
 */
void tandem_hold_begin(struct tandem *tandem)
{
	struct tandem_hold *hold = &tandem->hold;

	ASSERT_RTNL();

	spin_lock_bh(&hold->queue.lock);
	/* model: hold-set */
	hold->on = true;
	RCU_INIT_POINTER(tandem->active, NULL);
	spin_unlock_bh(&hold->queue.lock);
	/* model: hold-grace */
	synchronize_net();
}

/**
 * tandem_hold_take() - hold a packet back
 * @tandem: the tandem
 * @skb: the packet
 * @active: takes the port that is active, if no hold is on; looked for under the
 *	lock, as the next hold may begin right after that and it is to wait for who
 *	has found this one over
 *
 * Context: bottom halves off, RCU.
 * Return: true if the packet is taken, held or dropped and counted for want of
 * room; false if no hold is on.
 */
bool tandem_hold_take(struct tandem *tandem, struct sk_buff *skb,
		      struct tandem_port **active)
{
	struct tandem_hold *hold = &tandem->hold;
	bool on, room;

	spin_lock(&hold->queue.lock);
	/* model: hold-take */
	on = hold->on;
	/* model: hold-look-again */
	*active = rcu_dereference_bh(tandem->active);
	room = skb_queue_len(&hold->queue) < READ_ONCE(tandem->set.hold_limit);
	if (on && room) {
		__skb_queue_tail(&hold->queue, skb);
		hold->held++;
	} else if (on) {
		hold->overflow++;
	}
	spin_unlock(&hold->queue.lock);

	if (on && !room) {
		dev_core_stats_tx_dropped_inc(tandem->dev);
		kfree_skb(skb);
	}
	return on;
}

/**
 * tandem_hold_count() - what has been held so far
 * @tandem: the tandem
 * @held: takes how many packets ever were
 * @overflow: takes how many found no room
 *
 * Context: process.
 */
void tandem_hold_count(struct tandem *tandem, u64 *held, u64 *overflow)
{
	struct tandem_hold *hold = &tandem->hold;

	spin_lock_bh(&hold->queue.lock);
	*held = hold->held;
	*overflow = hold->overflow;
	spin_unlock_bh(&hold->queue.lock);
}

/*
 * Take what is held. If it is nothing, or in any case if this is the last time,
 * end the hold with @port active; then what was taken may be overtaken.
 */
static bool take_batch(struct tandem *tandem, struct tandem_port *port,
		       struct sk_buff_head *batch, bool last)
{
	struct tandem_hold *hold = &tandem->hold;

	spin_lock_bh(&hold->queue.lock);
	/* model: flush-take */
	skb_queue_splice_tail_init(&hold->queue, batch);
	if (last || skb_queue_empty(batch)) {
		/* model: flush-publish */
		rcu_assign_pointer(tandem->active, port);
		hold->on = false;
	}
	spin_unlock_bh(&hold->queue.lock);

	return !skb_queue_empty(batch);
}

/* No faster than the port takes it: its qdisc would drop what is too much. */
static void send_batch(struct tandem_port *port, struct sk_buff_head *batch,
		       ktime_t end)
{
	unsigned int burst = clamp(port->dev->tx_queue_len / 2, 1U, BURST);
	unsigned int sent = 0;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(batch))) {
		if (!(sent++ % burst))
			tandem_drain_room(port, end);
		/* model: flush-send */
		rcu_read_lock_bh();
		tandem_xmit_over(port, skb);
		rcu_read_unlock_bh();
	}
}

/**
 * tandem_hold_release() - send what is held and go on with a port
 * @tandem: the tandem, with the hold on
 * @port: the port that is active from now on; NULL if there is none
 * @old: the port that was, and sends what is held in that case if it can
 * @end: until when to wait for room in the port's queues
 *
 * Context: RTNL; sleeps until @end and for a step more at most.
 */
void tandem_hold_release(struct tandem *tandem, struct tandem_port *port,
			 struct tandem_port *old, ktime_t end)
{
	struct sk_buff_head batch;
	unsigned int round = 0;
	bool last = !port;

	ASSERT_RTNL();

	__skb_queue_head_init(&batch);
	while (take_batch(tandem, port, &batch, last)) {
		send_batch(port ?: old, &batch, end);
		if (last)
			break;
		last = ++round >= FLUSH_ROUNDS;
	}
}
