/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the search in a kernel's description of its types, which is read through a window. */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/bpf/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf_field fields[] = {
		{ .in = 1, .path = "second" }, { .in = 1, .path = "inner.value" },
		{ .in = 1, .path = "deep" },   { .in = 1, .path = "many" },
		{ .in = 2, .path = "value" },
	};
	struct btf_id ids[] = { { .kind = BTF_FUNC, .name = "walk" },
				{ .kind = BTF_STRUCT, .name = "big" },
				{ .kind = BTF_STRUCT, .name = "part" } };
	int fd = memfd_create("btf", MFD_CLOEXEC);
	char path[64];
	int err;

	fuzz_check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = btf_resolve(path, fields, 5, ids, 3);
	fuzz_check(err <= 0);
	for (size_t i = 0; i < 5; i++) {
		fuzz_check(fields[i].offset <= INT16_MAX);
		fuzz_check(!fields[i].size || ids[fields[i].in].id);
	}
	for (size_t i = 0; i < 3; i++)
		fuzz_check(ids[i].id <= size / 12);
	close(fd);
	return 0;
}
