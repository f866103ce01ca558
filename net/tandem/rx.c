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

/* With one port there is nobody to bring a second copy. */
static bool frame_is_copy(struct tandem *tandem, bool side,
			  const struct sk_buff *skb)
{
	if (!rcu_access_pointer(tandem->port[TANDEM_PRIMARY]) ||
	    !rcu_access_pointer(tandem->port[TANDEM_STANDBY]))
		return false;

	if (!tandem_dup_seen(tandem, tandem_dup_hash(skb, tandem->dup_seed),
			     side))
		return false;
	atomic64_inc(&tandem->duplicates);
	return true;
}

/*
 * A port that is not ready may have been opened by somebody else: what it brings has not
 * been seen by the master's XDP program. And what we send over the active port comes
 * back over the other one from a bridge that floods; just after a switch that may be
 * either.
 */
static bool inactive_wanted(const struct tandem_port *port,
			    const struct sk_buff *skb, bool switching)
{
	struct tandem *tandem = port->tandem;

	if (!READ_ONCE(port->ready))
		return false;
	if (READ_ONCE(tandem->set.rx) == TANDEM_RX_ACTIVE && !switching)
		return false;
	return !tandem_echo_is(tandem, skb);
}

/**
 * tandem_rx_first() - has nobody had this frame yet?
 * @tandem: the tandem
 * @side: of the port that has brought it
 * @skb: the frame
 *
 * A frame that waits is asked about when it is let in: until then the other port
 * may bring it, and what comes after it.
 *
 * Context: bottom halves off: softirq, or the work of &struct tandem_linger.
 * Return: true if it is to be received; false if it is a broadcast or multicast
 * that has been, or something that we have sent.
 */
bool tandem_rx_first(struct tandem *tandem, bool side,
		     const struct sk_buff *skb)
{
	bool group = is_multicast_ether_addr(eth_hdr(skb)->h_dest);

	if (likely(!group) && !tandem_echo_notes(tandem->dev))
		return true;
	if (unlikely(tandem_echo_expected(tandem)) && tandem_echo_is(tandem, skb))
		return false;
	/* model: rx-first */
	return !group || !frame_is_copy(tandem, side, skb);
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
 * What the master does not want is still given to a packet socket on the port, but
 * for copies among the frames that had to wait.
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
		if (READ_ONCE(port->ready))
			deliver_copy(port, skb);
		return RX_HANDLER_PASS;
	}
	/* model: rx-look */
	active = rcu_access_pointer(port->tandem->rx_active);
	if (unlikely(active != port) && !inactive_wanted(port, skb, !active))
		return RX_HANDLER_EXACT;
	if (unlikely(!active) && tandem_linger_take(port, skb))
		return RX_HANDLER_CONSUMED;
	if (unlikely(!tandem_rx_first(port->tandem, port->side, skb)))
		return RX_HANDLER_EXACT;

	skb->dev = port->tandem->dev;
	return RX_HANDLER_ANOTHER;
}
