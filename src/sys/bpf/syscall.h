/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall: bpf(2), as far as a walk over the processes needs it. Every function needs CAP_BPF and
 * CAP_PERFMON, or CAP_SYS_ADMIN; descriptors are closed in a program that is executed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sys/bpf/asm.h"

#define BPF_SYSCALL_WORDS 240 /* of the verifier, with the NUL */

/* How a program is run. */
enum bpf_syscall_way {
	BPF_SYSCALL_RUN,  /* once, by BPF_PROG_TEST_RUN: a BPF_PROG_TYPE_SYSCALL */
	BPF_SYSCALL_ITER, /* for each task, by reading from a BPF_TRACE_ITER */
};

/* An array of n values of size bytes that can be mapped. A descriptor, or a negative errno. */
int bpf_syscall_make_map(size_t n, size_t size);

/*
 * Loads a program. iter: for BPF_SYSCALL_ITER the id in the BTF of the function that it is to stand
 * in for. A descriptor, or a negative errno; then words has what the verifier said last, in one
 * line, or is empty.
 */
int bpf_syscall_load(enum bpf_syscall_way way, uint32_t iter, const struct bpf_asm *code,
		     char words[BPF_SYSCALL_WORDS]);

/* Runs it to its end. 0 or a negative errno. */
int bpf_syscall_run(enum bpf_syscall_way way, int program);
