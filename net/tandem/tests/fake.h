/* SPDX-License-Identifier: GPL-2.0 */
/* Devices that do and refuse what a test wants, and a tandem they may be ports of. */
#ifndef _TANDEM_FAKE_H
#define _TANDEM_FAKE_H

#include <kunit/test.h>

#include "../tandem.h"

/**
 * enum tandem_fake_op - what a device may be told to refuse
 * @FAKE_OPEN: to be opened
 * @FAKE_MTU: another MTU
 * @FAKE_MAC: another MAC
 * @FAKE_VLAN: a VLAN, but for number 0, which the core adds by itself
 * @FAKE_XDP: a program
 * @FAKE_FEATURES: other offloads
 */
enum tandem_fake_op {
	FAKE_OPEN,
	FAKE_MTU,
	FAKE_MAC,
	FAKE_VLAN,
	FAKE_XDP,
	FAKE_FEATURES,
};

#define TANDEM_FAKE_DEVICES	3
#define TANDEM_FAKE_QUEUES	2

/* What tandem_fake_equip() gives to the tandem. */
#define TANDEM_FAKE_VID		5
#define TANDEM_FAKE_MTU		1400

/**
 * struct tandem_fake - the private part of a device
 * @refuse: a bit for each &enum tandem_fake_op that it refuses
 * @calls: what it was asked for, a word each, refused or not
 * @vlans: how many VLANs it has
 * @prog: its XDP program, with a reference
 * @stats: its counters
 */
struct tandem_fake {
	unsigned long refuse;
	char calls[128];
	int vlans;
	struct bpf_prog *prog;
	struct rtnl_link_stats64 stats;
};

/**
 * struct tandem_fake_set - what a test has, as its &kunit.priv
 * @master: a tandem, closed, with a MAC of its own, that switches without waiting
 * @dev: devices that are no ports yet, closed, with carrier; NULL once a test has
 *	removed one
 * @prog: an XDP program to be given away, not to be run
 */
struct tandem_fake_set {
	struct net_device *master;
	struct net_device *dev[TANDEM_FAKE_DEVICES];
	struct bpf_prog *prog;
};

/**
 * struct tandem_fake_looks - what a port borrows of a device, and may not leave on it
 * @mtu: MTU
 * @flags: IFF_UP and the like
 * @promiscuity: how often it is promiscuous
 * @allmulti: how often it takes all multicasts
 * @addr: MAC
 * @addr_assign_type: where that is from
 * @features: offloads that are on
 * @wanted: offloads that are meant to be on
 * @marks: what tells the kernel that it is a port
 * @prog: XDP program
 * @upper: its master
 * @receiver: somebody receives for it
 * @vlans: how many VLANs it has
 * @uc: how many further addresses it has
 */
struct tandem_fake_looks {
	unsigned int mtu, flags, promiscuity, allmulti;
	u8 addr[ETH_ALEN];
	unsigned char addr_assign_type;
	netdev_features_t features, wanted;
	u64 marks;
	struct bpf_prog *prog;
	struct net_device *upper;
	bool receiver;
	int vlans, uc;
};

/* fake.c */
int tandem_fake_init(struct kunit *test);
void tandem_fake_exit(struct kunit *test);
void tandem_fake_remove(struct net_device **dev);
struct tandem *tandem_fake_tandem(struct kunit *test);
int tandem_fake_join(struct kunit *test, struct net_device *dev);
void tandem_fake_release(struct kunit *test, struct net_device *dev);
int tandem_fake_open(struct net_device *dev);
void tandem_fake_close(struct net_device *dev);
int tandem_fake_set_role(struct kunit *test, struct net_device *dev,
			 enum tandem_role role);
int tandem_fake_set_mtu(struct net_device *dev, int mtu);
struct net_device *tandem_fake_active(struct kunit *test);
struct net_device *tandem_fake_in(struct kunit *test, enum tandem_role role);
void tandem_fake_begin(struct kunit *test);
void tandem_fake_equip(struct kunit *test);
void tandem_fake_unequip(struct kunit *test);
const char *tandem_fake_calls(struct net_device *dev);
struct tandem_fake_looks tandem_fake_look(struct net_device *dev);
void tandem_fake_expect(struct kunit *test, struct net_device *dev,
			const struct tandem_fake_looks *before);

#endif
