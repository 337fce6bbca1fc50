/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanopt: the option on how the processes are read, and the census where that is the way. */
#include "cmd/shared/scanopt.h"

#include <string.h>

#include "base/msg.h"
#include "sys/bpf/check.h"

enum { OPT_SCAN = OPT_LONG + 150 };

const struct opt scanopt_opts[] = {
	{ OPT_SCAN, "scan", "WAY", "read processes by auto, proc, bpf (default: auto)" },
	{ 0, NULL, NULL, NULL },
};

int scanopt_take(struct scanopt *o, const struct args *a, int key)
{
	static const char *const ways[] = {
		[SCANOPT_AUTO] = "auto",
		[SCANOPT_PROC] = "proc",
		[SCANOPT_BPF] = "bpf",
	};

	if (key != OPT_SCAN)
		return 0;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(a->value, ways[i]))
			continue;
		o->way = (enum scanopt_way)i;
		return 1;
	}
	args_error(a, "--scan takes auto, proc or bpf, not '%s'", a->value);
	return -1;
}

static enum status refuse(const struct scanopt *o, enum status st, const char *words)
{
	if (o->way == SCANOPT_BPF) {
		msg_error("cannot read the processes by BPF: %s", words);
		return st;
	}
	msg_detail("reading /proc: no census by BPF: %s", words);
	return ST_OK;
}

enum status scanopt_count(struct scanopt *o, const struct ctx *cx, size_t pays_from)
{
	char words[CENSUS_WORDS];
	size_t n;

	if (o->way == SCANOPT_PROC)
		return ST_OK;
	if (!privilege_can_count(cx->privilege))
		return refuse(
			o, ST_DENIED,
			"it takes CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, of the caller's own");
	if (census_look(&n, words))
		return refuse(o, ST_BROKEN, words);
	if (o->way == SCANOPT_AUTO && n < pays_from)
		return refuse(o, ST_OK, "with so few processes it does not pay");
	if (census_take(&o->census, n, words) || census_check(&o->census, words)) {
		census_free(&o->census);
		return refuse(o, ST_BROKEN, words);
	}
	o->has_census = true;
	msg_detail("a census by BPF: %s", o->census.way);
	return ST_OK;
}

const struct census *scanopt_census(const struct scanopt *o)
{
	return o->has_census ? &o->census : NULL;
}

void scanopt_free(struct scanopt *o)
{
	census_free(&o->census);
	o->has_census = false;
}
