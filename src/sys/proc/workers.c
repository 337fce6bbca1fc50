/* SPDX-License-Identifier: GPL-2.0-or-later */
/* workers: shares many small pieces of work among the CPUs of this process. */
#include "sys/proc/workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define MAX_THREADS 4
#define RANGE       64           /* pieces taken at a time */
#define WORTH_IT    1000         /* pieces from which on threads are faster */
#define STACK_SIZE  (256 * 1024) /* only used pages count */

struct job {
	size_t n;
	void (*work)(void *arg, size_t first, size_t end);
	void *arg;
	atomic_size_t next;
};

static void *take_ranges(void *arg)
{
	struct job *job = arg;
	size_t first;

	while ((first = atomic_fetch_add(&job->next, RANGE)) < job->n)
		job->work(job->arg, first, first + RANGE < job->n ? first + RANGE : job->n);
	return NULL;
}

void workers_run(size_t n, void (*work)(void *arg, size_t first, size_t end), void *arg)
{
	struct job job = { .n = n, .work = work, .arg = arg };
	int wanted = 0, started = 0;
	pthread_t threads[MAX_THREADS];
	pthread_attr_t attr;
	cpu_set_t cpus;

	if (n >= WORTH_IT && sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		wanted = CPU_COUNT(&cpus) - 1;
	if (wanted <= 0) {
		work(arg, 0, n);
		return;
	}
	if (pthread_attr_init(&attr) == 0) {
		pthread_attr_setstacksize(&attr, STACK_SIZE);
		while (started < wanted && started < MAX_THREADS - 1 &&
		       pthread_create(&threads[started], &attr, take_ranges, &job) == 0)
			started++;
		pthread_attr_destroy(&attr);
	}
	take_ranges(&job);
	while (started > 0)
		pthread_join(threads[--started], NULL);
}
