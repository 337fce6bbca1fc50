/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connector: messages of the kernel, byte by byte as Linux 6.18 sent them on x86-64. */
#include "unit.h"

#include "sys/watch/connector.h"

/* A netlink header of 16 bytes, a connector header of 20, an event of 40; see put(). */
struct wire {
	uint32_t words[19];
};

/* words: what, cpu, time (low, high), then the event's data. */
static struct wire message(const uint32_t *words, size_t n)
{
	struct wire m = { { 76, 3, 0, 0, 1, 1, 7, 0, 40 } };

	for (size_t i = 0; i < n; i++)
		m.words[9 + i] = words[i];
	return m;
}

static void events_are_read(void **state)
{
	static const struct {
		const char *name;
		uint32_t words[8];
		bool want;
		int what, pid, parent;
	} cases[] = {
		{ "exec", { 2, 0, 5, 1, 4242, 4242 }, true, CONNECTOR_EXEC, 4242, 0 },
		{ "name", { 0x200, 0, 5, 1, 77, 77, 0x61 }, true, CONNECTOR_COMM, 77, 0 },
		{ "user", { 4, 0, 5, 1, 78, 78, 1000, 1000 }, true, CONNECTOR_UID, 78, 0 },
		{ "fork", { 1, 1, 5, 1, 101, 100, 200, 200 }, true, CONNECTOR_FORK, 200, 100 },
		{ "new thread", { 1, 0, 5, 1, 100, 100, 200, 100 }, false, 0, 0, 0 },
		{ "name of a thread", { 0x200, 0, 5, 1, 78, 77 }, false, 0, 0, 0 },
		{ "answer", { 0, 0, 5, 1, 0 }, false, 0, 0, 0 },
		{ "exit", { 0x80000000, 0, 5, 1, 77, 77 }, false, 0, 0, 0 },
		{ "no process", { 2, 0, 5, 1, 0, 0 }, false, 0, 0, 0 },
		{ "negative", { 2, 0, 5, 1, 0xfffffff0, 0xfffffff0 }, false, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct wire m = message(cases[i].words, 8);
		struct connector_event e = { 0 };
		bool is = connector_parse(&m, sizeof(m), &e);

		unit_number(cases[i].name, is, cases[i].want);
		if (!is)
			continue;
		unit_number(cases[i].name, e.what, cases[i].what);
		unit_number(cases[i].name, e.pid, cases[i].pid);
		unit_number(cases[i].name, e.parent, cases[i].parent);
		unit_number(cases[i].name, (int64_t)e.time_ns, (1LL << 32) + 5);
	}
}

/* Every shorter message is refused, and is not read beyond its end (with sanitizers). */
static void damaged_messages_are_refused(void **state)
{
	static const uint32_t exec[] = { 2, 0, 5, 1, 42, 42 };
	struct wire m = message(exec, 6);
	struct connector_event e;

	(void)state;
	assert_true(connector_parse(&m, 76, &e));
	for (size_t len = 0; len < 68; len++) {
		char *copy = test_malloc(len + 1);

		memcpy(copy, &m, len);
		assert_false(connector_parse(copy, len, &e));
		test_free(copy);
	}
	m.words[1] = 2; /* a netlink error */
	assert_false(connector_parse(&m, 76, &e));
	m.words[1] = 3;
	m.words[4] = 9; /* of another user of connectors */
	assert_false(connector_parse(&m, 76, &e));
	m.words[4] = 1;
	m.words[8] = 400; /* longer than the message */
	assert_false(connector_parse(&m, 76, &e));
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_read),
		cmocka_unit_test(damaged_messages_are_refused),
	};

	return UNIT_RUN(argc, argv, tests);
}
