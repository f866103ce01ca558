// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that could be the VF of a tandem, and are not. They are looked for when
 * somebody asks: nothing has to be kept up to date meanwhile.
 */

#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "tandem.h"

/* The likelier the device is meant, the earlier. */
static const enum tandem_reason likely[] = {
	TANDEM_REASON_MTU,
	TANDEM_REASON_XDP,
	TANDEM_REASON_REFUSED,
	TANDEM_REASON_HV_NETVSC,
	TANDEM_REASON_MASTER,
	TANDEM_REASON_NOT_JOINED,
	TANDEM_REASON_NETNS,
	TANDEM_REASON_MAC,
};

static unsigned int rank(enum tandem_reason reason)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(likely) - 1; i++)
		if (likely[i] == reason)
			break;
	return i;
}

static enum tandem_reason judge(const struct tandem *tandem,
				struct net_device *dev)
{
	enum tandem_reason reason = tandem_pair_judge(tandem, dev);

	if (reason != TANDEM_REASON_NONE)
		return reason;
	if (dev->ifindex == tandem->refusal.ifindex)
		return tandem->refusal.reason;
	return TANDEM_REASON_NOT_JOINED;
}

/* Sorted in; what does not fit any more falls off the end. */
static unsigned int insert(struct tandem_candidate *found, unsigned int count,
			   unsigned int room, struct net_device *dev,
			   enum tandem_reason reason)
{
	unsigned int i = min(count, room - 1);

	if (count == room && rank(found[i].reason) <= rank(reason))
		return count;
	for (; i && rank(found[i - 1].reason) > rank(reason); i--)
		found[i] = found[i - 1];
	found[i].dev = dev;
	found[i].reason = reason;
	return min(count + 1, room);
}

/**
 * tandem_candidate_find() - look for devices that could be the VF
 * @tandem: the tandem
 * @found: takes them, the likeliest first
 * @room: how many fit
 *
 * Context: RTNL, which keeps the devices; does not sleep, as the core asks for a
 * link's state with spinlocks held as well.
 * Return: how many there are in @found.
 */
unsigned int tandem_candidate_find(const struct tandem *tandem,
				   struct tandem_candidate *found,
				   unsigned int room)
{
	enum tandem_reason reason;
	unsigned int count = 0;
	struct net_device *dev;
	struct net *net;

	ASSERT_RTNL();

	rcu_read_lock();
	for_each_net_rcu(net) {
		for_each_netdev(net, dev) {
			reason = judge(tandem, dev);
			if (reason != TANDEM_REASON_ABSENT)
				count = insert(found, count, room, dev, reason);
		}
	}
	rcu_read_unlock();
	return count;
}

/**
 * tandem_candidate_reason() - why there is no VF
 * @tandem: the tandem, without a VF
 *
 * That some NIC has a MAC of its own is no reason: it may have nothing to do with
 * the tandem.
 *
 * Context: RTNL, maybe with spinlocks held.
 * Return: what speaks against the likeliest candidate, TANDEM_REASON_ABSENT if
 * there is none.
 */
enum tandem_reason tandem_candidate_reason(const struct tandem *tandem)
{
	struct tandem_candidate candidate;

	if (!tandem_candidate_find(tandem, &candidate, 1))
		return TANDEM_REASON_ABSENT;
	if (candidate.reason == TANDEM_REASON_MAC &&
	    candidate.dev->ifindex != tandem->refusal.ifindex)
		return TANDEM_REASON_ABSENT;
	return candidate.reason;
}

/**
 * tandem_candidate_event() - a device has come, gone, or got another master
 * @dev: the device
 *
 * Context: RTNL.
 */
void tandem_candidate_event(const struct net_device *dev)
{
	struct tandem *tandem;

	ASSERT_RTNL();

	if (!tandem_pair_on_pci(dev))
		return;

	list_for_each_entry(tandem, &tandem_device_list, list)
		tandem_event_state(tandem);
}
