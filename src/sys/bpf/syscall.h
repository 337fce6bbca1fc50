/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall: the calls of bpf(2) that reading the processes needs. They need CAP_BPF and CAP_PERFMON,
 * or CAP_SYS_ADMIN. Descriptors are closed by exec.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sys/bpf/asm.h"

#define BPF_SYSCALL_WORDS 240 /* of the verifier's message, with the NUL */

/* How a program is run. */
enum bpf_syscall_way {
	BPF_SYSCALL_RUN,  /* once, by BPF_PROG_TEST_RUN: a BPF_PROG_TYPE_SYSCALL */
	BPF_SYSCALL_ITER, /* for each task, by reading from a BPF_TRACE_ITER */
};

/* An array of n values of size bytes, for mmap(2). A descriptor, or a negative errno. */
int bpf_syscall_make_map(size_t n, size_t size);

/*
 * Loads a program. iter: for BPF_SYSCALL_ITER the BTF id of the function to attach to. A
 * descriptor, or a negative errno; words is then the verifier's last message, or empty.
 */
int bpf_syscall_load(enum bpf_syscall_way way, uint32_t iter, const struct bpf_asm *code,
		     char words[BPF_SYSCALL_WORDS]);

/* Runs it to its end. 0 or a negative errno. */
int bpf_syscall_run(enum bpf_syscall_way way, int program);
