/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf: offsets of members in the running kernel's structs, and ids of its types and functions. */
#include "sys/bpf/btf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "sys/bpf/btf_strings.h"

#define MAGIC       0xeb9f
#define STEP        256        /* the offset of each 256th type is kept */
#define MAX_DEPTH   16         /* of nested modifiers, arrays and anonymous members */
#define MAX_LOOKS   (1U << 20) /* at members, in all searches together */
#define TYPE_SIZE   12
#define MEMBER_SIZE 12
#define FILTER      8192

/* Of a type's second word: 16 and 5 bits. The bits between are 0, and may extend them later. */
#define VLEN_MASK 0xffffffU
#define KIND_MASK 0x7fU

/* struct btf_type of the kernel, decoded. */
struct type {
	uint32_t name, vlen, kind, size; /* size: bytes, or the type it refers to */
	bool has_bits;                   /* members have sizes in bits, too */
	uint64_t at;                     /* offset of what follows it in the file */
};

struct btf {
	struct btf_file blob;
	uint64_t types, types_end, names, names_end; /* in the file */
	struct btf_strings wanted;
	uint32_t *steps; /* offsets of types 1, 1 + STEP ..., from types */
	size_t n_steps, steps_room;
	uint64_t next; /* the offset of the first type that was not passed */
	uint32_t n_types, looks;
};

static int read_header(struct btf *b)
{
	struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t len, types, types_len, names, names_len;
	} h;
	uint64_t size = b->blob.size;

	if (btf_file_copy(&b->blob, 0, &h, sizeof(h)) || h.magic != MAGIC)
		return -EINVAL;
	if (h.version != 1)
		return -ENOTSUP;
	b->types = (uint64_t)h.len + h.types;
	b->types_end = b->types + h.types_len;
	b->names = (uint64_t)h.len + h.names;
	b->names_end = b->names + h.names_len;
	return b->types_end > size || b->names_end > size || b->types < sizeof(h) ||
			       b->names < sizeof(h)
		       ? -EINVAL
		       : 0;
}

/* The length of a path up to the next '.'; *rest is what follows it, or NULL. */
static size_t path_part(const char *path, const char **rest)
{
	size_t len = strcspn(path, ".");

	*rest = path[len] ? path + len + 1 : NULL;
	return len;
}

static int want_all(struct btf *b, const struct btf_field *fields, size_t n_fields,
		    const struct btf_id *ids, size_t n_ids)
{
	int err = 0;

	for (size_t i = 0; !err && i < n_ids; i++)
		err = btf_strings_want(&b->wanted, ids[i].name, strlen(ids[i].name));
	for (size_t i = 0; !err && i < n_fields; i++) {
		err = btf_strings_want(&b->wanted, fields[i].type, strlen(fields[i].type));
		for (const char *part = fields[i].path, *rest; !err && part; part = rest) {
			size_t len = path_part(part, &rest);

			err = btf_strings_want(&b->wanted, part, len);
		}
	}
	return err;
}

/* What follows a type: fixed bytes, and some for each of vlen (Documentation/bpf/btf.rst, 2.2). */
static const struct tail {
	uint8_t known, fixed, each;
} tails[KIND_MASK + 1] = {
	[BTF_INT] = { true, 4, 0 },        [BTF_PTR] = { true, 0, 0 },
	[BTF_ARRAY] = { true, 12, 0 },     [BTF_STRUCT] = { true, 0, 12 },
	[BTF_UNION] = { true, 0, 12 },     [BTF_ENUM] = { true, 0, 8 },
	[BTF_FWD] = { true, 0, 0 },        [BTF_TYPEDEF] = { true, 0, 0 },
	[BTF_VOLATILE] = { true, 0, 0 },   [BTF_CONST] = { true, 0, 0 },
	[BTF_RESTRICT] = { true, 0, 0 },   [BTF_FUNC] = { true, 0, 0 },
	[BTF_FUNC_PROTO] = { true, 0, 8 }, [BTF_VAR] = { true, 4, 0 },
	[BTF_DATASEC] = { true, 0, 12 },   [BTF_FLOAT] = { true, 0, 0 },
	[BTF_DECL_TAG] = { true, 4, 0 },   [BTF_TYPE_TAG] = { true, 0, 0 },
	[BTF_ENUM64] = { true, 0, 12 },
};

/* The size of the type that starts with raw, in bytes; 0: unknown kind. */
static inline uint64_t type_size(const uint32_t raw[3])
{
	const struct tail *tail = &tails[raw[1] >> 24 & KIND_MASK];

	return tail->known ? TYPE_SIZE + tail->fixed + (uint64_t)tail->each * (raw[1] & VLEN_MASK)
			   : 0;
}

static void take_apart(const uint32_t raw[3], uint64_t at, struct type *t)
{
	t->name = raw[0];
	t->vlen = raw[1] & VLEN_MASK;
	t->kind = raw[1] >> 24 & KIND_MASK;
	t->has_bits = raw[1] >> 31;
	t->size = raw[2];
	t->at = at + TYPE_SIZE;
}

/* The type at an offset in the file; *next: the offset of the next one. */
static int read_type(struct btf *b, uint64_t at, struct type *t, uint64_t *next)
{
	uint32_t raw[3];
	uint64_t size;

	if (at + TYPE_SIZE > b->types_end)
		return -EINVAL;
	if (btf_file_copy(&b->blob, at, raw, sizeof(raw)))
		return -EIO;
	size = type_size(raw);
	if (!size)
		return -ENOTSUP;
	take_apart(raw, at, t);
	*next = at + size;
	return *next > b->types_end ? -EINVAL : 0;
}

/* The ids to find in one pass over the types. */
struct wanted_ids {
	struct btf_id *list;
	size_t n, n_left;    /* n_left: not found yet */
	bool filter[FILTER]; /* by some bits of the offsets of their names: rules most types out */
};

static uint32_t name_place(struct btf *b, const struct btf_id *id)
{
	return btf_strings_find(&b->wanted, id->name, strlen(id->name))->offset;
}

/* A wanted id, or the struct of a wanted field. */
static void take_type(struct btf *b, const struct type *t, struct wanted_ids *wanted)
{
	for (size_t i = 0; i < wanted->n; i++) {
		struct btf_id *id = &wanted->list[i];

		if (id->id || id->kind != t->kind || name_place(b, id) != t->name)
			continue;
		id->id = b->n_types;
		id->size = t->kind == BTF_STRUCT ? t->size : 0;
		wanted->n_left--;
	}
}

static bool is_enough(const struct btf *b, const struct wanted_ids *wanted, uint32_t most)
{
	return (wanted && !wanted->n_left) || b->n_types >= most || b->next >= b->types_end;
}

/* Passes the types that begin within the next len bytes. */
static int pass_chunk(struct btf *b, const char *bytes, size_t len, struct wanted_ids *wanted,
		      uint32_t most)
{
	const uint64_t begin = b->next;

	while (!is_enough(b, wanted, most) && b->next - begin + TYPE_SIZE <= len) {
		const uint64_t at = b->next;
		uint32_t raw[3];
		uint64_t size;

		memcpy(raw, bytes + (at - begin), sizeof(raw));
		size = type_size(raw);
		if (!size)
			return -ENOTSUP;
		if (size > b->types_end - at)
			return -EINVAL;
		if (b->n_types++ % STEP == 0) {
			if (array_grow(&b->steps, &b->steps_room, b->n_steps + 1))
				return -ENOMEM;
			b->steps[b->n_steps++] = (uint32_t)(at - b->types);
		}
		b->next = at + size;
		if (wanted && raw[0] && wanted->filter[raw[0] % FILTER]) {
			struct type t;

			take_apart(raw, at, &t);
			take_type(b, &t, wanted);
		}
	}
	return b->next == begin ? -EINVAL : 0;
}

/* Passes types until all wanted ids are found, or most types are passed. */
static int pass_types(struct btf *b, struct wanted_ids *wanted, uint32_t most)
{
	int err = 0;

	while (!err && !is_enough(b, wanted, most)) {
		size_t room = 0;
		const char *bytes = btf_file_chunk(&b->blob, b->next, b->types_end, &room);

		err = bytes ? pass_chunk(b, bytes, room, wanted, most) : -EIO;
	}
	return err;
}

static int get_type(struct btf *b, uint32_t id, struct type *t)
{
	uint64_t at, next;
	int err = pass_types(b, NULL, id);

	if (err)
		return err;
	if (id == 0 || id > b->n_types)
		return -ENOENT;
	next = b->types + b->steps[(id - 1) / STEP];
	for (uint32_t n = (id - 1) % STEP + 1; !err && n > 0; n--) {
		at = next;
		err = read_type(b, at, t, &next);
	}
	return err;
}

/* The type without typedef, const and the like. */
static int strip_type(struct btf *b, uint32_t id, struct type *t)
{
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		int err = get_type(b, id, t);

		if (err)
			return err;
		if (t->kind != BTF_TYPEDEF && t->kind != BTF_VOLATILE && t->kind != BTF_CONST &&
		    t->kind != BTF_RESTRICT && t->kind != BTF_TYPE_TAG)
			return 0;
		id = t->size;
	}
	return -ELOOP;
}

/* In bytes; 0: it has none. */
static uint32_t size_of(struct btf *b, uint32_t id)
{
	uint64_t times = 1;
	struct type t;

	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		if (strip_type(b, id, &t))
			return 0;
		switch (t.kind) {
		case BTF_PTR:
			t.size = sizeof(void *);
			break;
		case BTF_ARRAY:
			id = btf_file_u32(&b->blob, t.at);
			times *= btf_file_u32(&b->blob, t.at + 8);
			if (times > UINT32_MAX)
				return 0;
			continue;
		case BTF_INT:
		case BTF_STRUCT:
		case BTF_UNION:
		case BTF_ENUM:
		case BTF_ENUM64:
		case BTF_FLOAT:
			break;
		default:
			return 0;
		}
		return t.size * times <= UINT32_MAX ? (uint32_t)(t.size * times) : 0;
	}
	return 0;
}

/* A member, at its offset in the outermost struct. */
struct member {
	uint64_t bit;
	uint32_t type;
	bool is_bits; /* a bit field */
};

static int find_member(struct btf *b, const struct type *in, uint32_t name, int depth,
		       struct member *m)
{
	for (uint32_t i = 0; i < in->vlen; i++) {
		uint32_t raw[3], offset;
		struct type inner;
		int err;

		if (++b->looks > MAX_LOOKS ||
		    btf_file_copy(&b->blob, in->at + (uint64_t)i * MEMBER_SIZE, raw, sizeof(raw)))
			return -EIO;
		offset = in->has_bits ? raw[2] & 0xffffff : raw[2];
		if (raw[0] == name) {
			m->bit += offset;
			m->type = raw[1];
			m->is_bits = in->has_bits && raw[2] >> 24;
			return 0;
		}
		if (raw[0] || depth == MAX_DEPTH || strip_type(b, raw[1], &inner) ||
		    (inner.kind != BTF_STRUCT && inner.kind != BTF_UNION))
			continue;
		err = find_member(b, &inner, name, depth + 1, m);
		if (err != -ENOENT) {
			m->bit += offset;
			return err;
		}
	}
	return -ENOENT;
}

static void find_field(struct btf *b, struct btf_field *f, uint32_t id)
{
	struct member m = { .type = id };

	for (const char *part = f->path, *rest; part; part = rest) {
		size_t len = path_part(part, &rest);
		const struct btf_string *name = btf_strings_find(&b->wanted, part, len);
		struct type in;

		if (!name || !name->offset || strip_type(b, m.type, &in) ||
		    (in.kind != BTF_STRUCT && in.kind != BTF_UNION) ||
		    find_member(b, &in, name->offset, 0, &m))
			return;
	}
	if (m.is_bits || m.bit % 8 || m.bit / 8 > INT16_MAX)
		return;
	f->offset = (uint32_t)(m.bit / 8);
	f->size = size_of(b, m.type);
}

/* The ids, and the structs that the fields are in, in one pass. */
static int find_all(struct btf *b, struct btf_field *fields, size_t n_fields, struct btf_id *ids,
		    size_t n_ids)
{
	struct btf_id *all = calloc(n_ids + n_fields + 1, sizeof(*all));
	struct wanted_ids wanted = { .list = all, .n = n_ids + n_fields };
	int err;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n_ids; i++)
		all[i] = (struct btf_id){ .kind = ids[i].kind, .name = ids[i].name };
	for (size_t i = 0; i < n_fields; i++)
		all[n_ids + i] = (struct btf_id){ .kind = BTF_STRUCT, .name = fields[i].type };
	for (size_t i = 0; i < wanted.n; i++) {
		uint32_t place = name_place(b, &all[i]);

		if (!place)
			continue;
		wanted.filter[place % FILTER] = true;
		wanted.n_left++;
	}
	b->next = b->types;
	err = pass_types(b, &wanted, UINT32_MAX);
	b->blob.step = BTF_FILE_NEAR;
	for (size_t i = 0; !err && i < n_ids; i++)
		ids[i] = all[i];
	for (size_t i = 0; !err && i < n_fields; i++) {
		fields[i].offset = fields[i].size = 0;
		if (all[n_ids + i].id)
			find_field(b, &fields[i], all[n_ids + i].id);
	}
	free(all);
	return err;
}

int btf_resolve(const char *path, struct btf_field *fields, size_t n_fields, struct btf_id *ids,
		size_t n_ids)
{
	struct btf *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	err = btf_file_open(&b->blob, path);
	if (!err)
		err = read_header(b);
	if (!err)
		err = want_all(b, fields, n_fields, ids, n_ids);
	if (!err)
		err = btf_strings_read(&b->wanted, &b->blob, b->names, b->names_end);
	if (!err)
		err = find_all(b, fields, n_fields, ids, n_ids);
	btf_file_close(&b->blob);
	free(b->steps);
	free(b);
	return err;
}
