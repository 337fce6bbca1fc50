/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers: shares many small pieces of work among the CPUs that are free to this process. Reading
 * /proc is the kernel's work: two CPUs do it 1.7 times as fast as one; where threads can't be had
 * the caller does all of it itself.
 */
#pragma once

#include <stddef.h>

/*
 * Calls work(arg, first, end) for ranges that together cover 0...n-1, each once, perhaps from
 * several threads at the same time: work must not touch what belongs to another range. Returns when
 * all is done.
 */
void workers_run(size_t n, void (*work)(void *arg, size_t first, size_t end), void *arg);
