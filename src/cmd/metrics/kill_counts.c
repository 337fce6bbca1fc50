/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_counts: kills by constraint and unit since boot, as the kernel's log has them. */
#include "cmd/metrics/kill_counts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sys/cgroup/path.h"
#include "sys/unit/unit_name.h"
#include "ui/prometheus.h"

#define KILLS    "oomctl_logged_kills_total"
#define IN_RING  "oomctl_ring_kills"
#define LOST     "oomctl_log_lost_records_total"
#define POSITION "# oomctl-log-position "
#define HIDDEN   "# oomctl-kept "

static const char *const label_names[] = { "constraint", "unit" };

static const char *const kinds[KILL_COUNTS_KINDS] = {
	[REPORT_UNKNOWN] = "unknown", [REPORT_GLOBAL] = "global",       [REPORT_MEMCG] = "memcg",
	[REPORT_CPUSET] = "cpuset",   [REPORT_MEMPOLICY] = "mempolicy",
};

static bool is_unit_name(const char *name)
{
	return unit_name_has_valid_bytes(name) && strlen(name) < KILL_COUNTS_UNIT;
}

static struct kill_count *find(struct kill_counts *c, enum report_kind kind, const char *unit)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->counts[i].kind == kind && strcmp(c->counts[i].unit, unit) == 0)
			return &c->counts[i];
	return NULL;
}

void kill_counts_add(struct kill_counts *c, enum report_kind kind, const char *unit, uint64_t n)
{
	struct kill_count *found;
	size_t n_pairs = 0;

	if (!is_unit_name(unit))
		unit = "";
	found = find(c, kind, unit);
	for (size_t i = 0; i < c->n; i++)
		n_pairs += strcmp(c->counts[i].unit, KILL_COUNTS_OTHER) != 0;
	if (!found && n_pairs >= KILL_COUNTS_PAIRS) {
		unit = KILL_COUNTS_OTHER;
		found = find(c, kind, unit);
	}
	if (!found) {
		found = &c->counts[c->n++];
		found->kind = kind;
		found->n = 0;
		text_copy(found->unit, sizeof(found->unit), unit, strlen(unit));
	}
	found->n += n;
}

/*
 * The reaper's line about a victim can come after the line about the kill was read by an earlier
 * run. Only the latter has the size of the process or names the cause.
 */
static bool is_counted(const struct report *r, const struct report_kill *k)
{
	return k->is_killed && !k->is_repeated && k->role != REPORT_SHARER &&
	       (k->total_vm_kib != REPORT_ABSENT || r->kind != REPORT_UNKNOWN);
}

/*
 * The cgroup that a killed process was in. The kernel does not print that of the further processes
 * of a group. If it is not below the one at its limit, the path of the latter, which users choose,
 * looks as if it ended before.
 */
static const char *find_path(const struct report *r, const struct report_kill *k)
{
	if (k->role == REPORT_GROUP)
		return r->group_memcg;
	if (r->kind == REPORT_MEMCG && *r->memcg && !cgroup_path_is_below(r->task_memcg, r->memcg))
		return "";
	return r->task_memcg;
}

void kill_counts_add_report(struct kill_counts *c, const struct report *r)
{
	if (r->by)
		return;
	for (size_t i = 0; i < r->n_kills; i++) {
		const struct report_kill *k = &r->kills[i];
		char unit[CGROUP_PATH_NAME] = "";
		size_t len;

		if (!is_counted(r, k))
			continue;
		if (cgroup_path_find_managed(find_path(r, k), unit, &len))
			*unit = '\0';
		kill_counts_add(c, r->kind, unit, 1);
	}
}

static void print_samples(const struct kill_counts *c, const char *name, FILE *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct prometheus_label labels[] = {
			{ label_names[0], kinds[c->counts[i].kind] },
			{ label_names[1], c->counts[i].unit },
		};

		prometheus_sample(out, name, labels, 2, (int64_t)c->counts[i].n);
	}
}

void kill_counts_print(const struct kill_counts *c, bool is_kept, bool is_shown, FILE *out)
{
	if (!is_kept) {
		prometheus_family(out, IN_RING, "gauge",
				  "Processes killed, in the kernel's ring buffer.");
		print_samples(c, IN_RING, out);
		return;
	}
	if (!*c->boot)
		return;
	fprintf(out, POSITION "%s %" PRIu64 "\n", c->boot, c->next);
	if (!is_shown) {
		prometheus_sample(out, HIDDEN LOST, NULL, 0, (int64_t)c->n_lost);
		print_samples(c, HIDDEN KILLS, out);
		return;
	}
	prometheus_metric(out, LOST, "counter",
			  "Kernel messages since boot overwritten before they were read.",
			  (int64_t)c->n_lost);
	prometheus_family(out, KILLS, "counter",
			  "Processes killed since boot, by the kernel's log.");
	print_samples(c, KILLS, out);
}

/* "BOOT NEXT" */
static int parse_position(struct kill_counts *c, const char *line)
{
	const char *number = line + KILL_COUNTS_BOOT;
	char *end;

	if (strspn(line, "0123456789abcdef-") != KILL_COUNTS_BOOT - 1 || number[-1] != ' ' ||
	    *number < '0' || *number > '9')
		return -EINVAL;
	text_copy(c->boot, sizeof(c->boot), line, KILL_COUNTS_BOOT - 1);
	errno = 0;
	c->next = strtoull(number, &end, 10);
	return *end == '\n' && !errno && c->next <= INT64_MAX ? 0 : -EINVAL;
}

static int parse_kills(struct kill_counts *c, const char *line)
{
	char kind[KILL_COUNTS_UNIT] = "", unit[KILL_COUNTS_UNIT] = "";
	char *values[] = { kind, unit };
	uint64_t n = 0;
	int err = prometheus_read_sample(line, KILLS, label_names, 2, values, sizeof(kind), &n);

	if (err)
		return err == -ENOENT ? 0 : err;
	for (size_t i = 0; i < KILL_COUNTS_KINDS; i++) {
		if (strcmp(kinds[i], kind) != 0)
			continue;
		kill_counts_add(c, (enum report_kind)i, unit, n);
		return 0;
	}
	return -EINVAL;
}

static int parse_line(struct kill_counts *c, const char *line)
{
	int err;

	if (strncmp(line, POSITION, strlen(POSITION)) == 0)
		return parse_position(c, line + strlen(POSITION));
	if (strncmp(line, HIDDEN, strlen(HIDDEN)) == 0)
		line += strlen(HIDDEN);
	err = prometheus_read_sample(line, LOST, NULL, 0, NULL, 0, &c->n_lost);
	return err == -ENOENT ? parse_kills(c, line) : err;
}

int kill_counts_parse(struct kill_counts *c, const char *text)
{
	int err = 0;

	memset(c, 0, sizeof(*c));
	for (const char *line = text; !err && line; line = strchr(line, '\n')) {
		line += *line == '\n';
		err = parse_line(c, line);
	}
	if (!err && !*c->boot)
		err = -ENODATA;
	if (err)
		memset(c, 0, sizeof(*c));
	return err;
}
