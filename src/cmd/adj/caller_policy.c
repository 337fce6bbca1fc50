/* SPDX-License-Identifier: GPL-2.0-or-later */
/* caller_policy: what the policy permits the caller, why, and which rule would permit more. */
#include "cmd/adj/caller_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "sys/proc/user.h"

/* The uid replaces a name that would be escaped, or that another user has too. */
static void name_caller(char user[POLICY_NAME_MAX + 1])
{
	/* One byte more, so that a longer name is noticed. */
	char name[POLICY_NAME_MAX + 2], shown[sizeof(name)];
	uid_t uid = getuid(), found;

	if (user_name_local(uid, name, sizeof(name)))
		name[0] = '\0';
	text_escape(shown, sizeof(shown), name, strlen(name), TEXT_BLANKS);
	if (policy_can_name(name) && strcmp(name, shown) == 0 &&
	    user_find_local(false, name, &found) == 0 && found == uid)
		memcpy(user, name, strlen(name) + 1);
	else
		snprintf(user, POLICY_NAME_MAX + 1, "%u", (unsigned int)uid);
}

void caller_policy_read(struct caller_policy *v)
{
	struct policy_file_caller caller;
	char *buf = mem_alloc(1, POLICY_MAX_BYTES + 1);
	size_t len = 0;

	memset(v, 0, sizeof(*v));
	v->err = policy_file_read(POLICY_FILE_PATH, true, buf, &len, &v->why);
	if (!v->err)
		v->err = policy_parse(buf, len, &v->policy);
	free(buf);
	if (!v->err)
		v->err = policy_file_caller_read(&caller);
	if (!v->err) {
		v->rule = policy_decide(&v->policy, policy_file_ask, &caller, &v->unknown);
		v->unknown_err = caller.err;
		policy_file_caller_free(&caller);
	}
	name_caller(v->user);
}

bool caller_policy_permits(const struct caller_policy *v, int value)
{
	return v->err == 0 && policy_permits(v->rule, value);
}

void caller_policy_say_unknown(const struct policy_rule *rule, int err, char *text, size_t size)
{
	const char *kind = rule->is_group ? "group" : "user";
	const char *file = rule->is_group ? USER_GROUPS : USER_USERS;

	if (err == -ENOENT)
		snprintf(text, size, "%s '%s' is not in %s", kind, rule->name, file);
	else if (err == -EINVAL)
		snprintf(text, size, "%s '%s' has no valid ID in %s", kind, rule->name, file);
	else
		snprintf(text, size, "cannot look up %s '%s' in %s: %s", kind, rule->name, file,
			 strerror(-err));
}

void caller_policy_explain(const struct caller_policy *v, char *text, size_t size)
{
	const struct policy_error *e = &v->policy.errors[0];
	char rule[256];

	if (v->err == -ENOENT) {
		snprintf(text, size, POLICY_FILE_PATH " does not exist");
	} else if (v->err == -EPERM && v->why) {
		snprintf(text, size, POLICY_FILE_PATH " %s, so it is ignored", v->why);
	} else if (v->err == -EINVAL && v->policy.n_errors) {
		snprintf(text, size,
			 POLICY_FILE_PATH ":%u: %s; a policy with an error permits nothing",
			 e->line, e->what);
	} else if (v->err) {
		snprintf(text, size, "cannot read " POLICY_FILE_PATH ": %s", strerror(-v->err));
	} else if (v->unknown) {
		caller_policy_say_unknown(v->unknown, v->unknown_err, rule, sizeof(rule));
		snprintf(text, size, POLICY_FILE_PATH ":%u: %s, so nothing is permitted",
			 v->unknown->line, rule);
	} else if (!v->rule) {
		snprintf(text, size, "no rule in " POLICY_FILE_PATH " matches %s", v->user);
	} else {
		policy_format(v->rule, rule, sizeof(rule));
		snprintf(text, size, POLICY_FILE_PATH ":%u decides: %s", v->rule->line, rule);
	}
}

/* A new rule has no effect while the whole file is ignored. */
void caller_policy_propose(const struct caller_policy *v, int value, char *text, size_t size)
{
	const char *first = v->err && v->err != -ENOENT ? "fix that file and " : "";

	snprintf(text, size, "to %sappend 'permit %s floor %d'", first, v->user, value);
}
