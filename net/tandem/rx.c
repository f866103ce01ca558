// SPDX-License-Identifier: GPL-2.0
/*
 * Receive.
 *
 * Whoever sends to us may not know yet which port is active, or may never send
 * over that one: both ports are open, unless the user wants the active one
 * alone. Only what would arrive twice is kept out.
 */

#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#include "tandem.h"

static bool source_is_ours(const struct net_device *dev,
			   const struct sk_buff *skb)
{
	const u8 *source = eth_hdr(skb)->h_source;
	const struct netdev_hw_addr *other;

	if (ether_addr_equal(source, dev->dev_addr))
		return true;

	/* The addresses of devices above: macvlans. */
	list_for_each_entry_rcu(other, &dev->uc.list, list)
		if (ether_addr_equal(source, other->addr))
			return true;
	return false;
}

/* What was sent over one port just before a switch may come back after it. */
static bool switched_lately(const struct tandem *tandem)
{
	return time_before(jiffies, READ_ONCE(tandem->echo_until));
}

/* With one port there is nobody to bring a second copy. */
static bool frame_is_copy(const struct tandem_port *port,
			  const struct sk_buff *skb)
{
	struct tandem *tandem = port->tandem;

	if (!rcu_access_pointer(tandem->port[TANDEM_PRIMARY]) ||
	    !rcu_access_pointer(tandem->port[TANDEM_STANDBY]))
		return false;

	return tandem_dup_seen(tandem, tandem_dup_hash(skb, tandem->dup_seed),
			       port->role);
}

/*
 * What we send over the active port comes back over the other one from a bridge
 * that floods. Just after a switch that may be either.
 */
static bool inactive_wanted(const struct tandem_port *port,
			    const struct sk_buff *skb, bool switching)
{
	const struct tandem *tandem = port->tandem;

	if (READ_ONCE(tandem->set.rx) == TANDEM_RX_ACTIVE && !switching)
		return false;
	return !source_is_ours(tandem->dev, skb);
}

static bool frame_wanted(const struct tandem_port *port,
			 const struct sk_buff *skb,
			 const struct tandem_port *active)
{
	const struct tandem *tandem = port->tandem;

	if (unlikely(active != port) && !inactive_wanted(port, skb, !active))
		return false;
	if (likely(!is_multicast_ether_addr(eth_hdr(skb)->h_dest)))
		return true;
	if (unlikely(switched_lately(tandem)) &&
	    source_is_ours(tandem->dev, skb))
		return false;
	return !frame_is_copy(port, skb);
}

/* LLDP and the like speak of one link: the port keeps them, we get a copy. */
static void deliver_copy(const struct tandem_port *port, struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

	if (!copy)
		return;

	copy->dev = port->tandem->dev;
	netif_rx(copy);
}

/**
 * tandem_rx_handle() - take over what a port has received
 * @pskb: the frame; replaced if it was shared
 *
 * What the master does not want is still given to a packet socket on the port.
 *
 * Context: softirq, RCU.
 * Return: what the core is to do with the frame.
 */
rx_handler_result_t tandem_rx_handle(struct sk_buff **pskb)
{
	const struct tandem_port *port, *active;
	struct sk_buff *skb;

	skb = skb_share_check(*pskb, GFP_ATOMIC);
	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	*pskb = skb;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;

	port = rcu_dereference(skb->dev->rx_handler_data);
	if (unlikely(is_link_local_ether_addr(eth_hdr(skb)->h_dest))) {
		deliver_copy(port, skb);
		return RX_HANDLER_PASS;
	}
	active = rcu_access_pointer(port->tandem->rx_active);
	if (unlikely(!frame_wanted(port, skb, active)))
		return RX_HANDLER_EXACT;
	if (unlikely(!active) && tandem_linger_take(port, skb))
		return RX_HANDLER_CONSUMED;

	skb->dev = port->tandem->dev;
	return RX_HANDLER_ANOTHER;
}
