/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version: a kernel's version as a number that can be compared. */
#pragma once

/* VERSION(2, 6, 32) < VERSION(6, 1, 0); each part 0...255, larger ones count as 255. */
#define VERSION(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))

/* Reads the version of a release such as "2.6.32-220.el6". -EINVAL: no MAJOR.MINOR in front. */
int version_parse(const char *release, int *version);
