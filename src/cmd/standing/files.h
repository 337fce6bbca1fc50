/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files: the rules files for a command: options, loading, and messages. */
#pragma once

#include "cmd/cmd.h"
#include "sys/standing/rule_files.h"

#define FILES_MAX_DIRS 16

/* Of --dir; none: the directories of the system. */
struct files_options {
	const char *dirs[FILES_MAX_DIRS];
	size_t n_dirs;
};

extern const struct cmd_group files_group;

/* ST_OK; or ST_USAGE, after an error message: a directory that was named does not exist. */
enum status files_check_dirs(const struct files_options *o);

/*
 * Loads the rules and reports problems. ST_OK; ST_USAGE: files or directories were ignored, the
 * others are loaded; ST_BROKEN: nothing is. Free r by rule_files_free().
 */
enum status files_load(const struct files_options *o, struct rule_files *r);

/* Reports the problems. Returns ST_USAGE if there is an error, else ST_OK. */
enum status files_say_problems(const struct rule_files *r);

/* "FILE:LINE" of a rule, cut to size. Returns text. */
char *files_place(const struct rule_files *r, size_t rule, char *text, size_t size);

#define FILES_PLACE_MAX 4352
