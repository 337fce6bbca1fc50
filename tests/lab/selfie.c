/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selfie: prints what a process inherited: ids, capabilities, signals, environment, descriptors,
 * limits and everything else that the program that started it could have changed. PIDs are omitted;
 * adj is on the last line.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines of status that the starting process determines. */
static const char *const keys[] = {
	"Umask:",  "TracerPid:", "Uid:",    "Gid:",        "Groups:",  "NSpgid:",       "NSsid:",
	"SigPnd:", "ShdPnd:",    "SigBlk:", "SigIgn:",     "SigCgt:",  "CapInh:",       "CapPrm:",
	"CapEff:", "CapBnd:",    "CapAmb:", "NoNewPrivs:", "Seccomp:", "Cpus_allowed:",
};

static void print_status(void)
{
	FILE *in = fopen("/proc/self/status", "re");
	char line[4096];

	while (in && fgets(line, sizeof(line), in))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
	if (in)
		fclose(in);
}

static void print_descriptors(void)
{
	struct stat st;

	for (int fd = 0; fd < 256; fd++)
		if (fstat(fd, &st) == 0)
			printf("fd %d: dev %lu ino %lu flags %x %x\n", fd, (unsigned long)st.st_dev,
			       (unsigned long)st.st_ino, (unsigned int)fcntl(fd, F_GETFL),
			       (unsigned int)fcntl(fd, F_GETFD));
}

static void print_limits(void)
{
	struct rlimit limit;

	for (unsigned int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			printf("limit %u: %lu %lu\n", i, (unsigned long)limit.rlim_cur,
			       (unsigned long)limit.rlim_max);
}

static void print_rest(void)
{
	int death_signal = -1;
	char cwd[4096];

	prctl(PR_GET_PDEATHSIG, &death_signal);
	printf("dumpable %d keepcaps %d securebits %d pdeathsig %d personality %x secure %lu\n",
	       prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS),
	       death_signal, (unsigned int)personality(0xffffffff), getauxval(AT_SECURE));
	printf("nice %d policy %d timerslack %d thp %d cwd %s\n", getpriority(PRIO_PROCESS, 0),
	       sched_getscheduler(0), prctl(PR_GET_TIMERSLACK), prctl(PR_GET_THP_DISABLE),
	       getcwd(cwd, sizeof(cwd)) ? cwd : "none");
}

int main(int argc, char **argv)
{
	FILE *in;
	char line[64];

	/* First, because files that are opened later would be listed. */
	print_descriptors();
	print_status();
	print_limits();
	print_rest();
	for (int i = 1; i < argc; i++)
		printf("arg %s\n", argv[i]);
	for (char **e = environ; *e; e++)
		printf("env %s\n", *e);
	in = fopen("/proc/self/oom_score_adj", "re");
	if (in && fgets(line, sizeof(line), in))
		printf("adj %s", line);
	return 0;
}
