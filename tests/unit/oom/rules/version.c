/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version: the number at the start of a kernel's release. */
#include "unit.h"

#include <errno.h>

#include "oom/rules/version.h"

static void parses_releases(void **state)
{
	static const struct {
		const char *release;
		int err, major, minor, patch;
	} cases[] = {
		{ "6.1.0-56-cloud-amd64", 0, 6, 1, 0 },
		{ "2.6.32-220.el6.x86_64", 0, 2, 6, 32 },
		{ "2.6.32.71", 0, 2, 6, 32 },
		{ "4.18.0-553.el8_10.x86_64", 0, 4, 18, 0 },
		{ "6.18.44", 0, 6, 18, 44 },
		{ "7.0", 0, 7, 0, 0 },
		{ "7.0-rc3", 0, 7, 0, 0 },
		{ "6.6.87.2-microsoft-standard-WSL2", 0, 6, 6, 87 },
		{ "6.12.39+deb13", 0, 6, 12, 39 },
		{ "4.9.337", 0, 4, 9, 255 },
		{ "4.14.255", 0, 4, 14, 255 },
		{ "5.4.99999999999999999999", 0, 5, 4, 255 },
		{ "5.10.", 0, 5, 10, 0 },
		{ "", -EINVAL, 0, 0, 0 },
		{ "6", -EINVAL, 0, 0, 0 },
		{ "6.", -EINVAL, 0, 0, 0 },
		{ "6-1", -EINVAL, 0, 0, 0 },
		{ ".6.1", -EINVAL, 0, 0, 0 },
		{ "linux-6.1", -EINVAL, 0, 0, 0 },
		{ " 6.1", -EINVAL, 0, 0, 0 },
		{ "-6.1", -EINVAL, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		int version = -1;
		int want = cases[i].major * 65536 + cases[i].minor * 256 + cases[i].patch;

		unit_number(cases[i].release, version_parse(cases[i].release, &version),
			    cases[i].err);
		if (!cases[i].err)
			unit_number(cases[i].release, version, want);
	}
}

static void versions_compare(void **state)
{
	static const char *const rising[] = {
		"2.4.31", "2.6.9",   "2.6.25", "2.6.32",  "3.0",    "3.10.0",
		"3.14",   "4.0",     "4.4.0",  "4.15.0",  "4.19.0", "5.3",
		"5.10",   "5.10.46", "6.1",    "6.12.39", "6.16",   "7.0",
	};
	int before = 0, version;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rising); i++) {
		assert_int_equal(version_parse(rising[i], &version), 0);
		unit_number(rising[i], version > before, true);
		before = version;
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_releases),
		cmocka_unit_test(versions_compare),
	};

	return UNIT_RUN(argc, argv, tests);
}
