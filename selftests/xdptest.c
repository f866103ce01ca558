// SPDX-License-Identifier: GPL-2.0
/*
 * XDP programs for tests, without a compiler for them.
 *
 *   xdptest drop FOLDER             one that drops and counts pings (IPv4), and lets
 *                                   everything else pass; pinned as FOLDER/drop,
 *                                   its counter as FOLDER/count
 *   xdptest redirect FOLDER INDEX   one that sends everything to that interface; pinned
 *                                   as FOLDER/redirect
 *   xdptest count FOLDER            tell how many were dropped
 *
 * The folder is on a bpf file system.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_MAX_HERE	256
#define LOG_MAX		65536

/* Where in a frame without VLAN tag and IP options things are. */
#define ETHERTYPE	12
#define IP_PROTOCOL	23
#define ICMP_TYPE	34

#define INSN(op, to, from, away, value) \
	{ .code = (op), .dst_reg = (to), .src_reg = (from), .off = (away), \
	  .imm = (value) }
#define MOVE(to, from)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define SET(to, value)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define ADD(to, value)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value)
#define LOAD(size, to, from, away) \
	INSN(BPF_LDX | BPF_MEM | (size), to, from, away, 0)
#define UNLESS(reg, value, skip) \
	INSN(BPF_JMP | BPF_JNE | BPF_K, reg, 0, skip, value)
#define CALL(function)	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define EXIT()		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* One instruction in two parts. */
#define MAP(to, fd)	INSN(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, fd)
#define MAP_END()	INSN(0, 0, 0, 0, 0)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static void path_of(char *path, const char *folder, const char *name)
{
	snprintf(path, PATH_MAX_HERE, "%s/%s", folder, name);
}

static void pin(int fd, const char *folder, const char *name)
{
	char path[PATH_MAX_HERE];
	union bpf_attr attr = {
		.pathname = (uintptr_t)path,
		.bpf_fd = fd,
	};

	path_of(path, folder, name);
	if (bpf(BPF_OBJ_PIN, &attr))
		die(path);
}

static int load(const struct bpf_insn *insns, unsigned int count)
{
	static char log[LOG_MAX];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0) {
		fputs(log, stderr);
		die("program");
	}
	return fd;
}

static int make_counter(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint64_t),
		.max_entries = 1,
	};
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		die("map");
	return fd;
}

static void drop(const char *folder)
{
	int counter = make_counter();
	const struct bpf_insn insns[] = {
		LOAD(BPF_W, 2, 1, offsetof(struct xdp_md, data)),
		LOAD(BPF_W, 3, 1, offsetof(struct xdp_md, data_end)),
		MOVE(4, 2),
		ADD(4, ICMP_TYPE + 1),
		/* Shorter than a ping: pass. */
		INSN(BPF_JMP | BPF_JGT | BPF_X, 4, 3, 17, 0),
		LOAD(BPF_H, 5, 2, ETHERTYPE),
		UNLESS(5, htons(0x0800), 15),
		LOAD(BPF_B, 5, 2, IP_PROTOCOL),
		UNLESS(5, 1, 13),
		LOAD(BPF_B, 5, 2, ICMP_TYPE),
		UNLESS(5, 8, 11),
		INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
		MOVE(2, 10),
		ADD(2, -4),
		MAP(1, counter),
		MAP_END(),
		CALL(BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
		SET(1, 1),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD),
		SET(0, XDP_DROP),
		EXIT(),
		SET(0, XDP_PASS),
		EXIT(),
	};

	pin(load(insns, sizeof(insns) / sizeof(*insns)), folder, "drop");
	pin(counter, folder, "count");
}

static void redirect(const char *folder, int index)
{
	const struct bpf_insn insns[] = {
		SET(1, index),
		SET(2, 0),
		CALL(BPF_FUNC_redirect),
		EXIT(),
	};

	pin(load(insns, sizeof(insns) / sizeof(*insns)), folder, "redirect");
}

static void tell_count(const char *folder)
{
	char path[PATH_MAX_HERE];
	union bpf_attr get = { .pathname = (uintptr_t)path };
	uint64_t count = 0;
	uint32_t key = 0;
	union bpf_attr look = {
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&count,
	};
	int fd;

	path_of(path, folder, "count");
	fd = bpf(BPF_OBJ_GET, &get);
	if (fd < 0)
		die(path);
	look.map_fd = fd;
	if (bpf(BPF_MAP_LOOKUP_ELEM, &look))
		die("counter");
	printf("%llu\n", (unsigned long long)count);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "drop")) {
		drop(argv[2]);
	} else if (argc == 4 && !strcmp(argv[1], "redirect")) {
		redirect(argv[2], atoi(argv[3]));
	} else if (argc == 3 && !strcmp(argv[1], "count")) {
		tell_count(argv[2]);
	} else {
		fputs("Usage: xdptest drop|redirect|count FOLDER [INDEX]\n",
		      stderr);
		return 1;
	}
	return 0;
}
