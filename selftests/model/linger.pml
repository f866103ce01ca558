/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A switch as frames that are received see it: those of the new port wait until the
 * old one is quiet. See switch.pml for what is sent, and for how to read the steps.
 *
 * What is asked of it:
 *
 * reordered	a flow comes up in the order it was sent in: one that the network moves
 *		from port to port, or (GROUP) a broadcast that both ports bring
 * lost		no frame is lost, and a port is let go only when it has none any more
 * doubled	no broadcast comes up twice
 * stuck	the linger ends, everybody comes to an end, nothing stays behind
 * freed	nobody looks at a tandem that was freed
 *
 * Where this is simpler than the driver, and why that hides nothing:
 *
 * - One order of memory for all, and no time, see switch.pml.
 * - Quiet is a matter of time: six looks, and every CPU interrupted before the last.
 *   That no frame of the old port needs longer from the network to where it is counted
 *   is what the driver relies on, and so does this: the last look waits for it. How long
 *   one takes from there on up is not relied on. So what is counted makes no difference
 *   here but to the fault that looks at it.
 * - With EXPIRE the linger may end before that at any time. The network's flow may be
 *   out of order then, which nobody promises; a broadcast may not.
 * - The network learns of the switch by a held packet, at any time after that was sent,
 *   or at the latest by the announcement.
 * - Each port receives on one CPU: frames of one flow do.
 * - Second copies are recognised without fail; a hash that is full is not to be seen.
 * - While no linger is on, a broadcast comes first over the active port, and is up there
 *   before the other copy comes. Otherwise two CPUs race, with a switch or without.
 * - ROUNDS is not reached: there are fewer frames.
 * - An unplanned switch is not there: what its port had is lost, and the linger before it
 *   ends as with EXPIRE. Nor are "linger 0", which promises nothing, and "rx active".
 * - Where there was no room the old port is waited for until the linger is over. That
 *   this is longer than its last frame needs is relied on: the wait is for that frame.
 */

#ifndef FRAMES
#define FRAMES 3
#endif
#ifndef SWITCHES
#define SWITCHES 1
#endif
#ifndef LIMIT
#define LIMIT FRAMES	/* hold_limit; of broadcasts both copies may wait */
#endif

#define PRIMARY 0
#define STANDBY 1
#define NONE 2		/* the pointer is NULL */
#define OTHER(p) (1 - (p))

/* The tandem. */
bool rtnl;
byte active_port = PRIMARY;
byte rx_active = PRIMARY;
bool on, closing, too_full;	/* linger.on, .closing, .full */
byte new_port;			/* linger.new */
byte arrivals;
bool expired;			/* linger.end is over */
bool queued, works;		/* linger.work */
bool leaving;			/* the primary */
byte references;
chan queue = [LIMIT] of { byte, byte };	/* frame, side */
chan batch = [LIMIT] of { byte, byte };

/* The network. */
chan wire[2] = [FRAMES] of { byte };
byte path = PRIMARY;		/* that it has learned */
bool heard;			/* a packet over the new port */

/* What the checks need to know. */
bool counted[2] = true;		/* the frame that a port is with, if it is with one */
bool reading[2];		/* within RCU's read side: a port's softirq */
bool awaited[2];
bool passing[2];		/* it was told that no linger is on */
byte last;			/* that came up */
byte came[2];			/* over each port so far */
bool seen[FRAMES + 1];		/* by the filter of second copies */
bool raised[FRAMES + 1];	/* came up */
byte left_over = FRAMES;	/* have not come up yet */
byte ended;
bool overtakes;			/* order was given up */
bool early;			/* the linger did not have to end with quiet */
bool gone;			/* the tandem was freed */
hidden byte reordered, lost, doubled, stuck, freed;

#define HAS_TO_WAIT(p) (p == new_port || closing)

#ifdef GROUP
#define AT_REST(p) true
#else
#define AT_REST(p) (empty(wire[p]) && counted[p] && path != p)
#endif

#define CHECK(fault, wrong) d_step { fault = (wrong); assert(!fault) }

inline grace()
{
	d_step { awaited[0] = reading[0]; awaited[1] = reading[1] };
	(!awaited[0]);
	(!awaited[1])
}

inline rtnl_lock()
{
	atomic { !rtnl -> rtnl = true }
}

inline rtnl_unlock()
{
	rtnl = false
}

/* It comes up. */
inline receive(x)
{
	d_step {
#ifdef GROUP
		reordered = x <= last;
		doubled = raised[x];
		assert(!doubled);
#else
		reordered = x <= last && !overtakes;
#endif
		assert(!reordered);
		raised[x] = true;
		last = x;
		left_over--
	}
}

/* A port's softirq: what the network has for the port, in that order. */
proctype softirq(byte p)
{
	byte x, at;
	bool mine, late;

end:	do
#ifdef GROUP
	:: atomic { nempty(wire[p]) &&
		    (rx_active == p || rx_active == NONE || came[p] < last) ->
#else
	:: atomic { nempty(wire[p]) ->
#endif
		wire[p]?x;
		came[p] = x;
		reading[p] = true;
		counted[p] = false;
		/* step: rx-look rx.c */
		at = rx_active;
		passing[p] = (at != NONE) };
		/* step: linger-take linger.c */
		d_step {
			counted[p] = true;
			late = (at == NONE && !on);
			if
			:: at != NONE || !on -> mine = true
			:: at == NONE && on && !HAS_TO_WAIT(p) ->
				arrivals++;
				mine = true
			:: at == NONE && on && HAS_TO_WAIT(p) && nfull(queue) ->
#ifdef FAULT_NEW_PORT_DOES_NOT_WAIT
				mine = true
#else
				queue!x, p;
				mine = false;
				reading[p] = false;
				awaited[p] = false
#endif
			:: at == NONE && on && HAS_TO_WAIT(p) && full(queue) ->
				too_full = true;
				overtakes = true;
				mine = true
			fi
		};
		if
		:: mine ->
#ifdef GROUP
			/* step: rx-first rx.c */
			d_step {
				mine = !seen[x];
				seen[x] = true;
				if
				:: mine && late -> receive(x); mine = false
				:: else
				fi
			};
			if
			:: mine -> receive(x)
			:: else
			fi;
#else
			receive(x);
#endif
			atomic { reading[p] = false; awaited[p] = false; passing[p] = false }
		:: else
		fi;
		atomic { x = 0; at = 0; mine = false; late = false }
	od
}

/* linger_work() */

inline look_again(quiet, counter, again)
{
	/* step: linger-look linger.c */
	d_step {
		quiet = (arrivals == counter -> quiet + 1 : 0);
		counter = arrivals;
		again = on && !too_full && quiet < 2 && !expired;
#ifndef FAULT_NO_CLOSING
		closing = on && !too_full && !again
#endif
	}
}

inline let_in(x, p, mine)
{
	do
	:: true ->
		/* step: linger-let-in linger.c */
		d_step {
			do
			:: queue?x, p -> batch!x, p
			:: empty(queue) -> break
			od;
			x = 0; p = 0;
#ifdef FAULT_OFF_EARLY
			mine = on;
#else
			mine = on && empty(batch);
#endif
			if
			:: mine -> on = false; rx_active = new_port
			:: !mine
			fi;
			mine = false
		};
		if
		:: empty(batch) -> break
		:: nempty(batch)
		fi;
		do
		:: nempty(batch) ->
			batch?x, p;
#ifdef GROUP
#ifdef FAULT_COPIES_NOT_COMPARED
			d_step { mine = true; seen[x] = true };
#else
			d_step { mine = !seen[x]; seen[x] = true };
#endif
			if
			:: mine -> receive(x)
			:: else
			fi
#else
			receive(x)
#endif
		:: empty(batch) -> break
		od
	od
}

proctype work()
{
	byte quiet, counter, x, p;
	bool again, mine;

end:	do
	:: atomic { queued -> queued = false; works = true };
		CHECK(freed, gone);
#ifdef FAULT_WORK_TAKES_RTNL
		rtnl_lock();
#endif
		do
		:: true ->
			look_again(quiet, counter, again);
			if
			:: !again -> break
			:: else
			fi;
			if
			:: quiet == 0
			/* step: linger-kick linger.c */
			:: quiet == 1 && AT_REST(OTHER(new_port))
			:: expired
			:: too_full
			fi
		od;
		/* step: linger-grace linger.c */
		if
#ifndef FAULT_NO_LINGER_GRACE
#ifdef FAULT_NO_GRACE_WHEN_QUIET
		:: closing && counter > 0 -> grace()
#else
		:: closing -> grace()
#endif
#endif
		:: else
		fi;
		let_in(x, p, mine);
#ifdef FAULT_WORK_TAKES_RTNL
		rtnl_unlock();
#endif
		atomic { quiet = 0; counter = 0; again = false; works = false }
	od
}

/* The network: a flow, and what it learns. */

proctype network()
{
	byte n;

	do
	:: n < FRAMES ->
#ifdef GROUP
		atomic { n++; wire[PRIMARY]!n; wire[STANDBY]!n }
#else
		atomic { n++; wire[path]!n }
#endif
	:: else -> break
	od;
	ended++
}

proctype bridge()
{
end:	do
	:: atomic { heard && path != active_port -> path = active_port }
	od
}

/* The switch, of which switch.pml has the other half. */

inline flush_work()
{
	(!queued && !works)
}

inline linger_end(p)
{
	/* step: linger-end linger.c */
	flush_work();
	rx_active = p
}

inline switch_planned(new)
{
	new = OTHER(active_port);
#ifndef FAULT_NO_END_BEFORE
	linger_end(active_port);
#endif
	/* hold-grace: that of switch.pml */
	grace();
#ifdef FAULT_LINGER_AFTER_FLUSH
	d_step { heard = true; active_port = new; new_port = new };
#endif
	/* step: linger-begin linger.c */
	d_step {
		on = true;
		closing = false;
		too_full = false;
		expired = false;
		new_port = new;
		arrivals = 0;
		rx_active = NONE
	};
	/* The first packet over the new port: flush-send. */
	d_step { heard = true; active_port = new_port };
	/* Announced. */
	d_step { heard = false; path = new_port };
	/* step: linger-watch linger.c */
#ifndef FAULT_NO_WATCH
	queued = true
#endif
}

#ifdef UNBIND
proctype unbind()
{
	byte new;

	rtnl_lock();
	if
	:: active_port == NONE -> goto absent
	:: else
	fi;
#ifndef FAULT_NO_REFERENCE
	references++;
#endif
	leaving = true;
	if
	:: active_port == PRIMARY -> switch_planned(new)
	:: else
	fi;
	rtnl_unlock();
	/* step: unbind-linger unbind.c */
#ifndef FAULT_NO_LINGER_WAIT
	flush_work();
	/* step: linger-wait-on linger.c */
#ifndef FAULT_NO_WAIT_WITHOUT_ROOM
	(!too_full || expired || AT_REST(OTHER(new_port)));
#endif
#endif
	CHECK(freed, gone);
#ifndef FAULT_NO_REFERENCE
	references--;
#endif
#ifndef GROUP
	CHECK(lost, !early && (nempty(wire[PRIMARY]) || !counted[PRIMARY]));
#endif
	goto out;
absent:	rtnl_unlock();
out:	ended++
}
#endif

#if SWITCHES
proctype command()
{
	byte n, new;

	do
	:: n < SWITCHES ->
		n++;
		rtnl_lock();
		if
		:: active_port == PRIMARY || active_port == STANDBY && !leaving ->
			switch_planned(new)
		:: else
		fi;
		rtnl_unlock()
	:: else -> break
	od;
	ended++
}
#endif

#ifdef EXPIRE
proctype clock()
{
end:	do
	:: atomic { on && !expired -> expired = true; overtakes = true; early = true }
	od
}
#endif

#ifdef DELETE
/* Closed and deleted: nothing comes from below any more, nobody minds what is lost. */
proctype delete()
{
	rtnl_lock();
	d_step { active_port = NONE; expired = true; overtakes = true; early = true };
	linger_end(NONE);
	rtnl_unlock();
	(references == 0);
	/* step: linger-wait device.c */
	flush_work();
	gone = true;
	ended++
}
#endif

proctype verdict(byte all)
{
	timeout;
	CHECK(stuck, ended != all || rtnl || on || nempty(queue) || queued || works);
	CHECK(lost, left_over);
}

init
{
	byte all;

	atomic {
		run softirq(PRIMARY);
		run softirq(STANDBY);
		run work();
		run network();
		run bridge();
		all = 1;
#ifdef UNBIND
		run unbind();
		all++;
#endif
#if SWITCHES
		run command();
		all++;
#endif
#ifdef EXPIRE
		run clock();
#endif
#ifdef DELETE
		run delete();
		all++;
#endif
		run verdict(all)
	}
}
