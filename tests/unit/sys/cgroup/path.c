/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path: the memory cgroup and the unit of a process, in hierarchies of both versions. */
#include "unit.h"

#include <errno.h>

#include "sys/cgroup/path.h"

static void finds_the_memory_cgroup(void **state)
{
	static const struct {
		const char *name, *text;
		int err;
		const char *path;
	} cases[] = {
		{ "version 2", "0::/user.slice/user-1000.slice/session-1.scope\n", 0,
		  "/user.slice/user-1000.slice/session-1.scope" },
		{ "version 2, root", "0::/\n", 0, "/" },
		{ "no newline at the end", "0::/a", 0, "/a" },
		{ "version 1", "12:pids:/a\n4:memory:/b/c\n1:name=systemd:/d\n", 0, "/b/c" },
		{ "version 1, several controllers", "5:cpu,memory,pids:/x\n", 0, "/x" },
		{ "version 1, first of several", "5:memory,pids:/x\n", 0, "/x" },
		{ "version 1, memory is bound to 2", "9:pids:/a\n1:name=systemd:/b\n0::/c\n", 0,
		  "/c" },
		{ "hybrid, 2 first", "0::/two\n4:memory:/one\n", 0, "/one" },
		{ "hybrid, 2 last", "4:memory:/one\n0::/two\n", 0, "/one" },
		{ "a name like it", "4:memoryx:/a\n3:xmemory:/b\n2:name=memory:/c\n0::/d\n", 0,
		  "/d" },
		{ "memory without a controller", "4:cpu:/a\n3:pids:/b\n", -ENODATA, NULL },
		{ "a colon in the path", "0::/a:b/c\n", 0, "/a:b/c" },
		{ "a path like a line", "3:cpu:/memory:/x\n0::/y\n", 0, "/y" },
		{ "a comma and memory in the path", "3:cpu:/a,memory:/x\n0::/y\n", 0, "/y" },
		{ "ten is not nought", "10::/a\n", -ENODATA, NULL },
		{ "blanks in the path", "0::/a b\n", 0, "/a b" },
		{ "empty", "", -ENODATA, NULL },
		{ "nonsense", "memory\n:\n::\n", -ENODATA, NULL },
	};
	char path[CGROUP_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].name,
			    cgroup_path_parse(cases[i].text, CGROUP_PATH_MEMORY, path,
					      sizeof(path)),
			    cases[i].err);
		if (!cases[i].err)
			unit_text(cases[i].name, path, cases[i].path);
	}
}

static void finds_the_hierarchy_of_systemd(void **state)
{
	static const struct {
		const char *text, *path;
	} cases[] = {
		{ "4:memory:/b\n1:name=systemd:/d\n0::/\n", "/d" },
		{ "0::/c\n1:name=systemd:/d\n", "/d" },
		{ "9:cpu,name=systemd:/d\n4:memory:/b\n", "/d" },
		{ "4:memory:/b\n1:name=systemdx:/d\n", "/b" },
		{ "4:memory:/b\n0::/c\n", "/b" },
		{ "0::/c\n", "/c" },
		{ "4:memory:/name=systemd:/x\n", "/name=systemd:/x" },
	};
	char path[CGROUP_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].text,
			    cgroup_path_parse(cases[i].text, CGROUP_PATH_UNIT, path, sizeof(path)),
			    0);
		unit_text(cases[i].text, path, cases[i].path);
	}
}

static void compares_units(void **state)
{
	static const struct {
		const char *path, *pattern;
		bool has;
	} cases[] = {
		{ "/system.slice/web.service", "web.service", true },
		{ "/system.slice/web.service", "web", true },
		{ "/system.slice/web.service", "we", false },
		{ "/system.slice/web.service", "w*", true },
		{ "/system.slice/web.service", "*", true },
		{ "/system.slice/web.service", "system", false },
		{ "/system.slice/web.service", "system.slice", true },
		{ "/system.slice/web.service", "sys*.slice", true },
		{ "/system.slice", "*", false },
		{ "/a.scope/b", "a.scope", true },
		{ "/a.scope/b", "a", false },
		{ "/a.service/b.scope", "a", true },
		{ "/_cpu.service", "cpu", true },
		{ "/x\\x2dy.service", "x\\x2dy", true },
		{ "/x\\x2dy.service", "x\\x2d*", true },
		/* As a list or a message prints it. */
		{ "/x\\x5cy.service", "x\\x5cx5cy", true },
		{ "/x\\xc3y.mount", "x\\x5cxc3y.mount", true },
		{ "/x\xc3y.service", "x\\xc3y", true },
		{ "/x\\x20\\xc3y.mount", "x\\x5cx20\\x5cxc3y.mount", true },
		{ "/x\\x20\\xc3y.mount", "x\\x20\\x5cxc3y.mount", true },
		{ "/x\\xc3y.mount", "x*5cx*", false },
		{ "/web", "web", false },
		{ "", "*", false },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_number(cases[i].pattern, cgroup_path_has_unit(cases[i].path, cases[i].pattern),
			    cases[i].has);
}

static void a_long_path_is_refused(void **state)
{
	char path[8], whole[CGROUP_PATH_MAX], text[CGROUP_PATH_MAX + 8] = "0::/";

	(void)state;
	assert_int_equal(cgroup_path_parse("0::/abcdefg\n", CGROUP_PATH_MEMORY, path, sizeof(path)),
			 -ENAMETOOLONG);
	assert_memory_equal(path, "/abcdefg", sizeof(path) - 1);
	assert_int_equal(path[sizeof(path) - 1], 0);
	assert_int_equal(cgroup_path_parse("0::/abcdef\n", CGROUP_PATH_MEMORY, path, sizeof(path)),
			 0);
	assert_string_equal(path, "/abcdef");
	/* As long as the longest path that the kernel shows: it may be truncated. */
	memset(text + 4, 'a', CGROUP_PATH_MAX);
	text[4 + CGROUP_PATH_MAX - 2] = '\0';
	assert_int_equal(cgroup_path_parse(text, CGROUP_PATH_MEMORY, whole, sizeof(whole)),
			 -ENAMETOOLONG);
	text[4 + CGROUP_PATH_MAX - 3] = '\0';
	assert_int_equal(cgroup_path_parse(text, CGROUP_PATH_MEMORY, whole, sizeof(whole)), 0);
}

static void finds_the_unit(void **state)
{
	static const struct {
		const char *path, *unit; /* NULL: there is none */
	} cases[] = {
		{ "/system.slice/ssh.service", "ssh.service" },
		{ "/user.slice/user-1000.slice/session-1.scope", "session-1.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope",
		  "app-x.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope" },
		{ "/system.slice/docker-0a1b.scope/kubepods/x", "docker-0a1b.scope" },
		{ "/system.slice/dev-sda2.swap", "dev-sda2.swap" },
		{ "/system.slice/home.mount", "home.mount" },
		{ "/system.slice/dbus.socket", "dbus.socket" },
		{ "/system.slice", NULL },
		{ "/system.slice/ssh.service.d", NULL },
		{ "/.service", NULL },
		{ "/service", NULL },
		{ "/", NULL },
		{ "", NULL },
		{ "//a.service//b//", "a.service" },
		{ "/system.slice/_memory.service", "memory.service" },
	};
	char unit[64];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].path, cgroup_path_find_unit(cases[i].path, unit, sizeof(unit)),
			    cases[i].unit ? 0 : -ENODATA);
		if (cases[i].unit)
			unit_text(cases[i].path, unit, cases[i].unit);
	}
}

static void finds_the_unit_of_the_system(void **state)
{
	static const struct {
		const char *path, *unit;
	} cases[] = {
		{ "/system.slice/ssh.service", "ssh.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/db.service",
		  "user@1000.service" },
		{ "/user.slice/user-1000.slice/session-2.scope", "session-2.scope" },
		{ "/system.slice/_cgroup.service/payload", "cgroup.service" },
		{ "/a.service/b.service/c.scope", "a.service" },
		{ "/system.slice", NULL },
		{ "/batch", NULL },
		{ "/", NULL },
		{ "", NULL },
	};
	char unit[CGROUP_PATH_NAME];
	size_t len;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].path, cgroup_path_find_managed(cases[i].path, unit, &len),
			    cases[i].unit ? 0 : -ENODATA);
		if (cases[i].unit)
			unit_text(cases[i].path, unit, cases[i].unit);
	}
}

#define ID "0123456789abcdef0123456789ABCDEF"

static void a_container_comes_before_its_unit(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{ "/system.slice/docker-" ID ID ".scope", "docker-0123456789ab" },
		{ "/kubepods/burstable/pod1/" ID ID, "0123456789ab" },
		{ "/system.slice/crio-" ID ".scope", "crio-0123456789ab" },
		{ ID, "0123456789ab" },
		{ "/system.slice/docker-0123456789abcdef.scope", "docker-0123456789abcdef.scope" },
		{ "/system.slice/x" ID ".service", "x" ID ".service" },
		{ "/" ID "/ssh.service", "ssh.service" },
		{ "/batch", NULL },
		{ "", NULL },
	};
	char name[64];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].path,
			    cgroup_path_find_container_or_unit(cases[i].path, name, sizeof(name)),
			    cases[i].name ? 0 : -ENODATA);
		if (cases[i].name)
			unit_text(cases[i].path, name, cases[i].name);
	}
}

/* As systemd's tests of cg_path_get_unit() and cg_path_get_user_unit(). */
static void finds_the_unit_of_the_manager(void **state)
{
	static const struct {
		const char *path, *unit;
		size_t len;
	} cases[] = {
		{ "/system.slice/foobar.service/sdfdsaf", "foobar.service", 28 },
		{ "/system.slice/_memory.service", "memory.service", 29 },
		{ "/a.slice/a-b.slice/c.scope", "c.scope", 26 },
		{ "/user.slice/user-1000.slice/user@1000.service/server.service",
		  "user@1000.service", 45 },
		{ "/init.scope", "init.scope", 11 },
		{ "/x/a.service", NULL, 0 },
		{ "/system.slice", NULL, 0 },
		{ "/", NULL, 0 },
		{ "", NULL, 0 },
	};
	char unit[CGROUP_PATH_NAME];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].path, cgroup_path_find_managed(cases[i].path, unit, &len),
			    cases[i].unit ? 0 : -ENODATA);
		if (!cases[i].unit)
			continue;
		unit_text(cases[i].path, unit, cases[i].unit);
		unit_number(cases[i].path, (int64_t)len, (int64_t)cases[i].len);
	}
}

static void knows_what_the_system_has_named(void **state)
{
	static const struct {
		const char *path;
		size_t len;
	} cases[] = {
		{ "/system.slice/ssh.service", 25 },
		{ "/system.slice/x.service/postgresql.service", 23 },
		{ "/user.slice/user-1000.slice/user@1000.service/server.service", 45 },
		{ "/user.slice/user-1000.slice", 27 },
		{ "/system.slice/x/postgresql.service", 13 },
		{ "/docker/postgresql.service", 0 },
		{ "/", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_number(cases[i].path, (int64_t)cgroup_path_managed_len(cases[i].path),
			    (int64_t)cases[i].len);
}

static void finds_the_user_of_a_manager(void **state)
{
	static const struct {
		const char *unit;
		int64_t uid;
	} cases[] = {
		{ "user@1000.service", 1000 },
		{ "user@0.service", 0 },
		{ "user@4294967294.service", 4294967294 },
		{ "user@4294967295.service", -1 },
		{ "user@99999999999999999999.service", -1 },
		{ "user@-1.service", -1 },
		{ "user@.service", -1 },
		{ "user@x.service", -1 },
		{ "user@1000.scope", -1 },
		{ "xuser@1000.service", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		uid_t uid = 77;
		bool is_one = cgroup_path_is_user_manager(cases[i].unit, &uid);

		unit_number(cases[i].unit, is_one ? (int64_t)uid : -1, cases[i].uid);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_memory_cgroup),
		cmocka_unit_test(finds_the_hierarchy_of_systemd),
		cmocka_unit_test(compares_units),
		cmocka_unit_test(a_long_path_is_refused),
		cmocka_unit_test(finds_the_unit),
		cmocka_unit_test(finds_the_unit_of_the_system),
		cmocka_unit_test(a_container_comes_before_its_unit),
		cmocka_unit_test(finds_the_unit_of_the_manager),
		cmocka_unit_test(knows_what_the_system_has_named),
		cmocka_unit_test(finds_the_user_of_a_manager),
	};

	return UNIT_RUN(argc, argv, tests);
}
