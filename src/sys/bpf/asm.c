/* SPDX-License-Identifier: GPL-2.0-or-later */
/* asm: an assembler for the BPF instructions that this program needs. */
#include "sys/bpf/asm.h"

#include <errno.h>

size_t bpf_asm_put(struct bpf_asm *a, int code, int dst, int src, int off, int32_t imm)
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

int bpf_asm_size(struct bpf_asm *a, size_t size)
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

void bpf_asm_extend_sign(struct bpf_asm *a, int to)
{
	bpf_asm_put(a, BPF_ALU64 | BPF_LSH | BPF_K, to, 0, 0, 32);
	bpf_asm_put(a, BPF_ALU64 | BPF_ARSH | BPF_K, to, 0, 0, 32);
}

void bpf_asm_set_wide(struct bpf_asm *a, int to, int kind, int32_t value)
{
	bpf_asm_put(a, BPF_LD | BPF_IMM | BPF_DW, to, kind, 0, value);
	/* The upper 32 bits. */
	bpf_asm_put(a, 0, 0, 0, 0, 0);
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

void bpf_asm_jump_back(struct bpf_asm *a, size_t to)
{
	bpf_asm_put(a, BPF_JMP | BPF_JA, 0, 0, distance(a->n, to), 0);
}
