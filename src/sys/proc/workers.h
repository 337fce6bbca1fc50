/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers: shares many small pieces of work among the CPUs of this process. Two CPUs read /proc 1.7
 * times as fast as one. Without threads the caller does all of it.
 */
#pragma once

#include <stddef.h>

/*
 * Calls work(arg, first, end) for ranges that cover 0...n-1 once, perhaps from several threads at a
 * time: work must not touch elements outside its range. Returns when all is done.
 */
void workers_run(size_t n, void (*work)(void *arg, size_t first, size_t end), void *arg);
