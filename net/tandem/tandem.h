/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tandem: a paravirtual NIC and an SR-IOV VF behind one net device.
 *
 * What is shared between the files of this directory. Functions are grouped
 * by the file that has them; their kernel-doc stands there.
 */
#ifndef _TANDEM_H
#define _TANDEM_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/ratelimit.h>
#include <linux/rtnetlink.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/netlink.h>

#include "compat.h"
#include "damping.h"
#include "echo.h"
#include "linger.h"
#include "netns.h"
#include "netpoll.h"
#include "rss.h"
#include "select.h"
#include "wish.h"

#define TANDEM_KIND	"tandem"

#define TANDEM_HISTORY		64
#define TANDEM_CANDIDATES	8

/**
 * struct tandem_borrowed - what a port was before it became one
 * @addr: hardware address
 * @addr_assign_type: how it had got @addr (NET_ADDR_*)
 * @mtu: MTU, bytes
 * @up: it was up
 * @features: offloads that are off as they are off on the master; changes with those
 * @wish: its settings of which the master has set others; added to while it is the
 *	primary
 * @rss: the same of how it spreads what it receives
 *
 * All but @features, @wish and @rss is written once when the port joins; read when it
 * leaves; RTNL.
 */
struct tandem_borrowed {
	u8 addr[ETH_ALEN];
	unsigned char addr_assign_type;
	unsigned int mtu;
	bool up;
	netdev_features_t features;
	struct tandem_wish wish[TANDEM_WISHES];
	struct tandem_rss rss;
};

/**
 * struct tandem_told - what is told of a port
 * @role: what it is used for
 * @reason: why it does not transmit
 * @state: what it does
 */
struct tandem_told {
	enum tandem_role role;
	enum tandem_reason reason;
	enum tandem_port_state state;
};

/**
 * struct tandem_stall_queue - a transmit queue as the monitor saw it last
 * @queued: bytes ever given to the driver
 * @completed: bytes ever completed by it
 * @since: when what is in flight was first seen, or something completed,
 *	milliseconds
 * @stalled: packets were in flight for too long
 */
struct tandem_stall_queue {
	u32 queued;
	u32 completed;
	u64 since;
	bool stalled;
};

/**
 * struct tandem_port - one of the two devices behind a tandem
 * @dev: the device; constant; the port has a reference from port_alloc() to
 *	port_free(), when no reader is left
 * @tandem: the tandem it is a port of; constant
 * @side: which of the two it is, whatever its role; constant
 * @role: what it is used for; written under RTNL, read by statistics without
 * @list: all ports there are; RTNL
 * @leaving: why it is on its way down though still running: its driver is about
 *	to be unbound, NETDEV_GOING_DOWN was seen, it is being released; if it
 *	is not, TANDEM_CAUSE_NONE; RTNL
 * @gone: the device behind it cannot be reached any more; RTNL
 * @usable: it was usable when it was last looked at; RTNL
 * @usable_since: since when it has been, milliseconds; RTNL
 * @carrier_downs: how often it had lost carrier then; RTNL
 * @opened: how often it was opened; written under RTNL
 * @ready: its driver has finished probing it, and it has what the master has;
 *	written under RTNL, read without; once set it stays
 * @refusal: what it cannot have of that, if it is not @ready; RTNL
 * @changing: it is us who change its MTU or MAC; RTNL
 * @xdp: the program of the master, if it has it; RTNL
 * @netpoll: lets netpoll use it; written under RTNL, read with interrupts off
 * @orig: what to give back; RTNL
 * @told: what listeners know of it; RTNL
 * @seen: the counters of @dev that &tandem.stats already contains;
 *	&tandem.stats_lock, once the port is published
 * @dev_tracker: the reference on @dev
 * @rcu: for freeing after the last reader
 * @stalled: it does not complete what it is given; written by the monitor's
 *	work
 * @opened_seen: @opened when the monitor looked last; the monitor's work
 * @look_due: when the monitor meant to look again, milliseconds; its work
 * @queues: length of @queue; constant
 * @queue: the queues as the monitor saw them last; the monitor's work
 */
struct tandem_port {
	struct net_device *dev;
	struct tandem *tandem;
	bool side;
	enum tandem_role role;
	struct list_head list;
	enum tandem_cause leaving;
	bool gone;
	bool usable;
	u64 usable_since;
	int carrier_downs;
	unsigned int opened;
	bool ready;
	enum tandem_reason refusal;
	bool changing;
	struct bpf_prog *xdp;
	struct netpoll *netpoll;
	struct tandem_borrowed orig;
	struct tandem_told told;
	struct rtnl_link_stats64 seen;
	netdevice_tracker dev_tracker;
	struct rcu_head rcu;
	bool stalled;
	unsigned int opened_seen;
	u64 look_due;
	unsigned int queues;
	struct tandem_stall_queue queue[];
};

/**
 * struct tandem_settings - what a user may set, see &enum tandem_attr
 * @prefer: &enum tandem_role
 * @reselect: &enum tandem_reselect
 * @updelay: milliseconds
 * @rx: &enum tandem_rx
 * @notify_peers: announcements
 * @notify_interval: milliseconds
 * @hold_limit: packets
 * @drain_timeout: milliseconds
 * @linger: milliseconds
 * @stall_timeout: milliseconds, 0 is never
 * @damping: when to keep the preferred port from use
 * @join: &enum tandem_join
 *
 * Written under RTNL; @rx, @hold_limit, @linger and @stall_timeout are read
 * without.
 */
struct tandem_settings {
	u32 prefer;
	u32 reselect;
	u32 updelay;
	u32 rx;
	u32 notify_peers;
	u32 notify_interval;
	u32 hold_limit;
	u32 drain_timeout;
	u32 linger;
	u32 stall_timeout;
	struct tandem_damping_settings damping;
	u32 join;
};

/**
 * struct tandem_hold - packets held back during a switch
 * @queue: the packets; its lock protects all of this
 * @on: packets are to be held
 * @held: how many ever were
 * @overflow: how many found no room
 */
struct tandem_hold {
	struct sk_buff_head queue;
	bool on;
	u64 held;
	u64 overflow;
};

/**
 * struct tandem_switches - what the switches so far have cost
 * @planned: from a port that still worked to another or none, nothing to be lost
 * @unplanned: from one that did not to another
 * @hold_us: for how long the last one held packets, microseconds
 * @hold_us_max: the longest of them
 * @rtnl_us_max: the longest time a switch had RTNL for itself, microseconds
 *
 * All RTNL.
 */
struct tandem_switches {
	u64 planned;
	u64 unplanned;
	u64 hold_us;
	u64 hold_us_max;
	u64 rtnl_us_max;
};

/**
 * struct tandem_record - a switch that was
 * @number: of the switch, from 1
 * @at: when it was, nanoseconds since boot, with suspend
 * @from: the role of the port that was active, TANDEM_ROLES if none was
 * @to: of the one that is since
 * @from_name: what that port was called, empty if there was none
 * @to_name: the same of the other
 * @cause: of the switch
 * @planned: the old port still worked, or there was nothing to be moved
 * @hold_us: for how long packets were held, microseconds
 * @drain_us: for how long of that the old port was waited for
 * @linger_us: for how long frames of the new port waited; written by the work
 *	of &struct tandem_linger, which is waited for before the next record is
 *	added
 * @held: packets held
 * @overflow: packets that found no room
 * @echoes: &tandem.echoes at that time
 * @duplicates: &tandem.duplicates at that time
 */
struct tandem_record {
	u32 number;
	u64 at;
	enum tandem_role from;
	enum tandem_role to;
	char from_name[IFNAMSIZ];
	char to_name[IFNAMSIZ];
	enum tandem_cause cause;
	bool planned;
	u32 hold_us;
	u32 drain_us;
	u32 linger_us;
	u32 held;
	u32 overflow;
	u32 echoes;
	u32 duplicates;
};

/**
 * struct tandem_history - the switches that were
 * @ring: the last ones, by their number
 * @number: of the last one, 0 before the first
 * @causes: how many there were, by cause
 *
 * RTNL; but the work of &struct tandem_linger reads @number and writes linger_us
 * of the last record. It does not run while a record is added.
 */
struct tandem_history {
	struct tandem_record ring[TANDEM_HISTORY];
	u32 number;
	u32 causes[TANDEM_CAUSES];
};

/**
 * struct tandem_candidate - a device that could be the VF and is not
 * @dev: the device; alive under RTNL
 * @reason: why it is not
 */
struct tandem_candidate {
	struct net_device *dev;
	enum tandem_reason reason;
};

/**
 * struct tandem_refusal - the last device that could not be made a port
 * @ifindex: of the device, 0 if there was none
 * @reason: why
 *
 * RTNL.
 */
struct tandem_refusal {
	int ifindex;
	enum tandem_reason reason;
};

/* What one port is ahead while frames of the other wait: 100 ms of 10000 a second. */
#define TANDEM_DUP_BUCKETS	1024
#define TANDEM_DUP_WAYS		4

/**
 * struct tandem_dup_entry - a broadcast or multicast frame seen lately
 * @hash: of the frame
 * @stamp: jiffies when one port got ahead of the other; what it is ahead is
 *	forgotten a while after that, however often the frame is repeated
 * @lead: how many more copies the port on one side has brought than that on the
 *	other; zero when the entry is free
 */
struct tandem_dup_entry {
	u32 hash;
	int lead;
	unsigned long stamp;
};

/**
 * struct tandem_dup_bucket - the frames whose hash ends alike
 * @lock: protects @way; innermost, taken with bottom halves off: in softirq and
 *	by the work of &struct tandem_linger
 * @way: the entries
 */
struct tandem_dup_bucket {
	spinlock_t lock;	/* protects way */
	struct tandem_dup_entry way[TANDEM_DUP_WAYS];
};

/**
 * struct tandem - one pair of ports, the private part of the master device
 * @active: the port that transmits, NULL when none can or while packets are
 *	held; written under RTNL, where a hold begins or ends also under its
 *	queue's lock; read under RCU
 * @rx_active: the port that needs no look when it receives: @active, NULL
 *	while frames of one may have to wait for the other's; written under
 *	RTNL or, while @linger is on, by its work under the queue's lock; read
 *	under RCU, only compared, never followed
 * @port: the ports by role, NULL where there is none; written under RTNL,
 *	read under RCU
 * @set: the settings
 * @echo: what we have sent and may come back
 * @hold: packets held back during a switch
 * @linger: frames that wait after a switch
 * @dev: the master device; constant
 * @list: all tandems there are; RTNL
 * @commanded: if not TANDEM_CAUSE_NONE, the preferred port is to be used once,
 *	whatever speaks for staying, and this is why; RTNL
 * @sleeps: it was told that the system is about to sleep; RTNL
 * @damping: how often the preferred port has failed; RTNL
 * @switches: what was measured; RTNL
 * @history: the switches that were; RTNL
 * @told: the reasons that listeners know of; RTNL
 * @log_limit: of lines in the kernel log
 * @refusal: the device that could not be made a port; RTNL
 * @home_addr: permanent addresses of the ports that have followed the master out of
 *	the first namespace, by the role they had; RTNL
 * @awaited: ifindex of the device that is back there and is to follow, or 0; RTNL
 * @wish: what was set for the primary; RTNL
 * @rss: the same of how it spreads what it receives; RTNL
 * @passing: offloads of a port are being changed; RTNL
 * @xdp: the program for both ports, with a reference; RTNL
 * @netpoll: netpoll uses it; RTNL
 * @echoes: own frames that came back and were dropped
 * @duplicates: second copies of frames that were dropped
 * @stalls: how often a port has stalled; written by the monitor's work
 * @monitor_work: looks for what no event tells
 * @monitor_due: jiffies at which the choice may change by time alone; written
 *	under RTNL, read by the monitor's work without
 * @monitor_timed: @monitor_due is set; the same
 * @monitor_kicked: the work has been asked to run at once; bit 0
 * @announce_left: how many announcements are still to be made; RTNL
 * @announce_owed: the next one is due, but the master cannot send; RTNL
 * @announce_work: makes them
 * @stats_lock: protects @stats and the ports' @seen; taken in process or
 *	softirq, with interrupts on
 * @stats_key: lock class of its own, as a tandem may sit above another
 *	master that reads its lower devices' counters under a lock
 * @stats: counters of all ports there are and were, by the role they had then
 * @start_work: starts the ports that joined while being probed
 * @dup_seed: makes the hashes of frames unforeseeable; constant
 * @bucket: frames to recognise the second copy of
 */
struct tandem {
	/* Fast path. */
	struct tandem_port __rcu *active;
	struct tandem_port __rcu *rx_active;
	struct tandem_port __rcu *port[TANDEM_ROLES];
	struct tandem_settings set;
	struct tandem_echo echo;

	/* Slow path. */
	struct tandem_hold hold;
	struct tandem_linger linger;
	struct net_device *dev;
	struct list_head list;
	enum tandem_cause commanded;
	bool sleeps;
	struct tandem_damping damping;
	struct tandem_switches switches;
	struct tandem_history history;
	enum tandem_reason told[TANDEM_ROLES];
	struct ratelimit_state log_limit;
	struct tandem_refusal refusal;
	u8 home_addr[TANDEM_ROLES][ETH_ALEN] __aligned(2);
	int awaited;
	struct tandem_wish wish[TANDEM_WISHES];
	struct tandem_rss rss;
	bool passing;
	struct bpf_prog *xdp;
	bool netpoll;
	atomic64_t echoes;
	atomic64_t duplicates;
	unsigned int stalls;
	struct delayed_work monitor_work;
	unsigned long monitor_due;
	bool monitor_timed;
	unsigned long monitor_kicked;
	unsigned int announce_left;
	bool announce_owed;
	struct delayed_work announce_work;
	spinlock_t stats_lock;	/* protects stats, and seen of the ports */
	struct lock_class_key stats_key;
	struct rtnl_link_stats64 stats[TANDEM_ROLES];
	struct work_struct start_work;
	u32 dup_seed;
	struct tandem_dup_bucket bucket[TANDEM_DUP_BUCKETS];
};

/* What the core says of a device: up, not detached, and with carrier. */
#define TANDEM_USABLE_MASK	(BIT(__LINK_STATE_START) | \
				 BIT(__LINK_STATE_PRESENT) | \
				 BIT(__LINK_STATE_NOCARRIER))
#define TANDEM_USABLE		(BIT(__LINK_STATE_START) | \
				 BIT(__LINK_STATE_PRESENT))

/**
 * tandem_port_usable() - can this port carry traffic now?
 * @port: the port
 *
 * The bits that decide about each packet.
 *
 * Context: any, under RCU or RTNL.
 * Return: true if it can.
 */
static inline bool tandem_port_usable(const struct tandem_port *port)
{
	return (READ_ONCE(port->dev->state) & TANDEM_USABLE_MASK) ==
	       TANDEM_USABLE;
}

/**
 * tandem_now() - the time that switches and delays are measured by
 *
 * Return: milliseconds, monotonic, not counting suspend.
 */
static inline u64 tandem_now(void)
{
	return ktime_to_ms(ktime_get());
}

/**
 * tandem_port_get() - the port in a role
 * @tandem: the tandem
 * @role: the role
 *
 * Context: RTNL.
 * Return: the port, NULL if the role is free.
 */
static inline struct tandem_port *tandem_port_get(const struct tandem *tandem,
						  enum tandem_role role)
{
	return rtnl_dereference(tandem->port[role]);
}

/**
 * tandem_port_next() - go through the ports
 * @tandem: the tandem
 * @port: the port before, NULL for the first one
 *
 * Context: RTNL.
 * Return: the next port in the order of enum tandem_role, NULL
 * after the last.
 */
static inline struct tandem_port *tandem_port_next(const struct tandem *tandem,
						   const struct tandem_port *port)
{
	enum tandem_role role = port ? port->role + 1 : 0;

	for (; role < TANDEM_ROLES; role++)
		if (tandem_port_get(tandem, role))
			return tandem_port_get(tandem, role);
	return NULL;
}

/**
 * tandem_port_published() - has a port its place in the tandem?
 * @port: the port
 *
 * On its way in or out it is linked to its master, but has no role.
 *
 * Context: RTNL.
 * Return: true if it has.
 */
static inline bool tandem_port_published(const struct tandem_port *port)
{
	return tandem_port_get(port->tandem, port->role) == port;
}

/* announce.c */
void tandem_announce_init(struct tandem *tandem);
void tandem_announce_cancel(struct tandem *tandem);
void tandem_announce_resume(struct tandem *tandem);
void tandem_announce_start(struct tandem *tandem, u32 least);

/* candidate.c */
unsigned int tandem_candidate_find(const struct tandem *tandem,
				   struct tandem_candidate *found,
				   unsigned int room);
enum tandem_reason tandem_candidate_reason(const struct tandem *tandem);
void tandem_candidate_event(const struct net_device *dev);

/* device.c */
extern struct list_head tandem_device_list;
bool tandem_device_is(const struct net_device *dev);
void tandem_device_setup(struct net_device *dev);
struct net_device *tandem_device_create_for(struct net_device *standby);
void tandem_device_destroy(struct net_device *dev, struct list_head *head);

/* drain.c */
void tandem_drain_room(const struct tandem_port *port, ktime_t end);
bool tandem_drain_wait(const struct tandem_port *port,
		       const struct tandem_port *next, ktime_t end);

/* dup.c */
void tandem_dup_init(struct tandem *tandem);
bool tandem_dup_seen(struct tandem *tandem, u32 hash, bool side);
u32 tandem_dup_hash(const struct sk_buff *skb, u32 seed);

/* ethtool.c */
extern const struct ethtool_ops tandem_ethtool_ops;

/* event.c */
void tandem_event_init(struct tandem *tandem);
void tandem_event_switch(struct tandem *tandem,
			 const struct tandem_record *record);
void tandem_event_state(struct tandem *tandem);

/* features.c */
netdev_features_t tandem_features_fix(struct net_device *dev,
				      netdev_features_t features);
void tandem_features_init(struct net_device *dev);
void tandem_features_join(struct tandem_port *port);
void tandem_features_leave(struct tandem_port *port);
int tandem_features_set(struct net_device *dev, netdev_features_t features);
void tandem_features_update(struct tandem *tandem);

/* filter.c */
void tandem_filter_rx_mode(struct net_device *dev);
void tandem_filter_rx_flags(struct net_device *dev, int change);
int tandem_filter_add_vid(struct net_device *dev, __be16 proto, u16 vid);
int tandem_filter_kill_vid(struct net_device *dev, __be16 proto, u16 vid);
void tandem_filter_sync(struct tandem_port *port);
void tandem_filter_unsync(struct tandem_port *port);
int tandem_filter_join(struct tandem_port *port,
		       struct netlink_ext_ack *extack);
void tandem_filter_leave(struct tandem_port *port);

/* history.c */
const char *tandem_history_cause(enum tandem_cause cause);
const char *tandem_history_role(enum tandem_role role);
const struct tandem_record *tandem_history_last(const struct tandem *tandem);
u64 tandem_history_real(u64 at);
void tandem_history_add(struct tandem *tandem, struct tandem_record *record);
void tandem_history_linger(struct tandem *tandem, s64 us);
size_t tandem_history_size(const struct net_device *dev, int attr);
int tandem_history_fill(struct sk_buff *skb, const struct net_device *dev,
			int *next, int attr);

/* hold.c */
void tandem_hold_init(struct tandem *tandem);
void tandem_hold_begin(struct tandem *tandem);
bool tandem_hold_take(struct tandem *tandem, struct sk_buff *skb,
		      struct tandem_port **active);
void tandem_hold_count(struct tandem *tandem, u64 *held, u64 *overflow);
void tandem_hold_release(struct tandem *tandem, struct tandem_port *port,
			 struct tandem_port *old, ktime_t end);

/* info.c */
size_t tandem_info_size(const struct net_device *dev);
int tandem_info_fill(struct sk_buff *skb, const struct net_device *dev);
size_t tandem_info_port_size(const struct net_device *dev,
			     const struct net_device *port_dev);
int tandem_info_port_fill(struct sk_buff *skb, const struct net_device *dev,
			  const struct net_device *port_dev);
struct tandem_told tandem_info_port(const struct tandem_port *port);

/* link.c */
int tandem_link_check(const struct nlattr *info, int type,
		      const struct nla_policy *policy, int max,
		      struct netlink_ext_ack *extack);
extern struct rtnl_link_ops tandem_link_ops;

/* monitor.c */
void tandem_monitor_init(struct tandem *tandem);
void tandem_monitor_cancel(struct tandem *tandem);
void tandem_monitor_start(struct tandem *tandem, u64 wait);
void tandem_monitor_kick(struct tandem *tandem);

/* pair.c */
int tandem_pair_add(struct net_device *dev, struct net_device *port_dev,
		    struct netlink_ext_ack *extack);
int tandem_pair_check(struct net_device *dev, struct netlink_ext_ack *extack);
int tandem_pair_del(struct net_device *dev, struct net_device *port_dev);
void tandem_pair_find(struct tandem *tandem);
void tandem_pair_forgive(struct tandem *tandem, enum tandem_reason why);
enum tandem_reason tandem_pair_judge(const struct tandem *tandem,
				     struct net_device *dev);
bool tandem_pair_matches(const struct tandem *tandem, struct net_device *dev);
bool tandem_pair_on_pci(const struct net_device *dev);
bool tandem_pair_paravirtual(const struct net_device *dev);
enum tandem_role tandem_pair_vf_role(const struct tandem *tandem);
extern struct notifier_block tandem_pair_notifier;

/* port.c */
extern struct list_head tandem_port_list;
struct tandem_port *tandem_port_of(const struct net_device *dev);
int tandem_port_join(struct tandem *tandem, struct net_device *dev,
		     enum tandem_role role, bool defer_start,
		     enum tandem_reason *why,
		     struct netlink_ext_ack *extack);
void tandem_port_leave(struct tandem_port *port, bool gone);
int tandem_port_set_addr(struct tandem_port *port, const u8 *addr,
			 struct netlink_ext_ack *extack);
int tandem_port_set_mtu(struct tandem_port *port, int mtu);
void tandem_port_shut(struct tandem_port *port);
int tandem_port_start(struct tandem_port *port, struct netlink_ext_ack *extack);
void tandem_port_start_work(struct work_struct *work);

/* role.c */
extern const struct nla_policy tandem_role_policy[];
int tandem_role_change(struct net_device *dev, struct net_device *port_dev,
		       struct nlattr *tb[], struct nlattr *data[],
		       struct netlink_ext_ack *extack);

/* rx.c */
bool tandem_rx_first(struct tandem *tandem, bool side,
		     const struct sk_buff *skb);
rx_handler_result_t tandem_rx_handle(struct sk_buff **pskb);

/* settings.c */
extern const struct nla_policy tandem_settings_policy[];
void tandem_settings_init(struct tandem_settings *set);
int tandem_settings_check(struct nlattr *data[],
			  struct netlink_ext_ack *extack);
void tandem_settings_apply(struct tandem *tandem, struct nlattr *data[]);
int tandem_settings_fill(struct sk_buff *skb,
			 const struct tandem_settings *set);

/* stall.c */
bool tandem_stall_sighted(const struct net_device *dev);
unsigned int tandem_stall_look(struct tandem_port *port, u64 now, u32 timeout);
enum tandem_stall tandem_stall_state(const struct tandem_port *port);

/* stats.c */
void tandem_stats_init(struct tandem *tandem);
void tandem_stats_uninit(struct tandem *tandem);
void tandem_stats_join(struct tandem_port *port);
void tandem_stats_leave(struct tandem_port *port);
void tandem_stats_fold(struct tandem *tandem);
void tandem_stats_get_role(struct tandem *tandem, enum tandem_role role,
			   struct rtnl_link_stats64 *stats);
void tandem_stats_get(struct net_device *dev, struct rtnl_link_stats64 *stats);

/* suspend.c */
bool tandem_suspend_pending(void);
enum tandem_role tandem_suspend_role(const struct tandem *tandem);
extern struct notifier_block tandem_suspend_notifier;

/* switch.c */
void tandem_switch_update(struct tandem *tandem);
void tandem_switch_leave(struct tandem_port *port, enum tandem_cause cause);
struct tandem_select_choice tandem_switch_explain(const struct tandem *tandem);

/* tstamp.c */
int tandem_tstamp_get(struct net_device *dev,
		      struct kernel_hwtstamp_config *config);
int tandem_tstamp_info(struct net_device *dev,
		       struct tandem_compat_ts_info *info);
int tandem_tstamp_ioctl(struct net_device *dev, struct ifreq *ifr, int cmd);
int tandem_tstamp_set(struct net_device *dev,
		      struct kernel_hwtstamp_config *config,
		      struct netlink_ext_ack *extack);

/* unbind.c */
bool tandem_unbind_gone(const struct tandem_port *port);
extern struct notifier_block tandem_unbind_notifier;

/* xdp.c */
int tandem_xdp_bpf(struct net_device *dev, struct netdev_bpf *bpf);
int tandem_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		    u32 flags);
int tandem_xdp_join(struct tandem_port *port, struct netlink_ext_ack *extack);
void tandem_xdp_leave(struct tandem_port *port);

/* xmit.c */
void tandem_xmit_over(struct tandem_port *port, struct sk_buff *skb);
struct net_device *tandem_xmit_slave(struct net_device *dev,
				     struct sk_buff *skb, bool all_slaves);
netdev_tx_t tandem_xmit_start(struct sk_buff *skb, struct net_device *dev);

#endif
