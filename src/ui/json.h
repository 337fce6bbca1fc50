/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: a list as one object with one named array, a row a line. */
#ifndef UI_JSON_H
#define UI_JSON_H

#include "ui/view.h"

void json_print(const struct view *v, const struct list *l);

#endif
