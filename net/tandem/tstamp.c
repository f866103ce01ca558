// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware time stamps: made, read and set by the port that transmits. Another port has
 * another clock, so what is set is for that port alone and not kept for the next.
 */

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#include "tandem.h"

/* With a reference, for those who do not hold RTNL. */
static struct net_device *lower_get(const struct tandem *tandem)
{
	struct net_device *lower = NULL;
	struct tandem_port *port;

	rcu_read_lock();
	port = rcu_dereference(tandem->active);
	if (port) {
		lower = port->dev;
		dev_hold(lower);
	}
	rcu_read_unlock();
	return lower;
}

static struct net_device *lower_of(const struct tandem *tandem)
{
	const struct tandem_port *port = rtnl_dereference(tandem->active);

	return port && netif_device_present(port->dev) ? port->dev : NULL;
}

/**
 * tandem_tstamp_info() - get_ts_info of ethtool
 * @dev: the master
 * @info: takes what the port that transmits can do, and which clock it has
 *
 * While a switch holds packets nobody transmits, and there is no clock.
 *
 * Context: process; a socket that binds itself to a clock asks without RTNL.
 * Return: 0, or what the port's driver answers.
 */
int tandem_tstamp_info(struct net_device *dev,
		       struct tandem_compat_ts_info *info)
{
	struct net_device *lower = lower_get(netdev_priv(dev));
	int err;

	if (lower && netif_device_present(lower) &&
	    lower->ethtool_ops->get_ts_info)
		err = lower->ethtool_ops->get_ts_info(lower, info);
	else
		err = ethtool_op_get_ts_info(dev, info);
	dev_put(lower);
	return err;
}

/**
 * tandem_tstamp_get() - ndo_hwtstamp_get: what the port that transmits stamps
 * @dev: the master
 * @config: takes it
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, or what the port's driver answers; -EOPNOTSUPP if there is none.
 */
int tandem_tstamp_get(struct net_device *dev,
		      struct kernel_hwtstamp_config *config)
{
	struct net_device *lower = lower_of(netdev_priv(dev));

	return lower ? tandem_compat_hwtstamp_get(lower, config) : -EOPNOTSUPP;
}

/**
 * tandem_tstamp_set() - ndo_hwtstamp_set: what the port that transmits is to stamp
 * @dev: the master
 * @config: that, and takes what it does
 * @extack: takes the reason of a refusal
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, or what the port's driver answers; -EOPNOTSUPP if there is none.
 */
int tandem_tstamp_set(struct net_device *dev,
		      struct kernel_hwtstamp_config *config,
		      struct netlink_ext_ack *extack)
{
	struct net_device *lower = lower_of(netdev_priv(dev));

	return lower ? tandem_compat_hwtstamp_set(lower, config, extack) :
		       -EOPNOTSUPP;
}

/**
 * tandem_tstamp_ioctl() - ndo_eth_ioctl: both, where there are no operations for them
 * @dev: the master
 * @ifr: the request
 * @cmd: SIOCGHWTSTAMP or SIOCSHWTSTAMP
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, or what the port's driver answers; -EOPNOTSUPP if there is none.
 */
int tandem_tstamp_ioctl(struct net_device *dev, struct ifreq *ifr, int cmd)
{
	struct net_device *lower = lower_of(netdev_priv(dev));

	if (!lower || !lower->netdev_ops->ndo_eth_ioctl ||
	    (cmd != SIOCGHWTSTAMP && cmd != SIOCSHWTSTAMP))
		return -EOPNOTSUPP;
	return lower->netdev_ops->ndo_eth_ioctl(lower, ifr, cmd);
}
