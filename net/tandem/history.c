// SPDX-License-Identifier: GPL-2.0
/*
 * The last switches, for those who come to ask when all is over: ip link xstats
 * type tandem.
 */

#include <linux/math64.h>
#include <linux/rtnetlink.h>
#include <linux/timekeeping.h>
#include <net/netlink.h>

#include "tandem.h"

static const char *const cause_names[TANDEM_CAUSES] = {
	[TANDEM_CAUSE_NONE] = "none",
	[TANDEM_CAUSE_FIRST] = "first",
	[TANDEM_CAUSE_UNBIND] = "unbind",
	[TANDEM_CAUSE_RELEASE] = "release",
	[TANDEM_CAUSE_DOWN] = "down",
	[TANDEM_CAUSE_DETACH] = "detach",
	[TANDEM_CAUSE_GONE] = "gone",
	[TANDEM_CAUSE_CARRIER] = "carrier",
	[TANDEM_CAUSE_STALL] = "stall",
	[TANDEM_CAUSE_SUSPEND] = "suspend",
	[TANDEM_CAUSE_COMMAND] = "command",
	[TANDEM_CAUSE_FAILBACK] = "failback",
	[TANDEM_CAUSE_CLOSE] = "close",
};

static const char *const role_names[TANDEM_ROLES + 1] = {
	[TANDEM_PRIMARY] = "primary",
	[TANDEM_STANDBY] = "standby",
	[TANDEM_ROLES] = "none",
};

/**
 * tandem_history_cause() - what a cause is called
 * @cause: the cause
 *
 * Return: a word.
 */
const char *tandem_history_cause(enum tandem_cause cause)
{
	return cause_names[cause];
}

/**
 * tandem_history_role() - what a role is called
 * @role: the role, TANDEM_ROLES is none
 *
 * Return: a word.
 */
const char *tandem_history_role(enum tandem_role role)
{
	return role_names[role];
}

static const struct tandem_record *
record_get(const struct tandem_history *history, u32 number)
{
	return &history->ring[number % TANDEM_HISTORY];
}

/**
 * tandem_history_last() - the last switch
 * @tandem: the tandem
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: the record, NULL if there has been no switch.
 */
const struct tandem_record *tandem_history_last(const struct tandem *tandem)
{
	const struct tandem_history *history = &tandem->history;

	ASSERT_RTNL();

	return history->number ? record_get(history, history->number) : NULL;
}

/**
 * tandem_history_real() - a time in the past by the present clock
 * @at: nanoseconds since boot, with suspend
 *
 * A clock that was put right since is right for the past, too.
 *
 * Return: milliseconds since 1970.
 */
u64 tandem_history_real(u64 at)
{
	return div_u64(ktime_get_real_ns() - (ktime_get_boottime_ns() - at),
		       NSEC_PER_MSEC);
}

/**
 * tandem_history_add() - keep a switch that has just been made
 * @tandem: the tandem
 * @record: what is known of it; the rest is filled in
 *
 * Context: RTNL; the work of &struct tandem_linger is not running.
 */
void tandem_history_add(struct tandem *tandem, struct tandem_record *record)
{
	struct tandem_history *history = &tandem->history;

	ASSERT_RTNL();

	record->number = ++history->number;
	record->at = ktime_get_boottime_ns();
	record->echoes = atomic64_read(&tandem->echoes);
	record->duplicates = atomic64_read(&tandem->duplicates);
	history->ring[record->number % TANDEM_HISTORY] = *record;
	history->causes[record->cause]++;
}

/**
 * tandem_history_linger() - for how long frames waited after the last switch
 * @tandem: the tandem
 * @us: microseconds
 *
 * Context: the work of &struct tandem_linger, which every switch waits for
 * before it adds a record.
 */
void tandem_history_linger(struct tandem *tandem, s64 us)
{
	struct tandem_history *history = &tandem->history;
	u32 number = READ_ONCE(history->number);

	WRITE_ONCE(history->ring[number % TANDEM_HISTORY].linger_us, us);
}

/* Of the counters a record has how they stood: they have risen since. */
static int put_drops(struct sk_buff *skb, const struct tandem *tandem,
		     const struct tandem_record *record)
{
	const struct tandem_history *history = &tandem->history;
	u32 echoes = atomic64_read(&tandem->echoes);
	u32 duplicates = atomic64_read(&tandem->duplicates);
	const struct tandem_record *next;

	if (record->number != history->number) {
		next = record_get(history, record->number + 1);
		echoes = next->echoes;
		duplicates = next->duplicates;
	}
	return nla_put_u32(skb, IFLA_TANDEM_SWITCH_ECHOES,
			   echoes - record->echoes) ||
	       nla_put_u32(skb, IFLA_TANDEM_SWITCH_DUPLICATES,
			   duplicates - record->duplicates);
}

static int put_port(struct sk_buff *skb, int role_attr, enum tandem_role role,
		    int name_attr, const char *name)
{
	return nla_put_u8(skb, role_attr, role) ||
	       (*name && nla_put_string(skb, name_attr, name));
}

static int put_record(struct sk_buff *skb, const struct tandem *tandem,
		      const struct tandem_record *record)
{
	return nla_put_u32(skb, IFLA_TANDEM_SWITCH_NUMBER, record->number) ||
	       nla_put_u64_64bit(skb, IFLA_TANDEM_SWITCH_TIME,
				 tandem_history_real(record->at),
				 IFLA_TANDEM_SWITCH_PAD) ||
	       put_port(skb, IFLA_TANDEM_SWITCH_FROM, record->from,
			IFLA_TANDEM_SWITCH_FROM_NAME, record->from_name) ||
	       put_port(skb, IFLA_TANDEM_SWITCH_TO, record->to,
			IFLA_TANDEM_SWITCH_TO_NAME, record->to_name) ||
	       nla_put_u8(skb, IFLA_TANDEM_SWITCH_CAUSE, record->cause) ||
	       nla_put_u8(skb, IFLA_TANDEM_SWITCH_PLANNED, record->planned) ||
	       nla_put_u32(skb, IFLA_TANDEM_SWITCH_HOLD_US, record->hold_us) ||
	       nla_put_u32(skb, IFLA_TANDEM_SWITCH_DRAIN_US,
			   record->drain_us) ||
	       nla_put_u32(skb, IFLA_TANDEM_SWITCH_LINGER_US,
			   READ_ONCE(record->linger_us)) ||
	       nla_put_u32(skb, IFLA_TANDEM_SWITCH_HELD, record->held) ||
	       nla_put_u32(skb, IFLA_TANDEM_SWITCH_OVERFLOW,
			   record->overflow) ||
	       put_drops(skb, tandem, record);
}

static int put_switch(struct sk_buff *skb, const struct tandem *tandem,
		      const struct tandem_record *record)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, IFLA_TANDEM_HISTORY_SWITCH);
	if (!nest)
		return -EMSGSIZE;
	if (put_record(skb, tandem, record)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tandem_history_size() - room for tandem_history_fill()
 * @dev: the master
 * @attr: IFLA_STATS_LINK_XSTATS, the ports have none
 *
 * Context: RTNL.
 * Return: bytes.
 */
size_t tandem_history_size(const struct net_device *dev, int attr)
{
	size_t record = nla_total_size(0) +
			nla_total_size_64bit(sizeof(u64)) +
			8 * nla_total_size(sizeof(u32)) +
			4 * nla_total_size(sizeof(u8)) +
			2 * nla_total_size(IFNAMSIZ);

	if (attr != IFLA_STATS_LINK_XSTATS)
		return 0;
	return nla_total_size(0) + TANDEM_HISTORY * record;
}

static u32 first_told(const struct tandem_history *history, u32 next)
{
	u32 kept = 1;

	if (history->number > TANDEM_HISTORY)
		kept = history->number - TANDEM_HISTORY + 1;
	return max(kept, next);
}

/**
 * tandem_history_fill() - tell the last switches, the oldest first
 * @skb: takes the attributes
 * @dev: the master, or a port, which has none
 * @next: number of the switch to begin with, 0 for the first; where to go on
 *	if there was not room for all
 * @attr: IFLA_STATS_LINK_XSTATS for the master
 *
 * Switches made between two parts of an answer may push out some that were not
 * told: then there is a gap in the numbers.
 *
 * Context: RTNL.
 * Return: 0, or -EMSGSIZE to be called again.
 */
int tandem_history_fill(struct sk_buff *skb, const struct net_device *dev,
			int *next, int attr)
{
	const struct tandem *tandem = netdev_priv(dev);
	u32 last, number;
	struct nlattr *nest;

	ASSERT_RTNL();

	/*
	 * Asked for a port: @dev is that, no master. The core takes any error
	 * for the end of its whole answer.
	 */
	if (attr != IFLA_STATS_LINK_XSTATS)
		return 0;

	last = tandem->history.number;
	number = first_told(&tandem->history, *next);
	/* Not 0 any more: the core keeps what else it has told of the device. */
	*next = number;
	nest = nla_nest_start(skb, LINK_XSTATS_TYPE_TANDEM);
	if (!nest)
		return -EMSGSIZE;

	for (; number <= last; number++) {
		if (put_switch(skb, tandem,
			       record_get(&tandem->history, number))) {
			nla_nest_end(skb, nest);
			*next = number;
			return -EMSGSIZE;
		}
	}
	nla_nest_end(skb, nest);
	*next = 0;
	return 0;
}
