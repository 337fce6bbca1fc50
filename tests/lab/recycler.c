/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recycler: recycles PIDs while a command runs. COMMAND is traced and stopped at the system call
 * that STAGE names. The process that the call concerns is killed, and a new process, the newcomer,
 * gets its PID. Then the call continues.
 *
 * usage: recycler [-u UID] ROUNDS VICTIMS STAGE COMMAND [ARG]...
 *   STAGE open    the call that opens /proc/PID
 *   STAGE adj     the call that opens its oom_score_adj, by a handle of /proc/PID
 *   STAGE write   the call that writes to its oom_score_adj
 *   STAGE again   the second such write, with a capability, after the first was refused
 *   STAGE any     calls that access files and directories, spread evenly over the run, and others
 *                 in each round, until ROUNDS times VICTIMS have been recycled; the process is the
 *                 victim that the call concerns, or any other. Each newcomer has a child, with adj 9
 * or:    recycler newcomer PID
 *   starts a newcomer with this PID, which must be free; it runs until it is killed
 * or:    recycler kill N COMMAND [ARG]...
 *   kills COMMAND before its Nth system call, counted from the first that names /run/oomctl.
 *   Status 3: it made fewer calls
 *
 * In each round there are VICTIMS processes "victim" of user 1234, or UID, which are children of a
 * keeper process; {keeper} and {victims} in ARGs are replaced by the PIDs. COMMAND runs as root,
 * or, with -u, as that user; it keeps the privilege of its file, because the tracer is fully
 * privileged. Newcomers are named "newcomer", belong to user 4321, and have adj 7. After each round
 * their adj is checked. Output: "recycled N touched N failed N"; failed counts the rounds in which
 * COMMAND had another status than 0. For x86-64.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
int main(void)
{
	puts("not for this processor");
	return 77;
}
#else

#define MAX_VICTIMS  100
#define MAX_ARGS     (MAX_VICTIMS + 32)
#define LIFE_SECONDS 300
#define NEWCOMER_ADJ 7
#define CHILD_ADJ    9

enum stage { STAGE_OPEN, STAGE_ADJ, STAGE_WRITE, STAGE_AGAIN, STAGE_ANY };

struct victim {
	pid_t pid, child;    /* child: of the newcomer */
	unsigned int writes; /* seen so far, for STAGE_WRITE and STAGE_AGAIN */
	bool is_recycled;
};

static struct victim victims[MAX_VICTIMS];
static long n_victims;
static pid_t keeper;
static uid_t owner = 1234;
static bool is_owners_command;
static unsigned int recycled, touched, failed;
static unsigned long n_stops, stride, phase; /* for STAGE_ANY: which stops are used */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "recycler: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Sets its name and user, then reports its PID, and waits to be killed. */
static _Noreturn void stand_by(const char *name, uid_t user, int said)
{
	const pid_t self = getpid();

	alarm(LIFE_SECONDS);
	if (prctl(PR_SET_NAME, name) || setresgid(user, user, user) || setresuid(user, user, user))
		_exit(1);
	/* After a change of ids its files in /proc would still belong to root. */
	if (prctl(PR_SET_DUMPABLE, 1) || write(said, &self, sizeof(self)) != sizeof(self))
		_exit(1);
	for (;;)
		pause();
}

static pid_t read_pid(int pipe)
{
	pid_t pid;

	if (read(pipe, &pid, sizeof(pid)) != sizeof(pid) || pid < 1)
		die("a process did not become ready");
	return pid;
}

static void write_own_adj(int adj)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%d", adj) < 0)
		_exit(1);
	close(fd);
}

static long read_adj(pid_t pid)
{
	char path[40], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die(path);
	close(fd);
	return strtol(text, NULL, 10);
}

/* A child, which the recycler adopts when its parent exits. */
static void begin_child(int said)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(1);
	if (pid > 0)
		return;
	pid = getpid();
	alarm(LIFE_SECONDS);
	write_own_adj(CHILD_ADJ);
	if (write(said, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	for (;;)
		pause();
}

/*
 * Starts a process with the wanted PID. When this returns, it and the child that it may have are
 * ready.
 */
static void begin_newcomer(pid_t wanted, pid_t *child)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&wanted,
		.set_tid_size = 1,
	};
	int pipes[2];
	pid_t pid = -1, ready = 0;

	if (pipe2(pipes, O_CLOEXEC))
		die("pipe");
	/* On a busy machine a process that has exited can exist a little longer. */
	for (int i = 0; i < 10000; i++) {
		pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
		if (pid >= 0 || errno != EEXIST)
			break;
		usleep(1000);
	}
	if (pid < 0)
		die("clone3");
	if (pid == 0) {
		write_own_adj(NEWCOMER_ADJ);
		if (child)
			begin_child(pipes[1]);
		stand_by("newcomer", 4321, pipes[1]);
	}
	close(pipes[1]);
	for (int i = 0; i < (child ? 2 : 1); i++) {
		ready = read_pid(pipes[0]);
		if (child && ready != wanted)
			*child = ready;
	}
	if (!child && ready != wanted)
		die("set_tid");
	close(pipes[0]);
}

/* No sleep: a guest's clock ticks only every 10 ms. */
static void end_victim(pid_t pid)
{
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };

	kill(pid, SIGKILL);
	if (ended.fd < 0 || poll(&ended, 1, 10000) != 1)
		die("a victim is still alive");
	close(ended.fd);
	for (int i = 0; i < 100000 && kill(pid, 0) == 0; i++)
		sched_yield();
}

static void recycle(struct victim *v, bool with_child)
{
	if (v->is_recycled)
		return;
	end_victim(v->pid);
	begin_newcomer(v->pid, with_child ? &v->child : NULL);
	v->is_recycled = true;
	recycled++;
}

/* The victims are children of the keeper, which does not wait for them: a PID is free as soon as its process exits. */
static void begin_keeper(void)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		die("pipe");
	keeper = fork();
	if (keeper < 0)
		die("fork");
	if (keeper == 0) {
		alarm(LIFE_SECONDS);
		signal(SIGCHLD, SIG_IGN);
		for (long i = 0; i < n_victims; i++) {
			const pid_t pid = fork();

			if (pid == 0)
				stand_by("victim", owner, pipes[1]);
			if (pid < 0 && write(pipes[1], &pid, sizeof(pid)) < 0)
				_exit(1);
		}
		close(pipes[1]);
		for (;;)
			pause();
	}
	close(pipes[1]);
	for (long i = 0; i < n_victims; i++)
		victims[i] = (struct victim){ .pid = read_pid(pipes[0]) };
	close(pipes[0]);
}

static struct victim *find(long pid)
{
	for (long i = 0; i < n_victims; i++)
		if (victims[i].pid == pid)
			return &victims[i];
	return NULL;
}

/*
 * The victim named by "PID" or "/proc/PID", also with a path below; *below is what follows the
 * PID.
 */
static struct victim *find_in_path(const char *path, const char **below)
{
	const char *pid = strncmp(path, "/proc/", 6) == 0 ? path + 6 : path;
	char *end;
	long number = strtol(pid, &end, 10);

	*below = end;
	return end == pid ? NULL : find(number);
}

static void read_string(pid_t tracee, unsigned long long address, char *buf, size_t size)
{
	struct iovec here = { buf, size - 1 }, there = { (void *)(uintptr_t)address, size - 1 };
	ssize_t n = process_vm_readv(tracee, &here, 1, &there, 1, 0);

	buf[n > 0 ? n : 0] = '\0';
}

static void read_link(pid_t tracee, long long fd, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tracee, (int)fd);
	n = readlink(path, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
}

/* The victim that a call concerns by the name or descriptor of a file. */
static struct victim *find_about(pid_t tracee, const struct user_regs_struct *regs)
{
	struct victim *v = NULL;
	const char *below;
	char path[256];

	if (regs->orig_rax == SYS_openat) {
		read_string(tracee, regs->rsi, path, sizeof(path));
		v = find_in_path(path, &below);
	}
	if (!v) {
		read_link(tracee, (long long)regs->rdi, path, sizeof(path));
		v = find_in_path(path, &below);
	}
	return v;
}

/* The victim that STAGE_ANY recycles at this stop, or NULL. */
static struct victim *choose_any(pid_t tracee, const struct user_regs_struct *regs)
{
	struct victim *v;

	if (++n_stops % stride != phase % stride)
		return NULL;
	v = find_about(tracee, regs);
	for (long i = 0; (!v || v->is_recycled) && i < n_victims; i++)
		v = &victims[recycled % 2 ? i : n_victims - 1 - i];
	return v;
}

/* The victim that the starting call concerns, if the call belongs to the stage. */
static struct victim *find_meant(pid_t tracee, enum stage stage)
{
	struct user_regs_struct regs;
	struct victim *v;
	const char *below;
	char path[256];

	if (ptrace(PTRACE_GETREGS, tracee, NULL, &regs))
		die("PTRACE_GETREGS");
	if (stage == STAGE_ANY)
		return choose_any(tracee, &regs);
	if (regs.orig_rax != (stage >= STAGE_WRITE ? SYS_write : SYS_openat))
		return NULL;
	if (stage >= STAGE_WRITE) {
		read_link(tracee, (long long)regs.rdi, path, sizeof(path));
		v = find_in_path(path, &below);
		if (!v || strcmp(below, "/oom_score_adj"))
			return NULL;
		return ++v->writes == (stage == STAGE_WRITE ? 1 : 2) ? v : NULL;
	}
	read_string(tracee, regs.rsi, path, sizeof(path));
	if (stage == STAGE_OPEN) {
		v = find_in_path(path, &below);
		return v && *below == '\0' && regs.rdx & O_DIRECTORY ? v : NULL;
	}
	if (strcmp(path, "oom_score_adj"))
		return NULL;
	read_link(tracee, (long long)regs.rdi, path, sizeof(path));
	v = find_in_path(path, &below);
	return v && *below == '\0' ? v : NULL;
}

/*
 * Stops the process only at calls that may belong to the stage: a stop takes a millisecond in a
 * guest.
 */
static void watch(enum stage stage)
{
	const unsigned int nr = stage >= STAGE_WRITE ? SYS_write : SYS_openat;
	const unsigned int flag = stage == STAGE_OPEN  ? O_DIRECTORY
				  : stage == STAGE_ADJ ? O_RDWR
						       : 0;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flag),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flag, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	struct sock_filter any[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pread64, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getdents64, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	};
	const struct sock_fprog program = {
		stage == STAGE_ANY ? sizeof(any) / sizeof(*any) : sizeof(code) / sizeof(*code),
		stage == STAGE_ANY ? any : code,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		die("PR_SET_SECCOMP");
}

static void begin_command(enum stage stage, char **words)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		die("PTRACE_TRACEME");
	/* The tracer must set its options first: without them the filtered calls would fail. */
	raise(SIGSTOP);
	watch(stage);
	if (is_owners_command && (setgroups(0, NULL) || setresgid(owner, owner, owner) ||
				  setresuid(owner, owner, owner)))
		die("COMMAND's user");
	execv(words[0], words);
	die(words[0]);
}

/* Traces COMMAND to its end; returns its status. */
static int follow(pid_t tracee, enum stage stage)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status, pass = 0;

	if (waitpid(tracee, &status, 0) != tracee || !WIFSTOPPED(status))
		die("COMMAND");
	if (ptrace(PTRACE_SETOPTIONS, tracee, NULL, options))
		die("PTRACE_SETOPTIONS");
	for (;;) {
		if (ptrace(PTRACE_CONT, tracee, NULL, (void *)(intptr_t)pass) && errno != ESRCH)
			die("PTRACE_CONT");
		if (waitpid(tracee, &status, 0) != tracee)
			die("waitpid");
		if (!WIFSTOPPED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		pass = status >> 16 ? 0 : WSTOPSIG(status);
		if (status >> 16 == PTRACE_EVENT_SECCOMP) {
			struct victim *v = find_meant(tracee, stage);

			if (v)
				recycle(v, stage == STAGE_ANY);
		}
	}
}

/* {keeper} and {victims} become PIDs. */
static char **fill_in(char **words)
{
	static char numbers[MAX_VICTIMS + 1][16], *filled[MAX_ARGS];
	size_t n = 0;

	snprintf(numbers[MAX_VICTIMS], sizeof(numbers[0]), "%d", (int)keeper);
	for (; *words && n < 32; words++) {
		if (strcmp(*words, "{keeper}") == 0)
			filled[n++] = numbers[MAX_VICTIMS];
		else if (strcmp(*words, "{victims}") != 0)
			filled[n++] = *words;
		else
			for (long i = 0; i < n_victims; i++) {
				snprintf(numbers[i], sizeof(numbers[0]), "%d", (int)victims[i].pid);
				filled[n++] = numbers[i];
			}
	}
	filled[n] = NULL;
	return filled;
}

/* The keeper exits last, so that no other process inherits its victims. */
static void end_round(void)
{
	for (long i = 0; i < n_victims; i++) {
		if (!victims[i].is_recycled) {
			end_victim(victims[i].pid);
			continue;
		}
		touched += read_adj(victims[i].pid) != NEWCOMER_ADJ;
		if (victims[i].child)
			touched += read_adj(victims[i].child) != CHILD_ADJ;
		kill(victims[i].pid, SIGKILL);
		waitpid(victims[i].pid, NULL, 0);
		if (victims[i].child) {
			kill(victims[i].child, SIGKILL);
			waitpid(victims[i].child, NULL, 0);
		}
	}
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
}

static void play_round(enum stage stage, char **command)
{
	char **words;
	pid_t tracee;

	begin_keeper();
	words = fill_in(command);
	tracee = fork();
	if (tracee < 0)
		die("fork");
	if (tracee == 0)
		begin_command(stage, words);
	failed += follow(tracee, stage) != 0;
	end_round();
}

/* The number of stops gives the distance between those that are used; each round shifts them. */
static void play_any(long count, char **command)
{
	/* The children of newcomers end after these. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("PR_SET_CHILD_SUBREAPER");
	stride = ULONG_MAX;
	play_round(STAGE_ANY, command);
	stride = n_stops / (unsigned long)n_victims + 1;
	while (recycled < count) {
		const unsigned int before = recycled;

		n_stops = 0;
		phase++;
		play_round(STAGE_ANY, command);
		if (recycled == before)
			die("COMMAND without a victim to recycle");
	}
}

static bool names_records(pid_t tracee, const struct user_regs_struct *regs)
{
	const bool at = regs->orig_rax == SYS_openat;
	char path[256];

	if (!at && regs->orig_rax != SYS_mkdir)
		return false;
	read_string(tracee, at ? regs->rsi : regs->rdi, path, sizeof(path));
	return strncmp(path, "/run/oomctl", 11) == 0;
}

static int kill_at(long nth, char **words)
{
	const pid_t tracee = fork();
	struct user_regs_struct regs;
	bool is_counting = false;
	int status;

	if (tracee < 0)
		die("fork");
	if (tracee == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			die("PTRACE_TRACEME");
		execv(words[0], words);
		die(words[0]);
	}
	for (unsigned long stops = 0; waitpid(tracee, &status, 0) == tracee; stops++) {
		if (!WIFSTOPPED(status))
			return WIFSIGNALED(status) ? 0 : 3;
		/*
		 * The first stop is at execve(2); then each call has a stop before and a stop after
		 * it.
		 */
		if (stops % 2 && ptrace(PTRACE_GETREGS, tracee, NULL, &regs) == 0) {
			is_counting |= names_records(tracee, &regs);
			if (is_counting && --nth == 0)
				kill(tracee, SIGKILL);
		}
		if (ptrace(PTRACE_SYSCALL, tracee, NULL, NULL) && errno != ESRCH)
			die("PTRACE_SYSCALL");
	}
	die("waitpid");
}

int main(int argc, char **argv)
{
	static const char *const stages[] = { "open", "adj", "write", "again", "any" };
	enum stage stage = STAGE_OPEN;
	long rounds;

	if (argc == 3 && strcmp(argv[1], "newcomer") == 0) {
		begin_newcomer((pid_t)strtol(argv[2], NULL, 10), NULL);
		return 0;
	}
	if (argc > 3 && strcmp(argv[1], "kill") == 0)
		return kill_at(strtol(argv[2], NULL, 10), argv + 3);
	if (argc > 2 && strcmp(argv[1], "-u") == 0) {
		is_owners_command = true;
		owner = (uid_t)strtoul(argv[2], NULL, 10);
		argc -= 2;
		argv += 2;
	}
	if (argc < 5)
		return 2;
	rounds = strtol(argv[1], NULL, 10);
	n_victims = strtol(argv[2], NULL, 10);
	while (stage <= STAGE_ANY && strcmp(argv[3], stages[stage]))
		stage++;
	if (rounds < 1 || n_victims < 1 || n_victims > MAX_VICTIMS || stage > STAGE_ANY)
		return 2;
	if (stage == STAGE_ANY)
		play_any(rounds * n_victims, argv + 4);
	while (stage != STAGE_ANY && rounds-- > 0)
		play_round(stage, argv + 4);
	printf("recycled %u touched %u failed %u\n", recycled, touched, failed);
	return 0;
}

#endif
