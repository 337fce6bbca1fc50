/* SPDX-License-Identifier: GPL-2.0-or-later */
/* asm: an assembler for the BPF instructions that this program needs. */
#include "sys/bpf/asm.h"

#include <errno.h>

void bpf_asm_put(struct bpf_asm *a, int code, int dst, int src, int off, int32_t imm)
{
	struct bpf_insn *insn = &a->code[a->n];

	if (a->n == BPF_ASM_MAX) {
		a->error = -E2BIG;
		return;
	}
	insn->code = (uint8_t)code;
	insn->dst_reg = (unsigned int)dst & 15U;
	insn->src_reg = (unsigned int)src & 15U;
	insn->off = (int16_t)off;
	insn->imm = imm;
	if (insn->off != off)
		a->error = -E2BIG;
	a->n++;
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

void bpf_asm_set_address(struct bpf_asm *a, int to, int from, int32_t offset)
{
	bpf_asm_copy(a, to, from);
	bpf_asm_add(a, to, offset);
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

/*
 * Until its label lands, a jump contains the position after the previous jump with this label, or
 * 0.
 */
void bpf_asm_jump(struct bpf_asm *a, size_t *label, int condition, int reg, int other)
{
	bpf_asm_put(a, BPF_JMP | condition, reg, other, (int)*label, 0);
	*label = a->n;
}

void bpf_asm_land(struct bpf_asm *a, size_t label)
{
	while (label && !a->error) {
		int16_t *off = &a->code[label - 1].off;
		size_t previous = (size_t)*off;

		*off = (int16_t)(a->n - label);
		label = previous;
	}
}

void bpf_asm_jump_back(struct bpf_asm *a, size_t to)
{
	bpf_asm_put(a, BPF_JMP | BPF_JA, 0, 0, (int)to - (int)a->n - 1, 0);
}
