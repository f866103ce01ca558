// SPDX-License-Identifier: GPL-2.0
/*
 * Sleep: the VF is left while it still works, and is not returned to before all
 * devices are back. It need not be there any more then.
 */

#include <linux/rtnetlink.h>
#include <linux/suspend.h>

#include "tandem.h"

static bool pending;	/* RTNL */

/**
 * tandem_suspend_pending() - is the system about to sleep, or not yet awake?
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: true from before the first device is suspended until after the last
 * has been resumed.
 */
bool tandem_suspend_pending(void)
{
	ASSERT_RTNL();

	return pending;
}

/**
 * tandem_suspend_role() - which port to use while the system sleeps
 * @tandem: the tandem
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: the standby; if the roles were swapped, what stands in for it.
 */
enum tandem_role tandem_suspend_role(const struct tandem *tandem)
{
	const struct tandem_port *primary = tandem_port_get(tandem,
							    TANDEM_PRIMARY);
	const struct tandem_port *standby = tandem_port_get(tandem,
							    TANDEM_STANDBY);

	if (primary && tandem_pair_paravirtual(primary->dev) &&
	    !(standby && tandem_pair_paravirtual(standby->dev)))
		return TANDEM_PRIMARY;
	return TANDEM_STANDBY;
}

/* It was not the port's failure: neither damping nor reselect applies. */
static void promise_return(const struct tandem_port *port)
{
	struct tandem *tandem = port->tandem;

	if (rtnl_dereference(tandem->active) == port &&
	    port->role == tandem->set.prefer)
		tandem->commanded = TANDEM_CAUSE_FAILBACK;
}

static struct tandem *not_told(void)
{
	struct tandem *tandem;

	list_for_each_entry(tandem, &tandem_device_list, list)
		if (tandem->sleeps != pending)
			return tandem;
	return NULL;
}

/* One at a time: each may hold RTNL for as long as a switch does. */
static bool tell_one(void)
{
	struct tandem *tandem;

	rtnl_lock();
	tandem = not_told();
	if (tandem) {
		tandem->sleeps = pending;
		tandem_switch_update(tandem);
	}
	rtnl_unlock();
	return tandem;
}

static void suspend_set(bool value)
{
	struct tandem_port *port;

	rtnl_lock();
	pending = value;
	list_for_each_entry(port, &tandem_port_list, list)
		if (value)
			promise_return(port);
	rtnl_unlock();

	while (tell_one())
		;
}

static int suspend_event(struct notifier_block *block, unsigned long action,
			 void *data)
{
	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		suspend_set(true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		suspend_set(false);
		break;
	}
	return NOTIFY_DONE;
}

struct notifier_block tandem_suspend_notifier = {
	.notifier_call = suspend_event,
};
