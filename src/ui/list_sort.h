/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list_sort: the rows of any list by one of its columns. */
#pragma once

#include "ui/list.h"

/*
 * The order of l's rows by a column: amounts fall, names, numbers that are names (COLUMN_RISES) and
 * texts rise; '+' or '-' in front of the name makes any rise or fall. What is unknown comes last,
 * equal rows stay in their order. *order, of l->n_rows indices, is the caller's to free. -EINVAL:
 * there is no such column. -ENOMEM.
 */
int list_sort_rows(const struct list *l, const char *key, size_t **order);
