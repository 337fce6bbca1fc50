/* SPDX-License-Identifier: GPL-2.0-or-later */
/* whatif_options: the options of predict for changes that are assumed, not made. */
#include "cmd/predict/whatif_options.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/shared/processes.h"
#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "oom/predict/whatif.h"

/* PID, or PID=VALUE: *value is what comes behind the '='. -EINVAL. */
static int parse_pid(const char *word, pid_t *pid, const char **value)
{
	char digits[16];
	size_t len = strcspn(word, "=");
	long n;

	if (len == 0 || len >= sizeof(digits) || (value && !word[len]) || (!value && word[len]))
		return -EINVAL;
	memcpy(digits, word, len);
	digits[len] = '\0';
	if (num_parse(digits, 1, INT_MAX, &n))
		return -EINVAL;
	*pid = (pid_t)n;
	if (value)
		*value = word + len + 1;
	return 0;
}

static enum status take_change(void *target, const struct args *a)
{
	static const char *const takes[] = {
		[WHATIF_OPTIONS_ADJ] = "PID=ADJ with an adj of -1000 to 1000",
		[WHATIF_OPTIONS_GONE] = "a PID",
		[WHATIF_OPTIONS_GROWS] = "PID=SIZE, such as 4242=500M",
	};
	struct whatif_options *s = target;
	struct whatif_options_change c = { .option = a->option->name };
	const char *value = NULL;
	unsigned long long bytes = 0;
	bool is_valid;
	long adj = 0;

	if (s->n == WHATIF_OPTIONS_MAX)
		return args_error(a, "at most %d changes can be tried at once", WHATIF_OPTIONS_MAX);
	c.kind = strcmp(c.option, "if") == 0        ? WHATIF_OPTIONS_ADJ
		 : strcmp(c.option, "if-gone") == 0 ? WHATIF_OPTIONS_GONE
						    : WHATIF_OPTIONS_GROWS;
	is_valid = !parse_pid(a->value, &c.pid, c.kind == WHATIF_OPTIONS_GONE ? NULL : &value);
	if (is_valid && c.kind == WHATIF_OPTIONS_ADJ)
		is_valid = !num_parse(value, ADJ_NEVER, ADJ_MAX, &adj);
	if (is_valid && c.kind == WHATIF_OPTIONS_GROWS)
		is_valid = !num_parse_size(value, &bytes) &&
			   bytes <= INT64_MAX / 4 / WHATIF_OPTIONS_MAX;
	if (!is_valid)
		return args_error(a, "--%s takes %s, not '%s'", c.option, takes[c.kind], a->value);
	c.adj = (int)adj;
	c.bytes = (int64_t)bytes;
	s->changes[s->n++] = c;
	return ST_OK;
}

static const struct opt rows[] = {
	OPT_CALL(0, "if", "PID=ADJ", "as if the process had that adj; repeatable", take_change),
	OPT_CALL(0, "if-gone", "PID", "as if the process were gone; repeatable", take_change),
	OPT_CALL(0, "if-grows", "PID=SIZE", "as if it had so much more memory; repeatable",
		 take_change),
	OPT_END,
};

const struct cmd_group whatif_options_group = { .rows = rows };

/* The change is made all the same: it may affect processes that share its memory. */
static void warn_of_spared(const struct candidate *c, const char *option)
{
	if (c->task.spared == UNKILLABLE_INIT || c->task.spared == UNKILLABLE_KTHREAD ||
	    c->task.spared == UNKILLABLE_NO_MM)
		msg_warn("pid %d (%s): %s: --%s has no effect", (int)c->task.pid, c->task.name,
			 kill_order_unkillable_text(c->task.spared), option);
}

/* *at: the candidate that the id belongs to. */
static enum status find(const struct candidates *a, const struct predict *p, pid_t id, size_t *at)
{
	enum status st = ST_OK;
	pid_t pid = id;

	*at = predict_find(p, id);
	if (*at == PREDICT_NONE)
		st = processes_find_process(a->s.proc, id, &pid);
	if (pid != id)
		*at = predict_find(p, pid);
	if (st != ST_OK || *at != PREDICT_NONE)
		return st;
	msg_error("pid %d: no such process%s", (int)pid, a->is_cgroup ? " in that cgroup" : "");
	return ST_MISSED;
}

/* Memory sharers are known: a change to one is a change to all. */
enum status whatif_options_apply(const struct whatif_options *s, const struct candidates *a,
				 struct predict *p)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct whatif_options_change *c = &s->changes[i];
		size_t at;
		enum status st = find(a, p, c->pid, &at);

		if (st != ST_OK)
			return st;
		warn_of_spared(&p->candidates[at], c->option);
		if (c->kind == WHATIF_OPTIONS_ADJ)
			whatif_set_adj(p, at, c->adj);
		else if (c->kind == WHATIF_OPTIONS_GROWS)
			whatif_grow(p, at, c->bytes / (int64_t)p->totals.page_size);
		else
			p->candidates[at].is_gone = true;
	}
	return ST_OK;
}
