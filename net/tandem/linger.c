// SPDX-License-Identifier: GPL-2.0
/*
 * The last frames on their way in over the port that was active before.
 *
 * The network sends over the new port as soon as it knows of the switch, while
 * frames it sent before may still wait behind the old one. They are let pass
 * first: until the old port has been quiet for a moment, or linger is over,
 * what the new port brings waits. &tandem.rx_active is NULL for that time,
 * which is what brings all frames here.
 *
 * While what has waited is let in, frames of both ports queue up behind it. A
 * broadcast that the old port is first to bring would overtake otherwise.
 */

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/skbuff.h>
#include <linux/smp.h>

#include "tandem.h"

/*
 * So many looks, so many microseconds apart, without a frame is quiet. Looks
 * are counted and not time: a guest that was not run has not seen any quiet.
 */
#define QUIET_LOOKS	6
#define LOOK_US		2000

/*
 * How often what came while frames were let in is let in after them. Each time
 * takes less than the time before, down to a frame now and then for some rounds.
 * If more comes than can be let in there has to be an end, though out of order.
 */
#define ROUNDS		32
#define BURST		64

/*
 * Reception waits for it: not for the CPU it was asked for on, nor for memory,
 * that may come over the network. Waited for under RTNL: nothing on it takes that.
 */
static struct workqueue_struct *linger_wq;

/* What waits, for the time it does. */
struct waiting {
	bool side;
};

static struct waiting *waiting(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct waiting) > sizeof(skb->cb));
	return (struct waiting *)skb->cb;
}

/* Looks in a row without a frame of the old port, and its frames so far. */
struct looks {
	unsigned int quiet;
	unsigned int arrivals;
};

/*
 * If that was the last look, the old port's next frame waits as well. Not where
 * order is lost already: a flow that comes over the old port alone keeps its own.
 */
static bool look_again(struct tandem_linger *linger, struct looks *looks)
{
	bool again;

	spin_lock_bh(&linger->queue.lock);
	/* model: linger-look */
	looks->quiet = linger->arrivals == looks->arrivals ?
		       looks->quiet + 1 : 0;
	looks->arrivals = linger->arrivals;
	again = linger->on && !linger->full && looks->quiet < QUIET_LOOKS &&
		ktime_before(ktime_get(), READ_ONCE(linger->end));
	linger->closing = linger->on && !linger->full && !again;
	spin_unlock_bh(&linger->queue.lock);
	return again;
}

/* Take what waits; if nothing does, frames need not come here any more. */
static bool take_batch(struct tandem *tandem, struct sk_buff_head *batch,
		       bool last)
{
	struct tandem_linger *linger = &tandem->linger;

	spin_lock_bh(&linger->queue.lock);
	/* model: linger-let-in */
	skb_queue_splice_tail_init(&linger->queue, batch);
	if (linger->on && (last || skb_queue_empty(batch))) {
		linger->on = false;
		rcu_assign_pointer(tandem->rx_active, linger->new);
	}
	spin_unlock_bh(&linger->queue.lock);

	return !skb_queue_empty(batch);
}

/*
 * Not by way of another CPU's backlog (RPS), as what comes after this will not go
 * that way either.
 */
static void receive_one(struct sk_buff *skb)
{
	unsigned int flags;

	/* As the core has it where memory is short and the frame may free some. */
	if (unlikely(skb_pfmemalloc(skb))) {
		flags = memalloc_noreclaim_save();
		netif_receive_skb_core(skb);
		memalloc_noreclaim_restore(flags);
	} else {
		netif_receive_skb_core(skb);
	}
}

static void receive_burst(struct tandem *tandem, struct sk_buff_head *batch)
{
	struct sk_buff *skb;
	int i;

	local_bh_disable();
	for (i = 0; i < BURST && (skb = __skb_dequeue(batch)); i++) {
		if (tandem_rx_first(tandem, waiting(skb)->side, skb))
			receive_one(skb);
		else
			kfree_skb(skb);
	}
	local_bh_enable();
}

static void let_in(struct tandem *tandem)
{
	struct sk_buff_head batch;
	unsigned int round = 0;

	__skb_queue_head_init(&batch);
	while (take_batch(tandem, &batch, ++round >= ROUNDS)) {
		while (!skb_queue_empty(&batch)) {
			receive_burst(tandem, &batch);
			cond_resched();
		}
	}
}

static void linger_work(struct work_struct *work)
{
	struct tandem *tandem = container_of(work, struct tandem, linger.work);
	struct tandem_linger *linger = &tandem->linger;
	struct looks looks = {};
	bool waited = false;

	while (look_again(linger, &looks)) {
		waited = true;
		/* A CPU that was not run may have frames yet: the last one counts after. */
		/* model: linger-kick */
		if (looks.quiet == QUIET_LOOKS - 1)
			kick_all_cpus_sync();
		usleep_range(LOOK_US, 2 * LOOK_US);
	}
	/*
	 * What the old port brought, before the first look as well, may be on its way up
	 * still, on a CPU that was not run. Expedited: while this takes neither port is
	 * heard.
	 */
	/* model: linger-grace */
	if (linger->closing)
		synchronize_rcu_expedited();
	let_in(tandem);
	if (waited)
		tandem_history_linger(tandem,
				      ktime_us_delta(ktime_get(), linger->begin));
}

/**
 * tandem_linger_setup() - before the first tandem
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int __init tandem_linger_setup(void)
{
	linger_wq = alloc_workqueue("tandem", WQ_UNBOUND | WQ_HIGHPRI |
				    WQ_MEM_RECLAIM, 0);
	return linger_wq ? 0 : -ENOMEM;
}

/**
 * tandem_linger_teardown() - after the last tandem
 *
 * Context: process.
 */
void tandem_linger_teardown(void)
{
	destroy_workqueue(linger_wq);
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

	linger->begin = ktime_get();
	WRITE_ONCE(linger->end, end);
	spin_lock_bh(&linger->queue.lock);
	/* model: linger-begin */
	linger->on = true;
	linger->closing = false;
	WRITE_ONCE(linger->full, false);
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

	/* model: linger-watch */
	queue_work(linger_wq, &tandem->linger.work);
}

/**
 * tandem_linger_end() - another switch comes: let in what still waits
 * @tandem: the tandem
 * @active: the port that is active until the next switch, NULL if none is
 * @end: by when, 0 is at once
 *
 * Context: RTNL; sleeps until @end, for a look and a grace period more at most, and
 * until all is let in.
 */
void tandem_linger_end(struct tandem *tandem, struct tandem_port *active,
		       ktime_t end)
{
	struct tandem_linger *linger = &tandem->linger;

	ASSERT_RTNL();

	if (ktime_before(end, linger->end))
		WRITE_ONCE(linger->end, end);
	/* model: linger-end */
	flush_work(&linger->work);
	rcu_assign_pointer(tandem->rx_active, active);
}

/**
 * tandem_linger_wait() - wait until nothing comes from the old port any more
 * @tandem: the tandem, alive as the caller has RTNL or a reference
 *
 * Context: process, with or without RTNL; sleeps for linger, a look and a grace
 * period at most, and until all is let in.
 */
void tandem_linger_wait(struct tandem *tandem)
{
	struct tandem_linger *linger = &tandem->linger;
	ktime_t end;

	flush_work(&linger->work);
	if (!READ_ONCE(linger->full))
		return;

	/* Want of room has ended the linger, not what the old port still brings. */
	end = READ_ONCE(linger->end);
	/* model: linger-wait-on */
	while (ktime_before(ktime_get(), end))
		usleep_range(LOOK_US, 2 * LOOK_US);
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
	/* model: linger-take */
	if (!linger->on) {
		/* It has ended since the caller looked. */
	} else if (port != linger->new && !linger->closing) {
		linger->arrivals++;
	} else if (skb_queue_len(&linger->queue) <
		   READ_ONCE(tandem->set.hold_limit)) {
		waiting(skb)->side = port->side;
		skb->dev = tandem->dev;
		__skb_queue_tail(&linger->queue, skb);
		taken = true;
	} else {
		WRITE_ONCE(linger->full, true);
	}
	spin_unlock(&linger->queue.lock);
	return taken;
}
