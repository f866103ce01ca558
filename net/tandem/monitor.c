// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at the ports now and then for what no event tells, or not soon enough:
 * a port that stalls, one that its driver has detached, a carrier that is lost
 * (the core may take a second to tell), a delay that is over.
 */

#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "tandem.h"
#include "trace.h"

/* To the first look after something has changed, milliseconds. */
#define SOON	10

/* To the next one, if no port wants an earlier one, milliseconds. */
#define LATER	250

static bool port_well(const struct tandem_port *port)
{
	return port && tandem_port_usable(port) && READ_ONCE(port->ready) &&
	       !READ_ONCE(port->stalled);
}

/* Is there a better port, as far as that can be seen without RTNL? */
static bool active_doubtful(const struct tandem *tandem)
{
	enum tandem_role role;

	if (port_well(rcu_dereference(tandem->active)))
		return false;
	for (role = 0; role < TANDEM_ROLES; role++)
		if (port_well(rcu_dereference(tandem->port[role])))
			return true;
	return false;
}

static bool has_both(const struct tandem *tandem)
{
	return rcu_access_pointer(tandem->port[TANDEM_PRIMARY]) &&
	       rcu_access_pointer(tandem->port[TANDEM_STANDBY]);
}

static void note_stall(struct tandem *tandem, const struct tandem_port *port)
{
	if (port->stalled)
		WRITE_ONCE(tandem->stalls, tandem->stalls + 1);
	trace_tandem_stall(port);
}

/*
 * Looks at all ports; a single one has nothing to be left for. Returns
 * milliseconds until the next look.
 */
static unsigned int look(struct tandem *tandem, bool *changed)
{
	u32 timeout = READ_ONCE(tandem->set.stall_timeout);
	struct tandem_port *port;
	unsigned int again = LATER;
	enum tandem_role role;
	bool before;

	if (!has_both(tandem))
		timeout = 0;
	rcu_read_lock();
	for (role = 0; role < TANDEM_ROLES; role++) {
		port = rcu_dereference(tandem->port[role]);
		if (!port)
			continue;
		before = port->stalled;
		again = min(again,
			    tandem_stall_look(port, tandem_now(), timeout));
		if (before != port->stalled) {
			note_stall(tandem, port);
			*changed = true;
		}
	}
	*changed |= active_doubtful(tandem);
	rcu_read_unlock();
	return again;
}

/* Jiffies until the choice may change by time alone. */
static unsigned long time_left(const struct tandem *tandem)
{
	long left;

	if (!READ_ONCE(tandem->monitor_timed))
		return MAX_JIFFY_OFFSET;
	left = READ_ONCE(tandem->monitor_due) - jiffies;
	return max(left, 0L);
}

static void monitor_work(struct work_struct *work)
{
	struct tandem *tandem = container_of(to_delayed_work(work),
					     struct tandem, monitor_work);
	unsigned long interval;
	bool changed;

	changed = test_and_clear_bit(0, &tandem->monitor_kicked);
	interval = msecs_to_jiffies(look(tandem, &changed));
	if (changed || !time_left(tandem)) {
		rtnl_lock();
		/* model: monitor-update */
		tandem_switch_update(tandem);
		rtnl_unlock();
	}
	/* Does not put off a look that somebody wants sooner. */
	if (netif_running(tandem->dev) && has_both(tandem))
		queue_delayed_work(system_wq, &tandem->monitor_work,
				   min(interval, time_left(tandem)));
}

/**
 * tandem_monitor_init() - before the first look
 * @tandem: the tandem
 */
void tandem_monitor_init(struct tandem *tandem)
{
	INIT_DELAYED_WORK(&tandem->monitor_work, monitor_work);
}

/**
 * tandem_monitor_cancel() - after the last look
 * @tandem: the tandem, unregistered
 *
 * Context: process, without RTNL, which the work takes; with it only if the work
 * was never queued (a registration that failed).
 */
void tandem_monitor_cancel(struct tandem *tandem)
{
	cancel_delayed_work_sync(&tandem->monitor_work);
}

/**
 * tandem_monitor_start() - go on looking
 * @tandem: the tandem; with one port there is nothing to be looked for
 * @wait: milliseconds until the choice may change by time alone, 0 if it
 *	does not
 *
 * Context: RTNL.
 */
void tandem_monitor_start(struct tandem *tandem, u64 wait)
{
	ASSERT_RTNL();

	/* One more, so that time is really up when it is looked at again. */
	WRITE_ONCE(tandem->monitor_due, jiffies + msecs_to_jiffies(wait) + 1);
	WRITE_ONCE(tandem->monitor_timed, wait);
	if (!netif_running(tandem->dev) || !has_both(tandem))
		return;

	if (wait)
		mod_delayed_work(system_wq, &tandem->monitor_work,
				 min(msecs_to_jiffies(SOON), time_left(tandem)));
	else
		queue_delayed_work(system_wq, &tandem->monitor_work,
				   msecs_to_jiffies(SOON));
}

/**
 * tandem_monitor_kick() - look at once
 * @tandem: the tandem
 *
 * Context: any, before the master is unregistered.
 */
void tandem_monitor_kick(struct tandem *tandem)
{
	if (!test_and_set_bit(0, &tandem->monitor_kicked))
		mod_delayed_work(system_wq, &tandem->monitor_work, 0);
}
