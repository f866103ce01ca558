/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A switch as those who send see it: hold, drain, publish, flush, while carriers are
 * lost, drivers unbound, commands given and the tandem deleted. linger.pml has what is
 * received. "runs" says with which options this is checked, and with which faults.
 *
 * "step: NAME FILE" stands where the driver has "model: NAME" in that FILE: a statement
 * here is what the driver does there, and nobody sees the middle of it.
 *
 * What is asked of it, by the names that a failure has:
 *
 * reordered	no packet comes after a later one of the same sender
 * lost		all that is sent arrives or is counted; in a planned switch, but for what
 *		finds the queue full, it arrives
 * stuck	a hold ends, everybody comes to an end, and nothing stays behind
 * let_go	no packet is given to a port whose driver was let go of; where the other one
 *		works, which is to say in a planned switch
 * freed	nobody looks at a port that was freed
 * dead		what was held does not go over a port that had failed before the flush,
 *		while the other one works
 * hold_ends	(ENDLESS) a hold ends, however fast and long somebody sends
 *
 * Where this is simpler than the driver, and why that hides nothing:
 *
 * - One order of memory for all. What is read without a lock are pointers under RCU,
 *   whose grace periods order them, and bits that may change right after in any case.
 *   Who reads an old NULL goes on as one who has read it just before it changed.
 * - A grace period waits for those who read when it began. It may take longer.
 * - A choice sees both ports at one moment. One made of two moments is that of a state
 *   in which the port that is chosen was fit and has failed since, which may be as well.
 * - A port is a queue and a ring of one packet. More in the ring is more of the same:
 *   whether it is empty is all that is asked.
 * - There is no time. What is bounded by it may end at any time with EXPIRE, and without
 *   only for its other reasons: as if drain_timeout were long enough.
 * - A driver with BQL. Without it the drain trusts in time, see above.
 * - A port without carrier, or gone, has lost what it had. One that keeps it may send it
 *   out of order when carrier is back. Order is not asked for then, nor where the driver
 *   gives it up: no port is left, the flush had its rounds, or (EXPIRE) the drain had its
 *   time while the old port still had something.
 * - Delays before a return (updelay, damping) and "reselect" are not there: they put off
 *   a switch, and here one may come at any time.
 * - What a sender gives a port by himself always finds room: sockets do not give more.
 *   What a flush gives it has to find room.
 * - Ports do not join. What that ends in is the update() that a command ends in.
 * - RCU's read side begins with a sender's first look and ends with the last thing he
 *   does. A longer one would only be waited for longer.
 */

#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef PACKETS
#define PACKETS 2	/* of each sender */
#endif
#ifndef LIMIT
#define LIMIT 2		/* hold_limit */
#endif
#ifndef ROUNDS
#define ROUNDS 9	/* FLUSH_ROUNDS: more than there are packets */
#endif
#ifndef COMMANDS
#define COMMANDS 0
#endif
#define TX_QUEUE_LEN 2	/* of a port: bursts of one */

#define PRIMARY 0
#define STANDBY 1
#define NONE 2		/* the pointer is NULL */
#define OTHER(p) (1 - (p))

/* A packet: who has sent it, was it held, which of his it is. */
#define PACKET(s, n) ((s) * 16 + (n))
#ifdef LAST
#define HELD 8
#else
#define HELD 0
#endif
#define SENDER(x) ((x) / 16)
#define NUMBER(x) ((x) & 7)
#define ALL (SENDERS * PACKETS)

#ifdef ENDLESS
#define GIVEN skip
#define COUNTED skip
#else
#define GIVEN n++; under_way++
#define COUNTED under_way--
#endif

/* The tandem. */
bool rtnl;
byte active_port = PRIMARY;
byte port[2];		/* by role; a port keeps its here */
bool running = true;
byte prefer = PRIMARY;
bool on;		/* hold.on */
chan queue = [LIMIT] of { byte };
chan batch = [LIMIT] of { byte };
bool kicked;		/* monitor_kicked, the work is queued */
bool monitoring;	/* the work runs */
bool cancelled;

/* The ports. */
bool up[2] = true;
bool carrier[2] = true;
bool gone[2];		/* and nobody was told: see tandem_unbind_gone() */
bool leaving[2];
bool stalled[2];	/* the monitor has found that */
bool silent[2];		/* does not complete anything */
bool removed[2];	/* the driver was told to go and drops all */
chan qdisc[2] = [ALL] of { byte };
chan ring[2] = [1] of { byte };

/* What the checks need to know; nobody else looks at it. */
bool reading[SENDERS + 1];	/* within RCU's read side; the last one is the switch */
bool awaited[SENDERS + 1];	/* by a grace period that is under way */
bool released[2];	/* freed */
byte last[SENDERS];	/* that arrived, of each sender */
byte under_way;		/* sent, and neither arrived nor counted */
byte ended;		/* processes that have come to their end */
bool overtakes;		/* order was given up: hold.c says when */
bool failed_before[2];	/* the flush */
hidden byte reordered, lost, stuck, let_go, freed, dead;
hidden byte moved;

#define CHECK(fault, wrong) d_step { fault = (wrong); assert(!fault) }

/* tandem_port_usable(), port_can_send(), can_send(), port_works() */
#define usable(p) (up[p] && carrier[p])
#define can_send(p) (usable(p) && !gone[p])
#define works(p) (can_send(p) && !stalled[p] && running)
/* port_reason(): nothing against it, or a stall alone. */
#define well(p) (port[p] != NONE && !leaving[p] && can_send(p) && running)
#define fit(p) (well(p) && !stalled[p])
#define takes(p) (can_send(p) && !removed[p])
#define idle(p) (empty(qdisc[p]) && IDLE_RING(p))
#define busy(p) (nempty(qdisc[p]) || nempty(ring[p]))

#ifdef FAULT_DRAIN_QDISC_ONLY
#define IDLE_RING(p) true
#else
#define IDLE_RING(p) empty(ring[p])
#endif

#ifdef EXPIRE
#define EXPIRED :: true
#else
#define EXPIRED
#endif

/* All that a port has is lost with it. */
inline lose(p)
{
	do
	:: qdisc[p]?moved -> COUNTED
	:: empty(qdisc[p]) && nempty(ring[p]) -> ring[p]?moved; COUNTED
	:: empty(qdisc[p]) && empty(ring[p]) -> break
	od;
	moved = 0
}

inline grace()
{
	d_step {
		awaited[0] = reading[0];
#if SENDERS > 1
		awaited[1] = reading[1];
#endif
	};
	(!awaited[0]);
#if SENDERS > 1
	(!awaited[1]);
#endif
}

/* Transmit: the last thing that is done with a packet ends RCU's read side. */

#define DONE(s) reading[s] = false; awaited[s] = false

/* It is counted as dropped, and nobody may have to, in a planned switch. */
inline drop()
{
	COUNTED;
#ifdef PLANNED
	CHECK(lost, true)
#endif
}

/* The packet is the port's. */
inline hand_over(s, p, x)
{
	atomic {
		CHECK(freed, released[p]);
#ifdef PLANNED
		CHECK(let_go, removed[p]);
#endif
		if
		:: takes(p) && nfull(qdisc[p]) -> qdisc[p]!x
		:: takes(p) && full(qdisc[p]) -> drop()
		:: !takes(p) -> drop()
		fi;
		DONE(s)
	}
}

inline kick()
{
	kicked = !cancelled
}

inline send_elsewhere(s, q, x)
{
	/* step: xmit-elsewhere xmit.c */
	q = port[PRIMARY];
	if
	:: q != NONE && usable(q)
	:: else ->
		q = port[STANDBY];
		if
		:: q != NONE && usable(q)
		:: else -> q = NONE
		fi
	fi;
	if
	:: q != NONE ->
		kick();
		hand_over(s, q, x)
	:: else -> atomic { drop(); DONE(s) }
	fi;
	q = 0
}

inline xmit_over(s, p, q, x)
{
	if
	/* step: xmit-over xmit.c */
	:: atomic { usable(p) -> CHECK(freed, released[p]) };
		hand_over(s, p, x)
	:: atomic { !usable(p) -> CHECK(freed, released[p]) };
		send_elsewhere(s, q, x)
	fi
}

/* tandem_hold_take() */
inline hold_take(s, p, taken, x)
{
	/* step: hold-take hold.c */
	d_step {
#ifdef FAULT_HOLD_TAKES_ALWAYS
		taken = true;
#else
		taken = on;
#endif
		if
		:: taken && nfull(queue) -> queue!x; DONE(s)
		:: taken && full(queue) -> COUNTED; DONE(s)
		:: !taken ->
			/* step: hold-look-again hold.c */
#ifdef FAULT_NO_SECOND_LOOK
			p = NONE
#else
			p = active_port
#endif
		fi
	}
}

proctype sender(byte s)
{
	byte p, q, n;
	bool taken;

	do
	:: n < PACKETS ->
		if
		:: atomic { running ->
			reading[s] = true;
			GIVEN;
			/* step: xmit-look xmit.c */
			p = active_port }
		:: !running -> break
		fi;
		if
		:: p != NONE -> xmit_over(s, p, q, PACKET(s, n))
		:: else ->
			hold_take(s, p, taken, PACKET(s, n) + HELD);
			if
			:: taken
			:: else ->
#ifdef FAULT_LATE_LOOK
				p = active_port;
#endif
				if
				:: p != NONE ->
					xmit_over(s, p, q, PACKET(s, n))
				:: else ->
					send_elsewhere(s, q, PACKET(s, n))
				fi
			fi
		fi;
		atomic { p = 0; taken = false }
	:: n == PACKETS -> break
	od;
	ended++
}

/* A port's device sends what its qdisc gives it; the network has its ears open. */
proctype device(byte p)
{
	byte x;

end:	do
	:: atomic { can_send(p) && !silent[p] && nempty(qdisc[p]) && empty(ring[p]) ->
		qdisc[p]?x; ring[p]!x; x = 0 }
	:: d_step { can_send(p) && !silent[p] && nempty(ring[p]) ->
		ring[p]?x;
#ifndef ENDLESS
		reordered = !overtakes && NUMBER(x) <= last[SENDER(x)];
		assert(!reordered);
		last[SENDER(x)] = NUMBER(x);
#endif
		COUNTED; x = 0 }
	od
}

/* The switch. All of it has RTNL. */

/* select.c: the preferred one if that is fit; if no one is, one that has stalled. */
inline best_port(old, new)
{
	if
	:: fit(prefer) -> new = prefer
	:: !fit(prefer) && fit(OTHER(prefer)) -> new = OTHER(prefer)
	:: else ->
		if
		:: old != NONE && well(old) -> new = old
		:: else ->
			if
			:: well(PRIMARY) -> new = PRIMARY
			:: !well(PRIMARY) && well(STANDBY) -> new = STANDBY
			:: else -> new = NONE
			fi
		fi
	fi
}

inline drain_wait(p, next)
{
	if
	:: !can_send(p)
	:: next != NONE && !can_send(next)
	:: idle(p)
#if defined(EXPIRE) && !defined(FAULT_DRAIN_WITHOUT_END)
	:: busy(p) -> overtakes = true
#endif
	fi
}

inline send_batch(p, q, x)
{
	do
	:: nempty(batch) ->
		batch?x;
		/* step: drain-room drain.c */
		if
#ifndef FAULT_NO_ROOM
		:: !can_send(p)
		:: len(qdisc[p]) <= TX_QUEUE_LEN / 2
		EXPIRED
#else
		:: true
#endif
		fi;
		/* step: flush-send hold.c */
#ifdef PLANNED
		CHECK(lost, on && len(qdisc[p]) >= TX_QUEUE_LEN);
#endif
#ifdef GONE
		CHECK(dead, failed_before[p] && works(OTHER(p)));
#endif
		xmit_over(SENDERS, p, q, x)
	:: empty(batch) -> break
	od
}

inline take_batch(new, final)
{
	/* step: flush-take hold.c */
	d_step {
		do
		:: queue?moved -> batch!moved
		:: empty(queue) -> break
		od;
		if
#ifdef FAULT_EARLY_PUBLISH
		:: true ->
#else
		:: final || empty(batch) ->
#endif
			overtakes = overtakes || (final && nempty(batch));
#ifndef FAULT_SPLIT_PUBLISH
			/* step: flush-publish hold.c */
			active_port = new;
			on = false
#endif
#ifndef FAULT_EARLY_PUBLISH
		:: !(final) && nempty(batch)
#endif
		fi
	}
#ifdef FAULT_SPLIT_PUBLISH
	if
	:: final || empty(batch) ->
		active_port = new;
		on = false
	:: !(final) && nempty(batch)
	fi
#endif
}

inline switch_planned(old, new, q, x, round)
{
	/* step: hold-set hold.c */
	d_step { on = true; active_port = NONE };
	/* step: hold-grace hold.c */
#ifndef FAULT_NO_GRACE
	grace();
#endif
	/* step: drain-wait drain.c */
#ifndef FAULT_NO_DRAIN
	drain_wait(old, new);
#endif
#ifdef GONE
	d_step {
		failed_before[PRIMARY] = !can_send(PRIMARY);
		failed_before[STANDBY] = !can_send(STANDBY)
	};
#endif
	/* step: decide-again switch.c */
#ifndef FAULT_NO_SECOND_CHOICE
	d_step { best_port(old, new) };
#endif
#ifdef FAULT_STAYING_KEEPS_HOLD
	if
	:: new == old
	:: else ->
#endif
	round = 0;
	do
	:: take_batch(new, (new == NONE || round >= ROUNDS));
		if
		:: empty(batch) -> break
		:: nempty(batch)
		fi;
		if
		:: new != NONE -> send_batch(new, q, x)
		:: else -> send_batch(old, q, x)
		fi;
		if
		:: new == NONE || round >= ROUNDS -> break
#ifdef FAULT_FLUSH_WITHOUT_END
		:: else
#else
		:: else -> round++
#endif
		fi
	od;
#ifdef FAULT_STAYING_KEEPS_HOLD
	fi;
#endif
	round = 0;
	if
	/* step: drain-last switch.c */
#ifndef FAULT_NO_LAST_DRAIN
	:: new == NONE -> drain_wait(old, NONE)
#endif
	:: else
	fi
}

inline update(old, new, q, x, round)
{
	/* step: decide switch.c */
	d_step { old = active_port; best_port(old, new) };
	if
	:: new == old
	:: new != old && old != NONE && works(old) ->
		switch_planned(old, new, q, x, round)
	:: else ->
		/* step: publish-unplanned switch.c */
		active_port = new
	fi;
	CHECK(stuck, on || nempty(queue));
	d_step { old = 0; new = 0; q = 0; x = 0 }
}

inline rtnl_lock()
{
	atomic { !rtnl -> rtnl = true }
}

inline rtnl_unlock()
{
	rtnl = false
}

/* tandem_port_leave(), of a port whose device has been closed or will be. */
inline port_leave(p, old, new, q, x, round)
{
	leaving[p] = true;
	update(old, new, q, x, round);
	/* step: port-unpublish port.c */
	port[p] = NONE;
	d_step { up[p] = false; lose(p) };
	/* step: port-grace port.c */
#ifndef FAULT_NO_LEAVE_GRACE
	grace();
#endif
	released[p] = true
}

#ifdef UNBIND
/* The driver of the primary is unbound: the notifier, then its remove(). */
proctype unbind()
{
	byte old, new, q, x, round;

	rtnl_lock();
	if
	:: port[PRIMARY] == NONE -> goto absent
	:: else
	fi;
	/* step: unbind-leave unbind.c */
	leaving[PRIMARY] = true;
	update(old, new, q, x, round);
	rtnl_unlock();
	d_step {
#ifdef PLANNED
		lost = nempty(qdisc[PRIMARY]) || nempty(ring[PRIMARY]);
		assert(!lost);
#endif
#ifdef LAST
		/* What comes after that has nowhere to go; what was held has gone. */
		do
		:: qdisc[PRIMARY]?x -> COUNTED; lost = x & HELD; assert(!lost)
		:: empty(qdisc[PRIMARY]) && nempty(ring[PRIMARY]) ->
			ring[PRIMARY]?x; COUNTED; lost = x & HELD; assert(!lost)
		:: empty(qdisc[PRIMARY]) && empty(ring[PRIMARY]) -> break
		od;
		x = 0;
#endif
		removed[PRIMARY] = true;
		lose(PRIMARY)
	};
	rtnl_lock();
	if
	:: port[PRIMARY] == NONE
	:: else -> port_leave(PRIMARY, old, new, q, x, round)
	fi;
absent:	rtnl_unlock();
	ended++
}
#endif

#if COMMANDS
/* Another cause: somebody wants the other one, and maybe back. */
proctype command()
{
	byte old, new, q, x, round, n;

	do
	:: n < COMMANDS ->
		atomic { rtnl_lock(); n++; prefer = OTHER(prefer) };
		update(old, new, q, x, round);
		rtnl_unlock()
	:: else -> break
	od;
	atomic { n = 0; ended++ }
}
#endif

#if defined(PRIMARY_FAILS) || defined(STANDBY_FAILS)
/* Whatever happens to a port and nobody has to be asked for. */
proctype fate(byte p)
{
	if
	:: true
#ifdef CARRIER
	:: d_step { carrier[p] = false; lose(p) };
		/* NETDEV_CHANGE, or the monitor's own look. */
		kick();
#ifdef BACK
		d_step { carrier[p] = true; overtakes = true };
		kick()
#endif
#endif
#ifdef GONE
	:: d_step { gone[p] = true; lose(p) }
#endif
#ifdef STALL
	:: silent[p] = true;
		if
		:: true
		:: stalled[p] = true; kick()
		fi
#endif
	fi;
	ended++
}
#endif

proctype monitor()
{
	byte old, new, q, x, round;

end:	do
	:: atomic { kicked -> kicked = false; monitoring = true };
		rtnl_lock();
		/* step: monitor-update monitor.c */
		update(old, new, q, x, round);
		rtnl_unlock();
		monitoring = false
	od
}

#ifdef DELETE
/* The tandem is closed and deleted, as in one hold of RTNL. */
proctype delete()
{
	byte old, new, q, x, round;

	rtnl_lock();
	/* The core, before ndo_stop: nothing is sent any more after dev_deactivate(). */
	running = false;
	grace();
	/* step: close device.c */
	update(old, new, q, x, round);
	d_step { up[PRIMARY] = false; lose(PRIMARY) };
	d_step { up[STANDBY] = false; lose(STANDBY) };
	if
	:: port[PRIMARY] == NONE
	:: else -> port_leave(PRIMARY, old, new, q, x, round)
	fi;
	if
	:: port[STANDBY] == NONE
	:: else -> port_leave(STANDBY, old, new, q, x, round)
	fi;
#ifdef FAULT_CANCEL_UNDER_RTNL
	d_step { cancelled = true; kicked = false };
	(!monitoring);
#endif
	rtnl_unlock();
	/* step: cancel device.c */
	d_step { cancelled = true; kicked = false };
	(!monitoring);
	ended++
}
#endif

/* When nobody can do anything any more. */
proctype verdict(byte all)
{
	timeout;
	CHECK(stuck, ended != all || rtnl || on || nempty(queue) || monitoring);
	CHECK(lost, under_way != len(qdisc[PRIMARY]) + len(ring[PRIMARY]) +
	      len(qdisc[STANDBY]) + len(ring[STANDBY]));
#ifdef PLANNED
	CHECK(lost, under_way != 0);
#endif
}

#ifdef ENDLESS
ltl hold_ends { [] (on -> <> !on) }
#endif

init
{
	byte all;

	atomic {
		port[PRIMARY] = PRIMARY;
		port[STANDBY] = STANDBY;
#ifdef LAST
		port[STANDBY] = NONE;
#endif
		run device(PRIMARY);
		run device(STANDBY);
		run sender(0);
#if SENDERS > 1
		run sender(1);
#endif
		all = SENDERS;
		run monitor();
#ifdef UNBIND
		run unbind();
		all++;
#endif
#if COMMANDS
		run command();
		all++;
#endif
#ifdef PRIMARY_FAILS
		run fate(PRIMARY);
		all++;
#endif
#ifdef STANDBY_FAILS
		run fate(STANDBY);
		all++;
#endif
#ifdef DELETE
		run delete();
		all++;
#endif
#ifndef ENDLESS
		run verdict(all)
#endif
	}
}
