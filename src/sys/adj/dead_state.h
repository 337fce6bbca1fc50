/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dead_state: files in /run/oomctl of PID namespaces that have ended. */
#pragma once

/*
 * Removes the files whose names end with '@' and the number of a PID namespace without processes.
 * Only in the first PID namespace, which sees all processes. Hold saved_adj_lock(): then no file
 * belongs to a later namespace with the same number. proc: a handle of /proc.
 */
void dead_state_remove(int proc);
