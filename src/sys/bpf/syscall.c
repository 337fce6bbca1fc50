/* SPDX-License-Identifier: GPL-2.0-or-later */
/* syscall: the calls of bpf(2) that reading the processes needs. */
#include "sys/bpf/syscall.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_SIZE 65536

/* Reads without output before a growing task list is given up. */
#define MAX_READS 1000

static int call(int command, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : (int)result;
}

int bpf_syscall_make_map(size_t n, size_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = (uint32_t)size;
	attr.max_entries = (uint32_t)n;
	attr.map_flags = BPF_F_MMAPABLE;
	return n && n <= INT32_MAX / size ? call(BPF_MAP_CREATE, &attr) : -E2BIG;
}

/* The reason and the instruction before it: the log ends with statistics. */
static void take_words(char *log, char words[BPF_SYSCALL_WORDS])
{
	char *lines[2] = { NULL, NULL }, *rest = log, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line || strncmp(line, "processed ", 10) == 0 ||
		    strncmp(line, "verification time", 17) == 0 ||
		    strncmp(line, "stack depth", 11) == 0)
			continue;
		lines[0] = lines[1];
		lines[1] = line;
	}
	if (lines[1])
		snprintf(words, BPF_SYSCALL_WORDS, "%.110s%s%.110s", lines[0] ? lines[0] : "",
			 lines[0] ? ": " : "", lines[1]);
}

int bpf_syscall_load(enum bpf_syscall_way way, uint32_t iter, const struct bpf_asm *code,
		     char words[BPF_SYSCALL_WORDS])
{
	union bpf_attr attr;
	char *log;
	int fd;

	words[0] = '\0';
	if (code->error)
		return code->error;
	memset(&attr, 0, sizeof(attr));
	if (way == BPF_SYSCALL_ITER) {
		attr.prog_type = BPF_PROG_TYPE_TRACING;
		attr.expected_attach_type = BPF_TRACE_ITER;
		attr.attach_btf_id = iter;
	} else {
		attr.prog_type = BPF_PROG_TYPE_SYSCALL;
		attr.prog_flags = BPF_F_SLEEPABLE;
	}
	attr.insns = (uintptr_t)code->code;
	attr.insn_cnt = (uint32_t)code->n;
	/* The functions that it calls require this licence; see COPYING. */
	attr.license = (uintptr_t) "GPL";
	memcpy(attr.prog_name, "oom_census", sizeof("oom_census"));
	fd = call(BPF_PROG_LOAD, &attr);
	if (fd >= 0 || fd == -EPERM)
		return fd;
	/* Once more, with a log, which takes time. */
	log = calloc(1, LOG_SIZE);
	if (!log)
		return fd;
	attr.log_buf = (uintptr_t)log;
	attr.log_size = LOG_SIZE - 1;
	attr.log_level = 1;
	fd = call(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		take_words(log, words);
	free(log);
	return fd;
}

/* The program has no output: a read returns only the end. */
static int read_to_end(int iter)
{
	char buf[64];

	for (int i = 0; i < MAX_READS; i++) {
		ssize_t n = read(iter, buf, sizeof(buf));

		if (n == 0)
			return 0;
		/* EAGAIN: a million tasks without output (bpf_iter.c, bpf_seq_read()). */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}

static int run_iter(int program)
{
	union bpf_attr attr;
	int link, iter, err;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)program;
	attr.link_create.attach_type = BPF_TRACE_ITER;
	link = call(BPF_LINK_CREATE, &attr);
	if (link < 0)
		return link;
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (uint32_t)link;
	iter = call(BPF_ITER_CREATE, &attr);
	err = iter < 0 ? iter : read_to_end(iter);
	if (iter >= 0)
		close(iter);
	close(link);
	return err;
}

int bpf_syscall_run(enum bpf_syscall_way way, int program)
{
	union bpf_attr attr;

	if (way == BPF_SYSCALL_ITER)
		return run_iter(program);
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (uint32_t)program;
	return call(BPF_PROG_TEST_RUN, &attr);
}
