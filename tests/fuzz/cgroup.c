/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes /proc/PID/cgroup and the search for units and containers, with buffers of all sizes. */
#include "fuzz.h"

#include "sys/cgroup/container.h"

static void check_unit(const char *path)
{
	char *unit = malloc(CGROUP_PATH_MAX);

	fuzz_check(unit != NULL);
	if (cgroup_path_find_unit(path, unit, CGROUP_PATH_MAX) == 0)
		fuzz_check(strstr(path, unit) != NULL && !strchr(unit, '/') && strchr(unit, '.'));
	free(unit);
	unit = malloc(4);
	fuzz_check(unit != NULL);
	if (cgroup_path_find_unit(path, unit, 4) == 0)
		fuzz_check(strlen(unit) <= 3);
	free(unit);
}

static void check_containers(const char *path)
{
	const char *end = path + strlen(path);
	char id[CGROUP_PATH_NAME];

	while (container_next(&path, id))
		fuzz_check(*id && strlen(id) < sizeof(id) && path <= end);
	fuzz_check(cgroup_path_has_unit(end, "*") == false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = size ? (size_t)data[0] + 1 : 1;
	char *text = fuzz_text(data, size), *path = malloc(room);

	fuzz_check(path != NULL);
	check_unit(text);
	check_containers(text);
	cgroup_path_has_unit(text, "[a-z]*[!b]*.*");
	if (cgroup_path_parse(text, CGROUP_PATH_UNIT, path, room) == 0)
		fuzz_check(strlen(path) < room && strstr(text, path) != NULL);
	if (cgroup_path_parse(text, CGROUP_PATH_MEMORY, path, room) == 0) {
		fuzz_check(strlen(path) < room && !strchr(path, '\n'));
		fuzz_check(strstr(text, path) != NULL);
		check_unit(path);
	}
	free(path);
	free(text);
	return 0;
}
