// SPDX-License-Identifier: GPL-2.0
/*
 * The history of tandems, for "ip link xstats type tandem": a line, in JSON an
 * object, for each switch. ip asks for the statistics of every device and gives
 * each answer to us, and in JSON puts a list around all we write.
 */

#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "link_tandem.h"

/**
 * struct end - where a switch came from or went to
 * @word: what that is called
 * @dev_word: what the key of the interface is called in JSON
 * @role: attribute of the role
 * @name: attribute of the interface's name
 */
struct end {
	const char *word;
	const char *dev_word;
	int role;
	int name;
};

static const struct end from = {
	"from", "from_dev",
	IFLA_TANDEM_SWITCH_FROM, IFLA_TANDEM_SWITCH_FROM_NAME
};

static const struct end to = {
	"to", "to_dev",
	IFLA_TANDEM_SWITCH_TO, IFLA_TANDEM_SWITCH_TO_NAME
};

/**
 * struct measure - something of a switch that was measured or counted
 * @word: what it is called
 * @attr: its attribute, a u32
 */
struct measure {
	const char *word;
	int attr;
};

static const struct measure measures[] = {
	{ "hold_us", IFLA_TANDEM_SWITCH_HOLD_US },
	{ "drain_us", IFLA_TANDEM_SWITCH_DRAIN_US },
	{ "linger_us", IFLA_TANDEM_SWITCH_LINGER_US },
	{ "held", IFLA_TANDEM_SWITCH_HELD },
	{ "overflow", IFLA_TANDEM_SWITCH_OVERFLOW },
	{ "echoes", IFLA_TANDEM_SWITCH_ECHOES },
	{ "duplicates", IFLA_TANDEM_SWITCH_DUPLICATES },
	{ }
};

/* The one device to show, 0 for all: ip has no room to hand it on in. */
static unsigned int only;

static void explain(FILE *out)
{
	fputs("Usage: ... xstats type tandem [ dev DEVICE ]\n", out);
}

static int refuse(const struct link_util *util, const char *word)
{
	fprintf(stderr, "%s: unknown option \"%s\"?\n", util->id, word);
	explain(stderr);
	return -1;
}

/**
 * tandem_parse_xstats() - what follows "ip link xstats type tandem"
 * @util: what ip knows of the kind
 * @argc: how many words
 * @argv: the words
 *
 * Return: not 0 if they make no sense, which was said then.
 */
int tandem_parse_xstats(struct link_util *util, int argc, char **argv)
{
	only = 0;	/* ip -batch comes here many times */
	for (; argc > 0; argc -= 2, argv += 2) {
		if (!strcmp(argv[0], "help")) {
			explain(stdout);
			exit(0);
		}
		if (strcmp(argv[0], "dev"))
			return refuse(util, argv[0]);
		if (argc == 1)
			incomplete_command();
		if (only)
			duparg(argv[0], argv[1]);
		only = ll_name_to_index(argv[1]);
		if (!only)
			return nodev(argv[1]);
	}
	return 0;
}

static void show_number(FILE *out, const struct rtattr *attr)
{
	uint32_t number;

	if (!tandem_read(attr, &number, sizeof(number)))
		return;
	if (is_json_context())
		jsonw_uint_field(get_json_writer(), "number", number);
	else
		fprintf(out, " %u", number);
}

static void show_time(FILE *out, const struct rtattr *attr)
{
	uint64_t ms;

	if (!tandem_read(attr, &ms, sizeof(ms)))
		return;
	if (is_json_context())
		jsonw_u64_field(get_json_writer(), "time", ms);
	else
		fprintf(out, " %s", tandem_time(ms));
}

static void show_word(FILE *out, const char *word, const char *value)
{
	if (is_json_context())
		jsonw_string_field(get_json_writer(), word, value);
	else
		fprintf(out, " %s %s", word, value);
}

static void show_end(FILE *out, const struct end *end, struct rtattr *attrs[])
{
	char name[IFNAMSIZ];
	uint8_t role;

	if (tandem_read(attrs[end->role], &role, sizeof(role)))
		show_word(out, end->word,
			  tandem_name(tandem_roles_or_none, role));
	if (!tandem_read_ifname(attrs[end->name], name))
		return;
	if (is_json_context())
		jsonw_string_field(get_json_writer(), end->dev_word, name);
	else
		fprintf(out, " (%s)", name);
}

static void show_cause(FILE *out, struct rtattr *attrs[])
{
	uint8_t cause, planned;

	if (tandem_read(attrs[IFLA_TANDEM_SWITCH_CAUSE], &cause, sizeof(cause)))
		show_word(out, "cause", tandem_name(tandem_causes, cause));
	if (!tandem_read(attrs[IFLA_TANDEM_SWITCH_PLANNED], &planned,
			 sizeof(planned)))
		return;
	if (is_json_context())
		jsonw_bool_field(get_json_writer(), "planned", planned);
	else
		fputs(planned ? " planned" : " unplanned", out);
}

static void show_measures(FILE *out, struct rtattr *attrs[])
{
	const struct measure *measure;
	uint32_t value;

	for (measure = measures; measure->word; measure++) {
		if (!tandem_read(attrs[measure->attr], &value, sizeof(value)))
			continue;
		if (is_json_context())
			jsonw_uint_field(get_json_writer(), measure->word,
					 value);
		else
			fprintf(out, " %s %u", measure->word, value);
	}
}

static void show_switch(FILE *out, const char *ifname, struct rtattr *nest)
{
	struct rtattr *attrs[IFLA_TANDEM_SWITCH_MAX + 1];

	parse_rtattr(attrs, IFLA_TANDEM_SWITCH_MAX, RTA_DATA(nest),
		     RTA_PAYLOAD(nest));
	if (is_json_context()) {
		jsonw_start_object(get_json_writer());
		jsonw_string_field(get_json_writer(), "ifname", ifname);
	} else {
		fprintf(out, "%s:", ifname);
	}

	show_number(out, attrs[IFLA_TANDEM_SWITCH_NUMBER]);
	show_time(out, attrs[IFLA_TANDEM_SWITCH_TIME]);
	show_end(out, &from, attrs);
	show_end(out, &to, attrs);
	show_cause(out, attrs);
	show_measures(out, attrs);

	if (is_json_context())
		jsonw_end_object(get_json_writer());
	else
		fputs("\n", out);
}

static void show_history(FILE *out, const char *ifname, struct rtattr *history)
{
	struct rtattr *attr;
	int left;

	for (attr = tandem_first(history, &left); attr;
	     attr = tandem_next(attr, &left))
		if (tandem_type(attr) == IFLA_TANDEM_HISTORY_SWITCH)
			show_switch(out, ifname, attr);
}

static struct rtattr *find(struct rtattr *attr, int left, int type)
{
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (tandem_type(attr) == type)
			return attr;
	return NULL;
}

/**
 * tandem_print_xstats() - one answer of the kernel
 * @message: the answer; a long history comes in several
 * @arg: where to write to, a FILE
 *
 * Return: 0, or -1 if that was no answer and ip should give up.
 */
int tandem_print_xstats(struct nlmsghdr *message, void *arg)
{
	struct if_stats_msg *header = NLMSG_DATA(message);
	struct rtattr *found;

	if (message->nlmsg_type != RTM_NEWSTATS)
		return 0;
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*header)))
		return -1;
	if (only && header->ifindex != only)
		return 0;

	found = find((struct rtattr *)(header + 1),
		     NLMSG_PAYLOAD(message, sizeof(*header)),
		     IFLA_STATS_LINK_XSTATS);
	if (found)
		found = find(RTA_DATA(found), RTA_PAYLOAD(found),
			     LINK_XSTATS_TYPE_TANDEM);
	if (found)
		show_history(arg, ll_index_to_name(header->ifindex), found);
	return 0;
}
