// SPDX-License-Identifier: GPL-2.0
/* Another role for a port: ip link set DEV type tandem_slave role ROLE. */

#include <net/netlink.h>
#include <net/rtnetlink.h>

#include "tandem.h"

#define STATE	{ .type = NLA_REJECT, \
		  .reject_message = "This is state, it cannot be set" }

const struct nla_policy tandem_role_policy[IFLA_TANDEM_PORT_MAX + 1] = {
	[IFLA_TANDEM_PORT_ROLE] = NLA_POLICY_MAX(NLA_U8, TANDEM_STANDBY),
	[IFLA_TANDEM_PORT_REASON] = STATE,
	[IFLA_TANDEM_PORT_STALL] = STATE,
	[IFLA_TANDEM_PORT_STATE] = STATE,
};

static bool about_to_leave(const struct tandem_port *port)
{
	return port && (port->leaving != TANDEM_CAUSE_NONE || port->gone);
}

/*
 * To readers both ports may for a moment seem to be one: transmit looks for any
 * that can send, receive tells them apart by their sides.
 */
static void roles_assign(struct tandem_port *port, struct tandem_port *other,
			 enum tandem_role role)
{
	struct tandem *tandem = port->tandem;

	if (other)
		WRITE_ONCE(other->role, port->role);
	rcu_assign_pointer(tandem->port[role], port);
	rcu_assign_pointer(tandem->port[port->role], other);
	WRITE_ONCE(port->role, role);
}

/*
 * What was set for the primary is for the port that now is, and the switch is between
 * the two: a port that its driver has to reset for it does not transmit then.
 */
static void switch_with_wishes(struct tandem *tandem)
{
	struct tandem_port *port;

	port = tandem_port_get(tandem, TANDEM_PRIMARY);
	if (port && port->ready)
		tandem_wish_apply(port);
	tandem_switch_update(tandem);
	port = tandem_port_get(tandem, TANDEM_STANDBY);
	if (port)
		tandem_wish_restore(port);
}

static int role_set(struct tandem_port *port, enum tandem_role role,
		    struct netlink_ext_ack *extack)
{
	struct tandem *tandem = port->tandem;
	struct tandem_port *other = tandem_port_get(tandem, role);

	if (other == port)
		return 0;
	if (about_to_leave(port) || about_to_leave(other)) {
		NL_SET_ERR_MSG(extack, "The port is about to leave");
		return -EBUSY;
	}

	/* What was counted so far was counted in the old role. */
	tandem_stats_fold(tandem);
	roles_assign(port, other, role);
	tandem_damping_forgive(&tandem->damping);
	if (tandem_port_get(tandem, tandem->set.prefer))
		tandem->commanded = TANDEM_CAUSE_COMMAND;
	switch_with_wishes(tandem);
	return 0;
}

/**
 * tandem_role_change() - slave_changelink
 * @dev: the master
 * @port_dev: the port
 * @tb: attributes of the link
 * @data: attributes of the port, &enum tandem_port_attr
 * @extack: takes the reason of a refusal
 *
 * The port that gets the preferred role is switched to as after a command.
 *
 * Context: RTNL; sleeps as tandem_switch_update().
 * Return: 0, or an error with nothing changed.
 */
int tandem_role_change(struct net_device *dev, struct net_device *port_dev,
		       struct nlattr *tb[], struct nlattr *data[],
		       struct netlink_ext_ack *extack)
{
	struct tandem_port *port = tandem_port_of(port_dev);
	int err;

	ASSERT_RTNL();

	if (tb[IFLA_LINKINFO]) {
		err = tandem_link_check(tb[IFLA_LINKINFO], IFLA_INFO_SLAVE_DATA,
					tandem_role_policy,
					IFLA_TANDEM_PORT_MAX, extack);
		if (err)
			return err;
	}
	if (!data || !data[IFLA_TANDEM_PORT_ROLE])
		return 0;

	return role_set(port, nla_get_u8(data[IFLA_TANDEM_PORT_ROLE]), extack);
}
