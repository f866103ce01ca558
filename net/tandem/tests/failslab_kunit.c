// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that cannot be had: each allocation of an operation fails once. Whatever that
 * leads to, an error or an operation that goes without, nothing is left half done.
 */

#include <linux/debugfs.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>

#include "fake.h"

/* No operation here allocates as often. */
#define LIMIT	1000

/* What failslab is told; debugfs is the only way to get at it. */
static void *failslab_setting(const char *name)
{
	struct dentry *dir = debugfs_lookup("failslab", NULL);
	void *setting = NULL;
	struct dentry *file;

	if (IS_ERR_OR_NULL(dir))
		return NULL;
	file = debugfs_lookup(name, dir);
	if (!IS_ERR_OR_NULL(file)) {
		setting = d_inode(file)->i_private;
		dput(file);
	}
	dput(dir);
	return setting;
}

/* Allocations that may sleep are to fail, too, and not to be told of each time. */
static int failslab_init(struct kunit *test)
{
	unsigned long *verbose = failslab_setting("verbose");
	bool *spare = failslab_setting("ignore-gfp-wait");

	if (!spare || !verbose)
		return -ENOENT;
	*spare = false;
	*verbose = 0;
	return tandem_fake_init(test);
}

/* Let the allocation number @nth from here on fail. */
static void fail_begin(unsigned int nth)
{
	WRITE_ONCE(current->fail_nth, nth);
}

/* Returns true if it has failed: the operation does allocate as often. */
static bool fail_end(void)
{
	bool failed = !READ_ONCE(current->fail_nth);

	WRITE_ONCE(current->fail_nth, 0);
	return failed;
}

/* Join, with the allocation number @nth failing. Returns true if it has. */
static bool join_without(struct kunit *test, struct net_device *dev,
			 unsigned int nth, int *err)
{
	const struct tandem_fake_set *set = test->priv;
	bool failed;

	rtnl_lock();
	fail_begin(nth);
	*err = tandem_pair_add(set->master, dev, NULL);
	failed = fail_end();
	rtnl_unlock();
	return failed;
}

static bool try_join(struct kunit *test, unsigned int nth, unsigned int *errors)
{
	struct tandem_fake_set *set = test->priv;
	struct net_device *dev = set->dev[0];
	struct tandem_fake_looks before;
	bool failed;
	int err;

	/* It may not be the active one: to the core a queue without qdisc is no error. */
	before = tandem_fake_look(dev);
	failed = join_without(test, dev, nth, &err);
	if (err) {
		*errors += 1;
		KUNIT_EXPECT_NULL(test, tandem_fake_in(test, TANDEM_PRIMARY));
	} else {
		KUNIT_EXPECT_PTR_EQ(test, tandem_fake_in(test, TANDEM_PRIMARY),
				    dev);
		tandem_fake_release(test, dev);
	}
	tandem_fake_expect(test, dev, &before);
	return failed;
}

static void a_join_without_memory_is_whole_or_not_at_all(struct kunit *test)
{
	unsigned int nth = 0, errors = 0;

	tandem_fake_equip(test);
	while (++nth < LIMIT && try_join(test, nth, &errors))
		;
	kunit_info(test, "%u allocations, %u of them needed", nth - 1, errors);
	KUNIT_EXPECT_LT(test, nth, (unsigned int)LIMIT);
	KUNIT_EXPECT_GT(test, errors, 0U);
	tandem_fake_unequip(test);
}

/* The same for a release. */
static bool release_without(struct kunit *test, struct net_device *dev,
			    unsigned int nth)
{
	const struct tandem_fake_set *set = test->priv;
	bool failed;
	int err;

	rtnl_lock();
	fail_begin(nth);
	err = tandem_pair_del(set->master, dev);
	failed = fail_end();
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
	return failed;
}

static bool try_release(struct kunit *test, unsigned int nth)
{
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake_looks before;
	bool failed;

	before = tandem_fake_look(set->dev[0]);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	failed = release_without(test, set->dev[0], nth);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[1]);
	tandem_fake_expect(test, set->dev[0], &before);
	return failed;
}

static void a_port_leaves_without_memory(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	unsigned int nth = 0;

	tandem_fake_equip(test);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[1]), 0);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_role(test, set->dev[1],
						   TANDEM_STANDBY), 0);
	while (++nth < LIMIT && try_release(test, nth))
		;
	KUNIT_EXPECT_LT(test, nth, (unsigned int)LIMIT);
	tandem_fake_release(test, set->dev[1]);
	tandem_fake_unequip(test);
}

/* The same for a switch to the other port. */
static bool try_switch(struct kunit *test, unsigned int nth)
{
	struct tandem *tandem = tandem_fake_tandem(test);
	struct tandem_fake_set *set = test->priv;
	bool failed;

	rtnl_lock();
	tandem->set.prefer = !tandem->set.prefer;
	fail_begin(nth);
	tandem_switch_update(tandem);
	failed = fail_end();
	rtnl_unlock();
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test),
			    set->dev[tandem->set.prefer]);
	return failed;
}

static void a_switch_needs_no_memory(struct kunit *test)
{
	unsigned int nth = 0;

	tandem_fake_begin(test);
	while (++nth < LIMIT && try_switch(test, nth))
		;
	KUNIT_EXPECT_LT(test, nth, (unsigned int)LIMIT);
}

static struct kunit_case failslab_cases[] = {
	KUNIT_CASE(a_join_without_memory_is_whole_or_not_at_all),
	KUNIT_CASE(a_port_leaves_without_memory),
	KUNIT_CASE(a_switch_needs_no_memory),
	{}
};

static struct kunit_suite failslab_suite = {
	.name = "tandem_failslab",
	.init = failslab_init,
	.exit = tandem_fake_exit,
	.test_cases = failslab_cases,
};

kunit_test_suite(failslab_suite);
