/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stuck FILE: a process whose memory map stays locked while the file system of FILE is frozen. It maps a page of FILE,
 * prints "ready", and waits for SIGUSR1. Then a thread writes to the page, which waits for the thaw in the middle of the
 * page fault, and the first thread changes the mapping, which waits for that fault with the lock, or in front of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "stuck: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *write_page(void *page)
{
	*(volatile char *)page = 1;
	return NULL;
}

int main(int argc, char **argv)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	pthread_t writer;
	sigset_t signals;
	int fd, signal;
	char *page;

	if (argc != 2)
		return 2;
	fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		die(argv[1]);
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		die("mmap");
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	puts("ready");
	fflush(stdout);
	sigwait(&signals, &signal);
	if (pthread_create(&writer, NULL, write_page, page))
		die("pthread_create");
	usleep(200000);
	if (mprotect(page, size, PROT_READ))
		die("mprotect");
	pthread_join(writer, NULL);
	return 0;
}
