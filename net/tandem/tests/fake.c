// SPDX-License-Identifier: GPL-2.0
/* Devices for the tests, and a tandem they may be ports of; see fake.h. */

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

#include "fake.h"

/* What it can turn on and off. */
#define HW_FEATURES	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM | \
			 NETIF_F_RXHASH)

/* References on the program that are not counted. */
#define PROG_REFS	100

/* What the device answers when it is asked for something. */
static int answer(struct net_device *dev, enum tandem_fake_op op,
		  const char *word)
{
	struct tandem_fake *fake = netdev_priv(dev);

	strlcat(fake->calls, word, sizeof(fake->calls));
	strlcat(fake->calls, " ", sizeof(fake->calls));
	return fake->refuse & BIT(op) ? -EIO : 0;
}

static int fake_open(struct net_device *dev)
{
	return answer(dev, FAKE_OPEN, "open");
}

static int fake_stop(struct net_device *dev)
{
	answer(dev, FAKE_OPEN, "stop");
	return 0;
}

static netdev_tx_t fake_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static int fake_change_mtu(struct net_device *dev, int mtu)
{
	int err = answer(dev, FAKE_MTU, "mtu");

	if (!err)
		WRITE_ONCE(dev->mtu, mtu);
	return err;
}

static int fake_set_mac(struct net_device *dev, void *addr)
{
	return answer(dev, FAKE_MAC, "mac") ?: eth_mac_addr(dev, addr);
}

static int fake_add_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	int err = vid ? answer(dev, FAKE_VLAN, "vlan") : 0;
	struct tandem_fake *fake = netdev_priv(dev);

	if (!err && vid)
		fake->vlans++;
	return err;
}

static int fake_kill_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct tandem_fake *fake = netdev_priv(dev);

	if (!vid)
		return 0;
	answer(dev, FAKE_VLAN, "unvlan");
	fake->vlans--;
	return 0;
}

static int fake_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	int err = answer(dev, FAKE_XDP, bpf->prog ? "xdp" : "unxdp");
	struct tandem_fake *fake = netdev_priv(dev);

	if (err)
		return err;
	if (fake->prog)
		bpf_prog_put(fake->prog);
	fake->prog = bpf->prog;
	return 0;
}

static int fake_set_features(struct net_device *dev, netdev_features_t features)
{
	return answer(dev, FAKE_FEATURES, "features");
}

static void fake_get_stats(struct net_device *dev,
			   struct rtnl_link_stats64 *stats)
{
	const struct tandem_fake *fake = netdev_priv(dev);

	*stats = fake->stats;
}

static const struct net_device_ops fake_ops = {
	.ndo_open = fake_open,
	.ndo_stop = fake_stop,
	.ndo_start_xmit = fake_start_xmit,
	.ndo_change_mtu = fake_change_mtu,
	.ndo_set_mac_address = fake_set_mac,
	.ndo_vlan_rx_add_vid = fake_add_vid,
	.ndo_vlan_rx_kill_vid = fake_kill_vid,
	.ndo_bpf = fake_bpf,
	.ndo_set_features = fake_set_features,
	.ndo_get_stats64 = fake_get_stats,
};

static void fake_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &fake_ops;
	dev->needs_free_netdev = true;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->max_mtu = ETH_MAX_MTU;
	dev->hw_features = HW_FEATURES;
	dev->features = HW_FEATURES | NETIF_F_HW_VLAN_CTAG_FILTER;
}

static struct net_device *device_make(const char *name, size_t size,
				      void (*setup)(struct net_device *dev),
				      unsigned int queues)
{
	struct net_device *dev;
	int err;

	dev = alloc_netdev_mqs(size, name, NET_NAME_ENUM, setup, queues, 1);
	if (!dev)
		return NULL;

	eth_hw_addr_random(dev);
	rtnl_lock();
	err = register_netdevice(dev);
	rtnl_unlock();
	if (err) {
		free_netdev(dev);
		return NULL;
	}
	return dev;
}

/* What is waited for in a switch has tests of its own, with real ports. */
static struct net_device *master_make(void)
{
	struct net_device *dev;
	struct tandem *tandem;

	dev = device_make("tandem%d", sizeof(struct tandem),
			  tandem_device_setup, 1);
	if (!dev)
		return NULL;

	/* Chosen by somebody: the first port is to take it, not to give its own. */
	dev->addr_assign_type = NET_ADDR_SET;
	tandem = netdev_priv(dev);
	tandem->set.drain_timeout = 0;
	tandem->set.linger = 0;
	tandem->set.notify_peers = 0;
	return dev;
}

static struct bpf_prog *prog_make(struct kunit *test)
{
	struct bpf_prog *prog;

	prog = kunit_kzalloc(test, sizeof(*prog), GFP_KERNEL);
	if (!prog)
		return NULL;
	prog->aux = kunit_kzalloc(test, sizeof(*prog->aux), GFP_KERNEL);
	if (!prog->aux)
		return NULL;
	atomic64_set(&prog->aux->refcnt, PROG_REFS);
	return prog;
}

/**
 * tandem_fake_remove() - unregister a device
 * @dev: the device; NULL after it
 */
void tandem_fake_remove(struct net_device **dev)
{
	if (!*dev)
		return;
	rtnl_lock();
	unregister_netdevice(*dev);
	rtnl_unlock();
	*dev = NULL;
}

/**
 * tandem_fake_init() - make a &struct tandem_fake_set
 * @test: takes it
 *
 * Return: 0 or -ENOMEM.
 */
int tandem_fake_init(struct kunit *test)
{
	struct tandem_fake_set *set;
	int i;

	set = kunit_kzalloc(test, sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;

	test->priv = set;
	set->prog = prog_make(test);
	set->master = master_make();
	if (!set->prog || !set->master)
		return -ENOMEM;
	for (i = 0; i < TANDEM_FAKE_DEVICES; i++) {
		set->dev[i] = device_make("fake%d", sizeof(struct tandem_fake),
					  fake_setup, TANDEM_FAKE_QUEUES);
		if (!set->dev[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * tandem_fake_exit() - remove what tandem_fake_init() has made, as far as it came
 * @test: has it; fails if anybody has kept the program or not given it back
 */
void tandem_fake_exit(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	int i;

	if (!set)
		return;
	tandem_fake_remove(&set->master);
	for (i = 0; i < TANDEM_FAKE_DEVICES; i++)
		tandem_fake_remove(&set->dev[i]);
	if (set->prog)
		KUNIT_EXPECT_EQ(test, atomic64_read(&set->prog->aux->refcnt),
				PROG_REFS);
}

/**
 * tandem_fake_tandem() - the tandem of a test
 * @test: the test
 *
 * Return: the tandem.
 */
struct tandem *tandem_fake_tandem(struct kunit *test)
{
	const struct tandem_fake_set *set = test->priv;

	return netdev_priv(set->master);
}

/**
 * tandem_fake_join() - make a device a port by command
 * @test: the test
 * @dev: the device
 *
 * Return: what the tandem answers.
 */
int tandem_fake_join(struct kunit *test, struct net_device *dev)
{
	const struct tandem_fake_set *set = test->priv;
	int err;

	rtnl_lock();
	err = tandem_pair_add(set->master, dev, NULL);
	rtnl_unlock();
	return err;
}

/**
 * tandem_fake_release() - release a port by command
 * @test: the test, which fails if it is no port
 * @dev: the device
 */
void tandem_fake_release(struct kunit *test, struct net_device *dev)
{
	const struct tandem_fake_set *set = test->priv;
	int err;

	rtnl_lock();
	err = tandem_pair_del(set->master, dev);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
}

/**
 * tandem_fake_open() - open a device
 * @dev: the device
 *
 * Return: what it answers.
 */
int tandem_fake_open(struct net_device *dev)
{
	int err;

	rtnl_lock();
	err = dev_open(dev, NULL);
	rtnl_unlock();
	return err;
}

/**
 * tandem_fake_close() - close a device
 * @dev: the device
 */
void tandem_fake_close(struct net_device *dev)
{
	rtnl_lock();
	dev_close(dev);
	rtnl_unlock();
}

/**
 * tandem_fake_set_role() - give a port a role by command
 * @test: the test
 * @dev: the port
 * @role: the role
 *
 * Return: what the tandem answers.
 */
int tandem_fake_set_role(struct kunit *test, struct net_device *dev,
			 enum tandem_role role)
{
	u8 buf[NLA_HDRLEN + NLA_ALIGNTO] __aligned(NLA_ALIGNTO) = {};
	struct nlattr *data[IFLA_TANDEM_PORT_MAX + 1] = {};
	const struct tandem_fake_set *set = test->priv;
	struct nlattr *attr = (struct nlattr *)buf;
	struct nlattr *tb[IFLA_LINKINFO + 1] = {};
	int err;

	attr->nla_type = IFLA_TANDEM_PORT_ROLE;
	attr->nla_len = nla_attr_size(sizeof(u8));
	*(u8 *)nla_data(attr) = role;
	data[IFLA_TANDEM_PORT_ROLE] = attr;

	rtnl_lock();
	err = tandem_role_change(set->master, dev, tb, data, NULL);
	rtnl_unlock();
	return err;
}

/**
 * tandem_fake_calls() - what a device was asked for
 * @dev: the device, which begins anew
 *
 * Return: the words, to be read before the next call.
 */
const char *tandem_fake_calls(struct net_device *dev)
{
	struct tandem_fake *fake = netdev_priv(dev);
	static char calls[sizeof(fake->calls)];

	strscpy(calls, fake->calls, sizeof(calls));
	fake->calls[0] = '\0';
	return calls;
}

/**
 * tandem_fake_set_mtu() - set the MTU of a device
 * @dev: the device
 * @mtu: the MTU
 *
 * Return: what it answers.
 */
int tandem_fake_set_mtu(struct net_device *dev, int mtu)
{
	int err;

	rtnl_lock();
	err = dev_set_mtu(dev, mtu);
	rtnl_unlock();
	return err;
}

/**
 * tandem_fake_active() - which device transmits?
 * @test: the test
 *
 * Return: the device, NULL if none does.
 */
struct net_device *tandem_fake_active(struct kunit *test)
{
	struct tandem_port *port;

	rtnl_lock();
	port = rtnl_dereference(tandem_fake_tandem(test)->active);
	rtnl_unlock();
	return port ? port->dev : NULL;
}

/**
 * tandem_fake_in() - which device is in a role?
 * @test: the test
 * @role: the role
 *
 * Return: the device, NULL if the role is free.
 */
struct net_device *tandem_fake_in(struct kunit *test, enum tandem_role role)
{
	struct tandem_port *port;

	rtnl_lock();
	port = tandem_port_get(tandem_fake_tandem(test), role);
	rtnl_unlock();
	return port ? port->dev : NULL;
}

/**
 * tandem_fake_look() - see what a device is like
 * @dev: the device
 *
 * Return: that.
 */
struct tandem_fake_looks tandem_fake_look(struct net_device *dev)
{
	const struct tandem_fake *fake = netdev_priv(dev);
	struct tandem_fake_looks looks = {
		.mtu = dev->mtu,
		.flags = dev->flags,
		.promiscuity = dev->promiscuity,
		.allmulti = dev->allmulti,
		.addr_assign_type = dev->addr_assign_type,
		.features = dev->features,
		.wanted = dev->wanted_features,
		.marks = dev->priv_flags & TANDEM_PORT_PRIV_FLAGS,
		.prog = fake->prog,
		.vlans = fake->vlans,
		.uc = netdev_uc_count(dev),
	};

	ether_addr_copy(looks.addr, dev->dev_addr);
	rtnl_lock();
	looks.upper = netdev_master_upper_dev_get(dev);
	looks.receiver = netdev_is_rx_handler_busy(dev);
	rtnl_unlock();
	return looks;
}

/**
 * tandem_fake_expect() - is a device as it was?
 * @test: the test, which fails if it is not
 * @dev: the device
 * @before: what it was like
 */
void tandem_fake_expect(struct kunit *test, struct net_device *dev,
			const struct tandem_fake_looks *before)
{
	struct tandem_fake_looks now = tandem_fake_look(dev);

	KUNIT_EXPECT_EQ(test, now.mtu, before->mtu);
	KUNIT_EXPECT_EQ(test, now.flags, before->flags);
	KUNIT_EXPECT_EQ(test, now.promiscuity, before->promiscuity);
	KUNIT_EXPECT_EQ(test, now.allmulti, before->allmulti);
	KUNIT_EXPECT_TRUE(test, ether_addr_equal(now.addr, before->addr));
	KUNIT_EXPECT_EQ(test, now.addr_assign_type, before->addr_assign_type);
	KUNIT_EXPECT_EQ(test, now.features, before->features);
	KUNIT_EXPECT_EQ(test, now.wanted, before->wanted);
	KUNIT_EXPECT_EQ(test, now.marks, before->marks);
	KUNIT_EXPECT_PTR_EQ(test, now.prog, before->prog);
	KUNIT_EXPECT_PTR_EQ(test, now.upper, before->upper);
	KUNIT_EXPECT_EQ(test, now.receiver, before->receiver);
	KUNIT_EXPECT_EQ(test, now.vlans, before->vlans);
	KUNIT_EXPECT_EQ(test, now.uc, before->uc);
}

/**
 * tandem_fake_begin() - open the tandem, with a device in each role
 * @test: the test, aborted if that fails
 */
void tandem_fake_begin(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->master), 0);
	KUNIT_ASSERT_EQ(test, tandem_fake_join(test, set->dev[0]), 0);
	KUNIT_ASSERT_EQ(test, tandem_fake_join(test, set->dev[1]), 0);
	tandem_fake_calls(set->dev[0]);
	tandem_fake_calls(set->dev[1]);
}

/**
 * tandem_fake_equip() - open the tandem, with all that a port may have to take over
 * @test: the test, aborted if that fails
 */
void tandem_fake_equip(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;
	int err;

	KUNIT_ASSERT_EQ(test, tandem_fake_open(set->master), 0);
	err = tandem_fake_set_mtu(set->master, TANDEM_FAKE_MTU);
	KUNIT_ASSERT_EQ(test, err, 0);
	rtnl_lock();
	err = vlan_vid_add(set->master, htons(ETH_P_8021Q), TANDEM_FAKE_VID);
	KUNIT_EXPECT_EQ(test, err, 0);
	dev_set_promiscuity(set->master, 1);
	dev_set_allmulti(set->master, 1);
	tandem_fake_tandem(test)->xdp = set->prog;
	rtnl_unlock();
}

/**
 * tandem_fake_unequip() - take off what tandem_fake_equip() has given to the tandem
 * @test: the test, which has no ports any more
 */
void tandem_fake_unequip(struct kunit *test)
{
	struct tandem_fake_set *set = test->priv;

	rtnl_lock();
	tandem_fake_tandem(test)->xdp = NULL;
	dev_set_allmulti(set->master, -1);
	dev_set_promiscuity(set->master, -1);
	vlan_vid_del(set->master, htons(ETH_P_8021Q), TANDEM_FAKE_VID);
	rtnl_unlock();
}
