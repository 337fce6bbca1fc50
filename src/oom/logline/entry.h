/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entry: a message with fields that say who wrote it and when: of journalctl -o export, verbose or
 * json-pretty, whose fields are lines, of dmesg -J, or a line of JSON. Pure.
 */
#pragma once

#include "oom/logline/logline.h"

enum entry_form { ENTRY_NONE, ENTRY_EXPORT, ENTRY_VERBOSE, ENTRY_JSON };
enum entry_author { ENTRY_UNKNOWN, ENTRY_KERNEL, ENTRY_PROGRAM };

struct entry {
	enum entry_form file; /* of the entries before: each line is needed, up to another form */
	enum entry_form form; /* of the current entry */
	bool is_first;        /* no line of the file was taken */
	bool is_done;         /* the last line of the entry was read */
	bool is_message;      /* the last field */
	bool is_binary, is_broken;
	bool is_journal, is_dmesg, is_line;
	bool is_event;                       /* of node-problem-detector, on a kill by the kernel */
	enum entry_author transport, author; /* the first cannot be forged, so it decides */
	unsigned int n_size;                 /* bytes of a binary field's length that were read */
	uint64_t left;                       /* bytes of its value that were not */
	struct timestamp time;
	char host[64], caller[16], program[32];
	size_t len;
	char message[LOGLINE_MAX];
};

/* Call it before the first line, with the first chunk of a log, which shows its form. */
void entry_begin_file(struct entry *e, const char *text, size_t len);

/*
 * Ends the entry if it is complete or line is not part of it; NULL: end of the log. Returns whether
 * l is its message.
 */
bool entry_end(struct entry *e, const char *line, size_t len, struct logline *l);

/* Reads a line of an entry. false: it is not part of one. */
bool entry_take(struct entry *e, const char *line, size_t len);

/* Skips bytes of a line that is too long. */
void entry_skip(struct entry *e, size_t n);

/* Whether it is a field of an entry, so that the lines before it are needed. */
bool entry_is_field(const char *line, size_t len);
