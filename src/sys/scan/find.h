/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find: finds processes by selectors. A BPF scan lists them, or libproc2; it is loaded on demand,
 * because it maps much memory.
 */
#pragma once

#include <regex.h>
#include <stddef.h>
#include <sys/types.h>

#include "sys/bpf/tasks.h"
#include "sys/proc/pidref.h"

#define FIND_MAX         64
#define FIND_NAME_LENGTH 15 /* bytes that the kernel keeps of a name */

#define FIND_PATTERN_MAX 256 /* bytes of a pattern, and of the reason why one is refused */
#define FIND_GROUPS_MAX  16  /* regcomp(3) calls itself for each group */
#define FIND_SIZE_MAX \
	2048 /* bytes of a pattern with its repetitions written out, as regcomp(3) does */

/*
 * Compiles an extended regular expression from an untrusted user, for regexec(3). Every option that
 * takes a pattern MUST use it: without the bounds above, and with back-references, the stack,
 * memory and time of regcomp(3) are unlimited. 0, or -EINVAL with the reason in why.
 */
int find_compile(regex_t *re, const char *pattern, char why[FIND_PATTERN_MAX]);

/* An upper bound of a pattern's bytes with its repetitions written out; capped. */
size_t find_pattern_size(const char *pattern);

/* Removes what the kernel adds to the path of an executable that was deleted; whether it did. */
bool find_remove_deleted(char *path);

/* The kernel keeps 15 bytes of a name. The whole name, if exe, a path, has it; else NULL. */
const char *find_long_name(const char *name, const char *exe);

/*
 * Whether a regular expression contains a name of 15 bytes, so that it may match the whole name,
 * which is longer.
 */
bool find_may_continue(const char *pattern, const char *name);

#define FIND_GLOB_CHARACTERS "*?[\\"

/*
 * *real: the glob with its leading directories, those without special characters, as the kernel
 * shows them in the path of an executable: without symbolic links. The caller frees it; NULL: the
 * same, or there is no such directory. 0 or -ENOMEM.
 */
int find_resolve_exe(const char *glob, char **real);

/* Whether the path of an executable matches; '*' does not match '/'. */
bool find_fits_exe(const char *glob, const char *path);

struct find_range {
	int low, high;
};

/* Each kind that is used must match; one of its entries is enough. Texts are not owned. */
struct find_patterns {
	regex_t names[FIND_MAX], cmdlines[FIND_MAX];
	const char *name_texts[FIND_MAX]; /* of names */
	uid_t users[FIND_MAX];            /* real uid */
	const char *cgroups[FIND_MAX];    /* the cgroup or an ancestor, of memory or of systemd */
	const char *units[FIND_MAX];      /* as for cgroup_path_has_unit() */
	const char *containers[FIND_MAX];
	const char *exes[FIND_MAX]; /* glob over the path */
	char *real_exes[FIND_MAX];  /* of find_resolve_exe(); owned */
	pid_t parents[FIND_MAX];
	struct find_range adjs[FIND_MAX]; /* oom_score_adj */
	size_t n_names, n_cmdlines, n_users, n_cgroups, n_units, n_containers, n_exes, n_parents,
		n_adjs;
};

bool find_has_patterns(const struct find_patterns *m);

struct find_found {
	pid_t *pids; /* the caller frees it */
	size_t n, room;
	size_t n_excluded; /* matched, but no selector selects them: see find_is_excluded() */
	/*
	 * Number of processes not compared: cgroup path too long, no permission for the executable,
	 * for the full name in it or for the container's name, or command line blocks.
	 */
	size_t n_long, n_denied, n_cut, n_unnamed, n_blocked;
	size_t n_unsure; /* no permission for the full name, which may match, but probably not */
};

/*
 * Finds all processes that match. bpf: a scan, if the caller can see all processes; NULL: libproc2
 * reads /proc. -ELIBACC: libproc2 cannot be loaded, *why is the reason (a static
 * or the library's string). -ENOMEM, or the library's error.
 */
int find_processes(int proc, const struct find_patterns *m, const struct bpf_tasks *bpf,
		   struct find_found *found, const char **why);

/*
 * Init, kernel threads and this program: only a PID names them. Services and kernel threads inherit
 * the adj of init and kthreadd.
 */
bool find_is_excluded(const struct pidref *ref);

/* Whether the process that ref holds matches and is not excluded. proc: a handle of /proc. */
bool find_still_matches(int proc, const struct find_patterns *m, const struct pidref *ref);

void find_free(struct find_patterns *m);
