/* SPDX-License-Identifier: GPL-2.0 */
/* The last frames of the port that was active before; see linger.c. */
#ifndef _TANDEM_LINGER_H
#define _TANDEM_LINGER_H

#include <linux/ktime.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

struct tandem;
struct tandem_port;

/**
 * struct tandem_linger - frames of the new port that wait for the old one's
 * @queue: the frames; its lock protects the four below and @arrivals; @new changes
 *	only while @work is idle
 * @on: frames of @new have to wait
 * @closing: those of the other port have to wait behind them as well
 * @full: there was one that could not; stays as it is while not @on, and is read without
 *	the lock then
 * @new: the port that has become active
 * @arrivals: frames the other port has brought since
 * @begin: when waiting began; written under RTNL while @work is idle
 * @end: when waiting ends; written under RTNL, read by @work without
 * @work: watches the old port, and alone lets frames in, so that they stay in
 *	order; never takes RTNL, under which it is waited for
 */
struct tandem_linger {
	struct sk_buff_head queue;
	bool on;
	bool closing;
	bool full;
	struct tandem_port *new;
	unsigned int arrivals;
	ktime_t begin;
	ktime_t end;
	struct work_struct work;
};

/* linger.c */
int tandem_linger_setup(void);
void tandem_linger_teardown(void);
void tandem_linger_init(struct tandem *tandem);
void tandem_linger_begin(struct tandem *tandem, struct tandem_port *new,
			 ktime_t end);
void tandem_linger_watch(struct tandem *tandem);
void tandem_linger_end(struct tandem *tandem, struct tandem_port *active,
		       ktime_t end);
void tandem_linger_wait(struct tandem *tandem);
bool tandem_linger_take(const struct tandem_port *port, struct sk_buff *skb);

#endif
