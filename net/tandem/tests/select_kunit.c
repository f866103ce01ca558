// SPDX-License-Identifier: GPL-2.0
/* The decision which port transmits, asked in every state there is. */

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "../select.h"

#define UPDELAY	1000
#define DAMPED	5000

/* How many states input_of() knows: of a port, of all else, of both ports and that. */
#define PORT_STATES	(64 * 3)
#define OTHER_STATES	(3 * 3 * 16)
#define STATES		(PORT_STATES * PORT_STATES * OTHER_STATES)

/* Take the last digit of a number whose digits are of different bases. */
static unsigned int digit(unsigned int *code, unsigned int base)
{
	unsigned int value = *code % base;

	*code /= base;
	return value;
}

static struct tandem_select_port port_of(unsigned int *code)
{
	static const u64 usable_for[] = { 0, UPDELAY - 1, UPDELAY };

	return (struct tandem_select_port){
		.present = digit(code, 2),
		.leaving = digit(code, 2),
		.refusal = digit(code, 2) ? TANDEM_REASON_MTU :
					    TANDEM_REASON_NONE,
		.running = digit(code, 2),
		.carrier = digit(code, 2),
		.stalled = digit(code, 2),
		.usable_for = usable_for[digit(code, ARRAY_SIZE(usable_for))],
	};
}

/* State number @code of STATES. */
static struct tandem_select_input input_of(unsigned int code)
{
	static const u64 damped[] = { 0, UPDELAY / 2, DAMPED };
	struct tandem_select_input in = {
		.port[TANDEM_PRIMARY] = port_of(&code),
		.port[TANDEM_STANDBY] = port_of(&code),
		.active = digit(&code, TANDEM_ROLES + 1),
		.prefer = digit(&code, TANDEM_ROLES),
		.reselect = digit(&code, 2),
		.commanded = digit(&code, 2),
		.updelay = digit(&code, 2) * UPDELAY,
		.damped = damped[digit(&code, ARRAY_SIZE(damped))],
	};

	return in;
}

/* Neither anything that stands against a port nor, if @stalled, anything but that. */
static bool port_is(const struct tandem_select_port *port, bool stalled)
{
	return port->present && !port->leaving && port->running &&
	       port->refusal == TANDEM_REASON_NONE && port->carrier &&
	       port->stalled == stalled;
}

static bool role_is(const struct tandem_select_input *in, enum tandem_role role,
		    bool stalled)
{
	return role < TANDEM_ROLES && port_is(&in->port[role], stalled);
}

static bool any_is(const struct tandem_select_input *in, bool stalled)
{
	return role_is(in, TANDEM_PRIMARY, stalled) ||
	       role_is(in, TANDEM_STANDBY, stalled);
}

static bool both_are(const struct tandem_select_input *in, bool stalled)
{
	return role_is(in, TANDEM_PRIMARY, stalled) &&
	       role_is(in, TANDEM_STANDBY, stalled);
}

static enum tandem_role other_of(enum tandem_role role)
{
	return role == TANDEM_PRIMARY ? TANDEM_STANDBY : TANDEM_PRIMARY;
}

/* What the switch makes of the choice. */
static void follow(struct tandem_select_input *in, enum tandem_role role)
{
	in->active = role;
	if (role == in->prefer)
		in->commanded = false;
}

/* The same a while later. */
static void pass(struct tandem_select_input *in, u64 ms)
{
	in->port[TANDEM_PRIMARY].usable_for += ms;
	in->port[TANDEM_STANDBY].usable_for += ms;
	in->damped -= min(in->damped, ms);
}

static void fail(struct kunit *test, unsigned int code,
		 const struct tandem_select_choice *choice)
{
	KUNIT_FAIL(test, "state %u: role %u, reasons %u and %u, wait %llu",
		   code, choice->role, choice->reason[TANDEM_PRIMARY],
		   choice->reason[TANDEM_STANDBY], choice->wait);
}

/* Ask in every state whether the choice is right; the first that is not is enough. */
static void walk(struct kunit *test,
		 bool (*right)(const struct tandem_select_input *in,
			       const struct tandem_select_choice *choice))
{
	struct tandem_select_choice choice;
	struct tandem_select_input in;
	unsigned int code;

	for (code = 0; code < STATES; code++) {
		in = input_of(code);
		choice = tandem_select(&in);
		if (!right(&in, &choice)) {
			fail(test, code, &choice);
			return;
		}
		if (code % 1024 == 0)
			cond_resched();
	}
}

static bool takes_usable(const struct tandem_select_input *in,
			 const struct tandem_select_choice *choice)
{
	return !any_is(in, false) || role_is(in, choice->role, false);
}

static void usable_port_is_chosen_if_there_is_one(struct kunit *test)
{
	walk(test, takes_usable);
}

static bool takes_stalled(const struct tandem_select_input *in,
			  const struct tandem_select_choice *choice)
{
	if (any_is(in, false))
		return true;
	if (any_is(in, true))
		return role_is(in, choice->role, true);
	return choice->role == TANDEM_ROLES;
}

static void stalled_port_is_chosen_only_if_no_other_can_be(struct kunit *test)
{
	walk(test, takes_stalled);
}

static bool keeps_stalled(const struct tandem_select_input *in,
			  const struct tandem_select_choice *choice)
{
	return !both_are(in, true) || in->active == TANDEM_ROLES ||
	       choice->role == in->active;
}

static void active_port_stays_if_both_have_stalled(struct kunit *test)
{
	walk(test, keeps_stalled);
}

static bool keeps_preferred(const struct tandem_select_input *in,
			    const struct tandem_select_choice *choice)
{
	return in->active != in->prefer || !role_is(in, in->prefer, false) ||
	       choice->role == in->prefer;
}

static void preferred_port_that_works_is_not_left(struct kunit *test)
{
	walk(test, keeps_preferred);
}

static bool obeys(const struct tandem_select_input *in,
		  const struct tandem_select_choice *choice)
{
	if (!both_are(in, false) || !in->commanded)
		return true;
	return choice->role == in->prefer ||
	       in->port[in->prefer].usable_for < in->updelay;
}

static void command_goes_past_reselect_and_damping(struct kunit *test)
{
	walk(test, obeys);
}

/* Is the preferred port, both can be used, to be waited for? */
static bool to_be_held_up(const struct tandem_select_input *in)
{
	if (in->active == in->prefer)
		return false;
	if (in->port[in->prefer].usable_for < in->updelay)
		return true;
	if (in->commanded)
		return false;
	return in->damped || (in->reselect == TANDEM_RESELECT_FAILURE &&
			      in->active != TANDEM_ROLES);
}

static bool holds_up(const struct tandem_select_input *in,
		     const struct tandem_select_choice *choice)
{
	enum tandem_role other = other_of(in->prefer);

	return !both_are(in, false) ||
	       choice->role == (to_be_held_up(in) ? other : in->prefer);
}

static void preferred_port_waits_for_updelay_damping_reselect(struct kunit *test)
{
	walk(test, holds_up);
}

/* Is that really so of a port? */
static bool reason_is_true(const struct tandem_select_input *in,
			   enum tandem_role role, enum tandem_reason reason)
{
	const struct tandem_select_port *port = &in->port[role];
	bool works = port_is(port, false);

	switch (reason) {
	case TANDEM_REASON_ABSENT:
		return !port->present;
	case TANDEM_REASON_LEAVING:
		return port->present && port->leaving;
	case TANDEM_REASON_DOWN:
		return port->present && !port->running;
	case TANDEM_REASON_CARRIER:
		return port->present && port->running && !port->carrier;
	case TANDEM_REASON_STALLED:
		return port_is(port, true);
	case TANDEM_REASON_UPDELAY:
		return works && role == in->prefer &&
		       port->usable_for < in->updelay;
	case TANDEM_REASON_DAMPING:
		return works && role == in->prefer && in->damped;
	case TANDEM_REASON_RESELECT:
		return works && role == in->prefer &&
		       in->reselect == TANDEM_RESELECT_FAILURE &&
		       in->active == other_of(role);
	case TANDEM_REASON_PREFER:
		return works && role != in->prefer;
	default:
		return reason == port->refusal;
	}
}

static bool tells_the_truth(const struct tandem_select_input *in,
			    const struct tandem_select_choice *choice)
{
	enum tandem_reason reason;
	enum tandem_role role;
	bool right;

	for (role = 0; role < TANDEM_ROLES; role++) {
		reason = choice->reason[role];
		if (role == choice->role)
			right = reason == TANDEM_REASON_NONE;
		else
			right = reason != TANDEM_REASON_NONE &&
				reason_is_true(in, role, reason);
		if (!right)
			return false;
	}
	return true;
}

static void each_port_but_the_active_has_a_true_reason(struct kunit *test)
{
	walk(test, tells_the_truth);
}

static bool is_steady(const struct tandem_select_input *in,
		      const struct tandem_select_choice *choice)
{
	struct tandem_select_input next = *in;

	follow(&next, choice->role);
	return tandem_select(&next).role == choice->role;
}

static void constant_input_does_not_oscillate(struct kunit *test)
{
	walk(test, is_steady);
}

static bool waits_exactly(const struct tandem_select_input *in,
			  const struct tandem_select_choice *choice)
{
	enum tandem_reason reason = choice->reason[in->prefer];
	struct tandem_select_input next = *in;

	if (reason != TANDEM_REASON_UPDELAY && reason != TANDEM_REASON_DAMPING)
		return !choice->wait;
	if (!choice->wait)
		return false;

	pass(&next, choice->wait - 1);
	if (tandem_select(&next).reason[in->prefer] != reason)
		return false;
	pass(&next, 1);
	return tandem_select(&next).reason[in->prefer] != reason;
}

static void wait_is_until_the_reason_is_over(struct kunit *test)
{
	walk(test, waits_exactly);
}

/* The ports stay as they are, and it is looked as often as is asked for. */
static bool comes_to_rest(const struct tandem_select_input *in,
			  const struct tandem_select_choice *choice)
{
	struct tandem_select_choice now = *choice;
	struct tandem_select_input next = *in;
	unsigned int switches = 0, looks;

	/* After updelay and after damping, and then no more. */
	for (looks = 0; looks < 3; looks++) {
		switches += now.role != next.active;
		follow(&next, now.role);
		if (!now.wait)
			break;
		pass(&next, now.wait);
		now = tandem_select(&next);
	}
	/* Away from a port that is lost or none, and to the preferred one. */
	return !now.wait && switches <= (role_is(in, in->active, false) ? 1 : 2) &&
	       (now.role == in->prefer || !both_are(in, false) ||
		in->reselect == TANDEM_RESELECT_FAILURE);
}

static void time_alone_leads_to_the_preferred_port_and_stops(struct kunit *test)
{
	walk(test, comes_to_rest);
}

static enum tandem_role mirror_role(enum tandem_role role)
{
	return role == TANDEM_ROLES ? role : other_of(role);
}

/* Where nothing tells the ports apart but their roles the lower one is taken. */
static bool is_symmetric(const struct tandem_select_input *in,
			 const struct tandem_select_choice *choice)
{
	struct tandem_select_input mirror = *in;

	if (both_are(in, true) && in->active == TANDEM_ROLES)
		return choice->role == TANDEM_PRIMARY;

	mirror.port[TANDEM_PRIMARY] = in->port[TANDEM_STANDBY];
	mirror.port[TANDEM_STANDBY] = in->port[TANDEM_PRIMARY];
	mirror.active = mirror_role(in->active);
	mirror.prefer = mirror_role(in->prefer);
	return tandem_select(&mirror).role == mirror_role(choice->role);
}

static void roles_are_equal_but_for_the_preference(struct kunit *test)
{
	walk(test, is_symmetric);
}

static void every_reason_can_be_reached(struct kunit *test)
{
	const unsigned long all =
		BIT(TANDEM_REASON_NONE) | BIT(TANDEM_REASON_ABSENT) |
		BIT(TANDEM_REASON_DOWN) | BIT(TANDEM_REASON_CARRIER) |
		BIT(TANDEM_REASON_STALLED) | BIT(TANDEM_REASON_UPDELAY) |
		BIT(TANDEM_REASON_DAMPING) | BIT(TANDEM_REASON_RESELECT) |
		BIT(TANDEM_REASON_PREFER) | BIT(TANDEM_REASON_LEAVING) |
		BIT(TANDEM_REASON_MTU);
	struct tandem_select_choice choice;
	struct tandem_select_input in;
	unsigned long seen = 0;
	unsigned int code;

	for (code = 0; code < STATES; code++) {
		in = input_of(code);
		choice = tandem_select(&in);
		seen |= BIT(choice.reason[TANDEM_PRIMARY]) |
			BIT(choice.reason[TANDEM_STANDBY]);
		if (code % 1024 == 0)
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, seen, all);
}

static void refusal_is_told_as_it_is(struct kunit *test)
{
	static const enum tandem_reason refusals[] = {
		TANDEM_REASON_MAC, TANDEM_REASON_MTU, TANDEM_REASON_REFUSED,
		TANDEM_REASON_XDP,
	};
	struct tandem_select_input in = {
		.port[TANDEM_PRIMARY] = { .present = true, .running = true,
					  .carrier = true },
		.active = TANDEM_ROLES,
	};
	struct tandem_select_choice choice;
	int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		in.port[TANDEM_PRIMARY].refusal = refusals[i];
		choice = tandem_select(&in);
		KUNIT_EXPECT_EQ(test, choice.reason[TANDEM_PRIMARY],
				refusals[i]);
		KUNIT_EXPECT_EQ(test, choice.role, TANDEM_ROLES);
	}
}

static struct kunit_case select_cases[] = {
	KUNIT_CASE(usable_port_is_chosen_if_there_is_one),
	KUNIT_CASE(stalled_port_is_chosen_only_if_no_other_can_be),
	KUNIT_CASE(active_port_stays_if_both_have_stalled),
	KUNIT_CASE(preferred_port_that_works_is_not_left),
	KUNIT_CASE(command_goes_past_reselect_and_damping),
	KUNIT_CASE(preferred_port_waits_for_updelay_damping_reselect),
	KUNIT_CASE(each_port_but_the_active_has_a_true_reason),
	KUNIT_CASE(constant_input_does_not_oscillate),
	KUNIT_CASE(wait_is_until_the_reason_is_over),
	KUNIT_CASE(time_alone_leads_to_the_preferred_port_and_stops),
	KUNIT_CASE(roles_are_equal_but_for_the_preference),
	KUNIT_CASE(every_reason_can_be_reached),
	KUNIT_CASE(refusal_is_told_as_it_is),
	{}
};

static struct kunit_suite select_suite = {
	.name = "tandem_select",
	.test_cases = select_cases,
};

kunit_test_suite(select_suite);
