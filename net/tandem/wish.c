// SPDX-License-Identifier: GPL-2.0
/*
 * What was set for the VF through the master: rings, channels, interrupt coalescing,
 * flow control. It is kept, field by field, and given to each VF that comes; one that
 * leaves gets back what it had. How it spreads what it receives is kept in rss.c.
 *
 * A user who sets one field hands in all of them, the others as he has just read them
 * from the port that transmits. That may be the standby: what differs from what that
 * one shows is what was meant.
 */

#include <linux/ethtool.h>
#include <linux/pm_runtime.h>
#include <linux/rtnetlink.h>

#include "tandem.h"

/**
 * struct wish_kind - how ports are asked for settings of one kind
 * @name: what they are called in the kernel log
 * @fields: words of the value that can be set
 * @limits: by how many words before it each has its highest value, 0 for none
 * @get: reads all of them; an ethtool operation
 * @set: writes all of them; an ethtool operation
 */
struct wish_kind {
	const char *name;
	u32 fields;
	unsigned int limits;
	int (*get)(struct net_device *dev, union tandem_wish_value *value);
	int (*set)(struct net_device *dev, union tandem_wish_value *value);
};

static int channels_get(struct net_device *dev, union tandem_wish_value *value)
{
	if (!dev->ethtool_ops->get_channels)
		return -EOPNOTSUPP;
	dev->ethtool_ops->get_channels(dev, &value->channels);
	return 0;
}

static int channels_set(struct net_device *dev, union tandem_wish_value *value)
{
	if (!dev->ethtool_ops->set_channels)
		return -EOPNOTSUPP;
	if (!tandem_rss_allows(dev, value->channels.combined_count +
				    value->channels.rx_count))
		return -EINVAL;
	return dev->ethtool_ops->set_channels(dev, &value->channels);
}

static int ring_get(struct net_device *dev, union tandem_wish_value *value)
{
	struct kernel_ethtool_ringparam more = {};

	if (!dev->ethtool_ops->get_ringparam)
		return -EOPNOTSUPP;
	dev->ethtool_ops->get_ringparam(dev, &value->ring, &more, NULL);
	return 0;
}

/* What only newer kernels know of rings stays as the port has it. */
static int ring_set(struct net_device *dev, union tandem_wish_value *value)
{
	struct ethtool_ringparam now = {};
	struct kernel_ethtool_ringparam more = {};

	if (!dev->ethtool_ops->get_ringparam ||
	    !dev->ethtool_ops->set_ringparam)
		return -EOPNOTSUPP;
	dev->ethtool_ops->get_ringparam(dev, &now, &more, NULL);
	return dev->ethtool_ops->set_ringparam(dev, &value->ring, &more, NULL);
}

static int coalesce_get(struct net_device *dev, union tandem_wish_value *value)
{
	struct kernel_ethtool_coalesce more = {};

	if (!dev->ethtool_ops->get_coalesce)
		return -EOPNOTSUPP;
	return dev->ethtool_ops->get_coalesce(dev, &value->coalesce, &more,
					      NULL);
}

static int coalesce_set(struct net_device *dev, union tandem_wish_value *value)
{
	struct ethtool_coalesce now = {};
	struct kernel_ethtool_coalesce more = {};
	int err;

	if (!dev->ethtool_ops->get_coalesce || !dev->ethtool_ops->set_coalesce)
		return -EOPNOTSUPP;
	err = dev->ethtool_ops->get_coalesce(dev, &now, &more, NULL);
	if (err)
		return err;
	return dev->ethtool_ops->set_coalesce(dev, &value->coalesce, &more,
					      NULL);
}

static int pause_get(struct net_device *dev, union tandem_wish_value *value)
{
	if (!dev->ethtool_ops->get_pauseparam)
		return -EOPNOTSUPP;
	dev->ethtool_ops->get_pauseparam(dev, &value->pause);
	return 0;
}

static int pause_set(struct net_device *dev, union tandem_wish_value *value)
{
	if (!dev->ethtool_ops->set_pauseparam)
		return -EOPNOTSUPP;
	return dev->ethtool_ops->set_pauseparam(dev, &value->pause);
}

/* The first word of each is the command of an ioctl. */
static const struct wish_kind kinds[TANDEM_WISHES] = {
	[TANDEM_WISH_CHANNELS] = {
		"channels", GENMASK(8, 5), 4, channels_get, channels_set,
	},
	[TANDEM_WISH_RING] = {
		"rings", GENMASK(8, 5), 4, ring_get, ring_set,
	},
	[TANDEM_WISH_COALESCE] = {
		"coalescing", GENMASK(22, 1), 0, coalesce_get, coalesce_set,
	},
	[TANDEM_WISH_PAUSE] = {
		"flow control", GENMASK(3, 1), 0, pause_get, pause_set,
	},
};

static u32 differing(const union tandem_wish_value *one,
		     const union tandem_wish_value *other, u32 fields)
{
	unsigned long mask = fields;
	u32 found = 0;
	unsigned int i;

	for_each_set_bit(i, &mask, TANDEM_WISH_WORDS)
		if (one->word[i] != other->word[i])
			found |= BIT(i);
	return found;
}

static void overlay(union tandem_wish_value *to,
		    const union tandem_wish_value *from, u32 fields)
{
	unsigned long mask = fields;
	unsigned int i;

	for_each_set_bit(i, &mask, TANDEM_WISH_WORDS)
		to->word[i] = from->word[i];
}

static bool within_limits(const union tandem_wish_value *value, u32 fields,
			  unsigned int limits)
{
	unsigned long mask = fields;
	unsigned int i;

	for_each_set_bit(i, &mask, TANDEM_WISH_WORDS)
		if (limits && value->word[i] > value->word[i - limits])
			return false;
	return true;
}

static void port_resume(struct net_device *dev)
{
	if (dev->dev.parent)
		pm_runtime_get_sync(dev->dev.parent);
}

static void port_relax(struct net_device *dev)
{
	if (dev->dev.parent)
		pm_runtime_put(dev->dev.parent);
}

/**
 * tandem_wish_begin() - make a port's device ready to be asked for settings
 * @dev: the device
 *
 * As the core does for devices that it is asked about itself.
 *
 * Context: RTNL; sleeps as the device's driver does.
 * Return: 0, then tandem_wish_end() has to follow; or why it cannot be asked.
 */
int tandem_wish_begin(struct net_device *dev)
{
	int err = 0;

	ASSERT_RTNL();

	port_resume(dev);
	if (!netif_device_present(dev) ||
	    dev->reg_state >= NETREG_UNREGISTERING)
		err = -ENODEV;
	else if (dev->ethtool_ops->begin)
		err = dev->ethtool_ops->begin(dev);
	if (err)
		port_relax(dev);
	return err;
}

/**
 * tandem_wish_end() - a port's device has been asked
 * @dev: the device
 *
 * Context: RTNL.
 */
void tandem_wish_end(struct net_device *dev)
{
	if (dev->ethtool_ops->complete)
		dev->ethtool_ops->complete(dev);
	port_relax(dev);
}

static int port_read(const struct tandem_port *port, enum tandem_wish_kind kind,
		     union tandem_wish_value *value)
{
	int err;

	memset(value, 0, sizeof(*value));
	err = tandem_wish_begin(port->dev);
	if (err)
		return err;
	err = kinds[kind].get(port->dev, value);
	tandem_wish_end(port->dev);
	return err;
}

static int port_write(const struct tandem_port *port,
		      enum tandem_wish_kind kind,
		      union tandem_wish_value *value)
{
	int err;

	err = tandem_wish_begin(port->dev);
	if (err)
		return err;
	err = kinds[kind].set(port->dev, value);
	tandem_wish_end(port->dev);
	return err;
}

/* The core checks this for the master, whose ports differ. */
static bool supported(const struct tandem_port *port,
		      enum tandem_wish_kind kind, u32 fields)
{
	u32 params = port->dev->ethtool_ops->supported_coalesce_params;

	return kind != TANDEM_WISH_COALESCE || !(fields >> 1 & ~params);
}

/* Set these fields on a port and leave it the others. */
static int port_grant(struct tandem_port *port, enum tandem_wish_kind kind,
		      const struct tandem_wish *wish)
{
	struct tandem_wish *orig = &port->orig.wish[kind];
	union tandem_wish_value now, new;
	u32 changes;
	int err;

	if (!supported(port, kind, wish->fields))
		return -EOPNOTSUPP;
	err = port_read(port, kind, &now);
	if (err)
		return err;

	new = now;
	overlay(&new, &wish->value, wish->fields);
	changes = differing(&new, &now, wish->fields);
	if (!changes)
		return 0;
	if (!within_limits(&new, changes, kinds[kind].limits))
		return -EINVAL;

	err = port_write(port, kind, &new);
	if (err)
		return err;
	overlay(&orig->value, &now, changes & ~orig->fields);
	orig->fields |= changes;
	return 0;
}

/**
 * tandem_wish_port() - the port whose settings are shown
 * @tandem: the tandem
 *
 * Context: RTNL.
 * Return: the one that transmits, any if none does, NULL if there is none.
 */
struct tandem_port *tandem_wish_port(const struct tandem *tandem)
{
	struct tandem_port *port = rtnl_dereference(tandem->active);

	return port ?: tandem_port_next(tandem, NULL);
}

/**
 * tandem_wish_read() - read settings of the port that transmits
 * @tandem: the tandem
 * @kind: of settings
 * @value: takes them
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, or why there is nothing to be read.
 */
int tandem_wish_read(const struct tandem *tandem, enum tandem_wish_kind kind,
		     union tandem_wish_value *value)
{
	const struct tandem_port *port = tandem_wish_port(tandem);

	return port ? port_read(port, kind, value) : -EOPNOTSUPP;
}

/**
 * tandem_wish_set() - change settings of the primary, now and in the future
 * @tandem: the tandem
 * @kind: of settings
 * @value: as they are to be; what is as tandem_wish_read() tells is not meant
 *
 * Context: RTNL; sleeps as the port's driver does, and as tandem_switch_update() where
 * the port loses its carrier for that.
 * Return: 0, or what the primary answered, with nothing changed.
 */
int tandem_wish_set(struct tandem *tandem, enum tandem_wish_kind kind,
		    const union tandem_wish_value *value)
{
	struct tandem_port *primary = tandem_port_get(tandem, TANDEM_PRIMARY);
	struct tandem_wish *wish = &tandem->wish[kind];
	struct tandem_wish new = { .value = *value };
	union tandem_wish_value shown;
	int err;

	err = tandem_wish_read(tandem, kind, &shown);
	if (err)
		return err;

	new.fields = differing(value, &shown, kinds[kind].fields);
	if (primary && primary->ready) {
		/* Since that was set the core has noted whether it was chosen. */
		if (kind == TANDEM_WISH_CHANNELS)
			tandem_rss_apply(primary, &err);
		err = port_grant(primary, kind, &new);
		if (err)
			return err;
	}
	overlay(&wish->value, &new.value, new.fields);
	wish->fields |= new.fields;
	return 0;
}

static void warn_refused(const struct tandem_port *port, const char *what, int err)
{
	if (what && err)
		netdev_warn(port->tandem->dev,
			    "port %s refuses what was set for its %s (%d)\n",
			    port->dev->name, what, err);
}

/**
 * tandem_wish_apply() - give a new primary what was set before it came
 * @port: the port; what it refuses it goes without
 *
 * A table for RSS may need more queues than it has yet, or be in the way of fewer: it is
 * tried before and after they are set.
 *
 * Context: RTNL; sleeps as the port's driver does.
 */
void tandem_wish_apply(struct tandem_port *port)
{
	const struct tandem_wish *wish = port->tandem->wish;
	enum tandem_wish_kind kind;
	const char *refused;
	int err = 0;

	ASSERT_RTNL();

	refused = tandem_rss_apply(port, &err);
	for (kind = 0; kind < TANDEM_WISHES; kind++) {
		err = wish[kind].fields ?
		      port_grant(port, kind, &wish[kind]) : 0;
		warn_refused(port, kinds[kind].name, err);
	}
	if (refused)
		refused = tandem_rss_apply(port, &err);
	warn_refused(port, refused, err);
}

static void warn_kept(const struct tandem_port *port, const char *what, int err)
{
	if (what && err)
		netdev_warn(port->dev, "cannot be given its %s back (%d)\n", what,
			    err);
}

/**
 * tandem_wish_restore() - give a port back what it had
 * @port: the port, which is no longer the primary; what it refuses is tried again
 *	when it leaves
 *
 * In the same order as tandem_wish_apply(), for the same reason.
 *
 * Context: RTNL; sleeps as the port's driver does.
 */
void tandem_wish_restore(struct tandem_port *port)
{
	struct tandem_wish *orig = port->orig.wish;
	enum tandem_wish_kind kind;
	const char *refused;
	int err = 0;

	ASSERT_RTNL();

	refused = tandem_rss_restore(port, &err);
	for (kind = 0; kind < TANDEM_WISHES; kind++) {
		err = orig[kind].fields ?
		      port_grant(port, kind, &orig[kind]) : 0;
		if (!err)
			orig[kind].fields = 0;
		warn_kept(port, kinds[kind].name, err);
	}
	if (refused)
		refused = tandem_rss_restore(port, &err);
	warn_kept(port, refused, err);
}
