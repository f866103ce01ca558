/* SPDX-License-Identifier: GPL-2.0 */
/* How the VF spreads what it receives over its queues; see rss.c. */
#ifndef _TANDEM_RSS_H
#define _TANDEM_RSS_H

#include <linux/ethtool.h>
#include <linux/types.h>

struct net_device;
struct tandem;
struct tandem_port;

/**
 * struct tandem_rss - some of what can be set for that
 * @table: queues by the end of a packet's hash, NULL if they are not set
 * @table_size: length of @table
 * @even: instead of @table, one that spreads evenly over however many queues there are
 * @key: the key of the hash, NULL if it is not set
 * @key_size: length of @key, bytes
 * @hfunc: the hash, a bit of those of ethtool, ETH_RSS_HASH_NO_CHANGE if it is not set
 */
struct tandem_rss {
	u32 *table;
	u32 table_size;
	bool even;
	u8 *key;
	u32 key_size;
	u8 hfunc;
};

/* rss.c */
u32 tandem_rss_table_size(struct net_device *dev);
u32 tandem_rss_key_size(struct net_device *dev);
int tandem_rss_get(struct net_device *dev, u32 *table, u8 *key, u8 *hfunc);
int tandem_rss_set(struct net_device *dev, const u32 *table, const u8 *key,
		   u8 hfunc);
int tandem_rss_rings(struct net_device *dev, struct ethtool_rxnfc *info,
		     u32 *rules);
bool tandem_rss_allows(struct net_device *dev, u32 count);
const char *tandem_rss_apply(struct tandem_port *port, int *err);
const char *tandem_rss_restore(struct tandem_port *port, int *err);
void tandem_rss_free(struct tandem_rss *rss);

#endif
