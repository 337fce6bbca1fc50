/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs random scenes in a lab guest: sets each up, lets the command predict the kill, lets the
 * kernel choose, and compares. Its last line is "scenes N, certain N, close N, wrong N, ...". The
 * status is 0 if no certain prediction was wrong.
 */
#include "scene_dump.h"
#include "scene_forecast.h"
#include "scene_outcome.h"
#include "scene_plan.h"
#include "scene_stage.h"

#include <inttypes.h>
#include <sys/swap.h>
#include <sys/utsname.h>

/* rank takes as long as predict, so it runs before one of this many kills. */
#define RANKED_ONE_IN 3

static struct dump_sums dump_sums;

static struct {
	long scenes, certain, close, wrong, none;
	long clear, clear_certain; /* the first two differ by more than 1 % */
	long stray;                /* close, and killed a process that was not named */
} sums;

#define KINDS 12
static struct {
	char name[32];
	long n;
} doubts[KINDS];

static const char *oomctl;
static char scan[32] = "--scan=auto"; /* how the command reads processes */
static int kmsg;
static bool is_verbose;

static bool all_dead(const struct outcome *o, const pid_t *set, int n)
{
	for (int i = 0; i < n; i++)
		if (!outcome_is_in(o->dead, o->n_dead, set[i]))
			return false;
	return true;
}

/* Each dead process was predicted to die in some kill. */
static bool are_predicted(const struct forecast *f, const struct outcome *o)
{
	for (int i = 0; i < o->n_dead; i++) {
		int k = 0;

		while (k < f->n && !outcome_is_in(f->kills[k].set, f->kills[k].n_set, o->dead[i]))
			k++;
		if (k == f->n)
			return false;
	}
	return true;
}

/*
 * The killed process must be the predicted one. In a cgroup the kernel can choose again before the
 * memory is freed (exit_mmap() sets MMF_OOM_SKIP first): that victim must be the second prediction,
 * if it was certain. If it was not, others that die with it must be in later predictions.
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
		if (k > 0 && !f->kills[k].is_certain)
			return are_predicted(f, o);
		named = at + 1;
		expected += f->kills[k].n_set;
	}
	return expected == o->n_dead && o->n_dead > 0;
}

static void print_lines(const char *lead, const char *text)
{
	for (const char *p = text; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n'))
		printf("# %s%.*s\n", lead, (int)strcspn(p, "\n"), p);
}

/*
 * Prints everything about a scene: the request, the prediction, and what the kernel reported and
 * did.
 */
static void report(const struct scene *s, const struct forecast *f, const struct outcome *o,
		   uint64_t seed, const char *out)
{
	printf("# SEED %" PRIu64 "%s, %s of %d processes: predicted %d (%s%s), the kernel killed",
	       seed, s->has_swap ? " with swap" : "", s->of_cgroup ? "cgroup" : "machine", s->n,
	       f->kills[0].pid, f->is_certain ? "certain" : "close: ", f->doubt);
	for (int i = 0; i < o->n_killed; i++)
		printf(" %d", o->killed[i]);
	printf("; dead:");
	for (int i = 0; i < o->n_dead; i++)
		printf(" %d", o->dead[i]);
	putchar('\n');
	for (int i = 0; i < s->n_groups; i++)
		printf("# group %d: %s%s%s%s\n", i, s->groups[i].path,
		       s->groups[i].delegates ? ", delegates" : "",
		       s->groups[i].kills_together ? ", oom.group" : "",
		       i == s->domain ? ", the domain" : "");
	for (int i = 0; i < s->n; i++) {
		const struct shape *p = &s->shapes[i];

		printf("# process: adj %d, group %d, anon %u, file %u, shm %u, paged out %u, threads %u%s%s%s\n",
		       p->adj, p->group, p->anon, p->file, p->shm, p->paged_out, p->threads,
		       p->has_dead_leader ? ", dead leader" : "",
		       !p->has_sharer        ? ""
		       : p->sharer_group < 0 ? ", sharer"
					     : ", sharer elsewhere",
		       p->has_vfork ? ", vfork" : "");
	}
	print_lines("predicted: ", out);
	print_lines("kernel: ", o->log);
	fflush(stdout);
}

/* Why a clear lead was not certain. */
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

/* The first two differ by more than 1 %. The margin is that to the first survivor. */
static bool is_clear(const struct forecast *f)
{
	pid_t rival = (pid_t)strtol(f->rivals, NULL, 10);

	if (rival && outcome_is_in(f->kills[0].set, f->kills[0].n_set, rival))
		return false;
	return f->has_margin && llabs(f->margin) * 100 > llabs(f->points);
}

static void judge(const struct scene *s, const struct forecast *f, const struct outcome *o,
		  uint64_t seed, const char *out)
{
	bool right = f->n ? is_right(s, f, o) : o->n_killed == 0;

	sums.none += !f->n;
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
	else if (!right && !outcome_is_named(f, o))
		sums.stray++;
	else if (!is_verbose || f->is_certain || !is_clear(f))
		return;
	report(s, f, o, seed, out);
}

/* Reads rank's task dump just before the kernel prints its own. */
static void read_rank(struct dump *d, char *out)
{
	char *argv[] = { (char *)oomctl, "rank", "--all", "--format", "kernel", scan, NULL };

	d->n = 0;
	forecast_run(argv, out);
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		dump_take(d, line);
}

/* The dump of a cgroup is not in the machine's order, so only dumps of the machine are compared. */
static void compare_dumps(const struct scene *s, const struct outcome *o, const struct dump *ours)
{
	static long approximate = -1;
	struct utsname u;
	int major = 0, minor = 0;

	if (approximate < 0) {
		uname(&u);
		sscanf(u.release, "%d.%d", &major, &minor);
		/* With a BPF scan rank reads the same counters as the kernel prints. */
		approximate = major == 6 && minor >= 2 && !strstr(scan, "bpf")
				      ? 32 * sysconf(_SC_NPROCESSORS_CONF)
				      : 0;
	}
	if (!ours->n || !o->dump.n)
		return;
	dump_sums.dumps++;
	dump_compare(s, &o->dump, ours, approximate, &dump_sums);
	dump_check_order(s, &o->dump, ours, approximate, &dump_sums);
}

static void trigger(const struct scene *s)
{
	if (lseek(kmsg, 0, SEEK_END) < 0)
		scene_die("/dev/kmsg");
	if (!s->of_cgroup)
		scene_must_write("/proc", "sysrq-trigger", "f");
	else if (write(s->grow_fd, "g", 1) != 1)
		scene_die("the grower");
}

static void play(uint64_t seed, bool has_swap)
{
	static struct scene s;
	static char out[FORECAST_OUTPUT];
	struct forecast f;
	static struct outcome o;
	static struct dump ranked;
	static char rank_out[FORECAST_OUTPUT];

	scene_plan(&s, seed, has_swap);
	stage_groups(&s);
	stage_start(&s);
	if (s.of_cgroup)
		stage_limit(&s);
	usleep(2000);
	memset(&o, 0, sizeof(o));
	forecast_read(oomctl, scan, &s, &f, out);
	ranked.n = 0;
	if (!s.of_cgroup && seed % RANKED_ONE_IN == 0)
		read_rank(&ranked, rank_out);
	/* In a cgroup without a killable process the kernel would retry forever. */
	if (f.n || !s.of_cgroup) {
		trigger(&s);
		outcome_watch(kmsg, &f, &o);
	}
	judge(&s, &f, &o, seed, out);
	compare_dumps(&s, &o, &ranked);
	sums.scenes++;
	stage_end(&s);
}

/* Half of the scenes have swap, many in a row. */
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
	stage_protect();
	scene_must_write("/proc/sys/kernel", "sysrq", "1");
	/*
	 * A report takes 20 ms on the serial line, and moving a process takes an RCU grace
	 * period.
	 */
	scene_must_write("/proc/sys/kernel", "printk", "1");
	scene_write("/sys/kernel/rcu_expedited", "1");
	mkdir(SCENE_ROOT, 0755);
	scene_must_write(SCENE_ROOT, "cgroup.subtree_control", "+memory");
	end = outcome_now_ms() + (uint64_t)seconds * 1000;
	for (long i = 0; i < n && outcome_now_ms() < end; i++)
		play(seed + (uint64_t)i, set_swap(i));
	set_swap(0);
	rmdir(SCENE_ROOT);
	stage_unprotect();
	printf("scenes %ld (SEED %" PRIu64
	       "), certain %ld, close %ld, none killable %ld, wrong %ld, not named %ld; "
	       "of %ld with more than 1 %% between the first two %ld certain\n",
	       sums.scenes, seed, sums.certain, sums.close, sums.none, sums.wrong, sums.stray,
	       sums.clear, sums.clear_certain);
	for (size_t i = 0; i < KINDS && doubts[i].n; i++)
		printf("%s%s %ld", i ? ", " : "close because of: ", doubts[i].name, doubts[i].n);
	printf("%srank against %ld dumps of the kernel: rows %ld, columns not shown %ld, wrong %ld, order wrong %ld\n",
	       doubts[0].n ? "\n" : "", dump_sums.dumps, dump_sums.rows, dump_sums.unknown,
	       dump_sums.columns_wrong, dump_sums.order_wrong);
	return sums.wrong || sums.stray || dump_sums.columns_wrong || dump_sums.order_wrong;
}
