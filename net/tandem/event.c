// SPDX-License-Identifier: GPL-2.0
/*
 * Telling who listens: one event for each switch, one for each change of what
 * speaks against a port. To user space both are an RTM_NEWLINK.
 */

#include <linux/rtnetlink.h>

#include "tandem.h"
#include "trace.h"

/**
 * tandem_event_init() - before the first event
 * @tandem: the tandem
 */
void tandem_event_init(struct tandem *tandem)
{
	ratelimit_state_init(&tandem->log_limit, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
}

/* Room for "NAME (ROLE)". */
#define PORT_TEXT	(IFNAMSIZ + 12)

static const char *port_text(char *text, const char *name,
			     enum tandem_role role)
{
	const char *word = tandem_history_role(role);

	if (!*name)
		return word;
	snprintf(text, PORT_TEXT, "%s (%s)", name, word);
	return text;
}

static void log_switch(const struct net_device *dev,
		       const struct tandem_record *record)
{
	char from[PORT_TEXT], to[PORT_TEXT];

	netdev_info(dev,
		    "switch %u: %s to %s, %s, %s: held %u packets for %u us, drained %u us\n",
		    record->number,
		    port_text(from, record->from_name, record->from),
		    port_text(to, record->to_name, record->to),
		    tandem_history_cause(record->cause),
		    record->planned ? "planned" : "unplanned", record->held,
		    record->hold_us, record->drain_us);
}

static bool told_anew(struct tandem *tandem)
{
	struct tandem_select_choice choice = tandem_switch_explain(tandem);

	if (!memcmp(tandem->told, choice.reason, sizeof(tandem->told)))
		return false;
	memcpy(tandem->told, choice.reason, sizeof(tandem->told));
	return true;
}

/* A switch, or a swap of roles, is one of each of the ports, too. */
static void tell_ports(struct tandem *tandem)
{
	struct tandem_port *port;
	struct tandem_told told;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		told = tandem_info_port(port);
		if (!memcmp(&port->told, &told, sizeof(told)))
			continue;
		port->told = told;
		call_netdevice_notifiers(NETDEV_CHANGEINFODATA, port->dev);
	}
}

/**
 * tandem_event_switch() - another port is active
 * @tandem: the tandem
 * @record: the switch
 *
 * Listeners to what a bond does hear the same of a tandem.
 *
 * Context: RTNL.
 */
void tandem_event_switch(struct tandem *tandem,
			 const struct tandem_record *record)
{
	ASSERT_RTNL();

	trace_tandem_switch_done(tandem->dev, record);
	if (__ratelimit(&tandem->log_limit))
		log_switch(tandem->dev, record);
	told_anew(tandem);
	call_netdevice_notifiers(NETDEV_BONDING_FAILOVER, tandem->dev);
	tell_ports(tandem);
}

/**
 * tandem_event_state() - something may have changed that is no switch
 * @tandem: the tandem
 *
 * Context: RTNL.
 */
void tandem_event_state(struct tandem *tandem)
{
	ASSERT_RTNL();

	if (tandem->dev->reg_state != NETREG_REGISTERED)
		return;
	if (told_anew(tandem))
		call_netdevice_notifiers(NETDEV_CHANGEINFODATA, tandem->dev);
	tell_ports(tandem);
}
