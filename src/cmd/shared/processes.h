/* SPDX-License-Identifier: GPL-2.0-or-later */
/* processes: a snapshot for a command, of the machine or of its TARGETs; says itself what can't be had. */
#pragma once

#include "cmd/shared/targets.h"
#include "sys/scan/snapshot.h"

/*
 * Finds the TARGETs and makes sure that each named PID is a process: one that is not there is said and left out, a
 * thread's id is said and becomes that of its process. The worst status; those that are there are in t.
 */
enum status survey_targets(struct targets *t, const struct args *a);

/*
 * The process that an id is of; that it is a thread's is said, as is that there is none: then ST_MISSED or ST_DENIED.
 * proc: a handle of /proc.
 */
enum status survey_find_process(int proc, pid_t id, pid_t *pid);

/* Behind the last file that perhaps only the caller's own capabilities open. ST_OK, or ST_BROKEN, which is said. */
enum status survey_keep_none(const struct ctx *cx);

/* Says why the processes can't be read; ST_BROKEN. err: a negative errno. */
enum status survey_say_unreadable(int err);

/* For -v: how the processes were read, by whose rules they are weighed, and how many there are. */
void survey_say_how(const struct snapshot *s, const struct census *census);

/* A snapshot as wanted. ST_OK or ST_BROKEN; s is to be freed in any case. */
enum status survey_take(const struct scan_want *want, struct snapshot *s);

/* A snapshot in which the targets have details and exact places, and others only as far as want says. */
enum status survey_take_targets(const struct targets *t, const struct scan_want *want,
				struct snapshot *s);

/* The target's process; NULL: none. */
const struct task *survey_find(const struct snapshot *s, pid_t pid);

/* Says which named targets are not in the snapshot although they were there before. ST_OK or ST_MISSED. */
enum status survey_report_ended(const struct targets *t, const struct snapshot *s);

/* Says how many processes were hidden, where there are any. */
void survey_report_unseen(const struct snapshot *s);
