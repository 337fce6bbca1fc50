/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify: a datagram to a socket by its path or by an abstract name. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/watch/notify.h"

/* What a manager at this name gets. */
static void expect_sent(const char *name, int (*send)(const char *), const char *text,
			const char *want)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char got[256] = "";
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

	strcpy(at.sun_path, name);
	if (*name == '@')
		at.sun_path[0] = '\0';
	else
		len++;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	assert_int_equal(send(text), 0);
	assert_true(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT) > 0);
	unit_text(name, got, want);
	close(fd);
	if (*name != '@')
		unlink(name);
}

static void a_state_is_sent(void **state)
{
	char dir[] = "/tmp/notify.XXXXXX", path[64], abstract[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(abstract, sizeof(abstract), "@oomctl-test-%d", (int)getpid());
	expect_sent(path, notify_send, "READY=1", "READY=1");
	expect_sent(abstract, notify_send, "STOPPING=1", "STOPPING=1");
	/* Its reader has gone. */
	assert_int_equal(notify_send("READY=1"), -ECONNREFUSED);
	rmdir(dir);
}

static void a_name_that_is_none_is_refused(void **state)
{
	char name[200];

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_send("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(notify_send("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(notify_send("READY=1"), -EAFNOSUPPORT);
	setenv("NOTIFY_SOCKET", "@", 1);
	assert_int_equal(notify_send("READY=1"), -EAFNOSUPPORT);
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	assert_int_equal(notify_send("READY=1"), -ENOENT);
	memset(name, '/', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify_send("READY=1"), -ENAMETOOLONG);
}

/* A manager that does not read must not stop the service. */
static void a_full_queue_is_not_waited_for(void **state)
{
	char name[64];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), err = 0;

	(void)state;
	snprintf(name, sizeof(name), "@oomctl-full-%d", (int)getpid());
	strcpy(at.sun_path, name);
	at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	for (int i = 0; i < 5000 && !err; i++)
		err = notify_send("STATUS=busy");
	assert_int_equal(err, -EAGAIN);
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_is_sent),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(a_full_queue_is_not_waited_for),
	};

	return UNIT_RUN(argc, argv, tests);
}
