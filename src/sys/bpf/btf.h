/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf: offsets of members in the running kernel's structs, and ids of its types and functions, from
 * its BTF (Documentation/bpf/btf.rst). The file is not kept in memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define BTF_KERNEL "/sys/kernel/btf/vmlinux"

enum btf_kind {
	BTF_INT = 1,
	BTF_PTR,
	BTF_ARRAY,
	BTF_STRUCT,
	BTF_UNION,
	BTF_ENUM,
	BTF_FWD,
	BTF_TYPEDEF,
	BTF_VOLATILE,
	BTF_CONST,
	BTF_RESTRICT,
	BTF_FUNC,
	BTF_FUNC_PROTO,
	BTF_VAR,
	BTF_DATASEC,
	BTF_FLOAT,
	BTF_DECL_TAG,
	BTF_TYPE_TAG,
	BTF_ENUM64,
};

/* A wanted member; "a.b": the member b of a. Members of anonymous members count. */
struct btf_field {
	size_t in; /* the struct, among the wanted ids */
	const char *path;
	uint32_t least;  /* a smaller member counts as not found */
	uint32_t offset; /* bytes */
	uint32_t size;   /* bytes; 0: not found, or a bit field */
};

/* A wanted type or function, by kind and name; id 0: not found. */
struct btf_id {
	enum btf_kind kind;
	const char *name;
	uint32_t id;
	uint32_t size; /* of a struct, bytes */
};

/*
 * 0, also if some are not found; -EINVAL: the file is not complete BTF of this byte order;
 * -ENOTSUP: unknown version or kind of type; other errors of open(2) and read(2).
 */
int btf_resolve(const char *path, struct btf_field *fields, size_t n_fields, struct btf_id *ids,
		size_t n_ids);
