// SPDX-License-Identifier: GPL-2.0
/* Counters: over switches, ports that come and go, and drivers that wrap or reset. */

#include <linux/prandom.h>
#include <linux/rtnetlink.h>

#include "fake.h"

/* Things done, one after the other, in one go through all that can happen. */
#define STEPS	400
/* So much that a counter wraps now and then, and never half of that unseen. */
#define STEP_MAX	400000000

#define COUNTERS	(sizeof(struct rtnl_link_stats64) / sizeof(u64))

static u64 *counter_of(struct net_device *dev)
{
	struct tandem_fake *fake = netdev_priv(dev);

	return &fake->stats.tx_packets;
}

/* What the tandem tells of the packets that were sent. */
static u64 told(struct kunit *test)
{
	const struct tandem_fake_set *set = test->priv;
	struct rtnl_link_stats64 stats;

	tandem_stats_get(set->master, &stats);
	return stats.tx_packets;
}

static u64 told_of_role(struct kunit *test, enum tandem_role role)
{
	struct rtnl_link_stats64 stats;

	tandem_stats_get_role(tandem_fake_tandem(test), role, &stats);
	return stats.tx_packets;
}

static void what_was_counted_before_the_join_does_not_count(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	*counter_of(set->dev[0]) = 1000;
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	KUNIT_EXPECT_EQ(test, told(test), 0ULL);
	*counter_of(set->dev[0]) += 5;
	KUNIT_EXPECT_EQ(test, told(test), 5ULL);
}

static void the_tandem_counts_what_both_ports_do(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	*counter_of(set->dev[0]) += 3;
	*counter_of(set->dev[1]) += 4;
	KUNIT_EXPECT_EQ(test, told(test), 7ULL);
	KUNIT_EXPECT_EQ(test, told(test), 7ULL);
	KUNIT_EXPECT_EQ(test, told_of_role(test, TANDEM_PRIMARY), 3ULL);
	KUNIT_EXPECT_EQ(test, told_of_role(test, TANDEM_STANDBY), 4ULL);
}

/* Another number in each counter. Returns the counters. */
static const u64 *fill(struct net_device *dev, u64 begin)
{
	struct tandem_fake *fake = netdev_priv(dev);
	u64 *count = (u64 *)&fake->stats;
	int i;

	for (i = 0; i < COUNTERS; i++)
		count[i] = begin + i;
	return count;
}

static void every_counter_is_summed(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	const u64 *primary, *standby, *sum;
	struct rtnl_link_stats64 stats;
	int i;

	tandem_fake_begin(test);
	primary = fill(set->dev[0], 1000);
	standby = fill(set->dev[1], 2000);
	tandem_stats_get(set->master, &stats);
	sum = (const u64 *)&stats;
	for (i = 0; i < COUNTERS; i++)
		KUNIT_EXPECT_EQ_MSG(test, sum[i], primary[i] + standby[i],
				    "counter %d", i);
}

static void a_counter_of_32_bits_may_wrap(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	*counter_of(set->dev[0]) = U32_MAX - 9;
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	*counter_of(set->dev[0]) = 20;
	KUNIT_EXPECT_EQ(test, told(test), 30ULL);
	*counter_of(set->dev[0]) = S32_MAX;
	KUNIT_EXPECT_EQ(test, told(test), 10ULL + S32_MAX);
}

static void a_counter_of_64_bits_passes_32(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	u64 begin = U32_MAX - 9;

	*counter_of(set->dev[0]) = begin;
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	*counter_of(set->dev[0]) = begin + 30;
	KUNIT_EXPECT_EQ(test, told(test), 30ULL);
	*counter_of(set->dev[0]) = begin + 30 + 10 * (u64)U32_MAX;
	KUNIT_EXPECT_EQ(test, told(test), 30 + 10 * (u64)U32_MAX);
}

static void a_counter_of_64_bits_may_wrap(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	*counter_of(set->dev[0]) = U64_MAX - 9;
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	*counter_of(set->dev[0]) = 20;
	KUNIT_EXPECT_EQ(test, told(test), 30ULL);
}

static void a_driver_that_resets_its_counters_takes_nothing_back(struct kunit *test)
{
	static const u64 heights[] = { 1000, 5 * (u64)U32_MAX };
	struct tandem_fake_set *set = test->priv;
	u64 sum = 0;
	int i;

	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	for (i = 0; i < ARRAY_SIZE(heights); i++) {
		*counter_of(set->dev[0]) = heights[i];
		sum += heights[i];
		KUNIT_EXPECT_EQ(test, told(test), sum);
		*counter_of(set->dev[0]) = 0;
		KUNIT_EXPECT_EQ(test, told(test), sum);
	}
	*counter_of(set->dev[0]) += 5;
	KUNIT_EXPECT_EQ(test, told(test), sum + 5);
}

static void what_a_port_has_counted_stays_when_it_leaves(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	/* Not looked at before it leaves. */
	*counter_of(set->dev[0]) += 3;
	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_EQ(test, told(test), 3ULL);
	*counter_of(set->dev[0]) += 100;
	KUNIT_EXPECT_EQ(test, told(test), 3ULL);

	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	KUNIT_EXPECT_EQ(test, told(test), 3ULL);
	*counter_of(set->dev[0]) += 2;
	KUNIT_EXPECT_EQ(test, told(test), 5ULL);
}

static void a_port_that_is_removed_is_counted_to_the_last(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	*counter_of(set->dev[0]) += 3;
	tandem_fake_remove(&set->dev[0]);
	KUNIT_EXPECT_EQ(test, told(test), 3ULL);
}

static void what_was_counted_in_a_role_stays_with_it(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	*counter_of(set->dev[0]) += 3;
	*counter_of(set->dev[1]) += 4;
	KUNIT_EXPECT_EQ(test, tandem_fake_set_role(test, set->dev[0],
						   TANDEM_STANDBY), 0);
	*counter_of(set->dev[0]) += 10;
	*counter_of(set->dev[1]) += 20;
	KUNIT_EXPECT_EQ(test, told_of_role(test, TANDEM_PRIMARY), 23ULL);
	KUNIT_EXPECT_EQ(test, told_of_role(test, TANDEM_STANDBY), 14ULL);
}

/* What has been counted while a device was a port. */
struct model {
	bool joined[2];
	u64 sum;
};

static void model_count(struct kunit *test, struct model *model, int i, u32 by)
{
	struct tandem_fake_set *set = test->priv;

	*counter_of(set->dev[i]) = (u32)(*counter_of(set->dev[i]) + by);
	if (model->joined[i])
		model->sum += by;
}

static void model_toggle(struct kunit *test, struct model *model, int i)
{
	struct tandem_fake_set *set = test->priv;

	if (model->joined[i])
		tandem_fake_release(test, set->dev[i]);
	else
		KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[i]), 0);
	model->joined[i] = !model->joined[i];
}

static void model_swap(struct kunit *test, struct model *model, int i)
{
	struct tandem_fake_set *set = test->priv;
	enum tandem_role role;

	if (!model->joined[i])
		return;
	role = tandem_fake_in(test, TANDEM_PRIMARY) == set->dev[i] ?
	       TANDEM_STANDBY : TANDEM_PRIMARY;
	KUNIT_EXPECT_EQ(test, tandem_fake_set_role(test, set->dev[i], role), 0);
}

static void the_sum_is_right_whatever_happens_in_whatever_order(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct model model = {};
	struct rnd_state rnd;
	int step, i;

	*counter_of(set->dev[0]) = U32_MAX;
	*counter_of(set->dev[1]) = U32_MAX;
	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->master), 0);
	/* The same each time: what has failed fails again. */
	prandom_seed_state(&rnd, 1);
	for (step = 0; step < STEPS; step++) {
		i = prandom_u32_state(&rnd) % 2;
		switch (prandom_u32_state(&rnd) % 8) {
		case 0:
			model_toggle(test, &model, i);
			break;
		case 1:
			model_swap(test, &model, i);
			break;
		case 2:
			KUNIT_EXPECT_EQ(test, told(test), model.sum);
			break;
		default:
			model_count(test, &model, i,
				    prandom_u32_state(&rnd) % STEP_MAX);
		}
	}
	KUNIT_EXPECT_EQ(test, told(test), model.sum);
}

static struct kunit_case stats_cases[] = {
	KUNIT_CASE(what_was_counted_before_the_join_does_not_count),
	KUNIT_CASE(the_tandem_counts_what_both_ports_do),
	KUNIT_CASE(every_counter_is_summed),
	KUNIT_CASE(a_counter_of_32_bits_may_wrap),
	KUNIT_CASE(a_counter_of_64_bits_passes_32),
	KUNIT_CASE(a_counter_of_64_bits_may_wrap),
	KUNIT_CASE(a_driver_that_resets_its_counters_takes_nothing_back),
	KUNIT_CASE(what_a_port_has_counted_stays_when_it_leaves),
	KUNIT_CASE(a_port_that_is_removed_is_counted_to_the_last),
	KUNIT_CASE(what_was_counted_in_a_role_stays_with_it),
	KUNIT_CASE(the_sum_is_right_whatever_happens_in_whatever_order),
	{}
};

static struct kunit_suite stats_suite = {
	.name = "tandem_stats",
	.init = tandem_fake_init,
	.exit = tandem_fake_exit,
	.test_cases = stats_cases,
};

kunit_test_suite(stats_suite);
