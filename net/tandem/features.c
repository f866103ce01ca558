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

/* No port has been asked: none has all of them. */
#define XDP_UNKNOWN	U32_MAX

/**
 * tandem_features_init() - what a master without ports offers
 * @dev: the master, not yet registered
 */
void tandem_features_init(struct net_device *dev)
{
	dev->hw_features = BASE_FEATURES | NETIF_F_GSO_ENCAP_ALL |
			   NETIF_F_GSO_PARTIAL | VLAN_RX_FEATURES;
	/* The filters are the ports': off here they would still filter. */
	dev->features |= dev->hw_features | VLAN_TX_FEATURES | VLAN_FILTERS;
}

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

/* What is gathered from the ports. */
struct feature_sum {
	netdev_features_t vlan, encap, mpls;
	unsigned short header, headroom, tailroom;
	unsigned int tso_size, min_mtu, max_mtu;
	unsigned int dst_flags;
	u16 tso_segs;
	u32 xdp;
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
 * tandem_features_update() - ports have come, gone or changed
 * @tandem: the tandem
 *
 * Of a port that is not ready nothing is to be had: it does not count.
 *
 * Context: RTNL.
 */
void tandem_features_update(struct tandem *tandem)
{
	struct feature_sum sum = {
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
	struct tandem_port *port;

	ASSERT_RTNL();

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port))
		if (port->ready)
			sum_add(&sum, port->dev);
	sum_apply(&sum, tandem->dev);
	netdev_change_features(tandem->dev);
}
