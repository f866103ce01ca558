// SPDX-License-Identifier: GPL-2.0
/* The settings and the state of a tandem and of its ports, as attributes. */

#include <net/net_namespace.h>
#include <net/netlink.h>

#include "tandem.h"

static size_t switches_size(void)
{
	return nla_total_size(0) + TANDEM_CAUSES * nla_total_size(sizeof(u32));
}

static size_t candidates_size(void)
{
	size_t one = nla_total_size(0) + nla_total_size(sizeof(u8)) +
		     nla_total_size(sizeof(u32)) + nla_total_size(IFNAMSIZ);

	return nla_total_size(0) + TANDEM_CANDIDATES * one;
}

/**
 * tandem_info_size() - room for tandem_info_fill()
 * @dev: the master
 *
 * Context: RCU or RTNL.
 * Return: bytes.
 */
size_t tandem_info_size(const struct net_device *dev)
{
	return IFLA_TANDEM_MAX * nla_total_size(sizeof(u32)) +
	       nla_total_size_64bit(sizeof(u64)) + switches_size() +
	       candidates_size();
}

static int put_switches(struct sk_buff *skb,
			const struct tandem_history *history)
{
	enum tandem_cause cause;
	struct nlattr *nest;

	nest = nla_nest_start(skb, IFLA_TANDEM_SWITCHES);
	if (!nest)
		return -EMSGSIZE;
	for (cause = TANDEM_CAUSE_FIRST; cause < TANDEM_CAUSES; cause++)
		if (history->causes[cause] &&
		    nla_put_u32(skb, cause, history->causes[cause]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Of another namespace no more is told than which it is. */
static int put_place(struct sk_buff *skb, const struct net *net,
		     const struct net_device *dev)
{
	int id;

	if (net_eq(dev_net(dev), net))
		return nla_put_u32(skb, IFLA_TANDEM_CANDIDATE_IFINDEX,
				   dev->ifindex) ||
		       nla_put_string(skb, IFLA_TANDEM_CANDIDATE_NAME,
				      dev->name);

	id = peernet2id(net, dev_net(dev));
	return id >= 0 &&
	       nla_put_s32(skb, IFLA_TANDEM_CANDIDATE_NETNSID, id);
}

static int put_candidate(struct sk_buff *skb, const struct net *net,
			 const struct tandem_candidate *candidate)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, IFLA_TANDEM_CANDIDATE);
	if (!nest || nla_put_u8(skb, IFLA_TANDEM_CANDIDATE_REASON,
				candidate->reason) ||
	    put_place(skb, net, candidate->dev))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_candidates(struct sk_buff *skb, const struct tandem *tandem)
{
	struct tandem_candidate found[TANDEM_CANDIDATES];
	unsigned int count, i;
	struct nlattr *nest;

	if (tandem_pair_vf_role(tandem) == TANDEM_ROLES)
		return 0;
	count = tandem_candidate_find(tandem, found, ARRAY_SIZE(found));
	if (!count)
		return 0;

	nest = nla_nest_start(skb, IFLA_TANDEM_CANDIDATES);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < count; i++)
		if (put_candidate(skb, dev_net(tandem->dev), &found[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_choice(struct sk_buff *skb, const struct tandem *tandem)
{
	const struct tandem_port *active = rtnl_dereference(tandem->active);
	struct tandem_select_choice choice = tandem_switch_explain(tandem);

	return nla_put_u8(skb, IFLA_TANDEM_ACTIVE,
			  active ? active->role : TANDEM_ROLES) ||
	       nla_put_u32(skb, IFLA_TANDEM_ACTIVE_IFINDEX,
			   active ? active->dev->ifindex : 0) ||
	       nla_put_u8(skb, IFLA_TANDEM_PRIMARY_REASON,
			  choice.reason[TANDEM_PRIMARY]) ||
	       nla_put_u8(skb, IFLA_TANDEM_STANDBY_REASON,
			  choice.reason[TANDEM_STANDBY]) ||
	       nla_put_u32(skb, IFLA_TANDEM_WAIT, choice.wait);
}

static int put_last(struct sk_buff *skb, const struct tandem *tandem)
{
	const struct tandem_record *last = tandem_history_last(tandem);

	if (nla_put_u8(skb, IFLA_TANDEM_CAUSE,
		       last ? last->cause : TANDEM_CAUSE_NONE))
		return -EMSGSIZE;
	return last && nla_put_u64_64bit(skb, IFLA_TANDEM_SINCE,
					 tandem_history_real(last->at),
					 IFLA_TANDEM_PAD);
}

/**
 * tandem_info_fill() - tell all of a tandem
 * @skb: takes the attributes
 * @dev: the master
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: 0 or -EMSGSIZE.
 */
int tandem_info_fill(struct sk_buff *skb, const struct net_device *dev)
{
	const struct tandem *tandem = netdev_priv(dev);

	if (tandem_settings_fill(skb, &tandem->set) ||
	    put_choice(skb, tandem) || put_last(skb, tandem) ||
	    put_switches(skb, &tandem->history) || put_candidates(skb, tandem))
		return -EMSGSIZE;
	return 0;
}

/**
 * tandem_info_port_size() - room for tandem_info_port_fill()
 * @dev: the master
 * @port_dev: the port
 *
 * Context: RCU or RTNL.
 * Return: bytes.
 */
size_t tandem_info_port_size(const struct net_device *dev,
			     const struct net_device *port_dev)
{
	return IFLA_TANDEM_PORT_MAX * nla_total_size(sizeof(u8));
}

/* A port that only another one is preferred to, or that has to wait, could. */
static enum tandem_port_state port_state(enum tandem_reason reason)
{
	switch (reason) {
	case TANDEM_REASON_NONE:
		return TANDEM_PORT_ACTIVE;
	case TANDEM_REASON_UPDELAY:
	case TANDEM_REASON_DAMPING:
	case TANDEM_REASON_RESELECT:
	case TANDEM_REASON_PREFER:
		return TANDEM_PORT_READY;
	default:
		return TANDEM_PORT_UNUSABLE;
	}
}

/**
 * tandem_info_port() - what is to be told of a port
 * @port: the port
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: role, reason and state.
 */
struct tandem_told tandem_info_port(const struct tandem_port *port)
{
	struct tandem_select_choice choice;
	struct tandem_told told;

	choice = tandem_switch_explain(port->tandem);
	told.role = port->role;
	told.reason = choice.reason[port->role];
	told.state = port_state(told.reason);
	return told;
}

/**
 * tandem_info_port_fill() - tell all of a port
 * @skb: takes the attributes
 * @dev: the master
 * @port_dev: the port
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: 0 or -EMSGSIZE.
 */
int tandem_info_port_fill(struct sk_buff *skb, const struct net_device *dev,
			  const struct net_device *port_dev)
{
	const struct tandem_port *port = tandem_port_of(port_dev);
	struct tandem_told told;

	if (!port || !tandem_port_published(port))
		return 0;

	told = tandem_info_port(port);
	if (nla_put_u8(skb, IFLA_TANDEM_PORT_ROLE, told.role) ||
	    nla_put_u8(skb, IFLA_TANDEM_PORT_REASON, told.reason) ||
	    nla_put_u8(skb, IFLA_TANDEM_PORT_STALL,
		       tandem_stall_state(port)) ||
	    nla_put_u8(skb, IFLA_TANDEM_PORT_STATE, told.state))
		return -EMSGSIZE;
	return 0;
}
