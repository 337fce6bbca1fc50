/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ident: the mark by which `make install` and `make uninstall` know a program of this project. */

/* No code refers to it, but the linker must keep it: tools/install searches for this text. */
extern const char ident_mark[];
__attribute__((used)) const char ident_mark[] = "part of oomctl, whom the OOM killer would kill";
