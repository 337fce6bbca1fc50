/* SPDX-License-Identifier: GPL-2.0-or-later */
/* asm: an assembler for the BPF instructions that this program needs. */
#include "sys/bpf/asm.h"

#include <errno.h>

static size_t put(struct bpf_asm *a, int code, int dst, int src, int off, int32_t imm)
{
	struct bpf_insn *insn = &a->code[a->n];

	if (a->n == BPF_ASM_MAX) {
		a->error = -E2BIG;
		return 0;
	}
	insn->code = (uint8_t)code;
	insn->dst_reg = (unsigned int)dst & 15U;
	insn->src_reg = (unsigned int)src & 15U;
	insn->off = (int16_t)off;
	insn->imm = imm;
	if (insn->off != off)
		a->error = -E2BIG;
	return a->n++;
}

static int size_code(struct bpf_asm *a, size_t size)
{
	switch (size) {
	case 1:
		return BPF_B;
	case 2:
		return BPF_H;
	case 4:
		return BPF_W;
	case 8:
		return BPF_DW;
	default:
		a->error = -EINVAL;
		return BPF_DW;
	}
}

void bpf_asm_copy(struct bpf_asm *a, int to, int from)
{
	put(a, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

void bpf_asm_set(struct bpf_asm *a, int to, int32_t value)
{
	put(a, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

void bpf_asm_add(struct bpf_asm *a, int to, int32_t value)
{
	put(a, BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value);
}

void bpf_asm_add_from(struct bpf_asm *a, int to, int from)
{
	put(a, BPF_ALU64 | BPF_ADD | BPF_X, to, from, 0, 0);
}

void bpf_asm_subtract(struct bpf_asm *a, int to, int from)
{
	put(a, BPF_ALU64 | BPF_SUB | BPF_X, to, from, 0, 0);
}

void bpf_asm_extend_sign(struct bpf_asm *a, int to)
{
	put(a, BPF_ALU64 | BPF_LSH | BPF_K, to, 0, 0, 32);
	put(a, BPF_ALU64 | BPF_ARSH | BPF_K, to, 0, 0, 32);
}

void bpf_asm_load(struct bpf_asm *a, size_t size, int to, int from, int offset)
{
	put(a, BPF_LDX | BPF_MEM | size_code(a, size), to, from, offset, 0);
}

void bpf_asm_store(struct bpf_asm *a, size_t size, int to, int offset, int from)
{
	put(a, BPF_STX | BPF_MEM | size_code(a, size), to, from, offset, 0);
}

/* kind: what value is. The second instruction holds the upper 32 bits. */
static void set_wide(struct bpf_asm *a, int to, int kind, int32_t value)
{
	put(a, BPF_LD | BPF_IMM | BPF_DW, to, kind, 0, value);
	put(a, 0, 0, 0, 0, 0);
}

void bpf_asm_set_map(struct bpf_asm *a, int to, int map)
{
	set_wide(a, to, BPF_PSEUDO_MAP_FD, map);
}

void bpf_asm_set_variable(struct bpf_asm *a, int to, uint32_t id)
{
	set_wide(a, to, BPF_PSEUDO_BTF_ID, (int32_t)id);
}

void bpf_asm_call(struct bpf_asm *a, int helper)
{
	put(a, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

void bpf_asm_call_kernel(struct bpf_asm *a, uint32_t id)
{
	put(a, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, (int32_t)id);
}

void bpf_asm_exit(struct bpf_asm *a)
{
	put(a, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

size_t bpf_asm_jump_if_zero(struct bpf_asm *a, int reg)
{
	return put(a, BPF_JMP | BPF_JEQ | BPF_K, reg, 0, 0, 0);
}

size_t bpf_asm_jump_if_set(struct bpf_asm *a, int reg)
{
	return put(a, BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, 0);
}

size_t bpf_asm_jump_if_equal(struct bpf_asm *a, int reg, int other)
{
	return put(a, BPF_JMP | BPF_JEQ | BPF_X, reg, other, 0, 0);
}

size_t bpf_asm_jump_if_differ(struct bpf_asm *a, int reg, int other)
{
	return put(a, BPF_JMP | BPF_JNE | BPF_X, reg, other, 0, 0);
}

/* Jumps count from the next instruction. */
static int distance(size_t from, size_t to)
{
	return (int)to - (int)from - 1;
}

void bpf_asm_land(struct bpf_asm *a, size_t jump)
{
	a->code[jump].off = (int16_t)distance(jump, a->n);
}

size_t bpf_asm_here(const struct bpf_asm *a)
{
	return a->n;
}

void bpf_asm_jump_back(struct bpf_asm *a, size_t to)
{
	put(a, BPF_JMP | BPF_JA, 0, 0, distance(a->n, to), 0);
}
