/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf: offsets of members in the running kernel's structs, and ids of its types and functions. */
#include "sys/bpf/btf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/array.h"
#include "sys/bpf/internal.h"

#define MAGIC       0xeb9f
#define STEP        256        /* the offset of each 256th type is kept */
#define MAX_DEPTH   16         /* depth of nested modifiers, arrays and anonymous members */
#define MAX_LOOKS   (1U << 20) /* members visited, in all searches together */
#define BLOCK       64         /* bytes that are searched at once: one bit per byte in a word */
#define MAX_NAMES   128
#define MAX_NAME    64 /* bytes */
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
	struct btf_file file;
	uint64_t types, types_end, names, names_end; /* in the file */

	struct wanted_name {
		const char *text;
		size_t len;
		uint32_t offset; /* in the string table; 0: not found */
	} wanted[MAX_NAMES];
	size_t n_wanted, n_found;
	uint64_t ends[MAX_NAME]; /* by length: bits of first and last letters */

	struct btf_id *ids;
	size_t n_ids, n_left; /* n_left: not found yet */
	bool filter[FILTER];  /* by some bits of the offsets of their names: excludes most types */

	uint32_t *steps; /* offsets of types 1, 1 + STEP ..., from types */
	size_t n_steps, steps_room;
	uint64_t next; /* offset of the first type that was not visited */
	uint32_t n_types, looks;
};

static int read_header(struct btf *b)
{
	struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t len, types, types_len, names, names_len;
	} h;

	if (btf_file_read(&b->file, 0, &h, sizeof(h)) || h.magic != MAGIC)
		return -EINVAL;
	if (h.version != 1)
		return -ENOTSUP;
	b->types = (uint64_t)h.len + h.types;
	b->types_end = b->types + h.types_len;
	b->names = (uint64_t)h.len + h.names;
	b->names_end = b->names + h.names_len;
	return b->types_end > b->file.size || b->names_end > b->file.size || b->types < sizeof(h) ||
			       b->names < sizeof(h)
		       ? -EINVAL
		       : 0;
}

/* A bit for the first and last letter: it excludes most names of a kernel. */
static uint64_t ends_bit(const char *text, size_t len)
{
	return 1ULL << (((unsigned char)text[0] + 5U * (unsigned char)text[len - 1]) % 64);
}

static struct wanted_name *find_name(struct btf *b, const char *text, size_t len)
{
	for (size_t i = 0; i < b->n_wanted; i++)
		if (b->wanted[i].len == len && memcmp(b->wanted[i].text, text, len) == 0)
			return &b->wanted[i];
	return NULL;
}

/* text must last as long as b. -EINVAL: it is empty or too long; -E2BIG: too many names. */
static int want_name(struct btf *b, const char *text, size_t len)
{
	struct wanted_name *name;

	if (len == 0 || len >= MAX_NAME)
		return -EINVAL;
	if (find_name(b, text, len))
		return 0;
	if (b->n_wanted == MAX_NAMES)
		return -E2BIG;
	name = &b->wanted[b->n_wanted++];
	name->text = text;
	name->len = len;
	b->ends[len] |= ends_bit(text, len);
	return 0;
}

static void take_name(struct btf *b, const char *text, size_t len, uint64_t offset)
{
	struct wanted_name *name;

	if (len == 0 || len >= MAX_NAME || !(b->ends[len] & ends_bit(text, len)))
		return;
	name = find_name(b, text, len);
	if (name && !name->offset) {
		name->offset = (uint32_t)offset;
		b->n_found++;
	}
}

/* A bit for each of BLOCK bytes that is 0. */
static uint64_t zero_bytes(const char *text)
{
	uint64_t zeros = 0;

#ifdef __SSE2__
	for (unsigned int i = 0; i < BLOCK; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(text + i));

		bytes = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
		zeros |= (uint64_t)(unsigned int)_mm_movemask_epi8(bytes) << i;
	}
#else
	for (unsigned int i = 0; i < BLOCK; i++)
		zeros |= (uint64_t)!text[i] << i;
#endif
	return zeros;
}

/* Finds the wanted names. 0 or -EIO. A hundred thousand calls of memchr(3) take twice as long. */
static int read_names(struct btf *b)
{
	uint64_t at = b->names;

	while (at < b->names_end && b->n_found < b->n_wanted) {
		size_t room = 0, begin = 0, i = 0;
		const char *text = btf_file_chunk(&b->file, at, b->names_end, &room);

		if (!text)
			return -EIO;
		for (; i < room; i += i + BLOCK <= room ? BLOCK : 1) {
			uint64_t zeros = i + BLOCK <= room ? zero_bytes(text + i) : !text[i];

			for (; zeros; zeros &= zeros - 1) {
				size_t end = i + (size_t)__builtin_ctzll(zeros);

				take_name(b, text + begin, end - begin, at - b->names + begin);
				begin = end + 1;
			}
		}
		/* A name at the end of the window is read again; longer names are not wanted. */
		at += begin ? begin : room;
	}
	return 0;
}

/* The length of a type, and more for each of vlen (Documentation/bpf/btf.rst, 2.2); 0: unknown. */
static const struct type_length {
	uint8_t fixed, each;
} lengths[KIND_MASK + 1] = {
	[BTF_INT] = { 16, 0 },        [BTF_PTR] = { 12, 0 },      [BTF_ARRAY] = { 24, 0 },
	[BTF_STRUCT] = { 12, 12 },    [BTF_UNION] = { 12, 12 },   [BTF_ENUM] = { 12, 8 },
	[BTF_FWD] = { 12, 0 },        [BTF_TYPEDEF] = { 12, 0 },  [BTF_VOLATILE] = { 12, 0 },
	[BTF_CONST] = { 12, 0 },      [BTF_RESTRICT] = { 12, 0 }, [BTF_FUNC] = { 12, 0 },
	[BTF_FUNC_PROTO] = { 12, 8 }, [BTF_VAR] = { 16, 0 },      [BTF_DATASEC] = { 12, 12 },
	[BTF_FLOAT] = { 12, 0 },      [BTF_DECL_TAG] = { 16, 0 }, [BTF_TYPE_TAG] = { 12, 0 },
	[BTF_ENUM64] = { 12, 12 },
};

/* Returns the length of the type and its data, in bytes; 0: unknown kind. */
static inline uint64_t decode(const char *bytes, uint64_t at, struct type *t)
{
	uint32_t raw[3];

	memcpy(raw, bytes, sizeof(raw));
	t->name = raw[0];
	t->vlen = raw[1] & VLEN_MASK;
	t->kind = raw[1] >> 24 & KIND_MASK;
	t->has_bits = raw[1] >> 31;
	t->size = raw[2];
	t->at = at + TYPE_SIZE;
	return lengths[t->kind].fixed + (uint64_t)lengths[t->kind].each * t->vlen;
}

/* n: the type's id, which may be wanted. */
static void take_type(struct btf *b, const struct type *t, uint32_t n)
{
	for (size_t i = 0; i < b->n_ids; i++) {
		struct btf_id *id = &b->ids[i];

		if (id->id || id->kind != t->kind ||
		    find_name(b, id->name, strlen(id->name))->offset != t->name)
			continue;
		id->id = n;
		id->size = t->kind == BTF_STRUCT ? t->size : 0;
		b->n_left--;
	}
}

/*
 * Visits types from the offset *at on, up to the number most. *n: the number of visited types.
 * takes_ids: also ends when all wanted ids are found.
 */
static int pass_types(struct btf *b, uint64_t *at, uint32_t *n, uint32_t most, bool takes_ids)
{
	const char *bytes = NULL;
	uint64_t begin = 0;
	size_t room = 0;

	while (*n < most && *at < b->types_end && (!takes_ids || b->n_left)) {
		uint64_t length;
		struct type t;

		if (!bytes || *at - begin + TYPE_SIZE > room) {
			begin = *at;
			bytes = btf_file_chunk(&b->file, begin, b->types_end, &room);
			if (!bytes || room < TYPE_SIZE)
				return bytes ? -EINVAL : -EIO;
		}
		length = decode(bytes + (*at - begin), *at, &t);
		if (!length)
			return -ENOTSUP;
		if (length > b->types_end - *at)
			return -EINVAL;
		if (*n == b->n_steps * STEP) {
			if (array_grow(&b->steps, &b->steps_room, b->n_steps + 1))
				return -ENOMEM;
			b->steps[b->n_steps++] = (uint32_t)(*at - b->types);
		}
		++*n;
		*at += length;
		if (takes_ids && t.name && b->filter[t.name % FILTER])
			take_type(b, &t, *n);
	}
	return 0;
}

static int get_type(struct btf *b, uint32_t id, struct type *t)
{
	int err = pass_types(b, &b->next, &b->n_types, id, false);
	char raw[TYPE_SIZE];
	uint64_t at;
	uint32_t n;

	if (err)
		return err;
	if (id == 0 || id > b->n_types)
		return -ENOENT;
	n = (id - 1) / STEP * STEP;
	at = b->types + b->steps[n / STEP];
	err = pass_types(b, &at, &n, id - 1, false);
	if (!err)
		err = btf_file_read(&b->file, at, raw, sizeof(raw));
	if (!err)
		decode(raw, at, t);
	return err;
}

/* The type without typedef, const and similar modifiers. */
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

#define SIZED_KINDS                                                                               \
	(1U << BTF_INT | 1U << BTF_STRUCT | 1U << BTF_UNION | 1U << BTF_ENUM | 1U << BTF_ENUM64 | \
	 1U << BTF_FLOAT)

/* In bytes; 0: it has none. */
static uint32_t size_of(struct btf *b, uint32_t id)
{
	uint32_t array[3]; /* struct btf_array: type, type of an index, number */
	uint64_t times = 1;
	struct type t;

	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		if (strip_type(b, id, &t))
			return 0;
		if (t.kind == BTF_ARRAY) {
			if (btf_file_read(&b->file, t.at, array, sizeof(array)))
				return 0;
			id = array[0];
			times *= array[2];
			if (times > UINT32_MAX)
				return 0;
			continue;
		}
		if (t.kind == BTF_PTR)
			t.size = 8; /* a 32-bit kernel has other smaller members */
		else if (!(SIZED_KINDS >> t.kind & 1))
			return 0;
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
		    btf_file_read(&b->file, in->at + (uint64_t)i * MEMBER_SIZE, raw, sizeof(raw)))
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

/* The length of a path up to the next '.'; *rest is what follows it, or NULL. */
static size_t path_part(const char *path, const char **rest)
{
	size_t len = strcspn(path, ".");

	*rest = path[len] ? path + len + 1 : NULL;
	return len;
}

static void find_field(struct btf *b, struct btf_field *f, uint32_t id)
{
	struct member m = { .type = id };

	for (const char *part = f->path, *rest; part; part = rest) {
		size_t len = path_part(part, &rest);
		const struct wanted_name *name = find_name(b, part, len);
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
	if (f->size < f->least)
		f->size = 0;
}

int btf_resolve(const char *path, struct btf_field *fields, size_t n_fields, struct btf_id *ids,
		size_t n_ids)
{
	struct btf *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	b->ids = ids;
	b->n_ids = n_ids;
	err = btf_file_open(&b->file, path);
	if (!err)
		err = read_header(b);
	for (size_t i = 0; !err && i < n_ids; i++)
		err = want_name(b, ids[i].name, strlen(ids[i].name));
	for (size_t i = 0; !err && i < n_fields; i++) {
		for (const char *part = fields[i].path, *rest; !err && part; part = rest) {
			size_t len = path_part(part, &rest);

			err = want_name(b, part, len);
		}
	}
	if (!err)
		err = read_names(b);
	for (size_t i = 0; !err && i < n_ids; i++) {
		uint32_t place = find_name(b, ids[i].name, strlen(ids[i].name))->offset;

		ids[i].id = ids[i].size = 0;
		b->filter[place % FILTER] |= place != 0;
		b->n_left += place != 0;
	}
	b->next = b->types;
	/* All ids are found in one pass; members of anonymous types are searched separately. */
	if (!err)
		err = pass_types(b, &b->next, &b->n_types, UINT32_MAX, true);
	b->file.step = BTF_FILE_NEAR;
	for (size_t i = 0; !err && i < n_fields; i++) {
		fields[i].offset = fields[i].size = 0;
		if (ids[fields[i].in].id)
			find_field(b, &fields[i], ids[fields[i].in].id);
	}
	btf_file_close(&b->file);
	free(b->steps);
	free(b);
	return err;
}
