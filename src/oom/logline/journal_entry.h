/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal_entry: an entry of journalctl -o export, verbose or json-pretty, whose fields are lines.
 * The fields say who wrote it; only its MESSAGE is a log line. Pure.
 */
#pragma once

#include "oom/logline/logline.h"

enum journal_form { JOURNAL_NONE, JOURNAL_EXPORT, JOURNAL_VERBOSE, JOURNAL_PRETTY };

struct journal_entry {
	bool is_export;         /* the log began as one: entries are not looked for in values */
	enum journal_form form; /* of the entry that is read */
	bool is_message;        /* the last field */
	bool is_binary, is_broken;
	bool has_transport, is_kernel;
	unsigned int n_size; /* bytes of a binary field's length that were read */
	uint64_t left;       /* bytes of its value that were not */
	struct timestamp time;
	char host[64];
	size_t len;
	char message[LOGLINE_MAX];
};

/* Whether a log that begins with this is of journalctl -o export. */
bool journal_entry_is_export(const char *text, size_t len);

/* Ends the entry, if line does not belong to it; NULL: the log ended. Whether l is its message. */
bool journal_entry_end(struct journal_entry *e, const char *line, size_t len, struct logline *l);

/* Takes a line of an entry. false: it belongs to none. */
bool journal_entry_take(struct journal_entry *e, const char *line, size_t len);

/* Bytes of a long line that nobody will pass on. */
void journal_entry_skip(struct journal_entry *e, size_t n);

/* Whether it is the field of an entry, so that those before it matter. */
bool journal_entry_is_field(const char *line, size_t len);

/* Stores what a field says about its entry; _TRANSPORT decides before SYSLOG_IDENTIFIER. */
void journal_entry_put(struct journal_entry *e, const char *name, const char *value, size_t len);
