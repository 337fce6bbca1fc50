/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf_strings: offsets of wanted names in the string table of a BTF. */
#pragma once

#include "sys/bpf/btf_file.h"

#define BTF_STRINGS_MAX    128
#define BTF_STRINGS_LENGTH 64 /* of a name, with its NUL */

struct btf_string {
	char text[BTF_STRINGS_LENGTH];
	size_t len;
	uint32_t offset; /* in the table; 0: not found */
};

struct btf_strings {
	struct btf_string list[BTF_STRINGS_MAX];
	size_t n, n_found;
	uint64_t ends[BTF_STRINGS_LENGTH]; /* by length: bits of first and last letters */
};

/* Adds a wanted name. 0; -EINVAL: it is empty or too long; -E2BIG: too many names. */
int btf_strings_want(struct btf_strings *names, const char *text, size_t len);

/* A wanted name, or NULL. */
struct btf_string *btf_strings_find(struct btf_strings *names, const char *text, size_t len);

/* Finds them in the table from begin to end in the file. 0 or -EIO. */
int btf_strings_read(struct btf_strings *names, struct btf_file *blob, uint64_t begin,
		     uint64_t end);
