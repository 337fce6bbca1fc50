/* SPDX-License-Identifier: GPL-2.0-or-later */
/* records: the adj that processes had after the rules were last applied to them. */
#include "sys/standing/records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oom/rules/adj.h"
#include "sys/adj/saved_adj.h"
#include "sys/priv/root_file.h"
#include "sys/proc/machine.h"

#define LINE_MAX_BYTES 80 /* of a record in the file: six numbers */
#define MAX_LINES      (2 * RECORDS_MAX)
#define MAX_APPENDED   (RECORDS_MAX / 4) /* then the file is written anew */

int records_init(struct records *r, size_t most)
{
	size_t n = 16;

	while (n < 2 * most)
		n *= 2;
	*r = (struct records){ .places = calloc(n, sizeof(*r->places)), .n_places = n };
	return r->places ? 0 : -ENOMEM;
}

int records_keep_log(struct records *r)
{
	r->log = malloc(RECORDS_LOG);
	return r->log ? 0 : -ENOMEM;
}

void records_free(struct records *r)
{
	free(r->places);
	free(r->log);
	*r = (struct records){ .places = NULL };
}

/* Where the search for a PID begins: neighbours in the table are not neighbours by number. */
static size_t home(const struct records *r, pid_t pid)
{
	return (size_t)((uint32_t)pid * 2654435761U) & (r->n_places - 1);
}

static size_t next(const struct records *r, size_t at)
{
	return (at + 1) & (r->n_places - 1);
}

/* The place of a PID, or the empty one where it would be. */
static size_t place_of(const struct records *r, pid_t pid)
{
	size_t at = home(r, pid);

	while (r->places[at].pid && r->places[at].pid != pid)
		at = next(r, at);
	return at;
}

struct record *records_find(const struct records *r, pid_t pid, uint64_t start)
{
	struct record *found = r->places ? &r->places[place_of(r, pid)] : NULL;

	return found && found->pid && found->start == start ? found : NULL;
}

bool records_has(const struct records *r, pid_t pid)
{
	return r->places && r->places[place_of(r, pid)].pid;
}

static size_t print(const struct record *p, char line[LINE_MAX_BYTES])
{
	return (size_t)snprintf(line, LINE_MAX_BYTES,
				"%d %" PRIu64 " %d %d %" PRIu32 " %" PRIu32 "\n", (int)p->pid,
				p->start, p->value, p->seen, p->child_of, p->program);
}

static void note(struct records *r, const struct record *p)
{
	if (!r->log || r->must_save)
		return;
	if (r->log_len + LINE_MAX_BYTES > RECORDS_LOG)
		r->must_save = true;
	else
		r->log_len += print(p, r->log + r->log_len);
}

void records_see(struct records *r, struct record *record, int adj)
{
	if (record->seen == adj)
		return;
	record->seen = (int16_t)adj;
	note(r, record);
}

bool records_put(struct records *r, pid_t pid, uint64_t start, int value, uint32_t child_of,
		 uint32_t program)
{
	struct record *place = &r->places[place_of(r, pid)];
	bool is_changed;

	if (!place->pid) {
		if (2 * r->n >= r->n_places) {
			r->n_refused++;
			return false;
		}
		r->n++;
	}
	is_changed = !place->pid || place->start != start || place->value != value ||
		     place->seen != value || place->child_of != child_of ||
		     place->program != program;
	*place = (struct record){ pid, (int16_t)value, (int16_t)value, start, child_of, program,
				  true };
	if (is_changed)
		note(r, place);
	return true;
}

/* Empties a place, and moves those after it that would not be found otherwise. */
static void empty(struct records *r, size_t hole)
{
	for (size_t at = next(r, hole); r->places[at].pid; at = next(r, at)) {
		size_t from_home = (at - home(r, r->places[at].pid)) & (r->n_places - 1);
		size_t from_hole = (at - hole) & (r->n_places - 1);

		if (from_home < from_hole)
			continue;
		r->places[hole] = r->places[at];
		hole = at;
	}
	r->places[hole].pid = 0;
	r->n--;
}

void records_remove(struct records *r, pid_t pid)
{
	size_t at = place_of(r, pid);

	if (r->places[at].pid)
		empty(r, at);
}

void records_keep(struct records *r, pid_t pid)
{
	r->places[place_of(r, pid)].is_used = true;
}

void records_begin_pass(struct records *r)
{
	/* An empty table is large, too, and untouched memory costs nothing. */
	for (size_t i = 0; r->n && i < r->n_places; i++)
		r->places[i].is_used = false;
	r->n_refused = 0;
}

void records_end_pass(struct records *r)
{
	for (size_t i = 0; r->n && i < r->n_places; i++)
		while (r->places[i].pid && !r->places[i].is_used) {
			empty(r, i);
			r->must_save = true;
		}
}

/* Containers can share /run: only in the initial PID namespace is it the plain name. */
static void name_in_namespace(int proc, const char *plain, char name[32])
{
	unsigned int ns = machine_read_pidns(proc);

	if (ns)
		snprintf(name, 32, "%s@%u", plain, ns);
	else
		snprintf(name, 32, "%s", plain);
}

static void name_file(int proc, char name[32])
{
	name_in_namespace(proc, "rules", name);
}

int records_claim(int proc)
{
	int dir = saved_adj_open_dir(true), claim;
	char name[32];

	if (dir < 0)
		return dir;
	name_in_namespace(proc, "watch", name);
	claim = root_file_lock(dir, name);
	close(dir);
	return claim;
}

static bool is_adj(int value)
{
	return value >= ADJ_NEVER && value <= ADJ_MAX;
}

/* Takes one line. Only root writes the file, so what does not fit means damage. */
static bool take_line(struct records *r, const char *line)
{
	struct record *found;
	uint32_t child_of, program;
	uint64_t start;
	int pid, value, seen, end = 0;

	if (sscanf(line, "%d %" SCNu64 " %d %d %" SCNu32 " %" SCNu32 "%n", &pid, &start, &value,
		   &seen, &child_of, &program, &end) != 6 ||
	    line[end] || pid <= 0 || !is_adj(value) || !is_adj(seen))
		return false;
	/* A smaller table keeps what fits. */
	if (!records_put(r, pid, start, value, child_of, program))
		return true;
	found = records_find(r, pid, start);
	found->seen = (int16_t)seen;
	found->is_used = false;
	return true;
}

static int take_file(struct records *r, FILE *f)
{
	char line[2 * LINE_MAX_BYTES];
	size_t n = 0;

	while (fgets(line, sizeof(line), f)) {
		size_t len = strlen(line);

		if (!len || n++ == MAX_LINES)
			return -EBADF;
		/* The writer was killed, or there was no room. */
		if (line[len - 1] != '\n' && feof(f))
			break;
		if (line[len - 1] != '\n')
			return -EBADF;
		line[len - 1] = '\0';
		if (!take_line(r, line))
			return -EBADF;
	}
	return ferror(f) ? -EIO : 0;
}

int records_load(struct records *r, int proc)
{
	int dir = saved_adj_open_dir(false), fd, err;
	char name[32];
	FILE *f;

	if (r->n)
		memset(r->places, 0, r->n_places * sizeof(*r->places));
	r->n = r->n_refused = 0;
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	name_file(proc, name);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	err = -errno;
	close(dir);
	if (fd < 0)
		return err == -ENOENT ? 0 : err == -ELOOP ? -EBADF : err;
	f = root_file_is_roots(fd, S_IFREG) ? fdopen(fd, "r") : NULL;
	if (!f) {
		close(fd);
		return -EBADF;
	}
	err = take_file(r, f);
	fclose(f);
	if (err) {
		memset(r->places, 0, r->n_places * sizeof(*r->places));
		r->n = 0;
	}
	return err;
}

int records_save(struct records *r, int proc)
{
	int dir = saved_adj_open_dir(true), err;
	size_t len = 0, size = r->n * LINE_MAX_BYTES + 1;
	char name[32], *text;

	if (dir < 0)
		return dir;
	text = malloc(size);
	err = text ? 0 : -ENOMEM;
	for (size_t i = 0; text && i < r->n_places; i++)
		if (r->places[i].pid)
			len += print(&r->places[i], text + len);
	if (text)
		text[len] = '\0';
	name_file(proc, name);
	if (!err)
		err = root_file_replace(dir, name, text, NULL);
	free(text);
	close(dir);
	if (!err) {
		r->log_len = r->n_appended = 0;
		r->must_save = false;
	}
	return err;
}

static int append(int dir, const char *name, const char *text, size_t len)
{
	int fd = openat(dir, name,
			O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;
	ssize_t n;

	if (!err && !root_file_is_roots(fd, S_IFREG))
		err = -EBADF;
	if (!err) {
		n = write(fd, text, len);
		err = n < 0 ? -errno : (size_t)n < len ? -ENOSPC : 0;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

int records_append(struct records *r, int proc)
{
	int dir, err;
	char name[32];

	if (!r->log_len)
		return 0;
	dir = saved_adj_open_dir(true);
	err = dir < 0 ? dir : 0;
	name_file(proc, name);
	if (!err)
		err = append(dir, name, r->log, r->log_len);
	if (dir >= 0)
		close(dir);
	for (size_t i = 0; !err && i < r->log_len; i++)
		r->n_appended += r->log[i] == '\n';
	r->log_len = 0;
	r->must_save |= err || r->n_appended > MAX_APPENDED;
	return err;
}
