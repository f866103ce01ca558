// SPDX-License-Identifier: GPL-2.0
/*
 * Give a tandem attributes as they come, of any number and of any size, which
 * no decent tool would send.
 *
 *   rawlink DEVICE add|set|port|stats [ATTRIBUTE=HEXBYTES[/LENGTH]]...
 *
 * makes the link DEVICE or changes it, as a tandem or as the port of one, or asks
 * for its history, in one answer: rawlink t0 set 3=e8030000 100=. An attribute may
 * claim another LENGTH than it has, header and all. What the kernel has to say and
 * the name of the error go to stdout, or how many switches it told of. Status 0 if
 * it was done, 2 if it was refused, 1 if it was not even asked.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX	4096
#define ANSWER_MAX	65536
#define HEX_MAX		1024

/* As if_tandem.h has them. */
#define LINK_XSTATS_TYPE_TANDEM		16
#define IFLA_TANDEM_HISTORY_SWITCH	1

struct request {
	struct nlmsghdr head;
	char body[REQUEST_MAX];
};

struct answer {
	struct nlmsghdr head;
	char body[ANSWER_MAX];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void usage(void)
{
	fputs("Usage: rawlink DEVICE add|set|port|stats [ATTRIBUTE=HEXBYTES[/LENGTH]]...\n",
	      stderr);
	exit(1);
}

static struct rtattr *put(struct request *request, int type, const void *data,
			  size_t size)
{
	size_t end = NLMSG_ALIGN(request->head.nlmsg_len);
	struct rtattr *attr = (struct rtattr *)((char *)request + end);

	if (end + RTA_SPACE(size) > sizeof(*request))
		usage();

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attr), data, size);
	request->head.nlmsg_len = end + RTA_ALIGN(attr->rta_len);
	return attr;
}

/* What was put since then is within the attribute. */
static void enclose(struct request *request, struct rtattr *attr)
{
	attr->rta_len = (char *)request + request->head.nlmsg_len -
			(char *)attr;
}

/* Reads up to what is no such digit, which is where *text is then. */
static size_t from_hex(char **text, unsigned char *bytes)
{
	size_t i, digits = strspn(*text, "0123456789abcdefABCDEF");
	char pair[3] = "";

	if (digits % 2 || digits / 2 > HEX_MAX)
		usage();
	for (i = 0; i < digits / 2; i++) {
		memcpy(pair, *text + 2 * i, 2);
		bytes[i] = strtoul(pair, NULL, 16);
	}
	*text += digits;
	return digits / 2;
}

static void put_word(struct request *request, const char *word)
{
	unsigned char bytes[HEX_MAX];
	struct rtattr *attr;
	size_t size;
	char *rest;
	long type;

	type = strtol(word, &rest, 10);
	if (rest == word || *rest++ != '=')
		usage();
	size = from_hex(&rest, bytes);
	attr = put(request, type, bytes, size);
	if (*rest == '/')
		attr->rta_len = strtoul(rest + 1, &rest, 10);
	if (*rest)
		usage();
}

static void put_words(struct request *request, char **words)
{
	for (; *words; words++)
		put_word(request, *words);
}

static void begin(struct request *request, int type, int flags, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->head.nlmsg_len = NLMSG_LENGTH(size);
	request->head.nlmsg_type = type;
	request->head.nlmsg_flags = NLM_F_REQUEST | flags;
}

static void make_link(struct request *request, const char *device, int flags,
		      char **words)
{
	struct rtattr *linkinfo, *data;

	begin(request, RTM_NEWLINK, NLM_F_ACK | flags,
	      sizeof(struct ifinfomsg));
	put(request, IFLA_IFNAME, device, strlen(device) + 1);
	linkinfo = put(request, IFLA_LINKINFO, NULL, 0);
	put(request, IFLA_INFO_KIND, "tandem", strlen("tandem"));
	data = put(request, IFLA_INFO_DATA, NULL, 0);
	put_words(request, words);
	enclose(request, data);
	enclose(request, linkinfo);
}

static void make_port(struct request *request, const char *device, char **words)
{
	struct rtattr *linkinfo, *data;

	begin(request, RTM_NEWLINK, NLM_F_ACK, sizeof(struct ifinfomsg));
	put(request, IFLA_IFNAME, device, strlen(device) + 1);
	linkinfo = put(request, IFLA_LINKINFO, NULL, 0);
	put(request, IFLA_INFO_SLAVE_KIND, "tandem", strlen("tandem"));
	data = put(request, IFLA_INFO_SLAVE_DATA, NULL, 0);
	put_words(request, words);
	enclose(request, data);
	enclose(request, linkinfo);
}

static void make_stats(struct request *request, const char *device,
		       char **words)
{
	struct if_stats_msg *stats = (struct if_stats_msg *)request->body;

	begin(request, RTM_GETSTATS, 0, sizeof(*stats));
	stats->ifindex = if_nametoindex(device);
	if (!stats->ifindex)
		die(device);
	stats->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_XSTATS);
	put_words(request, words);
}

static void make(struct request *request, const char *device, const char *what,
		 char **words)
{
	if (!strcmp(what, "add"))
		make_link(request, device, NLM_F_CREATE | NLM_F_EXCL, words);
	else if (!strcmp(what, "set"))
		make_link(request, device, 0, words);
	else if (!strcmp(what, "port"))
		make_port(request, device, words);
	else if (!strcmp(what, "stats"))
		make_stats(request, device, words);
	else
		usage();
}

static void enable(int fd, int option)
{
	int on = 1;

	if (setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on)))
		die("setsockopt");
}

static int open_netlink(void)
{
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (fd < 0)
		die("socket");
	enable(fd, NETLINK_EXT_ACK);
	enable(fd, NETLINK_CAP_ACK);
	enable(fd, NETLINK_GET_STRICT_CHK);
	return fd;
}

static void ask(int fd, const struct request *request, struct answer *answer)
{
	ssize_t size;

	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		die("send");
	size = recv(fd, answer, sizeof(*answer), MSG_TRUNC);
	if (size < 0)
		die("recv");
	if (size > (ssize_t)sizeof(*answer) || !NLMSG_OK(&answer->head, size)) {
		fputs("rawlink: not an answer\n", stderr);
		exit(1);
	}
}

/* The next attribute of a type, from this one on. */
static struct rtattr *find(struct rtattr *attr, int *left, int type)
{
	for (; RTA_OK(attr, *left); attr = RTA_NEXT(attr, *left))
		if ((attr->rta_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

static struct rtattr *find_in(struct rtattr *nest, int *left, int type)
{
	if (!nest)
		return NULL;
	*left = RTA_PAYLOAD(nest);
	return find(RTA_DATA(nest), left, type);
}

static void print_switches(const struct answer *answer)
{
	int left = NLMSG_PAYLOAD(&answer->head, sizeof(struct if_stats_msg));
	struct rtattr *attr;
	int count = 0;

	attr = (struct rtattr *)(answer->body + sizeof(struct if_stats_msg));
	attr = find(attr, &left, IFLA_STATS_LINK_XSTATS);
	attr = find_in(attr, &left, LINK_XSTATS_TYPE_TANDEM);
	attr = find_in(attr, &left, IFLA_TANDEM_HISTORY_SWITCH);
	while (attr) {
		count++;
		attr = RTA_NEXT(attr, left);
		attr = find(attr, &left, IFLA_TANDEM_HISTORY_SWITCH);
	}
	printf("%d switches\n", count);
}

static void print_text(const struct answer *answer)
{
	int left = NLMSG_PAYLOAD(&answer->head, sizeof(struct nlmsgerr));
	struct rtattr *attr;

	if (!(answer->head.nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	attr = (struct rtattr *)(answer->body + sizeof(struct nlmsgerr));
	attr = find(attr, &left, NLMSGERR_ATTR_MSG);
	if (attr)
		printf("%s\n", (char *)RTA_DATA(attr));
}

static int tell(const struct answer *answer)
{
	const struct nlmsgerr *error = (const struct nlmsgerr *)answer->body;

	if (answer->head.nlmsg_type == RTM_NEWSTATS) {
		print_switches(answer);
		return 0;
	}
	if (answer->head.nlmsg_type != NLMSG_ERROR) {
		fputs("rawlink: not an answer\n", stderr);
		return 1;
	}
	print_text(answer);
	if (!error->error)
		return 0;
	printf("%s\n", strerrorname_np(-error->error) ?: "an unknown error");
	return 2;
}

int main(int argc, char **argv)
{
	static struct request request;
	static struct answer answer;

	if (argc < 3)
		usage();

	make(&request, argv[1], argv[2], argv + 3);
	ask(open_netlink(), &request, &answer);
	return tell(&answer);
}
