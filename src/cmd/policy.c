/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy: shows what the policy permits the caller, and which line decides; or checks a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/cmd.h"
#include "cmd/adj/caller_policy.h"
#include "cmd/shared/processes.h"
#include "oom/rules/adj.h"
#include "sys/proc/user.h"
#include "ui/json.h"
#include "ui/wrap.h"

struct policy_options {
	const char *path; /* of --check; NULL: none */
	bool has_json;
};

static enum status take_check(void *target, const struct args *a)
{
	struct policy_options *o = target;

	if (o->path)
		return args_error(a, "policy: --check can be given only once");
	o->path = a->value;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_FLAG('J', "json", "print JSON", struct policy_options, has_json),
	OPT_CALL(0, "check", "FILE", "check the policy in FILE for errors", take_check),
	OPT_END,
};

/* is_limited: the policy limits the caller, who is not root and has no capability. */
static void print_json(FILE *out, const struct caller_policy *v, bool is_limited)
{
	struct json_writer j = { .out = out };
	char text[512];

	json_write_open(&j, NULL, '{');
	json_write_open(&j, "policy", '[');
	json_write_open(&j, NULL, '{');
	json_write_text(&j, "user", v->user);
	json_write_bool(&j, "limited", is_limited);
	json_write_bool(&j, "permitted", !is_limited || caller_policy_permits(v, ADJ_MAX));
	if (is_limited && v->rule) {
		json_write_number(&j, "floor", v->rule->floor);
		json_write_number(&j, "line", v->rule->line);
	} else {
		json_write_null(&j, "floor");
		json_write_null(&j, "line");
	}
	caller_policy_explain(v, text, sizeof(text));
	if (is_limited)
		json_write_text(&j, "reason", text);
	else
		json_write_null(&j, "reason");
	json_write_close(&j, '}');
	json_write_close(&j, ']');
	json_write_close(&j, '}');
	putc('\n', out);
}

static void say_errors(const char *path, const struct policy *p)
{
	for (size_t i = 0; i < p->n_errors && i < POLICY_MAX_ERRORS; i++) {
		if (p->errors[i].line)
			msg_error("%s:%u: %s", path, p->errors[i].line, p->errors[i].what);
		else
			msg_error("%s: %s", path, p->errors[i].what);
	}
	if (p->n_errors > POLICY_MAX_ERRORS)
		msg_error("%s: %zu more %s", path, p->n_errors - POLICY_MAX_ERRORS,
			  p->n_errors == POLICY_MAX_ERRORS + 1 ? "error" : "errors");
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
		/* The ID of a name that only a directory service knows. */
		*number = '\0';
		if (!(is_group ? user_find_group(r->name, &id) : user_find(r->name, &id)))
			snprintf(number, sizeof(number), "; use its ID instead: %s%u",
				 is_group ? "@" : "", (unsigned int)id);
		msg_error("%s:%u: %s, so nothing is permitted unless a later line decides%s", path,
			  r->line, why, number);
		st = ST_USAGE;
	}
	return st;
}

static enum status check(struct ctx *cx, const char *path)
{
	char *buf = mem_alloc(1, POLICY_MAX_BYTES + 1);
	const char *fault = NULL, *why = NULL;
	enum status st = ST_USAGE;
	struct policy p;
	size_t len;
	int err;

	/* If path is the policy itself: why it is ignored. */
	if (policy_file_is(path))
		policy_file_read(POLICY_FILE_PATH, true, buf, &len, &fault);
	if (fault)
		msg_error("%s %s, so it is ignored", path, fault);
	err = mem_check(policy_file_read(path, false, buf, &len, &why));
	/* Any user can have written it: it is parsed without root's privileges. */
	if (privilege_become_nobody(cx->privilege) == -ENOTRECOVERABLE)
		err = -ENOTRECOVERABLE;
	if (!err && !policy_parse(buf, len, &p))
		st = say_unknown(path, &p);
	else if (!err)
		say_errors(path, &p);
	else if (why && !fault)
		msg_error("%s %s", path, why);
	else if (!fault)
		msg_error("cannot read %s: %s", path,
			  err == -ENODEV ? "there is no /proc here" : strerror(-err));
	free(buf);
	if (fault)
		st = ST_USAGE;
	if (st == ST_OK && msg_verbosity >= 0)
		fprintf(cx->out, "no errors, %zu %s\n", p.n_rules,
			p.n_rules == 1 ? "rule" : "rules");
	return st;
}

static enum status show_user(struct ctx *cx, const struct caller_policy *v, bool has_json)
{
	char why[512], proposal[CALLER_POLICY_PROPOSAL];
	bool may = caller_policy_permits(v, ADJ_MAX);

	if (has_json) {
		print_json(cx->out, v, true);
		return may ? ST_OK : ST_MISSED;
	}
	if (may)
		wrap_line_print(cx->out,
				"user %s is allowed to lower the adj of own processes, but not "
				"below %d",
				v->user, v->rule->floor);
	else
		wrap_line_print(cx->out, "user %s is limited to the kernel's own rules", v->user);
	caller_policy_explain(v, why, sizeof(why));
	wrap_line_print(cx->out, "%s", why);
	/* -1000 is never proposed here: it can make the machine panic. */
	if (!may || v->rule->floor > ADJ_LAST) {
		caller_policy_propose(v, ADJ_LAST, proposal, sizeof(proposal));
		wrap_line_print(cx->out, "for more, ask the administrator %s", proposal);
	}
	/* The policy cannot grant what the program does not have. */
	if (!cx->privilege->had_raise)
		msg_warn("this " PROGRAM_NAME
			 " was started without CAP_SYS_RESOURCE, so the policy has no effect: "
			 "see PRIVILEGES in " PROGRAM_NAME "(8)");
	return may ? ST_OK : ST_MISSED;
}

static enum status show(struct ctx *cx, bool has_json)
{
	struct caller_policy *v = mem_alloc(1, sizeof(*v));
	const struct privilege *p = cx->privilege;
	enum status st = ST_OK;

	caller_policy_read(v);
	if (v->err == -EINVAL)
		say_errors(POLICY_FILE_PATH, &v->policy);
	if (v->err == -EPERM && v->why)
		msg_error(POLICY_FILE_PATH " %s, so it is ignored", v->why);
	if (p->is_borrowed || (p->uid && !p->had_raise))
		st = show_user(cx, v, has_json);
	else if (has_json)
		print_json(cx->out, v, false);
	else if (p->uid == 0)
		wrap_prose_print(cx->out, "", "%s",
				 "root is limited only by the kernel; the policy applies to other "
				 "users");
	else
		wrap_line_print(cx->out,
				"user %s has CAP_SYS_RESOURCE and can set the adj of own processes "
				"to any value; the policy applies to other users",
				v->user);
	if (v->err == -EINVAL || v->err == -EPERM)
		st = ST_USAGE;
	free(v);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	const struct policy_options *o = options;

	if (o->path && o->has_json)
		return args_error(a, "--check and --json are mutually exclusive");
	if (o->path)
		return check(cx, o->path);
	return processes_forbid_privilege(cx) == ST_OK ? show(cx, o->has_json) : ST_BROKEN;
}

const struct cmd cmd_policy = {
	.name = "policy",
	.synopsis = "[OPTION]...",
	.summary = "Show what the policy permits the caller",
	.opts = opts,
	.options_size = sizeof(struct policy_options),
	.flags = CMD_OWN, /* root's FILE is parsed as an unprivileged user */
	.run = run,
};
