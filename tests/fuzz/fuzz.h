/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz: what the harnesses share: the entry point, text ended by a NUL, and a check that no compiler leaves out. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold of any input. */
static inline void fuzz_check(int holds)
{
	if (!holds)
		abort();
}

/* A copy with a NUL behind it, just as large: a read beyond the end is found. The caller frees it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_check(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
