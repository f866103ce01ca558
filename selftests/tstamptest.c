// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware time stamps for tests.
 *
 *   tstamptest get DEVICE           tell what it stamps: "tx N rx N"
 *   tstamptest set DEVICE TX RX     let it stamp that (numbers of
 *                                   linux/net_tstamp.h)
 *   tstamptest clock DEVICE         tell which clock it has, -1 for none
 *   tstamptest send ADDRESS         send a datagram, and tell the stamp of its
 *                                   transmission in nanoseconds, 0 if there is none
 *                                   within a second
 */

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT	9	/* discard */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static void request(unsigned long command, const char *dev, void *data)
{
	struct ifreq ifr = { .ifr_data = data };
	int fd = open_socket();

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (ioctl(fd, command, &ifr))
		die(dev);
	close(fd);
}

static void tell_clock(const char *dev)
{
	struct ethtool_ts_info info = { .cmd = ETHTOOL_GET_TS_INFO };

	request(SIOCETHTOOL, dev, &info);
	printf("%d\n", (int)info.phc_index);
}

static long long stamp_of(struct msghdr *message)
{
	struct scm_timestamping stamps;
	struct cmsghdr *part;

	for (part = CMSG_FIRSTHDR(message); part;
	     part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(&stamps, CMSG_DATA(part), sizeof(stamps));
		return stamps.ts[2].tv_sec * 1000000000LL +
		       stamps.ts[2].tv_nsec;
	}
	return 0;
}

static long long read_stamp(int fd)
{
	struct pollfd wait = { .fd = fd };
	char control[512];
	struct msghdr message = {
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (poll(&wait, 1, 1000) <= 0)
		return 0;
	if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0)
		die("recvmsg");
	return stamp_of(&message);
}

static void send_one(const char *address)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	int flags = SOF_TIMESTAMPING_TX_HARDWARE |
		    SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_OPT_TSONLY;
	int fd = open_socket();

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die(address);
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)))
		die("SO_TIMESTAMPING");
	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
		die("sendto");
	printf("%lld\n", read_stamp(fd));
	close(fd);
}

int main(int argc, char **argv)
{
	struct hwtstamp_config config = {};

	if (argc == 3 && !strcmp(argv[1], "get")) {
		request(SIOCGHWTSTAMP, argv[2], &config);
		printf("tx %d rx %d\n", config.tx_type, config.rx_filter);
	} else if (argc == 5 && !strcmp(argv[1], "set")) {
		config.tx_type = atoi(argv[3]);
		config.rx_filter = atoi(argv[4]);
		request(SIOCSHWTSTAMP, argv[2], &config);
	} else if (argc == 3 && !strcmp(argv[1], "clock")) {
		tell_clock(argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "send")) {
		send_one(argv[2]);
	} else {
		fputs("Usage: tstamptest get|clock DEVICE | set DEVICE TX RX | send ADDRESS\n",
		      stderr);
		return 1;
	}
	return 0;
}
