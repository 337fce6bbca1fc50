/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: cells of all kinds as a table, as raw values and as JSON. */
#include "unit.h"

#include <errno.h>
#include <locale.h>
#include <stddef.h>
#include <stdlib.h>

#include "ui/wrap.h"
#include "ui/json.h"
#include "ui/list.h"

enum { COL_NAME, COL_PID, COL_SIZE, COL_SHARE, COL_BAR, COL_NOTE, N_COLUMNS };
enum { NEED_A = 1, NEED_B = 4 };

struct thing {
	const char *name;
	int64_t pid, size, share;
	char note[8];
};

/* "" is no unknown text here. */
static void get_note(struct cell *c)
{
	c->text = ((const struct thing *)c->row)->note;
}

static const struct column columns[N_COLUMNS] = {
	[COL_NAME] = { "name", NULL, COLUMN_CUT, list_get_text, offsetof(struct thing, name),
		       NEED_A, "" },
	[COL_PID] = { "pid", NULL, COLUMN_ID, list_get_number, offsetof(struct thing, pid), 0, "" },
	[COL_SIZE] = { "size", "BYTES", COLUMN_BYTES, list_get_number, offsetof(struct thing, size),
		       NEED_B, "" },
	[COL_SHARE] = { "share", NULL, COLUMN_PERCENT, list_get_number,
			offsetof(struct thing, share), 0, "" },
	[COL_BAR] = { "bar", "", COLUMN_BAR, list_get_number, offsetof(struct thing, share), 0,
		      "" },
	[COL_NOTE] = { "note", NULL, COLUMN_CUT, get_note, 0, 0, "" },
};

/* The size of the second is unknown. */
static const struct thing rows[] = {
	{ "b c", 30, 4096, 123, "" },
	{ "a\n\x1b[1m", 4, LIST_UNKNOWN, -5, "x y" },
	{ "\xff\xc3\xa9\"\\", 200, 0, 1000, "100%" },
};

static const struct list list = {
	.name = "things",
	.columns = columns,
	.n_columns = N_COLUMNS,
	.rows = rows,
	.n_rows = UNIT_LENGTH(rows),
	.row_size = sizeof(rows[0]),
};

static struct list_view view_of(enum list_mode mode, const char *names)
{
	struct list_view v = { .mode = mode };
	const char *bad;

	assert_int_equal(list_set_columns(&v, &list, names, &bad), 0);
	return v;
}

/* What is printed. The caller frees it. */
static char *print(struct list_view v, const struct list *l)
{
	char *text = NULL;
	size_t size;

	v.out = open_memstream(&text, &size);
	assert_non_null(v.out);
	list_print(&v, l);
	fclose(v.out);
	return text;
}

static void expect_print(const char *name, struct list_view v, const struct list *l,
			 const char *want)
{
	char *text = print(v, l);

	unit_text(name, text, want);
	free(text);
}

static void columns_by_name(void **state)
{
	struct list_view v = { 0 };
	const char *bad = NULL, *names = "pid,SIZE";

	(void)state;
	assert_int_equal(list_set_columns(&v, &list, names, &bad), 0);
	assert_int_equal(v.n_columns, 2);
	assert_int_equal(v.columns[0], COL_PID);
	assert_int_equal(v.columns[1], COL_SIZE);
	assert_int_equal(list_set_columns(&v, &list, "+note,pid", &bad), 0);
	assert_int_equal(v.n_columns, 4);
	assert_int_equal(v.columns[2], COL_NOTE);
	assert_int_equal(v.columns[3], COL_PID);
	assert_int_equal(list_set_columns(&v, &list, "name", &bad), 0);
	assert_int_equal(v.n_columns, 1);
	assert_int_equal(list_find_column(&list, "sizes", 5), -1);
	assert_int_equal(list_find_column(&list, "sizes", 4), COL_SIZE);
	assert_int_equal(list_find_column(&list, "", 0), -1);
}

static void needs_of_the_columns_shown(void **state)
{
	struct list_view v = view_of(LIST_TABLE, "pid,share");

	(void)state;
	assert_int_equal(list_needs(&v, &list), 0);
	v = view_of(LIST_TABLE, "name,pid");
	assert_int_equal(list_needs(&v, &list), NEED_A);
	v = view_of(LIST_RAW, "name,size,name");
	assert_int_equal(list_needs(&v, &list), NEED_A | NEED_B);
}

/* Text is unknown if the member is NULL or empty. */
static void getters_of_members(void **state)
{
	static const struct thing none = { NULL, 1, 2, 3, "" }, all = { "n", 1, 2, 3, "x" };
	static const struct column chars = {
		"note", NULL, COLUMN_TEXT, list_get_chars, offsetof(struct thing, note), 0, ""
	};
	static const struct list of_chars = { .columns = &chars, .n_columns = 1 };
	struct cell c;

	(void)state;
	list_get(&list, COL_NAME, &none, &c);
	assert_null(c.text);
	list_get(&of_chars, 0, &none, &c);
	assert_null(c.text);
	list_get(&list, COL_SIZE, &all, &c);
	assert_int_equal(c.num, 2);
	list_get(&list, COL_NAME, &all, &c);
	assert_string_equal(c.text, "n");
	assert_true(c.num == LIST_UNKNOWN);
	list_get(&of_chars, 0, &all, &c);
	assert_string_equal(c.text, "x");
}

static void an_unknown_column_changes_nothing(void **state)
{
	static const struct {
		const char *names;
		size_t at;
	} cases[] = {
		{ "nope", 0 },      { "pid,nope,size", 4 },
		{ "+nope", 1 },     { "pid,", 4 },
		{ "", 0 },          { "+", 1 },
		{ ",pid", 0 },      { "pid,,size", 4 },
		{ "pi", 0 },        { "pid size", 0 },
		{ "pid ,size", 0 }, { "BYTE", 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct list_view v = view_of(LIST_TABLE, "note,name");
		const char *bad = NULL;

		unit_number(cases[i].names, list_set_columns(&v, &list, cases[i].names, &bad),
			    -EINVAL);
		unit_number(cases[i].names, bad - cases[i].names, (int64_t)cases[i].at);
		assert_int_equal(v.n_columns, 2);
		assert_int_equal(v.columns[0], COL_NOTE);
		assert_int_equal(v.columns[1], COL_NAME);
	}
}

static void more_columns_than_fit_are_refused(void **state)
{
	struct list_view v = view_of(LIST_TABLE, "pid");
	const char *bad;

	(void)state;
	for (size_t i = 1; i < LIST_MAX_COLUMNS; i++)
		assert_int_equal(list_set_columns(&v, &list, "+pid", &bad), 0);
	assert_int_equal(list_set_columns(&v, &list, "+pid", &bad), -EINVAL);
	assert_int_equal(v.n_columns, LIST_MAX_COLUMNS);
}

static void cells_in_three_forms(void **state)
{
	static const struct {
		enum column_kind kind;
		int64_t num;
		const char *table, *in_bytes, *raw;
	} cases[] = {
		{ COLUMN_NUMBER, LIST_UNKNOWN, "-", "-", "-" },
		{ COLUMN_NUMBER, -12, "-12", "-12", "-12" },
		{ COLUMN_NUMBER, INT64_MAX, "9223372036854775807", "9223372036854775807",
		  "9223372036854775807" },
		{ COLUMN_BYTES, 1536, "1.5K", "1536", "1536" },
		{ COLUMN_BYTES, 0, "0", "0", "0" },
		{ COLUMN_BYTES, -1048576, "-1.0M", "-1048576", "-1048576" },
		{ COLUMN_POINTS, 2, "8.0K", "8192", "2" },
		{ COLUMN_POINTS, -3, "-12.0K", "-12288", "-3" },
		{ COLUMN_POINTS, 2000, "2000", "2000", "2000" },
		{ COLUMN_POINTS, LIST_UNKNOWN, "-", "-", "-" },
		{ COLUMN_PERCENT, 123, "12.3%", "12.3%", "12.3" },
		{ COLUMN_PERCENT, 1000, "100.0%", "100.0%", "100.0" },
		{ COLUMN_PERCENT, -5, "-0.5%", "-0.5%", "-0.5" },
		{ COLUMN_PERCENT, 0, "0.0%", "0.0%", "0.0" },
		{ COLUMN_BAR, 999, "█████", "█████", "99" },
		{ COLUMN_BAR, 500, "██▌", "██▌", "50" },
		{ COLUMN_BAR, 1, "▏", "▏", "0" },
		{ COLUMN_BAR, 0, "", "", "0" },
	};
	struct list_view table = { .mode = LIST_TABLE }, raw = { .mode = LIST_RAW };
	struct list_view in_bytes = { .mode = LIST_TABLE, .in_bytes = true };
	char buf[64];

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct column column = { .kind = cases[i].kind };
		struct cell c = { .column = &column, .num = cases[i].num };

		/* One page each; points before 2.6.36 are no memory. */
		c.bytes = c.num == LIST_UNKNOWN || c.num > 1000 ? LIST_UNKNOWN : c.num * 4096;
		list_format_cell(&table, &c, buf, sizeof(buf));
		unit_text("table", buf, cases[i].table);
		list_format_cell(&in_bytes, &c, buf, sizeof(buf));
		unit_text("bytes", buf, cases[i].in_bytes);
		list_format_cell(&raw, &c, buf, sizeof(buf));
		unit_text("raw", buf, cases[i].raw);
	}
}

/* PIDs that do not fit are counted, and none is cut. */
static void long_lists_of_pids(void **state)
{
	static const struct {
		const char *pids, *shown;
	} cases[] = {
		{ "1 22 333 4444 55555 666666 7777777 88",
		  "1 22 333 4444 55555 666666 7777777 88" },
		{ "1 22 333 4444 55555 666666 7777777 8888888 99999 0", "1 22 and 8 more" },
		{ "123456 7 8 1234567 1234567 1234567 1234567", "123456 and 6 more" },
	};
	struct list_view table = { .mode = LIST_TABLE };
	struct column column = { .kind = COLUMN_PIDS };
	char buf[40];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct cell c = { .column = &column, .text = cases[i].pids };

		list_format_cell(&table, &c, buf, sizeof(buf));
		unit_text("pids", buf, cases[i].shown);
	}
}

/* A bar is at most five cells wide whatever its number, and plain where there are no blocks. */
static void bars_stay_in_their_cells(void **state)
{
	static const struct {
		int64_t num;
		const char *blocks, *plain;
	} cases[] = {
		{ 5000, "█████", "#####" },
		{ INT64_MAX, "█████", "#####" },
		{ 1000, "█████", "#####" },
		{ 200, "█", "#" },
		{ 25, "▏", "" },
		{ 100, "▌", "#" },
		{ 700, "███▌", "####" },
		{ -1, "", "" },
		{ INT64_MIN + 1, "", "" },
	};
	static const struct list_view v = { .mode = LIST_TABLE };
	static const struct column column = { .kind = COLUMN_BAR };
	char buf[64];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct cell c = { .column = &column, .num = cases[i].num };

		assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
		list_format_cell(&v, &c, buf, sizeof(buf));
		unit_text("blocks", buf, cases[i].blocks);
		assert_non_null(setlocale(LC_CTYPE, "C"));
		list_format_cell(&v, &c, buf, sizeof(buf));
		unit_text("plain", buf, cases[i].plain);
	}
}

static void raw_cells_are_single_words(void **state)
{
	struct list_view v = view_of(LIST_RAW, "name,pid,size,share,note");

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	expect_print("raw", v, &list,
		     "NAME PID SIZE SHARE NOTE\n"
		     "b\\x20c 30 4096 12.3 -\n"
		     "a\\x0a\\x1b[1m 4 - -0.5 x\\x20y\n"
		     "\\xff\xc3\xa9\"\\ 200 0 100.0 100%\n");
	v.no_headings = true;
	v.n_columns = 2;
	expect_print("without a heading", v, &list,
		     "b\\x20c 30\na\\x0a\\x1b[1m 4\n\\xff\xc3\xa9\"\\ 200\n");
}

static void json_keeps_kinds_apart(void **state)
{
	struct list_view v = view_of(LIST_JSON, "name,pid,size,share,bar,note");

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	expect_print("json", v, &list,
		     "{\"things\":[\n"
		     "{\"name\":\"b c\",\"pid\":30,\"size\":4096,\"share\":12.3,\"bar\":12,\"note\":\"\"},\n"
		     "{\"name\":\"a\\u000a\\u001b[1m\",\"pid\":4,\"size\":null,\"share\":-0.5,\"bar\":0,"
		     "\"note\":\"x y\"},\n"
		     "{\"name\":\"\xef\xbf\xbd\xc3\xa9\\\"\\\\\",\"pid\":200,\"size\":0,"
		     "\"share\":100.0,\"bar\":100,\"note\":\"100%\"}\n"
		     "]}\n");
}

/* The same text in a UTF-8 and in an ASCII locale. */
static void json_escapes_unprintable_characters(void **state)
{
	static const struct {
		const char *text, *utf8, *ascii;
	} cases[] = {
		{ "\"\\/", "\\\"\\\\/", "\\\"\\\\/" },
		{ "\x01\t\x7f", "\\u0001\\u0009\\u007f", "\\u0001\\u0009\\u007f" },
		{ "\xc2\x9b!", "\\u009b!", "\\u009b!" },
		{ "\xc2\xad\xe2\x80\xae", "\\u00ad\\u202e", "\\u00ad\\u202e" },
		{ "\xe2\x80\xa8\xef\xbb\xbf", "\\u2028\\ufeff", "\\u2028\\ufeff" },
		{ "\xf3\xa0\x81\x81", "\\udb40\\udc41", "\\udb40\\udc41" },
		{ "\xf4\x8f\xbf\xbf", "\\udbff\\udfff", "\\udbff\\udfff" },
		{ "\xc3\x9b\xf0\x9f\x98\x80", "\xc3\x9b\xf0\x9f\x98\x80", "\\u00db\\ud83d\\ude00" },
		{ "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd", "a\\ufffd\\ufffd" },
		/* An overlong form of '"', and half of a surrogate pair. */
		{ "\xc0\xa2", "\xef\xbf\xbd\xef\xbf\xbd", "\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\\ufffd\\ufffd\\ufffd" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * UNIT_LENGTH(cases); i++) {
		bool is_utf8 = i % 2 == 0;
		char want[128], *text = NULL;
		struct json_writer j = { 0 };
		size_t size;

		assert_non_null(setlocale(LC_CTYPE, is_utf8 ? "C.UTF-8" : "C"));
		snprintf(want, sizeof(want), "\"%s\"",
			 is_utf8 ? cases[i / 2].utf8 : cases[i / 2].ascii);
		j.out = open_memstream(&text, &size);
		assert_non_null(j.out);
		json_write_text(&j, NULL, cases[i / 2].text);
		fclose(j.out);
		unit_text(is_utf8 ? "UTF-8" : "ASCII", text, want);
		free(text);
	}
}

static void tables_are_aligned(void **state)
{
	/*
	 * The name is last: libsmartcols reserves too much room for a backslash. A heading takes
	 * its room even if it is omitted.
	 */
	struct list_view v = view_of(LIST_TABLE, "pid,size,note,name");

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	expect_print("table", v, &list,
		     "PID BYTES NOTE NAME\n"
		     " 30  4.0K      b c\n"
		     "  4     - x y  a\\x0a\\x1b[1m\n"
		     "200     0 100% \\xff\xc3\xa9\"\\\n");
	v.no_headings = v.in_bytes = true;
	expect_print("in bytes", v, &list,
		     " 30  4096      b c\n"
		     "  4     - x y  a\\x0a\\x1b[1m\n"
		     "200     0 100% \\xff\xc3\xa9\"\\\n");
}

static void empty_lists(void **state)
{
	struct list none = list;

	(void)state;
	none.n_rows = 0;
	expect_print("raw", view_of(LIST_RAW, "pid,name"), &none, "PID NAME\n");
	expect_print("json", view_of(LIST_JSON, "pid,name"), &none, "{\"things\":[\n]}\n");
}

static void order_and_number_of_rows(void **state)
{
	static const size_t order[] = { 2, 0, 1 };
	struct list_view v = view_of(LIST_RAW, "pid");
	struct list l = list;

	(void)state;
	l.order = order;
	expect_print("order", v, &l, "PID\n200\n30\n4\n");
	l.most = 2;
	assert_int_equal(list_count(&l), 2);
	expect_print("most", v, &l, "PID\n200\n30\n");
	l.most = 9;
	assert_int_equal(list_count(&l), 3);
	l.order = NULL;
	l.most = 1;
	expect_print("first", v, &l, "PID\n30\n");
}

static void expect_sorted(const char *key, const char *want)
{
	struct list l = list;
	size_t *order = list_sort(&l, key);

	assert_non_null(order);
	l.order = order;
	expect_print(key, view_of(LIST_RAW, "pid"), &l, want);
	free(order);
}

static void sorts_by_any_column(void **state)
{
	(void)state;
	expect_sorted("pid", "PID\n4\n30\n200\n"); /* an ID: ascending */
	expect_sorted("-pid", "PID\n200\n30\n4\n");
	expect_sorted("+PID", "PID\n4\n30\n200\n");
	expect_sorted("share", "PID\n200\n30\n4\n"); /* an amount: descending */
	expect_sorted("+share", "PID\n4\n30\n200\n");
	expect_sorted("name", "PID\n4\n30\n200\n"); /* a text: ascending */
	expect_sorted("-name", "PID\n200\n30\n4\n");
	/* Unknown values come last in both orders. */
	expect_sorted("size", "PID\n30\n200\n4\n");
	expect_sorted("+size", "PID\n200\n30\n4\n");
	assert_null(list_sort(&list, "nope"));
	assert_null(list_sort(&list, ""));
	assert_null(list_sort(&list, "+"));
	assert_null(list_sort(&list, "+-pid"));
}

#define N_EQUAL 300

static void equal_rows_stay_in_their_order(void **state)
{
	static const char *const keys[] = { "size", "+size" };
	static struct thing equal[N_EQUAL];
	struct list l = list;

	(void)state;
	l.rows = equal;
	l.n_rows = N_EQUAL;
	for (size_t i = 0; i < N_EQUAL; i++)
		equal[i].size = (int64_t)(i % 3);
	for (size_t k = 0; k < UNIT_LENGTH(keys); k++) {
		size_t *order = list_sort(&l, keys[k]);

		assert_non_null(order);
		for (size_t i = 0; i < N_EQUAL; i++)
			assert_int_equal(order[i] % 3, k ? i / 100 : 2 - i / 100);
		for (size_t i = 1; i < N_EQUAL; i++)
			if (i % 100)
				assert_true(order[i] > order[i - 1]);
		free(order);
	}
}

static void cut_text_has_an_ellipsis(void **state)
{
	static const struct {
		const char *locale, *text;
		size_t width;
		bool keeps_end;
		const char *want;
	} cases[] = {
		{ "C.UTF-8", "abcdefgh", 8, false, "abcdefgh" },
		{ "C.UTF-8", "abcdefgh", 7, false, "abcdef…" },
		{ "C.UTF-8", "/a/b/web.service", 8, true, "…service" },
		{ "C", "abcdefgh", 7, false, "abcd..." },
		{ "C", "abcdefgh", 7, true, "...efgh" },
		/* No part of an escape. */
		{ "C.UTF-8", "a\\x1bb\\x1bc", 8, false, "a\\x1bb…" },
		{ "C.UTF-8", "a\\x1bb\\x1bc", 10, false, "a\\x1bb…" },
		{ "C.UTF-8", "a\\x1bb\\x1bc", 5, true, "…c" },
		{ "C.UTF-8", "a\\x1bb\\x1bc", 6, true, "…\\x1bc" },
		{ "C", "\\x1b\\x1b\\x1b", 6, false, "..." },
		/* Each has two columns. */
		{ "C.UTF-8", "中文中文", 6, false, "中文…" },
		{ "C.UTF-8", "中文中文", 6, true, "…中文" },
		{ "C.UTF-8", "abc", 0, false, "" },
		{ "C", "abcd", 2, false, "" },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		assert_non_null(setlocale(LC_CTYPE, cases[i].locale));
		wrap_cut(buf, sizeof(buf), cases[i].text, cases[i].width, cases[i].keeps_end);
		unit_text(cases[i].text, buf, cases[i].want);
	}
	setlocale(LC_CTYPE, "C.UTF-8");
}

static void the_widest_columns_are_cut(void **state)
{
	static const struct column name = { .kind = COLUMN_CUT },
				   number = { .kind = COLUMN_NUMBER };
	const struct column *const three[] = { &name, &number, &name };
	static const struct {
		size_t total, widths[3];
	} cases[] = {
		{ 65, { 40, 10, 13 } },                         /* it fits */
		{ 64, { 39, 10, 13 } }, { 45, { 20, 10, 13 } }, /* the first alone is too wide */
		{ 37, { 13, 10, 12 } }, { 36, { 12, 10, 12 } }, /* then both */
		{ 24, { 6, 10, 6 } },   { 10, { 6, 10, 6 } },   /* as much as is still useful */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t widths[] = { 40, 10, 13 };

		wrap_columns(three, widths, 3, cases[i].total);
		for (size_t k = 0; k < 3; k++)
			unit_number("width", (long long)widths[k], (long long)cases[i].widths[k]);
	}
}

static void is_wrapped(const char *text, size_t used, size_t indent, size_t width, const char *want)
{
	char *got = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&got, &len);

	assert_non_null(f);
	wrap_wrap(f, text, used, indent, width);
	fclose(f);
	unit_text(text, got, want);
	free(got);
}

static void words_are_wrapped(void **state)
{
	static const struct {
		const char *text;
		size_t columns, indent, width;
		const char *lines;
	} cases[] = {
		{ "", 0, 0, 20, "\n" },
		{ "one", 0, 0, 20, "one\n" },
		{ "one two three four five", 0, 0, 23, "one two three four five\n" },
		{ "one two three four five", 0, 0, 22, "one two three four\nfive\n" },
		{ "one  two", 0, 0, 20, "one two\n" },
		{ "one two three four five", 4, 4, 22, "one two three four\n    five\n" },
		{ "one two three four five", 4, 2, 22, "one two three four\n  five\n" },
		/* Columns, not bytes. */
		{ "\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9t\xc3\xa9 three four five", 0, 0, 23,
		  "\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9t\xc3\xa9 three four five\n" },
		/* A long word is broken after a punctuation mark, or at the width. */
		{ "a /system.slice/web.service b", 0, 0, 20, "a /system.slice/web.\nservice b\n" },
		{ "a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b", 0, 0, 20,
		  "a\naaaaaaaaaaaaaaaaaaaa\naaaaaaaaaa b\n" },
		{ "aaaaaaaaaaaaaaa\\x1b\\xff\\xff", 0, 2, 20,
		  "aaaaaaaaaaaaaaa\n  \\x1b\\xff\\xff\n" },
		{ "aaaaaaaaaaaaaaaaa中文", 0, 0, 20, "aaaaaaaaaaaaaaaaa中\n文\n" },
		/* It ends with any width. */
		{ "aaaaaa bbbbbb", 30, 30, 10, "aaaaaa\n                              bbbbbb\n" },
	};

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	wrap_prose_fit(WRAP_PROSE_WIDTH);
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		is_wrapped(cases[i].text, cases[i].columns, cases[i].indent, cases[i].width,
			   cases[i].lines);
	/* In a pipe a word is kept whole, unless it has a mark. */
	wrap_prose_fit(0);
	is_wrapped("aaaaaaaaaaaaaaaaaaaaaaaaa b", 0, 0, 20, "aaaaaaaaaaaaaaaaaaaaaaaaa\nb\n");
}

static void columns_too_wide_stay_readable(void **state)
{
	static const struct column name = { .kind = COLUMN_CUT }, path = { .kind = COLUMN_PATH },
				   number = { .kind = COLUMN_NUMBER };
	const struct column *const four[] = { &name, &number, &path, &name };
	const size_t want[] = { 30, 50, 30, 7 };
	size_t widths[] = { 4096, 50, 31, 7 };

	(void)state;
	wrap_wide_columns(four, widths, 4);
	for (size_t i = 0; i < 4; i++)
		unit_number("width", (long long)widths[i], (long long)want[i]);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_by_name),
		cmocka_unit_test(needs_of_the_columns_shown),
		cmocka_unit_test(getters_of_members),
		cmocka_unit_test(an_unknown_column_changes_nothing),
		cmocka_unit_test(more_columns_than_fit_are_refused),
		cmocka_unit_test(cells_in_three_forms),
		cmocka_unit_test(long_lists_of_pids),
		cmocka_unit_test(bars_stay_in_their_cells),
		cmocka_unit_test(raw_cells_are_single_words),
		cmocka_unit_test(json_keeps_kinds_apart),
		cmocka_unit_test(json_escapes_unprintable_characters),
		cmocka_unit_test(tables_are_aligned),
		cmocka_unit_test(cut_text_has_an_ellipsis),
		cmocka_unit_test(the_widest_columns_are_cut),
		cmocka_unit_test(words_are_wrapped),
		cmocka_unit_test(columns_too_wide_stay_readable),
		cmocka_unit_test(empty_lists),
		cmocka_unit_test(order_and_number_of_rows),
		cmocka_unit_test(sorts_by_any_column),
		cmocka_unit_test(equal_rows_stay_in_their_order),
	};

	return UNIT_RUN(argc, argv, tests);
}
