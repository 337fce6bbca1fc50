/* SPDX-License-Identifier: GPL-2.0-or-later */
/* records: the table keeps what was put, whatever was removed between, and says when it is full. */
#include "unit.h"

#include "sys/standing/records.h"

#define MOST 1000

static void the_table_keeps_what_was_put(void **state)
{
	static bool has[4 * MOST];
	struct records r;
	uint32_t seed = 1;
	size_t n = 0;

	(void)state;
	assert_int_equal(records_init(&r, MOST), 0);
	for (size_t i = 0; i < 200000; i++) {
		pid_t pid;

		seed = seed * 1103515245U + 12345U;
		pid = (pid_t)(1 + (seed >> 16) % (4 * MOST - 1));
		if (seed & 0x8000) {
			if (n >= MOST && !has[pid])
				continue;
			assert_true(records_put(&r, pid, (uint64_t)pid * 7, pid % 1000, 0, 3));
			n += !has[pid];
			has[pid] = true;
		} else {
			records_remove(&r, pid);
			n -= has[pid];
			has[pid] = false;
		}
		assert_int_equal(r.n, n);
	}
	assert_true(n > 100);
	for (pid_t pid = 1; pid < 4 * MOST; pid++) {
		const struct record *found = records_find(&r, pid, (uint64_t)pid * 7);

		assert_int_equal(found != NULL, has[pid]);
		assert_true(!found || (found->pid == pid && found->value == pid % 1000));
		/* Another process with the same PID. */
		assert_null(records_find(&r, pid, (uint64_t)pid * 7 + 1));
	}
	records_free(&r);
}

static void a_full_table_refuses_and_keeps(void **state)
{
	struct records r;
	size_t n = 0;

	(void)state;
	assert_int_equal(records_init(&r, 8), 0);
	for (pid_t pid = 1; pid <= 100; pid++)
		n += records_put(&r, pid, 1, 5, 0, 3);
	assert_true(n >= 8);
	assert_int_equal(r.n_refused, 100 - n);
	assert_true(records_put(&r, 1, 2, 6, 9, 3));
	assert_null(records_find(&r, 1, 1));
	assert_int_equal(records_find(&r, 1, 2)->value, 6);
	assert_int_equal(records_find(&r, 1, 2)->child_of, 9);
	records_free(&r);
}

static void a_pass_removes_what_it_does_not_use(void **state)
{
	struct records r;

	(void)state;
	assert_int_equal(records_init(&r, MOST), 0);
	for (pid_t pid = 1; pid <= MOST; pid++)
		records_put(&r, pid, 1, 0, 0, 3);
	records_begin_pass(&r);
	for (pid_t pid = 3; pid <= MOST; pid += 3)
		records_find(&r, pid, 1)->is_used = true;
	records_put(&r, 1, 1, 0, 0, 3);
	records_keep(&r, 2);
	records_keep(&r, MOST + 5);
	records_end_pass(&r);
	for (pid_t pid = 1; pid <= MOST; pid++)
		assert_int_equal(records_find(&r, pid, 1) != NULL, pid <= 2 || pid % 3 == 0);
	assert_null(records_find(&r, MOST + 5, 1));
	assert_int_equal(r.n, 335);
	records_free(&r);
}

static void each_change_is_noted_once(void **state)
{
	struct records r;

	(void)state;
	assert_int_equal(records_init(&r, MOST), 0);
	assert_int_equal(records_keep_log(&r), 0);
	records_put(&r, 7, 123, -5, 9, 3);
	records_put(&r, 7, 123, -5, 9, 3);
	records_see(&r, records_find(&r, 7, 123), 8);
	records_see(&r, records_find(&r, 7, 123), 8);
	assert_int_equal(r.log_len, strlen("7 123 -5 -5 9 3\n7 123 -5 8 9 3\n"));
	assert_memory_equal(r.log, "7 123 -5 -5 9 3\n7 123 -5 8 9 3\n", r.log_len);
	/* More than fits makes it necessary to write the whole table. */
	assert_false(r.must_save);
	for (int value = 0; value < 10000; value++)
		records_put(&r, 7, 123, value % 2, 9, 3);
	assert_true(r.must_save);
	assert_true(r.log_len <= RECORDS_LOG);
	records_free(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_keeps_what_was_put),
		cmocka_unit_test(a_full_table_refuses_and_keeps),
		cmocka_unit_test(each_change_is_noted_once),
		cmocka_unit_test(a_pass_removes_what_it_does_not_use),
	};

	return UNIT_RUN(argc, argv, tests);
}
