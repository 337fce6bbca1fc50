/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stderr: what a function prints there, by its descriptor: musl's stderr cannot be assigned. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static int stderr_real;
static FILE *stderr_file;

static void stderr_listen(void)
{
	stderr_file = tmpfile();
	assert_non_null(stderr_file);
	fflush(stderr);
	stderr_real = dup(STDERR_FILENO);
	assert_true(stderr_real > 0 && dup2(fileno(stderr_file), STDERR_FILENO) == STDERR_FILENO);
}

/* What was printed since stderr_listen(); the caller frees it. */
static char *stderr_said(size_t *size)
{
	char *text;
	long len;

	fflush(stderr);
	dup2(stderr_real, STDERR_FILENO);
	close(stderr_real);
	fseek(stderr_file, 0, SEEK_END);
	len = ftell(stderr_file);
	assert_true(len >= 0);
	rewind(stderr_file);
	text = malloc((size_t)len + 1);
	assert_non_null(text);
	*size = fread(text, 1, (size_t)len, stderr_file);
	text[*size] = '\0';
	fclose(stderr_file);
	return text;
}
