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

	settings->base.duplex = DUPLEX_UNKNOWN;
	settings->base.port = PORT_OTHER;
	settings->base.speed = SPEED_UNKNOWN;
	if (port)
		__ethtool_get_link_ksettings(port->dev, settings);
	return 0;
}

enum stat_index {
	STAT_PLANNED,
	STAT_UNPLANNED,
	STAT_HELD,
	STAT_OVERFLOW,
	STAT_HOLD_US_LAST,
	STAT_HOLD_US_MAX,
	STAT_RTNL_US_MAX,
	STATS,
};

static const char stat_names[STATS][ETH_GSTRING_LEN] = {
	[STAT_PLANNED] = "switches_planned",
	[STAT_UNPLANNED] = "switches_unplanned",
	[STAT_HELD] = "held",
	[STAT_OVERFLOW] = "hold_overflow",
	[STAT_HOLD_US_LAST] = "hold_us_last",
	[STAT_HOLD_US_MAX] = "hold_us_max",
	[STAT_RTNL_US_MAX] = "rtnl_us_max",
};

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? STATS : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, stat_names, sizeof(stat_names));
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats,
		      u64 *data)
{
	struct tandem *tandem = netdev_priv(dev);

	ASSERT_RTNL();

	data[STAT_PLANNED] = tandem->switches.planned;
	data[STAT_UNPLANNED] = tandem->switches.unplanned;
	data[STAT_HOLD_US_LAST] = tandem->switches.hold_us;
	data[STAT_HOLD_US_MAX] = tandem->switches.hold_us_max;
	data[STAT_RTNL_US_MAX] = tandem->switches.rtnl_us_max;

	spin_lock_bh(&tandem->hold.queue.lock);
	data[STAT_HELD] = tandem->hold.held;
	data[STAT_OVERFLOW] = tandem->hold.overflow;
	spin_unlock_bh(&tandem->hold.queue.lock);
}

const struct ethtool_ops tandem_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
};
