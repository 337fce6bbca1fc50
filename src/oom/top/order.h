/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order: sorts rows by numbers in linear time, and arranges them as a tree. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ORDER_NONE UINT32_MAX

/*
 * Sorts n row numbers by keys[row], ascending. Rows with equal keys keep their order. other is
 * memory for n.
 */
void order_sort(uint32_t *rows, uint32_t *other, const uint64_t *keys, size_t n);

/* A key that sorts like this number; with is_down the largest first. */
static inline uint64_t order_key(int64_t number, int is_down)
{
	uint64_t key = (uint64_t)number ^ (1ULL << 63);

	return is_down ? ~key : key;
}

/* Keys that sort like the first 16 bytes of a text. */
void order_text_keys(const char *text, uint64_t *first, uint64_t *second);

/* Tables with room for each row. */
struct order_tree {
	uint32_t *parents; /* the row of its parent, or ORDER_NONE; filled by the caller */
	uint16_t *depths;  /* set */
	uint32_t *children, *siblings, *sorted;
};

/*
 * Moves each of the n rows below its parent, if that is one of them; siblings keep their order.
 * room: more than the largest row number. Rows in a circle of parents keep depth 0.
 */
void order_as_tree(const struct order_tree *t, uint32_t *rows, size_t n, size_t room);
