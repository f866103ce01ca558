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

/**
 * tandem_link_check() - refuse what the core lets pass
 * @info: IFLA_LINKINFO
 * @type: of the attributes in it that are to be looked at
 * @policy: what may be in them
 * @max: the highest type that may
 * @extack: takes the reason of a refusal
 *
 * The core has parsed them without refusing what is unknown or of a wrong size.
 *
 * Return: 0, or an error.
 */
int tandem_link_check(const struct nlattr *info, int type,
		      const struct nla_policy *policy, int max,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *data;
	int rest, err;

	nla_for_each_nested(data, info, rest) {
		if (nla_type(data) != type)
			continue;
		err = nla_validate(nla_data(data), nla_len(data), max, policy,
				   extack);
		if (err)
			return err;
	}
	return 0;
}

static int validate(struct nlattr *tb[], struct nlattr *data[],
		    struct netlink_ext_ack *extack)
{
	int err = 0;

	if (tb[IFLA_ADDRESS])
		err = check_addr(tb[IFLA_ADDRESS], extack);
	if (!err && tb[IFLA_LINKINFO])
		err = tandem_link_check(tb[IFLA_LINKINFO], IFLA_INFO_DATA,
					tandem_settings_policy,
					IFLA_TANDEM_MAX, extack);
	if (!err && data)
		err = tandem_settings_check(data, extack);
	return err;
}

static int newlink(struct net *src_net, struct net_device *dev,
		   struct nlattr *tb[], struct nlattr *data[],
		   struct netlink_ext_ack *extack)
{
	struct tandem *tandem = netdev_priv(dev);
	int err;

	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);
	if (data) {
		tandem_settings_apply(tandem, data);
		/* What is set from the start is no command. */
		tandem->commanded = TANDEM_CAUSE_FAILBACK;
	}

	err = register_netdevice(dev);
	if (err)
		return err;

	tandem_pair_find(tandem);
	return 0;
}

static int changelink(struct net_device *dev, struct nlattr *tb[],
		      struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct tandem *tandem = netdev_priv(dev);

	if (!data)
		return 0;

	tandem_settings_apply(tandem, data);
	if (data[IFLA_TANDEM_JOIN])
		tandem_pair_find(tandem);
	tandem_switch_update(tandem);
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
	.get_size = tandem_info_size,
	.fill_info = tandem_info_fill,
	.get_linkxstats_size = tandem_history_size,
	.fill_linkxstats = tandem_history_fill,
	.slave_maxtype = IFLA_TANDEM_PORT_MAX,
	.slave_policy = tandem_role_policy,
	.slave_changelink = tandem_role_change,
	.get_slave_size = tandem_info_port_size,
	.fill_slave_info = tandem_info_port_fill,
};
