// SPDX-License-Identifier: GPL-2.0
/* The link kind: ip link add NAME type tandem. */

#include <net/rtnetlink.h>

#include "tandem.h"

static int check_addr(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_len(attr) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "An Ethernet address has six bytes");
		return -EINVAL;
	}
	if (!is_valid_ether_addr(nla_data(attr))) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Not an address a station can have");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/*
 * The core has parsed the attributes without refusing those that are unknown or
 * of a wrong size.
 */
static int check_data(const struct nlattr *info, struct netlink_ext_ack *extack)
{
	struct nlattr *strict[IFLA_TANDEM_MAX + 1];
	const struct nlattr *data;

	data = nla_find_nested(info, IFLA_INFO_DATA);
	if (!data)
		return 0;

	return nla_parse(strict, IFLA_TANDEM_MAX, nla_data(data), nla_len(data),
			 tandem_settings_policy, extack);
}

static int validate(struct nlattr *tb[], struct nlattr *data[],
		    struct netlink_ext_ack *extack)
{
	int err = 0;

	if (tb[IFLA_ADDRESS])
		err = check_addr(tb[IFLA_ADDRESS], extack);
	if (!err && tb[IFLA_LINKINFO])
		err = check_data(tb[IFLA_LINKINFO], extack);
	if (!err && data)
		err = tandem_settings_check(data, extack);
	return err;
}

static int newlink(struct net *src_net, struct net_device *dev,
		   struct nlattr *tb[], struct nlattr *data[],
		   struct netlink_ext_ack *extack)
{
	int err;

	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);
	if (data)
		tandem_settings_apply(netdev_priv(dev), data);

	err = register_netdevice(dev);
	if (err)
		return err;

	tandem_pair_find(netdev_priv(dev));
	return 0;
}

static int changelink(struct net_device *dev, struct nlattr *tb[],
		      struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct tandem *tandem = netdev_priv(dev);

	if (!data)
		return 0;

	tandem_settings_apply(tandem, data);
	tandem_switch_update(tandem);
	return 0;
}

static size_t get_size(const struct net_device *dev)
{
	return IFLA_TANDEM_MAX * nla_total_size(sizeof(u32));
}

static int fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct tandem *tandem = netdev_priv(dev);
	const struct tandem_port *active = rtnl_dereference(tandem->active);
	struct tandem_select_choice choice = tandem_switch_explain(tandem);

	if (tandem_settings_fill(skb, &tandem->set) ||
	    nla_put_u8(skb, IFLA_TANDEM_ACTIVE,
		       active ? active->role : TANDEM_ROLES) ||
	    nla_put_u8(skb, IFLA_TANDEM_PRIMARY_REASON,
		       choice.reason[TANDEM_PRIMARY]) ||
	    nla_put_u8(skb, IFLA_TANDEM_STANDBY_REASON,
		       choice.reason[TANDEM_STANDBY]) ||
	    nla_put_u32(skb, IFLA_TANDEM_WAIT, choice.wait))
		return -EMSGSIZE;
	return 0;
}

static size_t get_port_size(const struct net_device *dev,
			    const struct net_device *port_dev)
{
	return IFLA_TANDEM_PORT_MAX * nla_total_size(sizeof(u8));
}

static int fill_port_info(struct sk_buff *skb, const struct net_device *dev,
			  const struct net_device *port_dev)
{
	const struct tandem_port *port = tandem_port_of(port_dev);
	struct tandem_select_choice choice;

	/* A device on its way in is linked to its master already. */
	if (!port)
		return 0;

	choice = tandem_switch_explain(port->tandem);
	if (nla_put_u8(skb, IFLA_TANDEM_PORT_ROLE, port->role) ||
	    nla_put_u8(skb, IFLA_TANDEM_PORT_REASON,
		       choice.reason[port->role]) ||
	    nla_put_u8(skb, IFLA_TANDEM_PORT_STALL, tandem_stall_state(port)))
		return -EMSGSIZE;
	return 0;
}

struct rtnl_link_ops tandem_link_ops = {
	.kind = TANDEM_KIND,
	.priv_size = sizeof(struct tandem),
	.maxtype = IFLA_TANDEM_MAX,
	.policy = tandem_settings_policy,
	.setup = tandem_device_setup,
	.validate = validate,
	.newlink = newlink,
	.changelink = changelink,
	.dellink = tandem_device_destroy,
	.get_size = get_size,
	.fill_info = fill_info,
	.get_slave_size = get_port_size,
	.fill_slave_info = fill_port_info,
};
