// SPDX-License-Identifier: GPL-2.0
/*
 * How the VF spreads what it receives over its queues: table, key and hash are set
 * through the master. They are kept and given to each VF that comes, as is what wish.c
 * knows; but their length is the VF's, and who sets one of them does not hand in the
 * others.
 *
 * A table that nobody has chosen follows the number of queues. It is not kept or given
 * back as it was, but as one that does.
 */

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "tandem.h"

/**
 * tandem_rss_free() - forget it
 * @rss: of a tandem or a port
 *
 * Context: any, if nobody else uses @rss.
 */
void tandem_rss_free(struct tandem_rss *rss)
{
	kfree(rss->table);
	kfree(rss->key);
	*rss = (struct tandem_rss) {};
}

static bool has_table(const struct tandem_rss *rss)
{
	return rss->table || rss->even;
}

static void move_table(struct tandem_rss *to, struct tandem_rss *from)
{
	kfree(to->table);
	to->table = from->table;
	to->table_size = from->table_size;
	to->even = from->even;
	from->table = NULL;
}

static void move_key(struct tandem_rss *to, struct tandem_rss *from)
{
	kfree(to->key);
	to->key = from->key;
	to->key_size = from->key_size;
	from->key = NULL;
}

static u32 table_size(struct net_device *dev)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;

	return ops->get_rxfh_indir_size ? ops->get_rxfh_indir_size(dev) : 0;
}

static u32 key_size(struct net_device *dev)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;

	return ops->get_rxfh_key_size ? ops->get_rxfh_key_size(dev) : 0;
}

/* How many queues receive, 0 if that is not told. */
static u32 rings(struct net_device *dev)
{
	struct ethtool_rxnfc info = { .cmd = ETHTOOL_GRXRINGS };

	if (!dev->ethtool_ops->get_rxnfc ||
	    dev->ethtool_ops->get_rxnfc(dev, &info, NULL))
		return 0;
	return info.data;
}

static bool table_fits(const u32 *table, u32 size, u32 count)
{
	u32 i;

	for (i = 0; i < size; i++)
		if (table[i] >= count)
			return false;
	return true;
}

static bool table_is_even(const u32 *table, u32 size, u32 count)
{
	u32 i;

	for (i = 0; i < size; i++)
		if (!count || table[i] != ethtool_rxfh_indir_default(i, count))
			return false;
	return true;
}

static u32 *make_even(u32 size, u32 count)
{
	u32 i, *table;

	table = kcalloc(size, sizeof(*table), GFP_KERNEL);
	for (i = 0; table && i < size; i++)
		table[i] = ethtool_rxfh_indir_default(i, count);
	return table;
}

/* Of the parts that are set in @of, what the device has; freed by the caller. */
static int device_read(struct net_device *dev, const struct tandem_rss *of,
		       struct tandem_rss *rss)
{
	if (has_table(of)) {
		rss->table_size = table_size(dev);
		rss->table = kcalloc(rss->table_size, sizeof(*rss->table),
				     GFP_KERNEL);
		if (!rss->table)
			return -ENOMEM;
	}
	if (of->key) {
		rss->key_size = key_size(dev);
		rss->key = kzalloc(rss->key_size, GFP_KERNEL);
		if (!rss->key)
			return -ENOMEM;
	}
	return tandem_compat_rxfh_get(dev, rss->table, rss->table_size, rss->key,
				      rss->key_size,
				      of->hfunc ? &rss->hfunc : NULL);
}

/* What the core checks for a device that it is asked about itself. */
static int device_check(struct net_device *dev, const struct tandem_rss *rss)
{
	u32 count = rings(dev);

	if (!dev->ethtool_ops->get_rxfh || !dev->ethtool_ops->set_rxfh)
		return -EOPNOTSUPP;
	if (has_table(rss) && (!count || !table_size(dev)))
		return -EOPNOTSUPP;
	if (rss->table && (rss->table_size != table_size(dev) ||
			   !table_fits(rss->table, rss->table_size, count)))
		return -EINVAL;
	if (rss->key && rss->key_size != key_size(dev))
		return -EINVAL;
	return 0;
}

static int device_write(struct net_device *dev, const struct tandem_rss *rss)
{
	u32 *even = NULL;
	int err;

	if (rss->even) {
		even = make_even(table_size(dev), rings(dev));
		if (!even)
			return -ENOMEM;
	}
	err = tandem_compat_rxfh_set(dev, even ?: rss->table, table_size(dev),
				     rss->key, key_size(dev), rss->hfunc);
	kfree(even);
	if (err)
		return err;

	if (rss->even)
		dev->priv_flags &= ~IFF_RXFH_CONFIGURED;
	else if (rss->table)
		dev->priv_flags |= IFF_RXFH_CONFIGURED;
	return 0;
}

/* Nothing is written then: with many a driver that takes the link down. */
static bool is_so(struct net_device *dev, const struct tandem_rss *rss,
		  const struct tandem_rss *now)
{
	bool fixed = netif_is_rxfh_configured(dev);

	if (rss->even &&
	    (fixed || !table_is_even(now->table, now->table_size, rings(dev))))
		return false;
	if (rss->table &&
	    (!fixed || memcmp(rss->table, now->table,
			      now->table_size * sizeof(*now->table))))
		return false;
	if (rss->key && memcmp(rss->key, now->key, now->key_size))
		return false;
	return rss->hfunc == now->hfunc;
}

/* What the port had is kept the first time, in @orig; @now is emptied for that. */
static void borrow(struct tandem_rss *orig, struct tandem_rss *now, bool fixed)
{
	if (now->table && !has_table(orig)) {
		now->even = !fixed;
		if (now->even) {
			kfree(now->table);
			now->table = NULL;
		}
		move_table(orig, now);
	}
	if (now->key && !orig->key)
		move_key(orig, now);
	if (!orig->hfunc)
		orig->hfunc = now->hfunc;
}

static int port_change(struct tandem_port *port, const struct tandem_rss *rss)
{
	bool fixed = netif_is_rxfh_configured(port->dev);
	struct tandem_rss now = {};
	int err;

	err = device_check(port->dev, rss) ?: device_read(port->dev, rss, &now);
	if (err || is_so(port->dev, rss, &now))
		goto out_free;

	err = device_write(port->dev, rss);
	if (!err)
		borrow(&port->orig.rss, &now, fixed);
out_free:
	tandem_rss_free(&now);
	return err;
}

static int port_grant(struct tandem_port *port, const struct tandem_rss *rss)
{
	int err;

	if (!has_table(rss) && !rss->key && !rss->hfunc)
		return 0;

	err = tandem_wish_begin(port->dev);
	if (err)
		return err;
	err = port_change(port, rss);
	tandem_wish_end(port->dev);
	return err;
}

/**
 * tandem_rss_table_size() - get_rxfh_indir_size: of the port that transmits
 * @dev: the master
 *
 * Context: RTNL.
 * Return: the length of its table, 0 if it has none.
 */
u32 tandem_rss_table_size(struct net_device *dev)
{
	const struct tandem_port *port = tandem_wish_port(netdev_priv(dev));

	return port ? table_size(port->dev) : 0;
}

/**
 * tandem_rss_key_size() - get_rxfh_key_size: of the port that transmits
 * @dev: the master
 *
 * Context: RTNL.
 * Return: the length of its key in bytes, 0 if it has none.
 */
u32 tandem_rss_key_size(struct net_device *dev)
{
	const struct tandem_port *port = tandem_wish_port(netdev_priv(dev));

	return port ? key_size(port->dev) : 0;
}

/**
 * tandem_rss_get() - get_rxfh: as the port that transmits has it
 * @dev: the master
 * @table: takes the table, or NULL
 * @key: takes the key, or NULL
 * @hfunc: takes the hash, or NULL
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, or why there is nothing to be read.
 */
int tandem_rss_get(struct net_device *dev, u32 *table, u8 *key, u8 *hfunc)
{
	const struct tandem_port *port = tandem_wish_port(netdev_priv(dev));
	int err;

	if (!port || !port->dev->ethtool_ops->get_rxfh)
		return -EOPNOTSUPP;

	err = tandem_wish_begin(port->dev);
	if (err)
		return err;
	err = tandem_compat_rxfh_get(port->dev, table, table_size(port->dev), key,
				     key_size(port->dev), hfunc);
	tandem_wish_end(port->dev);
	return err;
}

static int copy(struct net_device *dev, struct tandem_rss *rss, const u32 *table,
		const u8 *key)
{
	if (table) {
		rss->table_size = tandem_rss_table_size(dev);
		/* The core asks to reset even one that is not there. */
		if (!rss->table_size)
			return -EOPNOTSUPP;
		rss->table = kmemdup(table, rss->table_size * sizeof(*table),
				     GFP_KERNEL);
		if (!rss->table)
			return -ENOMEM;
	}
	if (key) {
		rss->key_size = tandem_rss_key_size(dev);
		rss->key = kmemdup(key, rss->key_size, GFP_KERNEL);
		if (!rss->key)
			return -ENOMEM;
	}
	return 0;
}

/* The primary may have another number of queues than the port that was shown. */
static int primary_grant(struct tandem *tandem, const struct tandem_rss *rss)
{
	struct tandem_port *primary = tandem_port_get(tandem, TANDEM_PRIMARY);
	struct tandem_rss its = *rss;

	if (!primary || !primary->ready)
		return 0;

	if (its.table &&
	    table_is_even(its.table, its.table_size, rings(tandem->dev))) {
		its.table = NULL;
		its.even = true;
	}
	return port_grant(primary, &its);
}

/**
 * tandem_rss_set() - set_rxfh: for the primary, now and in the future
 * @dev: the master
 * @table: the table, as long as tandem_rss_table_size() says, or NULL
 * @key: the key, as long as tandem_rss_key_size() says, or NULL
 * @hfunc: the hash, or ETH_RSS_HASH_NO_CHANGE
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, or what the primary answered, with nothing changed.
 */
int tandem_rss_set(struct net_device *dev, const u32 *table, const u8 *key,
		   u8 hfunc)
{
	struct tandem_rss new = { .hfunc = hfunc };
	struct tandem *tandem = netdev_priv(dev);
	int err;

	err = copy(dev, &new, table, key) ?: primary_grant(tandem, &new);
	if (!err) {
		if (new.table)
			move_table(&tandem->rss, &new);
		if (new.key)
			move_key(&tandem->rss, &new);
		tandem->rss.hfunc = hfunc ?: tandem->rss.hfunc;
	}
	tandem_rss_free(&new);
	return err;
}

/**
 * tandem_rss_rings() - get_rxnfc: how many queues the port that transmits receives with
 * @dev: the master
 * @info: the question, takes the answer
 * @rules: not used
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, what the port answered, or -EOPNOTSUPP to any other question.
 */
int tandem_rss_rings(struct net_device *dev, struct ethtool_rxnfc *info,
		     u32 *rules)
{
	const struct tandem_port *port = tandem_wish_port(netdev_priv(dev));
	int err;

	if (info->cmd != ETHTOOL_GRXRINGS || !port ||
	    !port->dev->ethtool_ops->get_rxnfc)
		return -EOPNOTSUPP;

	err = tandem_wish_begin(port->dev);
	if (err)
		return err;
	err = port->dev->ethtool_ops->get_rxnfc(port->dev, info, rules);
	tandem_wish_end(port->dev);
	return err;
}

/**
 * tandem_rss_allows() - may a port have so few queues?
 * @dev: the port, between tandem_wish_begin() and tandem_wish_end()
 * @count: how many are to receive
 *
 * Many drivers leave it to the core to see whether a table that was chosen needs more,
 * and the core asks the master, for which another port may answer.
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: false if its table has others in use.
 */
bool tandem_rss_allows(struct net_device *dev, u32 count)
{
	const struct tandem_rss table = { .even = true };
	struct tandem_rss now = {};
	bool fits = true;

	if (!netif_is_rxfh_configured(dev) || !dev->ethtool_ops->get_rxfh ||
	    !table_size(dev))
		return true;

	if (!device_read(dev, &table, &now))
		fits = table_fits(now.table, now.table_size, count);
	tandem_rss_free(&now);
	return fits;
}

/* Each for itself: a port may lack one of them. Returns the name of one refused. */
static const char *port_grant_each(struct tandem_port *port,
				   const struct tandem_rss *rss, int *err)
{
	const struct tandem_rss table = {
		.table = rss->table,
		.table_size = rss->table_size,
		.even = rss->even,
	};
	const struct tandem_rss key = {
		.key = rss->key,
		.key_size = rss->key_size,
	};
	const struct tandem_rss hash = { .hfunc = rss->hfunc };
	const char *refused = NULL;
	int answer;

	answer = port_grant(port, &hash);
	if (answer) {
		*err = answer;
		refused = "RSS hash";
	}
	answer = port_grant(port, &key);
	if (answer) {
		*err = answer;
		refused = "RSS key";
	}
	answer = port_grant(port, &table);
	if (answer) {
		*err = answer;
		refused = "RSS table";
	}
	return refused;
}

/**
 * tandem_rss_apply() - give a new primary what was set before it came
 * @port: the port
 * @err: takes what it answered
 *
 * A table that was set to what it is by itself is not wanted of a port with other queues:
 * the core notes which it was, but only after tandem_rss_set().
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: NULL, or the name of what it has refused.
 */
const char *tandem_rss_apply(struct tandem_port *port, int *err)
{
	struct tandem_rss rss = port->tandem->rss;

	ASSERT_RTNL();

	if (!netif_is_rxfh_configured(port->tandem->dev))
		rss.table = NULL;
	return port_grant_each(port, &rss, err);
}

/**
 * tandem_rss_restore() - give a port back what it had
 * @port: the port
 * @err: takes what it answered
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: NULL, or the name of what it has refused, which is kept for the next time.
 */
const char *tandem_rss_restore(struct tandem_port *port, int *err)
{
	struct tandem_rss orig = port->orig.rss;
	const char *refused;

	ASSERT_RTNL();

	/* What it has now is not to be kept instead. */
	refused = port_grant_each(port, &orig, err);
	if (!refused)
		tandem_rss_free(&port->orig.rss);
	return refused;
}
