/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the plugin share. Its names begin with tandem_: those of ip
 * itself would win over them.
 */
#ifndef _LINK_TANDEM_H
#define _LINK_TANDEM_H

#include <linux/if.h>
#include <linux/if_tandem.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link_util.h"

/* link_tandem_value.c */
extern const char *const tandem_roles_or_none[];
extern const char *const tandem_causes[];
const char *tandem_name(const char *const names[], int value);
const char *tandem_time(uint64_t ms);
struct rtattr *tandem_first(const struct rtattr *nest, int *left);
struct rtattr *tandem_next(struct rtattr *attr, int *left);
int tandem_type(const struct rtattr *attr);
bool tandem_read(const struct rtattr *attr, void *value, size_t size);
bool tandem_read_ifname(const struct rtattr *attr, char name[IFNAMSIZ]);

/* link_tandem_xstats.c */
int tandem_parse_xstats(struct link_util *util, int argc, char **argv);
int tandem_print_xstats(struct nlmsghdr *message, void *arg);

#endif /* _LINK_TANDEM_H */
