/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf_strings: where the names that are looked for lie in the table of names of a BTF. */
#pragma once

#include "sys/bpf/btf_file.h"

#define BTF_STRINGS_MAX    128
#define BTF_STRINGS_LENGTH 64 /* of a name, with its NUL */

struct btfname {
	char text[BTF_STRINGS_LENGTH];
	size_t len;
	uint32_t offset; /* in the table; 0: it is not there */
};

struct btf_strings {
	struct btfname list[BTF_STRINGS_MAX];
	size_t n, n_found;
	uint64_t ends[BTF_STRINGS_LENGTH]; /* for each length: bits of the first and last letters */
};

/*
 * From now on a name is looked for. 0; -EINVAL: it is empty or too long; -E2BIG: they are too many.
 */
int btf_strings_want(struct btf_strings *names, const char *text, size_t len);

/* One of those that are looked for; NULL. */
struct btfname *btf_strings_find(struct btf_strings *names, const char *text, size_t len);

/* Finds them all in the table that lies from begin to end in the file. 0 or -EIO. */
int btf_strings_read(struct btf_strings *names, struct btf_file *blob, uint64_t begin,
		     uint64_t end);
