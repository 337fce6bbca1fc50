/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf: members and ids in BTF that the tests build, valid and broken. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/bpf/btf.h"

/* BTF under construction: types as words, and the string section. */
struct made {
	uint32_t types[8192], n_types, n;
	char names[4096];
	size_t names_len;
	char path[64];
};

static void begin(struct made *m)
{
	memset(m, 0, sizeof(*m));
	m->names_len = 1;
}

static uint32_t name(struct made *m, const char *text)
{
	size_t at = m->names_len;

	if (!*text)
		return 0;
	memcpy(m->names + at, text, strlen(text) + 1);
	m->names_len += strlen(text) + 1;
	return (uint32_t)at;
}

static void word(struct made *m, uint32_t value)
{
	m->types[m->n++] = value;
}

/* Returns its id. */
static uint32_t type(struct made *m, const char *text, uint32_t kind, uint32_t vlen, uint32_t size)
{
	word(m, name(m, text));
	word(m, kind << 24 | vlen);
	word(m, size);
	return ++m->n_types;
}

static void member(struct made *m, const char *text, uint32_t of, uint32_t bit)
{
	word(m, name(m, text));
	word(m, of);
	word(m, bit);
}

static uint32_t integer(struct made *m, const char *text, uint32_t size)
{
	uint32_t id = type(m, text, BTF_INT, 0, size);

	word(m, size * 8);
	return id;
}

static void put(struct made *m, const uint32_t header[6], size_t types_len)
{
	int fd;

	strcpy(m->path, "/tmp/btf-XXXXXX");
	fd = mkstemp(m->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, header, 24), 24);
	assert_int_equal(write(fd, m->types, types_len), (ssize_t)types_len);
	assert_int_equal(write(fd, m->names, m->names_len), (ssize_t)m->names_len);
	close(fd);
}

static void finish(struct made *m)
{
	/* Magic, version 1; header length; offset and length of types and of strings. */
	uint32_t len = m->n * 4;
	const uint32_t header[6] = { 0x0001eb9f, 24, 0, len, len, (uint32_t)m->names_len };

	put(m, header, len);
}

/* The members of one struct. */
static int resolve(const struct made *m, const char *in, struct btf_field *f, size_t n)
{
	struct btf_id id = { .kind = BTF_STRUCT, .name = in };
	int err = btf_resolve(m->path, f, n, &id, 1);

	unlink(m->path);
	return err;
}

static void finds_members(void **state)
{
	enum { BIG, ABSENT, PART };
	struct btf_id ids[] = { [BIG] = { .kind = BTF_STRUCT, .name = "big" },
				[ABSENT] = { .kind = BTF_STRUCT, .name = "absent" },
				[PART] = { .kind = BTF_STRUCT, .name = "part" } };
	struct btf_field f[] = {
		{ .in = BIG, .path = "second" },
		{ .in = BIG, .path = "deep" },
		{ .in = BIG, .path = "inner.value" },
		{ .in = BIG, .path = "pointer" },
		{ .in = BIG, .path = "many" },
		{ .in = BIG, .path = "nothing" },
		{ .in = ABSENT, .path = "second" },
		{ .in = BIG, .path = "second.value" },
		{ .in = BIG, .path = "alias" },
		{ .in = PART, .path = "value" },
		{ .in = PART, .path = "first", .least = 4 },
		{ .in = PART, .path = "value", .least = 3 },
	};
	static const struct {
		uint32_t offset, size;
	} want[] = { { 4, 4 }, { 20, 8 }, { 36, 2 }, { 40, 8 }, { 48, 24 }, { 0, 0 },
		     { 0, 0 }, { 0, 0 },  { 72, 8 }, { 4, 2 },  { 0, 4 },   { 4, 0 } };
	uint32_t i4, i8, i2, array, pointer, unnamed, choice, part, constant, alias;
	struct made m;

	(void)state;
	begin(&m);
	i4 = integer(&m, "int", 4);
	i8 = integer(&m, "long", 8);
	i2 = integer(&m, "short", 2);
	array = type(&m, "", BTF_ARRAY, 0, 0);
	word(&m, i8);
	word(&m, i4);
	word(&m, 3);
	/* union { struct { int; long deep; } } in which only the innermost member has a name. */
	unnamed = type(&m, "", BTF_STRUCT, 2, 16);
	member(&m, "shallow", i4, 0);
	member(&m, "deep", i8, 32);
	choice = type(&m, "", BTF_UNION, 1, 16);
	member(&m, "", unnamed, 32);
	part = type(&m, "part", BTF_STRUCT, 2, 8);
	member(&m, "first", i4, 0);
	member(&m, "value", i2, 32);
	constant = type(&m, "", BTF_CONST, 0, i8);
	alias = type(&m, "alias_t", BTF_TYPEDEF, 0, constant);
	/* A pointer to a later type. */
	pointer = m.n_types + 1;
	type(&m, "", BTF_PTR, 0, pointer + 1);
	type(&m, "big", BTF_STRUCT, 7, 80);
	member(&m, "first", i4, 0);
	member(&m, "second", i4, 32);
	member(&m, "", choice, 96);
	member(&m, "inner", part, 256);
	member(&m, "pointer", pointer, 320);
	member(&m, "many", array, 384);
	member(&m, "alias", alias, 576);
	finish(&m);
	assert_int_equal(btf_resolve(m.path, f, UNIT_LENGTH(f), ids, UNIT_LENGTH(ids)), 0);
	unlink(m.path);
	for (size_t i = 0; i < UNIT_LENGTH(f); i++) {
		unit_number(f[i].path, f[i].offset, want[i].offset);
		unit_number(f[i].path, f[i].size, want[i].size);
	}
}

static void bit_fields_are_not_found(void **state)
{
	struct btf_field f[] = { { .path = "one" }, { .path = "whole" } };
	struct made m;
	uint32_t i4;

	(void)state;
	begin(&m);
	i4 = integer(&m, "int", 4);
	/* With the highest bit of the second word an offset has the number of bits in its upper 8. */
	type(&m, "bits", 0x80 | BTF_STRUCT, 2, 8);
	member(&m, "one", i4, 1U << 24 | 8);
	member(&m, "whole", i4, 32);
	finish(&m);
	assert_int_equal(resolve(&m, "bits", f, 2), 0);
	unit_number("one", f[0].size, 0);
	unit_number("whole", f[1].size, 4);
	unit_number("whole", f[1].offset, 4);
}

/* More types than between two kept offsets, and a wanted type among functions of the same name. */
static void finds_ids(void **state)
{
	struct btf_id ids[] = {
		{ .kind = BTF_FUNC, .name = "walk" },
		{ .kind = BTF_STRUCT, .name = "walk" },
		{ .kind = BTF_FUNC, .name = "absent" },
		{ .kind = BTF_STRUCT, .name = "last" },
	};
	struct btf_field f = { .in = 3, .path = "it" };
	uint32_t i8, func, record, last;
	struct made m;

	(void)state;
	begin(&m);
	i8 = integer(&m, "long", 8);
	for (int i = 0; i < 700; i++)
		type(&m, "", BTF_PTR, 0, i8);
	record = type(&m, "walk", BTF_STRUCT, 0, 24);
	func = type(&m, "", BTF_FUNC, 0, i8);
	m.types[m.n - 3] = m.types[m.n - 6]; /* the same name */
	last = type(&m, "last", BTF_STRUCT, 1, 16);
	member(&m, "it", i8, 64);
	finish(&m);
	assert_int_equal(btf_resolve(m.path, &f, 1, ids, UNIT_LENGTH(ids)), 0);
	unlink(m.path);
	unit_number("a function", ids[0].id, func);
	unit_number("a struct", ids[1].id, record);
	unit_number("its size", ids[1].size, 24);
	unit_number("none", ids[2].id, 0);
	unit_number("the last", ids[3].id, last);
	unit_number("its member", f.offset, 8);
}

static void broken_descriptions_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint32_t header[6];
		int err;
	} cases[] = {
		{ "another magic", { 0x0001eb9e, 24, 0, 16, 16, 5 }, -EINVAL },
		{ "the other byte order", { 0x00019feb, 24, 0, 16, 16, 5 }, -EINVAL },
		{ "a later version", { 0x0002eb9f, 24, 0, 16, 16, 5 }, -ENOTSUP },
		{ "types beyond the end", { 0x0001eb9f, 24, 0, 9999, 16, 5 }, -EINVAL },
		{ "names beyond the end", { 0x0001eb9f, 24, 0, 16, 16, 9999 }, -EINVAL },
		{ "a header that wraps", { 0x0001eb9f, 0xfffffff0, 0, 16, 16, 5 }, -EINVAL },
		{ "a type that is cut", { 0x0001eb9f, 24, 0, 10, 16, 5 }, -EINVAL },
		{ "members that are cut", { 0x0001eb9f, 24, 0, 12, 16, 5 }, -EINVAL },
	};
	/* A name that exists, but is not a struct: all types are searched. */
	struct btf_field f = { .path = "int" };
	struct btf_field late = { .path = "late" };
	struct made m;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		begin(&m);
		integer(&m, "int", 4);
		put(&m, cases[i].header, m.n * 4);
		unit_number(cases[i].name, resolve(&m, "int", &f, 1), cases[i].err);
	}
	begin(&m);
	type(&m, "late", 60, 0, 4);
	finish(&m);
	unit_number("an unknown kind", resolve(&m, "late", &late, 1), -ENOTSUP);
	unit_number("no file", btf_resolve("/nowhere", &f, 0, NULL, 0), -ENOENT);
	unit_number("a directory", btf_resolve("/tmp", &f, 0, NULL, 0), -EINVAL);
}

/* Types that refer to themselves must not loop forever. */
static void loops_end(void **state)
{
	struct btf_field f[] = { { .path = "lost" }, { .path = "turn" } };
	struct made m;

	(void)state;
	begin(&m);
	type(&m, "turn_t", BTF_TYPEDEF, 0, 1);
	type(&m, "", BTF_STRUCT, 3, 8);
	member(&m, "", 2, 0);
	member(&m, "", 3, 0);
	member(&m, "", 2, 0);
	type(&m, "ring", BTF_STRUCT, 3, 8);
	member(&m, "turn", 1, 0);
	member(&m, "", 2, 0);
	member(&m, "", 99, 0);
	name(&m, "lost");
	finish(&m);
	assert_int_equal(resolve(&m, "ring", f, 2), 0);
	unit_number("lost", f[0].size, 0);
	unit_number("turn", f[1].size, 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_members), cmocka_unit_test(bit_fields_are_not_found),
		cmocka_unit_test(finds_ids),     cmocka_unit_test(broken_descriptions_are_refused),
		cmocka_unit_test(loops_end),
	};

	return UNIT_RUN(argc, argv, tests);
}
