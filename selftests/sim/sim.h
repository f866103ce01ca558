/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the test NIC share. */
#ifndef _SIM_H
#define _SIM_H

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/netdevice.h>

#define QUEUES	8

#define INDIR_MAX	16
#define KEY_SIZE	10

/* What can be refused. */
enum sim_op {
	SIM_OPEN,
	SIM_MTU,
	SIM_MAC,
	SIM_VLAN,
	SIM_CHANNELS,
	SIM_RING,
	SIM_COALESCE,
	SIM_PAUSE,
	SIM_XDP,
	SIM_FEATURES,
	SIM_TSTAMP,
	SIM_RSS,
	SIM_OPS,
};

/**
 * struct sim - the private part of a device
 * @refuse: what it refuses, bits of &enum sim_op; written by sysfs, read without a
 *	lock
 * @probed: it has been registered; RTNL
 * @peer: the device at the other end; written under RTNL, read under RCU
 * @program: the XDP program it was given and never runs; RTNL
 * @vlans: how many VLANs it has been asked to let in, less those it has to let in no
 *	longer; RTNL
 * @channels: as set; RTNL
 * @ring: as set; RTNL
 * @coalesce: as set; RTNL
 * @pause: as set; RTNL
 * @indir: as set, or spread evenly over the channels; RTNL
 * @indir_size: how many of @indir it has; RTNL
 * @key: as set; RTNL
 * @hfunc: as set; RTNL
 * @tstamp: as set; RTNL; read when it sends without
 */
struct sim {
	unsigned long refuse;
	bool probed;
	struct net_device __rcu *peer;
	struct bpf_prog *program;
	int vlans;
	struct ethtool_channels channels;
	struct ethtool_ringparam ring;
	struct ethtool_coalesce coalesce;
	struct ethtool_pauseparam pause;
	u32 indir[INDIR_MAX];
	u32 indir_size;
	u8 key[KEY_SIZE];
	u8 hfunc;
	struct hwtstamp_config tstamp;
};

/* device.c */
int sim_answer(const struct net_device *dev, enum sim_op op);

/* rss.c */
void sim_rss_spread(struct net_device *dev);
int sim_rss_rings(struct net_device *dev, struct ethtool_rxnfc *info, u32 *rules);
u32 sim_rss_table_size(struct net_device *dev);
u32 sim_rss_key_size(struct net_device *dev);

#endif
