/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kills: lines about kills, from log or by the kernel's counter. */
#include "unit.h"

#include "cmd/top/kills.h"

static void lines_of_log_become_kills(void **state)
{
	struct kills_follow k = { .fd = -1 };

	(void)state;
	kills_follow_add(&k, "2024-05-26\\x2006:17:33 4242 java 1073741824 300");
	kills_follow_add(&k, "- 7 na\\x20me - -");
	/* No kills: too few words, and a message. */
	kills_follow_add(&k, "4242 java");
	kills_follow_add(&k, "oomctl: cannot read the kernel's log: Permission denied");
	unit_number("kills", (int64_t)k.n, 2);
	unit_text("first", kills_follow_text(&k, 0, 2),
		  "06:17:33 killed: pid 4242 (java), 1.0G, adj 300");
	unit_text("second", kills_follow_text(&k, 1, 2),
		  " killed: pid 7 (na\\x20me), size unknown, adj -");
	unit_text("the last one", kills_follow_text(&k, 0, 1),
		  " killed: pid 7 (na\\x20me), size unknown, adj -");
	assert_null(kills_follow_text(&k, 2, 8));
}

static void the_last_kills_are_kept(void **state)
{
	struct kills_follow k = { .fd = -1 };
	char line[64];

	(void)state;
	for (int i = 1; i <= 20; i++) {
		snprintf(line, sizeof(line), "06:17 %d x 0 0", i);
		kills_follow_add(&k, line);
	}
	unit_text("oldest", kills_follow_text(&k, 0, 100), "06:17 killed: pid 13 (x), 0, adj 0");
	unit_text("newest", kills_follow_text(&k, 7, 100), "06:17 killed: pid 20 (x), 0, adj 0");
	unit_text("of two", kills_follow_text(&k, 0, 2), "06:17 killed: pid 19 (x), 0, adj 0");
}

static void the_counter_counts_where_the_log_is_denied(void **state)
{
	struct kills_follow k = { .fd = -1, .counted = -1 };

	(void)state;
	/* The log can be read: it has the kills. */
	assert_false(kills_follow_count(&k, 5));
	assert_false(kills_follow_count(&k, 6));
	k.has_failed = true;
	assert_false(kills_follow_count(&k, 6));
	assert_true(kills_follow_count(&k, 8));
	unit_text("line", kills_follow_text(&k, 0, 1),
		  "killed: 2 processes; which, the kernel's log would show");
	assert_false(kills_follow_count(&k, 8));
	assert_false(kills_follow_count(&k, -1));
	assert_false(kills_follow_count(&k, 9));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_log_become_kills),
		cmocka_unit_test(the_last_kills_are_kept),
		cmocka_unit_test(the_counter_counts_where_the_log_is_denied),
	};

	return UNIT_RUN(argc, argv, tests);
}
