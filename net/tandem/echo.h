/* SPDX-License-Identifier: GPL-2.0 */
/* What we have sent and a bridge brings back; see echo.c. */
#ifndef _TANDEM_ECHO_H
#define _TANDEM_ECHO_H

#include <linux/jump_label_ratelimit.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

struct tandem;

/* Room for 256 addresses behind a bridge of the guest's, four of a hash. */
#define TANDEM_ECHO_BITS	6
#define TANDEM_ECHO_WAYS	4

/**
 * struct tandem_echo_source - an address that is not the master's and has sent over it
 * @key: the address, and the VLAN: in another one it is somebody else
 * @sent: jiffies when it did last
 *
 * Written by any sender and read by any receiver, without a lock: who loses such a race
 * has a frame dropped or received that a moment later would not have been.
 */
struct tandem_echo_source {
	u64 key;
	unsigned long sent;
};

/**
 * struct tandem_echo - what is known of what was sent
 * @until: jiffies until which it may come back over the port that is active now;
 *	written under RTNL, read without
 * @source: the addresses, by the hash of their key
 * @work: has @noting follow the master's promiscuity, which may change where one must
 *	not sleep
 * @noting: the key is held; @work, and who has ended that
 */
struct tandem_echo {
	unsigned long until;
	struct tandem_echo_source source[BIT(TANDEM_ECHO_BITS)][TANDEM_ECHO_WAYS];
	struct work_struct work;
	bool noting;
};

extern struct static_key_false_deferred tandem_echo_key;

/**
 * tandem_echo_notes() - may others than the master send over it?
 * @dev: the master; who bridges it makes it promiscuous
 *
 * A static key keeps the question off the fast path of those who do not.
 *
 * Context: any.
 * Return: true if they may.
 */
static inline bool tandem_echo_notes(const struct net_device *dev)
{
	return static_branch_unlikely(&tandem_echo_key.key) &&
	       (READ_ONCE(dev->flags) & IFF_PROMISC);
}

/* echo.c */
void tandem_echo_teardown(void);
void tandem_echo_init(struct tandem *tandem);
void tandem_echo_cancel(struct tandem *tandem);
void tandem_echo_note(struct tandem *tandem, const struct sk_buff *skb);
void tandem_echo_switched(struct tandem *tandem);
bool tandem_echo_expected(const struct tandem *tandem);
bool tandem_echo_is(struct tandem *tandem, const struct sk_buff *skb);

#endif
