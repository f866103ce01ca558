// SPDX-License-Identifier: GPL-2.0
/*
 * Give a tandem attributes as they come, of any number and of any size, which
 * no decent tool would send.
 *
 *   rawlink DEVICE add|set [ATTRIBUTE=HEXBYTES]...
 *
 * makes the link DEVICE or changes it: rawlink t0 set 3=e8030000 100=. What
 * the kernel has to say and the name of the error go to stdout. Status 0 if it
 * was done, 2 if it was refused, 1 if it was not even asked.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE		4096
#define HEX_MAX		1024

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attrs[SIZE];
};

struct answer {
	struct nlmsghdr head;
	struct nlmsgerr error;
	char attrs[SIZE];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void usage(void)
{
	fputs("Usage: rawlink DEVICE add|set [ATTRIBUTE=HEXBYTES]...\n",
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

static size_t from_hex(const char *text, unsigned char *bytes)
{
	size_t i, digits = strlen(text);
	char pair[3] = "";

	if (digits % 2 || digits / 2 > HEX_MAX ||
	    strspn(text, "0123456789abcdefABCDEF") != digits)
		usage();
	for (i = 0; i < digits / 2; i++) {
		memcpy(pair, text + 2 * i, 2);
		bytes[i] = strtoul(pair, NULL, 16);
	}
	return digits / 2;
}

static void put_word(struct request *request, const char *word)
{
	unsigned char bytes[HEX_MAX];
	char *hex;
	long type;

	type = strtol(word, &hex, 10);
	if (hex == word || *hex != '=')
		usage();
	put(request, type, bytes, from_hex(hex + 1, bytes));
}

static void make(struct request *request, const char *device, int flags,
		 char **words)
{
	struct rtattr *linkinfo, *data;

	memset(request, 0, sizeof(*request));
	request->head.nlmsg_len = NLMSG_LENGTH(sizeof(request->info));
	request->head.nlmsg_type = RTM_NEWLINK;
	request->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;

	put(request, IFLA_IFNAME, device, strlen(device) + 1);
	linkinfo = put(request, IFLA_LINKINFO, NULL, 0);
	put(request, IFLA_INFO_KIND, "tandem", strlen("tandem"));
	data = put(request, IFLA_INFO_DATA, NULL, 0);
	for (; *words; words++)
		put_word(request, *words);
	enclose(request, data);
	enclose(request, linkinfo);
}

static int open_netlink(void)
{
	int fd, on = 1;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		die("setsockopt");
	return fd;
}

static void ask(int fd, const struct request *request, struct answer *answer)
{
	ssize_t size;

	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		die("send");
	size = recv(fd, answer, sizeof(*answer), 0);
	if (size < 0)
		die("recv");
	if (size < (ssize_t)NLMSG_LENGTH(sizeof(answer->error)) ||
	    answer->head.nlmsg_type != NLMSG_ERROR) {
		fputs("rawlink: not an answer\n", stderr);
		exit(1);
	}
}

static void print_text(const struct answer *answer)
{
	int left = answer->head.nlmsg_len - NLMSG_LENGTH(sizeof(answer->error));
	struct rtattr *attr = (struct rtattr *)answer->attrs;

	if (!(answer->head.nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == NLMSGERR_ATTR_MSG)
			printf("%s\n", (char *)RTA_DATA(attr));
}

int main(int argc, char **argv)
{
	struct request request;
	struct answer answer;
	int flags = 0;

	if (argc < 3)
		usage();
	if (!strcmp(argv[2], "add"))
		flags = NLM_F_CREATE | NLM_F_EXCL;
	else if (strcmp(argv[2], "set"))
		usage();

	make(&request, argv[1], flags, argv + 3);
	ask(open_netlink(), &request, &answer);
	print_text(&answer);
	if (!answer.error.error)
		return 0;
	printf("%s\n", strerrorname_np(-answer.error.error) ?: "an unknown error");
	return 2;
}
