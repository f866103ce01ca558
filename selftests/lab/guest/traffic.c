// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic for the migration lab, the same program in the guest and beside it.
 *
 *   traffic [-d] send LOG ADDRESS PORT RATE [FROM]   numbered UDP datagrams
 *   traffic [-d] recv LOG PORT [GROUP AT]            ... and their receiver
 *   traffic [-d] tcp-send LOG ADDRESS PORT RATE      a paced TCP flow
 *   traffic [-d] tcp-flood LOG ADDRESS PORT          ... as fast as it can
 *   traffic [-d] tcp-recv LOG PORT                   ... and their receiver
 *   traffic [-d] sniff LOG INTERFACE...              datagrams seen on interfaces
 *
 * ADDRESS may be a broadcast address, or a multicast group, which needs FROM,
 * the sender's own address. AT is the address of the device that joins GROUP.
 *
 * Prints its process id when its sockets are open (with -d it then goes to the
 * background), runs until SIGTERM and only then writes LOG, so that no disk
 * and no pipe disturbs what is measured. Times are CLOCK_REALTIME in ns.
 *
 * Lines of LOG, by command:
 *   send      SEQUENCE TIME ERRNO
 *   recv      SEQUENCE TIME
 *   tcp-send  stall FROM TO (nothing acknowledged though data was waiting)
 *   tcp-recv  stall FROM TO (nothing received); both: last TIME BYTES
 *   sniff     INTERFACE in|out PORT SEQUENCE TIME, ARP as PORT 0
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NSEC		1000000000LL
#define LOG_MAX		(1U << 21)	/* records; touched only as they fill */
#define BEHIND_MAX	(NSEC / 10)	/* a sender later than this starts afresh */
#define STALL_MIN	(NSEC / 50)	/* shorter pauses are not worth a line */
#define TICK_MS		200		/* how soon a blocked call sees SIGTERM */
#define PAYLOAD		64
#define MAGIC		0x7a4d6c61
#define TCP_CHUNK	512
#define FLOOD_CHUNK	65536
#define FLOOD_WINDOW	(128 << 10)	/* less than the queues on the way hold */

struct datagram {
	uint32_t magic;
	uint32_t sequence;
	char padding[PAYLOAD - 8];
};

struct record {
	int64_t time;
	uint32_t sequence;
	uint16_t port;
	uint8_t interface;
	uint8_t note;		/* errno of a send; direction on an interface */
};

static struct record *records;
static unsigned int count;
static volatile sig_atomic_t stopped;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static void add(int64_t time, uint32_t sequence, uint16_t port,
		uint8_t interface, uint8_t note)
{
	if (count == LOG_MAX)
		return;
	records[count++] = (struct record){ time, sequence, port, interface, note };
}

/* Sleep until the next beat; returns when it is, never long in the past. */
static int64_t pace(int64_t next, int64_t step)
{
	struct timespec ts;

	next += step;
	if (now() - next > BEHIND_MAX)
		next = now();
	ts.tv_sec = next / NSEC;
	ts.tv_nsec = next % NSEC;
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
	return next;
}

static FILE *open_log(const char *path)
{
	FILE *log = fopen(path, "w");

	if (!log)
		die(path);
	return log;
}

static void close_log(FILE *log)
{
	if (fclose(log))
		die("writing the log");
}

static int open_socket(int domain, int type, int protocol)
{
	struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	int fd = socket(domain, type, protocol);
	int room = type == SOCK_STREAM ? FLOOD_WINDOW : 8 << 20;
	int one = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	return fd;
}

static struct sockaddr_in make_address(const char *text, const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	address.sin_port = htons(atoi(port));
	if (text && inet_pton(AF_INET, text, &address.sin_addr) != 1) {
		fprintf(stderr, "not an IPv4 address: %s\n", text);
		exit(1);
	}
	return address;
}

static int open_bound(int type, const char *port)
{
	struct sockaddr_in address = make_address(NULL, port);
	int fd = open_socket(AF_INET, type, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind");
	return fd;
}

static int open_connected(int type, const char *host, const char *port,
			  const char *from)
{
	struct sockaddr_in address = make_address(host, port);
	struct in_addr own = make_address(from, port).sin_addr;
	int fd = open_socket(AF_INET, type, 0);
	unsigned char loop = 0;

	if (from && (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof(own)) ||
		     setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof(loop))))
		die("sending to a group");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	return fd;
}

static void join(int fd, const char *group, const char *at)
{
	struct ip_mreq request = {
		.imr_multiaddr = make_address(group, "0").sin_addr,
		.imr_interface = make_address(at, "0").sin_addr,
	};

	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)))
		die("joining a group");
}

/* The sockets are open: say so, and from now on run alone if asked to. */
static void ready(int background)
{
	pid_t pid = background ? fork() : 0;

	if (pid < 0)
		die("fork");
	if (pid || !background) {
		printf("%d\n", pid ? pid : getpid());
		fflush(stdout);
	}
	if (pid)
		_exit(0);
	if (background) {
		setsid();
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(1);
	}
	setpriority(PRIO_PROCESS, 0, -10);
}

static void send_datagrams(int fd, int rate)
{
	struct datagram datagram = { .magic = htonl(MAGIC) };
	int64_t next = now();
	uint32_t sequence;
	int64_t time;
	int error;

	for (sequence = 0; !stopped; sequence++) {
		datagram.sequence = htonl(sequence);
		time = now();
		error = 0;
		if (send(fd, &datagram, sizeof(datagram), MSG_DONTWAIT) < 0)
			error = errno;
		/* An ICMP error belongs to an earlier datagram: send this one. */
		if (error == ECONNREFUSED || error == EHOSTUNREACH) {
			error = 0;
			if (send(fd, &datagram, sizeof(datagram), MSG_DONTWAIT) < 0)
				error = errno;
		}
		add(time, sequence, 0, 0, error);
		next = pace(next, NSEC / rate);
	}
}

static void command_send(char **argv, int background)
{
	FILE *log = open_log(argv[0]);
	int fd = open_connected(SOCK_DGRAM, argv[1], argv[2], argv[4]);
	unsigned int i;

	ready(background);
	send_datagrams(fd, atoi(argv[3]));
	for (i = 0; i < count; i++)
		fprintf(log, "%u %lld %u\n", records[i].sequence,
			(long long)records[i].time, records[i].note);
	close_log(log);
}

static void command_recv(char **argv, int background)
{
	FILE *log = open_log(argv[0]);
	int fd = open_bound(SOCK_DGRAM, argv[1]);
	struct datagram datagram;
	unsigned int i;

	if (argv[2])
		join(fd, argv[2], argv[3]);
	ready(background);
	while (!stopped) {
		ssize_t length = recv(fd, &datagram, sizeof(datagram), 0);

		if (length == sizeof(datagram) && ntohl(datagram.magic) == MAGIC)
			add(now(), ntohl(datagram.sequence), 0, 0, 0);
	}
	for (i = 0; i < count; i++)
		fprintf(log, "%u %lld\n", records[i].sequence, (long long)records[i].time);
	close_log(log);
}

/* How long a TCP flow has waited, and a line for every wait worth one. */
struct patience {
	FILE *log;
	int64_t since;
};

static void moved(struct patience *patience, int64_t time)
{
	if (time - patience->since > STALL_MIN)
		fprintf(patience->log, "stall %lld %lld\n",
			(long long)patience->since, (long long)time);
	patience->since = time;
}

static void finish(struct patience *patience, long long bytes)
{
	fprintf(patience->log, "last %lld %lld\n", (long long)patience->since, bytes);
	moved(patience, now());
	close_log(patience->log);
}

static void command_tcp_send(char **argv, int background)
{
	struct patience patience = { .log = open_log(argv[0]) };
	int fd = open_connected(SOCK_STREAM, argv[1], argv[2], NULL);
	int64_t step = NSEC / atoi(argv[3]);
	int64_t sent = 0, acked = 0, next;
	char chunk[TCP_CHUNK] = { 0 };
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	ready(background);
	next = now();
	patience.since = next;
	while (!stopped) {
		ssize_t length = send(fd, chunk, sizeof(chunk), MSG_DONTWAIT | MSG_NOSIGNAL);
		int waiting = 0;

		if (length > 0)
			sent += length;
		next = pace(next, step);
		ioctl(fd, SIOCOUTQ, &waiting);
		if (sent - waiting > acked || !waiting)
			moved(&patience, now());
		acked = sent - waiting;
	}
	finish(&patience, acked);
}

static void command_tcp_flood(char **argv, int background)
{
	struct patience patience = { .log = open_log(argv[0]) };
	int fd = open_connected(SOCK_STREAM, argv[1], argv[2], NULL);
	struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	static char chunk[FLOOD_CHUNK];
	long long bytes = 0;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick));
	ready(background);
	/* Gentler than the datagrams, which tell where the guest is. */
	setpriority(PRIO_PROCESS, 0, 0);
	patience.since = now();
	while (!stopped) {
		ssize_t length = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL);

		if (length > 0)
			moved(&patience, now());
		if (length > 0)
			bytes += length;
	}
	finish(&patience, bytes);
}

static void command_tcp_recv(char **argv, int background)
{
	struct patience patience = { .log = open_log(argv[0]) };
	int fd = open_bound(SOCK_STREAM, argv[1]);
	struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	long long bytes = 0;
	char buffer[65536];
	int flow = -1;

	if (listen(fd, 1))
		die("listen");
	ready(background);
	while (!stopped && flow < 0)
		flow = accept(fd, NULL, NULL);
	setsockopt(flow, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	patience.since = now();
	while (!stopped) {
		ssize_t length = recv(flow, buffer, sizeof(buffer), 0);

		if (length > 0)
			moved(&patience, now());
		if (length > 0)
			bytes += length;
		if (!length)
			break;
	}
	finish(&patience, bytes);
}

static int open_sniffer(const char *interface)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(interface),
	};
	int fd = open_socket(AF_PACKET, SOCK_RAW, 0);
	int one = 1;

	if (!address.sll_ifindex)
		die(interface);
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind");
	return fd;
}

static int64_t time_of(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct timespec ts;

	if (!control || control->cmsg_type != SO_TIMESTAMPNS)
		return now();
	memcpy(&ts, CMSG_DATA(control), sizeof(ts));
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static void note_frame(const unsigned char *frame, ssize_t length, int64_t time,
		       uint8_t interface, uint8_t outgoing)
{
	const struct iphdr *ip = (const void *)(frame + ETH_HLEN);
	const struct udphdr *udp = (const void *)(ip + 1);
	const struct datagram *datagram = (const void *)(udp + 1);

	if (length < ETH_HLEN + 28 + PAYLOAD ||
	    (frame[12] << 8 | frame[13]) != ETH_P_IP)
		return;
	if (ip->protocol == IPPROTO_UDP && ntohl(datagram->magic) == MAGIC)
		add(time, ntohl(datagram->sequence), ntohs(udp->dest), interface, outgoing);
}

static void sniff_one(int fd, uint8_t interface)
{
	/* Two bytes in front align what follows the Ethernet header. */
	unsigned char space[2 + ETH_HLEN + 28 + PAYLOAD] __attribute__((aligned(4)));
	unsigned char *frame = space + 2;
	char control[256];
	struct sockaddr_ll from;
	struct iovec vector = { .iov_base = frame, .iov_len = sizeof(space) - 2 };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);

	if (length > 0)
		note_frame(frame, length, time_of(&message), interface,
			   from.sll_pkttype == PACKET_OUTGOING);
}

static void command_sniff(char **argv, int background)
{
	FILE *log = open_log(argv[0]);
	struct pollfd polls[16];
	unsigned int i, n;

	for (n = 0; argv[1 + n] && n < 16; n++)
		polls[n] = (struct pollfd){ .fd = open_sniffer(argv[1 + n]), .events = POLLIN };
	ready(background);
	while (!stopped) {
		poll(polls, n, TICK_MS);
		for (i = 0; i < n; i++)
			if (polls[i].revents & POLLIN)
				sniff_one(polls[i].fd, i);
	}
	for (i = 0; i < count; i++)
		fprintf(log, "%s %s %u %u %lld\n", argv[1 + records[i].interface],
			records[i].note ? "out" : "in", records[i].port,
			records[i].sequence, (long long)records[i].time);
	close_log(log);
}

static const struct command {
	const char *name;
	int arguments;
	void (*run)(char **argv, int background);
} commands[] = {
	{ "send", 4, command_send },
	{ "recv", 2, command_recv },
	{ "tcp-send", 4, command_tcp_send },
	{ "tcp-flood", 3, command_tcp_flood },
	{ "tcp-recv", 2, command_tcp_recv },
	{ "sniff", 2, command_sniff },
};

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int background = argc > 1 && !strcmp(argv[1], "-d");
	char **words = argv + 1 + background;
	int left = argc - 1 - background;
	unsigned int i;

	/* No SA_RESTART: a signal ends a blocking call. */
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	records = calloc(LOG_MAX, sizeof(*records));
	if (!records)
		die("memory");
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (left > commands[i].arguments && !strcmp(words[0], commands[i].name)) {
			commands[i].run(words + 1, background);
			return 0;
		}
	}
	fprintf(stderr, "usage: see the head of traffic.c\n");
	return 2;
}
