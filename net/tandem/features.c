// SPDX-License-Identifier: GPL-2.0
/* What the master offers to the stack: what its ports can do. */

#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "tandem.h"

#define BASE_FEATURES	(NETIF_F_HW_CSUM | NETIF_F_SG | NETIF_F_FRAGLIST | \
			 NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA | NETIF_F_LRO)
#define VLAN_FEATURES	(BASE_FEATURES | NETIF_F_GSO_ENCAP_ALL | \
			 NETIF_F_GSO_PARTIAL)
#define ENCAP_FEATURES	(NETIF_F_HW_CSUM | NETIF_F_SG | NETIF_F_RXCSUM | \
			 NETIF_F_GSO_SOFTWARE)
#define MPLS_FEATURES	(NETIF_F_HW_CSUM | NETIF_F_SG | NETIF_F_GSO_SOFTWARE)
#define VLAN_TX_FEATURES (NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX)
#define VLAN_RX_FEATURES (NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_STAG_RX)
#define VLAN_FILTERS	(NETIF_F_HW_VLAN_CTAG_FILTER | \
			 NETIF_F_HW_VLAN_STAG_FILTER)

/*
 * What a port does on receiving, before the master sees it. Not NETIF_F_GRO_HW, which
 * excludes LRO where both are on, and one port may have the one, one the other.
 */
#define RX_FEATURES	(NETIF_F_RXCSUM | NETIF_F_RXHASH | NETIF_F_GRO | \
			 NETIF_F_LRO | VLAN_RX_FEATURES)

/* No port has been asked: none has all of them. */
#define XDP_UNKNOWN	U32_MAX

/**
 * tandem_features_fix() - ndo_fix_features: no more than the ports offer
 * @dev: the master
 * @features: what is wanted
 *
 * Context: RTNL.
 * Return: what of @features can be had.
 */
netdev_features_t tandem_features_fix(struct net_device *dev,
				      netdev_features_t features)
{
	struct tandem *tandem = netdev_priv(dev);
	netdev_features_t wanted = features;
	struct tandem_port *port;

	features &= ~NETIF_F_ONE_FOR_ALL;
	features |= NETIF_F_ALL_FOR_ALL;
	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		if (!port->ready)
			continue;
		features = netdev_increment_features(features,
						     port->dev->features,
						     wanted);
	}

	return netdev_add_tso_features(features, wanted);
}

/* The master is changing itself: what comes of it for that is seen to after. */
static void port_want(struct tandem_port *port, netdev_features_t features)
{
	port->tandem->passing = true;
	port->dev->wanted_features = features;
	netdev_update_features(port->dev);
	port->tandem->passing = false;
}

/*
 * What is off in @features is off on the port; what was on before is on again. Returns
 * what the port keeps on though it should be off.
 */
static netdev_features_t port_pass(struct tandem_port *port,
				   netdev_features_t features)
{
	netdev_features_t wanted = port->dev->wanted_features, off, on, kept;

	off = wanted & port->dev->hw_features & RX_FEATURES & ~features;
	on = port->orig.features & features;
	if (!off && !on)
		return 0;

	port_want(port, (wanted & ~off) | on);
	kept = port->dev->features & off;
	port->dev->wanted_features |= kept;
	port->orig.features |= off & ~kept;
	port->orig.features &= ~(on & port->dev->features);
	return kept;
}

/* Returns what of @off any port keeps on. */
static netdev_features_t ports_pass(struct tandem *tandem,
				    netdev_features_t features,
				    netdev_features_t off)
{
	netdev_features_t kept = 0;
	struct tandem_port *port;

	for (port = tandem_port_next(tandem, NULL); port && !kept;
	     port = tandem_port_next(tandem, port))
		if (port->ready)
			kept = port_pass(port, features) & off;
	return kept;
}

/**
 * tandem_features_set() - ndo_set_features: what is off here is off on the ports
 * @dev: the master
 * @features: what is to be on
 *
 * A port is left what it has off by itself, and what it cannot turn off. One that has
 * kept something on before is no reason to refuse any other change.
 *
 * Context: RTNL; sleeps as the ports' drivers do.
 * Return: 0, or -EOPNOTSUPP with all ports as they were.
 */
int tandem_features_set(struct net_device *dev, netdev_features_t features)
{
	netdev_features_t off = dev->features & ~features & RX_FEATURES;
	struct tandem *tandem = netdev_priv(dev);

	if (!ports_pass(tandem, features, off))
		return 0;

	/* Refused once; kept as a wish it would make every later change fail. */
	dev->wanted_features |= off;
	ports_pass(tandem, dev->features, 0);
	return -EOPNOTSUPP;
}

/**
 * tandem_features_join() - turn off on a port what is off on its master
 * @port: the port; what it refuses it keeps
 *
 * Context: RTNL; sleeps as the port's driver does.
 */
void tandem_features_join(struct tandem_port *port)
{
	struct net_device *dev = port->tandem->dev;

	ASSERT_RTNL();

	if (port_pass(port, dev->features))
		netdev_warn(dev, "port %s keeps offloads that are off here\n",
			    port->dev->name);
}

/**
 * tandem_features_leave() - turn on again on a port what was turned off for its master
 * @port: the port, without an upper device
 *
 * Context: RTNL; sleeps as the port's driver does.
 */
void tandem_features_leave(struct tandem_port *port)
{
	ASSERT_RTNL();

	port_pass(port, ~(netdev_features_t)0);
}

/* What is gathered from the ports. */
struct feature_sum {
	netdev_features_t vlan, encap, mpls;
	unsigned short header, headroom, tailroom;
	unsigned int tso_size, min_mtu, max_mtu;
	unsigned int dst_flags;
	u16 tso_segs;
	u32 xdp;
};

static const struct feature_sum sum_of_none = {
	.vlan = VLAN_FEATURES & ~NETIF_F_ONE_FOR_ALL,
	.encap = ENCAP_FEATURES & ~NETIF_F_ONE_FOR_ALL,
	.mpls = MPLS_FEATURES & ~NETIF_F_ONE_FOR_ALL,
	.header = ETH_HLEN,
	.min_mtu = ETH_MIN_MTU,
	.max_mtu = ETH_MAX_MTU,
	.tso_size = TSO_MAX_SIZE,
	.tso_segs = TSO_MAX_SEGS,
	.dst_flags = IFF_XMIT_DST_RELEASE | IFF_XMIT_DST_RELEASE_PERM,
	.xdp = XDP_UNKNOWN,
};

static void sum_add(struct feature_sum *sum, const struct net_device *dev)
{
	sum->vlan = netdev_increment_features(sum->vlan, dev->vlan_features,
					      VLAN_FEATURES);
	sum->encap = netdev_increment_features(sum->encap,
					       dev->hw_enc_features,
					       ENCAP_FEATURES);
	sum->mpls = netdev_increment_features(sum->mpls, dev->mpls_features,
					      MPLS_FEATURES);
	sum->header = max(sum->header, dev->hard_header_len);
	sum->headroom = max(sum->headroom, dev->needed_headroom);
	sum->tailroom = max(sum->tailroom, dev->needed_tailroom);
	sum->tso_size = min(sum->tso_size, dev->tso_max_size);
	sum->tso_segs = min(sum->tso_segs, dev->tso_max_segs);
	sum->min_mtu = max(sum->min_mtu, dev->min_mtu);
	sum->max_mtu = min_not_zero(sum->max_mtu, dev->max_mtu);
	sum->dst_flags &= dev->priv_flags;
	sum->xdp &= tandem_compat_xdp_features(dev);
}

/* What needs partial segmentation is left to the port: here it would be cut for all. */
static void sum_apply(const struct feature_sum *sum, struct net_device *dev)
{
	dev->vlan_features = sum->vlan | NETIF_F_GSO_ENCAP_ALL |
			     NETIF_F_GSO_PARTIAL;
	dev->hw_enc_features = sum->encap | NETIF_F_GSO_ENCAP_ALL |
			       VLAN_TX_FEATURES;
	dev->mpls_features = sum->mpls;
	dev->hard_header_len = sum->header;
	dev->needed_headroom = sum->headroom;
	dev->needed_tailroom = sum->tailroom;
	dev->min_mtu = sum->min_mtu;
	dev->max_mtu = sum->max_mtu;
	netif_set_tso_max_size(dev, sum->tso_size);
	netif_set_tso_max_segs(dev, sum->tso_segs);

	tandem_compat_set_xdp_features(dev, sum->xdp == XDP_UNKNOWN ?
					    0 : sum->xdp);

	dev->priv_flags &= ~IFF_XMIT_DST_RELEASE;
	if (dev->priv_flags & IFF_XMIT_DST_RELEASE_PERM &&
	    sum->dst_flags == (IFF_XMIT_DST_RELEASE |
			       IFF_XMIT_DST_RELEASE_PERM))
		dev->priv_flags |= IFF_XMIT_DST_RELEASE;
}

/**
 * tandem_features_init() - what a master without ports offers
 * @dev: the master, not yet registered
 */
void tandem_features_init(struct net_device *dev)
{
	dev->hw_features = BASE_FEATURES | NETIF_F_GSO_ENCAP_ALL |
			   NETIF_F_GSO_PARTIAL | RX_FEATURES;
	/* The filters are the ports': off here they would still filter. */
	dev->features |= dev->hw_features | VLAN_TX_FEATURES | VLAN_FILTERS;
	sum_apply(&sum_of_none, dev);
}

/**
 * tandem_features_update() - ports have come, gone or changed
 * @tandem: the tandem
 *
 * Of a port that is not ready nothing is to be had: it does not count.
 *
 * Context: RTNL.
 */
void tandem_features_update(struct tandem *tandem)
{
	struct feature_sum sum = sum_of_none;
	struct tandem_port *port;

	ASSERT_RTNL();

	if (tandem->passing) {
		schedule_work(&tandem->start_work);
		return;
	}

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		if (port->ready)
			sum_add(&sum, port->dev);
	sum_apply(&sum, tandem->dev);
	netdev_change_features(tandem->dev);
}
