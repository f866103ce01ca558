// SPDX-License-Identifier: GPL-2.0
/* Second copies of broadcasts: what is one, what is none, and for how long. */

#include <kunit/test.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/udp.h>

#include "../tandem.h"

#define HASH	4711
#define SEED	42
/* Every way in which the two ports can bring so many copies is tried. */
#define COPIES	10
/* Of the frames that are hashed: the payload's length, and what is looked at. */
#define LENGTH	200
#define SPAN	128
/* Time that is never taken for a pause. */
#define WHILE	(HZ / 4)
#define FOREVER	(HZ / 2)

static bool seen(struct tandem *tandem, u32 hash, bool side)
{
	bool copy;

	local_bh_disable();
	copy = tandem_dup_seen(tandem, hash, side);
	local_bh_enable();
	return copy;
}

/* Let time pass for what was seen of a frame. */
static void age(struct tandem *tandem, u32 hash, unsigned long by)
{
	struct tandem_dup_bucket *bucket;
	int i;

	bucket = &tandem->bucket[hash % TANDEM_DUP_BUCKETS];
	for (i = 0; i < TANDEM_DUP_WAYS; i++)
		if (bucket->way[i].hash == hash)
			bucket->way[i].stamp -= by;
}

static void forget(struct tandem *tandem)
{
	memset(&tandem->bucket[HASH % TANDEM_DUP_BUCKETS].way, 0,
	       sizeof(tandem->bucket[0].way));
}

static int dup_init(struct kunit *test)
{
	struct tandem *tandem;

	tandem = kunit_kzalloc(test, sizeof(*tandem), GFP_KERNEL);
	if (!tandem)
		return -ENOMEM;

	tandem_dup_init(tandem);
	/* It is only asked whether there is any. */
	rcu_assign_pointer(tandem->rx_active, ERR_PTR(-EINVAL));
	test->priv = tandem;
	return 0;
}

static void first_copy_is_received_and_the_second_dropped(struct kunit *test)
{
	struct tandem *tandem = test->priv;

	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH, false));
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH, true));
}

static void either_port_may_be_first(struct kunit *test)
{
	struct tandem *tandem = test->priv;

	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH, true));
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH, false));
}

static void equal_frames_of_one_port_are_all_received(struct kunit *test)
{
	struct tandem *tandem = test->priv;
	int i;

	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_FALSE(test, seen(tandem, HASH, false));
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_TRUE(test, seen(tandem, HASH, true));
	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH, true));
}

static void frames_are_told_apart(struct kunit *test)
{
	struct tandem *tandem = test->priv;
	u32 step = TANDEM_DUP_BUCKETS;
	int i;

	for (i = 0; i < TANDEM_DUP_WAYS; i++)
		KUNIT_EXPECT_FALSE(test, seen(tandem, HASH + i * step, i % 2));
	for (i = 0; i < TANDEM_DUP_WAYS; i++)
		KUNIT_EXPECT_TRUE(test, seen(tandem, HASH + i * step, !(i % 2)));
}

/* Which port brings each copy stands in the bits of @order. */
static unsigned int received(struct tandem *tandem, unsigned int order)
{
	unsigned int number = 0, i;

	for (i = 0; i < COPIES; i++)
		number += !seen(tandem, HASH, order & BIT(i));
	return number;
}

static void as_many_are_received_as_one_port_has_brought(struct kunit *test)
{
	struct tandem *tandem = test->priv;
	unsigned int order, ones;

	for (order = 0; order < BIT(COPIES); order++) {
		forget(tandem);
		ones = hweight32(order);
		KUNIT_EXPECT_EQ_MSG(test, received(tandem, order),
				    max(ones, COPIES - ones), "order %x", order);
	}
}

static void a_copy_may_lag_for_a_while(struct kunit *test)
{
	struct tandem *tandem = test->priv;

	seen(tandem, HASH, false);
	age(tandem, HASH, WHILE);
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH, true));
}

static void what_comes_half_a_second_later_is_no_copy(struct kunit *test)
{
	struct tandem *tandem = test->priv;

	seen(tandem, HASH, false);
	age(tandem, HASH, FOREVER);
	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH, true));
	/* From there on it counts anew. */
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH, false));
}

static void repeating_a_frame_does_not_prolong_it(struct kunit *test)
{
	struct tandem *tandem = test->priv;

	seen(tandem, HASH, false);
	age(tandem, HASH, WHILE);
	seen(tandem, HASH, false);
	age(tandem, HASH, FOREVER - WHILE);
	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH, true));
}

static void frames_that_wait_may_lag_for_as_long(struct kunit *test)
{
	struct tandem *tandem = test->priv;

	tandem->set.linger = 1000;
	RCU_INIT_POINTER(tandem->rx_active, NULL);
	seen(tandem, HASH, false);
	age(tandem, HASH, 3 * HZ / 2);
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH, true));

	seen(tandem, HASH, false);
	age(tandem, HASH, 2 * HZ);
	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH, true));
}

static void the_oldest_gives_way_where_room_is_short(struct kunit *test)
{
	struct tandem *tandem = test->priv;
	u32 step = TANDEM_DUP_BUCKETS;
	int i;

	for (i = 0; i < TANDEM_DUP_WAYS; i++)
		seen(tandem, HASH + i * step, false);
	age(tandem, HASH + step, WHILE);

	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH + i * step, true));
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH, true));
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH + 2 * step, true));
	KUNIT_EXPECT_TRUE(test, seen(tandem, HASH + i * step, false));
	KUNIT_EXPECT_FALSE(test, seen(tandem, HASH + step, true));
}

/* A broadcast whose payload is @length bytes that count up. */
static struct sk_buff *frame_make(struct kunit *test, unsigned int length)
{
	static const u8 source[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct sk_buff *skb;
	unsigned int i;

	skb = alloc_skb(ETH_HLEN + length, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reset_mac_header(skb);
	skb_put(skb, ETH_HLEN + length);
	eth_broadcast_addr(eth_hdr(skb)->h_dest);
	ether_addr_copy(eth_hdr(skb)->h_source, source);
	skb->protocol = htons(ETH_P_ARP);
	skb_pull(skb, ETH_HLEN);
	for (i = 0; i < length; i++)
		skb->data[i] = i;
	return skb;
}

static u32 hash_of(const struct sk_buff *skb)
{
	return tandem_dup_hash(skb, SEED);
}

/* Is it another frame if this byte, of the frame with its header, is another one? */
static bool counts(struct sk_buff *skb, unsigned int offset)
{
	u8 *byte = skb_mac_header(skb) + offset;
	u32 before = hash_of(skb);
	bool differs;

	*byte ^= 1;
	differs = hash_of(skb) != before;
	*byte ^= 1;
	return differs;
}

static void addresses_and_the_first_bytes_count(struct kunit *test)
{
	struct sk_buff *skb = frame_make(test, LENGTH);
	unsigned int i;

	for (i = 0; i < 2 * ETH_ALEN; i++)
		KUNIT_EXPECT_TRUE_MSG(test, counts(skb, i), "byte %u", i);
	for (i = ETH_HLEN; i < ETH_HLEN + SPAN; i++)
		KUNIT_EXPECT_TRUE_MSG(test, counts(skb, i), "byte %u", i);
	for (i = ETH_HLEN + SPAN; i < ETH_HLEN + LENGTH; i++)
		KUNIT_EXPECT_FALSE_MSG(test, counts(skb, i), "byte %u", i);
	kfree_skb(skb);
}

static void protocol_vlan_length_and_seed_count(struct kunit *test)
{
	struct sk_buff *skb = frame_make(test, LENGTH);
	u32 hash = hash_of(skb), tagged;

	KUNIT_EXPECT_NE(test, tandem_dup_hash(skb, SEED + 1), hash);

	skb->protocol = htons(ETH_P_IP);
	KUNIT_EXPECT_NE(test, hash_of(skb), hash);
	skb->protocol = htons(ETH_P_ARP);

	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 5);
	tagged = hash_of(skb);
	KUNIT_EXPECT_NE(test, tagged, hash);
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 6);
	KUNIT_EXPECT_NE(test, hash_of(skb), tagged);
	__vlan_hwaccel_clear_tag(skb);

	skb_trim(skb, LENGTH - 1);
	KUNIT_EXPECT_NE(test, hash_of(skb), hash);
	kfree_skb(skb);
}

static void a_short_frame_is_taken_as_if_padded(struct kunit *test)
{
	struct sk_buff *padded = frame_make(test, ETH_ZLEN - ETH_HLEN);
	struct sk_buff *bare = frame_make(test, 28);

	memset(padded->data + 28, 0, padded->len - 28);
	KUNIT_EXPECT_EQ(test, hash_of(bare), hash_of(padded));
	padded->data[40] = 1;
	KUNIT_EXPECT_NE(test, hash_of(bare), hash_of(padded));
	kfree_skb(padded);
	kfree_skb(bare);
}

static void a_frame_in_pieces_is_the_same_frame(struct kunit *test)
{
	struct sk_buff *pieces = frame_make(test, LENGTH);
	struct sk_buff *skb = frame_make(test, LENGTH);
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	memcpy(page_address(page), pieces->data + 50, LENGTH - 50);
	skb_trim(pieces, 50);
	skb_add_rx_frag(pieces, 0, page, 0, LENGTH - 50, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, hash_of(pieces), hash_of(skb));
	kfree_skb(pieces);
	kfree_skb(skb);
}

static unsigned int check_of(unsigned int header)
{
	return ETH_HLEN + header + offsetof(struct udphdr, check);
}

static void the_checksum_of_udp_does_not_count(struct kunit *test)
{
	struct sk_buff *skb = frame_make(test, LENGTH);
	struct iphdr *ip = (struct iphdr *)skb->data;

	skb->protocol = htons(ETH_P_IP);
	ip->ihl = 5;
	ip->frag_off = 0;
	ip->protocol = IPPROTO_TCP;
	KUNIT_EXPECT_TRUE(test, counts(skb, check_of(sizeof(*ip))));
	ip->protocol = IPPROTO_UDP;
	KUNIT_EXPECT_FALSE(test, counts(skb, check_of(sizeof(*ip))));
	KUNIT_EXPECT_FALSE(test, counts(skb, check_of(sizeof(*ip)) + 1));
	KUNIT_EXPECT_TRUE(test, counts(skb, check_of(sizeof(*ip)) - 1));
	KUNIT_EXPECT_TRUE(test, counts(skb, check_of(sizeof(*ip)) + 2));

	ip->ihl = 15;
	KUNIT_EXPECT_FALSE(test, counts(skb, check_of(60)));
	ip->frag_off = htons(1);
	KUNIT_EXPECT_TRUE(test, counts(skb, check_of(60)));
	kfree_skb(skb);
}

static void the_checksum_of_udp_over_ipv6_does_not_count(struct kunit *test)
{
	struct sk_buff *skb = frame_make(test, LENGTH);
	struct ipv6hdr *ip = (struct ipv6hdr *)skb->data;

	skb->protocol = htons(ETH_P_IPV6);
	ip->nexthdr = IPPROTO_UDP;
	KUNIT_EXPECT_FALSE(test, counts(skb, check_of(sizeof(*ip))));
	ip->nexthdr = IPPROTO_TCP;
	KUNIT_EXPECT_TRUE(test, counts(skb, check_of(sizeof(*ip))));
	kfree_skb(skb);
}

/* Of whatever length and content: KASAN looks on. */
static void frames_of_any_length_are_hashed_within_bounds(struct kunit *test)
{
	static const __be16 protocols[] = {
		htons(ETH_P_IP), htons(ETH_P_IPV6), htons(ETH_P_ARP),
	};
	struct sk_buff *skb;
	unsigned int length, i;

	for (length = 0; length < LENGTH; length++) {
		skb = frame_make(test, length);
		for (i = 0; i < ARRAY_SIZE(protocols); i++) {
			skb->protocol = protocols[i];
			get_random_bytes(skb->data, length);
			/* UDP as far as there is room for it to say so. */
			if (length > 9)
				skb->data[9] = IPPROTO_UDP;
			if (length > 6 && protocols[i] == htons(ETH_P_IPV6))
				skb->data[6] = IPPROTO_UDP;
			KUNIT_EXPECT_EQ(test, hash_of(skb), hash_of(skb));
		}
		kfree_skb(skb);
	}
}

static struct kunit_case dup_cases[] = {
	KUNIT_CASE(first_copy_is_received_and_the_second_dropped),
	KUNIT_CASE(either_port_may_be_first),
	KUNIT_CASE(equal_frames_of_one_port_are_all_received),
	KUNIT_CASE(frames_are_told_apart),
	KUNIT_CASE(as_many_are_received_as_one_port_has_brought),
	KUNIT_CASE(a_copy_may_lag_for_a_while),
	KUNIT_CASE(what_comes_half_a_second_later_is_no_copy),
	KUNIT_CASE(repeating_a_frame_does_not_prolong_it),
	KUNIT_CASE(frames_that_wait_may_lag_for_as_long),
	KUNIT_CASE(the_oldest_gives_way_where_room_is_short),
	KUNIT_CASE(addresses_and_the_first_bytes_count),
	KUNIT_CASE(protocol_vlan_length_and_seed_count),
	KUNIT_CASE(a_short_frame_is_taken_as_if_padded),
	KUNIT_CASE(a_frame_in_pieces_is_the_same_frame),
	KUNIT_CASE(the_checksum_of_udp_does_not_count),
	KUNIT_CASE(the_checksum_of_udp_over_ipv6_does_not_count),
	KUNIT_CASE(frames_of_any_length_are_hashed_within_bounds),
	{}
};

static struct kunit_suite dup_suite = {
	.name = "tandem_dup",
	.init = dup_init,
	.test_cases = dup_cases,
};

kunit_test_suite(dup_suite);
