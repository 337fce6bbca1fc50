/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fix: the command that fixes a finding of the audit: one line for a shell, of which the caller
 * frees the memory. Names in it are quoted, because any user can have chosen them.
 */
#pragma once

#include <stdbool.h>

#include "oom/audit/audit.h"

/*
 * Sets adj where it is declared, also if a child of the service inherited it. NULL: it is not
 * declared.
 */
char *fix_declared(const struct audit_facts *f, size_t process, int adj);

/* The same; else of this process. */
char *fix_adj(const struct audit_facts *f, size_t process, int adj);
char *fix_protect(const struct audit_facts *f, size_t process);

/* Sets adj of all processes of the finding, and no others. has_uid: all are of one user. */
char *fix_members(const struct audit_facts *f, const struct audit_finding *a, int adj,
		  bool has_uid);

/* The main process of a user's manager, and what has inherited its adj. */
char *fix_manager(const struct audit_facts *f, size_t process);

/* Sessions of the server inherit its adj, so a rule protects it alone. */
char *fix_server(const struct audit_facts *f, size_t process);

/* Opens the file with rules; one of a package as a copy, which masks it. line 0: the whole file. */
char *fix_rules(const char *path, unsigned int line);

/* Takes a file or directory of rules from others who can change it. */
char *fix_unsafe(const char *path, bool is_dir);

/* Edits the settings of the unit; one of another user's manager as this user. */
char *fix_edit(const struct audit_facts *f, const struct audit_unit *u);

/* Stops the service of a daemon, whatever its name, for good; else ends its process. */
char *fix_daemon(const struct audit_facts *f, size_t process, const char *daemon);
char *fix_group(const char *path);
