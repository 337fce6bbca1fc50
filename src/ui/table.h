/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table: a list with aligned columns, cut to the terminal's width where there is one. */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include "ui/view.h"

/* 0 or a negative errno. */
int table_print(const struct view *v, const struct list *l);

#endif
