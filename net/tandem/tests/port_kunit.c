// SPDX-License-Identifier: GPL-2.0
/* Ports that come and go: roles, who transmits, what is the same on all of them. */

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

#include "fake.h"

#define MTU	1400

static int set_mac(struct net_device *dev, const u8 *addr)
{
	struct sockaddr sa = { .sa_family = ARPHRD_ETHER };
	int err;

	memcpy(sa.sa_data, addr, ETH_ALEN);
	rtnl_lock();
	err = dev_set_mac_address(dev, &sa, NULL);
	rtnl_unlock();
	return err;
}

static void first_is_primary_second_standby_third_refused(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_in(test, TANDEM_PRIMARY), set->dev[0]);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_in(test, TANDEM_STANDBY), set->dev[1]);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[2]), -EBUSY);
}

static void a_device_is_a_port_once(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->master), 0);
	KUNIT_ASSERT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	tandem_fake_calls(set->dev[0]);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), -EBUSY);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(set->dev[0]), "");
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[0]);
	KUNIT_EXPECT_NULL(test, tandem_fake_in(test, TANDEM_STANDBY));
}

static void loopback_and_tandem_cannot_be_ports(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, init_net.loopback_dev),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->master), -ELOOP);
}

static void the_standby_takes_over_from_a_primary_that_leaves(struct kunit *test)
{
	struct tandem *tandem = tandem_fake_tandem(test);
	struct tandem_fake_set *set = test->priv;
	const struct tandem_record *last;

	tandem_fake_begin(test);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[0]);
	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[1]);
	KUNIT_EXPECT_TRUE(test, netif_carrier_ok(set->master));

	last = &tandem->history.ring[tandem->history.number];
	KUNIT_EXPECT_EQ(test, last->cause, TANDEM_CAUSE_RELEASE);
	KUNIT_EXPECT_EQ(test, last->from, TANDEM_PRIMARY);
	KUNIT_EXPECT_EQ(test, last->to, TANDEM_STANDBY);
	KUNIT_EXPECT_TRUE(test, last->planned);
	KUNIT_EXPECT_EQ(test, tandem->switches.unplanned, 0ULL);
}

static void the_standby_takes_over_from_a_primary_without_carrier(struct kunit *test)
{
	struct tandem *tandem = tandem_fake_tandem(test);
	struct tandem_fake_set *set = test->priv;
	const struct tandem_record *last;

	tandem_fake_begin(test);
	netif_carrier_off(set->dev[0]);
	rtnl_lock();
	tandem_switch_update(tandem);
	rtnl_unlock();
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[1]);

	last = &tandem->history.ring[tandem->history.number];
	KUNIT_EXPECT_EQ(test, last->cause, TANDEM_CAUSE_CARRIER);
	KUNIT_EXPECT_FALSE(test, last->planned);
	KUNIT_EXPECT_EQ(test, tandem->switches.unplanned, 1ULL);
	KUNIT_EXPECT_EQ(test, tandem->damping.failures, 1U);
}

static void a_standby_that_leaves_moves_nothing(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	u32 switches;

	tandem_fake_begin(test);
	switches = tandem_fake_tandem(test)->history.number;
	tandem_fake_release(test, set->dev[1]);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[0]);
	KUNIT_EXPECT_EQ(test, tandem_fake_tandem(test)->history.number,
			switches);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(set->dev[0]), "");
}

static void without_ports_there_is_no_carrier(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	KUNIT_EXPECT_FALSE(test, netif_carrier_ok(set->master));
	tandem_fake_begin(test);
	KUNIT_EXPECT_TRUE(test, netif_carrier_ok(set->master));
	tandem_fake_release(test, set->dev[1]);
	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_NULL(test, tandem_fake_active(test));
	KUNIT_EXPECT_FALSE(test, netif_carrier_ok(set->master));
}

static void a_primary_that_comes_back_is_used_again(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[2]), 0);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_in(test, TANDEM_PRIMARY), set->dev[2]);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[2]);
}

static void a_device_that_is_removed_leaves(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	tandem_fake_remove(&set->dev[0]);
	KUNIT_EXPECT_NULL(test, tandem_fake_in(test, TANDEM_PRIMARY));
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[1]);
}

static void a_tandem_that_is_removed_frees_its_ports(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake_looks before[2];
	int i;

	for (i = 0; i < 2; i++)
		before[i] = tandem_fake_look(set->dev[i]);
	tandem_fake_begin(test);
	tandem_fake_remove(&set->master);
	for (i = 0; i < 2; i++)
		tandem_fake_expect(test, set->dev[i], &before[i]);
}

static void ports_are_opened_and_closed_with_the_tandem(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	KUNIT_ASSERT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	KUNIT_EXPECT_FALSE(test, netif_running(set->dev[0]));
	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->master), 0);
	KUNIT_EXPECT_TRUE(test, netif_running(set->dev[0]));
	tandem_fake_close(set->master);
	KUNIT_EXPECT_FALSE(test, netif_running(set->dev[0]));
	KUNIT_EXPECT_NULL(test, tandem_fake_active(test));
}

static void one_port_that_opens_is_enough(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake *first = netdev_priv(set->dev[0]);
	struct tandem_fake *second = netdev_priv(set->dev[1]);

	tandem_fake_begin(test);
	tandem_fake_close(set->master);
	first->refuse = BIT(FAKE_OPEN);
	KUNIT_EXPECT_EQ(test, tandem_fake_open(set->master), 0);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[1]);

	tandem_fake_close(set->master);
	second->refuse = BIT(FAKE_OPEN);
	KUNIT_EXPECT_EQ(test, tandem_fake_open(set->master), -EIO);
	KUNIT_EXPECT_NULL(test, tandem_fake_active(test));
}

static void mtu_is_changed_on_all_ports_or_none(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake *second = netdev_priv(set->dev[1]);

	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, MTU), 0);
	KUNIT_EXPECT_EQ(test, set->dev[0]->mtu, MTU);
	KUNIT_EXPECT_EQ(test, set->dev[1]->mtu, MTU);

	second->refuse = BIT(FAKE_MTU);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, MTU - 1), -EIO);
	KUNIT_EXPECT_EQ(test, set->master->mtu, MTU);
	KUNIT_EXPECT_EQ(test, set->dev[0]->mtu, MTU);
	KUNIT_EXPECT_EQ(test, set->dev[1]->mtu, MTU);
}

static void mac_is_changed_on_all_ports_or_none(struct kunit *test)
{
	static const u8 second[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };
	static const u8 first[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake *fake = netdev_priv(set->dev[1]);
	int i;

	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, set_mac(set->master, first), 0);
	fake->refuse = BIT(FAKE_MAC);
	KUNIT_EXPECT_EQ(test, set_mac(set->master, second), -EIO);
	KUNIT_EXPECT_TRUE(test, ether_addr_equal(set->master->dev_addr, first));
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_TRUE(test, ether_addr_equal(set->dev[i]->dev_addr,
							 first));
}

static void a_port_that_has_to_be_closed_for_its_mac_is(struct kunit *test)
{
	static const u8 addr[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, set_mac(set->master, addr), 0);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(set->dev[0]),
			   "mac stop mac open ");
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[0]);
}

static void nobody_else_changes_mtu_and_mac_of_a_port(struct kunit *test)
{
	static const u8 addr[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct tandem_fake_set *set = test->priv;

	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->dev[0], MTU), -EBUSY);
	KUNIT_EXPECT_EQ(test, set_mac(set->dev[0], addr), -EBUSY);
	KUNIT_EXPECT_STREQ(test, tandem_fake_calls(set->dev[0]), "");
}

static bool side_of(struct net_device *dev)
{
	const struct tandem_port *port;
	bool side;

	rtnl_lock();
	port = tandem_port_of(dev);
	side = port && port->side;
	rtnl_unlock();
	return side;
}

static void roles_swap_and_sides_stay(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	bool side;

	tandem_fake_begin(test);
	side = side_of(set->dev[0]);
	KUNIT_EXPECT_NE(test, side_of(set->dev[1]), side);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_role(test, set->dev[0],
						   TANDEM_STANDBY), 0);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_in(test, TANDEM_PRIMARY), set->dev[1]);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_in(test, TANDEM_STANDBY), set->dev[0]);
	KUNIT_EXPECT_PTR_EQ(test, tandem_fake_active(test), set->dev[1]);
	KUNIT_EXPECT_EQ(test, side_of(set->dev[0]), side);
	KUNIT_EXPECT_NE(test, side_of(set->dev[1]), side);
}

static void a_new_port_gets_the_side_that_is_free(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	bool side;
	int i;

	tandem_fake_begin(test);
	for (i = 0; i < 2; i++) {
		side = side_of(set->dev[i]);
		tandem_fake_release(test, set->dev[i]);
		KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[i]), 0);
		KUNIT_EXPECT_EQ(test, side_of(set->dev[i]), side);
	}
}

static struct kunit_case port_cases[] = {
	KUNIT_CASE(first_is_primary_second_standby_third_refused),
	KUNIT_CASE(a_device_is_a_port_once),
	KUNIT_CASE(loopback_and_tandem_cannot_be_ports),
	KUNIT_CASE(the_standby_takes_over_from_a_primary_that_leaves),
	KUNIT_CASE(the_standby_takes_over_from_a_primary_without_carrier),
	KUNIT_CASE(a_standby_that_leaves_moves_nothing),
	KUNIT_CASE(without_ports_there_is_no_carrier),
	KUNIT_CASE(a_primary_that_comes_back_is_used_again),
	KUNIT_CASE(a_device_that_is_removed_leaves),
	KUNIT_CASE(a_tandem_that_is_removed_frees_its_ports),
	KUNIT_CASE(ports_are_opened_and_closed_with_the_tandem),
	KUNIT_CASE(one_port_that_opens_is_enough),
	KUNIT_CASE(mtu_is_changed_on_all_ports_or_none),
	KUNIT_CASE(mac_is_changed_on_all_ports_or_none),
	KUNIT_CASE(a_port_that_has_to_be_closed_for_its_mac_is),
	KUNIT_CASE(nobody_else_changes_mtu_and_mac_of_a_port),
	KUNIT_CASE(roles_swap_and_sides_stay),
	KUNIT_CASE(a_new_port_gets_the_side_that_is_free),
	{}
};

static struct kunit_suite port_suite = {
	.name = "tandem_port",
	.init = tandem_fake_init,
	.exit = tandem_fake_exit,
	.test_cases = port_cases,
};

kunit_test_suite(port_suite);
