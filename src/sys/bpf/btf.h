/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf: where members lie in the running kernel's structs, and the numbers of its types and
 * functions: from the description that the kernel gives of itself (Documentation/bpf/btf.rst). A
 * few small passes over the file, nothing of it is kept.
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

/*
 * A member to be looked for: of a struct by its name, "a.b" a member of the member a. Those of
 * anonymous members count.
 */
struct btf_field {
	const char *type, *path;
	uint32_t offset; /* bytes */
	uint32_t size;   /* bytes; 0: there is none, or it does not fill whole bytes */
};

/* A type or function to be looked for by kind and name: id 0: there is none. */
struct btf_id {
	enum btf_kind kind;
	const char *name;
	uint32_t id;
	uint32_t size; /* of a struct, bytes */
};

/*
 * Looks for all of them. 0, also if some are not there; -EINVAL: the file is no whole BTF of this
 * byte order; -ENOTSUP: of a later kind; or what open(2) and read(2) gave.
 */
int btf_resolve(const char *path, struct btf_field *fields, size_t n_fields, struct btf_id *ids,
		size_t n_ids);
