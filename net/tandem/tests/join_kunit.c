// SPDX-License-Identifier: GPL-2.0
/* Becoming a port: in which order, what may fail, and that nothing is left of it. */

#include <linux/rtnetlink.h>

#include "fake.h"

/* Another one than that of a tandem that has all. */
#define MTU	(TANDEM_FAKE_MTU - 1)

static void a_port_has_all_before_it_is_opened(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct net_device *dev = set->dev[0];

	tandem_fake_equip(test);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, dev), 0);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(dev),
			   "mtu mac xdp vlan open ");
	KUNIT_EXPECT_EQ(test, dev->mtu, TANDEM_FAKE_MTU);
	KUNIT_EXPECT_TRUE(test, ether_addr_equal(dev->dev_addr,
						 set->master->dev_addr));
	KUNIT_EXPECT_TRUE(test, dev->flags & IFF_SLAVE);
	KUNIT_EXPECT_EQ(test, dev->promiscuity, 1U);
	KUNIT_EXPECT_EQ(test, dev->allmulti, 1U);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), dev);
	tandem_fake_release(test, dev);
	tandem_fake_unequip(test);
}

static void a_port_is_closed_before_it_gets_back_what_it_had(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct net_device *dev = set->dev[0];
	struct tandem_fake_looks before = tandem_fake_look(dev);

	tandem_fake_equip(test);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, dev), 0);
	tandem_fake_calls(dev);
	tandem_fake_release(test, dev);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(dev),
			   "unvlan stop unxdp mac mtu ");
	tandem_fake_expect(test, dev, &before);
	tandem_fake_unequip(test);
}

static void a_port_that_was_open_is_open_again(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct net_device *dev = set->dev[0];
	struct tandem_fake_looks before;

	KUNIT_ASSERT_EQ(test, tandem_fake_open(dev), 0);
	before = tandem_fake_look(dev);
	tandem_fake_equip(test);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, dev), 0);
	tandem_fake_release(test, dev);
	tandem_fake_expect(test, dev, &before);
	tandem_fake_unequip(test);
}

/* What may stand against a port. */
struct step {
	const char *name;
	unsigned long refuse;
	bool receiver;
	bool upper;
	int err;
	enum tandem_reason why;
};

static const struct step steps[] = {
	{ .name = "receiver", .receiver = true, .err = -EBUSY },
	{ .name = "upper", .upper = true, .err = -EBUSY },
	{ .name = "mtu", .refuse = BIT(FAKE_MTU), .err = -EIO,
	  .why = TANDEM_REASON_MTU },
	{ .name = "mac", .refuse = BIT(FAKE_MAC), .err = -EIO,
	  .why = TANDEM_REASON_MAC },
	{ .name = "xdp", .refuse = BIT(FAKE_XDP), .err = -EIO,
	  .why = TANDEM_REASON_XDP },
	{ .name = "vlan", .refuse = BIT(FAKE_VLAN), .err = -EIO,
	  .why = TANDEM_REASON_REFUSED },
	{ .name = "open", .refuse = BIT(FAKE_OPEN), .err = -EIO },
};

static void step_name(const struct step *step, char *name)
{
	strscpy(name, step->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(step, steps, step_name);

static rx_handler_result_t receive_nothing(struct sk_buff **pskb)
{
	return RX_HANDLER_PASS;
}

/* The last device stands in for another master. */
static void obstruct(struct kunit *test, const struct step *step,
		     struct net_device *dev)
{
	struct tandem_fake *fake = netdev_priv(dev);
	struct tandem_fake_set *set = test->priv;
	int err = 0;

	rtnl_lock();
	fake->refuse = step->refuse;
	if (step->receiver)
		err = netdev_rx_handler_register(dev, receive_nothing, NULL);
	if (step->upper)
		err = netdev_master_upper_dev_link(dev, set->dev[2], NULL,
						   NULL, NULL);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
}

static void clear_the_way(struct kunit *test, const struct step *step,
			  struct net_device *dev)
{
	struct tandem_fake *fake = netdev_priv(dev);
	struct tandem_fake_set *set = test->priv;

	rtnl_lock();
	fake->refuse = 0;
	if (step->receiver)
		netdev_rx_handler_unregister(dev);
	if (step->upper)
		netdev_upper_dev_unlink(dev, set->dev[2]);
	rtnl_unlock();
}

static int join(struct kunit *test, struct net_device *dev, bool defer,
		enum tandem_reason *why)
{
	int err;

	rtnl_lock();
	err = tandem_port_join(tandem_fake_tandem(test), dev, TANDEM_PRIMARY,
			       defer, why, NULL);
	rtnl_unlock();
	return err;
}

static void expect_refused(struct kunit *test, struct net_device *dev)
{
	const struct step *step = test->param_value;
	enum tandem_reason why = TANDEM_REASON_NONE;
	struct tandem_fake_looks before;

	obstruct(test, step, dev);
	before = tandem_fake_look(dev);
	/* What was open, but cannot be opened, is not again. */
	if (step->refuse & BIT(FAKE_OPEN))
		before.flags &= ~IFF_UP;
	KUNIT_EXPECT_EQ(test, join(test, dev, false, &why), step->err);
	KUNIT_EXPECT_EQ(test, why, step->why);
	KUNIT_EXPECT_NULL(test, tandem_fake_in(test, TANDEM_PRIMARY));
	tandem_fake_expect(test, dev, &before);
	clear_the_way(test, step, dev);
}

static void a_join_that_fails_changes_nothing(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct net_device *dev = set->dev[0];

	tandem_fake_equip(test);
	expect_refused(test, dev);
	/* Nothing is in the way of the next time. */
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, dev), 0);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), dev);
	tandem_fake_release(test, dev);
	tandem_fake_unequip(test);
}

static void a_join_that_fails_leaves_an_open_device_open(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->dev[0]), 0);
	tandem_fake_equip(test);
	expect_refused(test, set->dev[0]);
	tandem_fake_unequip(test);
}

static void a_join_that_fails_does_not_disturb_the_other_port(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct net_device *other = set->dev[1];
	u32 switches;

	tandem_fake_equip(test);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, other), 0);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_role(test, other, TANDEM_STANDBY),
			0);
	switches = tandem_fake_tandem(test)->history.number;
	tandem_fake_calls(other);

	expect_refused(test, set->dev[0]);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(other), "");
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), other);
	KUNIT_EXPECT_EQ(test, tandem_fake_tandem(test)->history.number,
			switches);
	tandem_fake_release(test, other);
	tandem_fake_unequip(test);
}

static bool port_is_ready(struct kunit *test, enum tandem_role role)
{
	struct tandem_port *port;
	bool ready;

	rtnl_lock();
	port = tandem_port_get(tandem_fake_tandem(test), role);
	ready = port && port->ready;
	rtnl_unlock();
	return ready;
}

static enum tandem_reason reason_of(struct kunit *test, enum tandem_role role)
{
	struct tandem_select_choice choice;

	rtnl_lock();
	choice = tandem_switch_explain(tandem_fake_tandem(test));
	rtnl_unlock();
	return choice.reason[role];
}

static void a_device_being_probed_is_not_talked_to(struct kunit *test)
{
	struct tandem *tandem = tandem_fake_tandem(test);
	enum tandem_reason why = TANDEM_REASON_NONE;
	struct tandem_fake_set *set = test->priv;
	struct net_device *dev = set->dev[0];
	struct tandem_port *port;

	tandem_fake_equip(test);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, tandem_port_join(tandem, dev, TANDEM_PRIMARY,
					       true, &why, NULL), 0);
	port = tandem_port_of(dev);
	KUNIT_EXPECT_FALSE(test, port && port->ready);
	KUNIT_EXPECT_NULL(test, rtnl_dereference(tandem->active));
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(dev), "");
	rtnl_unlock();

	flush_work(&tandem->start_work);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(dev),
			   "mtu mac xdp vlan open ");
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), dev);
	tandem_fake_release(test, dev);
	tandem_fake_unequip(test);
}

static void a_vf_that_refuses_is_kept_and_asked_again(struct kunit *test)
{
	struct tandem *tandem = tandem_fake_tandem(test);
	enum tandem_reason why = TANDEM_REASON_NONE;
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake *fake = netdev_priv(set->dev[0]);

	tandem_fake_equip(test);
	fake->refuse = BIT(FAKE_MTU);
	KUNIT_EXPECT_EQ(test, join(test, set->dev[0], true, &why), 0);
	flush_work(&tandem->start_work);
	KUNIT_EXPECT_FALSE(test, port_is_ready(test, TANDEM_PRIMARY));
	KUNIT_EXPECT_EQ(test, reason_of(test, TANDEM_PRIMARY),
			TANDEM_REASON_MTU);
	KUNIT_EXPECT_NULL(test, tandem_fake_active(test));

	fake->refuse = 0;
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, MTU), 0);
	flush_work(&tandem->start_work);
	KUNIT_EXPECT_TRUE(test, port_is_ready(test, TANDEM_PRIMARY));
	KUNIT_EXPECT_EQ(test, set->dev[0]->mtu, MTU);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[0]);
	tandem_fake_release(test, set->dev[0]);
	tandem_fake_unequip(test);
}

static struct kunit_case join_cases[] = {
	KUNIT_CASE(a_port_has_all_before_it_is_opened),
	KUNIT_CASE(a_port_is_closed_before_it_gets_back_what_it_had),
	KUNIT_CASE(a_port_that_was_open_is_open_again),
	KUNIT_CASE_PARAM(a_join_that_fails_changes_nothing, step_gen_params),
	KUNIT_CASE_PARAM(a_join_that_fails_leaves_an_open_device_open,
			 step_gen_params),
	KUNIT_CASE_PARAM(a_join_that_fails_does_not_disturb_the_other_port,
			 step_gen_params),
	KUNIT_CASE(a_device_being_probed_is_not_talked_to),
	KUNIT_CASE(a_vf_that_refuses_is_kept_and_asked_again),
	{}
};

static struct kunit_suite join_suite = {
	.name = "tandem_join",
	.init = tandem_fake_init,
	.exit = tandem_fake_exit,
	.test_cases = join_cases,
};

kunit_test_suite(join_suite);
