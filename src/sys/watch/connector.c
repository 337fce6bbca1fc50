/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connector: process events from the kernel (proc connector). */
#include "sys/watch/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* The kernel confirms while sendto(2) runs; before Linux 2.6.39 a little later. */
#define CONFIRM_MS 200

/* Offsets in a message. */
#define AT_EVENT (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define AT_WHAT  (AT_EVENT + offsetof(struct proc_event, what))
#define AT_DATA  (AT_EVENT + offsetof(struct proc_event, event_data))

/* A request; since Linux 6.6 with the events that are wanted (struct proc_input). */
struct connector_request {
	struct nlmsghdr netlink;
	struct cb_id id; /* this and what follows, up to op: struct cn_msg */
	uint32_t seq, ack;
	uint16_t len, flags;
	uint32_t op, events;
};

bool connector_parse(const void *message, size_t len, struct connector_event *e)
{
	struct nlmsghdr netlink;
	struct proc_event event;
	struct cn_msg cn;
	pid_t task;

	if (len < AT_DATA + 4 * sizeof(pid_t))
		return false;
	memcpy(&netlink, message, sizeof(netlink));
	memcpy(&cn, (const char *)message + NLMSG_HDRLEN, sizeof(cn));
	memset(&event, 0, sizeof(event));
	len -= AT_EVENT;
	memcpy(&event, (const char *)message + AT_EVENT, len < sizeof(event) ? len : sizeof(event));
	if (netlink.nlmsg_type != NLMSG_DONE || cn.id.idx != CN_IDX_PROC ||
	    cn.id.val != CN_VAL_PROC || cn.len > len)
		return false;
	memset(e, 0, sizeof(*e));
	e->what = (enum connector_what)event.what;
	e->time_ns = event.timestamp_ns;
	switch (event.what) {
	case PROC_EVENT_FORK:
		task = event.event_data.fork.child_pid;
		e->pid = event.event_data.fork.child_tgid;
		e->parent = event.event_data.fork.parent_tgid;
		break;
	/* Those of the others begin with the same two members. */
	case PROC_EVENT_EXEC:
	case PROC_EVENT_UID:
	case PROC_EVENT_COMM:
		task = event.event_data.exec.process_pid;
		e->pid = event.event_data.exec.process_tgid;
		break;
	default:
		return false;
	}
	return task == e->pid && e->pid > 0 && e->parent >= 0;
}

/*
 * Lets only the wanted events of whole processes in, and confirmations: others neither wake this
 * process nor take room. Since Linux 6.6 most of them are not even sent.
 */
static int attach_filter(int fd, uint32_t events)
{
	struct sock_filter code[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_WHAT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROC_EVENT_NONE, 10, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htonl(events), 0, 10),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 0, 4),
		/* 4: the child's task and process. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + 8),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + 12),
		BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0),
		/* 8: those of any other event. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_DATA + 4),
		/* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

/* token: the answer has the next number. size: 8 with the events, 4 without. */
static int request(int fd, uint32_t op, uint32_t events, uint16_t size, uint32_t token)
{
	struct connector_request r = { .op = op, .events = events };
	size_t len = offsetof(struct connector_request, op) + size;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	r.netlink.nlmsg_len = (uint32_t)len;
	r.netlink.nlmsg_type = NLMSG_DONE;
	r.id.idx = CN_IDX_PROC;
	r.id.val = CN_VAL_PROC;
	r.ack = token;
	r.len = size;
	return sendto(fd, &r, len, MSG_NOSIGNAL, (struct sockaddr *)&kernel, sizeof(kernel)) < 0
		       ? -errno
		       : 0;
}

/* Whether this is the kernel's answer to the request, and its error. It has another seq. */
static bool is_answer(const char *message, ssize_t len, uint32_t token, int *err)
{
	struct proc_event event;
	struct cn_msg cn;

	if (len < (ssize_t)(AT_DATA + sizeof(event.event_data.ack)))
		return false;
	memset(&event, 0, sizeof(event));
	memcpy(&cn, message + NLMSG_HDRLEN, sizeof(cn));
	memcpy(&event, message + AT_EVENT, AT_DATA - AT_EVENT + sizeof(event.event_data.ack));
	*err = -(int)event.event_data.ack.err;
	return event.what == PROC_EVENT_NONE && cn.ack == token + 1;
}

/* Waits for the answer; -ETIMEDOUT: there is none. Events that precede it are dropped. */
static int await_answer(int fd, uint32_t token)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t end = clock_ms() + CONFIRM_MS, left;
	char message[CONNECTOR_MESSAGE_MAX];
	int err = 0;

	while ((left = end - clock_ms()) > 0) {
		struct sockaddr_nl from = { 0 };
		socklen_t size = sizeof(from);
		ssize_t n;

		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		n = recvfrom(fd, message, sizeof(message), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &size);
		if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return -errno;
		if (n > 0 && from.nl_pid == 0 && is_answer(message, n, token, &err))
			return err;
	}
	return -ETIMEDOUT;
}

/*
 * For all events first, because that is confirmed by every kernel. Linux 6.6 and later then accept
 * which events are wanted, without an answer; others ignore a message of this size.
 */
static int subscribe(struct connector *c, uint32_t events)
{
	uint32_t token = (uint32_t)getpid() ^ (uint32_t)clock_ms();
	int err = request(c->fd, PROC_CN_MCAST_LISTEN, 0, 4, token);

	if (!err)
		err = await_answer(c->fd, token);
	return err ? err : request(c->fd, PROC_CN_MCAST_LISTEN, events, 8, token);
}

static void set_buffer(struct connector *c, size_t bytes)
{
	int size = (int)bytes;
	socklen_t len = sizeof(size);

	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* The kernel doubles it for its own bookkeeping (socket(7)). */
	if (getsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, &len) == 0)
		c->buffer_bytes = (size_t)size / 2;
}

static const char *explain(int err)
{
	switch (err) {
	case -EPROTONOSUPPORT:
		return "this kernel has no connector (CONFIG_CONNECTOR)";
	case -EPERM:
	case -EACCES:
		return "it needs CAP_NET_ADMIN before Linux 6.6";
	case -ECONNREFUSED:
		return "it is only available in the first network namespace";
	case -ETIMEDOUT:
		return "the kernel does not answer: it has no CONFIG_PROC_EVENTS, or this is not "
		       "the first PID and user namespace, as in a container";
	default:
		return strerror(-err);
	}
}

int connector_open(struct connector *c, uint32_t events, size_t buffer_bytes, const char **why)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int err;

	memset(c, 0, sizeof(*c));
	c->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	err = c->fd < 0 ? -errno : attach_filter(c->fd, events);
	if (!err) {
		set_buffer(c, buffer_bytes);
		err = bind(c->fd, (struct sockaddr *)&group, sizeof(group)) ? -errno : 0;
	}
	if (!err)
		err = subscribe(c, events);
	if (!err)
		return 0;
	*why = explain(err);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	return err;
}

int connector_read(struct connector *c, void (*found)(void *arg, const struct connector_event *e),
		   void *arg)
{
	struct sockaddr_nl from[CONNECTOR_BATCH];
	struct iovec parts[CONNECTOR_BATCH];
	struct mmsghdr list[CONNECTOR_BATCH];
	struct connector_event e;
	int n;

	memset(list, 0, sizeof(list));
	for (size_t i = 0; i < CONNECTOR_BATCH; i++) {
		parts[i] = (struct iovec){ c->messages[i], CONNECTOR_MESSAGE_MAX };
		list[i].msg_hdr.msg_iov = &parts[i];
		list[i].msg_hdr.msg_iovlen = 1;
		list[i].msg_hdr.msg_name = &from[i];
		list[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	n = recvmmsg(c->fd, list, CONNECTOR_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		/* Other processes can send to the group, too; the kernel is number 0. */
		if (from[i].nl_pid == 0 && connector_parse(c->messages[i], list[i].msg_len, &e))
			found(arg, &e);
		else
			c->n_skipped++;
	}
	return n;
}

void connector_close(struct connector *c)
{
	if (c->fd < 0)
		return;
	/* Before Linux 6.6 the kernel goes on making events after the socket is closed. */
	request(c->fd, PROC_CN_MCAST_IGNORE, 0, 4, 0);
	close(c->fd);
	c->fd = -1;
}
