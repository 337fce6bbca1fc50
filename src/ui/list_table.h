/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list_table: a list with aligned columns, cut to the terminal's width where there is one. */
#pragma once

#include "ui/list.h"

/* 0 or a negative errno. */
int list_table_print(const struct list_view *v, const struct list *l);
