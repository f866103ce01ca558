// SPDX-License-Identifier: GPL-2.0
/* Keeping a port that fails too often from use: when, for how long, and no longer. */

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "../damping.h"

#define COUNT	3
#define WINDOW	60000
#define TIME	10000
#define TIME_MAX	70000
#define BEGIN	1000000

/* Failures in a history that is made up, and how many histories. */
#define LENGTH		50
#define HISTORIES	2000

static const struct tandem_damping_settings settings = {
	.count = COUNT,
	.window = WINDOW,
	.time = TIME,
	.max = TIME_MAX,
};

/* @number failures, @step milliseconds apart, the last one at the time returned. */
static u64 fail(struct tandem_damping *damping, unsigned int number, u64 now,
		u64 step)
{
	unsigned int i;

	for (i = 0; i < number; i++) {
		if (i)
			now += step;
		tandem_damping_note(damping, &settings, now);
	}
	return now;
}

static void count_failures_in_a_window_are_put_up_with(struct kunit *test)
{
	struct tandem_damping damping = {};
	u64 now;

	now = fail(&damping, COUNT, BEGIN, 1);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 0ULL);
}

static void one_failure_more_damps(struct kunit *test)
{
	struct tandem_damping damping = {};
	u64 now;

	now = fail(&damping, COUNT + 1, BEGIN, WINDOW / COUNT);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 10000ULL);
}

static void failures_further_apart_than_the_window_do_not(struct kunit *test)
{
	struct tandem_damping damping = {};
	u64 now;

	now = fail(&damping, 10 * TANDEM_DAMPING_FAILURES, BEGIN,
		   WINDOW / COUNT + 1);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 0ULL);
}

static void damping_ends_when_its_time_is_up(struct kunit *test)
{
	struct tandem_damping damping = {};
	u64 now;

	now = fail(&damping, COUNT + 1, BEGIN, 1);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now + TIME - 1),
			1ULL);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now + TIME), 0ULL);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now + 10 * TIME),
			0ULL);
}

static void failing_again_doubles_it_up_to_the_maximum(struct kunit *test)
{
	static const u64 expected[] = { 20000, 40000, TIME_MAX, TIME_MAX };
	struct tandem_damping damping = {};
	u64 now, left;
	int i;

	now = fail(&damping, COUNT + 1, BEGIN, 1);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		now += tandem_damping_left(&damping, now) + WINDOW;
		tandem_damping_note(&damping, &settings, now);
		left = tandem_damping_left(&damping, now);
		KUNIT_EXPECT_EQ(test, left, expected[i]);
	}
}

static void it_stays_at_the_maximum_however_often_it_fails(struct kunit *test)
{
	struct tandem_damping damping = {};
	int i;

	fail(&damping, COUNT + 3, BEGIN, 1);
	for (i = 0; i < 200; i++) {
		tandem_damping_note(&damping, &settings, BEGIN + i);
		KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, BEGIN + i),
				(u64)TIME_MAX);
	}
}

static void a_quiet_window_forgives(struct kunit *test)
{
	struct tandem_damping damping = {};
	u64 now;

	now = fail(&damping, COUNT + 1, BEGIN, 1);
	now += TIME + WINDOW + 1;
	now = fail(&damping, COUNT, now, 1);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 0ULL);
	tandem_damping_note(&damping, &settings, now);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 10000ULL);
}

static void forgiving_forgets_failures_and_doubling(struct kunit *test)
{
	struct tandem_damping damping = {};
	u64 now;

	now = fail(&damping, COUNT + 4, BEGIN, 1);
	tandem_damping_forgive(&damping);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 0ULL);
	now = fail(&damping, COUNT, now, 1);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 0ULL);
	tandem_damping_note(&damping, &settings, now);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, now), 10000ULL);
}

static void a_count_of_zero_never_damps(struct kunit *test)
{
	struct tandem_damping_settings never = settings;
	struct tandem_damping damping = {};
	int i;

	never.count = 0;
	for (i = 0; i < 100; i++)
		tandem_damping_note(&damping, &never, BEGIN);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, BEGIN), 0ULL);
}

static void a_maximum_below_the_time_is_the_time(struct kunit *test)
{
	struct tandem_damping_settings odd = settings;
	struct tandem_damping damping = {};
	int i;

	odd.max = TIME / 2;
	for (i = 0; i < 100; i++)
		tandem_damping_note(&damping, &odd, BEGIN);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, BEGIN), 10000ULL);
}

static void the_greatest_settings_do_not_overflow(struct kunit *test)
{
	const struct tandem_damping_settings greatest = {
		.count = TANDEM_DAMPING_FAILURES,
		.window = U32_MAX,
		.time = U32_MAX,
		.max = U32_MAX,
	};
	struct tandem_damping damping = {};
	int i;

	for (i = 0; i < 100; i++)
		tandem_damping_note(&damping, &greatest, BEGIN);
	KUNIT_EXPECT_EQ(test, tandem_damping_left(&damping, BEGIN),
			(u64)U32_MAX);
}

/* The same, remembering everything. */
struct model {
	u64 failure[LENGTH];
	unsigned int failures;
	unsigned int level;
	u64 until;
};

static unsigned int model_within(const struct model *model, u64 now, u32 window)
{
	unsigned int within = 0, i;

	for (i = 0; i < model->failures; i++)
		within += now - model->failure[i] <= window;
	return within;
}

/* Has it been well for a window, used or not? */
static bool model_quiet(const struct model *model, u64 now, u32 window)
{
	return !model_within(model, now, window) && now > model->until + window;
}

static void model_note(struct model *model,
		       const struct tandem_damping_settings *set, u64 now)
{
	u64 time = set->time;
	unsigned int i;

	if (model_quiet(model, now, set->window))
		model->level = 0;
	if (model->level || model_within(model, now, set->window) >= set->count) {
		for (i = 0; i < model->level && time < set->max; i++)
			time *= 2;
		model->until = now + min_t(u64, time, set->max);
		model->level++;
	}
	model->failure[model->failures++] = now;
}

/* Until the next failure: what matters is on which side of a limit it falls. */
static u64 random_step(struct rnd_state *rnd)
{
	static const u64 steps[] = {
		0, 1, WINDOW / 16, WINDOW / 5, WINDOW - 1, WINDOW, WINDOW + 1,
		TIME, TIME + WINDOW, TIME + WINDOW + 1, 2 * TIME + WINDOW,
	};

	return steps[prandom_u32_state(rnd) % ARRAY_SIZE(steps)];
}

static bool history_agrees(struct rnd_state *rnd)
{
	struct tandem_damping_settings set = settings;
	struct tandem_damping damping = {};
	struct model model = {};
	u64 now = BEGIN, left;
	int i;

	set.count = 1 + prandom_u32_state(rnd) % TANDEM_DAMPING_FAILURES;
	for (i = 0; i < LENGTH; i++) {
		now += random_step(rnd);
		tandem_damping_note(&damping, &set, now);
		model_note(&model, &set, now);
		left = model.until > now ? model.until - now : 0;
		if (tandem_damping_left(&damping, now) != left)
			return false;
	}
	return true;
}

static void any_history_is_judged_as_if_all_were_remembered(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	/* The same each time: what has failed fails again. */
	prandom_seed_state(&rnd, 1);
	for (i = 0; i < HISTORIES; i++) {
		if (!history_agrees(&rnd)) {
			KUNIT_FAIL(test, "history %d is not", i);
			return;
		}
		cond_resched();
	}
}

static struct kunit_case damping_cases[] = {
	KUNIT_CASE(count_failures_in_a_window_are_put_up_with),
	KUNIT_CASE(one_failure_more_damps),
	KUNIT_CASE(failures_further_apart_than_the_window_do_not),
	KUNIT_CASE(damping_ends_when_its_time_is_up),
	KUNIT_CASE(failing_again_doubles_it_up_to_the_maximum),
	KUNIT_CASE(it_stays_at_the_maximum_however_often_it_fails),
	KUNIT_CASE(a_quiet_window_forgives),
	KUNIT_CASE(forgiving_forgets_failures_and_doubling),
	KUNIT_CASE(a_count_of_zero_never_damps),
	KUNIT_CASE(a_maximum_below_the_time_is_the_time),
	KUNIT_CASE(the_greatest_settings_do_not_overflow),
	KUNIT_CASE(any_history_is_judged_as_if_all_were_remembered),
	{}
};

static struct kunit_suite damping_suite = {
	.name = "tandem_damping",
	.test_cases = damping_cases,
};

kunit_test_suite(damping_suite);
