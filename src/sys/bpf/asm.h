/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asm: an assembler for some BPF instructions (Documentation/bpf/standardization/). Registers: 0
 * what a call returns, 1 to 5 its arguments, which it overwrites, 6 to 9 kept, 10 end of the stack.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#define BPF_ASM_MAX 512 /* instructions */

struct bpf_asm {
	struct bpf_insn code[BPF_ASM_MAX];
	size_t n;
	int error; /* -E2BIG: the program or a jump is too long; -EINVAL: invalid size */
};

/* to = from; to = value; to += value; to += from; to -= from. All of 64 bits. */
void bpf_asm_copy(struct bpf_asm *a, int to, int from);
void bpf_asm_set(struct bpf_asm *a, int to, int32_t value);
void bpf_asm_add(struct bpf_asm *a, int to, int32_t value);
void bpf_asm_add_from(struct bpf_asm *a, int to, int from);
void bpf_asm_subtract(struct bpf_asm *a, int to, int from);

/* to = its lower 32 bits with their sign. */
void bpf_asm_extend_sign(struct bpf_asm *a, int to);

/* to = *(from + offset), of size 1, 2, 4 or 8 bytes, the rest 0; and *(to + offset) = from. */
void bpf_asm_load(struct bpf_asm *a, size_t size, int to, int from, int offset);
void bpf_asm_store(struct bpf_asm *a, size_t size, int to, int offset, int from);

/* to = the map with that descriptor; to = the address of the kernel's variable with that BTF id. */
void bpf_asm_set_map(struct bpf_asm *a, int to, int map);
void bpf_asm_set_variable(struct bpf_asm *a, int to, uint32_t id);

/* Calls a helper by its number (enum bpf_func_id), or a kernel function by its BTF id. */
void bpf_asm_call(struct bpf_asm *a, int helper);
void bpf_asm_call_kernel(struct bpf_asm *a, uint32_t id);

void bpf_asm_exit(struct bpf_asm *a);

/* Jumps forward: to wherever bpf_asm_land() is called with what they return. */
size_t bpf_asm_jump_if_zero(struct bpf_asm *a, int reg);
size_t bpf_asm_jump_if_set(struct bpf_asm *a, int reg);
size_t bpf_asm_jump_if_equal(struct bpf_asm *a, int reg, int other);
size_t bpf_asm_jump_if_differ(struct bpf_asm *a, int reg, int other);
void bpf_asm_land(struct bpf_asm *a, size_t jump);

/* Jumps back: to what bpf_asm_here() returned. */
size_t bpf_asm_here(const struct bpf_asm *a);
void bpf_asm_jump_back(struct bpf_asm *a, size_t to);
