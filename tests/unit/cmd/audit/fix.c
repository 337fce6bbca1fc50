/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fix: commands that are run on files. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/audit/fix.h"

/* Runs a command of which /etc and /usr are in the directory; $EDITOR adds a line. */
static int run_in(const char *dir, const char *command)
{
	setenv("DIR", dir, 1);
	setenv("FIX", command, 1);
	return system("bash -c 'FIX=${FIX//\\/etc\\//$DIR/etc/} FIX=${FIX//\\/usr\\//$DIR/usr/}; "
		      "EDITOR=\"sed -i \\$aedited\"; eval \"$FIX\"'");
}

static void put(const char *dir, const char *path, const char *text)
{
	char name[256];
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", dir, path);
	f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void assert_has(const char *dir, const char *path, const char *text)
{
	char name[256], got[256] = "";
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", dir, path);
	f = fopen(name, "r");
	assert_non_null(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(got, text);
}

static void a_packaged_file_is_copied_once(void **state)
{
	char dir[] = "/tmp/fix.XXXXXX", make[128];
	char *command = fix_rules("/usr/lib/oomctl.rules.d/50-a.rules", 0);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(make, sizeof(make), "mkdir -p %s/usr/lib/oomctl.rules.d", dir);
	assert_int_equal(system(make), 0);
	put(dir, "usr/lib/oomctl.rules.d/50-a.rules", "packaged\n");
	assert_int_equal(run_in(dir, command), 0);
	assert_has(dir, "etc/oomctl.rules.d/50-a.rules", "packaged\nedited\n");
	/* It masked nothing, because its directory was ignored. */
	put(dir, "etc/oomctl.rules.d/50-a.rules", "own\n");
	assert_int_equal(run_in(dir, command), 0);
	assert_has(dir, "etc/oomctl.rules.d/50-a.rules", "own\nedited\n");
	assert_has(dir, "usr/lib/oomctl.rules.d/50-a.rules", "packaged\n");
	free(command);
	snprintf(make, sizeof(make), "rm -r %s", dir);
	assert_int_equal(system(make), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packaged_file_is_copied_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
