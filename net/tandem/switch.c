// SPDX-License-Identifier: GPL-2.0
/*
 * The one place where the active port changes.
 *
 * From a port that still works to another, in this order, each step bounded:
 *
 * hold	    nobody gives the old port anything any more, packets wait;
 * drain    the old port sends what it has;
 * flush    what waited goes over the new port, before anything newer;
 * announce the network learns where the address is now;
 * linger   what was on its way to the old port comes in before what the new one
 *	    brings, and before the old port is let go.
 *
 * From a port that does not work any more there is nothing to wait for: the new
 * one is used at once, and announced.
 */

#include <linux/rtnetlink.h>
#include <net/sch_generic.h>

#include "tandem.h"
#include "trace.h"

static bool port_ready(const struct tandem_port *port)
{
	return tandem_port_usable(port) && port->ready &&
	       port->leaving == TANDEM_CAUSE_NONE &&
	       !tandem_unbind_gone(port) &&
	       !READ_ONCE(port->stalled) && !qdisc_tx_is_noop(port->dev);
}

/* A carrier that was lost and is back counts from when it came back. */
static void port_look(struct tandem_port *port, u64 now)
{
	int downs = atomic_read(&port->dev->carrier_down_count);

	if (!port_ready(port)) {
		port->usable = false;
	} else if (!port->usable || downs != port->carrier_downs) {
		port->usable = true;
		port->usable_since = now;
	}
	port->carrier_downs = downs;
}

static struct tandem_select_port port_state(const struct tandem_port *port,
					    u64 now)
{
	struct tandem_select_port state = {};
	const struct net_device *dev;

	if (!port)
		return state;

	dev = port->dev;
	state.present = true;
	state.leaving = tandem_unbind_gone(port) ||
			(port->leaving != TANDEM_CAUSE_NONE &&
			 netif_running(port->tandem->dev));
	state.refusal = port->refusal;
	state.running = netif_running(dev) && netif_device_present(dev) &&
			netif_running(port->tandem->dev) && port->ready;
	state.carrier = netif_carrier_ok(dev) && !qdisc_tx_is_noop(dev);
	state.stalled = READ_ONCE(port->stalled);
	if (port->usable)
		state.usable_for = now - port->usable_since;
	return state;
}

static struct tandem_select_choice choose(const struct tandem *tandem,
					  const struct tandem_port *active,
					  u64 now)
{
	struct tandem_select_input in = {
		.active = active ? active->role : TANDEM_ROLES,
		.prefer = tandem->set.prefer,
		.reselect = tandem->set.reselect,
		.commanded = tandem->commanded != TANDEM_CAUSE_NONE,
		.updelay = tandem->set.updelay,
		.damped = tandem_damping_left(&tandem->damping, now),
	};
	enum tandem_role role;

	for (role = 0; role < TANDEM_ROLES; role++)
		in.port[role] = port_state(tandem_port_get(tandem, role), now);
	if (tandem_suspend_pending()) {
		in.prefer = tandem_suspend_role(tandem);
		in.updelay = 0;
		in.commanded = true;
	}
	return tandem_select(&in);
}

/**
 * tandem_switch_explain() - which port is active, and why
 * @tandem: the tandem
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: the choice as it stands now; where the VF is missing, what speaks
 * against the device that could be it.
 */
struct tandem_select_choice tandem_switch_explain(const struct tandem *tandem)
{
	struct tandem_select_choice choice;
	enum tandem_role missing;

	ASSERT_RTNL();

	choice = choose(tandem, rtnl_dereference(tandem->active), tandem_now());
	missing = tandem_pair_vf_role(tandem);
	if (missing != TANDEM_ROLES)
		choice.reason[missing] = tandem_candidate_reason(tandem);
	return choice;
}

/* The port to use now, and when to look again. */
static struct tandem_port *best_port(struct tandem *tandem,
				     const struct tandem_port *active,
				     u64 *wait)
{
	struct tandem_select_choice choice;
	struct tandem_port *port;
	u64 now = tandem_now();

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		port_look(port, now);

	choice = choose(tandem, active, now);
	*wait = choice.wait;
	return choice.role < TANDEM_ROLES ?
	       tandem_port_get(tandem, choice.role) : NULL;
}

static void carrier_update(struct net_device *dev, bool carrier)
{
	if (carrier)
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
}

/*
 * Does the old port still send what it is given, so that it is worth waiting? Not
 * where nobody is left who sends or receives: all devices of a namespace that ends
 * are closed in one hold of RTNL.
 */
static bool port_works(const struct tandem_port *port)
{
	const struct net_device *dev = port->tandem->dev;

	return tandem_port_usable(port) && !tandem_unbind_gone(port) &&
	       !READ_ONCE(port->stalled) && netif_running(dev) &&
	       check_net(dev_net(dev));
}

static void note_failure(struct tandem *tandem, const struct tandem_port *old)
{
	tandem->switches.unplanned++;
	if (old->role == tandem->set.prefer)
		tandem_damping_note(&tandem->damping, &tandem->set.damping,
				    tandem_now());
}

/* What speaks against a port by itself. */
static enum tandem_cause port_cause(const struct tandem_port *port)
{
	if (tandem_unbind_gone(port))
		return TANDEM_CAUSE_GONE;
	if (port->leaving != TANDEM_CAUSE_NONE)
		return port->leaving;
	if (!netif_running(port->dev))
		return TANDEM_CAUSE_DOWN;
	if (!netif_device_present(port->dev))
		return TANDEM_CAUSE_DETACH;
	if (!netif_carrier_ok(port->dev) || qdisc_tx_is_noop(port->dev))
		return TANDEM_CAUSE_CARRIER;
	if (READ_ONCE(port->stalled))
		return TANDEM_CAUSE_STALL;
	return TANDEM_CAUSE_NONE;
}

static enum tandem_cause switch_cause(const struct tandem *tandem,
				      const struct tandem_port *old)
{
	enum tandem_cause cause;

	if (!netif_running(tandem->dev))
		return TANDEM_CAUSE_CLOSE;
	if (!old)
		return TANDEM_CAUSE_FIRST;

	cause = port_cause(old);
	if (cause != TANDEM_CAUSE_NONE)
		return cause;
	if (tandem_suspend_pending())
		return TANDEM_CAUSE_SUSPEND;
	if (tandem->commanded != TANDEM_CAUSE_NONE)
		return tandem->commanded;
	return TANDEM_CAUSE_FAILBACK;
}

static void record_to(struct tandem_record *record,
		      const struct tandem_port *new)
{
	record->to = new ? new->role : TANDEM_ROLES;
	strscpy(record->to_name, new ? new->dev->name : "", IFNAMSIZ);
}

static void record_from(struct tandem_record *record,
			const struct tandem_port *old)
{
	record->from = old ? old->role : TANDEM_ROLES;
	strscpy(record->from_name, old ? old->dev->name : "", IFNAMSIZ);
}

static void note_hold(struct tandem *tandem, ktime_t begin,
		      struct tandem_record *record)
{
	struct tandem_switches *switches = &tandem->switches;

	record->hold_us = ktime_us_delta(ktime_get(), begin);
	switches->hold_us = record->hold_us;
	switches->hold_us_max = max(switches->hold_us_max, switches->hold_us);
}

static void drain(const struct tandem_port *old, const struct tandem_port *new,
		  ktime_t end, struct tandem_record *record)
{
	ktime_t begin = ktime_get();
	bool idle;

	idle = tandem_drain_wait(old, new, end);
	record->drain_us = ktime_us_delta(ktime_get(), begin);
	trace_tandem_switch_drained(old, record->drain_us, idle);
}

static void linger(struct tandem *tandem, struct tandem_port *new, ktime_t end)
{
	if (tandem->set.linger)
		tandem_linger_begin(tandem, new, end);
	else
		tandem_linger_end(tandem, new, 0);
}

/*
 * Returns the port that is active now. While the old one was drained either may
 * have failed, so that is decided again.
 */
static struct tandem_port *switch_planned(struct tandem *tandem,
					  struct tandem_port *old,
					  struct tandem_port *new,
					  struct tandem_record *record,
					  u64 *wait)
{
	u64 held, overflow, held_now, overflow_now;
	ktime_t begin, end;

	tandem_hold_count(tandem, &held, &overflow);
	begin = ktime_get();
	end = ktime_add_ms(begin, tandem->set.drain_timeout);
	/* Before packets are held: they may be too many for the queue. */
	tandem_linger_end(tandem, old,
			  ktime_add_ms(begin, tandem->set.drain_timeout / 2));
	begin = ktime_get();
	tandem_hold_begin(tandem);
	drain(old, new, end, record);
	/* model: decide-again */
	new = best_port(tandem, old, wait);

	/* Without it what is left of the drain's time is for the flush. */
	if (tandem->set.linger)
		end = ktime_add_ms(ktime_get(), tandem->set.linger);
	if (new && new != old)
		linger(tandem, new, end);
	tandem_hold_release(tandem, new, old, end);
	/* It may be closed right after this, and would drop what it still has. */
	/* model: drain-last */
	if (!new)
		tandem_drain_wait(old, NULL, end);
	note_hold(tandem, begin, record);
	tandem_hold_count(tandem, &held_now, &overflow_now);
	record->held = held_now - held;
	record->overflow = overflow_now - overflow;

	record->planned = port_works(old);
	if (new == old)
		return new;
	if (record->planned)
		tandem->switches.planned++;
	else if (new)
		note_failure(tandem, old);
	return new;
}

static void switch_unplanned(struct tandem *tandem, struct tandem_port *old,
			     struct tandem_port *new)
{
	/* model: publish-unplanned */
	rcu_assign_pointer(tandem->active, new);
	tandem_linger_end(tandem, new, 0);
	if (old && new && netif_running(tandem->dev))
		note_failure(tandem, old);
}

static void switch_done(struct tandem *tandem, const struct tandem_port *new,
			struct tandem_record *record)
{
	tandem_echo_switched(tandem);
	carrier_update(tandem->dev, new);
	record_to(record, new);
	tandem_history_add(tandem, record);
	if (new) {
		tandem_announce_start(tandem, 0);
		tandem_linger_watch(tandem);
	} else {
		tandem_linger_end(tandem, NULL, 0);
	}
	tandem_event_switch(tandem, record);
}

static struct tandem_port *switch_over(struct tandem *tandem,
				       struct tandem_port *old,
				       struct tandem_port *new, u64 *wait)
{
	struct tandem_record record = { .cause = switch_cause(tandem, old) };
	bool works = old && port_works(old);

	/* The first one and the last, when the tandem is closed, are as well. */
	record.planned = works || !old || !netif_running(tandem->dev);
	record_from(&record, old);
	record_to(&record, new);
	trace_tandem_switch_begin(tandem->dev, &record);
	if (works)
		new = switch_planned(tandem, old, new, &record, wait);
	else
		switch_unplanned(tandem, old, new);
	if (new != old)
		switch_done(tandem, new, &record);
	else
		trace_tandem_switch_done(tandem->dev, &record);
	return new;
}

static void update(struct tandem *tandem)
{
	struct tandem_port *old, *new;
	u64 wait;

	old = rtnl_dereference(tandem->active);
	/* model: decide */
	new = best_port(tandem, old, &wait);
	if (new != old)
		new = switch_over(tandem, old, new, &wait);
	if (new && new->role == tandem->set.prefer)
		tandem->commanded = TANDEM_CAUSE_NONE;
	tandem_monitor_start(tandem, wait);
	tandem_event_state(tandem);
}

static void note_rtnl(struct tandem *tandem, ktime_t begin)
{
	u64 us = ktime_us_delta(ktime_get(), begin);

	tandem->switches.rtnl_us_max = max(tandem->switches.rtnl_us_max, us);
}

/**
 * tandem_switch_update() - let the best port be the active one
 * @tandem: the tandem
 *
 * To be called after whatever may change the choice: a port joined, left,
 * opened, closed, its carrier changed, or a setting.
 *
 * Context: RTNL; sleeps for a grace period, drain_timeout and linger at most, the
 * last where the new port does not take as fast what was held; for each wait for
 * what lingers a look and a grace period more, and until all is let in. An
 * unplanned switch sleeps for such a wait only.
 */
void tandem_switch_update(struct tandem *tandem)
{
	ktime_t begin = ktime_get();

	ASSERT_RTNL();

	update(tandem);
	note_rtnl(tandem, begin);
}

/**
 * tandem_switch_leave() - use the other port, this one is about to go
 * @port: the port, which still works
 * @cause: why, if that has not been told before
 *
 * Context: RTNL; sleeps for a grace period, drain_timeout and linger at most; for
 * each wait for what lingers a look and a grace period more, and until all is let
 * in. An unplanned switch sleeps for such waits only.
 */
void tandem_switch_leave(struct tandem_port *port, enum tandem_cause cause)
{
	struct tandem *tandem = port->tandem;
	ktime_t begin = ktime_get();

	ASSERT_RTNL();

	if (port->leaving == TANDEM_CAUSE_NONE)
		port->leaving = cause;
	update(tandem);
	tandem_linger_wait(tandem);
	note_rtnl(tandem, begin);
}
