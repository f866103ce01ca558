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

/* For how long a bridge may give back what the old port has sent. */
#define ECHO_WINDOW	(HZ / 2)

static bool port_ready(const struct tandem_port *port)
{
	return tandem_port_usable(port) && !port->leaving && !port->gone &&
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
	state.running = netif_running(dev) && netif_device_present(dev) &&
			!port->leaving && !port->gone;
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
		.commanded = tandem->commanded,
		.updelay = tandem->set.updelay,
		.damped = tandem_damping_left(&tandem->damping, now),
	};
	enum tandem_role role;

	for (role = 0; role < TANDEM_ROLES; role++)
		in.port[role] = port_state(tandem_port_get(tandem, role), now);
	if (tandem_suspend_pending()) {
		in.prefer = TANDEM_STANDBY;
		in.updelay = 0;
		in.commanded = true;
	}
	return tandem_select(&in);
}

/**
 * tandem_switch_explain() - which port is active, and why
 * @tandem: the tandem
 *
 * Context: RTNL.
 * Return: the choice as it stands now.
 */
struct tandem_select_choice tandem_switch_explain(const struct tandem *tandem)
{
	ASSERT_RTNL();

	return choose(tandem, rtnl_dereference(tandem->active), tandem_now());
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

/* Does the old port still send what it is given, so that it is worth waiting? */
static bool port_works(const struct tandem_port *port)
{
	return tandem_port_usable(port) && !port->gone &&
	       !READ_ONCE(port->stalled) && netif_running(port->tandem->dev);
}

static void note_failure(struct tandem *tandem, const struct tandem_port *old)
{
	tandem->switches.unplanned++;
	if (old->role == tandem->set.prefer)
		tandem_damping_note(&tandem->damping, &tandem->set.damping,
				    tandem_now());
}

static void note_hold(struct tandem *tandem, ktime_t begin)
{
	struct tandem_switches *switches = &tandem->switches;

	switches->hold_us = ktime_us_delta(ktime_get(), begin);
	switches->hold_us_max = max(switches->hold_us_max, switches->hold_us);
}

/*
 * Returns the port that is active now. While the old one was drained either may
 * have failed, so that is decided again.
 */
static struct tandem_port *switch_planned(struct tandem *tandem,
					  struct tandem_port *old, u64 *wait)
{
	ktime_t begin, end;
	struct tandem_port *new;

	tandem_linger_end(tandem, old);
	begin = ktime_get();
	tandem_hold_begin(tandem);
	tandem_drain_wait(old, ktime_add_ms(begin, tandem->set.drain_timeout));
	new = best_port(tandem, old, wait);

	end = ktime_add_ms(ktime_get(), tandem->set.linger);
	if (new && new != old)
		tandem_linger_begin(tandem, new, end);
	tandem_hold_release(tandem, new, end);
	note_hold(tandem, begin);

	if (!port_works(old))
		note_failure(tandem, old);
	else if (new != old)
		tandem->switches.planned++;
	return new;
}

static void switch_unplanned(struct tandem *tandem, struct tandem_port *old,
			     struct tandem_port *new)
{
	rcu_assign_pointer(tandem->active, new);
	tandem_linger_end(tandem, new);
	if (old && new && netif_running(tandem->dev))
		note_failure(tandem, old);
}

static void switch_done(struct tandem *tandem, const struct tandem_port *new)
{
	WRITE_ONCE(tandem->echo_until, jiffies + ECHO_WINDOW);
	carrier_update(tandem->dev, new);
	if (new) {
		tandem_announce_start(tandem);
		tandem_linger_watch(tandem);
	} else {
		tandem_linger_end(tandem, NULL);
	}
}

static void update(struct tandem *tandem)
{
	struct tandem_port *old, *new;
	u64 wait;

	old = rtnl_dereference(tandem->active);
	new = best_port(tandem, old, &wait);
	if (new != old) {
		if (old && new && port_works(old))
			new = switch_planned(tandem, old, &wait);
		else
			switch_unplanned(tandem, old, new);
		if (new != old)
			switch_done(tandem, new);
	}
	if (new && new->role == tandem->set.prefer)
		tandem->commanded = false;
	tandem_monitor_start(tandem, wait);
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
 * Context: RTNL; sleeps for drain_timeout at most.
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
 *
 * Context: RTNL; sleeps for drain_timeout and linger at most.
 */
void tandem_switch_leave(struct tandem_port *port)
{
	struct tandem *tandem = port->tandem;
	ktime_t begin = ktime_get();

	ASSERT_RTNL();

	port->leaving = true;
	update(tandem);
	tandem_linger_wait(tandem);
	note_rtnl(tandem, begin);
}
