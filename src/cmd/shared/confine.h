/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confine: takes all rights from a process that is going to parse a log. */
#pragma once

#include "cmd/cmd.h"

/*
 * To be called when all files are open and nothing was parsed: logs may hold hostile text, so root
 * drops all rights and enters a sandbox to parse them. It can then only read open files and write
 * to 1 and 2, and socket (-1: none). serves_users: user names can still be looked up. ST_OK, or
 * ST_BROKEN after an error message: root has rights, so nothing may be parsed.
 */
enum status confine_enter(const struct ctx *cx, bool serves_users, int socket);
