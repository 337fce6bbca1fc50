/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf_strings: where the names that are looked for lie in the table of names of a BTF. */
#pragma once

#include "sys/bpf/btf_file.h"

#define BTFNAMES_MAX    128
#define BTFNAMES_LENGTH 64 /* of a name, with its NUL */

struct btfname {
	char text[BTFNAMES_LENGTH];
	size_t len;
	uint32_t offset; /* in the table; 0: it is not there */
};

struct btfnames {
	struct btfname list[BTFNAMES_MAX];
	size_t n, n_found;
	uint64_t ends[BTFNAMES_LENGTH]; /* for each length: bits of the first and last letters */
};

/* From now on a name is looked for. 0; -EINVAL: it is empty or too long; -E2BIG: they are too many. */
int btfnames_want(struct btfnames *names, const char *text, size_t len);

/* One of those that are looked for; NULL. */
struct btfname *btfnames_find(struct btfnames *names, const char *text, size_t len);

/* Finds them all in the table that lies from begin to end in the file. 0 or -EIO. */
int btfnames_read(struct btfnames *names, struct blob *blob, uint64_t begin, uint64_t end);
