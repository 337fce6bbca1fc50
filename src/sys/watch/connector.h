/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * connector: process events from the kernel (proc connector, netlink, since Linux 2.6.15). It is
 * only available in the first PID, user and network namespaces; before Linux 6.6 with
 * CAP_NET_ADMIN.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel's numbers (linux/cn_proc.h). Only whole processes are reported, never threads. */
enum connector_what {
	CONNECTOR_FORK = 0x1,
	CONNECTOR_EXEC = 0x2,
	CONNECTOR_UID = 0x4,
	CONNECTOR_COMM = 0x200, /* the name has changed, not by execve(2) */
};

struct connector_event {
	enum connector_what what;
	pid_t pid;        /* of a fork: the child */
	pid_t parent;     /* of a fork; else 0 */
	uint64_t time_ns; /* on CLOCK_MONOTONIC */
};

/* Messages that are read at once, and more bytes than one of any kernel, which has 76. */
#define CONNECTOR_BATCH       64
#define CONNECTOR_MESSAGE_MAX 256

/* Large: not on the stack. */
struct connector {
	int fd;                  /* -1: not open */
	size_t buffer_bytes;     /* of the kernel, for events that were not read yet */
	unsigned long n_skipped; /* messages that were not the kernel's, or not understood */
	char messages[CONNECTOR_BATCH][CONNECTOR_MESSAGE_MAX];
};

/*
 * Subscribes to events, a set of enum connector_what. The kernel keeps buffer_bytes of them, less
 * if the caller has no CAP_NET_ADMIN. 0 or a negative errno, with *why: the reason in words.
 */
int connector_open(struct connector *c, uint32_t events, size_t buffer_bytes, const char **why);

/*
 * Calls found for the events that have arrived, at most CONNECTOR_BATCH. Never waits, and allocates
 * nothing. Returns the number of messages; 0: none; -ENOBUFS: events were lost, those that are
 * left can still be read; other errors: the connector must be opened again.
 */
int connector_read(struct connector *c, void (*found)(void *arg, const struct connector_event *e),
		   void *arg);

void connector_close(struct connector *c);

/*
 * One message as the kernel sends it, with its netlink header; false: no event of a process. A
 * confirmation of a request is none. Pure.
 */
bool connector_parse(const void *message, size_t len, struct connector_event *e);
