/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gfp: what an allocation's flags ask for, for the kernel that printed them. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Spells a mask out as the kernel itself does since 4.6, "GFP_KERNEL|__GFP_ZERO", for a version
 * (VERSION()) before that. Bits without a name stay a number. "" where the version is not known or
 * spells them itself.
 */
char *gfp_spell(int64_t mask, int version, char *buf, size_t size);

/* One phrase for what memory of these names is for: "a page of a program's own memory". */
const char *gfp_purpose(const char *names);
