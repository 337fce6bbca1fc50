/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fix: the command that fixes a finding of the audit. */
#include "cmd/audit/fix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

#define RULES_DIR SYSCONFDIR "/oomctl.rules.d"

#define WORD_MAX (4 * CGROUP_PATH_MAX + 4)

/* So many processes are given by their PIDs. */
#define FEW 20

/* A name as one word for a shell. */
static const char *quote(const char *name, char word[WORD_MAX])
{
	text_quote(word, WORD_MAX, name);
	return word;
}

/* The service of the system manager whose main process this is, for --persist; else NULL. */
static const struct audit_unit *service_of(const struct audit_facts *f, size_t process)
{
	size_t unit = process == AUDIT_NONE ? AUDIT_NONE : f->processes[process].unit;
	const struct audit_unit *u = unit == AUDIT_NONE ? NULL : &f->units[unit];

	return u && u->main == process && !u->is_transient ? u : NULL;
}

/*
 * A declared value is changed where it is declared, also if a child of the service inherited it.
 * NULL: it is not declared.
 */
char *fix_declared(const struct audit_facts *f, size_t process, int adj)
{
	size_t unit = f->processes[process].unit;
	const struct audit_unit *u = unit == AUDIT_NONE ? NULL : service_of(f, f->units[unit].main);
	char word[WORD_MAX];

	if (u && u->file && u->declared == audit_task(f, process)->adj)
		return mem_print(PROGRAM_NAME " set %d --unit %s --persist", adj,
				 quote(u->name, word));
	return NULL;
}

char *fix_adj(const struct audit_facts *f, size_t process, int adj)
{
	char *declared = fix_declared(f, process, adj);

	return declared ? declared
			: mem_print(PROGRAM_NAME " set %d %d", adj,
				    (int)audit_task(f, process)->pid);
}

char *fix_protect(const struct audit_facts *f, size_t process)
{
	const struct audit_unit *u = service_of(f, process);
	char word[WORD_MAX];

	if (u)
		return mem_print(PROGRAM_NAME " protect --unit %s --persist", quote(u->name, word));
	return mem_print(PROGRAM_NAME " protect %d", (int)audit_task(f, process)->pid);
}

static char *list_members(const struct audit_facts *f, const struct audit_finding *a, int adj)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	mem_check(out ? 0 : -ENOMEM);
	fprintf(out, PROGRAM_NAME " set %d", adj);
	for (size_t i = 0; i < a->n; i++)
		fprintf(out, " %d", (int)audit_task(f, a->members[i])->pid);
	mem_check(fclose(out) ? -ENOMEM : 0);
	return line;
}

/* Changes all processes of the finding, and no others. has_uid: all are of one user. */
char *fix_members(const struct audit_facts *f, const struct audit_finding *a, int adj, bool has_uid)
{
	size_t unit = f->processes[a->member].unit;
	const struct task *t = audit_task(f, a->member);
	char word[WORD_MAX], user[32] = "";

	if (has_uid)
		snprintf(user, sizeof(user), " --user %u", (unsigned int)t->uid);
	if (a->n > FEW && unit != AUDIT_NONE && audit_is_exactly(f, a, unit, has_uid))
		return mem_print(PROGRAM_NAME " set %d --unit %s%s --with-adj %d..%d", adj,
				 quote(f->units[unit].name, word), user, t->adj, t->adj);
	if (a->n > FEW && has_uid && audit_is_exactly(f, a, AUDIT_NONE, true))
		return mem_print(PROGRAM_NAME " set %d%s --with-adj %d..%d", adj, user, t->adj,
				 t->adj);
	return list_members(f, a, adj);
}

char *fix_manager(const struct audit_facts *f, size_t process)
{
	const struct audit_unit *u = &f->units[f->processes[process].unit];
	int adj = audit_task(f, process)->adj, pid = (int)audit_task(f, process)->pid;
	char word[WORD_MAX];

	/* --persist does not change the processes that have inherited. */
	if (u->file && u->declared == adj)
		return mem_print(PROGRAM_NAME " set 0 --unit %s --persist && " PROGRAM_NAME
					      " set 0 --tree %d",
				 quote(u->name, word), pid);
	return mem_print(PROGRAM_NAME " set 0 --tree %d", pid);
}

char *fix_group(const char *path)
{
	char word[WORD_MAX];

	return mem_print(PROGRAM_NAME " group off --cgroup %s", quote(path, word));
}

char *fix_server(const struct audit_facts *f, size_t process)
{
	const char *name = audit_task(f, process)->name;

	return mem_print("mkdir -p " RULES_DIR
			 " && echo 'protect name ^%s$ user root children 0' >>" RULES_DIR
			 "/%s.rules && %s",
			 name, name,
			 f->n_units ? "systemctl enable --now " PROGRAM_NAME "-watch"
				    : PROGRAM_NAME " watch");
}

/*
 * A file of a package is changed in a copy, which masks it. There can be one already: it masks
 * nothing while its directory is ignored.
 */
char *fix_rules(const char *path, unsigned int line)
{
	static const char packaged[] = "/usr/lib/";
	const char *name = strrchr(path, '/');
	char from[WORD_MAX], to[WORD_MAX], at[16] = "", *copy, *command;

	if (line)
		snprintf(at, sizeof(at), " +%u", line);
	if (!name || strncmp(path, packaged, strlen(packaged)) != 0)
		return mem_print("${EDITOR:-vi}%s %s", at, quote(path, to));
	copy = mem_print(RULES_DIR "%s", name);
	command = mem_print("{ [ -e %s ] || install -D -m 644 %s %s; } && ${EDITOR:-vi}%s %s",
			    quote(copy, to), quote(path, from), to, at, to);
	free(copy);
	return command;
}

/*
 * A file is looked at as a copy of root, before it is read as rules: the other one can be changed
 * until then, also by a program that has it open. It can be a link to a file that is secret.
 */
char *fix_unsafe(const char *path, bool is_dir)
{
	char word[WORD_MAX], to[WORD_MAX], *copy, *command;

	quote(path, word);
	if (is_dir)
		return mem_print("chown root %s && chmod go-w %s", word, word);
	copy = mem_print("%s.new", path);
	quote(copy, to);
	command = mem_print("install -m 600 %s %s && ${EDITOR:-vi} %s && chmod 644 %s && mv %s %s",
			    word, to, to, to, to, word);
	free(copy);
	return command;
}

char *fix_edit(const struct audit_facts *f, const struct audit_unit *u)
{
	char word[WORD_MAX], name[USER_NAME_MAX], user[WORD_MAX];
	const char *dashes = *u->name == '-' ? "-- " : "";
	uid_t uid;

	quote(u->name, word);
	if (u->owner == AUDIT_NONE)
		return mem_print("systemctl edit %s%s", dashes, word);
	if (cgroup_path_is_user_manager(f->units[u->owner].name, &uid) && uid != geteuid() &&
	    user_name_local(uid, name, sizeof(name)) == 0)
		/* Only the user's own systemctl can edit it, and not on root's terminal. */
		return mem_print("runuser --pty -u %s -- env XDG_RUNTIME_DIR=/run/user/%u "
				 "systemctl --user edit %s%s",
				 quote(name, user), (unsigned int)uid, dashes, word);
	return mem_print("systemctl --user edit %s%s", dashes, word);
}

char *fix_daemon(const struct audit_facts *f, size_t process, const char *daemon)
{
	size_t unit = f->processes[process].unit;
	char word[WORD_MAX];

	if (unit == AUDIT_NONE || f->units[unit].owner != AUDIT_NONE ||
	    strncmp(f->units[unit].name, daemon, strlen(daemon)) != 0)
		return mem_print("kill %d", (int)audit_task(f, process)->pid);
	return mem_print("systemctl disable --now %s", quote(f->units[unit].name, word));
}
