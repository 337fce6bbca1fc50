/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf_file: random access to a large file of the kernel, mapped or by a window. */
#include "sys/bpf/btf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#define PAGE 4096 /* the window begins at a multiple: sysfs returns a page at a time */

int btf_file_open(struct btf_file *b, const char *path)
{
	void *map = MAP_FAILED;
	struct statfs fs;
	struct stat st;

	memset(b, 0, sizeof(*b));
	b->step = BTF_FILE_FAR;
	b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (b->fd < 0)
		return -errno;
	if (fstat(b->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > INT32_MAX)
		return -EINVAL;
	b->size = (uint64_t)st.st_size;
	/* Only the kernel's own file (since 6.16): another could be truncated, which is SIGBUS. */
	if (fstatfs(b->fd, &fs) == 0 && fs.f_type == SYSFS_MAGIC)
		map = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, b->fd, 0);
	if (map != MAP_FAILED) {
		b->map = map;
		return 0;
	}
	b->window = malloc(BTF_FILE_FAR);
	return b->window ? 0 : -ENOMEM;
}

void btf_file_close(struct btf_file *b)
{
	if (b->map)
		munmap((void *)(uintptr_t)b->map, b->size);
	free(b->window);
	if (b->fd >= 0)
		close(b->fd);
	memset(b, 0, sizeof(*b));
	b->fd = -1;
}

/* Fills the window from the page that contains at. */
static int move_window(struct btf_file *b, uint64_t at)
{
	b->begin = at & ~(uint64_t)(PAGE - 1);
	b->len = 0;
	while (b->len < b->step) {
		ssize_t n = pread(b->fd, b->window + b->len, b->step - b->len,
				  (off_t)(b->begin + b->len));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		b->len += (size_t)n;
	}
	return 0;
}

const char *btf_file_chunk(struct btf_file *b, uint64_t at, uint64_t end, size_t *len)
{
	uint64_t room;

	if (end > b->size)
		end = b->size;
	if (at >= end)
		return NULL;
	if (b->map) {
		*len = (size_t)(end - at);
		return b->map + at;
	}
	room = at >= b->begin && at < b->begin + b->len ? b->begin + b->len - at : 0;
	if (room < BTF_FILE_NEAR / 2 && room < end - at) {
		if (move_window(b, at) || at >= b->begin + b->len)
			return NULL;
		room = b->begin + b->len - at;
	}
	*len = (size_t)(room < end - at ? room : end - at);
	return b->window + (at - b->begin);
}

int btf_file_copy(struct btf_file *b, uint64_t at, void *to, size_t len)
{
	size_t room = 0;
	const char *from = btf_file_chunk(b, at, at + len, &room);

	if (!from || room < len)
		return -EIO;
	memcpy(to, from, len);
	return 0;
}

uint32_t btf_file_u32(struct btf_file *b, uint64_t at)
{
	uint32_t value = 0;

	return btf_file_copy(b, at, &value, sizeof(value)) ? 0 : value;
}
