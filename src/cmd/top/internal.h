/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: one run of top: what was read, what is shown, and the processes that help. */
#pragma once

#include <signal.h>

#include "cmd/cmd.h"
#include "cmd/top/change.h"
#include "cmd/top/curses.h"
#include "cmd/top/keys.h"
#include "cmd/top/kills.h"
#include "cmd/top/layout.h"
#include "sys/live/live.h"

#define TOP_TEXT_MAX    64
#define TOP_MESSAGE_MAX 2048
#define TOP_PANE_MAX    32768
#define DRAW_LINE_MAX   2048
#define DRAW_NAME_MAX   (4 * TASK_NAME_MAX + 1)

enum top_mode {
	TOP_LIST,
	TOP_PROMPT, /* reads a line for prompt_action */
	TOP_PANE,   /* shows pane */
};

struct top {
	struct ctx *cx;
	struct live live;
	struct counter counter;
	struct change change;
	struct kills_follow kills;
	int64_t interval_ms;
	void *user_names; /* of user_cached_name() */
	int error;        /* of the last refresh */

	/* What is shown of the processes. */
	uint32_t *shown; /* rows, in order; n_shown of them */
	size_t n_shown;
	uint32_t *spare; /* room for sorting, as the following */
	uint64_t *keys, *low_keys;
	struct order_tree tree;
	enum layout_column sort;
	bool is_tree;
	bool has_uid, has_group;
	bool has_tags; /* some may be tagged */
	uid_t uid;
	char filter[TOP_TEXT_MAX], search[TOP_TEXT_MAX], group[TOP_TEXT_MAX], user[TOP_TEXT_MAX];
	bool *is_in_group; /* by row, with has_group */
	size_t cursor;     /* in shown */
	pid_t cursor_pid;  /* of the process there, which it follows; 0: none */
	size_t first;      /* in shown: at the top of the list */
	size_t page;       /* processes that have room */

	enum top_mode mode;
	enum keys_action prompt_action;
	char input[TOP_TEXT_MAX];
	bool is_input_old; /* typing replaces it */
	/* What the number of a prompt is for: others can be at the cursor when it is there. */
	struct identity targets[CHANGE_TARGETS];
	size_t n_targets;
	char message[TOP_MESSAGE_MAX]; /* lines, escaped */
	bool is_bad;                   /* the message is a refusal or an error */
	char pane[TOP_PANE_MAX];       /* lines, escaped */
	const char *pane_title;
	size_t pane_first, pane_lines;
	bool must_end;
	int ends_by;             /* the signal that ends the program; 0: none */
	int signal_fd;           /* -1: none */
	sigset_t signals_before; /* blocked by the caller */
};

/* Shows a message until the next key. */
__attribute__((format(printf, 3, 4))) void loop_say(struct top *t, bool is_bad, const char *fmt,
						    ...);

/* Chooses and sorts what is shown, after a refresh or a change of the settings. */
void view_update(struct top *t);

/* The process at the cursor; NULL: nothing is shown. */
struct live_task *view_current(const struct top *t);

/* Moves the cursor to this position, or the nearest. */
void view_go(struct top *t, size_t position);

/* Moves the cursor to the next process whose name has t->search; whether there is one. */
bool view_search(struct top *t);

/* The tagged processes, also those that are not shown. */
size_t view_count_tagged(const struct top *t);

/* Lines above the list; memory has two. */
void head_draw_memory(const struct top *t, size_t row);
void head_draw_victim(const struct top *t, size_t row);
void head_draw_later(const struct top *t, size_t row);

/* Which processes are shown, and how. false: all, in kill order, and none is tagged. */
bool head_find_choice(const struct top *t, char *line, size_t size);

/* What the list lacks. false: nothing. */
bool head_find_note(const struct top *t, char *line, size_t size);

/* Cuts text to the terminal and writes it; the rest of the row is cleared. */
void draw_line(size_t row, enum curses_style style, const char *text);

/* The name of a process, escaped. */
void draw_name(const struct task *task, char name[DRAW_NAME_MAX]);

/* Draws everything. */
void draw_all(struct top *t);

/* Splits text into lines for a pane. */
void draw_open_pane(struct top *t, const char *title);

/* Does what a key means. */
void input_take(struct top *t, int key);

/* Shows the answer to a change, or an explanation. */
void input_answer(struct top *t, enum change_kind kind, enum status status, const char *text);

/*
 * Call it before curses_open(): from then on a signal ends the program only after the terminal is
 * restored. 0 or a negative errno; loop_end() in any case.
 */
int loop_begin(struct top *t);

/* Runs until the user quits or a signal ends it: t->ends_by. The terminal is restored then. */
enum status loop_run(struct top *t);

/* Signals have the effects from before again. */
void loop_end(struct top *t);

/* Lets a signal have its default effect: the program ends by it, or stops until it continues. */
void loop_end_by(int signal_number);
