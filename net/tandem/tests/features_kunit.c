// SPDX-License-Identifier: GPL-2.0
/* What the tandem offers: the arithmetic of what its ports can do, and no more. */

#include <linux/rtnetlink.h>

#include "fake.h"

/* What a device can do, all of it on. To be called before it is a port. */
static void can_do(struct net_device *dev, netdev_features_t features)
{
	rtnl_lock();
	dev->hw_features = features;
	dev->wanted_features = features;
	dev->features = features;
	rtnl_unlock();
}

/* Turn an offload on or off, as ethtool does. */
static void turn(struct net_device *dev, netdev_features_t feature, bool on)
{
	rtnl_lock();
	if (on)
		dev->wanted_features |= feature;
	else
		dev->wanted_features &= ~feature;
	netdev_update_features(dev);
	rtnl_unlock();
}

static bool is_on(const struct net_device *dev, netdev_features_t feature)
{
	return dev->features & feature;
}

static void room_for_headers_is_the_greatest(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	set->dev[0]->hard_header_len = ETH_HLEN + 4;
	set->dev[0]->needed_headroom = 16;
	set->dev[1]->needed_headroom = 32;
	set->dev[0]->needed_tailroom = 8;
	set->dev[1]->needed_tailroom = 4;
	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, set->master->hard_header_len, ETH_HLEN + 4);
	KUNIT_EXPECT_EQ(test, set->master->needed_headroom, 32);
	KUNIT_EXPECT_EQ(test, set->master->needed_tailroom, 8);

	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_EQ(test, set->master->hard_header_len, ETH_HLEN);
	KUNIT_EXPECT_EQ(test, set->master->needed_headroom, 32);
	KUNIT_EXPECT_EQ(test, set->master->needed_tailroom, 4);
}

static void segmentation_is_limited_by_the_least(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	netif_set_tso_max_size(set->dev[0], 30000);
	netif_set_tso_max_segs(set->dev[1], 100);
	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, set->master->tso_max_size, 30000U);
	KUNIT_EXPECT_EQ(test, set->master->tso_max_segs, 100);

	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_GT(test, set->master->tso_max_size, 30000U);
	tandem_fake_release(test, set->dev[1]);
	KUNIT_EXPECT_GT(test, set->master->tso_max_segs, 100);
}

static void mtu_is_what_both_ports_can(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	set->dev[0]->min_mtu = 100;
	set->dev[0]->max_mtu = 3000;
	set->dev[1]->max_mtu = 2000;
	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, set->master->min_mtu, 100U);
	KUNIT_EXPECT_EQ(test, set->master->max_mtu, 2000U);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, 99), -EINVAL);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, 100), 0);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, 2000), 0);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, 2001), -EINVAL);

	tandem_fake_release(test, set->dev[1]);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, 3000), 0);
	KUNIT_EXPECT_EQ(test, tandem_fake_set_mtu(set->master, 3001), -EINVAL);
	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_EQ(test, set->master->min_mtu, (unsigned int)ETH_MIN_MTU);
	KUNIT_EXPECT_EQ(test, set->master->max_mtu, (unsigned int)ETH_MAX_MTU);
}

static void a_port_without_a_greatest_mtu_does_not_limit_it(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	set->dev[0]->max_mtu = 0;
	set->dev[1]->max_mtu = 2000;
	tandem_fake_begin(test);
	KUNIT_EXPECT_EQ(test, set->master->max_mtu, 2000U);
}

static void a_port_that_is_not_ready_does_not_count(struct kunit *test)
{
	struct tandem *tandem = tandem_fake_tandem(test);
	enum tandem_reason why = TANDEM_REASON_NONE;
	struct tandem_fake_set *set = test->priv;

	set->dev[0]->max_mtu = 2000;
	rtnl_lock();
	KUNIT_EXPECT_EQ(test,
			tandem_port_join(tandem, set->dev[0], TANDEM_PRIMARY,
					 true, &why, NULL), 0);
	KUNIT_EXPECT_GT(test, set->master->max_mtu, 2000U);
	rtnl_unlock();
	flush_work(&tandem->start_work);
	KUNIT_EXPECT_EQ(test, set->master->max_mtu, 2000U);
}

static void scatter_gather_is_there_if_either_port_has_it(struct kunit *test)
{
	static const netdev_features_t has = NETIF_F_SG | NETIF_F_HW_CSUM;
	struct tandem_fake_set *set = test->priv;
	int i;

	for (i = 0; i < 4; i++) {
		can_do(set->dev[0], i & 1 ? has : NETIF_F_HW_CSUM);
		can_do(set->dev[1], i & 2 ? has : NETIF_F_HW_CSUM);
		KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
		KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[1]), 0);
		KUNIT_EXPECT_EQ_MSG(test, is_on(set->master, NETIF_F_SG), i > 0,
				    "ports %d", i);
		tandem_fake_release(test, set->dev[0]);
		tandem_fake_release(test, set->dev[1]);
	}
}

static void no_vlans_above_if_either_port_cannot_carry_them(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	can_do(set->dev[1], NETIF_F_VLAN_CHALLENGED);
	tandem_fake_begin(test);
	KUNIT_EXPECT_TRUE(test, is_on(set->master, NETIF_F_VLAN_CHALLENGED));
	tandem_fake_release(test, set->dev[1]);
	KUNIT_EXPECT_FALSE(test, is_on(set->master, NETIF_F_VLAN_CHALLENGED));
}

static void vlans_above_have_what_vlans_above_the_ports_have(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	set->dev[1]->vlan_features |= NETIF_F_SG;
	set->dev[1]->mpls_features |= NETIF_F_TSO;
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	KUNIT_EXPECT_FALSE(test, set->master->vlan_features & NETIF_F_SG);
	KUNIT_EXPECT_FALSE(test, set->master->mpls_features & NETIF_F_TSO);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[1]), 0);
	KUNIT_EXPECT_TRUE(test, set->master->vlan_features & NETIF_F_SG);
	KUNIT_EXPECT_TRUE(test, set->master->mpls_features & NETIF_F_TSO);
}

static bool drops_dst(const struct net_device *dev)
{
	return dev->priv_flags & IFF_XMIT_DST_RELEASE;
}

static void routes_are_kept_if_either_port_needs_them(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	netif_keep_dst(set->dev[1]);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	KUNIT_EXPECT_TRUE(test, drops_dst(set->master));
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[1]), 0);
	KUNIT_EXPECT_FALSE(test, drops_dst(set->master));
	tandem_fake_release(test, set->dev[1]);
	KUNIT_EXPECT_TRUE(test, drops_dst(set->master));
}

static void what_is_off_here_is_off_on_both_ports(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	int i;

	tandem_fake_begin(test);
	turn(set->master, NETIF_F_RXHASH, false);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_FALSE(test, is_on(set->dev[i], NETIF_F_RXHASH));
	turn(set->master, NETIF_F_RXHASH, true);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_TRUE(test, is_on(set->dev[i], NETIF_F_RXHASH));
}

static void what_is_off_here_is_off_on_a_port_while_it_is_one(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake_looks before = tandem_fake_look(set->dev[0]);

	turn(set->master, NETIF_F_RXHASH, false);
	KUNIT_EXPECT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	KUNIT_EXPECT_FALSE(test, is_on(set->dev[0], NETIF_F_RXHASH));
	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_TRUE(test, is_on(set->dev[0], NETIF_F_RXHASH));
	tandem_fake_expect(test, set->dev[0], &before);
}

static void what_a_port_has_off_by_itself_stays_off(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	turn(set->dev[0], NETIF_F_RXHASH, false);
	tandem_fake_begin(test);
	turn(set->master, NETIF_F_RXHASH, false);
	turn(set->master, NETIF_F_RXHASH, true);
	KUNIT_EXPECT_FALSE(test, is_on(set->dev[0], NETIF_F_RXHASH));
	KUNIT_EXPECT_TRUE(test, is_on(set->dev[1], NETIF_F_RXHASH));
	tandem_fake_release(test, set->dev[0]);
	KUNIT_EXPECT_FALSE(test, is_on(set->dev[0], NETIF_F_RXHASH));
}

static void what_one_port_keeps_on_stays_on_everywhere(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	struct tandem_fake *second = netdev_priv(set->dev[1]);

	tandem_fake_begin(test);
	second->refuse = BIT(FAKE_FEATURES);
	turn(set->master, NETIF_F_RXHASH, false);
	KUNIT_EXPECT_TRUE(test, is_on(set->master, NETIF_F_RXHASH));
	KUNIT_EXPECT_TRUE(test, is_on(set->dev[0], NETIF_F_RXHASH));
	KUNIT_EXPECT_TRUE(test, is_on(set->dev[1], NETIF_F_RXHASH));

	/* It is no reason to refuse any other change. */
	second->refuse = 0;
	turn(set->master, NETIF_F_RXCSUM, false);
	KUNIT_EXPECT_FALSE(test, is_on(set->dev[0], NETIF_F_RXCSUM));
	KUNIT_EXPECT_FALSE(test, is_on(set->dev[1], NETIF_F_RXCSUM));
	KUNIT_EXPECT_TRUE(test, is_on(set->dev[1], NETIF_F_RXHASH));
}

static struct kunit_case features_cases[] = {
	KUNIT_CASE(room_for_headers_is_the_greatest),
	KUNIT_CASE(segmentation_is_limited_by_the_least),
	KUNIT_CASE(mtu_is_what_both_ports_can),
	KUNIT_CASE(a_port_without_a_greatest_mtu_does_not_limit_it),
	KUNIT_CASE(a_port_that_is_not_ready_does_not_count),
	KUNIT_CASE(scatter_gather_is_there_if_either_port_has_it),
	KUNIT_CASE(no_vlans_above_if_either_port_cannot_carry_them),
	KUNIT_CASE(vlans_above_have_what_vlans_above_the_ports_have),
	KUNIT_CASE(routes_are_kept_if_either_port_needs_them),
	KUNIT_CASE(what_is_off_here_is_off_on_both_ports),
	KUNIT_CASE(what_is_off_here_is_off_on_a_port_while_it_is_one),
	KUNIT_CASE(what_a_port_has_off_by_itself_stays_off),
	KUNIT_CASE(what_one_port_keeps_on_stays_on_everywhere),
	{}
};

static struct kunit_suite features_suite = {
	.name = "tandem_features",
	.init = tandem_fake_init,
	.exit = tandem_fake_exit,
	.test_cases = features_cases,
};

kunit_test_suite(features_suite);
