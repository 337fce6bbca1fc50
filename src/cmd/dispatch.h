/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dispatch: from the words of the command line to a command's run(). */
#pragma once

#include "cmd/cmd.h"

/* What the command may need, by its name alone. argv as main has it. */
enum privilege_need dispatch_find_need(int argc, char **argv);

/* Parses the words behind the program's name and runs the command that they name. */
enum status dispatch_run(struct ctx *cx, int argc, char **argv);
