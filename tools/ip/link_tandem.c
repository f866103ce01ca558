// SPDX-License-Identifier: GPL-2.0
/*
 * Teach ip(8) the settings and the state of a tandem and of its ports. The
 * tables below say which there are: what can be set is parsed and explained,
 * and that as well as the state is printed. Whether a value makes sense is for
 * the kernel to say.
 *
 * The file serves both kinds: link_tandem_slave.so is a link to link_tandem.so.
 */

#include <string.h>

#include "link_tandem.h"

/**
 * struct option - a word of the command line and the attribute behind it
 * @word: the word, and the key in JSON; NULL ends a table
 * @attr: the attribute
 * @choices: what its values are called, if it is a u8 that names something;
 *	NULL ends them
 * @unit: what it counts, if it is a u32
 * @show: prints it, if it is neither
 */
struct option {
	const char *word;
	int attr;
	const char *const *choices;
	const char *unit;
	void (*show)(FILE *out, const struct option *option,
		     struct rtattr *attrs[]);
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

static const char *const reselects[] = {
	[TANDEM_RESELECT_ALWAYS] = "always",
	[TANDEM_RESELECT_FAILURE] = "failure",
	NULL
};

static const char *const joins[] = {
	[TANDEM_JOIN_AUTO] = "auto",
	[TANDEM_JOIN_COMMAND] = "command",
	NULL
};

static const char *const rxs[] = {
	[TANDEM_RX_BOTH] = "both",
	[TANDEM_RX_ACTIVE] = "active",
	NULL
};

/* @absent: there is no such port; @prefer: the other one is preferred */
#define REASONS(absent, prefer) \
	[TANDEM_REASON_NONE] = "in-use", \
	[TANDEM_REASON_ABSENT] = (absent), \
	[TANDEM_REASON_DOWN] = "admin-down", \
	[TANDEM_REASON_CARRIER] = "no-carrier", \
	[TANDEM_REASON_STALLED] = "stalled", \
	[TANDEM_REASON_UPDELAY] = "updelay", \
	[TANDEM_REASON_DAMPING] = "damping", \
	[TANDEM_REASON_RESELECT] = "reselect", \
	[TANDEM_REASON_PREFER] = (prefer), \
	[TANDEM_REASON_LEAVING] = "leaving", \
	[TANDEM_REASON_MAC] = "mac-mismatch", \
	[TANDEM_REASON_MTU] = "mtu", \
	[TANDEM_REASON_MASTER] = "taken-by-other-master", \
	[TANDEM_REASON_NETNS] = "other-namespace", \
	[TANDEM_REASON_HV_NETVSC] = "hv-netvsc", \
	[TANDEM_REASON_NOT_JOINED] = "not-joined", \
	[TANDEM_REASON_REFUSED] = "refused", \
	[TANDEM_REASON_XDP] = "xdp-refused"

/* By role; the last for a device that has none. One more ends each with NULL. */
static const char *const reasons[][TANDEM_REASON_XDP + 2] = {
	[TANDEM_PRIMARY] = { REASONS("no-primary", "preferred-standby") },
	[TANDEM_STANDBY] = { REASONS("no-standby", "preferred-primary") },
	[TANDEM_ROLES] = { REASONS("no-port", "not-preferred") },
};

static const char *const stalls[] = {
	[TANDEM_STALL_OFF] = "off",
	[TANDEM_STALL_BLIND] = "blind",
	[TANDEM_STALL_WATCHED] = "watched",
	[TANDEM_STALL_STALLED] = "stalled",
	NULL
};

static const char *const states[] = {
	[TANDEM_PORT_UNUSABLE] = "unusable",
	[TANDEM_PORT_READY] = "ready",
	[TANDEM_PORT_ACTIVE] = "active",
	NULL
};

static void show_word(FILE *out, const char *word, const char *value)
{
	if (is_json_context())
		jsonw_string_field(get_json_writer(), word, value);
	else
		fprintf(out, "%s %s ", word, value);
}

static void show_number(FILE *out, const char *word, uint32_t value)
{
	if (is_json_context())
		jsonw_uint_field(get_json_writer(), word, value);
	else
		fprintf(out, "%s %u ", word, value);
}

static void show_device(FILE *out, const struct option *option,
			struct rtattr *attrs[])
{
	uint32_t ifindex;

	if (!tandem_read(attrs[option->attr], &ifindex, sizeof(ifindex)) ||
	    !ifindex)
		return;
	show_word(out, option->word, ll_index_to_name(ifindex));
	if (is_json_context())
		jsonw_uint_field(get_json_writer(), "active_ifindex", ifindex);
}

static void show_time(FILE *out, const struct option *option,
		      struct rtattr *attrs[])
{
	uint64_t ms;

	if (!tandem_read(attrs[option->attr], &ms, sizeof(ms)))
		return;
	if (is_json_context())
		jsonw_u64_field(get_json_writer(), option->word, ms);
	else
		fprintf(out, "%s %s ", option->word, tandem_time(ms));
}

/* Causes that have no name are counted together: a key in JSON is there once. */
static void show_counts(FILE *out, const struct rtattr *nest)
{
	uint32_t count, unknown = 0;
	struct rtattr *attr;
	int left;

	for (attr = tandem_first(nest, &left); attr;
	     attr = tandem_next(attr, &left)) {
		if (!tandem_read(attr, &count, sizeof(count)))
			continue;
		if (tandem_type(attr) < TANDEM_CAUSES)
			show_number(out, tandem_causes[tandem_type(attr)],
				    count);
		else
			unknown += count;
	}
	if (unknown)
		show_number(out, "unknown", unknown);
}

static bool empty(const struct rtattr *nest)
{
	int left;

	return !nest || !tandem_first(nest, &left);
}

static void show_switches(FILE *out, const struct option *option,
			  struct rtattr *attrs[])
{
	const struct rtattr *nest = attrs[option->attr];

	if (empty(nest))
		return;
	if (is_json_context()) {
		jsonw_name(get_json_writer(), option->word);
		jsonw_start_object(get_json_writer());
		show_counts(out, nest);
		jsonw_end_object(get_json_writer());
	} else {
		fprintf(out, "%s { ", option->word);
		show_counts(out, nest);
		fputs("} ", out);
	}
}

/**
 * struct candidate - a device that could be the primary
 * @name: its name, empty if it has none here
 * @ifindex: its index, 0 if it has none here
 * @reason: why it is not the primary
 * @elsewhere: @netnsid is known
 * @netnsid: the namespace it is in
 */
struct candidate {
	char name[IFNAMSIZ];
	uint32_t ifindex;
	const char *reason;
	bool elsewhere;
	int32_t netnsid;
};

static void read_candidate(struct candidate *candidate, struct rtattr *nest)
{
	struct rtattr *attrs[IFLA_TANDEM_CANDIDATE_MAX + 1];
	uint8_t reason = UINT8_MAX;

	parse_rtattr(attrs, IFLA_TANDEM_CANDIDATE_MAX, RTA_DATA(nest),
		     RTA_PAYLOAD(nest));
	memset(candidate, 0, sizeof(*candidate));
	tandem_read_ifname(attrs[IFLA_TANDEM_CANDIDATE_NAME], candidate->name);
	tandem_read(attrs[IFLA_TANDEM_CANDIDATE_IFINDEX], &candidate->ifindex,
		    sizeof(candidate->ifindex));
	tandem_read(attrs[IFLA_TANDEM_CANDIDATE_REASON], &reason,
		    sizeof(reason));
	candidate->reason = tandem_name(reasons[TANDEM_ROLES], reason);
	candidate->elsewhere =
		tandem_read(attrs[IFLA_TANDEM_CANDIDATE_NETNSID],
			    &candidate->netnsid, sizeof(candidate->netnsid));
}

static void candidate_to_json(const struct candidate *candidate)
{
	struct json_writer *json = get_json_writer();

	jsonw_start_object(json);
	if (*candidate->name)
		jsonw_string_field(json, "ifname", candidate->name);
	if (candidate->ifindex)
		jsonw_uint_field(json, "ifindex", candidate->ifindex);
	jsonw_string_field(json, "reason", candidate->reason);
	if (candidate->elsewhere)
		jsonw_int_field(json, "netnsid", candidate->netnsid);
	jsonw_end_object(json);
}

static void candidate_to_text(FILE *out, const struct candidate *candidate)
{
	fprintf(out, "%s %s ", *candidate->name ? candidate->name : "-",
		candidate->reason);
	if (candidate->elsewhere)
		fprintf(out, "netnsid %d ", candidate->netnsid);
}

static void show_each(FILE *out, const struct rtattr *nest)
{
	struct candidate candidate;
	struct rtattr *attr;
	int left;

	for (attr = tandem_first(nest, &left); attr;
	     attr = tandem_next(attr, &left)) {
		if (tandem_type(attr) != IFLA_TANDEM_CANDIDATE)
			continue;
		read_candidate(&candidate, attr);
		if (is_json_context())
			candidate_to_json(&candidate);
		else
			candidate_to_text(out, &candidate);
	}
}

static void show_candidates(FILE *out, const struct option *option,
			    struct rtattr *attrs[])
{
	const struct rtattr *nest = attrs[option->attr];

	if (empty(nest))
		return;
	if (is_json_context()) {
		jsonw_name(get_json_writer(), option->word);
		jsonw_start_array(get_json_writer());
		show_each(out, nest);
		jsonw_end_array(get_json_writer());
	} else {
		fprintf(out, "%s { ", option->word);
		show_each(out, nest);
		fputs("} ", out);
	}
}

/* "The other one is preferred": which one that is depends on the role. */
static void show_port_reason(FILE *out, const struct option *option,
			     struct rtattr *attrs[])
{
	uint8_t role = TANDEM_ROLES, reason;

	if (!tandem_read(attrs[option->attr], &reason, sizeof(reason)))
		return;
	tandem_read(attrs[IFLA_TANDEM_PORT_ROLE], &role, sizeof(role));
	if (role > TANDEM_ROLES)
		role = TANDEM_ROLES;
	show_word(out, option->word, tandem_name(reasons[role], reason));
}

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
	{ "join", IFLA_TANDEM_JOIN, .choices = joins },
	{ }
};

static const struct option tandem_state[] = {
	{ "active", IFLA_TANDEM_ACTIVE, .choices = tandem_roles_or_none },
	{ "active_dev", IFLA_TANDEM_ACTIVE_IFINDEX, .show = show_device },
	{ "since", IFLA_TANDEM_SINCE, .show = show_time },
	{ "cause", IFLA_TANDEM_CAUSE, .choices = tandem_causes },
	{ "primary_reason", IFLA_TANDEM_PRIMARY_REASON,
	  .choices = reasons[TANDEM_PRIMARY] },
	{ "standby_reason", IFLA_TANDEM_STANDBY_REASON,
	  .choices = reasons[TANDEM_STANDBY] },
	{ "wait", IFLA_TANDEM_WAIT, .unit = "MS" },
	{ "switches", IFLA_TANDEM_SWITCHES, .show = show_switches },
	{ "candidates", IFLA_TANDEM_CANDIDATES, .show = show_candidates },
	{ }
};

static const struct option port_settings[] = {
	{ "role", IFLA_TANDEM_PORT_ROLE, .choices = roles },
	{ }
};

static const struct option port_state[] = {
	{ "reason", IFLA_TANDEM_PORT_REASON, .show = show_port_reason },
	{ "stall", IFLA_TANDEM_PORT_STALL, .choices = stalls },
	{ "state", IFLA_TANDEM_PORT_STATE, .choices = states },
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

static void print_one(FILE *out, const struct option *option,
		      struct rtattr *attrs[])
{
	const struct rtattr *attr = attrs[option->attr];
	uint32_t number;
	uint8_t choice;

	if (option->show)
		option->show(out, option, attrs);
	else if (option->choices && tandem_read(attr, &choice, sizeof(choice)))
		show_word(out, option->word,
			  tandem_name(option->choices, choice));
	else if (option->unit && tandem_read(attr, &number, sizeof(number)))
		show_number(out, option->word, number);
}

static void print_all(FILE *out, const struct option *option,
		      struct rtattr *attrs[])
{
	for (; option->word; option++)
		print_one(out, option, attrs);
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
		.parse_ifla_xstats = tandem_parse_xstats,
		.print_ifla_xstats = tandem_print_xstats,
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
