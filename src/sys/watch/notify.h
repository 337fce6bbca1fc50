/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify: tells the service manager the state of this service, as sd_notify(3) does. */
#pragma once

/*
 * Sends text, lines such as "READY=1", to the socket that the environment names in NOTIFY_SOCKET.
 * 0, also if there is none: no service manager is waiting. -EAFNOSUPPORT: the name is neither an
 * absolute path nor an abstract name that begins with '@'. -EAGAIN: the manager did not read for a
 * second. Others as socket(2) and send(2).
 */
int notify_send(const char *text);

/* "RELOADING=1", with the time of the request. Send "READY=1" when the reload is done. */
int notify_reloading(void);
