/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asm: an assembler for some BPF instructions (Documentation/bpf/standardization/). Registers: 0
 * return value of a call; 1 to 5 its arguments, which it overwrites; 6 to 9 preserved; 10 end of
 * the stack.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#define BPF_ASM_MAX 1024 /* instructions */

struct bpf_asm {
	struct bpf_insn code[BPF_ASM_MAX];
	size_t n;
	int error; /* -E2BIG: the program or a jump is too long; -EINVAL: invalid size */
};

/* Adds an instruction. The macros below use it. */
void bpf_asm_put(struct bpf_asm *a, int code, int dst, int src, int off, int32_t imm);

/* to = from; to = value; to += value; to += from; to -= from. All of 64 bits. */
#define bpf_asm_copy(a, to, from)     bpf_asm_put(a, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define bpf_asm_set(a, to, value)     bpf_asm_put(a, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define bpf_asm_add(a, to, value)     bpf_asm_put(a, BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value)
#define bpf_asm_add_from(a, to, from) bpf_asm_put(a, BPF_ALU64 | BPF_ADD | BPF_X, to, from, 0, 0)
#define bpf_asm_subtract(a, to, from) bpf_asm_put(a, BPF_ALU64 | BPF_SUB | BPF_X, to, from, 0, 0)

/* to >>= bits; to <<= bits; to &= value. */
#define bpf_asm_right(a, to, bits) bpf_asm_put(a, BPF_ALU64 | BPF_RSH | BPF_K, to, 0, 0, bits)
#define bpf_asm_left(a, to, bits)  bpf_asm_put(a, BPF_ALU64 | BPF_LSH | BPF_K, to, 0, 0, bits)
#define bpf_asm_mask(a, to, value) bpf_asm_put(a, BPF_ALU64 | BPF_AND | BPF_K, to, 0, 0, value)

/* to = from + offset. */
void bpf_asm_set_address(struct bpf_asm *a, int to, int from, int32_t offset);

/* to = its lower 32 bits, sign-extended. */
void bpf_asm_extend_sign(struct bpf_asm *a, int to);

/* to = *(from + offset), of size 1, 2, 4 or 8 bytes, the rest 0; and *(to + offset) = from. */
#define bpf_asm_load(a, size, to, from, offset) \
	bpf_asm_put(a, BPF_LDX | BPF_MEM | bpf_asm_size(a, size), to, from, offset, 0)
#define bpf_asm_store(a, size, to, offset, from) \
	bpf_asm_put(a, BPF_STX | BPF_MEM | bpf_asm_size(a, size), to, from, offset, 0)
int bpf_asm_size(struct bpf_asm *a, size_t size);

/* to = the map with that descriptor; to = the address of the kernel's variable with that BTF id. */
#define bpf_asm_set_map(a, to, map)     bpf_asm_set_wide(a, to, BPF_PSEUDO_MAP_FD, map)
#define bpf_asm_set_variable(a, to, id) bpf_asm_set_wide(a, to, BPF_PSEUDO_BTF_ID, (int32_t)(id))
void bpf_asm_set_wide(struct bpf_asm *a, int to, int kind, int32_t value);

/* Calls a helper by its number (enum bpf_func_id), or a kernel function by its BTF id. */
#define bpf_asm_call(a, helper) bpf_asm_put(a, BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define bpf_asm_call_kernel(a, id) \
	bpf_asm_put(a, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, (int32_t)(id))

#define bpf_asm_exit(a) bpf_asm_put(a, BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/*
 * Jump forward to where bpf_asm_land() is called with the same label, which is 0 at first; any
 * number of jumps can share it.
 */
#define bpf_asm_jump_if_zero(a, label, reg) bpf_asm_jump(a, label, BPF_JEQ | BPF_K, reg, 0)
#define bpf_asm_jump_if_set(a, label, reg)  bpf_asm_jump(a, label, BPF_JNE | BPF_K, reg, 0)
#define bpf_asm_jump_if_equal(a, label, reg, other) \
	bpf_asm_jump(a, label, BPF_JEQ | BPF_X, reg, other)
#define bpf_asm_jump_if_differ(a, label, reg, other) \
	bpf_asm_jump(a, label, BPF_JNE | BPF_X, reg, other)
void bpf_asm_jump(struct bpf_asm *a, size_t *label, int condition, int reg, int other);
void bpf_asm_land(struct bpf_asm *a, size_t label);

/* Jumps back to an earlier a->n. */
void bpf_asm_jump_back(struct bpf_asm *a, size_t to);
