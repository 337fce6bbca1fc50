/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linked only into the sanitized program, which the command tests start thousands of times. It
 * makes that start twice as fast.
 *
 * Lines: the counters of gcov(1) are a mapped file, to which all processes add. Each would
 * otherwise read, add and write a file per source at its end. With the variable COVERAGE_DUMP, a
 * process writes these files. The counts are lost where the file cannot be opened.
 *
 * Leaks: the leak checker reads all writable data, most of it the sanitizer's own. Here it reads
 * what the other modules have.
 */
#include <fcntl.h>
#include <link.h>
#include <sanitizer/lsan_interface.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Set by tests/sanitized.lds: where all counters are. */
extern char counters_begin[], counters_end[];

struct gcov_info;
void __real___gcov_init(struct gcov_info *info);
void __real___gcov_exit(void);
void __wrap___gcov_init(struct gcov_info *info);
void __wrap___gcov_exit(void);
void __wrap___gcov_dump(void);
const char *__lsan_default_options(void);

static bool writes_files(void)
{
	static int does = -1;

	if (does < 0)
		does = getenv("COVERAGE_DUMP") != NULL;
	return does;
}

/* Called for each object, by its constructor. */
void __wrap___gcov_init(struct gcov_info *info)
{
	if (writes_files())
		__real___gcov_init(info);
}

void __wrap___gcov_exit(void)
{
	if (writes_files())
		__real___gcov_exit();
}

void __wrap___gcov_dump(void)
{
}

const char *__lsan_default_options(void)
{
	return "use_globals=0";
}

static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (strstr(info->dlpi_name, "libasan"))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		char *begin = (char *)(info->dlpi_addr + part->p_vaddr),
		     *end = begin + part->p_memsz;

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_W))
			continue;
		if (begin <= counters_begin && counters_end <= end) {
			__lsan_register_root_region(begin, (size_t)(counters_begin - begin));
			begin = counters_end;
		}
		__lsan_register_root_region(begin, (size_t)(end - begin));
	}
	return 0;
}

/* At the end, when all libraries are loaded. The leak checker registered first, so it runs later. */
static void add_modules(void)
{
	dl_iterate_phdr(add_module, NULL);
}

__attribute__((constructor)) static void begin(void)
{
	size_t size = (size_t)(counters_end - counters_begin);
	struct stat st;
	int fd = open(COVERAGE_COUNTS, O_RDWR | O_CLOEXEC);

	atexit(add_modules);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && (st.st_size >= (off_t)size || ftruncate(fd, (off_t)size) == 0))
		mmap(counters_begin, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	close(fd);
}
