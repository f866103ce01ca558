/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The differences between the kernels tandem builds for.
 *
 * Each is found by looking at the headers, here or by a probe in the top
 * Kbuild (HAVE_*), never by the kernel's version: long-term kernels carry
 * back-ports. In a kernel tree this file shrinks to the second half of each
 * choice.
 */
#ifndef _TANDEM_COMPAT_H
#define _TANDEM_COMPAT_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <net/xdp.h>

/* Transmit without the device's queue lock. */
static inline void tandem_compat_set_lltx(struct net_device *dev)
{
#ifdef NETIF_F_LLTX
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

/* Has a device to stay in its namespace? */
static inline bool tandem_compat_netns_immutable(const struct net_device *dev)
{
#if defined(NETIF_F_NETNS_LOCAL)
	return dev->features & NETIF_F_NETNS_LOCAL;
#elif defined(HAVE_NETNS_IMMUTABLE)
	return dev->netns_immutable;
#else
	return dev->netns_local;
#endif
}

static inline void tandem_compat_set_netns_immutable(struct net_device *dev,
						     bool immutable)
{
#if defined(NETIF_F_NETNS_LOCAL)
	if (immutable)
		dev->features |= NETIF_F_NETNS_LOCAL;
	else
		dev->features &= ~NETIF_F_NETNS_LOCAL;
#elif defined(HAVE_NETNS_IMMUTABLE)
	dev->netns_immutable = immutable;
#else
	dev->netns_local = immutable;
#endif
}

/*
 * No IPv6 addresses of its own on a port, and it may be renamed while up.
 * Where IFF_NO_ADDRCONF is missing IPv6 looks at IFF_SLAVE, which a port has
 * anyhow; where IFF_LIVE_RENAME_OK is missing any device may be renamed.
 */
#ifdef HAVE_IFF_NO_ADDRCONF
#define TANDEM_COMPAT_NO_ADDRCONF	IFF_NO_ADDRCONF
#else
#define TANDEM_COMPAT_NO_ADDRCONF	0
#endif
#ifdef IFF_LIVE_RENAME_OK
#define TANDEM_COMPAT_RENAME_OK		IFF_LIVE_RENAME_OK
#else
#define TANDEM_COMPAT_RENAME_OK		0
#endif
#define TANDEM_PORT_PRIV_FLAGS	(TANDEM_COMPAT_NO_ADDRCONF | \
				 TANDEM_COMPAT_RENAME_OK)

/* What of XDP a device can do; where that is not told anything may be tried. */
#ifdef HAVE_XDP_FEATURES
#define TANDEM_COMPAT_XDP_FEAT_CHANGE	NETDEV_XDP_FEAT_CHANGE

static inline u32 tandem_compat_xdp_features(const struct net_device *dev)
{
	return dev->xdp_features & ~(NETDEV_XDP_ACT_XSK_ZEROCOPY |
				     NETDEV_XDP_ACT_HW_OFFLOAD);
}

static inline void tandem_compat_set_xdp_features(struct net_device *dev,
						  u32 features)
{
	xdp_set_features_flag(dev, features);
}
#else
#define TANDEM_COMPAT_XDP_FEAT_CHANGE	0

static inline u32 tandem_compat_xdp_features(const struct net_device *dev)
{
	return 0;
}

static inline void tandem_compat_set_xdp_features(struct net_device *dev,
						  u32 features)
{
}
#endif

/* Bytes ever given to a queue's driver, and those it has completed. */
#ifdef CONFIG_BQL
static inline u32 tandem_compat_bql_queued(const struct netdev_queue *txq)
{
	return READ_ONCE(txq->dql.num_queued);
}

static inline u32 tandem_compat_bql_completed(const struct netdev_queue *txq)
{
	return READ_ONCE(txq->dql.num_completed);
}
#else
static inline u32 tandem_compat_bql_queued(const struct netdev_queue *txq)
{
	return 0;
}

static inline u32 tandem_compat_bql_completed(const struct netdev_queue *txq)
{
	return 0;
}
#endif

/*
 * Hardware time stamps: of the device below. Where they are still set by an ioctl
 * tandem_tstamp_get() and _set() are not called, elsewhere tandem_tstamp_ioctl() is not.
 */
struct kernel_hwtstamp_config;

#ifdef HAVE_HWTSTAMP_OPS
#define TANDEM_COMPAT_TSTAMP_OPS \
	.ndo_hwtstamp_get = tandem_tstamp_get, \
	.ndo_hwtstamp_set = tandem_tstamp_set,

#define tandem_compat_ts_info	kernel_ethtool_ts_info

static inline int
tandem_compat_hwtstamp_get(struct net_device *lower,
			   struct kernel_hwtstamp_config *config)
{
	return generic_hwtstamp_get_lower(lower, config);
}

static inline int
tandem_compat_hwtstamp_set(struct net_device *lower,
			   struct kernel_hwtstamp_config *config,
			   struct netlink_ext_ack *extack)
{
	return generic_hwtstamp_set_lower(lower, config, extack);
}
#else
#define TANDEM_COMPAT_TSTAMP_OPS \
	.ndo_eth_ioctl = tandem_tstamp_ioctl,

#define tandem_compat_ts_info	ethtool_ts_info

static inline int
tandem_compat_hwtstamp_get(struct net_device *lower,
			   struct kernel_hwtstamp_config *config)
{
	return -EOPNOTSUPP;
}

static inline int
tandem_compat_hwtstamp_set(struct net_device *lower,
			   struct kernel_hwtstamp_config *config,
			   struct netlink_ext_ack *extack)
{
	return -EOPNOTSUPP;
}
#endif

/* How a device spreads what it receives: of a port, and the master's operations. */
int tandem_rss_get(struct net_device *dev, u32 *table, u8 *key, u8 *hfunc);
int tandem_rss_set(struct net_device *dev, const u32 *table, const u8 *key,
		   u8 hfunc);

#ifdef HAVE_RXFH_PARAM
static inline int tandem_compat_rxfh_get(struct net_device *dev, u32 *indir,
					 u32 indir_size, u8 *key, u32 key_size,
					 u8 *hfunc)
{
	struct ethtool_rxfh_param param = {
		.indir = indir,
		.indir_size = indir ? indir_size : 0,
		.key = key,
		.key_size = key ? key_size : 0,
	};
	int err;

	err = dev->ethtool_ops->get_rxfh(dev, &param);
	if (!err && hfunc)
		*hfunc = param.hfunc;
	return err;
}

static inline int tandem_compat_rxfh_set(struct net_device *dev, u32 *indir,
					 u32 indir_size, u8 *key, u32 key_size,
					 u8 hfunc)
{
	struct ethtool_rxfh_param param = {
		.indir = indir,
		.indir_size = indir ? indir_size : 0,
		.key = key,
		.key_size = key ? key_size : 0,
		.hfunc = hfunc,
	};
	struct ethtool_rxfh_param now = {};
	int err;

	/* Not RXH_XFRM_NO_CHANGE, which some drivers take for what its bits say. */
	err = dev->ethtool_ops->get_rxfh(dev, &now);
	if (err)
		return err;
	param.input_xfrm = now.input_xfrm;
	return dev->ethtool_ops->set_rxfh(dev, &param, NULL);
}

static inline int tandem_compat_get_rxfh(struct net_device *dev,
					 struct ethtool_rxfh_param *param)
{
	return tandem_rss_get(dev, param->indir, param->key, &param->hfunc);
}

static inline int tandem_compat_set_rxfh(struct net_device *dev,
					 struct ethtool_rxfh_param *param,
					 struct netlink_ext_ack *extack)
{
	return tandem_rss_set(dev, param->indir, param->key, param->hfunc);
}
#else
static inline int tandem_compat_rxfh_get(struct net_device *dev, u32 *indir,
					 u32 indir_size, u8 *key, u32 key_size,
					 u8 *hfunc)
{
	return dev->ethtool_ops->get_rxfh(dev, indir, key, hfunc);
}

static inline int tandem_compat_rxfh_set(struct net_device *dev, const u32 *indir,
					 u32 indir_size, const u8 *key,
					 u32 key_size, u8 hfunc)
{
	return dev->ethtool_ops->set_rxfh(dev, indir, key, hfunc);
}

static inline int tandem_compat_get_rxfh(struct net_device *dev, u32 *indir,
					 u8 *key, u8 *hfunc)
{
	return tandem_rss_get(dev, indir, key, hfunc);
}

static inline int tandem_compat_set_rxfh(struct net_device *dev, const u32 *indir,
					 const u8 *key, const u8 hfunc)
{
	return tandem_rss_set(dev, indir, key, hfunc);
}
#endif

#endif
