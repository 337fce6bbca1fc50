/* SPDX-License-Identifier: GPL-2.0-or-later */
/* container: the containers in a path, by the forms of each runtime. */
#include "unit.h"

#include "sys/cgroup/container.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void finds_the_container(void **state)
{
	static const struct {
		const char *path, *id; /* the outermost; NULL: there is none */
	} cases[] = {
		{ "/docker/" ID, ID },
		{ "/system.slice/docker-" ID ".scope", ID },
		{ "/machine.slice/libpod-" ID ".scope/container", ID },
		{ "/machine.slice/libpod-conmon-" ID ".scope", NULL },
		{ "/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope", ID },
		{ "/kubepods.slice/kubepods-pod1.slice/crio-conmon-" ID ".scope", NULL },
		{ "/machine.slice/machine-libpod_pod_" ID ".slice", NULL },
		{ "/kubepods/burstable/pod0123456789abcdef0123456789abcdef/x", NULL },
		{ "/kubepods/burstable/pod0123456789abcdef0123456789abcdef/" ID, ID },
		{ "/docker-0123456789abcdef.scope", NULL },
		{ "/docker-" ID ".slice", NULL },
		{ "/docker-" ID ".scope.d", NULL },
		{ "/lxc/box", "box" },
		{ "/lxc", NULL },
		{ "/lxc/", NULL },
		{ "/lxc.payload/box", "box" },
		{ "/lxc.payload.box/init.scope", "box" },
		{ "/lxc.payload.", NULL },
		{ "/lxc.monitor.box", NULL },
		{ "/machine.slice/machine-a\\x2db.scope", "a-b" },
		{ "/machine.slice/machine-a\\x2.scope", "a\\x2" },
		{ "/machine.slice/machine-a\\x00.scope", "a\\x00" },
		{ "/machine.slice/machine-.scope", NULL },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dx.scope", NULL },
		{ "/machine.slice/systemd-nspawn@box.service/payload", "box" },
		{ "/user.slice", NULL },
		{ "", NULL },
	};
	char id[CGROUP_PATH_NAME];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		const char *path = cases[i].path;

		unit_number(cases[i].path, container_next(&path, id), cases[i].id != NULL);
		if (cases[i].id)
			unit_text(cases[i].path, id, cases[i].id);
	}
}

static void a_container_can_contain_another(void **state)
{
	const char *path = "/lxc.payload.outer/docker/" ID;
	char id[CGROUP_PATH_NAME];

	(void)state;
	assert_int_equal(container_matches(path, "outer"), 1);
	assert_int_equal(container_matches(path, "0123456789ab"), 1);
	assert_int_equal(container_matches(path, "0123456789a"), 0);
	assert_int_equal(container_matches(path, "docker"), 0);
	assert_int_equal(container_find(path, id), 0);
	assert_string_equal(id, "0123456789ab");
	assert_int_not_equal(container_find("/docker", id), 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_container),
		cmocka_unit_test(a_container_can_contain_another),
	};

	return UNIT_RUN(argc, argv, tests);
}
