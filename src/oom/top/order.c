/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order: sorts rows by numbers in linear time, and arranges them as a tree. */
#include "oom/top/order.h"

#include <stdbool.h>
#include <string.h>

#define BYTES 8

void order_sort(uint32_t *rows, uint32_t *other, const uint64_t *keys, size_t n)
{
	uint32_t counts[BYTES][256] = { { 0 } }, *from = rows, *to = other;

	for (size_t i = 0; i < n; i++)
		for (int byte = 0; byte < BYTES; byte++)
			counts[byte][keys[rows[i]] >> 8 * byte & 255]++;
	for (int byte = 0; byte < BYTES; byte++) {
		uint32_t at = 0, *swapped = from;

		/* Most keys are small: their high bytes are all equal. */
		if (!n || counts[byte][keys[from[0]] >> 8 * byte & 255] == n)
			continue;
		for (int value = 0; value < 256; value++) {
			uint32_t count = counts[byte][value];

			counts[byte][value] = at;
			at += count;
		}
		for (size_t i = 0; i < n; i++)
			to[counts[byte][keys[from[i]] >> 8 * byte & 255]++] = from[i];
		from = to;
		to = swapped;
	}
	if (from != rows)
		memcpy(rows, from, n * sizeof(*rows));
}

void order_text_keys(const char *text, uint64_t *first, uint64_t *second)
{
	uint64_t keys[2] = { 0, 0 };
	bool has_ended = false;

	for (size_t i = 0; i < 16; i++) {
		has_ended |= !text[has_ended ? 0 : i];
		keys[i / 8] = keys[i / 8] << 8 | (has_ended ? 0 : (unsigned char)text[i]);
	}
	*first = keys[0];
	*second = keys[1];
}

/* Adds a row and all below it to the end of the list. Returns the new length. */
static size_t add_below(const struct order_tree *t, uint32_t top, size_t n)
{
	uint32_t row = top;
	uint16_t depth = 0;

	for (;;) {
		t->sorted[n++] = row;
		t->depths[row] = depth;
		if (t->children[row] != ORDER_NONE) {
			row = t->children[row];
			if (depth < UINT16_MAX - 2)
				depth++;
			continue;
		}
		while (row != top && t->siblings[row] == ORDER_NONE) {
			row = t->parents[row];
			if (depth > 0)
				depth--;
		}
		if (row == top)
			return n;
		row = t->siblings[row];
	}
}

void order_as_tree(const struct order_tree *t, uint32_t *rows, size_t n, size_t room)
{
	size_t done = 0;

	/* depths: first whether a row is in the list, then whether it has been added. */
	for (size_t i = 0; i < room; i++) {
		t->children[i] = t->siblings[i] = ORDER_NONE;
		t->depths[i] = UINT16_MAX;
	}
	for (size_t i = 0; i < n; i++)
		t->depths[rows[i]] = UINT16_MAX - 1;
	/* From the end, so that the first child is the first in the list. */
	for (size_t i = n; i-- > 0;) {
		uint32_t row = rows[i], parent = t->parents[row];

		if (parent == row || (parent != ORDER_NONE && t->depths[parent] == UINT16_MAX))
			parent = t->parents[row] = ORDER_NONE;
		if (parent != ORDER_NONE) {
			t->siblings[row] = t->children[parent];
			t->children[parent] = row;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (t->parents[rows[i]] == ORDER_NONE)
			done = add_below(t, rows[i], done);
	for (size_t i = 0; done < n && i < n; i++) {
		if (t->depths[rows[i]] != UINT16_MAX - 1)
			continue;
		t->depths[rows[i]] = 0;
		t->sorted[done++] = rows[i];
	}
	if (n)
		memcpy(rows, t->sorted, n * sizeof(*rows));
}
