/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemctl: what systemctl show prints, as systemd 252 does. */
#include "unit.h"

#include <stdlib.h>

#include "sys/unit/internal.h"

static struct systemctl_units parse(const char *text, size_t n)
{
	struct systemctl_units found = { .text = strdup(text) };

	assert_non_null(found.text);
	unit_number(text, systemctl_parse(found.text, &found), 0);
	unit_number(text, (int64_t)found.n, (int64_t)n);
	return found;
}

static void takes_the_properties_of_each_unit(void **state)
{
	struct systemctl_units found = parse("MainPID=700\n"
					     "ControlGroup=/system.slice/a\\x2db.service\n"
					     "OOMScoreAdjust=-1000\n"
					     "Id=a\\x2db.service\n"
					     "LoadState=loaded\n"
					     "FragmentPath=/etc/systemd/system/a\\x2db.service\n"
					     "DropInPaths=/x/1.conf \"/x/2 3.conf\" /y/4.conf\n"
					     "LoadError=\n"
					     "OOMPolicy=stop\n"
					     "Transient=no\n"
					     "\n"
					     "ControlGroup=\n"
					     "Id=c.slice\n"
					     "LoadState=not-found\n"
					     "LoadError=org.x \"Unit c.slice not found.\"\n"
					     "Transient=yes\n"
					     "MainPID=0\n",
					     2);
	const struct systemctl_unit *u = &found.list[0];
	const char *p = u->dropins;

	(void)state;
	unit_text("id", u->id, "a\\x2db.service");
	unit_text("cgroup", u->cgroup, "/system.slice/a\\x2db.service");
	unit_text("fragment", u->fragment, "/etc/systemd/system/a\\x2db.service");
	unit_text("state", u->load_state, "loaded");
	unit_text("error", u->load_error, "");
	unit_number("adj", u->has_adj ? u->adj : 1, -1000);
	unit_number("transient", u->is_transient, false);
	unit_number("pid", u->main_pid, 700);
	unit_text("policy", u->oom_policy, "stop");
	unit_text("first", p, "/x/1.conf");
	p += strlen(p) + 1;
	unit_text("second", p, "/x/2 3.conf");
	p += strlen(p) + 1;
	unit_text("third", p, "/y/4.conf");
	p += strlen(p) + 1;
	unit_text("end", p, "");
	u++;
	unit_text("id", u->id, "c.slice");
	unit_text("state", u->load_state, "not-found");
	unit_text("error", u->load_error, "org.x \"Unit c.slice not found.\"");
	unit_number("adj", u->has_adj, false);
	unit_number("transient", u->is_transient, true);
	unit_number("pid", u->main_pid, 0);
	unit_text("policy", u->oom_policy, "");
	unit_text("dropins", u->dropins, "");
	systemctl_free(&found);
}

static void splits_quoted_paths(void **state)
{
	static const struct {
		const char *line, *paths; /* each path ends in '|' */
	} cases[] = {
		{ "", "" },
		{ "/a", "/a|" },
		{ "/a /b", "/a|/b|" },
		{ "\"/a\\\\x2db.service.d/c d.conf\"", "/a\\x2db.service.d/c d.conf|" },
		{ "\"/a\\\"b\" /c", "/a\"b|/c|" },
		{ "\"/a", "/a|" },
		{ "\"/a\\", "/a\\|" },
		{ "\"\" /a", "/a|" },
		{ "  /a  ", "/a|" },
		{ "\"", "" },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		char text[256], paths[256] = "";
		struct systemctl_units found;

		/* The next line must not be overwritten. */
		snprintf(text, sizeof(text), "DropInPaths=%s\nId=next\n", cases[i].line);
		found = parse(text, 1);
		for (const char *p = found.list[0].dropins; *p; p += strlen(p) + 1) {
			strcat(paths, p);
			strcat(paths, "|");
		}
		unit_text(cases[i].line, paths, cases[i].paths);
		unit_text(cases[i].line, found.list[0].id, "next");
		systemctl_free(&found);
	}
}

static void ignores_what_is_no_property(void **state)
{
	struct systemctl_units found;

	(void)state;
	found = parse("", 0);
	systemctl_free(&found);
	found = parse("\n\n\nno property\n=\n", 0);
	systemctl_free(&found);
	/* Values out of range and other keys with the same beginning. */
	found = parse("Id=a\nOOMScoreAdjust=1001\nMainPID=99999999999\nIdle=b\nTransient=maybe", 1);
	unit_text("id", found.list[0].id, "a");
	unit_number("adj", found.list[0].has_adj, false);
	unit_number("pid", found.list[0].main_pid, 0);
	unit_number("transient", found.list[0].is_transient, false);
	systemctl_free(&found);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_properties_of_each_unit),
		cmocka_unit_test(splits_quoted_paths),
		cmocka_unit_test(ignores_what_is_no_property),
	};

	return UNIT_RUN(argc, argv, tests);
}
