/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asm: an assembler for the BPF instructions that this program needs (Documentation/bpf/standardization/
 * instruction-set.rst). Registers go by their numbers: 0 what a call returns, 1 to 5 its arguments and lost in it, 6 to 9
 * kept, 10 the end of the stack.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#define BPFASM_MAX 512 /* instructions */

struct bpfasm {
	struct bpf_insn code[BPFASM_MAX];
	size_t n;
	int error; /* -E2BIG: it became too long, or a jump too far; -EINVAL: a size that there is not */
};

/* to = from; to = value; to += value; to += from; to -= from. All of 64 bits. */
void bpfasm_copy(struct bpfasm *a, int to, int from);
void bpfasm_set(struct bpfasm *a, int to, int32_t value);
void bpfasm_add(struct bpfasm *a, int to, int32_t value);
void bpfasm_add_from(struct bpfasm *a, int to, int from);
void bpfasm_subtract(struct bpfasm *a, int to, int from);

/* to = its lower 32 bits with their sign. */
void bpfasm_extend_sign(struct bpfasm *a, int to);

/* to = *(from + offset), of size 1, 2, 4 or 8 bytes, the rest 0; and *(to + offset) = from. */
void bpfasm_load(struct bpfasm *a, size_t size, int to, int from, int offset);
void bpfasm_store(struct bpfasm *a, size_t size, int to, int offset, int from);

/* to = the map that the descriptor is of; to = the address of the kernel's variable with that id in the BTF. */
void bpfasm_set_map(struct bpfasm *a, int to, int map);
void bpfasm_set_variable(struct bpfasm *a, int to, uint32_t id);

/* Calls a helper by its number (enum bpf_func_id), a function of the kernel by its id in the BTF. */
void bpfasm_call(struct bpfasm *a, int helper);
void bpfasm_call_kernel(struct bpfasm *a, uint32_t id);

void bpfasm_exit(struct bpfasm *a);

/* Jumps forward: to wherever bpfasm_land() is called with what they return. */
size_t bpfasm_jump_if_zero(struct bpfasm *a, int reg);
size_t bpfasm_jump_if_set(struct bpfasm *a, int reg);
size_t bpfasm_jump_if_equal(struct bpfasm *a, int reg, int other);
size_t bpfasm_jump_if_differ(struct bpfasm *a, int reg, int other);
void bpfasm_land(struct bpfasm *a, size_t jump);

/* Jumps back: to what bpfasm_here() returned. */
size_t bpfasm_here(const struct bpfasm *a);
void bpfasm_jump_back(struct bpfasm *a, size_t to);
