/* SPDX-License-Identifier: GPL-2.0-or-later */
/* around: what documents, exports and collectors put around a line of a log. Pure. */
#pragma once

#include "oom/logline/logline.h"

/* Quotes of mail, comments, lists, tables and strings; behind a time they are the kernel's own. */
bool around_skip_mark(struct logline *l);

/* What containers, collectors and a CI put behind a date: "stdout F ", a field of CSV, labels. */
bool around_skip_note(struct logline *l);

/* "<td>", "</b>" at the beginning of a line of HTML. */
bool around_skip_tag(struct logline *l);

/*
 * "(3)[1204:nginx]", "-(3)[1204:nginx]", "[3: nginx: 1204]" or "(CPU:3-pid:1204:nginx)" of some
 * Android kernels, behind the time
 */
bool around_skip_task(struct logline *l);

/* The facility and the level, as dmesg -x and talosctl decode a priority: "kern  :warn  : " */
bool around_read_facility(struct logline *l);

/* Whether the first n bytes are a level, with or without a facility: "kern.warn", "warning". */
bool around_is_facility(const struct slice *s, size_t n);

/*
 * The length of the host, without its port and brackets, in "192.0.2.23:6665" or
 * "[2001:db8::7]:6665", whose beginning is moved; len: there is no port.
 */
size_t around_count_host(const char **p, size_t len);

/* Whether a word is an address of IPv6. */
bool around_is_address(const char *p, size_t len);

/* Takes a date from the text of l before end, which is no prefix of a known form. */
void around_read_before(struct logline *l, const char *end);

/* Removes what follows the kernel's text: the end of a string, of a cell or of a line of HTML. */
void around_trim(struct logline *l);
