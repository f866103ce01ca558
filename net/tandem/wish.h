/* SPDX-License-Identifier: GPL-2.0 */
/* What is set for the VF through the master; see wish.c. */
#ifndef _TANDEM_WISH_H
#define _TANDEM_WISH_H

#include <linux/ethtool.h>
#include <linux/types.h>

struct net_device;
struct tandem;
struct tandem_port;

/**
 * enum tandem_wish_kind - settings of the VF that can be made through the master
 * @TANDEM_WISH_CHANNELS: how many queues of which kind
 * @TANDEM_WISH_RING: the length of its rings
 * @TANDEM_WISH_COALESCE: when it interrupts
 * @TANDEM_WISH_PAUSE: flow control
 * @TANDEM_WISHES: how many kinds there are
 */
enum tandem_wish_kind {
	TANDEM_WISH_CHANNELS,
	TANDEM_WISH_RING,
	TANDEM_WISH_COALESCE,
	TANDEM_WISH_PAUSE,
	TANDEM_WISHES,
};

#define TANDEM_WISH_WORDS	32

/**
 * union tandem_wish_value - the settings of one kind
 * @channels: if those
 * @ring: if those
 * @coalesce: if those
 * @pause: if those
 * @word: the same, field by field
 */
union tandem_wish_value {
	struct ethtool_channels channels;
	struct ethtool_ringparam ring;
	struct ethtool_coalesce coalesce;
	struct ethtool_pauseparam pause;
	u32 word[TANDEM_WISH_WORDS];
};

/**
 * struct tandem_wish - some settings of one kind
 * @value: the settings
 * @fields: which words of @value they are, a bit each
 */
struct tandem_wish {
	union tandem_wish_value value;
	u32 fields;
};

/* wish.c */
int tandem_wish_begin(struct net_device *dev);
void tandem_wish_end(struct net_device *dev);
struct tandem_port *tandem_wish_port(const struct tandem *tandem);
int tandem_wish_read(const struct tandem *tandem, enum tandem_wish_kind kind,
		     union tandem_wish_value *value);
int tandem_wish_set(struct tandem *tandem, enum tandem_wish_kind kind,
		    const union tandem_wish_value *value);
void tandem_wish_apply(struct tandem_port *port);
void tandem_wish_restore(struct tandem_port *port);

#endif
