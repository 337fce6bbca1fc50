/* SPDX-License-Identifier: GPL-2.0-or-later */
/* persist_files: the files of a unit of --persist, and the adj that they declare. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/adj/internal.h"
#include "sys/cgroup/unit_file.h"

/* The adj that the files declare. except: a drop-in that is not read; NULL: all are. */
static int read_adj(const struct persist *p, const struct systemctl_unit *unit,
		    const struct dropin *except)
{
	int adj = p->about.default_adj, declared;
	int err = unit_file_read_one(unit->fragment, &declared);

	if (!err)
		adj = declared;
	for (const char *path = unit->dropins; *path; path += strlen(path) + 1) {
		if (except && dropin_is_at(except, path))
			continue;
		err = unit_file_read_one(path, &declared);
		if (err != -ENOENT)
			adj = err ? p->about.default_adj : declared;
	}
	return adj;
}

int persist_predict_removal(const struct persist *p, const struct persist_unit *u,
			    const struct systemctl_unit *found)
{
	return read_adj(p, found, &u->file);
}

/* Keeps a text of n bytes until the end of the run. */
static char *keep(struct persist *p, size_t n)
{
	p->texts = mem_grow(p->texts, p->n_texts, sizeof(*p->texts));
	p->texts[p->n_texts] = mem_alloc(n, 1);
	return p->texts[p->n_texts++];
}

static void find_files(struct persist *p, const struct systemctl_unit *unit,
		       struct unit_file_list *list)
{
	char *names = keep(p, strlen(unit->names) + 1), *name;
	const char **dirs = NULL;
	size_t n = 0;

	for (const char *dir = p->about.unit_path; *dir; dir += strlen(dir) + 1) {
		dirs = mem_grow(dirs, n, sizeof(*dirs));
		dirs[n++] = dir;
	}
	dirs = mem_grow(dirs, n, sizeof(*dirs));
	dirs[n] = NULL;
	unit_file_find(dirs, unit->id, list);
	/* The drop-ins of an alias apply too. */
	strcpy(names, unit->names);
	while ((name = strsep(&names, " ")))
		if (*name && strcmp(name, unit->id) != 0)
			unit_file_find(dirs, name, list);
	free(dirs);
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return strcmp(a, b) == 0 || (stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
				     sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

/*
 * NeedDaemonReload= is "no" also if the directory of a new drop-in is new, or if another unit file
 * or a mask has a higher priority now.
 */
static bool has_new_file(const struct unit_file_list *list, const struct systemctl_unit *unit)
{
	if (*list->fragment &&
	    (unit_file_is_mask(list->fragment) || !is_same_file(unit->fragment, list->fragment)))
		return true;
	for (size_t i = 0; i < list->n_dropins; i++) {
		const char *path = unit->dropins;

		while (*path && !is_same_file(path, list->dropins[i]))
			path += strlen(path) + 1;
		if (!*path)
			return true;
	}
	return false;
}

/* What a reload would make of a unit, if its files were changed. */
static void reread(struct persist *p, struct systemctl_unit *unit)
{
	struct unit_file_list list = { .n_dropins = 0 };
	char *fragment, *dropins;
	size_t size = 1;

	find_files(p, unit, &list);
	if (!unit->needs_reload && !has_new_file(&list, unit)) {
		unit_file_list_free(&list);
		return;
	}
	for (size_t i = 0; i < list.n_dropins; i++)
		size += strlen(list.dropins[i]) + 1;
	unit->dropins = dropins = keep(p, size);
	for (size_t i = 0; i < list.n_dropins; i++)
		dropins = stpcpy(dropins, list.dropins[i]) + 1;
	*dropins = '\0';
	/* A mount can have none. */
	if (unit->needs_reload && *unit->fragment && !*list.fragment)
		unit->load_state = "not-found";
	if (*list.fragment && unit_file_is_mask(list.fragment))
		unit->load_state = "masked";
	if (*list.fragment) {
		unit->fragment = fragment = keep(p, strlen(list.fragment) + 1);
		strcpy(fragment, list.fragment);
	}
	unit_file_list_free(&list);
	unit->adj = read_adj(p, unit, NULL);
}

static bool is_from_files(const struct systemctl_unit *unit)
{
	return !unit->is_transient && strcmp(unit->load_state, "loaded") == 0;
}

void persist_read_changed(struct persist *p, struct persist_unit *u)
{
	for (size_t i = 0; i < u->loaded.n; i++)
		if (is_from_files(&u->loaded.list[i]))
			reread(p, &u->loaded.list[i]);
	for (size_t i = 0; i < u->running.n; i++)
		if (is_from_files(&u->running.list[i]))
			reread(p, &u->running.list[i]);
}

const char *persist_find_override(const struct persist *p, const struct persist_unit *u,
				  const struct systemctl_unit *found)
{
	bool is_instance = strcmp(found->id, u->name) != 0 && strcmp(found->id, u->sample) != 0;
	const char *last = NULL;

	for (const char *path = found->dropins; *path; path += strlen(path) + 1) {
		const char *base = strrchr(path, '/');
		int adj, err, order = base ? strcmp(base + 1, DROPIN_FILE) : -1;

		/* Of files with the same name, only that of the instance is read. */
		if (order < 0 || (order == 0 && (!is_instance || dropin_is_at(&u->file, path))))
			continue;
		err = unit_file_read_one(path, &adj);
		if (err != -ENOENT)
			last = !err && p->ap->kind != APPLY_UNPROTECT && adj == p->adj ? NULL
										       : path;
	}
	return last;
}

void persist_say_override(const struct persist *p, const struct persist_unit *u, const char *path)
{
	char shown[2 * PATH_MAX];
	int adj;

	if (!text_quote(shown, sizeof(shown), path))
		text_copy(shown, sizeof(shown), path, strlen(path));
	if (unit_file_read_one(path, &adj) == 0)
		msg_error("%s: %s sets OOMScoreAdjust=%d, and is read after " DROPIN_FILE, u->shown,
			  shown, adj);
	else
		msg_error("%s: %s cancels OOMScoreAdjust=, and is read after " DROPIN_FILE,
			  u->shown, shown);
	msg_error("adj %d would have no effect: remove that line, or change it", p->adj);
}
