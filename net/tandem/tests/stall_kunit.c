// SPDX-License-Identifier: GPL-2.0
/* Ports that do not complete what they are given: when that is a stall, how long. */

#include <linux/rtnetlink.h>

#include "fake.h"

#define TIMEOUT	1000
/* A port looked at for as long as this after it has stalled would have been seen. */
#define LONG	(TIMEOUT + 50)

/* A port that nobody but the test looks at, and the time. */
struct watch {
	struct tandem_port *port;
	u64 now;
};

static struct netdev_queue *queue_of(const struct watch *watch, int i)
{
	return netdev_get_tx_queue(watch->port->dev, i);
}

static void send(const struct watch *watch, int i)
{
	netdev_tx_sent_queue(queue_of(watch, i), 100);
}

static void complete_one(const struct watch *watch, int i)
{
	netdev_tx_completed_queue(queue_of(watch, i), 1, 100);
}

static unsigned int look(const struct watch *watch)
{
	return tandem_stall_look(watch->port, watch->now, TIMEOUT);
}

/* Look as the monitor does, each time when the look before has asked for it. */
static void look_for(struct watch *watch, u64 ms)
{
	u64 end = watch->now + ms;

	while (watch->now < end)
		watch->now += max(look(watch), 1U);
}

/* The same until it has stalled. Returns after how long that was, or was given up. */
static u64 look_for_stall(struct watch *watch, u64 late)
{
	u64 begin = watch->now, again = 0;

	while (!watch->port->stalled && watch->now < begin + 2 * TIMEOUT) {
		watch->now += again;
		again = max(look(watch), 1U) + late;
	}
	return watch->now - begin;
}

static struct watch begin(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct watch watch = { .now = 100000 };
	struct tandem_port *port;

	port = kunit_kzalloc(test, struct_size(port, queue, TANDEM_FAKE_QUEUES),
			     GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, port);
	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->dev[0]), 0);
	port->dev = set->dev[0];
	port->tandem = tandem_fake_tandem(test);
	port->queues = TANDEM_FAKE_QUEUES;
	watch.port = port;
	watch.now += look(&watch);
	return watch;
}

static void a_port_is_looked_at_often_only_while_it_sends(struct kunit *test)
{
	struct watch watch = begin(test);

	KUNIT_EXPECT_EQ(test, look(&watch), 250U);
	look_for(&watch, 10 * TIMEOUT);
	KUNIT_EXPECT_FALSE(test, watch.port->stalled);

	send(&watch, 0);
	complete_one(&watch, 0);
	KUNIT_EXPECT_EQ(test, look(&watch), 10U);
	KUNIT_EXPECT_EQ(test, look(&watch), 250U);
}

static void packets_in_flight_for_the_timeout_are_a_stall(struct kunit *test)
{
	struct watch watch = begin(test);

	send(&watch, 0);
	KUNIT_EXPECT_EQ(test, look_for_stall(&watch, 0), (u64)TIMEOUT);
}

static void packets_that_are_completed_are_none(struct kunit *test)
{
	struct watch watch = begin(test);
	int i;

	for (i = 0; i < 10; i++) {
		send(&watch, 0);
		send(&watch, 0);
		look_for(&watch, TIMEOUT / 2);
		complete_one(&watch, 0);
		look_for(&watch, TIMEOUT / 4);
	}
	KUNIT_EXPECT_FALSE(test, watch.port->stalled);
}

static void a_stall_ends_with_a_completion(struct kunit *test)
{
	struct watch watch = begin(test);

	send(&watch, 0);
	send(&watch, 0);
	look_for(&watch, LONG);
	KUNIT_EXPECT_TRUE(test, watch.port->stalled);
	complete_one(&watch, 0);
	look(&watch);
	KUNIT_EXPECT_FALSE(test, watch.port->stalled);
}

static void a_reset_of_the_counters_is_no_completion(struct kunit *test)
{
	struct watch watch = begin(test);

	send(&watch, 0);
	complete_one(&watch, 0);
	send(&watch, 0);
	look_for(&watch, LONG);
	netdev_tx_reset_queue(queue_of(&watch, 0));
	look_for(&watch, LONG);
	KUNIT_EXPECT_TRUE(test, watch.port->stalled);
}

static void one_queue_of_several_is_enough(struct kunit *test)
{
	struct watch watch = begin(test);
	int i;

	send(&watch, 1);
	for (i = 0; i < LONG / 10; i++) {
		send(&watch, 0);
		watch.now += look(&watch);
		complete_one(&watch, 0);
	}
	KUNIT_EXPECT_TRUE(test, watch.port->stalled);
	look_for(&watch, LONG);
	KUNIT_EXPECT_TRUE(test, watch.port->stalled);
	complete_one(&watch, 1);
	look(&watch);
	KUNIT_EXPECT_FALSE(test, watch.port->stalled);
}

static void time_that_nobody_was_run_for_does_not_count(struct kunit *test)
{
	struct watch watch = begin(test);
	int i;

	send(&watch, 0);
	for (i = 0; i < 40; i++) {
		watch.now += look(&watch) + (i % 2 ? 51 : 10 * TIMEOUT);
		KUNIT_EXPECT_FALSE(test, watch.port->stalled);
	}
	look_for(&watch, LONG);
	KUNIT_EXPECT_TRUE(test, watch.port->stalled);
}

static void a_look_that_is_a_little_late_counts(struct kunit *test)
{
	struct watch watch = begin(test);

	send(&watch, 0);
	KUNIT_EXPECT_LE(test, look_for_stall(&watch, 50), TIMEOUT + 60ULL);
}

static void a_closed_port_does_not_stall(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct watch watch = begin(test);

	send(&watch, 0);
	look_for(&watch, TIMEOUT / 2);
	tandem_fake_close(set->dev[0]);
	look_for(&watch, 10 * TIMEOUT);
	KUNIT_EXPECT_FALSE(test, watch.port->stalled);
	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->dev[0]), 0);
	look_for(&watch, TIMEOUT - 20);
	KUNIT_EXPECT_FALSE(test, watch.port->stalled);
}

static void a_port_that_was_opened_again_begins_anew(struct kunit *test)
{
	struct watch watch = begin(test);

	send(&watch, 0);
	look_for(&watch, LONG);
	KUNIT_EXPECT_TRUE(test, watch.port->stalled);
	watch.port->opened++;
	KUNIT_EXPECT_EQ(test, look(&watch), 10U);
	KUNIT_EXPECT_FALSE(test, watch.port->stalled);
	KUNIT_EXPECT_EQ(test, look_for_stall(&watch, 0), (u64)TIMEOUT);
}

static void a_timeout_of_zero_is_never(struct kunit *test)
{
	struct watch watch = begin(test);
	int i;

	send(&watch, 0);
	look_for(&watch, LONG);
	KUNIT_EXPECT_TRUE(test, watch.port->stalled);
	for (i = 0; i < 100; i++) {
		watch.now += tandem_stall_look(watch.port, watch.now, 0);
		KUNIT_EXPECT_FALSE(test, watch.port->stalled);
	}
}

static enum tandem_stall state_of(const struct watch *watch)
{
	enum tandem_stall state;

	rtnl_lock();
	state = tandem_stall_state(watch->port);
	rtnl_unlock();
	return state;
}

static void it_is_told_what_is_watched(struct kunit *test)
{
	struct watch watch = begin(test);

	KUNIT_EXPECT_EQ(test, state_of(&watch), TANDEM_STALL_BLIND);
	send(&watch, 1);
	KUNIT_EXPECT_EQ(test, state_of(&watch), TANDEM_STALL_WATCHED);
	look_for(&watch, LONG);
	KUNIT_EXPECT_EQ(test, state_of(&watch), TANDEM_STALL_STALLED);
	watch.port->tandem->set.stall_timeout = 0;
	KUNIT_EXPECT_EQ(test, state_of(&watch), TANDEM_STALL_OFF);
}

static struct kunit_case stall_cases[] = {
	KUNIT_CASE(a_port_is_looked_at_often_only_while_it_sends),
	KUNIT_CASE(packets_in_flight_for_the_timeout_are_a_stall),
	KUNIT_CASE(packets_that_are_completed_are_none),
	KUNIT_CASE(a_stall_ends_with_a_completion),
	KUNIT_CASE(a_reset_of_the_counters_is_no_completion),
	KUNIT_CASE(one_queue_of_several_is_enough),
	KUNIT_CASE(time_that_nobody_was_run_for_does_not_count),
	KUNIT_CASE(a_look_that_is_a_little_late_counts),
	KUNIT_CASE(a_closed_port_does_not_stall),
	KUNIT_CASE(a_port_that_was_opened_again_begins_anew),
	KUNIT_CASE(a_timeout_of_zero_is_never),
	KUNIT_CASE(it_is_told_what_is_watched),
	{}
};

static struct kunit_suite stall_suite = {
	.name = "tandem_stall",
	.init = tandem_fake_init,
	.exit = tandem_fake_exit,
	.test_cases = stall_cases,
};

kunit_test_suite(stall_suite);
