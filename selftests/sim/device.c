// SPDX-License-Identifier: GPL-2.0
/*
 * A NIC for tests of tandem that has all kinds of settings, keeps what it is given, and
 * refuses what a test wants it to:
 *
 *   echo vmbus >/sys/module/tandem_sim/parameters/parent
 *   ip link add sb type tandem_sim
 *   echo mtu vlan >/sys/class/net/sb/sim/refuse
 *
 * Parent and refuse of the module are those of devices made from then on; the parent is
 * none, one on a bus called vmbus, or a PCI device. A MAC that is given when a device
 * is made is its permanent one. While it is being registered a device refuses
 * everything, as one would whose driver has not finished. What it sends arrives at the
 * device of this kind whose name is written to its sim/peer, if there is one.
 */

#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/net_tstamp.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/uaccess.h>
#include <net/rtnetlink.h>

#include "../../net/tandem/compat.h"
#include "sim.h"

/* What it does for those who receive, and can leave. */
#define RX_FEATURES	(NETIF_F_RXCSUM | NETIF_F_RXHASH | NETIF_F_GRO | \
			 NETIF_F_LRO | NETIF_F_HW_VLAN_CTAG_RX)

static const char *const op_names[SIM_OPS] = {
	[SIM_OPEN] = "open",
	[SIM_MTU] = "mtu",
	[SIM_MAC] = "mac",
	[SIM_VLAN] = "vlan",
	[SIM_CHANNELS] = "channels",
	[SIM_RING] = "ring",
	[SIM_COALESCE] = "coalesce",
	[SIM_PAUSE] = "pause",
	[SIM_XDP] = "xdp",
	[SIM_FEATURES] = "features",
	[SIM_TSTAMP] = "tstamp",
	[SIM_RSS] = "rss",
};

static char parent[8];
module_param_string(parent, parent, sizeof(parent), 0644);
MODULE_PARM_DESC(parent, "of devices made from now on: vmbus, pci or nothing");

static char refuse[64];
module_param_string(refuse, refuse, sizeof(refuse), 0644);
MODULE_PARM_DESC(refuse, "what devices made from now on refuse");

static struct bus_type vmbus = { .name = "vmbus" };
static struct device *vmbus_device;
static struct pci_dev *pci_device;

int sim_answer(const struct net_device *dev, enum sim_op op)
{
	const struct sim *sim = netdev_priv(dev);

	return !sim->probed || READ_ONCE(sim->refuse) & BIT(op) ? -EIO : 0;
}

/* Its clock stands still, at a time that tells which device it is. */
static void stamp(struct sk_buff *skb, const struct net_device *dev)
{
	struct skb_shared_hwtstamps stamps = {
		.hwtstamp = ns_to_ktime(dev->ifindex),
	};
	const struct sim *sim = netdev_priv(dev);

	if (skb_shinfo(skb)->tx_flags & SKBTX_HW_TSTAMP &&
	    READ_ONCE(sim->tstamp.tx_type) == HWTSTAMP_TX_ON)
		skb_tstamp_tx(skb, &stamps);
}

static netdev_tx_t sim_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct sim *sim = netdev_priv(dev);
	struct net_device *peer;

	dev->stats.tx_packets++;
	dev->stats.tx_bytes += skb->len;
	stamp(skb, dev);
	rcu_read_lock();
	peer = rcu_dereference(sim->peer);
	if (peer)
		dev_forward_skb(peer, skb);
	else
		dev_kfree_skb_any(skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

/* The core waits for all who still send. */
static void sim_uninit(struct net_device *dev)
{
	struct sim *sim = netdev_priv(dev), *other;
	struct net_device *peer = rtnl_dereference(sim->peer);

	if (!peer)
		return;
	other = netdev_priv(peer);
	RCU_INIT_POINTER(other->peer, NULL);
	RCU_INIT_POINTER(sim->peer, NULL);
}

static int sim_open(struct net_device *dev)
{
	return sim_answer(dev, SIM_OPEN);
}

static int sim_stop(struct net_device *dev)
{
	return 0;
}

static int sim_change_mtu(struct net_device *dev, int mtu)
{
	int err = sim_answer(dev, SIM_MTU);

	if (!err)
		WRITE_ONCE(dev->mtu, mtu);
	return err;
}

static int sim_set_mac(struct net_device *dev, void *addr)
{
	return sim_answer(dev, SIM_MAC) ?: eth_mac_addr(dev, addr);
}

static int sim_add_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct sim *sim = netdev_priv(dev);
	int err = sim_answer(dev, SIM_VLAN);

	if (!err)
		sim->vlans++;
	return err;
}

static int sim_kill_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct sim *sim = netdev_priv(dev);

	sim->vlans--;
	return 0;
}

static int sim_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct sim *sim = netdev_priv(dev);
	int err = sim_answer(dev, SIM_XDP);

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	if (err)
		return err;
	if (sim->program)
		bpf_prog_put(sim->program);
	sim->program = bpf->prog;
	return 0;
}

static int sim_set_features(struct net_device *dev, netdev_features_t features)
{
	return (dev->features ^ features) & RX_FEATURES ?
	       sim_answer(dev, SIM_FEATURES) : 0;
}

static int sim_eth_ioctl(struct net_device *dev, struct ifreq *ifr, int cmd)
{
	struct sim *sim = netdev_priv(dev);
	struct hwtstamp_config config;
	int err = sim_answer(dev, SIM_TSTAMP);

	if (cmd != SIOCSHWTSTAMP && cmd != SIOCGHWTSTAMP)
		return -EOPNOTSUPP;
	if (cmd == SIOCSHWTSTAMP) {
		if (err)
			return err;
		if (copy_from_user(&config, ifr->ifr_data, sizeof(config)))
			return -EFAULT;
		sim->tstamp = config;
	}
	return copy_to_user(ifr->ifr_data, &sim->tstamp, sizeof(config)) ?
	       -EFAULT : 0;
}

static const struct net_device_ops sim_ops = {
	.ndo_set_features = sim_set_features,
	.ndo_eth_ioctl = sim_eth_ioctl,
	.ndo_bpf = sim_bpf,
	.ndo_uninit = sim_uninit,
	.ndo_open = sim_open,
	.ndo_stop = sim_stop,
	.ndo_start_xmit = sim_start_xmit,
	.ndo_change_mtu = sim_change_mtu,
	.ndo_set_mac_address = sim_set_mac,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_vlan_rx_add_vid = sim_add_vid,
	.ndo_vlan_rx_kill_vid = sim_kill_vid,
};

static void get_channels(struct net_device *dev,
			 struct ethtool_channels *channels)
{
	const struct sim *sim = netdev_priv(dev);

	*channels = sim->channels;
}

static int set_channels(struct net_device *dev,
			struct ethtool_channels *channels)
{
	struct sim *sim = netdev_priv(dev);
	int err = sim_answer(dev, SIM_CHANNELS);

	if (!err)
		err = netif_set_real_num_tx_queues(dev,
						   channels->combined_count);
	if (!err) {
		sim->channels = *channels;
		sim_rss_spread(dev);
	}
	return err;
}

static void get_ringparam(struct net_device *dev,
			  struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *more,
			  struct netlink_ext_ack *extack)
{
	const struct sim *sim = netdev_priv(dev);

	*ring = sim->ring;
}

static int set_ringparam(struct net_device *dev,
			 struct ethtool_ringparam *ring,
			 struct kernel_ethtool_ringparam *more,
			 struct netlink_ext_ack *extack)
{
	struct sim *sim = netdev_priv(dev);
	int err = sim_answer(dev, SIM_RING);

	if (!err)
		sim->ring = *ring;
	return err;
}

static int get_coalesce(struct net_device *dev,
			struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *more,
			struct netlink_ext_ack *extack)
{
	const struct sim *sim = netdev_priv(dev);

	*coalesce = sim->coalesce;
	return 0;
}

static int set_coalesce(struct net_device *dev,
			struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *more,
			struct netlink_ext_ack *extack)
{
	struct sim *sim = netdev_priv(dev);
	int err = sim_answer(dev, SIM_COALESCE);

	if (!err)
		sim->coalesce = *coalesce;
	return err;
}

static void get_pauseparam(struct net_device *dev,
			   struct ethtool_pauseparam *pause)
{
	const struct sim *sim = netdev_priv(dev);

	*pause = sim->pause;
}

static int set_pauseparam(struct net_device *dev,
			  struct ethtool_pauseparam *pause)
{
	struct sim *sim = netdev_priv(dev);
	int err = sim_answer(dev, SIM_PAUSE);

	if (!err)
		sim->pause = *pause;
	return err;
}

static const struct ethtool_ops sim_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS |
				     ETHTOOL_COALESCE_MAX_FRAMES,
	.get_link = ethtool_op_get_link,
	.get_channels = get_channels,
	.set_channels = set_channels,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_coalesce = get_coalesce,
	.set_coalesce = set_coalesce,
	.get_pauseparam = get_pauseparam,
	.set_pauseparam = set_pauseparam,
	.get_rxnfc = sim_rss_rings,
	.get_rxfh_indir_size = sim_rss_table_size,
	.get_rxfh_key_size = sim_rss_key_size,
	.get_rxfh = tandem_compat_get_rxfh,
	.set_rxfh = tandem_compat_set_rxfh,
};

static ssize_t refuse_show(struct device *device,
			   struct device_attribute *attr, char *buf)
{
	const struct sim *sim = netdev_priv(to_net_dev(device));
	unsigned long ops = READ_ONCE(sim->refuse);
	unsigned int op;
	int len = 0;

	for_each_set_bit(op, &ops, SIM_OPS)
		len += sysfs_emit_at(buf, len, "%s ", op_names[op]);
	return len + sysfs_emit_at(buf, len, "\n");
}

/* Takes @text apart. */
static int parse(char *text, struct sim *sim)
{
	unsigned long ops = 0;
	char *word;
	int op;

	while ((word = strsep(&text, "\n "))) {
		if (!*word)
			continue;
		op = match_string(op_names, SIM_OPS, word);
		if (op < 0)
			return op;
		__set_bit(op, &ops);
	}
	WRITE_ONCE(sim->refuse, ops);
	return 0;
}

static ssize_t refuse_store(struct device *device,
			    struct device_attribute *attr, const char *buf,
			    size_t len)
{
	char *text;
	int err;

	text = kstrndup(buf, len, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	err = parse(text, netdev_priv(to_net_dev(device)));
	kfree(text);
	return err ?: len;
}
static DEVICE_ATTR_RW(refuse);

static ssize_t vlans_show(struct device *device,
			  struct device_attribute *attr, char *buf)
{
	const struct sim *sim = netdev_priv(to_net_dev(device));

	return sysfs_emit(buf, "%d\n", READ_ONCE(sim->vlans));
}
static DEVICE_ATTR_RO(vlans);

static ssize_t program_show(struct device *device,
			    struct device_attribute *attr, char *buf)
{
	const struct sim *sim = netdev_priv(to_net_dev(device));

	return sysfs_emit(buf, "%d\n", !!READ_ONCE(sim->program));
}
static DEVICE_ATTR_RO(program);

/* Both are without one, and have each other from then on. */
static int connect(struct net_device *dev, const char *name)
{
	struct net_device *peer = __dev_get_by_name(dev_net(dev), name);
	struct sim *sim = netdev_priv(dev), *other;

	if (!peer || peer == dev || peer->netdev_ops != &sim_ops)
		return -ENODEV;
	other = netdev_priv(peer);
	if (rtnl_dereference(sim->peer) || rtnl_dereference(other->peer))
		return -EBUSY;
	rcu_assign_pointer(sim->peer, peer);
	rcu_assign_pointer(other->peer, dev);
	return 0;
}

static ssize_t peer_store(struct device *device, struct device_attribute *attr,
			  const char *buf, size_t len)
{
	char name[IFNAMSIZ];
	int err;

	if (sscanf(buf, "%15s", name) != 1)
		return -EINVAL;
	/* Not waited for: who deletes the device waits for us with it. */
	if (!rtnl_trylock())
		return restart_syscall();
	err = connect(to_net_dev(device), name);
	rtnl_unlock();
	return err ?: len;
}
static DEVICE_ATTR_WO(peer);

/* The port of its master that transmits, as the kernel asks for it. */
static ssize_t transmits_show(struct device *device,
			      struct device_attribute *attr, char *buf)
{
	struct net_device *master, *port = NULL;
	int len;

	rcu_read_lock();
	master = netdev_master_upper_dev_get_rcu(to_net_dev(device));
	if (master)
		port = netdev_get_xmit_slave(master, NULL, false);
	len = sysfs_emit(buf, "%s\n", port ? port->name : "none");
	rcu_read_unlock();
	return len;
}
static DEVICE_ATTR_RO(transmits);

/* Has the bus lost the device it is on? For all that are on that. */
static ssize_t offline_store(struct device *device,
			     struct device_attribute *attr, const char *buf,
			     size_t len)
{
	bool offline;
	int err;

	err = kstrtobool(buf, &offline);
	if (err)
		return err;
	pci_device->error_state = offline ? pci_channel_io_perm_failure :
					    pci_channel_io_normal;
	return len;
}
static DEVICE_ATTR_WO(offline);

/* Can it carry VLANs at all? */
static ssize_t challenged_store(struct device *device,
				struct device_attribute *attr, const char *buf,
				size_t len)
{
	struct net_device *dev = to_net_dev(device);
	bool challenged;
	int err;

	err = kstrtobool(buf, &challenged);
	if (err)
		return err;

	if (!rtnl_trylock())
		return restart_syscall();
	if (challenged)
		dev->features |= NETIF_F_VLAN_CHALLENGED;
	else
		dev->features &= ~NETIF_F_VLAN_CHALLENGED;
	netdev_features_change(dev);
	rtnl_unlock();
	return len;
}
static DEVICE_ATTR_WO(challenged);

/* How long is the table by which it spreads what it receives? */
static ssize_t indir_size_store(struct device *device,
				struct device_attribute *attr, const char *buf,
				size_t len)
{
	struct sim *sim = netdev_priv(to_net_dev(device));
	u32 size;
	int err;

	err = kstrtou32(buf, 0, &size);
	if (err)
		return err;
	if (size > INDIR_MAX)
		return -ERANGE;
	sim->indir_size = size;
	return len;
}
static DEVICE_ATTR_WO(indir_size);

static struct attribute *sim_attrs[] = {
	&dev_attr_refuse.attr,
	&dev_attr_vlans.attr,
	&dev_attr_peer.attr,
	&dev_attr_program.attr,
	&dev_attr_transmits.attr,
	&dev_attr_challenged.attr,
	&dev_attr_offline.attr,
	&dev_attr_indir_size.attr,
	NULL,
};

static const struct attribute_group sim_group = {
	.name = "sim",
	.attrs = sim_attrs,
};

static void init_settings(struct sim *sim)
{
	sim->indir_size = INDIR_MAX;
	sim->hfunc = ETH_RSS_HASH_TOP;
	sim->channels.max_combined = QUEUES;
	sim->channels.combined_count = 1;
	sim->ring.rx_max_pending = 4096;
	sim->ring.tx_max_pending = 4096;
	sim->ring.rx_pending = 256;
	sim->ring.tx_pending = 256;
}

static void sim_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &sim_ops;
	dev->ethtool_ops = &sim_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->sysfs_groups[0] = &sim_group;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	dev->max_mtu = 9000;
	dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA |
			   (RX_FEATURES & ~NETIF_F_GRO) |
			   NETIF_F_HW_VLAN_CTAG_FILTER |
			   NETIF_F_HW_VLAN_STAG_FILTER;
	dev->features |= dev->hw_features;
	init_settings(netdev_priv(dev));
}

static struct device *sim_parent(void)
{
	if (sysfs_streq(parent, "vmbus"))
		return vmbus_device;
	if (sysfs_streq(parent, "pci"))
		return &pci_device->dev;
	return NULL;
}

static int sim_newlink(struct net *net, struct net_device *dev,
		       struct nlattr *tb[], struct nlattr *data[],
		       struct netlink_ext_ack *extack)
{
	struct sim *sim = netdev_priv(dev);
	char text[sizeof(refuse)];
	int err;

	strscpy(text, refuse, sizeof(text));
	err = parse(text, sim);
	if (err)
		return err;
	if (tb[IFLA_ADDRESS])
		dev->addr_assign_type = NET_ADDR_PERM;
	else
		eth_hw_addr_random(dev);
	SET_NETDEV_DEV(dev, sim_parent());
	err = register_netdevice(dev);
	sim->probed = true;
	return err;
}

static unsigned int sim_queues(void)
{
	return QUEUES;
}

static struct rtnl_link_ops sim_link_ops = {
	.kind = "tandem_sim",
	.priv_size = sizeof(struct sim),
	.setup = sim_setup,
	.newlink = sim_newlink,
	.get_num_tx_queues = sim_queues,
	.get_num_rx_queues = sim_queues,
};

static void vmbus_release(struct device *device)
{
	kfree(device);
}

static int vmbus_add(void)
{
	int err;

	vmbus_device = kzalloc(sizeof(*vmbus_device), GFP_KERNEL);
	if (!vmbus_device)
		return -ENOMEM;
	vmbus_device->bus = &vmbus;
	vmbus_device->release = vmbus_release;
	dev_set_name(vmbus_device, "tandem_sim");
	err = device_register(vmbus_device);
	if (err)
		put_device(vmbus_device);
	return err;
}

static int __init sim_init(void)
{
	int err;

	pci_device = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL);
	if (!pci_device)
		return -ENODEV;
	err = bus_register(&vmbus);
	if (err)
		goto err_put_pci;
	err = vmbus_add();
	if (err)
		goto err_unregister_bus;
	err = rtnl_link_register(&sim_link_ops);
	if (err)
		goto err_del_vmbus;
	return 0;

err_del_vmbus:
	device_unregister(vmbus_device);
err_unregister_bus:
	bus_unregister(&vmbus);
err_put_pci:
	pci_dev_put(pci_device);
	return err;
}

static void __exit sim_exit(void)
{
	rtnl_link_unregister(&sim_link_ops);
	device_unregister(vmbus_device);
	bus_unregister(&vmbus);
	pci_dev_put(pci_device);
}

module_init(sim_init);
module_exit(sim_exit);
MODULE_DESCRIPTION("A network device for tests of tandem");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK("tandem_sim");
