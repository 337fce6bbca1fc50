/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy: shows what the policy lets the caller do and by which line, or checks a file of rules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/adj/caller_policy.h"
#include "oom/rules/adj.h"
#include "sys/proc/user.h"

struct policy_options {
	const char *path; /* of --check; NULL: none */
};

static enum status take_check(void *target, const struct args *a)
{
	struct policy_options *o = target;

	if (o->path)
		return args_error(a, "policy: one --check at a time");
	o->path = a->value;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_CALL(0, "check", "FILE", "look for mistakes in FILE, a policy", take_check),
	OPT_END,
};

static void say_mistakes(const char *path, const struct policy *p)
{
	for (size_t i = 0; i < p->n_errors && i < POLICY_MAX_ERRORS; i++) {
		if (p->errors[i].line)
			msg_error("%s:%u: %s", path, p->errors[i].line, p->errors[i].what);
		else
			msg_error("%s: %s", path, p->errors[i].what);
	}
	if (p->n_errors > POLICY_MAX_ERRORS)
		msg_error("%s: and %zu mistakes more", path, p->n_errors - POLICY_MAX_ERRORS);
}

static enum status say_unknown(const char *path, const struct policy *p)
{
	enum status st = ST_OK;
	char why[256], number[64];

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct policy_rule *r = &p->rules[i];
		bool is_group = r->is_group;
		uint32_t id;
		int err = policy_file_find_id(r, &id);

		if (!err)
			continue;
		caller_policy_say_unknown(r, err, why, sizeof(why));
		/* The number of a name that only a directory service knows. */
		*number = '\0';
		if (!(is_group ? user_find_group(r->name, &id) : user_find(r->name, &id)))
			snprintf(number, sizeof(number), "; write its number: %s%u",
				 is_group ? "@" : "", (unsigned int)id);
		msg_error("%s:%u: %s, so nothing is permitted unless a later line decides%s", path,
			  r->line, why, number);
		st = ST_USAGE;
	}
	return st;
}

static enum status check_text(const char *path, const char *text, size_t len, size_t *n_rules)
{
	struct policy p;

	if (policy_parse(text, len, &p)) {
		say_mistakes(path, &p);
		return ST_USAGE;
	}
	*n_rules = p.n_rules;
	return say_unknown(path, &p);
}

/* Why the policy file itself is ignored. NULL: it is not, it can't be read, or path is another. */
static const char *find_fault(const char *path, char *buf)
{
	const char *why = NULL;
	size_t len;

	if (policy_file_is(path))
		policy_file_read(POLICY_FILE_PATH, true, buf, &len, &why);
	if (why)
		msg_error("%s %s, so it does not count", path, why);
	return why;
}

static enum status check(struct ctx *cx, const char *path)
{
	char *buf = mem_alloc(1, POLICY_MAX_BYTES + 1);
	const char *fault = find_fault(path, buf), *why = NULL;
	enum status st = ST_USAGE;
	size_t len, n_rules;
	int err = mem_check(policy_file_read(path, false, buf, &len, &why));

	/* Anybody may have written it: it is parsed without root's rights. */
	if (privilege_become_nobody(cx->privilege) == -ENOTRECOVERABLE)
		err = -ENOTRECOVERABLE;
	if (!err)
		st = check_text(path, buf, len, &n_rules);
	else if (why && !fault)
		msg_error("%s %s", path, why);
	else if (!fault)
		msg_error("cannot read %s: %s", path, strerror(-err));
	free(buf);
	if (fault && st == ST_OK)
		st = ST_USAGE;
	if (st == ST_OK && msg_verbosity >= 0)
		fprintf(cx->out, "no mistake, %zu %s\n", n_rules, n_rules == 1 ? "rule" : "rules");
	return st;
}

/* The policy can't give what the program does not have. */
static void say_without_effect(const struct privilege *p)
{
	if (!p->had_raise)
		msg_warn("this " PROGRAM_NAME
			 " was started without CAP_SYS_RESOURCE, so the policy has no effect: "
			 "see PRIVILEGES in " PROGRAM_NAME "(8)");
}

static void print_line(FILE *out, const char *text)
{
	char line[1024];

	text_escape(line, sizeof(line), text, strlen(text), 0);
	fprintf(out, "%s\n", line);
}

static enum status show_user(struct ctx *cx, const struct caller_policy *v)
{
	char text[512], proposal[CALLER_POLICY_PROPOSAL];
	bool may = caller_policy_permits(v, ADJ_MAX);

	if (may)
		snprintf(text, sizeof(text),
			 "user %s may lower the adj of own processes, but not below %d", v->user,
			 v->rule->floor);
	else
		snprintf(text, sizeof(text), "user %s may do nothing beyond the kernel's own rules",
			 v->user);
	print_line(cx->out, text);
	caller_policy_explain(v, text, sizeof(text));
	print_line(cx->out, text);
	/* -1000 is not proposed to callers who only ask what is permitted. */
	if (!may || v->rule->floor > ADJ_LAST) {
		caller_policy_propose(v, ADJ_LAST, proposal, sizeof(proposal));
		snprintf(text, sizeof(text), "to be permitted more ask the administrator %s",
			 proposal);
		print_line(cx->out, text);
	}
	say_without_effect(cx->privilege);
	return may ? ST_OK : ST_MISSED;
}

/* For callers that the policy is not about. */
static void show_own(struct ctx *cx, const struct caller_policy *v)
{
	char text[256];

	if (cx->privilege->uid == 0)
		snprintf(text, sizeof(text), "root may do what the kernel lets root do");
	else
		snprintf(text, sizeof(text),
			 "user %s has CAP_SYS_RESOURCE, and may set the adj of own processes to "
			 "any value",
			 v->user);
	fprintf(cx->out, "%s; the policy is for others\n", text);
}

static enum status show(struct ctx *cx)
{
	struct caller_policy *v = mem_alloc(1, sizeof(*v));
	enum status st = ST_OK;

	caller_policy_read(v);
	if (v->err == -EINVAL)
		say_mistakes(POLICY_FILE_PATH, &v->policy);
	if (v->err == -EPERM && v->why)
		msg_error(POLICY_FILE_PATH " %s, so it does not count", v->why);
	if (cx->privilege->is_borrowed || (cx->privilege->uid && !cx->privilege->had_raise))
		st = show_user(cx, v);
	else
		show_own(cx, v);
	if (v->err == -EINVAL || v->err == -EPERM)
		st = ST_USAGE;
	free(v);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	const struct policy_options *o = options;

	(void)a;
	if (o->path)
		return check(cx, o->path);
	if (!privilege_keep_none(cx->privilege))
		return show(cx);
	msg_error("cannot give up capabilities");
	return ST_BROKEN;
}

const struct cmd cmd_policy = {
	.name = "policy",
	.synopsis = "[--check FILE]",
	.summary = "Show what the policy lets you do",
	.opts = opts,
	.options_size = sizeof(struct policy_options),
	.flags = CMD_OWN, /* what root checks is parsed as nobody's */
	.run = run,
};
