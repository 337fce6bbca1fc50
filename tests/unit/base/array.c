/* SPDX-License-Identifier: GPL-2.0-or-later */
/* array: arrays grow, or refuse sizes that do not fit. */
#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"

static void keeps_elements(void **state)
{
	size_t *list = NULL, room = 0;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		assert_int_equal(array_grow(&list, &room, i + 1), 0);
		assert_true(room > i);
		list[i] = i;
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(list[i], i);
	free(list);
}

/* A list that is allocated at once gets exactly the requested size. */
static void grows_to_the_requested_size(void **state)
{
	size_t *list = NULL, room = 0;

	(void)state;
	assert_int_equal(array_grow(&list, &room, 1000), 0);
	assert_int_equal(room, 1000);
	assert_int_equal(array_grow(&list, &room, 1000), 0);
	assert_int_equal(room, 1000);
	free(list);
}

static void refuses_sizes_that_do_not_fit(void **state)
{
	static const size_t too_many[] = { SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 8 + 1 };
	uint64_t *list = NULL;
	size_t room = 0;

	(void)state;
	assert_int_equal(array_grow(&list, &room, 20), 0);
	list[19] = 7;
	for (size_t i = 0; i < sizeof(too_many) / sizeof(too_many[0]); i++) {
		assert_int_equal(array_grow(&list, &room, too_many[i]), -ENOMEM);
		assert_int_equal(room, 20);
		assert_int_equal(list[19], 7);
	}
	free(list);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_elements),
		cmocka_unit_test(grows_to_the_requested_size),
		cmocka_unit_test(refuses_sizes_that_do_not_fit),
	};

	return UNIT_RUN(argc, argv, tests);
}
