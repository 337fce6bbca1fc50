/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ident: the mark by which `make install` and `make uninstall` know a program of this project. */

/* Nothing refers to it, and it must outlive the linker; tools/install looks for these words. */
extern const char ident_mark[];
__attribute__((used)) const char ident_mark[] = "part of oomctl, whom the OOM killer would kill";
