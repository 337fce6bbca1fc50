/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit: what a fixture of another machine cannot show; the rest is in tests/cli/audit.bats. */
#include "unit.h"

#include <stdlib.h>

#include "oom/audit/audit.h"

#define RAM 1000000 /* pages */

static struct task tasks[8];
static struct audit_process processes[8];
static struct audit_group groups[8];
static struct audit_unit units[2];

/* A host without a setting or a process that would be found. */
static struct audit_facts machine(void)
{
	return (struct audit_facts){
		.processes = processes,
		.groups = groups,
		.units = units,
		.is_host = true,
		.has_score_adj = true,
		.ram_pages = RAM,
		.page_size = 4096,
		.panic_on_oom = -1,
		.kill_allocating = -1,
		.dump_tasks = -1,
		.panic = -1,
		.overcommit = -1,
	};
}

/* Adds a process to the facts; in kill order. */
static struct task *add(struct audit_facts *f, const char *name, int adj, uint64_t pages)
{
	size_t i = f->n_processes++;

	tasks[i] = (struct task){
		.pid = 100 + (int)i,
		.ppid = 1,
		.adj = (int16_t)adj,
		.rss = pages,
		.rss_anon = pages,
		.unkillable = adj == -1000 ? UNKILLABLE_ADJ : KILLABLE,
		.place = adj == -1000 ? 0 : (uint32_t)i + 1,
		.has = TASK_UID | TASK_ADJ | TASK_RSS | TASK_RSS_SPLIT,
	};
	snprintf(tasks[i].name, sizeof(tasks[i].name), "%s", name);
	processes[i] = (struct audit_process){
		.task = &tasks[i],
		.parent = AUDIT_NONE,
		.group = AUDIT_NONE,
		.unit = AUDIT_NONE,
	};
	return &tasks[i];
}

/* The names of all findings, in the order of the checks. */
static void finds(const char *what, const struct audit_facts *f, const char *want)
{
	struct audit_findings found;
	char names[512] = "";

	unit_number(what, audit_run(f, 0, &found), 0);
	for (size_t i = 0; i < found.n; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? " " : "",
			 audit_name(found.list[i].check));
	audit_free(&found);
	unit_text(what, names, want);
}

static void unknown_facts_lead_to_no_finding(void **state)
{
	struct audit_facts f = machine();

	(void)state;
	finds("nothing is known", &f, "");
	f.panic_on_oom = 1;
	finds("kernel.panic is unknown", &f, "");
	f.panic = 0;
	finds("no kdump", &f, "panic-stays-down");
	f.has_kdump = true;
	finds("kdump", &f, "");
	f.panic_on_oom = 0;
	f.overcommit = 2;
	finds("no limit is known", &f, "");
}

static void hidden_processes_can_be_what_is_missing(void **state)
{
	struct audit_facts f = machine();

	(void)state;
	add(&f, "mysqld", 0, 1000);
	add(&f, "sshd", 0, 100);
	finds("all visible", &f, "remote-access first-victim");
	f.n_unseen = 1;
	finds("one is hidden", &f, "");
	f = machine();
	add(&f, "a", -1000, RAM / 5);
	finds("large, unkillable", &f, "unkillable-memory");
	f.n_unseen = 1;
	finds("others may be killable", &f, "");
	tasks[0].rss_anon = RAM / 2 + 1;
	finds("half of RAM, whatever others have", &f, "unkillable-memory");
}

static void a_container_is_not_the_host(void **state)
{
	struct audit_facts f = machine();
	struct task *t = add(&f, "sshd", 0, 100);

	(void)state;
	f.n_units = 1;
	units[0] = (struct audit_unit){ .name = (char *)"a.service",
					.owner = AUDIT_NONE,
					.main = 0,
					.file = (char *)"/f",
					.declared = -500 };
	finds("host", &f, "remote-access declared-adj");
	f.is_host = false;
	finds("systemd cannot lower adj there", &f, "");
	t->adj = -600;
	finds("but can raise it", &f, "declared-adj");
}

static void processes_without_memory_do_not_count(void **state)
{
	struct audit_facts f = machine();
	struct task *t = add(&f, "sshd", 5, 100);

	(void)state;
	finds("a process", &f, "remote-access old-scale");
	t->unkillable = UNKILLABLE_NO_MM;
	finds("a zombie", &f, "");
	t->unkillable = UNKILLABLE_KTHREAD;
	finds("a kernel thread", &f, "");
}

/* A parent that was read after its PID was recycled. */
static void ancestors_can_be_a_circle(void **state)
{
	struct audit_facts f = machine();

	(void)state;
	add(&f, "a", -1000, 1)->uid = 1000;
	add(&f, "b", -1000, 1);
	add(&f, "c", -1000, 1);
	processes[0].parent = 1;
	processes[1].parent = 2;
	processes[2].parent = 1;
	assert_in_range(audit_find_origin(&f, 0), 1, 2);
	processes[2].parent = 0;
	unit_number("back to the start", (int64_t)audit_find_origin(&f, 0), 2);
}

static void names_the_path_of_a_group(void **state)
{
	struct audit_facts f = machine();
	char path[10];

	(void)state;
	groups[0] = (struct audit_group){ .parent = AUDIT_NONE, .name = (char *)"" };
	groups[1] = (struct audit_group){ .parent = 0, .name = (char *)"ab" };
	groups[2] = (struct audit_group){ .parent = 1, .name = (char *)"c.d" };
	groups[3] = (struct audit_group){ .parent = 2, .name = (char *)"ef" };
	f.n_groups = 4;
	unit_number("root", (int64_t)audit_group_path(&f, 0, path, sizeof(path)), 1);
	unit_text("root", path, "/");
	unit_number("two", (int64_t)audit_group_path(&f, 2, path, sizeof(path)), 7);
	unit_text("two", path, "/ab/c.d");
	unit_number("too long", (int64_t)audit_group_path(&f, 3, path, sizeof(path)), 10);
	unit_text("too long", path, "");
}

static void skips_what_is_ignored(void **state)
{
	struct audit_facts f = machine();
	struct audit_findings found;

	(void)state;
	f.dump_tasks = 0;
	f.kill_allocating = 1;
	unit_number("ignored", audit_run(&f, 1U << AUDIT_NO_DUMP, &found), 0);
	unit_number("one is left", (int64_t)found.n, 1);
	unit_text("the other", audit_name(found.list[0].check), "kill-allocating-task");
	audit_free(&found);
}

/* Processes of two units in turn, and two without a unit, the youngest first. */
static void findings_of_one_subject_are_one(void **state)
{
	static const size_t of[] = { 1, 0, 1, AUDIT_NONE, 0, 1, AUDIT_NONE };
	static const size_t n[] = { 2, 3, 2 }, members[] = { 4, 1, 5, 2, 0, 6, 3 };
	struct audit_facts f = machine();
	struct audit_findings found;
	size_t seen = 0, at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		add(&f, "a", -15, 10)->pid = 100 - (int)i;
		processes[i].unit = of[i];
	}
	units[0] = units[1] =
		(struct audit_unit){ .name = (char *)"a.service", .main = AUDIT_NONE };
	f.n_units = 2;
	assert_int_equal(audit_run(&f, 0, &found), 0);
	for (size_t i = 0; i < found.n; i++) {
		if (found.list[i].check != AUDIT_OLD_SCALE)
			continue;
		assert_true(seen < 3);
		assert_int_equal(found.list[i].process, members[at]);
		assert_int_equal(found.list[i].n, n[seen]);
		for (size_t k = 0; k < n[seen]; k++)
			assert_int_equal(found.list[i].members[k], members[at++]);
		seen++;
	}
	assert_int_equal(seen, 3);
	audit_free(&found);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_facts_lead_to_no_finding),
		cmocka_unit_test(hidden_processes_can_be_what_is_missing),
		cmocka_unit_test(a_container_is_not_the_host),
		cmocka_unit_test(processes_without_memory_do_not_count),
		cmocka_unit_test(ancestors_can_be_a_circle),
		cmocka_unit_test(names_the_path_of_a_group),
		cmocka_unit_test(skips_what_is_ignored),
		cmocka_unit_test(findings_of_one_subject_are_one),
	};

	return UNIT_RUN(argc, argv, tests);
}
