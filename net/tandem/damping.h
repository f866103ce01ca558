/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A port that fails over and over again is better left alone for a while.
 * Plain values only, like select.h.
 */
#ifndef _TANDEM_DAMPING_H
#define _TANDEM_DAMPING_H

#include <linux/types.h>

#define TANDEM_DAMPING_FAILURES	16

/**
 * struct tandem_damping_settings - when to damp and for how long
 * @count: failures within @window that are put up with; 0 is any number
 * @window: milliseconds
 * @time: milliseconds to keep the port from use, the first time
 * @max: milliseconds at most, however often that is doubled
 */
struct tandem_damping_settings {
	u32 count;
	u32 window;
	u32 time;
	u32 max;
};

/**
 * struct tandem_damping - what is remembered of a port's failures
 * @failure: when the last ones were, milliseconds, in a ring
 * @failures: how many there have been
 * @until: until when the port is kept from use, milliseconds
 * @level: how often that was doubled, plus one; 0 when all is forgiven
 */
struct tandem_damping {
	u64 failure[TANDEM_DAMPING_FAILURES];
	unsigned int failures;
	u64 until;
	unsigned int level;
};

/* damping.c */
void tandem_damping_note(struct tandem_damping *damping,
			 const struct tandem_damping_settings *set, u64 now);
u64 tandem_damping_left(const struct tandem_damping *damping, u64 now);
void tandem_damping_forgive(struct tandem_damping *damping);

#endif
