// SPDX-License-Identifier: GPL-2.0
/* The link kind: ip link add NAME type tandem. */

#include <net/rtnetlink.h>

#include "tandem.h"

static int validate(struct nlattr *tb[], struct nlattr *data[],
		    struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;

	if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "An Ethernet address has six bytes");
		return -EINVAL;
	}
	if (!is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS]))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "Not an address a station can have");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static int newlink(struct net *src_net, struct net_device *dev,
		   struct nlattr *tb[], struct nlattr *data[],
		   struct netlink_ext_ack *extack)
{
	int err;

	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);

	err = register_netdevice(dev);
	if (err)
		return err;

	tandem_pair_find(netdev_priv(dev));
	return 0;
}

struct rtnl_link_ops tandem_link_ops = {
	.kind = TANDEM_KIND,
	.priv_size = sizeof(struct tandem),
	.setup = tandem_device_setup,
	.validate = validate,
	.newlink = newlink,
	.dellink = tandem_device_destroy,
};
