/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_files: finds, checks and reads the *.rules files. */
#pragma once

#include "sys/standing/match.h"

#define RULE_FILES_SUFFIX ".rules"

/* Read in this order: of files with the same name, the one in the first directory is used. */
#define RULE_FILES_DIRS                                                                         \
	{                                                                                       \
		SYSCONFDIR "/oomctl.rules.d", "/run/oomctl.rules.d", "/usr/lib/oomctl.rules.d", \
	}
#define RULE_FILES_N_DIRS 3

#define RULE_FILES_MAX          1024    /* files in a directory */
#define RULE_FILES_MAX_BYTES    4194304 /* of all files */
#define RULE_FILES_MAX_PROBLEMS 256     /* that are listed */

struct rule_files_file {
	char *path;
	char *text;   /* the rules point into it; NULL: it has none */
	char *source; /* what was read, of len bytes; NULL: unknown */
	size_t len;
	bool is_disabled; /* a link to /dev/null */
};

struct rule_files_problem {
	char *path;                /* of a file or directory */
	struct standing_error err; /* line 0: the whole file, or the directory, is ignored */
	bool is_warning;           /* of a rule that is used, or of one that matches nothing */
	bool is_unsafe;            /* users other than root can change or replace it */
	bool is_dir;
};

struct rule_files {
	struct match_set set; /* set.rules[].rule.file is an index into files */
	struct rule_files_file *files;
	size_t n_files, files_room;
	struct rule_files_problem *problems;
	size_t n_problems; /* all; the first RULE_FILES_MAX_PROBLEMS are listed */
	size_t n_errors;   /* of all problems: those with which a file or directory is ignored */
	size_t problems_room;
	size_t bytes;         /* of all files */
	bool must_load_again; /* something could not be read for a reason that can pass */
};

/*
 * Reads the rules of all files in the directories, in the order of their names. A file with an
 * error has no rules, and others are read. What users other than root can write to, or replace, is
 * ignored, which is a problem. A directory that does not exist is none. takes_own: the caller has
 * named the directories: what the caller owns is trusted too, and each must exist. before: what was
 * loaded before, or NULL; a file that cannot be read for a reason that can pass, as a lack of
 * descriptors, has its rules from there. 0; -ENOMEM, or why names of users could not be looked up:
 * then *r is incomplete. Free it in any case.
 */
int rule_files_load(struct rule_files *r, const char *const *dirs, size_t n_dirs, bool takes_own,
		    const struct rule_files *before);

/*
 * Reads a file that any user can have written, to check it. The caller frees *text, of *len bytes
 * and room for one more. -EINVAL: *why, NULL before, is the reason (static). Others as open(2).
 */
int rule_files_read(const char *path, char **text, size_t *len, const char **why);

/*
 * Parses text, of len bytes and one more, as a file with this path, and appends its rules. The text
 * is freed by rule_files_free(), also after an error. 0, -ENOMEM, or as rule_files_load().
 */
int rule_files_add(struct rule_files *r, const char *path, char *text, size_t len);

void rule_files_free(struct rule_files *r);
