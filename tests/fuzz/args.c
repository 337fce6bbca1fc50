/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the parser of options: every word that is left is one of those given, and a second pass finds the same. */
#include "fuzz.h"

#include <stdio.h>

#include "base/args.h"

#define MAX_WORDS 64

static const struct opt some[] = {
	{ 'n', "adjust", "ADJ", "" },
	{ 'q', "quiet", NULL, "" },
	{ 'o', "output", "LIST", "" },
	{ OPT_LONG, "output-all", NULL, "" },
	{ OPT_LONG + 1, "color", "[WHEN]", "" },
	{ 0, NULL, NULL, NULL },
};

static const struct opt others[] = {
	{ 'p', "pid", "PID", "" },
	{ 'c', "colour", "[WHEN]", "" },
	{ OPT_LONG + 2, "tree", NULL, "" },
	{ 0, NULL, NULL, NULL },
};

static int is_key(int key)
{
	return key == 0 || key == -1 || strchr("nqopc", key) ||
	       (key >= OPT_LONG && key <= OPT_LONG + 2);
}

/* A sum over keys and operands; *last: how it ended. */
static size_t pass(struct args *a, char *const *words, int n, const char *text, size_t size,
		   int *last)
{
	size_t sum = 0;
	int key, left = 4 * (int)size + 8;

	fuzz_check(args_begin(a) == 0);
	while ((key = args_next(a)) > 0) {
		fuzz_check(is_key(key) && left-- > 0);
		fuzz_check(!a->value || (a->value >= text && a->value <= text + size));
		sum = sum * 31 + (size_t)key + (a->value ? (size_t)(a->value - text) : 7);
	}
	fuzz_check(is_key(key));
	fuzz_check(a->n_operands <= (size_t)n);
	for (size_t i = 0; i < a->n_operands; i++) {
		int found = 0;

		for (int k = 0; k < n; k++)
			found |= a->operands[i] == words[k];
		fuzz_check(found);
		sum = sum * 31 + (size_t)(a->operands[i] - text);
	}
	*last = key;
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *quiet;
	char *words[MAX_WORDS + 1], *text = fuzz_text(data, size);
	struct args a = { .command = "command", .groups = { some, others }, .argv = words };
	int n = 0, first_end, second_end;
	size_t first;

	/* The messages; the fuzzer's own reports go another way. */
	if (!quiet) {
		quiet = fopen("/dev/null", "w");
		stderr = quiet;
	}
	a.flags = size && data[0] & 1 ? ARGS_WRAPPER : 0;
	for (char *p = text; p <= text + size && n < MAX_WORDS; p += strlen(p) + 1)
		words[n++] = p;
	words[n] = NULL;
	a.argc = n;
	first = pass(&a, words, n, text, size, &first_end);
	fuzz_check(pass(&a, words, n, text, size, &second_end) == first && first_end == second_end);
	args_end(&a);
	free(text);
	return 0;
}
