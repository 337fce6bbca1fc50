/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gfp: the flags of an allocation, for the version that printed them. Pure. */
#pragma once

#include "oom/report/report.h"

/*
 * The flags of a mask as the kernel names them since 4.6, "GFP_KERNEL|__GFP_ZERO", for a version
 * (VERSION()) before that; bits without a name remain a number. "": the version is unknown, or the
 * kernel prints the names itself.
 */
char *gfp_spell(int64_t mask, int version, char *buf, size_t size);

/* The flags of the report's request, as printed or by gfp_spell(). Returns buf. */
char *gfp_names(const struct report *r, char *buf, size_t size);

/* The purpose of a request with these flags, in one phrase; "": unknown. */
const char *gfp_purpose(const char *names);
