/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lies between ip(8) and its plugins. No package carries it as a header,
 * so here is as much of it as we use. It has been the same since iproute2 4.20;
 * what has not (the numbers of its colours) is kept away from.
 *
 * For a link of kind K, ip loads link_K.so from IP_LIB_DIR and takes from it
 * the symbol K_link_util; for a port of a master of kind K, link_K_slave.so and
 * K_slave_link_util.
 */
#ifndef _TANDEM_LINK_UTIL_H
#define _TANDEM_LINK_UTIL_H

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct link_util - one link kind, as ip calls it
 * @next: for ip
 * @id: the kind
 * @maxattr: the highest attribute @print_opt wants to see
 * @parse_opt: append to a request what the words after the kind say; not 0 if
 *	that cannot be done, with the reason on stderr
 * @print_opt: print the attributes; the array is NULL if there are none
 * @print_xstats: not used by us
 * @print_help: for "ip link help KIND"
 * @parse_ifla_xstats: take the words after "ip link xstats type KIND"; not 0 if
 *	that cannot be done, with the reason on stderr
 * @print_ifla_xstats: print what one RTM_NEWSTATS has of the kind; @arg is the
 *	FILE to print to
 */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *util, int argc, char **argv,
			 struct nlmsghdr *request);
	void (*print_opt)(struct link_util *util, FILE *out,
			  struct rtattr *attrs[]);
	void (*print_xstats)(struct link_util *util, FILE *out,
			     struct rtattr *attr);
	void (*print_help)(struct link_util *util, int argc, char **argv,
			   FILE *out);
	int (*parse_ifla_xstats)(struct link_util *util, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *message, void *arg);
};

/* Room for attributes behind the request's header, all of ip's own included. */
#define REQUEST_MAX	1024

int addattr8(struct nlmsghdr *request, int max, int type, uint8_t value);
int addattr32(struct nlmsghdr *request, int max, int type, uint32_t value);
int get_u32(uint32_t *value, const char *text, int base);

/* By type, NULL where there is none; those beyond @max are left out. */
int parse_rtattr(struct rtattr *attrs[], int max, struct rtattr *first,
		 int length);

/* The name is good until the next call. An index of 0: no such device. */
const char *ll_index_to_name(unsigned int ifindex);
unsigned int ll_name_to_index(const char *name);

/* Says that there is no such device, returns -1. */
int nodev(const char *name);

/* These say what is wrong with the command line and end the process. */
void duparg(const char *word, const char *value);
void incomplete_command(void);
void invarg(const char *reason, const char *value);

struct json_writer;

bool is_json_context(void);
struct json_writer *get_json_writer(void);
void jsonw_name(struct json_writer *json, const char *key);
void jsonw_start_object(struct json_writer *json);
void jsonw_end_object(struct json_writer *json);
void jsonw_start_array(struct json_writer *json);
void jsonw_end_array(struct json_writer *json);
void jsonw_string_field(struct json_writer *json, const char *key,
			const char *value);
void jsonw_uint_field(struct json_writer *json, const char *key,
		      unsigned int value);
void jsonw_int_field(struct json_writer *json, const char *key, int value);
void jsonw_u64_field(struct json_writer *json, const char *key, uint64_t value);
void jsonw_bool_field(struct json_writer *json, const char *key, bool value);

#endif /* _TANDEM_LINK_UTIL_H */
