// SPDX-License-Identifier: GPL-2.0
/*
 * XDP: the program of the master runs on both ports.
 *
 * It is on a port before that carries its first packet and until none is received from
 * it any more, so nothing goes past it. A device that cannot have it is not used.
 */

#include <linux/bpf.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/xdp.h>

#include "tandem.h"

/* On success the port has a reference on the program, and none on the one before. */
static int port_set(struct tandem_port *port, struct bpf_prog *prog,
		    struct netlink_ext_ack *extack)
{
	const struct net_device_ops *ops = port->dev->netdev_ops;
	struct netdev_bpf bpf = {
		.command = XDP_SETUP_PROG,
		.prog = prog,
		.extack = extack,
	};
	int err;

	if (prog)
		bpf_prog_inc(prog);
	err = ops->ndo_bpf(port->dev, &bpf);
	if (err && prog)
		bpf_prog_put(prog);
	if (!err)
		port->xdp = prog;
	return err;
}

static int port_check(const struct tandem_port *port,
		      struct netlink_ext_ack *extack)
{
	const struct net_device_ops *ops = port->dev->netdev_ops;

	if (!ops->ndo_bpf) {
		NL_SET_ERR_MSG(extack, "A port has no native XDP");
		return -EOPNOTSUPP;
	}
	if (dev_xdp_prog_count(port->dev)) {
		NL_SET_ERR_MSG(extack, "A port has an XDP program of its own");
		return -EBUSY;
	}
	return 0;
}

/* All ports that are used or none; off it goes from all that let it go. */
static int ports_set(struct tandem *tandem, struct bpf_prog *prog,
		     struct netlink_ext_ack *extack)
{
	struct tandem_port *port, *done;
	int err = 0;

	for (port = tandem_port_next(tandem, NULL); port;
	     port = tandem_port_next(tandem, port)) {
		if (!port->ready)
			continue;
		err = prog ? port_check(port, extack) : 0;
		if (!err && port->xdp != prog)
			err = port_set(port, prog, extack);
		if (err && prog)
			goto err_restore;
		if (err)
			netdev_warn(port->dev, "keeps its XDP program\n");
	}
	return 0;

err_restore:
	for (done = tandem_port_next(tandem, NULL); done != port;
	     done = tandem_port_next(tandem, done))
		if (done->ready && port_set(done, tandem->xdp, NULL))
			netdev_warn(done->dev,
				    "cannot be given its XDP program back\n");
	return err;
}

static int master_set(struct tandem *tandem, struct bpf_prog *prog,
		      struct netlink_ext_ack *extack)
{
	struct bpf_prog *old = tandem->xdp;
	int err;

	err = ports_set(tandem, prog, extack);
	if (err)
		return err;

	tandem->xdp = prog;
	if (old)
		bpf_prog_put(old);
	/* A port that could not have the old one may be used now. */
	tandem_pair_forgive(tandem, TANDEM_REASON_XDP);
	schedule_work(&tandem->start_work);
	return 0;
}

/**
 * tandem_xdp_bpf() - ndo_bpf: a program for both ports
 * @dev: the master
 * @bpf: what is to be done
 *
 * Context: RTNL; sleeps as the ports' drivers do.
 * Return: 0, or an error with everything as it was before.
 */
int tandem_xdp_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	ASSERT_RTNL();

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	return master_set(netdev_priv(dev), bpf->prog, bpf->extack);
}

/**
 * tandem_xdp_xmit() - ndo_xdp_xmit: frames that a program sends here
 * @dev: the master
 * @n: how many
 * @frames: the frames
 * @flags: XDP_XMIT_*
 *
 * While a switch holds packets there is nowhere to send them to: the caller drops
 * what is not taken.
 *
 * Context: bottom halves off, RCU.
 * Return: how many are taken, or an error.
 */
int tandem_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		    u32 flags)
{
	struct tandem *tandem = netdev_priv(dev);
	struct tandem_port *port = rcu_dereference_bh(tandem->active);

	if (unlikely(!port || !tandem_port_usable(port)))
		return -ENETDOWN;
	if (unlikely(!port->dev->netdev_ops->ndo_xdp_xmit))
		return -EOPNOTSUPP;
	return port->dev->netdev_ops->ndo_xdp_xmit(port->dev, n, frames, flags);
}

/**
 * tandem_xdp_join() - give a port the program of the master
 * @port: the port, from which nothing is received yet
 * @extack: takes the reason of a refusal
 *
 * Context: RTNL; sleeps as the port's driver does.
 * Return: 0, also if there is no program, or what speaks against it.
 */
int tandem_xdp_join(struct tandem_port *port, struct netlink_ext_ack *extack)
{
	struct bpf_prog *prog = port->tandem->xdp;
	int err;

	ASSERT_RTNL();

	if (!prog)
		return 0;
	err = port_check(port, extack);
	return err ?: port_set(port, prog, extack);
}

/**
 * tandem_xdp_leave() - take the program of the master off a port
 * @port: the port, from which nothing is received any more
 *
 * Context: RTNL; sleeps as the port's driver does.
 */
void tandem_xdp_leave(struct tandem_port *port)
{
	ASSERT_RTNL();

	if (port->xdp && port_set(port, NULL, NULL))
		netdev_warn(port->dev, "keeps its XDP program\n");
}
