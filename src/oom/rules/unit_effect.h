/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit_effect: what systemd does with a unit after the OOM killer has killed a process of it. Pure.
 * The rules are those of systemd's service_notify_cgroup_oom_event(), service_sigchld_event() and
 * service_shall_restart() (src/core/service.c) and scope_notify_cgroup_oom_event() (scope.c).
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* OOMPolicy=, of services since systemd 243 and of scopes since 252; other units have none. */
enum unit_effect_policy { OOM_POLICY_NONE, OOM_POLICY_STOP, OOM_POLICY_KILL, OOM_POLICY_CONTINUE };

/* Restart=, of services. */
enum unit_effect_restart {
	RESTART_NO,
	RESTART_ON_SUCCESS,
	RESTART_ON_FAILURE,
	RESTART_ON_ABNORMAL,
	RESTART_ON_WATCHDOG,
	RESTART_ON_ABORT,
	RESTART_ALWAYS,
	RESTART_UNKNOWN, /* a value that a later systemd may have */
};

/* What the unit does now, from its SubState. */
enum unit_effect_state {
	UNIT_RUNS,
	UNIT_STARTS, /* or one of ExecCondition=, ExecStartPre=, ExecStartPost= runs */
	UNIT_EXITED, /* RemainAfterExit=: without a main process */
	UNIT_RELOADS,
	UNIT_STOPS, /* its processes are being ended, or one of ExecStop=, ExecStopPost= runs */
};

/* What the manager says about a unit. */
struct unit_effect_settings {
	enum unit_effect_state state;
	enum unit_effect_policy policy;
	enum unit_effect_restart restart;
	bool is_service;
	bool has_adj;            /* adj is known */
	int adj;                 /* OOMScoreAdjust=, or what the manager sets without it */
	bool is_ended_by_cgroup; /* ExitType=cgroup: the main process's end does not end it */
	bool kill_is_success;    /* SuccessExitStatus= contains SIGKILL */
	bool kill_prevents;      /* RestartPreventExitStatus= contains SIGKILL */
	bool kill_forces;        /* RestartForceExitStatus= contains SIGKILL */
	bool has_prevents;       /* RestartPreventExitStatus= contains anything */
	bool has_forces;         /* RestartForceExitStatus= contains anything */
	bool ignores_main;       /* "-" before the command of the main process */
	bool has_next;         /* Type=oneshot: another command follows that of the main process */
	bool ignores_control;  /* "-" before the command of the control process */
	bool stays_active;     /* RemainAfterExit= */
	bool sends_no_kill;    /* SendSIGKILL=no: a stop can leave processes */
	bool keeps_others;     /* KillMode=process or none: a stop leaves other processes */
	uint64_t restart_usec; /* from the end to the restart */
	uint64_t since_start_usec;
	uint64_t limit_interval_usec; /* StartLimitIntervalSec= */
	uint32_t limit_burst;         /* StartLimitBurst= */
	uint32_t n_restarts;          /* since it was started by hand */
	pid_t control_pid;            /* of ExecStartPre=, ExecReload= and others; 0: none */
	pid_t main_pid;               /* 0: none */
	pid_t last_main_pid;          /* also of a unit that has ended; 0: none */
	char result[24];              /* its Result until now, such as "success" */
	char cgroup[PATH_MAX];        /* "": it has no processes */
};

/* Whether the kill includes the unit's main process. */
enum unit_effect_main {
	MAIN_NO,
	MAIN_YES,
	MAIN_UNKNOWN,
	MAIN_CONTROL, /* no, but the control process */
	MAIN_ALL,     /* it is of all processes of the unit */
};

enum unit_effect_kind {
	UNIT_CONTINUES,
	UNIT_STOPPED, /* by systemd, because of OOMPolicy=stop */
	UNIT_KILLED,  /* all processes, because of OOMPolicy=kill */
	/* Its main process was killed, the control process of its start, or the last one. */
	UNIT_ENDED,
	/* The same, if the victim was its main process, or its last one; else it continues. */
	UNIT_ENDED_MAYBE,
	UNIT_CHANGES, /* it stops or reloads already, and what follows is unknown */
};

/* Why it is unknown whether the unit is restarted. */
enum unit_effect_doubt {
	RESTART_CERTAIN,
	RESTART_BY_SETTING, /* a value that a later systemd may have */
	RESTART_BY_STATUS,  /* the exit status of the main process decides */
	RESTART_BY_OTHERS,  /* SendSIGKILL=no: not if processes remain */
	RESTART_BY_LIMIT,   /* StartLimitBurst= may be reached */
	RESTART_BY_STATE,   /* UNIT_CHANGES */
	RESTART_BY_RESULT,  /* how its main process ended before */
};

struct unit_effect {
	enum unit_effect_kind kind;
	bool is_restarted; /* of UNIT_ENDED_MAYBE: if ended */
	enum unit_effect_doubt doubt;
	const char *result; /* the unit's Result afterwards; NULL: unchanged, or unknown */
};

/* The value of a property; OOM_POLICY_NONE, RESTART_UNKNOWN: another. */
enum unit_effect_policy unit_effect_parse_policy(const char *text);
enum unit_effect_restart unit_effect_parse_restart(const char *text);

/* As in a unit file; NULL: none, or unknown. */
const char *unit_effect_policy_text(enum unit_effect_policy policy);
const char *unit_effect_restart_text(enum unit_effect_restart restart);

/* A word for programs: "continues", "stopped", "killed", "ended"; NULL: it depends. */
const char *unit_effect_kind_text(enum unit_effect_kind kind);

/*
 * sees_kills: the unit's cgroup has memory.events, which systemd reads; else it sees only that its
 * children end.
 */
struct unit_effect unit_effect_find(const struct unit_effect_settings *s, bool sees_kills,
				    enum unit_effect_main main);

/* Whether not the end of its main process ends the unit, but that of its last process. */
bool unit_effect_ends_with_last(const struct unit_effect_settings *s, enum unit_effect_main main);
