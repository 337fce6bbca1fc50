/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mm_sharers: finds children that share this program's memory, and says when something could not be read. */
#include "unit.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/adj/mm_sharers.h"
#include "sys/proc/procfs.h"

#define N_CHILDREN 3
#define STACK      (64 * 1024)

/* Children with the memory of this program, and one with a copy of it. */
struct family {
	int proc;
	pid_t sharers[N_CHILDREN], copy;
	char *stacks;
};

static int wait_for_kill(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return 0;
}

static int begin_family(void **state)
{
	static struct family f;

	f.proc = procfs_open();
	f.stacks = malloc(STACK * N_CHILDREN);
	assert_true(f.proc >= 0 && f.stacks);
	for (size_t i = 0; i < N_CHILDREN; i++) {
		f.sharers[i] =
			clone(wait_for_kill, f.stacks + (i + 1) * STACK, CLONE_VM | SIGCHLD, NULL);
		assert_true(f.sharers[i] > 0);
	}
	f.copy = fork();
	if (f.copy == 0)
		wait_for_kill(NULL);
	assert_true(f.copy > 0);
	*state = &f;
	return 0;
}

static int end_family(void **state)
{
	struct family *f = *state;

	for (size_t i = 0; i < N_CHILDREN; i++)
		kill(f->sharers[i], SIGKILL);
	kill(f->copy, SIGKILL);
	while (wait(NULL) > 0)
		;
	free(f->stacks);
	close(f->proc);
	return 0;
}

static void skip_without_kcmp(void)
{
	if (mm_sharers_compare(getpid(), getpid()) < 0)
		skip();
}

static void assert_all_sharers(const struct family *f, const struct mm_sharers *found)
{
	assert_false(found->is_incomplete);
	assert_int_equal(found->n, N_CHILDREN);
	for (size_t i = 0; i < N_CHILDREN; i++) {
		size_t n = 0;

		for (size_t k = 0; k < found->n; k++)
			n += found->list[k].pid == f->sharers[i] && found->list[k].with == getpid();
		unit_number("times found", (int64_t)n, 1);
	}
}

static void finds_all_processes(void **state)
{
	const struct family *f = *state;
	pid_t self = getpid(), given[] = { f->sharers[1], f->copy, self };
	struct mm_sharers watched, found;

	skip_without_kcmp();
	assert_int_equal(mm_sharers_watch(f->proc, &self, 1, &watched), 0);
	assert_int_equal(watched.n, 0);
	assert_int_equal(mm_sharers_find(f->proc, &watched, &self, 1, &found), 0);
	assert_all_sharers(f, &found);
	mm_sharers_free(&found);
	/* Given processes are not in the result. */
	assert_int_equal(mm_sharers_find(f->proc, &watched, given, UNIT_LENGTH(given), &found), 0);
	assert_int_equal(found.n, N_CHILDREN - 1);
	mm_sharers_free(&found);
	mm_sharers_free(&watched);
}

/* Among many given processes the sizes are compared first. */
static void finds_sharers_of_many(void **state)
{
	const struct family *f = *state;
	pid_t given[] = { getpid(),     f->copy,      INT_MAX,      INT_MAX - 1,  INT_MAX - 2,
			  INT_MAX - 3,  INT_MAX - 4,  INT_MAX - 5,  INT_MAX - 6,  INT_MAX - 7,
			  INT_MAX - 8,  INT_MAX - 9,  INT_MAX - 10, INT_MAX - 11, INT_MAX - 12,
			  INT_MAX - 13, INT_MAX - 14, INT_MAX - 15 };
	struct mm_sharers none = { .n = 0 }, found;

	skip_without_kcmp();
	assert_int_equal(mm_sharers_find(f->proc, &none, given, UNIT_LENGTH(given), &found), 0);
	assert_all_sharers(f, &found);
	mm_sharers_free(&found);
}

static void finds_relatives(void **state)
{
	const struct family *f = *state;
	struct task task = { .pid = getpid(),
			     .mm_pid = getpid(),
			     .ppid = getppid(),
			     .total_vm = 1,
			     .threads = 1 };
	struct mm_sharers found = { .n = 0 };

	skip_without_kcmp();
	assert_int_equal(mm_sharers_find_relatives(f->proc, &task, 1, &found), 0);
	assert_all_sharers(f, &found);
	mm_sharers_free(&found);
	/* Siblings are found through their parent. */
	task.pid = task.mm_pid = f->sharers[0];
	task.ppid = getpid();
	assert_int_equal(mm_sharers_find_relatives(f->proc, &task, 1, &found), 0);
	assert_int_equal(found.n, N_CHILDREN);
	mm_sharers_free(&found);
}

static void sorts_by_memory(void **state)
{
	const struct family *f = *state;
	struct {
		pid_t pid;
		int payload;
	} list[] = { { f->sharers[2], 2 },
		     { f->copy, 10 },
		     { f->sharers[0], 0 },
		     { getpid(), 5 },
		     { getppid(), 20 } };
	size_t at = MM_SHARERS_START, n = 0;
	int sum = 0, *payload;

	skip_without_kcmp();
	mm_sharers_sort(list, UNIT_LENGTH(list), sizeof(list[0]));
	while ((payload = mm_sharers_next(list, UNIT_LENGTH(list), sizeof(list[0]), f->sharers[1],
					  &at))) {
		sum += payload[1];
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(sum, 7);
	at = MM_SHARERS_START;
	payload = mm_sharers_next(list, UNIT_LENGTH(list), sizeof(list[0]), f->copy, &at);
	assert_non_null(payload);
	assert_int_equal(payload[1], 10);
	assert_null(mm_sharers_next(list, UNIT_LENGTH(list), sizeof(list[0]), f->copy, &at));
}

/* A /proc in which statm is a directory, which can be opened but not read. */
static void unreadable_processes_make_it_incomplete(void **state)
{
	char path[] = "/tmp/mm_sharers.XXXXXX", name[32];
	const struct task task = { .pid = 77, .mm_pid = 77, .ppid = 5, .total_vm = 1, .threads = 1 };
	const struct mm_sharers none = { .n = 0 };
	struct mm_sharers found = { .n = 0 };
	const pid_t pid = 77;
	int dir;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	/* These processes have no files: they have exited. */
	assert_int_equal(mm_sharers_find(dir, &none, &pid, 1, &found), 0);
	assert_false(found.is_incomplete);
	assert_int_equal(mm_sharers_find_relatives(dir, &task, 1, &found), 0);
	assert_false(found.is_incomplete);
	mm_sharers_free(&found);
	for (int id = 5; id <= 77; id += 72) {
		snprintf(name, sizeof(name), "%d", id);
		assert_int_equal(mkdirat(dir, name, 0700), 0);
		snprintf(name, sizeof(name), "%d/statm", id);
		assert_int_equal(mkdirat(dir, name, 0700), 0);
	}
	assert_int_equal(mm_sharers_find(dir, &none, &pid, 1, &found), 0);
	assert_true(found.is_incomplete);
	mm_sharers_free(&found);
	assert_int_equal(mm_sharers_find_relatives(dir, &task, 1, &found), 0);
	assert_true(found.is_incomplete);
	mm_sharers_free(&found);
	for (int id = 5; id <= 77; id += 72) {
		snprintf(name, sizeof(name), "%d/statm", id);
		unlinkat(dir, name, AT_REMOVEDIR);
		snprintf(name, sizeof(name), "%d", id);
		unlinkat(dir, name, AT_REMOVEDIR);
	}
	close(dir);
	rmdir(path);
}

static int end_at_once(void *arg)
{
	(void)arg;
	return 0;
}

/* QEMU's emulation of a user's programs has no such clone(2). */
static bool can_share_memory(void)
{
	char *stack = malloc(STACK);
	pid_t pid = stack ? clone(end_at_once, stack + STACK, CLONE_VM | SIGCHLD, NULL) : -1;

	if (pid > 0)
		waitpid(pid, NULL, 0);
	free(stack);
	return pid > 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all_processes),
		cmocka_unit_test(finds_sharers_of_many),
		cmocka_unit_test(finds_relatives),
		cmocka_unit_test(sorts_by_memory),
		cmocka_unit_test(unreadable_processes_make_it_incomplete),
	};

	if (!can_share_memory()) {
		puts("1..0 # skip no clone(2) that shares memory here");
		return 0;
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, begin_family, end_family);
}
