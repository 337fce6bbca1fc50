/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the option parser: every value and operand must be part of the given words. */
#include "fuzz.h"

#include <stdio.h>

#include "base/args.h"

#define MAX_WORDS 64

struct filled {
	const char *text;
	size_t size, n_calls, top;
	const char *output;
	bool has_all, has_tree;
};

static enum status take(void *target, const struct args *a)
{
	struct filled *f = target;

	fuzz_check(!a->value == !a->option->arg);
	fuzz_check(!a->value || (a->value >= f->text && a->value <= f->text + f->size));
	f->n_calls++;
	return a->value && *a->value == '!' ? args_error(a, "refused") : ST_OK;
}

static const struct opt common[] = {
	OPT_CALL('q', "quiet", NULL, "", take),
	OPT_CALL(0, "color", "WHEN", "", take),
	OPT_END,
};

static const struct opt some[] = {
	OPT_CALL('n', "adjust", "ADJ", "", take),
	OPT_STRING('o', "output", "LIST", "", struct filled, output),
	OPT_FLAG(0, "output-all", "", struct filled, has_all),
	OPT_COUNT('t', "top", "N", "", struct filled, top, 1000),
	OPT_END,
};

static const struct opt others[] = {
	OPT_CALL('p', "pid", "PID", "", take),
	OPT_FLAG(0, "tree", "", struct filled, has_tree),
	OPT_END,
};

static void check(const struct args *a, const struct filled *f, char *const *words, int n)
{
	fuzz_check(a->n_operands <= (size_t)n && !a->operands[a->n_operands]);
	fuzz_check(f->n_calls <= f->size && f->top <= 1000);
	fuzz_check(!f->output || (f->output >= f->text && f->output <= f->text + f->size));
	for (size_t i = 0; i < a->n_operands; i++) {
		int found = 0;

		for (int k = 0; k < n; k++)
			found |= a->operands[i] == words[k];
		fuzz_check(found);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *quiet;
	char *words[MAX_WORDS + 1], *text = fuzz_text(data, size);
	struct filled f = { .text = text, .size = size };
	struct args a = { .command = "command",
			  .groups = { { common, &f }, { some, &f }, { others, &f } },
			  .argv = words };
	enum status st;

	/* Drops messages; the fuzzer writes its own reports elsewhere. */
	if (!quiet) {
		quiet = fopen("/dev/null", "w");
		stderr = quiet;
	}
	a.flags = size && data[0] & 1 ? ARGS_WRAPPER : 0;
	for (char *p = text; p <= text + size && a.argc < MAX_WORDS; p += strlen(p) + 1)
		words[a.argc++] = p;
	words[a.argc] = NULL;
	st = args_read(&a);
	fuzz_check(st == ST_OK || st == ST_USAGE);
	check(&a, &f, words, a.argc);
	if (st == ST_OK)
		st = args_store(&a);
	fuzz_check(st == ST_OK || st == ST_USAGE);
	check(&a, &f, words, a.argc);
	args_free(&a);
	free(text);
	return 0;
}
