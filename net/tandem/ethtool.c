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

const struct ethtool_ops tandem_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
};
