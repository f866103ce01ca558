// SPDX-License-Identifier: GPL-2.0
/*
 * Values, from attributes to something to read. The kernel may be older or newer
 * than this: an attribute may be missing or shorter, a number have no name.
 */

#include <string.h>
#include <time.h>

#include "link_tandem.h"

const char *const tandem_roles_or_none[] = {
	[TANDEM_PRIMARY] = "primary",
	[TANDEM_STANDBY] = "standby",
	[TANDEM_ROLES] = "none",
	NULL
};

const char *const tandem_causes[] = {
	[TANDEM_CAUSE_NONE] = "none",
	[TANDEM_CAUSE_FIRST] = "first",
	[TANDEM_CAUSE_UNBIND] = "unbind",
	[TANDEM_CAUSE_RELEASE] = "release",
	[TANDEM_CAUSE_DOWN] = "down",
	[TANDEM_CAUSE_DETACH] = "detach",
	[TANDEM_CAUSE_GONE] = "gone",
	[TANDEM_CAUSE_CARRIER] = "carrier",
	[TANDEM_CAUSE_STALL] = "stall",
	[TANDEM_CAUSE_SUSPEND] = "suspend",
	[TANDEM_CAUSE_COMMAND] = "command",
	[TANDEM_CAUSE_FAILBACK] = "failback",
	[TANDEM_CAUSE_CLOSE] = "close",
	NULL
};

/**
 * tandem_name() - what a value is called
 * @names: by value; NULL ends them
 * @value: the value
 *
 * Return: its name, "unknown" if it has none.
 */
const char *tandem_name(const char *const names[], int value)
{
	int i;

	for (i = 0; names[i]; i++)
		if (i == value)
			return names[i];
	return "unknown";
}

/**
 * tandem_time() - a point in time, in words
 * @ms: milliseconds since 1970
 *
 * Return: the local time; good until the next call.
 */
const char *tandem_time(uint64_t ms)
{
	static char text[64];
	time_t seconds = ms / 1000;
	struct tm local;
	size_t length;

	/* Fails where the year does not fit. */
	if (!localtime_r(&seconds, &local))
		return "unknown";
	length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
	snprintf(text + length, sizeof(text) - length, ".%03u",
		 (unsigned int)(ms % 1000));
	return text;
}

/**
 * tandem_first() - the first attribute in a nest
 * @nest: the nest
 * @left: for tandem_next()
 *
 * Return: the attribute, NULL if there is none or it is truncated.
 */
struct rtattr *tandem_first(const struct rtattr *nest, int *left)
{
	struct rtattr *attr = RTA_DATA(nest);

	*left = RTA_PAYLOAD(nest);
	return RTA_OK(attr, *left) ? attr : NULL;
}

/**
 * tandem_next() - the next attribute in a nest
 * @attr: the last one
 * @left: as tandem_first() or this has left it
 *
 * Return: as tandem_first()
 */
struct rtattr *tandem_next(struct rtattr *attr, int *left)
{
	attr = RTA_NEXT(attr, *left);
	return RTA_OK(attr, *left) ? attr : NULL;
}

/**
 * tandem_type() - the type of an attribute
 * @attr: the attribute
 *
 * Return: the type, without the mark that some kernels give a nest.
 */
int tandem_type(const struct rtattr *attr)
{
	return attr->rta_type & NLA_TYPE_MASK;
}

/**
 * tandem_read() - the value of an attribute
 * @attr: the attribute, or NULL
 * @value: where to put it
 * @size: how long it has to be
 *
 * Return: false if there is no such value, @value is as it was then.
 */
bool tandem_read(const struct rtattr *attr, void *value, size_t size)
{
	if (!attr || RTA_PAYLOAD(attr) < size)
		return false;
	memcpy(value, RTA_DATA(attr), size);
	return true;
}

/**
 * tandem_read_ifname() - the name of an interface
 * @attr: the attribute, or NULL
 * @name: where to put it
 *
 * Return: false if there is none, @name is as it was then.
 */
bool tandem_read_ifname(const struct rtattr *attr, char name[IFNAMSIZ])
{
	if (!attr || !RTA_PAYLOAD(attr) || !*(const char *)RTA_DATA(attr))
		return false;
	snprintf(name, IFNAMSIZ, "%.*s", (int)RTA_PAYLOAD(attr),
		 (const char *)RTA_DATA(attr));
	return true;
}
