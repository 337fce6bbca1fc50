/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nss_odd: a name service that fails, lies or hangs. The file ODD_ANSWER contains "ANSWER WHEN": in
 * each process, calls from number WHEN on get this answer, and earlier calls find no name. Each
 * call adds the name of the program to ODD_CALLS.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ODD_ANSWER "/run/privilege/nss.answer"
#define ODD_CALLS  "/run/privilege/nss.calls"

#define LIE_ID 2003 /* of the caller in tests/lab/privilege.bash */

static void count_call(void)
{
	int fd = open(ODD_CALLS, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "%s\n", program_invocation_short_name);
	close(fd);
}

static enum nss_status answer(int *error)
{
	static int n_calls;
	char word[64] = "", *when;
	int fd = open(ODD_ANSWER, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, word, sizeof(word) - 1);

	close(fd);
	*error = ENOENT;
	/* setpriv, which starts the caller, looks up names too. */
	if (strcmp(program_invocation_short_name, "setpriv") == 0)
		return NSS_STATUS_NOTFOUND;
	count_call();
	when = strchr(word, ' ');
	if (n <= 0 || !when || ++n_calls < atoi(when))
		return NSS_STATUS_NOTFOUND;
	if (strncmp(word, "hang", 4) == 0)
		sleep(1000);
	if (strncmp(word, "lie", 3) == 0)
		return NSS_STATUS_SUCCESS;
	if (strncmp(word, "unavail", 7) == 0)
		return NSS_STATUS_UNAVAIL;
	*error = EAGAIN;
	return strncmp(word, "again", 5) == 0 ? NSS_STATUS_TRYAGAIN : NSS_STATUS_NOTFOUND;
}

static enum nss_status find_user(const char *name, struct passwd *u, int *error)
{
	static char empty[] = "", found[64];
	enum nss_status st = answer(error);

	strncpy(found, name, sizeof(found) - 1);
	*u = (struct passwd){ .pw_name = found, .pw_passwd = empty, .pw_uid = LIE_ID };
	u->pw_gid = LIE_ID;
	u->pw_gecos = u->pw_dir = u->pw_shell = empty;
	return st;
}

static enum nss_status find_group(const char *name, struct group *g, int *error)
{
	static char empty[] = "", found[64], *none[] = { NULL };
	enum nss_status st = answer(error);

	strncpy(found, name, sizeof(found) - 1);
	*g = (struct group){ .gr_name = found,
			     .gr_passwd = empty,
			     .gr_gid = LIE_ID,
			     .gr_mem = none };
	return st;
}

enum nss_status _nss_odd_getpwnam_r(const char *name, struct passwd *u, char *buf, size_t size,
				    int *error);
enum nss_status _nss_odd_getpwuid_r(uid_t uid, struct passwd *u, char *buf, size_t size,
				    int *error);
enum nss_status _nss_odd_getgrnam_r(const char *name, struct group *g, char *buf, size_t size,
				    int *error);
enum nss_status _nss_odd_getgrgid_r(gid_t gid, struct group *g, char *buf, size_t size, int *error);

enum nss_status _nss_odd_getpwnam_r(const char *name, struct passwd *u, char *buf, size_t size,
				    int *error)
{
	(void)buf;
	(void)size;
	return find_user(name, u, error);
}

enum nss_status _nss_odd_getpwuid_r(uid_t uid, struct passwd *u, char *buf, size_t size, int *error)
{
	(void)uid;
	(void)buf;
	(void)size;
	return find_user("odd", u, error);
}

enum nss_status _nss_odd_getgrnam_r(const char *name, struct group *g, char *buf, size_t size,
				    int *error)
{
	(void)buf;
	(void)size;
	return find_group(name, g, error);
}

enum nss_status _nss_odd_getgrgid_r(gid_t gid, struct group *g, char *buf, size_t size, int *error)
{
	(void)gid;
	(void)buf;
	(void)size;
	return find_group("odd", g, error);
}
