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
 * Context: RTNL.
 * Return: true from before the first device is suspended until after the last
 * has been resumed.
 */
bool tandem_suspend_pending(void)
{
	ASSERT_RTNL();

	return pending;
}

/* It was not the port's failure: neither damping nor reselect applies. */
static void promise_return(const struct tandem_port *port)
{
	struct tandem *tandem = port->tandem;

	if (rtnl_dereference(tandem->active) == port &&
	    port->role == tandem->set.prefer)
		tandem->commanded = true;
}

static void suspend_set(bool value)
{
	struct tandem_port *port;

	rtnl_lock();
	pending = value;
	list_for_each_entry(port, &tandem_port_list, list) {
		if (value)
			promise_return(port);
		tandem_switch_update(port->tandem);
	}
	rtnl_unlock();
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
