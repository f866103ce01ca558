// SPDX-License-Identifier: GPL-2.0
/*
 * What was sent over the active port and comes back over the other one.
 *
 * A bridge that both ports are on floods it there: broadcasts, and what is for somebody it
 * does not know. Such a frame is known by its source: the master, a device above it, or
 * one behind a bridge of the guest's. The last are noted as they send, while the master is
 * promiscuous. Received, their frames would have that bridge look for them on the wrong
 * side, and drop what is for them.
 */

#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>

#include "tandem.h"

/* For how long a bridge may give back what was sent. */
#define ECHO_WINDOW	(HZ / 2)

/* Deferred: anybody in a namespace of his own may turn it on and off all the time. */
DEFINE_STATIC_KEY_DEFERRED_FALSE(tandem_echo_key, HZ);

static void set_noting(struct tandem_echo *echo, bool noting)
{
	if (echo->noting == noting)
		return;

	echo->noting = noting;
	if (noting)
		static_branch_inc(&tandem_echo_key.key);
	else
		static_branch_slow_dec_deferred(&tandem_echo_key);
}

static void echo_work(struct work_struct *work)
{
	struct tandem *tandem = container_of(work, struct tandem, echo.work);

	set_noting(&tandem->echo, READ_ONCE(tandem->dev->flags) & IFF_PROMISC);
}

/**
 * tandem_echo_teardown() - after the last tandem
 *
 * Context: process.
 */
void tandem_echo_teardown(void)
{
	static_key_deferred_flush(&tandem_echo_key);
}

/**
 * tandem_echo_init() - before the first packet
 * @tandem: the tandem
 */
void tandem_echo_init(struct tandem *tandem)
{
	INIT_WORK(&tandem->echo.work, echo_work);
}

/**
 * tandem_echo_cancel() - after the last packet
 * @tandem: the tandem, unregistered
 *
 * Context: process, with or without RTNL, which the work does not take.
 */
void tandem_echo_cancel(struct tandem *tandem)
{
	cancel_work_sync(&tandem->echo.work);
	set_noting(&tandem->echo, false);
}

static u64 key_of(const u8 *addr, u16 vlan)
{
	return ether_addr_to_u64(addr) | (u64)vlan << 48;
}

static struct tandem_echo_source *sources_of(struct tandem *tandem, u64 key)
{
	return tandem->echo.source[hash_64(key, TANDEM_ECHO_BITS)];
}

/* The one with that key, else the one that has been silent for longest. */
static struct tandem_echo_source *source_of(struct tandem *tandem, u64 key)
{
	struct tandem_echo_source *source = sources_of(tandem, key);
	struct tandem_echo_source *oldest = source;
	int i;

	for (i = 0; i < TANDEM_ECHO_WAYS; i++, source++) {
		if (READ_ONCE(source->key) == key)
			return source;
		if (time_before(READ_ONCE(source->sent),
				READ_ONCE(oldest->sent)))
			oldest = source;
	}
	return oldest;
}

/* Of a packet to be sent: the tag is beside it, or in it. */
static u16 vlan_sent(const struct sk_buff *skb)
{
	u16 tci;

	if (skb_vlan_tag_present(skb))
		return skb_vlan_tag_get_id(skb);
	if (skb_headlen(skb) < VLAN_ETH_HLEN || __vlan_get_tag(skb, &tci))
		return 0;
	return tci & VLAN_VID_MASK;
}

/* The core has put the tag of a received frame beside it. */
static u16 vlan_received(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) ? skb_vlan_tag_get_id(skb) : 0;
}

/**
 * tandem_echo_note() - somebody sends over the master
 * @tandem: the tandem
 * @skb: the packet; its header is where its data begins, whatever mac_header says,
 *	which who goes past the core does not set
 *
 * Context: bottom halves off.
 */
void tandem_echo_note(struct tandem *tandem, const struct sk_buff *skb)
{
	const struct ethhdr *header = (const struct ethhdr *)skb->data;
	struct tandem_echo_source *source;
	unsigned long now = jiffies;
	u64 key;

	if (skb_headlen(skb) < ETH_HLEN ||
	    ether_addr_equal(header->h_source, tandem->dev->dev_addr))
		return;

	key = key_of(header->h_source, vlan_sent(skb));
	source = source_of(tandem, key);
	if (READ_ONCE(source->key) != key)
		WRITE_ONCE(source->key, key);
	if (READ_ONCE(source->sent) != now)
		WRITE_ONCE(source->sent, now);
}

/**
 * tandem_echo_switched() - what was sent before may come back over either port
 * @tandem: the tandem
 *
 * Context: RTNL.
 */
void tandem_echo_switched(struct tandem *tandem)
{
	ASSERT_RTNL();

	WRITE_ONCE(tandem->echo.until, jiffies + ECHO_WINDOW);
}

/**
 * tandem_echo_expected() - was there a switch lately?
 * @tandem: the tandem
 *
 * Context: any.
 * Return: true if what was sent over the old port may come back over the new one.
 */
bool tandem_echo_expected(const struct tandem *tandem)
{
	return time_before(jiffies, READ_ONCE(tandem->echo.until));
}

static bool is_above(const struct net_device *dev, const u8 *addr)
{
	const struct netdev_hw_addr *other;

	if (ether_addr_equal(addr, dev->dev_addr))
		return true;

	/* The addresses of devices above: macvlans. */
	list_for_each_entry_rcu(other, &dev->uc.list, list)
		if (ether_addr_equal(addr, other->addr))
			return true;
	return false;
}

static bool has_sent(struct tandem *tandem, u64 key)
{
	const struct tandem_echo_source *source = source_of(tandem, key);
	/* Before the clock is: nothing was sent later than now. */
	unsigned long sent = READ_ONCE(source->sent);

	return READ_ONCE(source->key) == key && jiffies - sent < ECHO_WINDOW;
}

/**
 * tandem_echo_is() - have we sent this ourselves?
 * @tandem: the tandem
 * @skb: a received frame; counted if it is to be dropped
 *
 * Context: bottom halves off, RCU.
 * Return: true if its source is one that sends over the master.
 */
bool tandem_echo_is(struct tandem *tandem, const struct sk_buff *skb)
{
	const u8 *addr = eth_hdr(skb)->h_source;

	if (!is_above(tandem->dev, addr) &&
	    !(tandem_echo_notes(tandem->dev) &&
	      has_sent(tandem, key_of(addr, vlan_received(skb)))))
		return false;
	atomic64_inc(&tandem->echoes);
	return true;
}
