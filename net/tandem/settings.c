// SPDX-License-Identifier: GPL-2.0
/* What a user may set, as netlink attributes. */

#include <linux/capability.h>
#include <net/netlink.h>

#include "tandem.h"

/* Shorter than this a busy host would be taken for a port that has stalled. */
#define STALL_TIMEOUT_MIN	100

/*
 * Milliseconds for which each wait of a switch may hold RTNL, that is, keep everybody
 * from configuring anything: more is not for who has a user namespace of his own.
 */
#define ANYBODYS_SHARE		100

static struct netlink_range_validation range_updelay = {
	.max = 600000,
};

static struct netlink_range_validation range_interval = {
	.min = 10,
	.max = 60000,
};

static struct netlink_range_validation range_hold_limit = {
	.min = 1,
	.max = 65536,
};

static struct netlink_range_validation range_stall_timeout = {
	.max = 60000,
};

static struct netlink_range_validation range_damp_time = {
	.min = 1000,
	.max = 3600000,
};

#define STATE	{ .type = NLA_REJECT, \
		  .reject_message = "This is state, it cannot be set" }

const struct nla_policy tandem_settings_policy[IFLA_TANDEM_MAX + 1] = {
	[IFLA_TANDEM_PREFER] = NLA_POLICY_MAX(NLA_U8, TANDEM_STANDBY),
	[IFLA_TANDEM_RESELECT] = NLA_POLICY_MAX(NLA_U8, TANDEM_RESELECT_FAILURE),
	[IFLA_TANDEM_UPDELAY] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_updelay),
	[IFLA_TANDEM_RX] = NLA_POLICY_MAX(NLA_U8, TANDEM_RX_ACTIVE),
	[IFLA_TANDEM_NOTIFY_PEERS] = NLA_POLICY_MAX(NLA_U32, 255),
	[IFLA_TANDEM_NOTIFY_INTERVAL] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &range_interval),
	[IFLA_TANDEM_HOLD_LIMIT] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &range_hold_limit),
	[IFLA_TANDEM_DRAIN_TIMEOUT] = NLA_POLICY_MAX(NLA_U32, 1000),
	[IFLA_TANDEM_LINGER] = NLA_POLICY_MAX(NLA_U32, 1000),
	[IFLA_TANDEM_STALL_TIMEOUT] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &range_stall_timeout),
	[IFLA_TANDEM_DAMP_COUNT] =
		NLA_POLICY_MAX(NLA_U32, TANDEM_DAMPING_FAILURES),
	[IFLA_TANDEM_DAMP_WINDOW] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &range_damp_time),
	[IFLA_TANDEM_DAMP_TIME] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &range_damp_time),
	[IFLA_TANDEM_DAMP_MAX] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &range_damp_time),
	[IFLA_TANDEM_JOIN] = NLA_POLICY_MAX(NLA_U8, TANDEM_JOIN_COMMAND),
	[IFLA_TANDEM_ACTIVE] = STATE,
	[IFLA_TANDEM_PRIMARY_REASON] = STATE,
	[IFLA_TANDEM_STANDBY_REASON] = STATE,
	[IFLA_TANDEM_WAIT] = STATE,
	[IFLA_TANDEM_ACTIVE_IFINDEX] = STATE,
	[IFLA_TANDEM_SINCE] = STATE,
	[IFLA_TANDEM_CAUSE] = STATE,
	[IFLA_TANDEM_SWITCHES] = STATE,
	[IFLA_TANDEM_CANDIDATES] = STATE,
};

#define PLACE(attr, field) \
	[IFLA_TANDEM_##attr] = offsetof(struct tandem_settings, field)

static const size_t place[] = {
	PLACE(PREFER, prefer),
	PLACE(RESELECT, reselect),
	PLACE(UPDELAY, updelay),
	PLACE(RX, rx),
	PLACE(NOTIFY_PEERS, notify_peers),
	PLACE(NOTIFY_INTERVAL, notify_interval),
	PLACE(HOLD_LIMIT, hold_limit),
	PLACE(DRAIN_TIMEOUT, drain_timeout),
	PLACE(LINGER, linger),
	PLACE(STALL_TIMEOUT, stall_timeout),
	PLACE(DAMP_COUNT, damping.count),
	PLACE(DAMP_WINDOW, damping.window),
	PLACE(DAMP_TIME, damping.time),
	PLACE(DAMP_MAX, damping.max),
	PLACE(JOIN, join),
};

static bool is_small(unsigned int attr)
{
	return tandem_settings_policy[attr].type == NLA_U8;
}

/**
 * tandem_settings_init() - the defaults
 * @set: the settings
 *
 * docs/design.rst says why.
 */
void tandem_settings_init(struct tandem_settings *set)
{
	*set = (struct tandem_settings){
		.prefer = TANDEM_PRIMARY,
		.reselect = TANDEM_RESELECT_ALWAYS,
		.rx = TANDEM_RX_BOTH,
		.notify_peers = 3,
		.notify_interval = 200,
		.hold_limit = 4096,
		.drain_timeout = 100,
		.linger = 100,
		.stall_timeout = 1000,
		.damping = {
			.count = 5,
			.window = 60000,
			.time = 10000,
			.max = 300000,
		},
		.join = TANDEM_JOIN_AUTO,
	};
}

static int check_share(const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	if (!attr || nla_get_u32(attr) <= ANYBODYS_SHARE ||
	    capable(CAP_NET_ADMIN))
		return 0;

	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "More than 100 takes CAP_NET_ADMIN in the first user namespace");
	return -EPERM;
}

/**
 * tandem_settings_check() - what the policy cannot say
 * @data: the attributes
 * @extack: takes the reason of a refusal
 *
 * Context: process, that of who sets them.
 * Return: 0, -EINVAL or -EPERM.
 */
int tandem_settings_check(struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = data[IFLA_TANDEM_STALL_TIMEOUT];

	if (attr && nla_get_u32(attr) && nla_get_u32(attr) < STALL_TIMEOUT_MIN) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "stall_timeout is 0 (off) or at least 100");
		return -EINVAL;
	}
	return check_share(data[IFLA_TANDEM_DRAIN_TIMEOUT], extack) ?:
	       check_share(data[IFLA_TANDEM_LINGER], extack);
}

/**
 * tandem_settings_apply() - take over what is set
 * @tandem: the tandem
 * @data: the attributes, checked
 *
 * The caller lets the switch decide anew.
 *
 * Context: RTNL.
 */
void tandem_settings_apply(struct tandem *tandem, struct nlattr *data[])
{
	unsigned int i;

	ASSERT_RTNL();

	for (i = 1; i < ARRAY_SIZE(place); i++) {
		if (data[i])
			WRITE_ONCE(*(u32 *)((u8 *)&tandem->set + place[i]),
				   is_small(i) ? nla_get_u8(data[i]) :
						 nla_get_u32(data[i]));
	}
	if (data[IFLA_TANDEM_PREFER]) {
		tandem->commanded = TANDEM_CAUSE_COMMAND;
		tandem_damping_forgive(&tandem->damping);
	}
}

/**
 * tandem_settings_fill() - tell all settings
 * @skb: takes the attributes
 * @set: the settings
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: 0 or -EMSGSIZE.
 */
int tandem_settings_fill(struct sk_buff *skb,
			 const struct tandem_settings *set)
{
	unsigned int i;
	int err = 0;
	u32 value;

	for (i = 1; i < ARRAY_SIZE(place) && !err; i++) {
		value = *(const u32 *)((const u8 *)set + place[i]);
		err = is_small(i) ? nla_put_u8(skb, i, value) :
				    nla_put_u32(skb, i, value);
	}
	return err;
}
