/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_file: reads a file, standard input or a pipe; plain or compressed. */
#include "sys/log/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/log/decompress.h"
#include "sys/proc/procfs.h"

#define PACKED_SIZE 262144
#define HEAD_SIZE   10
#define OUT_MIN     4 /* bytes of a character */

struct log_file {
	int fd;
	bool is_known;                   /* its kind */
	const struct decompress *unpack; /* NULL: plain */
	void *state;
	bool is_between;     /* members: the file may end here */
	uint64_t done, size; /* bytes read, and file size; 0: not a regular file */
	void (*watch)(void *arg, uint64_t done, uint64_t size);
	void *watch_arg;
	int error;                  /* found after what was returned */
	size_t at, len;             /* in in: read, but not returned yet */
	unsigned char *in, *packed; /* head, or packed, of PACKED_SIZE once it is needed */
	unsigned char head[HEAD_SIZE];
};

/* Of devices only /dev/null; others, such as /dev/zero and /dev/kmsg, may never end. */
static int check_kind(const struct stat *st)
{
	bool is_null = S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);

	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	return (S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode)) && !is_null ? -ENOTSUP : 0;
}

/* Opening a pipe must not block; its data is awaited when it is read, after earlier files. */
static int open_path(const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	fd = procfs_reopen(open(path, O_PATH | O_CLOEXEC), check_kind);
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_RDONLY);
	return fd;
}

int log_file_open(const char *path, struct log_file **file)
{
	struct log_file *f = calloc(1, sizeof(*f));
	struct stat st = { 0 };
	int err;

	if (!f)
		return -ENOMEM;
	f->in = f->head;
	f->fd = open_path(path);
	err = f->fd < 0 ? f->fd : fstat(f->fd, &st) == 0 && S_ISDIR(st.st_mode) ? -EISDIR : 0;
	if (err) {
		log_file_close(f);
		return err;
	}
	if (S_ISREG(st.st_mode))
		f->size = (uint64_t)st.st_size;
	posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	*file = f;
	return 0;
}

/* Reads up to size; a short count is the end. */
static ssize_t read_full(struct log_file *f, unsigned char *buf, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t n = read(f->fd, buf + at, size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return at ? (ssize_t)at : -errno;
		if (n == 0)
			break;
		at += (size_t)n;
		f->done += (uint64_t)n;
	}
	return (ssize_t)at;
}

/* First bytes of compressed and UTF-16 logs. pzstd begins with a skippable frame. */
static const struct packing {
	size_t at, len;
	const char *bytes;
	const struct decompress *unpack; /* NULL: not read */
} kinds[] = {
	{ 0, 2, "\x1f\x8b", &decompress_gzip },
	{ 0, 4, "\x28\xb5\x2f\xfd", &decompress_zstd },
	{ 1, 3, "\x2a\x4d\x18", &decompress_zstd },
	{ 0, 2, "\xff\xfe", &decompress_utf16 },
	{ 0, 2, "\xfe\xff", &decompress_utf16 },
	{ 0, 6, "\xfd\x37zXZ\0", NULL },
	{ 4, 6, "1AY&SY", NULL },           /* bzip2 */
	{ 0, 4, "\x04\x22\x4d\x18", NULL }, /* lz4 */
};

static int find_kind(struct log_file *f)
{
	struct pollfd writer = { .fd = f->fd, .events = POLLIN };
	ssize_t n;

	while (poll(&writer, 1, -1) < 0 && errno == EINTR)
		;
	n = read_full(f, f->head, HEAD_SIZE);
	if (n < 0)
		return (int)n;
	f->len = (size_t)n;
	f->is_known = true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct packing *k = &kinds[i];

		if (k->at + k->len > f->len || memcmp(f->head + k->at, k->bytes, k->len) != 0)
			continue;
		f->unpack = k->unpack;
		return f->unpack ? 0 : -EPROTONOSUPPORT;
	}
	return 0;
}

void log_file_load(struct log_file *f)
{
	struct stat st;

	if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		f->error = find_kind(f);
		if (f->unpack)
			f->unpack->load();
		return;
	}
	decompress_gzip.load();
	decompress_zstd.load();
}

static ssize_t read_plain(struct log_file *f, unsigned char *buf, size_t size)
{
	size_t head = f->len - f->at;
	ssize_t n;

	if (head > size)
		head = size;
	memcpy(buf, f->in + f->at, head);
	f->at += head;
	n = read_full(f, buf + head, size - head);
	return n < 0 && head ? (ssize_t)head : n < 0 ? n : (ssize_t)head + n;
}

static ssize_t read_packed(struct log_file *f, unsigned char *buf, size_t size)
{
	struct decompress_buf b = { .out = buf, .out_len = size };
	int err = f->error;

	if (!err && !f->packed) {
		f->packed = malloc(PACKED_SIZE);
		err = f->packed ? f->unpack->begin(&f->state) : -ENOMEM;
	}
	while (!err && b.out_len >= OUT_MIN) {
		if (f->at == f->len) {
			ssize_t n = read_full(f, f->packed, PACKED_SIZE);

			if (n <= 0) {
				err = n < 0 ? (int)n : f->is_between ? 0 : -EBADMSG;
				break;
			}
			f->in = f->packed;
			f->at = 0;
			f->len = (size_t)n;
		}
		b.in = f->in + f->at;
		b.in_len = f->len - f->at;
		err = f->unpack->run(f->state, &b, &f->is_between);
		f->at = f->len - b.in_len;
	}
	f->error = err;
	return b.out_len < size ? (ssize_t)(size - b.out_len) : err;
}

ssize_t log_file_read(struct log_file *f, void *buf, size_t size)
{
	if (!f->is_known && !f->error)
		f->error = find_kind(f);
	if (f->error && !f->unpack)
		return f->error;
	if (f->watch)
		f->watch(f->watch_arg, f->done, f->size);
	return f->unpack ? read_packed(f, buf, size) : read_plain(f, buf, size);
}

void log_file_watch(struct log_file *f, void (*fn)(void *arg, uint64_t done, uint64_t size),
		    void *arg)
{
	f->watch = fn;
	f->watch_arg = arg;
}

void log_file_close(struct log_file *f)
{
	if (!f)
		return;
	if (f->state)
		f->unpack->end(f->state);
	if (f->fd >= 0)
		close(f->fd);
	free(f->packed);
	free(f);
}
