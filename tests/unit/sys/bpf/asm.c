/* SPDX-License-Identifier: GPL-2.0-or-later */
/* asm: the bytes of each instruction, from the standard (RFC 9669, little endian). */
#include "unit.h"

#include <errno.h>

#include "sys/bpf/asm.h"

static void bytes_are(const char *name, const struct bpf_asm *a, const char *want)
{
	char got[1024] = "";
	const unsigned char *p = (const unsigned char *)a->code;

	for (size_t i = 0; i < a->n * 8; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%02x",
			 i % 8 ? "" : (i ? " " : ""), p[i]);
	unit_text(name, got, want);
}

static void encodes(void **state)
{
	static struct bpf_asm a;

	(void)state;
	a.n = 0;
	bpf_asm_copy(&a, 6, 1);
	bpf_asm_set(&a, 0, -1);
	bpf_asm_add(&a, 2, -8);
	bytes_are("64 bits", &a, "bf16000000000000 b7000000ffffffff 07020000f8ffffff");
	a.n = 0;
	bpf_asm_add_from(&a, 3, 8);
	bpf_asm_subtract(&a, 0, 1);
	bpf_asm_extend_sign(&a, 0);
	bytes_are("of two registers", &a,
		  "0f83000000000000 1f10000000000000 6700000020000000 c700000020000000");
	a.n = 0;
	bpf_asm_set_address(&a, 2, 10, -8);
	bytes_are("an address", &a, "bfa2000000000000 07020000f8ffffff");
	a.n = 0;
	bpf_asm_load(&a, 1, 0, 7, 3);
	bpf_asm_load(&a, 2, 0, 7, 258);
	bpf_asm_load(&a, 4, 1, 10, -4);
	bpf_asm_load(&a, 8, 9, 6, 1136);
	bytes_are("loads", &a,
		  "7170030000000000 6970020100000000 61a1fcff00000000 7969700400000000");
	a.n = 0;
	bpf_asm_store(&a, 1, 7, 3, 0);
	bpf_asm_store(&a, 2, 7, 4, 1);
	bpf_asm_store(&a, 4, 10, -8, 1);
	bpf_asm_store(&a, 8, 9, 0, 2);
	bytes_are("stores", &a,
		  "7307030000000000 6b17040000000000 631af8ff00000000 7b29000000000000");
	a.n = 0;
	bpf_asm_set_map(&a, 1, 5);
	bpf_asm_set_variable(&a, 2, 36011);
	bpf_asm_call(&a, 113);
	bpf_asm_call_kernel(&a, 64263);
	bpf_asm_exit(&a);
	bytes_are("calls", &a,
		  "1811000005000000 0000000000000000 18320000ab8c0000 0000000000000000 8500000071000000 8520000007fb0000 9500000000000000");
	assert_int_equal(a.error, 0);
}

static void jumps_land(void **state)
{
	static struct bpf_asm a;
	size_t same = 0, end = 0, loop;

	(void)state;
	a.n = 0;
	bpf_asm_jump_if_zero(&a, &end, 0);
	loop = a.n;
	bpf_asm_jump_if_set(&a, &end, 3);
	bpf_asm_jump_if_equal(&a, &same, 0, 1);
	bpf_asm_jump_if_differ(&a, &end, 1, 2);
	bpf_asm_land(&a, same);
	bpf_asm_jump_back(&a, loop);
	bpf_asm_land(&a, end);
	bpf_asm_exit(&a);
	bytes_are("jumps", &a,
		  "1500040000000000 5503030000000000 1d10010000000000 5d21010000000000 "
		  "0500fcff00000000 9500000000000000");
}

static void what_does_not_fit_is_an_error(void **state)
{
	static struct bpf_asm a;

	(void)state;
	bpf_asm_load(&a, 3, 0, 1, 0);
	assert_int_equal(a.error, -EINVAL);
	a.error = 0;
	bpf_asm_load(&a, 8, 0, 1, 40000);
	assert_int_equal(a.error, -E2BIG);
	a.error = 0;
	for (size_t i = a.n; i < BPF_ASM_MAX; i++)
		bpf_asm_exit(&a);
	assert_int_equal(a.error, 0);
	bpf_asm_exit(&a);
	assert_int_equal(a.error, -E2BIG);
	assert_int_equal(a.n, BPF_ASM_MAX);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes),
		cmocka_unit_test(jumps_land),
		cmocka_unit_test(what_does_not_fit_is_an_error),
	};

	return UNIT_RUN(argc, argv, tests);
}
