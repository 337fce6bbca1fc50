/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analysis: ranks the processes of a report by the rules of the kernel that wrote it, from the
 * report's own table, and says whether that explains its choice. Pure.
 */
#pragma once

#include "oom/report/report.h"
#include "oom/rules/rules.h"

enum analysis_result {
	ANALYSIS_NO_VICTIM,    /* nobody was killed, or it is not in the log */
	ANALYSIS_NO_TABLE,     /* the report has no table, or it was cut */
	ANALYSIS_NOT_LISTED,   /* there is a table, but the chosen one is not in it */
	ANALYSIS_HEURISTIC,    /* to 2.6.35: run times counted, which no table shows */
	ANALYSIS_ALLOCATING,   /* the one that asked was killed, whatever its size */
	ANALYSIS_AGREES,       /* it had the most points */
	ANALYSIS_TIE,          /* it had the most points, and so had others */
	ANALYSIS_OTHERS_DYING, /* those with more points had been killed by earlier reports */
	ANALYSIS_SWAP,         /* swap counted, and the table does not show it (before 3.6) */
	/* those with more points belong to root, and were forgiven some (before 4.17) */
	ANALYSIS_ROOT,
	ANALYSIS_COUNTERS, /* closer than the kernel's counters are exact */
	ANALYSIS_TOTALS,   /* adj counts by a total that the report does not tell */
	ANALYSIS_UNEXPLAINED,
};

struct analysis {
	const struct rules *rules;
	bool knows_version; /* by the report's release; else only by its form */
	bool is_vendors;    /* the form is that of a later version than the release */
	bool assumes_4k;    /* the report does not tell the size of a page */
	bool has_totals;    /* else total_pages is at most what it was */
	bool has_points;    /* the rows carry points */
	struct totals totals;
	enum analysis_result verdict;
	/* rows in the order in which the kernel would kill; never killed ones are last */
	uint32_t *order;
	size_t n_order;      /* all rows */
	size_t n_candidates; /* those that may be killed */
	int64_t chosen;      /* row of the one that the kernel chose; REPORT_ABSENT */
	size_t place;        /* of the chosen, from 1; 0: unknown */
	int64_t score;       /* what the kernel should have printed for it; REPORT_ABSENT */
	bool knows_largest;
	int64_t most_pages; /* of those in the table, adj aside; with knows_largest */
};

/* Fills w, and points and place of the rows of r. -ENOMEM. w is to be freed by analysis_free(). */
int analysis_find(struct report *r, struct analysis *w);

void analysis_free(struct analysis *w);

/* Memory that counts for a row, adj aside, in pages. */
int64_t analysis_pages(const struct analysis *w, const struct report_row *row);

/* Whether the kernel never kills it. */
bool analysis_is_spared(const struct report_row *row);

/* Fills w->totals and what is known of them; part of analysis_find(). */
void analysis_find_totals(const struct report *r, struct analysis *w);
