/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf_file: the kernel's BTF, mapped or read a window at a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "sys/bpf/internal.h"

#define PAGE 4096 /* the window begins at a multiple of this: sysfs returns a page at a time */

int btf_file_open(struct btf_file *f, const char *path)
{
	void *map = MAP_FAILED;
	struct statfs fs;
	struct stat st;

	f->step = BTF_FILE_FAR;
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (f->fd < 0)
		return -errno;
	if (fstat(f->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > INT32_MAX)
		return -EINVAL;
	f->size = (size_t)st.st_size;
	/*
	 * Only the kernel's own file (since 6.16): another file could be truncated, which causes
	 * SIGBUS.
	 */
	if (fstatfs(f->fd, &fs) == 0 && fs.f_type == SYSFS_MAGIC)
		map = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, f->fd, 0);
	if (map != MAP_FAILED) {
		f->map = map;
		return 0;
	}
	f->window = malloc(BTF_FILE_FAR);
	return f->window ? 0 : -ENOMEM;
}

const char *btf_file_chunk(struct btf_file *f, uint64_t at, uint64_t end, size_t *len)
{
	uint64_t room;

	if (end > f->size)
		end = f->size;
	if (at >= end)
		return NULL;
	if (f->map) {
		*len = (size_t)(end - at);
		return f->map + at;
	}
	room = at >= f->begin && at < f->begin + f->len ? f->begin + f->len - at : 0;
	if (room < BTF_FILE_NEAR / 2 && room < end - at) {
		f->begin = at & ~(uint64_t)(PAGE - 1);
		f->len = 0;
		while (f->len < f->step) {
			ssize_t n = pread(f->fd, f->window + f->len, f->step - f->len,
					  (off_t)(f->begin + f->len));

			if (n == 0)
				break;
			if (n > 0)
				f->len += (size_t)n;
			else if (errno != EINTR)
				return NULL;
		}
		if (at >= f->begin + f->len)
			return NULL;
		room = f->begin + f->len - at;
	}
	*len = (size_t)(room < end - at ? room : end - at);
	return f->window + (at - f->begin);
}

int btf_file_read(struct btf_file *f, uint64_t at, void *to, size_t len)
{
	size_t room = 0;
	const char *from = btf_file_chunk(f, at, at + len, &room);

	if (!from || room < len)
		return -EIO;
	memcpy(to, from, len);
	return 0;
}

void btf_file_close(struct btf_file *f)
{
	if (f->map)
		munmap((void *)(uintptr_t)f->map, f->size);
	free(f->window);
	if (f->fd >= 0)
		close(f->fd);
}
