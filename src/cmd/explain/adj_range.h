/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj_range: with which adj a process would be the first to be killed, the last, or safe. */
#pragma once

#include <stdio.h>

#include "base/status.h"
#include "oom/predict/predict.h"

/*
 * In sentences, of the nth, which can be killed. p: weighed, and revealed for the nth. Those that
 * share its memory have its adj, whatever that is, and die with it: they are nobody that it could
 * come before. ST_OK or ST_BROKEN, which is said.
 */
enum status adj_range_print(FILE *out, const struct predict *p, size_t nth);
