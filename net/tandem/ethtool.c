// SPDX-License-Identifier: GPL-2.0
/* ethtool operations of the master. */

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "tandem.h"

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, TANDEM_KIND, sizeof(info->driver));
}

/* Those of the port that transmits; unknown if its driver knows none. */
static int get_link_ksettings(struct net_device *dev,
			      struct ethtool_link_ksettings *settings)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port = rtnl_dereference(tandem->active);
	struct ethtool_link_ksettings theirs;

	settings->base.duplex = DUPLEX_UNKNOWN;
	settings->base.port = PORT_OTHER;
	settings->base.speed = SPEED_UNKNOWN;
	/* Not into settings: what it cannot tell it would leave zeroed. */
	if (port && !__ethtool_get_link_ksettings(port->dev, &theirs))
		*settings = theirs;
	return 0;
}

/*
 * What is counted here; after these come the switches by cause, and what went
 * over the ports by role.
 */
enum stat_index {
	STAT_PLANNED,
	STAT_UNPLANNED,
	STAT_HELD,
	STAT_OVERFLOW,
	STAT_HOLD_US_LAST,
	STAT_HOLD_US_MAX,
	STAT_RTNL_US_MAX,
	STAT_ECHOES,
	STAT_DUPLICATES,
	STAT_STALLS,
	STATS_OWN,
};

/* All that struct ethtool_coalesce has; which of it a port can have, that one says. */
#define COALESCE_PARAMS	GENMASK(21, 0)

#define STATS_CAUSES	(TANDEM_CAUSES - TANDEM_CAUSE_FIRST)

static const char *const stat_names[STATS_OWN] = {
	[STAT_PLANNED] = "switches_planned",
	[STAT_UNPLANNED] = "switches_unplanned",
	[STAT_HELD] = "held",
	[STAT_OVERFLOW] = "hold_overflow",
	[STAT_HOLD_US_LAST] = "hold_us_last",
	[STAT_HOLD_US_MAX] = "hold_us_max",
	[STAT_RTNL_US_MAX] = "rtnl_us_max",
	[STAT_ECHOES] = "echoes",
	[STAT_DUPLICATES] = "duplicates",
	[STAT_STALLS] = "stalls",
};

/**
 * struct role_stat - a counter that is kept for each role
 * @name: what it is called behind the role
 * @offset: where it is in &struct rtnl_link_stats64
 */
struct role_stat {
	const char *name;
	size_t offset;
};

#define ROLE_STAT(word) { #word, offsetof(struct rtnl_link_stats64, word) }

static const struct role_stat role_stats[] = {
	ROLE_STAT(rx_packets),
	ROLE_STAT(rx_bytes),
	ROLE_STAT(tx_packets),
	ROLE_STAT(tx_bytes),
};

#define STATS_ROLE	ARRAY_SIZE(role_stats)

static int get_sset_count(struct net_device *dev, int set)
{
	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return STATS_OWN + STATS_CAUSES + TANDEM_ROLES * STATS_ROLE;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	enum tandem_cause cause;
	enum tandem_role role;
	unsigned int i;

	if (set != ETH_SS_STATS)
		return;

	for (i = 0; i < STATS_OWN; i++) {
		strscpy(data, stat_names[i], ETH_GSTRING_LEN);
		data += ETH_GSTRING_LEN;
	}
	for (cause = TANDEM_CAUSE_FIRST; cause < TANDEM_CAUSES; cause++)
		ethtool_sprintf(&data, "switches_%s",
				tandem_history_cause(cause));
	for (role = 0; role < TANDEM_ROLES; role++)
		for (i = 0; i < STATS_ROLE; i++)
			ethtool_sprintf(&data, "%s_%s",
					tandem_history_role(role),
					role_stats[i].name);
}

static void get_own(struct tandem *tandem, u64 *data)
{
	data[STAT_PLANNED] = tandem->switches.planned;
	data[STAT_UNPLANNED] = tandem->switches.unplanned;
	data[STAT_HOLD_US_LAST] = tandem->switches.hold_us;
	data[STAT_HOLD_US_MAX] = tandem->switches.hold_us_max;
	data[STAT_RTNL_US_MAX] = tandem->switches.rtnl_us_max;
	data[STAT_ECHOES] = atomic64_read(&tandem->echoes);
	data[STAT_DUPLICATES] = atomic64_read(&tandem->duplicates);
	data[STAT_STALLS] = READ_ONCE(tandem->stalls);
	tandem_hold_count(tandem, &data[STAT_HELD], &data[STAT_OVERFLOW]);
}

static void get_role(struct tandem *tandem, enum tandem_role role, u64 *data)
{
	struct rtnl_link_stats64 stats;
	unsigned int i;

	tandem_stats_get_role(tandem, role, &stats);
	for (i = 0; i < STATS_ROLE; i++)
		data[i] = *(u64 *)((u8 *)&stats + role_stats[i].offset);
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats,
		      u64 *data)
{
	struct tandem *tandem = netdev_priv(dev);
	enum tandem_cause cause;
	enum tandem_role role;

	ASSERT_RTNL();

	get_own(tandem, data);
	data += STATS_OWN;
	for (cause = TANDEM_CAUSE_FIRST; cause < TANDEM_CAUSES; cause++)
		*data++ = tandem->history.causes[cause];
	for (role = 0; role < TANDEM_ROLES; role++) {
		get_role(tandem, role, data);
		data += STATS_ROLE;
	}
}

static void get_channels(struct net_device *dev,
			 struct ethtool_channels *channels)
{
	union tandem_wish_value value;

	if (!tandem_wish_read(netdev_priv(dev), TANDEM_WISH_CHANNELS, &value))
		*channels = value.channels;
}

static int set_channels(struct net_device *dev,
			struct ethtool_channels *channels)
{
	union tandem_wish_value value = { .channels = *channels };

	return tandem_wish_set(netdev_priv(dev), TANDEM_WISH_CHANNELS, &value);
}

static void get_ringparam(struct net_device *dev,
			  struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *more,
			  struct netlink_ext_ack *extack)
{
	union tandem_wish_value value;

	if (!tandem_wish_read(netdev_priv(dev), TANDEM_WISH_RING, &value))
		*ring = value.ring;
}

static int set_ringparam(struct net_device *dev,
			 struct ethtool_ringparam *ring,
			 struct kernel_ethtool_ringparam *more,
			 struct netlink_ext_ack *extack)
{
	union tandem_wish_value value = { .ring = *ring };

	return tandem_wish_set(netdev_priv(dev), TANDEM_WISH_RING, &value);
}

static int get_coalesce(struct net_device *dev,
			struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *more,
			struct netlink_ext_ack *extack)
{
	union tandem_wish_value value;
	int err;

	err = tandem_wish_read(netdev_priv(dev), TANDEM_WISH_COALESCE, &value);
	if (!err)
		*coalesce = value.coalesce;
	return err;
}

static int set_coalesce(struct net_device *dev,
			struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *more,
			struct netlink_ext_ack *extack)
{
	union tandem_wish_value value = { .coalesce = *coalesce };

	return tandem_wish_set(netdev_priv(dev), TANDEM_WISH_COALESCE, &value);
}

static void get_pauseparam(struct net_device *dev,
			   struct ethtool_pauseparam *pause)
{
	union tandem_wish_value value;

	if (!tandem_wish_read(netdev_priv(dev), TANDEM_WISH_PAUSE, &value))
		*pause = value.pause;
}

static int set_pauseparam(struct net_device *dev,
			  struct ethtool_pauseparam *pause)
{
	union tandem_wish_value value = { .pause = *pause };

	return tandem_wish_set(netdev_priv(dev), TANDEM_WISH_PAUSE, &value);
}

const struct ethtool_ops tandem_ethtool_ops = {
	.supported_coalesce_params = COALESCE_PARAMS,
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_ts_info = tandem_tstamp_info,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
	.get_channels = get_channels,
	.set_channels = set_channels,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_coalesce = get_coalesce,
	.set_coalesce = set_coalesce,
	.get_pauseparam = get_pauseparam,
	.set_pauseparam = set_pauseparam,
	.get_rxnfc = tandem_rss_rings,
	.get_rxfh_indir_size = tandem_rss_table_size,
	.get_rxfh_key_size = tandem_rss_key_size,
	.get_rxfh = tandem_compat_get_rxfh,
	.set_rxfh = tandem_compat_set_rxfh,
};
