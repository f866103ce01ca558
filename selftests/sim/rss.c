// SPDX-License-Identifier: GPL-2.0
/*
 * How the test NIC spreads what it receives. The operations of ethtool are made of
 * tandem_rss_get() and tandem_rss_set() where kernels differ (compat.h): here they are
 * the NIC's.
 */

#include "../../net/tandem/compat.h"
#include "sim.h"

/* As many a driver does if nobody has chosen. */
void sim_rss_spread(struct net_device *dev)
{
	struct sim *sim = netdev_priv(dev);
	u32 i;

	if (netif_is_rxfh_configured(dev))
		return;
	for (i = 0; i < INDIR_MAX; i++)
		sim->indir[i] =
			ethtool_rxfh_indir_default(i,
						   sim->channels.combined_count);
}

int sim_rss_rings(struct net_device *dev, struct ethtool_rxnfc *info, u32 *rules)
{
	const struct sim *sim = netdev_priv(dev);

	if (info->cmd != ETHTOOL_GRXRINGS)
		return -EOPNOTSUPP;
	info->data = sim->channels.combined_count;
	return 0;
}

u32 sim_rss_table_size(struct net_device *dev)
{
	const struct sim *sim = netdev_priv(dev);

	return sim->indir_size;
}

u32 sim_rss_key_size(struct net_device *dev)
{
	return KEY_SIZE;
}

int tandem_rss_get(struct net_device *dev, u32 *indir, u8 *key, u8 *hfunc)
{
	const struct sim *sim = netdev_priv(dev);

	if (indir)
		memcpy(indir, sim->indir, sim->indir_size * sizeof(*indir));
	if (key)
		memcpy(key, sim->key, KEY_SIZE);
	if (hfunc)
		*hfunc = sim->hfunc;
	return 0;
}

int tandem_rss_set(struct net_device *dev, const u32 *indir, const u8 *key,
		   u8 hfunc)
{
	struct sim *sim = netdev_priv(dev);
	int err = sim_answer(dev, SIM_RSS);

	if (err)
		return err;
	if (indir)
		memcpy(sim->indir, indir, sim->indir_size * sizeof(*indir));
	if (key)
		memcpy(sim->key, key, KEY_SIZE);
	if (hfunc)
		sim->hfunc = hfunc;
	return 0;
}
