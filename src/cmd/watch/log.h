/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: messages of a daemon on standard error. They are limited in number, and never wait for their
 * reader.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/msg.h"

struct watch_log {
	int64_t refilled_ms; /* when tokens were added last */
	int tokens;          /* lines that may be printed now */
	unsigned long n_suppressed;
	int64_t quiet_ms; /* if n_suppressed: when it is printed */
};

/* Uses levels instead of the program's name if standard error is the journal. */
void watch_log_begin(struct watch_log *l);

/* Whether a line may be printed now; if not, it is counted. */
bool watch_log_may(struct watch_log *l, enum msg_level level);

/* Prints how many lines were suppressed, as soon as lines may be printed again. */
void watch_log_flush(struct watch_log *l);

/* Prints one line, unless there are too many. */
#define watch_log_print(log, level, ...)               \
	do {                                           \
		if (watch_log_may(log, level))         \
			msg_print(level, __VA_ARGS__); \
	} while (0)
