/* SPDX-License-Identifier: GPL-2.0-or-later */
/* alert_state: which records were handled. The file contains "BOOT NUMBER", of a fixed length. */
#include "sys/alert/alert_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/adj/saved_adj.h"
#include "sys/priv/root_file.h"
#include "sys/proc/procfs.h"

#define TEXT_LEN  57 /* the boot, a blank, 19 digits and a newline */
#define TEXT_SIZE 80

static int read_boot(int proc, char boot[ALERT_STATE_BOOT])
{
	char text[TEXT_SIZE];
	ssize_t n = procfs_read(proc, "sys/kernel/random/boot_id", text, sizeof(text));

	if (n < ALERT_STATE_BOOT - 1 || strspn(text, "0123456789abcdef-") != ALERT_STATE_BOOT - 1)
		return -ENOTSUP;
	text[ALERT_STATE_BOOT - 1] = '\0';
	memcpy(boot, text, ALERT_STATE_BOOT);
	return 0;
}

static void print(const struct alert_state *s, int64_t handled, char text[TEXT_SIZE])
{
	snprintf(text, TEXT_SIZE, "%s %019" PRId64 "\n", s->boot, handled + 1);
}

/* Accepts only the exact text that it prints as. After another boot, none is handled. */
static int read_text(struct alert_state *s)
{
	char text[TEXT_SIZE] = "", again[TEXT_SIZE];
	struct alert_state was = { .handled = -1 };
	ssize_t n = pread(s->fd, text, sizeof(text) - 1, 0);
	int64_t next = 0;

	s->handled = -1;
	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	text[n] = '\0';
	if (sscanf(text, "%36[0-9a-f-] %" SCNd64, was.boot, &next) != 2 || next < 0)
		return -EBADF;
	print(&was, next - 1, again);
	if (n != TEXT_LEN || strcmp(text, again) != 0)
		return -EBADF;
	if (strcmp(was.boot, s->boot) == 0)
		s->handled = next - 1;
	return 0;
}

static int open_file(struct alert_state *s, const char *name)
{
	int dir = saved_adj_open_dir(true), err = 0;
	char file[ALERT_STATE_NAME_MAX + 8];

	if (dir < 0)
		return dir;
	snprintf(file, sizeof(file), "exec-%s", name);
	s->fd = openat(dir, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		       0644);
	if (s->fd < 0)
		err = errno == ELOOP || errno == EISDIR ? -EBADF : -errno;
	close(dir);
	if (!err && !root_file_is_roots(s->fd, S_IFREG))
		err = -EBADF;
	if (!err && flock(s->fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	return err;
}

int alert_state_open(struct alert_state *s, int proc, const char *name)
{
	int err;

	*s = (struct alert_state){ .fd = -1, .handled = -1 };
	err = read_boot(proc, s->boot);
	if (!err)
		err = open_file(s, name);
	if (!err)
		err = read_text(s);
	/* Reserves its memory, and shows whether it can be written. */
	if (!err)
		err = alert_state_write(s, s->handled);
	if (err)
		alert_state_close(s);
	return err;
}

int alert_state_write(struct alert_state *s, int64_t handled)
{
	char text[TEXT_SIZE];
	ssize_t n;

	print(s, handled, text);
	n = pwrite(s->fd, text, TEXT_LEN, 0);
	if (n != TEXT_LEN)
		return n < 0 ? -errno : -ENOSPC;
	s->handled = handled;
	return 0;
}

void alert_state_close(struct alert_state *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
