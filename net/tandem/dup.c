// SPDX-License-Identifier: GPL-2.0
/*
 * The second copies of broadcast and multicast frames.
 *
 * A bridge floods such a frame to both ports. Which copy comes first cannot be
 * known and the other may never come, so the first is always accepted and the
 * port that is behind pays its debt: for each frame the filter keeps how far
 * one port is ahead of the other. Equal frames sent one after the other are
 * thereby all delivered.
 */

#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/udp.h>

#include "tandem.h"

/*
 * How long a copy may lag. Below the second after which ARP, neighbour
 * discovery and DHCP repeat a request to the letter: a repetition that comes
 * over the other port is not to be taken for a copy.
 */
#define DUP_WINDOW	(HZ / 2UL)

/* How much of a frame is looked at, beside its length and its VLAN. */
#define DUP_SPAN	128

/**
 * tandem_dup_init() - start with nothing seen
 * @tandem: the tandem
 */
void tandem_dup_init(struct tandem *tandem)
{
	int i;

	tandem->dup_seed = get_random_u32();
	for (i = 0; i < TANDEM_DUP_BUCKETS; i++)
		spin_lock_init(&tandem->bucket[i].lock);
}

/* Frames of the new port that wait for the old one's lag as long as they wait. */
static unsigned long window(const struct tandem *tandem)
{
	if (rcu_access_pointer(tandem->rx_active))
		return DUP_WINDOW;
	return max(DUP_WINDOW,
		   2 * msecs_to_jiffies(READ_ONCE(tandem->set.linger)));
}

static bool entry_live(const struct tandem_dup_entry *entry,
		       unsigned long window)
{
	return entry->lead && time_before(jiffies, entry->stamp + window);
}

/* The entry of @hash, else the one that will be missed least. */
static struct tandem_dup_entry *bucket_find(struct tandem_dup_bucket *bucket,
					    u32 hash, unsigned long window)
{
	struct tandem_dup_entry *entry, *victim = &bucket->way[0];
	int i;

	for (i = 0; i < TANDEM_DUP_WAYS; i++) {
		entry = &bucket->way[i];
		if (!entry_live(entry, window))
			entry->lead = 0;
		else if (entry->hash == hash)
			return entry;

		if (victim->lead && (!entry->lead ||
				     time_before(entry->stamp, victim->stamp)))
			victim = entry;
	}

	victim->hash = hash;
	victim->lead = 0;
	return victim;
}

/**
 * tandem_dup_seen() - has the other port brought this frame already?
 * @tandem: the tandem
 * @hash: of the frame, from tandem_dup_hash()
 * @side: of the port that brings it now
 *
 * Context: bottom halves off: softirq, or the work of &struct tandem_linger.
 * Return: true if the frame is a second copy.
 */
bool tandem_dup_seen(struct tandem *tandem, u32 hash, bool side)
{
	struct tandem_dup_bucket *bucket;
	struct tandem_dup_entry *entry;
	int step, before;

	step = side ? 1 : -1;
	bucket = &tandem->bucket[hash % TANDEM_DUP_BUCKETS];

	spin_lock(&bucket->lock);
	entry = bucket_find(bucket, hash, window(tandem));
	before = entry->lead;
	entry->lead += step;
	if (!before)
		entry->stamp = jiffies;
	spin_unlock(&bucket->lock);

	return before * step < 0;
}

/* Where the UDP header begins in a frame's payload, 0 if it has none. */
static unsigned int udp_offset(const struct sk_buff *skb, const u8 *payload,
			       unsigned int len)
{
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)payload;
	const struct iphdr *ip4 = (const struct iphdr *)payload;

	if (skb->protocol == htons(ETH_P_IP) && len >= sizeof(*ip4) &&
	    ip4->protocol == IPPROTO_UDP && !(ip4->frag_off & htons(0x1fff)))
		return ip4->ihl * 4;
	if (skb->protocol == htons(ETH_P_IPV6) && len >= sizeof(*ip6) &&
	    ip6->nexthdr == IPPROTO_UDP)
		return sizeof(*ip6);
	return 0;
}

/**
 * tandem_dup_hash() - what the copies of a frame have in common
 * @skb: a received frame, data at its payload
 * @seed: secret of the tandem, so that nobody can make up frames that collide
 *
 * The UDP checksum is left out: a port with checksum offload brings a frame
 * from its own host with only the pseudo header summed up. A short frame is
 * taken as if padded with zeros: a wire pads it, a host's own bridge does not.
 *
 * Context: bottom halves off: softirq, or the work of &struct tandem_linger.
 * Return: the hash.
 */
u32 tandem_dup_hash(const struct sk_buff *skb, u32 seed)
{
	unsigned int full = max_t(unsigned int, skb->len, ETH_ZLEN - ETH_HLEN);
	unsigned int len = min_t(unsigned int, full, DUP_SPAN);
	u8 payload[DUP_SPAN] __aligned(4) = {};
	unsigned int udp;
	u32 hash;

	hash = jhash(skb_mac_header(skb), 2 * ETH_ALEN, full ^ seed);
	hash = jhash_2words((__force u32)skb->protocol,
			    skb_vlan_tag_present(skb) ?
			    skb_vlan_tag_get_id(skb) : 0, hash);
	if (skb_copy_bits(skb, 0, payload, min(len, skb->len)))
		return hash;

	udp = udp_offset(skb, payload, len);
	if (udp && udp + sizeof(struct udphdr) <= len)
		memset(payload + udp + offsetof(struct udphdr, check), 0,
		       sizeof_field(struct udphdr, check));
	return jhash(payload, len, hash);
}
