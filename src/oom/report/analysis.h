/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analysis: ranks the processes in a report's table by the rules of the kernel that wrote it, and
 * checks whether that explains the kernel's choice. Pure.
 */
#pragma once

#include "oom/report/report.h"
#include "oom/rules/rules.h"

enum analysis_result {
	ANALYSIS_NO_VICTIM,    /* none, or not in the log */
	ANALYSIS_NO_TABLE,     /* none, or it was cut */
	ANALYSIS_NOT_LISTED,   /* the chosen process is not in the table */
	ANALYSIS_HEURISTIC,    /* until 2.6.35: run times counted, which no table shows */
	ANALYSIS_ALLOCATING,   /* the requester was killed, whatever its size */
	ANALYSIS_AGREES,       /* it had the most points */
	ANALYSIS_TIE,          /* it had the most points, and others had as many */
	ANALYSIS_OTHERS_DYING, /* earlier reports killed the processes with more points */
	ANALYSIS_SWAP,         /* swap counted, which the table does not show (before 3.6) */
	ANALYSIS_ROOT,     /* those with more points are root's, with a discount (before 4.17) */
	ANALYSIS_COUNTERS, /* within the margin of error of the kernel's counters */
	ANALYSIS_TOTALS,   /* adj counts relative to a total that the report lacks */
	ANALYSIS_UNEXPLAINED,
};

struct analysis {
	const struct rules *rules;
	bool knows_version; /* from the report's release; else only from its form */
	bool is_vendors;    /* the form is that of a later version than the release */
	bool assumes_4k;    /* the report lacks the page size */
	bool has_totals;    /* else total_pages is a lower bound, 0 if nothing is known */
	bool has_points;    /* the rows have points */
	struct totals totals;
	enum analysis_result result;
	uint32_t *order;      /* rows in kill order, unkillable ones last */
	size_t n_order;       /* all rows */
	size_t n_candidates;  /* the killable rows */
	int64_t chosen;       /* row of the kernel's choice; REPORT_ABSENT */
	size_t place;         /* of the chosen row, from 1; 0: unknown */
	int64_t score;        /* what the kernel should have printed for it; REPORT_ABSENT */
	enum rules_root root; /* the discount that explains the score; ROOT_NONE */
	bool is_any_root;     /* either form explains it, and the kernel's version is unknown */
	bool knows_largest;
	int64_t most_pages; /* of any row, without adj; with knows_largest */
	size_t largest;     /* that row */
};

/* Fills a, and points and place of the rows of r. -ENOMEM. Always call analysis_free() then. */
int analysis_find(struct report *r, struct analysis *a);

void analysis_free(struct analysis *a);

/* Points as memory in bytes; REPORT_ABSENT: they mean no memory, or are out of range. */
int64_t analysis_points_bytes(const struct analysis *a, int64_t points);

/* The points of a row without adj, in pages. */
int64_t analysis_pages(const struct analysis *a, const struct report_row *row);
