# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of oomctl for fish.

# The command: the first word, or rank if that is an option or missing.
function __oomctl_command
    set -l words (commandline -opc)
    set -l word $words[2]
    switch "$word"
        case '' '-*' ls list
            echo rank
        case show
            echo get
        case '*'
            echo $word
    end
end

function __oomctl_is
    contains -- (__oomctl_command) $argv
end

# The words after the options of run, or after --exec: COMMAND and its arguments.
function __oomctl_wrapped
    set -l words (commandline -opc)
    if __oomctl_is log
        set -l at (contains -i -- --exec $words)
        or return
        set -e words[1..$at]
        set -q words[1]
        and printf '%s\n' $words
        return
    end
    set -e words[1..2]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case -n --adjust --color
                set -e words[1]
                set -e words[1]
            case '-*'
                set -e words[1]
            case '*'
                break
        end
    end
    set -q words[1]
    and printf '%s\n' $words
end

# Whether the current word belongs to oomctl, not to COMMAND.
function __oomctl_is_ours
    if __oomctl_is log
        not contains -- --exec (commandline -opc)
        return
    end
    not __oomctl_is run
    or begin
        test (count (__oomctl_wrapped)) -eq 0
        and not contains -- -- (commandline -opc)
    end
end

function __oomctl_complete_wrapped
    set -l words (__oomctl_wrapped)
    set -l word (commandline -ct)
    if set -q words[1]
        complete -C (string join ' ' -- (string escape -- $words))" $word"
    else if not string match -q -- '-*' $word
        complete -C " $word"
    end
end

# Whether the first operand of set, the adj, is missing.
function __oomctl_wants_adj
    __oomctl_is set
    or return 1
    set -l words (commandline -opc)
    set -e words[1..2]
    while set -q words[1]
        switch $words[1]
            case '-n*' '--adjust*' '--by*'
                return 1
            case -p --pid --name --user --unit --container --cgroup --exe --cmdline --parent --with-adj --pidfile --color
                set -e words[1]
            case '-*'
                # A word of - and digits is the adj.
                string match -qr '^-[0-9]' -- $words[1]
                and return 1
            case '*'
                return 1
        end
        set -e words[1]
    end
end

function __oomctl_adjs
    printf '%s\n' \
        -1000\t'never killed' \
        -999\t'killed last' \
        -500\t'subtracts half of RAM plus swap' \
        -100\t'subtracts a tenth of RAM plus swap' \
        0\t'the default' \
        100\t'adds a tenth of RAM plus swap' \
        500\t'adds half of RAM plus swap' \
        1000\t'killed first'
end

function __oomctl_settings
    set -l name (commandline -ct | string replace -r '=.*' '')
    switch (string replace -r '^(vm|kernel)\.' '' -- "$name")
        case panic_on_oom
            printf '%s\t%s\n' $name=0 'kill a process' \
                $name=1 'panic, unless only a part of memory is short' $name=2 'always panic'
        case oom_kill_allocating_task
            printf '%s\t%s\n' $name=0 'kill the process with the most points' \
                $name=1 'kill the process that requests memory'
        case oom_dump_tasks
            printf '%s\t%s\n' $name=0 'do not log processes' $name=1 'log processes'
        case panic
            printf '%s\t%s\n' $name=0 'stay down after a panic' $name=10 'reboot 10 seconds after a panic'
        case overcommit_memory
            printf '%s\t%s\n' $name=0 'refuse only requests for more than RAM plus swap' \
                $name=1 'refuse no request' $name=2 'refuse requests above the commit limit'
        case '*'
            printf '%s\n' panic_on_oom= oom_kill_allocating_task= oom_dump_tasks= panic= \
                overcommit_memory= overcommit_ratio= overcommit_kbytes= min_free_kbytes=
    end
end

# Whether the current word is the first.
function __oomctl_at_first
    test (count (commandline -opc)) -eq 1
end

# Any user can choose a name, so other characters than those of a plain word become ?.
function __oomctl_pids
    grep -a . (string match -r '^/proc/[0-9]+/comm$' /proc/*/comm) 2>/dev/null |
        string replace -rf '^/proc/([0-9]+)/comm:(.*)' '$1\t$2' |
        string replace -ra '[^[:alnum:]\t_.-]' '?'
end

# PID=, before a value.
function __oomctl_pids_with_value
    __oomctl_pids | string replace -r '\t' '=\t'
end

# PID=, then ADJ.
function __oomctl_pids_with_adj
    set -l pid (commandline -ct | string match -r '\d+=')
    or begin
        __oomctl_pids_with_value
        return
    end
    string join \n -- $pid(__oomctl_adjs)
end

function __oomctl_names
    cat (string match -r '^/proc/[0-9]+/comm$' /proc/*/comm) 2>/dev/null |
        string match -r '^[[:alnum:]_.][[:alnum:]_.-]*$' | sort -u
end

# The plain components of all cgroup paths.
function __oomctl_cgroup_parts
    cat (string match -r '^/proc/[0-9]+/cgroup$' /proc/*/cgroup) 2>/dev/null | string split / |
        string match -r '^[[:alnum:]_.@\\\\][[:alnum:]_.@\\\\-]*$' | sort -u
end

function __oomctl_units
    __oomctl_cgroup_parts | string replace -rf '^_?(.+\.(service|scope|socket|mount|swap))$' '$1'
end

# Short IDs, and names that are in the path.
function __oomctl_containers
    __oomctl_cgroup_parts | string match -rv 'conmon-|\\\\' |
        string replace -rf '^(?:[a-z-]*-)?([0-9a-f]{12})[0-9a-f]{20,52}(?:\.scope)?$|^lxc\.payload\.(.+)$|^machine-(.+)\.scope$' '$1$2$3'
end

# Paths as in /proc/PID/cgroup, or below the mount point. A newline or a tab would split a name.
function __oomctl_cgroups
    set -l top /sys/fs/cgroup
    set -l word (commandline -ct | string replace -r '^--cgroup=' '' | string unescape)
    test -e $top/cgroup.controllers
    or set top $top/memory
    if string match -q '/sys/fs/cgroup*' -- $word
        set top ''
    end
    for dir in $top$word*/
        string match -qr '^[[:alnum:]_./@%+:,\\\\-]+\z' -- $dir
        and string replace -- "$top" '' $dir
    end
end

function __oomctl_columns
    printf '%s\n' \
        place\t'rank, the position in the kill order' \
        pid\t'thread that holds the memory' \
        tgid\t'process ID' \
        ppid\t'PID of the parent' \
        user\t'real user' \
        uid\t'real user ID' \
        name\t'process name in the kernel' \
        state\tstate \
        threads\t'number of threads' \
        score\t'value of oom_score' \
        adj\t"adj on the running kernel's scale" \
        oom_score_adj\t'adj from -1000 to 1000' \
        oom_adj\t'adj on the old scale, -17 to 15' \
        points\tbadness \
        bar\t'points relative to those of rank 1' \
        share\t'points as a share of RAM plus swap' \
        total_vm\t'address space' \
        rss\t'resident memory' \
        rss_anon\t'anonymous part of rss' \
        rss_file\t'file-backed part of rss' \
        rss_shmem\t'shared memory part of rss' \
        swap\t'memory in swap' \
        pgtables\t'page tables' \
        unit\t'systemd unit' \
        container\t'name of the container, or its short ID' \
        cgroup\t'memory cgroup' \
        exe\t'path of the executable' \
        cmdline\t'command line' \
        start\t'start time, in local time' \
        reason\t'why it is unkillable'
end

# Completes the last column of a list, without the columns it has. The first can follow a sign.
function __oomctl_column_list
    set -l word (commandline -ct | string replace -r '^(--(output|sort)=|-o)' '')
    set -l done (string match -r '^(?:.*,|[+-])' -- "$word")
    set -l columns (__oomctl_columns)
    if __oomctl_is sysctl
        set columns name\t'the setting' value\t'its value' meaning\t'what the kernel does' \
            now\t'its effect on this machine now'
    else if __oomctl_is log
        set columns nr time where asked pid name user unit rss adj largest result by seconds uptime file host \
            kernel kind cgroup task_cgroup cpuset pod qos container asked_pid asked_adj order gfp uid rss_anon rss_file rss_shmem swap \
            pgtables total_vm score points place tasks chosen chosen_pid limit usage reaped
    end
    if __oomctl_is predict
        set columns place pid tgid user name adj points margin next dies kill_set frees \
            sure doubt rivals chosen cgroup unit oom_policy unit_effect restart restarted other_units decided_by was_pid was_name was_points was_sure
    end
    if __oomctl_is rules
        set columns file line action adj children enforce matches decides forked differ changed rule
    end
    if __oomctl_is audit
        set columns severity name subject reason fix
    end
    set -l used (string split , -- (string trim -lc '+-' -- "$done"))
    for column in $columns
        contains -- (string split -f 1 \t -- $column) $used
        or echo -- "$done$column"
    end
end

complete -c oomctl -f

complete -c oomctl -n __oomctl_at_first -a rank -d 'Show processes in kill order, the next victim first'
complete -c oomctl -n __oomctl_at_first -a get -d 'Show adj, score, points, and rank of processes'
complete -c oomctl -n __oomctl_at_first -a set -d 'Set the adj of processes'
complete -c oomctl -n __oomctl_at_first -a protect -d 'Protect processes from the OOM killer (killed last)'
complete -c oomctl -n __oomctl_at_first -a unprotect -d 'Restore the adj saved by protect'
complete -c oomctl -n __oomctl_at_first -a run -d 'Run COMMAND with a given adj'
complete -c oomctl -n __oomctl_at_first -a explain -d 'Explain the rank of processes, and what would change it'
complete -c oomctl -n __oomctl_at_first -a predict -d 'Predict which processes the OOM killer would choose'
complete -c oomctl -n __oomctl_at_first -a sysctl -d "Show or set the kernel's OOM settings"
complete -c oomctl -n __oomctl_at_first -a log -d 'Show past OOM kills, and why each victim was chosen'
complete -c oomctl -n __oomctl_at_first -a rules -d 'Show the standing rules and what they match'
complete -c oomctl -n __oomctl_at_first -a apply -d 'Apply the standing rules once to all processes'
complete -c oomctl -n __oomctl_at_first -a watch -d 'Keep applying the standing rules to new processes'
complete -c oomctl -n __oomctl_at_first -a audit -d 'Check whether the OOM configuration makes sense'
complete -c oomctl -n __oomctl_at_first -a metrics -d 'Print metrics for Prometheus'
complete -c oomctl -n __oomctl_at_first -a policy -d 'Show what the policy permits the caller'
complete -c oomctl -n __oomctl_at_first -a group -d 'Show or set whether a cgroup is killed as a group'
complete -c oomctl -n __oomctl_at_first -a top -d 'Show the kill order and memory live, and change adj'
complete -c oomctl -n __oomctl_at_first -a help -d 'Show all commands, or the options of COMMAND'
complete -c oomctl -n __oomctl_at_first -a dump -d "Run systemd-oomd's oomctl dump"

set -l ranks '__oomctl_is rank'
complete -c oomctl -n "$ranks" -s t -l top -x -d 'Show the first N'
complete -c oomctl -n "$ranks" -s a -l all -d 'Show all processes, unkillable ones last'
complete -c oomctl -n "$ranks" -l sort -x -a '(__oomctl_column_list)' -d 'Sort by a column'
complete -c oomctl -n "$ranks" -l format -x -a 'kernel kernel=' -d 'Print as the task dump of a kernel'

complete -c oomctl -n __oomctl_wants_adj -a '(__oomctl_adjs)'
complete -c oomctl -n '__oomctl_is set protect; or __oomctl_is run; and __oomctl_is_ours' -s n -l adjust -x \
    -a '(__oomctl_adjs)' -d 'Adj to set'
complete -c oomctl -n '__oomctl_is set' -l by -x -d 'Add to the current adj'
complete -c oomctl -n '__oomctl_is set' -l oom-adj -d 'Value is on the old scale'
complete -c oomctl -n '__oomctl_is set protect unprotect sysctl apply' -l dry-run -d 'Only show what would change'
complete -c oomctl -n '__oomctl_is set protect' -l persist -d 'With --unit: also for each later start of the unit'
complete -c oomctl -n '__oomctl_is unprotect' -l persist -d 'With --unit: remove what --persist has stored'
complete -c oomctl -n '__oomctl_is set protect unprotect' -l force -d 'Also change init and kernel threads'
complete -c oomctl -n '__oomctl_is unprotect' -l reset -d 'Set adj to 0 if there is no saved value'
complete -c oomctl -n '__oomctl_is protect' -l never -d 'Set adj to -1000: never killed'

complete -c oomctl -n '__oomctl_is run; and __oomctl_is_ours' -l protect -d 'Set adj to -999: killed last'
complete -c oomctl -n '__oomctl_is run; and __oomctl_is_ours' -l never -d 'Set adj to -1000: never killed'
complete -c oomctl -n '__oomctl_is run; and __oomctl_is_ours' -l best-effort -d 'Run COMMAND even if adj cannot be set'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is run' -a '(__oomctl_complete_wrapped)'

complete -c oomctl -n '__oomctl_is explain' -s J -l json -d 'Print JSON'

set -l predicts '__oomctl_is predict'
complete -c oomctl -n "$predicts" -l kills -x -d 'Predict the first N kills'
complete -c oomctl -n "$predicts" -l cgroup -x -a '(__oomctl_cgroups)' -d 'For this memory cgroup at its limit'
complete -c oomctl -n "$predicts" -l if -x -a '(__oomctl_pids_with_adj)' -d 'Assume that the process has this adj'
complete -c oomctl -n "$predicts" -l if-gone -x -a '(__oomctl_pids)' -d 'Assume that these have exited, separated by commas'
complete -c oomctl -n "$predicts" -l if-grows -x -a '(__oomctl_pids_with_value)' -d 'Assume this much more memory'
complete -c oomctl -n "$predicts" -l kernel -x -d 'Apply the rules of another version of Linux'

complete -c oomctl -n '__oomctl_is sysctl' -l persist -d 'Also store the values for the next boot'
complete -c oomctl -n '__oomctl_is sysctl' -s w -l write -d 'All arguments set values'
complete -c oomctl -n '__oomctl_is sysctl' -s n -l values -d 'Print only values'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is sysctl' -a '(__oomctl_settings)'

set -l targets '__oomctl_is rank get set protect unprotect explain'
complete -c oomctl -n "not __oomctl_at_first; and not __oomctl_wants_adj; and $targets" -a '(__oomctl_pids)'
complete -c oomctl -n "$targets" -s p -l pid -x -a '(__oomctl_pids)' -d 'These PIDs'
complete -c oomctl -n "$targets" -l name -x -a '(__oomctl_names)' -d 'Processes whose name matches'
complete -c oomctl -n "$targets" -l user -x -a '(__fish_complete_users)' -d 'Processes of a user'
complete -c oomctl -n "$targets" -l unit -x -a '(__oomctl_units)' -d 'Processes of a systemd unit'
complete -c oomctl -n "$targets" -l container -x -a '(__oomctl_containers)' -d 'Processes of a container'
complete -c oomctl -n "$targets" -l cgroup -x -a '(__oomctl_cgroups)' -d 'Processes of a cgroup and below'
complete -c oomctl -n "$targets" -l exe -r -F -d 'Processes of an executable'
complete -c oomctl -n "$targets" -l cmdline -x -d 'Processes whose command line matches'
complete -c oomctl -n "$targets" -l parent -x -a '(__oomctl_pids)' -d 'Children of these PIDs'
complete -c oomctl -n "$targets" -l with-adj -x -d 'Processes with an adj in this range'
complete -c oomctl -n "$targets" -l pidfile -r -F -d 'Process whose PID is in a file'
complete -c oomctl -n "$targets" -l tree -d 'Include their descendants'

set -l logs '__oomctl_is log'
complete -c oomctl -n "not __oomctl_at_first; and $logs" -F
complete -c oomctl -n "$logs" -s s -l show -x -a last -d 'Show a report in detail'
complete -c oomctl -n "$logs" -l kernel-table -d "A report's table in the kernel's order"
complete -c oomctl -n "$logs" -s p -l pid -x -d 'Kills of these processes'
complete -c oomctl -n "$logs" -l name -x -d 'Kills of processes whose name matches'
complete -c oomctl -n "$logs" -l cgroup -x -a '(__oomctl_cgroups)' -d 'Reports of a memory cgroup and of those below it'
complete -c oomctl -n "$logs" -l since -x -a 'today yesterday 1h 1d' -d 'From this time on'
complete -c oomctl -n "$logs" -l until -x -a 'today yesterday 1h 1d' -d 'Up to this time'
complete -c oomctl -n "$logs" -l last -x -d 'The last N kills'
complete -c oomctl -n "$logs" -l worst -d "Sort by the victims' memory"
complete -c oomctl -n "$logs" -s f -l follow -d 'Follow new kernel messages'
complete -c oomctl -n "$logs" -l exec -x -a '(__oomctl_complete_wrapped)' -d 'Run a command for each kill'
complete -c oomctl -n "$logs; and not __oomctl_is_ours" -a '(__oomctl_complete_wrapped)'
complete -c oomctl -n "$logs" -l timeout -x -d 'End the command after this time'
complete -c oomctl -n "$logs" -l state -x -d 'Which kills were passed to the command'
complete -c oomctl -n "$logs" -l histogram -x -a 'hour day name unit cgroup' -d 'Kills per hour, day, name, unit or cgroup'

complete -c oomctl -n '__oomctl_is rank get explain predict sysctl rules apply metrics top' -l scan -x -a 'auto proc bpf' \
    -d 'How to read processes'

set -l lists '__oomctl_is rank get predict sysctl log rules audit'
complete -c oomctl -n "$lists" -s o -l output -x -a '(__oomctl_column_list)' -d 'The columns to show'
complete -c oomctl -n "$lists" -l output-all -d 'Show all columns'
complete -c oomctl -n "$lists" -l noheadings -d 'Do not print headings'
complete -c oomctl -n "$lists" -s r -l raw -d 'Space-separated raw values, sizes in bytes'
complete -c oomctl -n "$lists" -s J -l json -d 'Print JSON'
complete -c oomctl -n "$lists" -s b -l bytes -d 'Sizes in bytes'

complete -c oomctl -n '__oomctl_is rules' -l check -d 'Only check the rules, or those in files, for errors'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is rules' -F
complete -c oomctl -n '__oomctl_is rules apply watch metrics' -l dir -x -a '(__fish_complete_directories)' \
    -d 'Read rules from this directory'
complete -c oomctl -n '__oomctl_is watch' -l interval -x -d 'Seconds between comparisons of all processes'
complete -c oomctl -n '__oomctl_is watch' -l buffer -x -d 'Size of the buffer for events'
complete -c oomctl -n '__oomctl_is apply' -l enforce -d 'Also restore what something else changed later'

complete -c oomctl -n '__oomctl_is audit' -l ignore -x -d 'Skip these checks' \
    -a 'inherited-protection unkillable-cgroup unkillable-memory remote-access panic-stays-down rule-error first-victim old-scale declared-adj group-kill commit-limit kill-allocating-task rule-contradiction rule-not-in-effect rule-unmatched oom-daemon no-task-dump'
complete -c oomctl -n '__oomctl_is metrics' -l write -r -F -d 'Replace this file, and keep its counters'

complete -c oomctl -n '__oomctl_is policy' -s J -l json -d 'Print JSON'
complete -c oomctl -n '__oomctl_is policy' -l check -r -F -d 'Check a policy file for errors'

complete -c oomctl -n '__oomctl_is group' -l cgroup -x -a '(__oomctl_cgroups)' -d 'The memory cgroup'
complete -c oomctl -n '__oomctl_is group' -l unit -x -a '(__oomctl_units)' -d 'The systemd unit'
complete -c oomctl -n '__oomctl_is group' -l persist -d 'Set OOMPolicy= of the unit in a drop-in too'
complete -c oomctl -n '__oomctl_is group' -l dry-run -d 'Only show what would change'
complete -c oomctl -n '__oomctl_is group' -s J -l json -d 'Print JSON'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is group' -a 'on off'

complete -c oomctl -n '__oomctl_is top' -s d -l delay -x -d 'Seconds between refreshes'
complete -c oomctl -n '__oomctl_is top' -l cgroup -x -a '(__oomctl_cgroups)' -d 'The processes and the limit of this memory cgroup'

complete -c oomctl -n '__oomctl_is help' -l tables -d 'Show all commands and options as lines of words between tabs'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is help' \
    -a 'rank get set protect unprotect run explain predict sysctl log rules apply watch audit policy metrics policy group top help dump'

complete -c oomctl -n __oomctl_is_ours -l color -x -a 'auto always never' -d 'When to use colour'
complete -c oomctl -n __oomctl_is_ours -s q -l quiet -d 'Print only errors'
complete -c oomctl -n __oomctl_is_ours -s v -l verbose -d 'Print details on standard error'
complete -c oomctl -n __oomctl_is_ours -s h -l help -d 'Show the help of the command'
complete -c oomctl -n __oomctl_is_ours -s V -l version -d 'Show the version'
