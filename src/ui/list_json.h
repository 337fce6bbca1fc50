/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list_json: a list as one object with one named array, a row a line. */
#pragma once

#include "ui/list.h"

void list_json_print(const struct list_view *v, const struct list *l);
