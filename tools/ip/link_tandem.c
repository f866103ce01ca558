// SPDX-License-Identifier: GPL-2.0
/*
 * Teach ip(8) the settings and the state of a tandem and of its ports. The
 * tables below say all there is to say about them: what can be set is parsed
 * and explained, and that as well as the state is printed. Whether a value
 * makes sense is for the kernel to say.
 *
 * The file serves both kinds: link_tandem_slave.so is a link to link_tandem.so.
 */

#include <linux/if_tandem.h>
#include <string.h>

#include "link_util.h"

/**
 * struct option - a word of the command line and the attribute behind it
 * @word: the word, and the key in JSON; NULL ends a table
 * @attr: the attribute
 * @choices: what its values are called, if it is a u8 that names something;
 *	NULL ends them
 * @unit: what it counts, if it is a u32
 */
struct option {
	const char *word;
	int attr;
	const char *const *choices;
	const char *unit;
};

/**
 * struct kind - a kind of link
 * @util: what ip knows of it
 * @settings: what can be set
 * @state: what can only be read
 */
struct kind {
	struct link_util util;
	const struct option *settings;
	const struct option *state;
};

static const char *const roles[] = {
	[TANDEM_PRIMARY] = "primary",
	[TANDEM_STANDBY] = "standby",
	NULL
};

static const char *const roles_or_none[] = {
	[TANDEM_PRIMARY] = "primary",
	[TANDEM_STANDBY] = "standby",
	[TANDEM_ROLES] = "none",
	NULL
};

static const char *const reselects[] = {
	[TANDEM_RESELECT_ALWAYS] = "always",
	[TANDEM_RESELECT_FAILURE] = "failure",
	NULL
};

static const char *const rxs[] = {
	[TANDEM_RX_BOTH] = "both",
	[TANDEM_RX_ACTIVE] = "active",
	NULL
};

static const char *const reasons[] = {
	[TANDEM_REASON_NONE] = "in-use",
	[TANDEM_REASON_ABSENT] = "absent",
	[TANDEM_REASON_DOWN] = "down",
	[TANDEM_REASON_CARRIER] = "no-carrier",
	[TANDEM_REASON_STALLED] = "stalled",
	[TANDEM_REASON_UPDELAY] = "updelay",
	[TANDEM_REASON_DAMPING] = "damping",
	[TANDEM_REASON_RESELECT] = "reselect",
	[TANDEM_REASON_PREFER] = "not-preferred",
	NULL
};

static const char *const stalls[] = {
	[TANDEM_STALL_OFF] = "off",
	[TANDEM_STALL_BLIND] = "blind",
	[TANDEM_STALL_WATCHED] = "watched",
	[TANDEM_STALL_STALLED] = "stalled",
	NULL
};

static const struct option tandem_settings[] = {
	{ "prefer", IFLA_TANDEM_PREFER, .choices = roles },
	{ "reselect", IFLA_TANDEM_RESELECT, .choices = reselects },
	{ "updelay", IFLA_TANDEM_UPDELAY, .unit = "MS" },
	{ "rx", IFLA_TANDEM_RX, .choices = rxs },
	{ "notify_peers", IFLA_TANDEM_NOTIFY_PEERS, .unit = "N" },
	{ "notify_interval", IFLA_TANDEM_NOTIFY_INTERVAL, .unit = "MS" },
	{ "hold_limit", IFLA_TANDEM_HOLD_LIMIT, .unit = "N" },
	{ "drain_timeout", IFLA_TANDEM_DRAIN_TIMEOUT, .unit = "MS" },
	{ "linger", IFLA_TANDEM_LINGER, .unit = "MS" },
	{ "stall_timeout", IFLA_TANDEM_STALL_TIMEOUT, .unit = "MS" },
	{ "damp_count", IFLA_TANDEM_DAMP_COUNT, .unit = "N" },
	{ "damp_window", IFLA_TANDEM_DAMP_WINDOW, .unit = "MS" },
	{ "damp_time", IFLA_TANDEM_DAMP_TIME, .unit = "MS" },
	{ "damp_max", IFLA_TANDEM_DAMP_MAX, .unit = "MS" },
	{ }
};

static const struct option tandem_state[] = {
	{ "active", IFLA_TANDEM_ACTIVE, .choices = roles_or_none },
	{ "primary_reason", IFLA_TANDEM_PRIMARY_REASON, .choices = reasons },
	{ "standby_reason", IFLA_TANDEM_STANDBY_REASON, .choices = reasons },
	{ "wait", IFLA_TANDEM_WAIT, .unit = "MS" },
	{ }
};

static const struct option port_settings[] = {
	{ }
};

static const struct option port_state[] = {
	{ "role", IFLA_TANDEM_PORT_ROLE, .choices = roles },
	{ "reason", IFLA_TANDEM_PORT_REASON, .choices = reasons },
	{ "stall", IFLA_TANDEM_PORT_STALL, .choices = stalls },
	{ }
};

/* What is to follow the word: "primary|standby", or the unit. */
static const char *argument(const struct option *option)
{
	static char text[64];
	int i;

	if (!option->choices)
		return option->unit;

	text[0] = '\0';
	for (i = 0; option->choices[i]; i++) {
		if (i)
			strcat(text, "|");
		strcat(text, option->choices[i]);
	}
	return text;
}

static void explain(const struct kind *kind, FILE *out)
{
	const struct option *option;

	fprintf(out, "Usage: ... %s", kind->util.id);
	for (option = kind->settings; option->word; option++)
		fprintf(out, "\n\t\t[ %s %s ]", option->word, argument(option));
	fputs("\n", out);
}

static const struct option *find(const struct option *options, const char *word)
{
	for (; options->word; options++)
		if (!strcmp(options->word, word))
			return options;
	return NULL;
}

static void wrong(const struct option *option, const char *value)
{
	char reason[128];

	snprintf(reason, sizeof(reason), "\"%s\" takes %s", option->word,
		 argument(option));
	invarg(reason, value);
}

static int choice(const struct option *option, const char *value)
{
	int i;

	for (i = 0; option->choices[i]; i++)
		if (!strcmp(option->choices[i], value))
			return i;
	return -1;
}

static void add(struct nlmsghdr *request, const struct option *option,
		const char *value)
{
	uint32_t number;
	int chosen;

	if (option->choices) {
		chosen = choice(option, value);
		if (chosen < 0)
			wrong(option, value);
		addattr8(request, REQUEST_MAX, option->attr, chosen);
	} else {
		if (get_u32(&number, value, 0))
			wrong(option, value);
		addattr32(request, REQUEST_MAX, option->attr, number);
	}
}

static int refuse(const struct kind *kind, const char *word)
{
	if (strcmp(word, "help"))
		fprintf(stderr, "%s: unknown option \"%s\"?\n", kind->util.id,
			word);
	explain(kind, stderr);
	return -1;
}

static int parse(struct link_util *util, int argc, char **argv,
		 struct nlmsghdr *request)
{
	const struct kind *kind = (const struct kind *)util;
	const struct option *option;
	uint32_t seen = 0;

	for (; argc > 0; argc -= 2, argv += 2) {
		option = find(kind->settings, argv[0]);
		if (!option)
			return refuse(kind, argv[0]);
		if (argc == 1)
			incomplete_command();
		if (seen & (1U << option->attr))
			duparg(argv[0], argv[1]);
		seen |= 1U << option->attr;
		add(request, option, argv[1]);
	}
	return 0;
}

static void print_name(FILE *out, const struct option *option, uint8_t value)
{
	const char *name = "unknown";
	int i;

	for (i = 0; option->choices[i]; i++)
		if (i == value)
			name = option->choices[i];

	if (is_json_context())
		jsonw_string_field(get_json_writer(), option->word, name);
	else
		fprintf(out, "%s %s ", option->word, name);
}

static void print_number(FILE *out, const struct option *option, uint32_t value)
{
	if (is_json_context())
		jsonw_uint_field(get_json_writer(), option->word, value);
	else
		fprintf(out, "%s %u ", option->word, value);
}

static void print_all(FILE *out, const struct option *option,
		      struct rtattr *attrs[])
{
	const struct rtattr *attr;

	for (; option->word; option++) {
		attr = attrs[option->attr];
		if (!attr)
			continue;
		if (option->choices)
			print_name(out, option, *(uint8_t *)RTA_DATA(attr));
		else
			print_number(out, option, *(uint32_t *)RTA_DATA(attr));
	}
}

static void print(struct link_util *util, FILE *out, struct rtattr *attrs[])
{
	const struct kind *kind = (const struct kind *)util;

	if (!attrs)
		return;
	print_all(out, kind->settings, attrs);
	print_all(out, kind->state, attrs);
}

static void help(struct link_util *util, int argc, char **argv, FILE *out)
{
	(void)argc;
	(void)argv;
	explain((const struct kind *)util, out);
}

struct kind tandem_link_util = {
	.util = {
		.id = "tandem",
		.maxattr = IFLA_TANDEM_MAX,
		.parse_opt = parse,
		.print_opt = print,
		.print_help = help,
	},
	.settings = tandem_settings,
	.state = tandem_state,
};

struct kind tandem_slave_link_util = {
	.util = {
		.id = "tandem_slave",
		.maxattr = IFLA_TANDEM_PORT_MAX,
		.parse_opt = parse,
		.print_opt = print,
		.print_help = help,
	},
	.settings = port_settings,
	.state = port_state,
};
