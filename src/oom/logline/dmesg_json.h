/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dmesg_json: puts a record of dmesg -J together again, whose members are separate lines. Pure. */
#pragma once

#include "oom/logline/logline.h"

struct dmesg_json {
	struct timestamp time;
	char caller[16];
	bool is_foreign;
	bool is_inside; /* the line before was a member, or between two records */
};

enum dmesg_json_kind {
	DMESG_JSON_NONE, /* no part of a record */
	DMESG_JSON_PART, /* stored, or without text of the kernel */
	DMESG_JSON_LINE, /* the kernel's text, with the members that came before it */
};

void dmesg_json_clear(struct dmesg_json *m);

/* l and scratch (LOGLINE_MAX bytes) are filled for DMESG_JSON_LINE. */
enum dmesg_json_kind dmesg_json_read_line(struct dmesg_json *m, const char *line, size_t len,
					  struct logline *l, char *scratch);

/* Whether line is a member of such a record. */
bool dmesg_json_is_member(const char *line, size_t len);
