// SPDX-License-Identifier: GPL-2.0
/*
 * The last frames on their way in over the port that was active before.
 *
 * The network sends over the new port as soon as it knows of the switch, while
 * frames it sent before may still wait behind the old one. They are let pass
 * first: until the old port has been quiet for a moment, or linger is over,
 * what the new port brings waits. &tandem.rx_active is NULL for that time,
 * which is what brings all frames here.
 */

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/skbuff.h>

#include "tandem.h"

/*
 * So many looks, so many microseconds apart, without a frame is quiet. Looks
 * are counted and not time: a guest that was not run has not seen any quiet.
 */
#define QUIET_LOOKS	5
#define LOOK_US		2000

/*
 * How often what came while frames were let in is let in after them. Each time
 * takes less than the time before, down to a frame now and then for some rounds.
 * If more comes than can be let in there has to be an end, though out of order.
 */
#define ROUNDS		32
#define BURST		64

static bool lingers(struct tandem_linger *linger, unsigned int *arrivals)
{
	bool on;

	spin_lock_bh(&linger->queue.lock);
	on = linger->on && !linger->full;
	*arrivals = linger->arrivals;
	spin_unlock_bh(&linger->queue.lock);
	return on;
}

/* Take what waits; if nothing does, frames need not come here any more. */
static bool take_batch(struct tandem *tandem, struct sk_buff_head *batch,
		       bool last)
{
	struct tandem_linger *linger = &tandem->linger;

	spin_lock_bh(&linger->queue.lock);
	skb_queue_splice_tail_init(&linger->queue, batch);
	if (linger->on && (last || skb_queue_empty(batch))) {
		linger->on = false;
		rcu_assign_pointer(tandem->rx_active, linger->new);
	}
	spin_unlock_bh(&linger->queue.lock);

	return !skb_queue_empty(batch);
}

static void receive_burst(struct sk_buff_head *batch)
{
	struct sk_buff *skb;
	int i;

	local_bh_disable();
	for (i = 0; i < BURST && (skb = __skb_dequeue(batch)); i++)
		netif_receive_skb(skb);
	local_bh_enable();
}

static void let_in(struct tandem *tandem)
{
	struct sk_buff_head batch;
	unsigned int round = 0;

	__skb_queue_head_init(&batch);
	while (take_batch(tandem, &batch, ++round >= ROUNDS)) {
		while (!skb_queue_empty(&batch)) {
			receive_burst(&batch);
			cond_resched();
		}
	}
}

static void linger_work(struct work_struct *work)
{
	struct tandem *tandem = container_of(work, struct tandem, linger.work);
	struct tandem_linger *linger = &tandem->linger;
	unsigned int looks = 0, before = 0, arrivals;

	while (lingers(linger, &arrivals) && looks < QUIET_LOOKS &&
	       ktime_before(ktime_get(), READ_ONCE(linger->end))) {
		looks = arrivals == before ? looks + 1 : 0;
		before = arrivals;
		usleep_range(LOOK_US, 2 * LOOK_US);
	}
	let_in(tandem);
}

/**
 * tandem_linger_init() - before the first switch
 * @tandem: the tandem
 */
void tandem_linger_init(struct tandem *tandem)
{
	struct tandem_linger *linger = &tandem->linger;

	skb_queue_head_init(&linger->queue);
	INIT_WORK(&linger->work, linger_work);
}

/**
 * tandem_linger_begin() - let the old port's frames in before the new one's
 * @tandem: the tandem, about to let the network know of a switch
 * @new: the port that will be active
 * @end: when to let everything in
 *
 * Context: RTNL.
 */
void tandem_linger_begin(struct tandem *tandem, struct tandem_port *new,
			 ktime_t end)
{
	struct tandem_linger *linger = &tandem->linger;

	ASSERT_RTNL();

	WRITE_ONCE(linger->end, end);
	spin_lock_bh(&linger->queue.lock);
	linger->on = true;
	linger->full = false;
	linger->new = new;
	linger->arrivals = 0;
	RCU_INIT_POINTER(tandem->rx_active, NULL);
	spin_unlock_bh(&linger->queue.lock);
}

/**
 * tandem_linger_watch() - look for the old port to become quiet
 * @tandem: the tandem; the network knows of the switch
 *
 * Context: RTNL.
 */
void tandem_linger_watch(struct tandem *tandem)
{
	ASSERT_RTNL();

	queue_work(system_long_wq, &tandem->linger.work);
}

/**
 * tandem_linger_end() - let in at once what still waits
 * @tandem: the tandem
 * @active: the port that is active from now on, NULL if none is
 *
 * Context: RTNL; sleeps for a look at most.
 */
void tandem_linger_end(struct tandem *tandem, struct tandem_port *active)
{
	ASSERT_RTNL();

	WRITE_ONCE(tandem->linger.end, 0);
	flush_work(&tandem->linger.work);
	rcu_assign_pointer(tandem->rx_active, active);
}

/**
 * tandem_linger_wait() - wait until nothing comes from the old port any more
 * @tandem: the tandem, alive as the caller has RTNL or a reference
 *
 * Context: process; sleeps for linger at most.
 */
void tandem_linger_wait(struct tandem *tandem)
{
	flush_work(&tandem->linger.work);
}

/**
 * tandem_linger_take() - let a frame wait if it is too early
 * @port: the port that has brought it
 * @skb: the frame
 *
 * When there is no room a frame is received too early rather than lost.
 *
 * Context: softirq.
 * Return: true if the frame is taken.
 */
bool tandem_linger_take(const struct tandem_port *port, struct sk_buff *skb)
{
	struct tandem *tandem = port->tandem;
	struct tandem_linger *linger = &tandem->linger;
	bool taken = false;

	spin_lock(&linger->queue.lock);
	if (!linger->on) {
		/* It has ended since the caller looked. */
	} else if (port != linger->new) {
		linger->arrivals++;
	} else if (skb_queue_len(&linger->queue) <
		   READ_ONCE(tandem->set.hold_limit)) {
		skb->dev = tandem->dev;
		__skb_queue_tail(&linger->queue, skb);
		taken = true;
	} else {
		linger->full = true;
	}
	spin_unlock(&linger->queue.lock);
	return taken;
}
