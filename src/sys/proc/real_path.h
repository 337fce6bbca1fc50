/* SPDX-License-Identifier: GPL-2.0-or-later */
/* real_path: the path of a directory without symbolic links. */
#pragma once

#include <limits.h>

/*
 * Finds the path of a directory without symbolic links, as the kernel shows it for executables. If
 * it is not visible here, as /home for a service with ProtectHome=, it is looked for in the root
 * directory of init, which needs permission. 0, or a negative errno as realpath(3).
 */
int real_path_of_dir(const char *dir, char real[PATH_MAX]);
