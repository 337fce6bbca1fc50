/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: shared by the harnesses: the entry point, NUL-terminated text, and a check that no compiler
 * removes.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A condition that must hold for any input. */
static inline void fuzz_check(int holds)
{
	if (!holds)
		abort();
}

/*
 * A NUL-terminated copy of exactly this size, so that a read beyond its end is detected. The caller
 * frees it.
 */
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
