// SPDX-License-Identifier: GPL-2.0
/* Keeping a port that fails too often from use; see damping.h. */

#include <linux/minmax.h>
#include <linux/string.h>

#include "damping.h"

/* Enough to double the least time beyond the greatest. */
#define LEVEL_MAX	20U

static unsigned int ring_index(unsigned int number)
{
	return number % TANDEM_DAMPING_FAILURES;
}

/* Quiet counts from when the port was let back. */
static bool was_quiet(const struct tandem_damping *damping, u32 window,
		      u64 now)
{
	u64 last = damping->until;

	if (damping->failures)
		last = max(last,
			   damping->failure[ring_index(damping->failures - 1)]);
	return now > last + window;
}

/* Is the failure that is being noted one more than @set puts up with? */
static bool one_too_many(const struct tandem_damping *damping,
			 const struct tandem_damping_settings *set, u64 now)
{
	if (damping->failures < set->count)
		return false;
	return now - damping->failure[ring_index(damping->failures -
						 set->count)] <= set->window;
}

/**
 * tandem_damping_note() - the port has failed
 * @damping: what is remembered
 * @set: the settings
 * @now: milliseconds
 *
 * A port that was damped before and has not been quiet since is damped by a
 * single failure, for twice as long.
 *
 * Context: any; the caller serialises.
 */
void tandem_damping_note(struct tandem_damping *damping,
			 const struct tandem_damping_settings *set, u64 now)
{
	bool damp;

	if (!set->count)
		return;

	if (was_quiet(damping, set->window, now))
		damping->level = 0;
	damp = damping->level || one_too_many(damping, set, now);
	damping->failure[ring_index(damping->failures++)] = now;
	if (!damp)
		return;

	damping->until = now + min_t(u64, (u64)set->time << damping->level,
				     max(set->time, set->max));
	damping->level = min(damping->level + 1, LEVEL_MAX);
}

/**
 * tandem_damping_left() - for how long is the port kept from use?
 * @damping: what is remembered
 * @now: milliseconds
 *
 * Context: any; the caller serialises.
 * Return: milliseconds, 0 if it may be used.
 */
u64 tandem_damping_left(const struct tandem_damping *damping, u64 now)
{
	return damping->until > now ? damping->until - now : 0;
}

/**
 * tandem_damping_forgive() - forget all failures
 * @damping: what is remembered
 *
 * Context: any; the caller serialises.
 */
void tandem_damping_forgive(struct tandem_damping *damping)
{
	memset(damping, 0, sizeof(*damping));
}
