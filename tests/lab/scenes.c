/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs random scenes in a lab guest: sets each up, has the command foretell the kill, has the kernel choose, and compares.
 * Its last line is "scenes N, certain N, close N, wrong N, ...". The status is 0 if nothing that was certain was wrong.
 */
#include "scene.h"
#include "scene_dump.h"

#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <sys/swap.h>
#include <sys/utsname.h>

#define OUTPUT_MAX 65536

#define KILLS 5

/* What was foretold. */
struct forecast {
	bool is_certain, has_margin;
	long long points, margin;
	char doubt[32], rivals[256];
	struct {
		pid_t pid; /* the thread that holds the memory */
		bool is_certain;
		pid_t set[SCENE_PIDS];
		int n_set;
	} kills[KILLS];
	int n;
};

/* What the kernel did. */
struct outcome {
	pid_t killed[SCENE_PIDS]; /* as its log names them */
	int n_killed;
	bool is_refused;
	pid_t dead[SCENE_PIDS];
	int n_dead;
	struct dump dump; /* if the kernel made one */
};

static struct dump_sums dump_sums;

static struct {
	long scenes, certain, close, wrong, nobody;
	long clear, clear_certain; /* the first two differ by more than 1 % */
	long stray;                /* close, and somebody else who was not named */
} sums;

#define KINDS 12
static struct {
	char name[32];
	long n;
} doubts[KINDS];

static const char *oomctl;
static char scan[32] = "--scan=auto"; /* how it reads the machine's processes */
static int kmsg;
static bool is_verbose;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* What was there before, and its adj. */
static struct {
	pid_t pid;
	char adj[16];
} others[512];
static size_t n_others;

/* Nothing but the scene may be killed. */
static void protect_all(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	char path[300];

	while (proc && (d = readdir(proc)) && n_others < 512) {
		int fd;
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%s/oom_score_adj", d->d_name);
		if (d->d_name[0] < '1' || d->d_name[0] > '9' ||
		    (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			continue;
		n = read(fd, others[n_others].adj, sizeof(others[0].adj) - 1);
		close(fd);
		if (n > 0 && scene_write(path, "-1000") == 0)
			others[n_others++].pid = (pid_t)strtol(d->d_name, NULL, 10);
	}
	if (proc)
		closedir(proc);
}

static void unprotect_all(void)
{
	char path[64];

	for (size_t i = 0; i < n_others; i++) {
		snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", others[i].pid);
		scene_write(path, others[i].adj);
	}
}

static void make_groups(const struct scene *s)
{
	for (int i = 0; i < s->n_groups; i++) {
		const struct group *g = &s->groups[i];

		if (mkdir(g->path, 0755))
			scene_die(g->path);
		if (g->delegates)
			scene_must_write(g->path, "cgroup.subtree_control", "+memory");
		if (g->kills_together)
			scene_must_write(g->path, "memory.oom.group", "1");
	}
}

static void await(struct scene *s, int ready, int wanted)
{
	struct pollfd p = { .fd = ready, .events = POLLIN };
	pid_t pid;

	while (wanted-- > 0) {
		errno = ETIMEDOUT;
		if (poll(&p, 1, 20000) != 1 || read(ready, &pid, sizeof(pid)) != sizeof(pid))
			scene_die("a process of the scene did not become ready");
		s->pids[s->n_pids++] = pid;
	}
}

static void start(struct scene *s)
{
	int ready[2], go[2];

	if (pipe(ready) || pipe(go))
		scene_die("pipe");
	for (int i = 0; i <= s->n; i++) {
		const struct shape *p = i < s->n ? &s->shapes[i] : NULL;
		pid_t pid;

		if (!p && !s->of_cgroup)
			break;
		pid = fork();
		if (pid < 0)
			scene_die("fork");
		if (pid == 0 && p)
			scene_process(s, p, ready[1]);
		if (pid == 0)
			scene_grow(s, ready[1], go[0]);
		await(s, ready[0], p ? 1 + p->has_sharer + p->has_vfork : 1);
		s->is_vforked[s->n_pids - 1] = p && p->has_vfork;
		if (!p)
			s->grower = pid;
	}
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	s->grow_fd = go[1];
}

/* Room for a while, so that the grower is the one that hits the limit. */
static void limit(const struct scene *s)
{
	const char *dir = s->groups[s->domain].path;
	char path[512], text[64];
	long used;
	FILE *f;

	snprintf(path, sizeof(path), "%s/memory.current", dir);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%ld", &used) != 1)
		scene_die(path);
	fclose(f);
	if (s->has_swap) {
		snprintf(text, sizeof(text), "%lu", s->swap_max * PAGE_BYTES);
		scene_must_write(dir, "memory.swap.max", text);
	}
	snprintf(text, sizeof(text), "%ld", used + (1L << 20));
	scene_must_write(dir, "memory.max", text);
}

/* What a command prints. */
static void run(char *const argv[], char *out)
{
	posix_spawn_file_actions_t actions;
	int fds[2], status;
	size_t at = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		scene_die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno)
		scene_die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while ((n = read(fds[0], out + at, OUTPUT_MAX - 1 - at)) > 0)
		at += (size_t)n;
	out[at] = '\0';
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		scene_die(argv[0]);
}

/* The value behind "KEY": in a row of JSON; NULL: null. */
static const char *value(const char *row, const char *key)
{
	char pattern[48];
	const char *at;

	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = strstr(row, pattern);
	if (!at)
		scene_die(key);
	at += strlen(pattern);
	return strncmp(at, "null", 4) ? at : NULL;
}

static void copy_text(const char *v, char *to, size_t size)
{
	if (v)
		snprintf(to, size, "%.*s", (int)strcspn(v + 1, "\""), v + 1);
}

static void parse_kill(struct forecast *f, const char *row)
{
	const char *set = value(row, "kill_set") + 1;
	char *end;

	f->kills[f->n].pid = (pid_t)strtol(value(row, "pid"), NULL, 10);
	f->kills[f->n].is_certain = strncmp(value(row, "sure"), "\"certain\"", 9) == 0;
	f->kills[f->n].n_set = 0;
	for (; *set != '"'; set = end + (*end == ' '))
		f->kills[f->n].set[f->kills[f->n].n_set++] = (pid_t)strtol(set, &end, 10);
	f->n++;
}

static void foretell(const struct scene *s, struct forecast *f, char *out)
{
	char *machine[] = { (char *)oomctl, "predict", "-J", scan, NULL };
	char *cgroup[] = { (char *)oomctl, "predict", "-J", scan, "--cgroup", NULL, NULL };
	const char *row;

	memset(f, 0, sizeof(*f));
	if (s->of_cgroup)
		cgroup[5] = (char *)s->groups[s->domain].path;
	run(s->of_cgroup ? cgroup : machine, out);
	for (row = strstr(out, "\n{"); row && f->n < KILLS; row = strstr(row + 1, "\n{"))
		parse_kill(f, row);
	if (!f->n)
		return;
	row = strstr(out, "\n{");
	f->points = strtoll(value(row, "pages"), NULL, 10);
	f->has_margin = value(row, "margin_pages");
	if (f->has_margin)
		f->margin = strtoll(value(row, "margin_pages"), NULL, 10);
	f->is_certain = f->kills[0].is_certain;
	copy_text(value(row, "doubt"), f->doubt, sizeof(f->doubt));
	copy_text(value(row, "rivals"), f->rivals, sizeof(f->rivals));
}

/* Adds what the kernel has logged since the last call. */
static void read_log(struct outcome *o)
{
	char record[8192], *at;
	ssize_t n;

	while ((n = read(kmsg, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		at = strstr(record, "Killed process ");
		if (at && o->n_killed < SCENE_PIDS)
			o->killed[o->n_killed++] = (pid_t)strtol(at + 15, NULL, 10);
		if (n > 0 && strchr(record, ';'))
			dump_take(&o->dump, strchr(record, ';') + 1);
		o->is_refused |= strstr(record, "No task eligible") ||
				 strstr(record, "no killable processes");
		if (is_verbose && n > 0 && strchr(record, ';'))
			fprintf(stderr, "# kernel: %s", strchr(record, ';') + 1);
	}
}

static bool is_in(const pid_t *set, int n, pid_t pid)
{
	for (int i = 0; i < n; i++)
		if (set[i] == pid)
			return true;
	return false;
}

static bool is_complete(const struct forecast *f, const struct outcome *o)
{
	for (int i = 0; f->n && i < f->kills[0].n_set; i++)
		if (!is_in(o->dead, o->n_dead, f->kills[0].set[i]))
			return false;
	return o->n_killed > 0;
}

/* Waits for the kernel's word and for the dead: those that were foretold, and whoever follows at once. */
static void watch(const struct forecast *f, struct outcome *o)
{
	uint64_t end = now_ms() + 10000;

	while (now_ms() < end && !o->is_refused) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		read_log(o);
		if (pid > 0)
			o->dead[o->n_dead++] = pid;
		else
			usleep(500);
		if (is_complete(f, o) && end > now_ms() + 12)
			end = now_ms() + 12;
		else if (o->n_killed && end > now_ms() + 8000)
			end = now_ms() + 8000;
	}
	/* It logs before it kills. */
	read_log(o);
}

static void take_down(const struct scene *s)
{
	for (int i = 0; i < s->n_pids; i++)
		kill(s->pids[i], SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
	close(s->grow_fd);
	for (int i = s->n_groups - 1; i >= 0; i--)
		for (int tries = 0; rmdir(s->groups[i].path) && errno != ENOENT; tries++) {
			if (tries > 2000)
				scene_die(s->groups[i].path);
			usleep(1000);
		}
}

/* The log names a thread where the first has ended; the rival dies all the same. */
static bool is_named(const struct forecast *f, const struct outcome *o)
{
	const char *p = f->rivals;
	char *end;

	if (o->killed[0] == f->kills[0].pid)
		return true;
	for (; *p; p = end + (*end == ' ')) {
		pid_t rival = (pid_t)strtol(p, &end, 10);

		if (end == p)
			break;
		if (rival == o->killed[0] || is_in(o->dead, o->n_dead, rival))
			return true;
	}
	return false;
}

static bool all_dead(const struct outcome *o, const pid_t *set, int n)
{
	for (int i = 0; i < n; i++)
		if (!is_in(o->dead, o->n_dead, set[i]))
			return false;
	return true;
}

/*
 * Who died is who was foretold to. In a cgroup the kernel may choose again before the memory of the dead has come back
 * (exit_mmap() sets MMF_OOM_SKIP first): then it names another, who must be the next that was foretold, if that was certain.
 */
static bool is_right(const struct scene *s, const struct forecast *f, const struct outcome *o)
{
	int expected = 0, named = 0;

	for (int k = 0; k < f->n && expected < o->n_dead && (k == 0 || s->of_cgroup); k++) {
		int at = named;

		while (at < o->n_killed && o->killed[at] != f->kills[k].pid)
			at++;
		if (k == 0 && at)
			return false;
		if (at == o->n_killed || !all_dead(o, f->kills[k].set, f->kills[k].n_set))
			return k > 0 && !f->kills[k].is_certain && named < o->n_killed;
		named = at + 1;
		expected += f->kills[k].n_set;
	}
	return expected == o->n_dead && o->n_dead > 0;
}

static void report(const struct scene *s, const struct forecast *f, const struct outcome *o,
		   uint64_t seed, const char *out)
{
	printf("# SEED %" PRIu64 "%s, %s of %d processes: foretold %d (%s%s), the kernel killed",
	       seed, s->has_swap ? " with swap" : "", s->of_cgroup ? "cgroup" : "machine", s->n,
	       f->kills[0].pid, f->is_certain ? "certain" : "close: ", f->doubt);
	for (int i = 0; i < o->n_killed; i++)
		printf(" %d", o->killed[i]);
	printf("; dead:");
	for (int i = 0; i < o->n_dead; i++)
		printf(" %d", o->dead[i]);
	putchar('\n');
	for (const char *p = out; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n'))
		printf("#   %.*s\n", (int)strcspn(p, "\n"), p);
	fflush(stdout);
}

/* What keeps a clear lead from being certain. */
static void count_doubt(const char *doubt)
{
	size_t i = 0;

	while (i < KINDS && *doubts[i].name && strcmp(doubts[i].name, doubt))
		i++;
	if (i == KINDS)
		return;
	snprintf(doubts[i].name, sizeof(doubts[i].name), "%s", doubt);
	doubts[i].n++;
}

/* The first two differ by more than 1 %; the margin is to the first of those that live on. */
static bool is_clear(const struct forecast *f)
{
	pid_t rival = (pid_t)strtol(f->rivals, NULL, 10);

	if (rival && is_in(f->kills[0].set, f->kills[0].n_set, rival))
		return false;
	return f->has_margin && llabs(f->margin) * 100 > llabs(f->points);
}

static void judge(const struct scene *s, const struct forecast *f, const struct outcome *o,
		  uint64_t seed, const char *out)
{
	bool right = f->n ? is_right(s, f, o) : o->n_killed == 0;

	sums.nobody += !f->n;
	sums.certain += f->is_certain;
	sums.close += f->n && !f->is_certain;
	if (is_clear(f)) {
		sums.clear++;
		sums.clear_certain += f->is_certain;
		if (!f->is_certain)
			count_doubt(f->doubt);
	}
	if (!right && (f->is_certain || !f->n))
		sums.wrong++;
	else if (!right && !is_named(f, o))
		sums.stray++;
	else if (!is_verbose || f->is_certain || !is_clear(f))
		return;
	report(s, f, o, seed, out);
}

/* What rank prints as the kernel's dump, just before the kernel's own. */
static void read_rank(struct dump *d, char *out)
{
	char *argv[] = { (char *)oomctl, "rank", "--all", "--format", "kernel", scan, NULL };

	d->n = 0;
	run(argv, out);
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		dump_take(d, line);
}

/* The dump of a cgroup's processes is in no order of the whole machine's: only the machine's is compared. */
static void compare_dumps(const struct scene *s, const struct outcome *o, const struct dump *ours)
{
	static long approximate = -1;
	struct utsname u;
	int major = 0, minor = 0;

	if (approximate < 0) {
		uname(&u);
		sscanf(u.release, "%d.%d", &major, &minor);
		/* By BPF rank reads the very counts that the kernel prints. */
		approximate = major == 6 && minor >= 2 && !strstr(scan, "bpf")
				      ? 32 * sysconf(_SC_NPROCESSORS_CONF)
				      : 0;
	}
	if (s->of_cgroup || !o->dump.n)
		return;
	dump_sums.dumps++;
	dump_compare(s, &o->dump, ours, approximate, &dump_sums);
	dump_check_order(s, &o->dump, ours, approximate, &dump_sums);
}

static void trigger(const struct scene *s)
{
	static struct outcome before;

	memset(&before, 0, sizeof(before));
	read_log(&before);
	if (!s->of_cgroup)
		scene_must_write("/proc", "sysrq-trigger", "f");
	else if (write(s->grow_fd, "g", 1) != 1)
		scene_die("the grower");
}

static void play(uint64_t seed, bool has_swap)
{
	static struct scene s;
	static char out[OUTPUT_MAX];
	struct forecast f;
	static struct outcome o;
	static struct dump ranked;
	static char rank_out[OUTPUT_MAX];

	scene_plan(&s, seed, has_swap);
	make_groups(&s);
	start(&s);
	if (s.of_cgroup)
		limit(&s);
	usleep(2000);
	memset(&o, 0, sizeof(o));
	foretell(&s, &f, out);
	if (!s.of_cgroup)
		read_rank(&ranked, rank_out);
	/* Where nobody can be killed in a cgroup the kernel would try for ever. */
	if (f.n || !s.of_cgroup) {
		trigger(&s);
		watch(&f, &o);
	}
	judge(&s, &f, &o, seed, out);
	compare_dumps(&s, &o, &ranked);
	sums.scenes++;
	take_down(&s);
}

/* Half of the scenes have swap, a stretch of them at a time. */
static bool set_swap(long number)
{
	const char *device = getenv("LAB_SWAP");
	static bool is_on;
	bool wanted = device && number / 20 % 2;

	if (wanted != is_on && (wanted ? swapon(device, 0) : swapoff(device)) == 0)
		is_on = wanted;
	return is_on;
}

int main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)time(NULL), end;
	long n = 40, seconds = 100000;
	int key;

	while ((key = getopt(argc, argv, "n:s:t:w:v")) != -1) {
		if (key == 'n')
			n = strtol(optarg, NULL, 10);
		else if (key == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (key == 't')
			seconds = strtol(optarg, NULL, 10);
		else if (key == 'w')
			snprintf(scan, sizeof(scan), "--scan=%s", optarg);
		else if (key == 'v')
			is_verbose = true;
		else
			return 2;
	}
	oomctl = getenv("OOMCTL");
	if (!getenv("LAB") || !oomctl) {
		fputs("scenes: runs in a guest of the lab only\n", stderr);
		return 2;
	}
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
		scene_die("/dev/kmsg");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	protect_all();
	scene_must_write("/proc/sys/kernel", "sysrq", "1");
	mkdir(SCENE_ROOT, 0755);
	scene_must_write(SCENE_ROOT, "cgroup.subtree_control", "+memory");
	end = now_ms() + (uint64_t)seconds * 1000;
	for (long i = 0; i < n && now_ms() < end; i++)
		play(seed + (uint64_t)i, set_swap(i));
	set_swap(0);
	rmdir(SCENE_ROOT);
	unprotect_all();
	printf("scenes %ld (SEED %" PRIu64
	       "), certain %ld, close %ld, nobody killable %ld, wrong %ld, not named %ld; "
	       "of %ld with more than 1 %% between the first two %ld certain\n",
	       sums.scenes, seed, sums.certain, sums.close, sums.nobody, sums.wrong, sums.stray,
	       sums.clear, sums.clear_certain);
	for (size_t i = 0; i < KINDS && doubts[i].n; i++)
		printf("%s%s %ld", i ? ", " : "of those close for: ", doubts[i].name, doubts[i].n);
	printf("%srank against %ld dumps of the kernel: rows %ld, columns not shown %ld, wrong %ld, order wrong %ld\n",
	       doubts[0].n ? "\n" : "", dump_sums.dumps, dump_sums.rows, dump_sums.unknown,
	       dump_sums.columns_wrong, dump_sums.order_wrong);
	return sums.wrong || sums.stray || dump_sums.columns_wrong || dump_sums.order_wrong;
}
