/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_name: names of systemd units, as in systemd.unit(5). Pure. */
#pragma once

#include <limits.h>
#include <stdbool.h>

/* Bytes of a name with its NUL. systemd accepts 255; "NAME.d" must also be the name of a file. */
#define UNIT_NAME_SIZE (NAME_MAX - 1)

/*
 * Copies word to name, and appends ".service" if it does not end in a type of unit, as systemctl
 * does. 0, or -EINVAL: no valid name of a unit; *why is the reason.
 */
int unit_name_complete(const char *word, char name[UNIT_NAME_SIZE], const char **why);

/* Whether systemd accepts all of its characters; none of them needs to be escaped. */
bool unit_name_has_valid_bytes(const char *name);

/* Whether word is a pattern for several names. */
bool unit_name_is_pattern(const char *word);

/* The type without the dot, such as "service". name: complete. */
const char *unit_name_type(const char *name);

/* The section of a unit file that can contain OOMScoreAdjust=; NULL: this type has none. */
const char *unit_name_section(const char *name);

/* "a@.service" */
bool unit_name_is_template(const char *name);

/* The name of an instance of a template. 0, or -ENAMETOOLONG. */
int unit_name_instance(const char *template, const char *instance, char name[UNIT_NAME_SIZE]);

/* The template of the instance "a@b.service": "a@.service". name: with an '@'. */
void unit_name_template(const char *name, char template[UNIT_NAME_SIZE]);
