/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_name: names of systemd units, as in systemd.unit(5). */
#include "sys/unit/unit_name.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *type, *section;
} types[] = {
	{ "service", "Service" }, { "socket", "Socket" }, { "mount", "Mount" },  { "swap", "Swap" },
	{ "scope", NULL },        { "slice", NULL },      { "target", NULL },    { "timer", NULL },
	{ "path", NULL },         { "device", NULL },     { "automount", NULL },
};

/* Its entry; NULL: the name ends in no type. */
static const char *find_type(const char *name, const char **section)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(dot + 1, types[i].type) != 0)
			continue;
		*section = types[i].section;
		return types[i].type;
	}
	return NULL;
}

bool unit_name_is_pattern(const char *word)
{
	return strpbrk(word, "*?[") != NULL;
}

bool unit_name_has_valid_bytes(const char *name)
{
	static const char valid[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";

	return !name[strspn(name, valid)];
}

int unit_name_complete(const char *word, char name[UNIT_NAME_SIZE], const char **why)
{
	const char *section, *suffix = find_type(word, &section) ? "" : ".service";

	*why = NULL;
	if (!*word)
		*why = "it is empty";
	else if (*word == '@' || (*word == '.' && !*suffix && strrchr(word, '.') == word))
		*why = "nothing precedes the '@' or the type";
	else if (!unit_name_has_valid_bytes(word))
		*why = "only letters, digits and :-_.\\@ are allowed (see systemd-escape(1))";
	else if (strlen(word) + strlen(suffix) >= UNIT_NAME_SIZE)
		*why = "it has more than 253 bytes, too many for a directory of drop-ins";
	if (*why)
		return -EINVAL;
	return snprintf(name, UNIT_NAME_SIZE, "%s%s", word, suffix) > 0 ? 0 : -EINVAL;
}

const char *unit_name_type(const char *name)
{
	const char *section, *type = find_type(name, &section);

	return type ? type : "";
}

const char *unit_name_section(const char *name)
{
	const char *section = NULL;

	return find_type(name, &section) ? section : NULL;
}

bool unit_name_is_template(const char *name)
{
	const char *at = strchr(name, '@');

	return at && at + 1 == strrchr(name, '.');
}

int unit_name_instance(const char *template, const char *instance, char name[UNIT_NAME_SIZE])
{
	int prefix = (int)(strchr(template, '@') - template) + 1;
	int n = snprintf(name, UNIT_NAME_SIZE, "%.*s%s%s", prefix, template, instance,
			 template + prefix);

	return n < UNIT_NAME_SIZE ? 0 : -ENAMETOOLONG;
}

void unit_name_template(const char *name, char template[UNIT_NAME_SIZE])
{
	snprintf(template, UNIT_NAME_SIZE, "%.*s%s", (int)(strchr(name, '@') - name) + 1, name,
		 strrchr(name, '.'));
}
