// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink for a host that has no socket in here.
 *
 *   netlink HEXBYTES
 *
 * gives this message to rtnetlink as it is and prints what comes back, a line
 * of hexadecimal digits for each datagram, up to and including an error, an
 * acknowledgment or the end of a dump. Status 0 if one of them came.
 */

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REQUEST_MAX	4096
/* Of a dump the kernel puts half as much into a datagram at most. */
#define ANSWER_MAX	65536

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void usage(void)
{
	fputs("Usage: netlink HEXBYTES\n", stderr);
	exit(1);
}

static void enable(int fd, int option)
{
	int on = 1;

	if (setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on)))
		die("setsockopt");
}

/* Talked to as the kernel's own YNL tools do. */
static int open_netlink(void)
{
	const struct timeval patience = { .tv_sec = 10 };
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		die("setsockopt");
	enable(fd, NETLINK_CAP_ACK);
	enable(fd, NETLINK_EXT_ACK);
	enable(fd, NETLINK_GET_STRICT_CHK);
	return fd;
}

static size_t from_hex(const char *text, unsigned char *bytes)
{
	size_t i, digits = strlen(text);
	char pair[3] = "";

	if (digits % 2 || digits / 2 > REQUEST_MAX ||
	    strspn(text, "0123456789abcdefABCDEF") != digits)
		usage();
	for (i = 0; i < digits / 2; i++) {
		memcpy(pair, text + 2 * i, 2);
		bytes[i] = strtoul(pair, NULL, 16);
	}
	return digits / 2;
}

static void print_hex(const unsigned char *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

static bool is_last(const void *answer, size_t size)
{
	const struct nlmsghdr *head;

	for (head = answer; NLMSG_OK(head, size); head = NLMSG_NEXT(head, size))
		if (head->nlmsg_type == NLMSG_DONE ||
		    head->nlmsg_type == NLMSG_ERROR)
			return true;
	return false;
}

/* Is there more to come? */
static bool receive(int fd)
{
	static unsigned char answer[ANSWER_MAX]
		__attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t size;

	size = recv(fd, answer, sizeof(answer), MSG_TRUNC);
	if (size < 0)
		die("recv");
	if (size > (ssize_t)sizeof(answer)) {
		fputs("netlink: a datagram of too many bytes\n", stderr);
		exit(1);
	}
	print_hex(answer, size);
	return !is_last(answer, size);
}

int main(int argc, char **argv)
{
	unsigned char request[REQUEST_MAX];
	int fd;

	if (argc != 2)
		usage();

	fd = open_netlink();
	if (send(fd, request, from_hex(argv[1], request), 0) < 0)
		die("send");
	while (receive(fd))
		;
	return 0;
}
