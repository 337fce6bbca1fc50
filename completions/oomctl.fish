# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of oomctl for fish.

# The command of the line: its first word, or rank where that is an option or missing.
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

# The words behind the options of run: COMMAND and its arguments, as far as they are typed.
function __oomctl_wrapped
    set -l words (commandline -opc)
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

# Whether the word that is typed is the program's, not one of COMMAND's.
function __oomctl_is_ours
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

# Whether set still waits for its first operand, the adj.
function __oomctl_wants_adj
    __oomctl_is set
    or return 1
    set -l words (commandline -opc)
    set -e words[1..2]
    while set -q words[1]
        switch $words[1]
            case '-n*' '--adjust*' '--by*'
                return 1
            case -p --pid --name --user --cgroup --pidfile --color
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
        -999\t'the last to be killed' \
        -500\t'as if half of RAM and swap less' \
        -100\t'as if a tenth of RAM and swap less' \
        0\t'as large as it is' \
        100\t'as if a tenth of RAM and swap more' \
        500\t'as if half of RAM and swap more' \
        1000\t'the first to be killed'
end

function __oomctl_settings
    set -l name (commandline -ct | string replace -r '=.*' '')
    switch (string replace -r '^vm\.' '' -- "$name")
        case panic_on_oom
            printf '%s\t%s\n' $name=0 'the kernel kills a process' \
                $name=1 'panics, unless only a part is short' $name=2 'always panics'
        case oom_kill_allocating_task
            printf '%s\t%s\n' $name=0 'the process with the most points is killed' \
                $name=1 'the process that asks for memory is killed'
        case oom_dump_tasks
            printf '%s\t%s\n' $name=0 'the log lists no processes' $name=1 'the log lists the processes'
        case '*'
            printf '%s\n' panic_on_oom= oom_kill_allocating_task= oom_dump_tasks=
    end
end

# Whether the word that is typed is the first.
function __oomctl_at_first
    test (count (commandline -opc)) -eq 1
end

# Their owners choose the names: what is no plain word is left out of them.
function __oomctl_pids
    grep -a . (string match -r '^/proc/[0-9]+/comm$' /proc/*/comm) 2>/dev/null |
        string replace -rf '^/proc/([0-9]+)/comm:(.*)' '$1\t$2' |
        string replace -ra '[^[:alnum:]\t_.-]' '?'
end

# PID=, for a value to follow.
function __oomctl_pids_with_value
    __oomctl_pids | string replace -r '\t' '=\t'
end

# PID=ADJ, the one after the other.
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

# Paths as in /proc/PID/cgroup, or below the directory where they are mounted; a newline or a tab would make two words of one.
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
        place\t'place in the order in which the kernel would kill' \
        pid\t'thread that holds the memory' \
        tgid\tprocess \
        ppid\tparent \
        user\t'real user' \
        uid\t'number of the real user' \
        name\t"the kernel's name of it" \
        state\tstate \
        threads\t'number of threads' \
        score\t'what oom_score shows' \
        adj\t"adj on the running kernel's scale" \
        oom_score_adj\t'adj from -1000 to 1000' \
        oom_adj\t'adj on the old scale, -17 to 15' \
        points\t'points as memory' \
        pages\t'points as the kernel counts them' \
        bar\t'points against those of the first' \
        share\t'points as a share of RAM and swap' \
        total_vm\t'address space' \
        rss\t'resident memory' \
        rss_anon\t'anonymous part of it' \
        rss_file\t'file part of it' \
        rss_shmem\t'shared part of it' \
        swapents\t'swapped out' \
        pgtables_bytes\t'page tables' \
        unit\t'systemd unit' \
        cgroup\t'memory cgroup' \
        start\t'when it was started' \
        reason\t'why it is never killed'
end

# Of a list between commas the last, none twice; a sign may be before the first.
function __oomctl_column_list
    set -l word (commandline -ct | string replace -r '^(--(output|sort)=|-o)' '')
    set -l done (string match -r '^(?:.*,|[+-])' -- "$word")
    set -l columns (__oomctl_columns)
    if __oomctl_is sysctl
        set columns name\t'the setting' value\t'its value' meaning\t'what the kernel does then' \
            now\t'what that means on this machine now'
    else if __oomctl_is log
        set columns nr time where asked pid name user unit size adj largest result seconds uptime file host \
            kernel kind cgroup task_cgroup cpuset asked_pid asked_adj order gfp uid anon file_rss shmem swap \
            pgtables total_vm score points place tasks chosen chosen_pid limit usage reaped
    end
    if __oomctl_is predict
        set columns place pid tgid user name adj points pages margin margin_pages next dies kill_set frees \
            sure doubt rivals chosen cgroup decided_by was_pid was_name was_points was_sure
    end
    set -l used (string split , -- (string trim -lc '+-' -- "$done"))
    for column in $columns
        contains -- (string split -f 1 \t -- $column) $used
        or echo -- "$done$column"
    end
end

complete -c oomctl -f

complete -c oomctl -n __oomctl_at_first -a rank -d 'Show the processes in the order in which the kernel would kill them'
complete -c oomctl -n __oomctl_at_first -a get -d 'Show adj, score, points and place of processes'
complete -c oomctl -n __oomctl_at_first -a set -d 'Set the adj of processes'
complete -c oomctl -n __oomctl_at_first -a protect -d 'Make the kernel spare processes as long as there is another'
complete -c oomctl -n __oomctl_at_first -a unprotect -d 'Give processes back the adj they had before protect'
complete -c oomctl -n __oomctl_at_first -a run -d 'Set adj, then become COMMAND'
complete -c oomctl -n __oomctl_at_first -a explain -d 'Show why a process has its place, and what would change it'
complete -c oomctl -n __oomctl_at_first -a predict -d 'Foretell whom the kernel would kill if memory ran out now'
complete -c oomctl -n __oomctl_at_first -a sysctl -d 'Show or set vm.panic_on_oom and its like'
complete -c oomctl -n __oomctl_at_first -a log -d 'Show past OOM kills, and why each victim was chosen'
complete -c oomctl -n __oomctl_at_first -a policy -d 'Show what the policy lets you do'
complete -c oomctl -n __oomctl_at_first -a help -d 'Show the help of a command'
complete -c oomctl -n __oomctl_at_first -a dump -d "Run systemd-oomd's dump"

set -l ranks '__oomctl_is rank'
complete -c oomctl -n "$ranks" -s t -l top -x -d 'Show the first N'
complete -c oomctl -n "$ranks" -s a -l all -d 'Show all, and last those that are never killed'
complete -c oomctl -n "$ranks" -l sort -x -a '(__oomctl_column_list)' -d 'Sort by a column'
complete -c oomctl -n "$ranks" -l format -x -a 'kernel kernel=' -d 'Print as the task dump of a kernel'

complete -c oomctl -n __oomctl_wants_adj -a '(__oomctl_adjs)'
complete -c oomctl -n '__oomctl_is set protect; or __oomctl_is run; and __oomctl_is_ours' -s n -l adjust -x \
    -a '(__oomctl_adjs)' -d 'The adj to set'
complete -c oomctl -n '__oomctl_is set' -l by -x -d 'More than it is, or less'
complete -c oomctl -n '__oomctl_is set' -l oom-adj -d 'The value is on the old scale'
complete -c oomctl -n '__oomctl_is set protect unprotect sysctl' -l dry-run -d 'Say what would change'
complete -c oomctl -n '__oomctl_is protect' -l never -d 'Adj -1000: never'

complete -c oomctl -n '__oomctl_is run; and __oomctl_is_ours' -l protect -d 'Adj -999: the last to be killed'
complete -c oomctl -n '__oomctl_is run; and __oomctl_is_ours' -l never -d 'Adj -1000: never killed'
complete -c oomctl -n '__oomctl_is run; and __oomctl_is_ours' -l best-effort -d 'Run COMMAND also where adj cannot be set'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is run' -a '(__oomctl_complete_wrapped)'

complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is explain' -a '(__oomctl_pids)'

set -l predicts '__oomctl_is predict'
complete -c oomctl -n "$predicts" -l kills -x -d 'Foretell the first N kills'
complete -c oomctl -n "$predicts" -l cgroup -x -a '(__oomctl_cgroups)' -d 'Of a memory cgroup that hits its limit'
complete -c oomctl -n "$predicts" -l if -x -a '(__oomctl_pids_with_adj)' -d 'As if the process had that adj'
complete -c oomctl -n "$predicts" -l if-gone -x -a '(__oomctl_pids)' -d 'As if the process were gone'
complete -c oomctl -n "$predicts" -l if-grows -x -a '(__oomctl_pids_with_value)' -d 'As if it had so much more memory'
complete -c oomctl -n "$predicts" -l kernel -x -d 'By the rules of another version of Linux'

complete -c oomctl -n '__oomctl_is sysctl' -l persist -d 'Also for the next boot'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is sysctl' -a '(__oomctl_settings)'

set -l targets '__oomctl_is rank get set protect unprotect'
complete -c oomctl -n "not __oomctl_at_first; and not __oomctl_wants_adj; and $targets" -a '(__oomctl_pids)'
complete -c oomctl -n "$targets" -s p -l pid -x -a '(__oomctl_pids)' -d 'The process PID'
complete -c oomctl -n "$targets" -l name -x -a '(__oomctl_names)' -d 'Processes whose name matches'
complete -c oomctl -n "$targets" -l user -x -a '(__fish_complete_users)' -d 'Processes of a user'
complete -c oomctl -n "$targets" -l cgroup -x -a '(__oomctl_cgroups)' -d 'Processes of a memory cgroup and of those below it'
complete -c oomctl -n "$targets" -l pidfile -r -F -d 'The process whose PID is in a file'
complete -c oomctl -n "$targets" -l tree -d 'Their descendants too'

set -l logs '__oomctl_is log'
complete -c oomctl -n "not __oomctl_at_first; and $logs" -F
complete -c oomctl -n "$logs" -s s -l show -x -a last -d 'Tell the story of a report'
complete -c oomctl -n "$logs" -l kernel-table -d "A report's table in the kernel's order"
complete -c oomctl -n "$logs" -s p -l pid -x -d 'Kills of the process PID'
complete -c oomctl -n "$logs" -l name -x -d 'Kills of processes whose name matches'
complete -c oomctl -n "$logs" -l cgroup -x -a '(__oomctl_cgroups)' -d 'Reports of a memory cgroup and of those below it'
complete -c oomctl -n "$logs" -l since -x -a 'today yesterday 1h 1d' -d 'From this time on'
complete -c oomctl -n "$logs" -l until -x -a 'today yesterday 1h 1d' -d 'Up to this time'
complete -c oomctl -n "$logs" -l last -x -d 'The last N kills'
complete -c oomctl -n "$logs" -l worst -d "Sort by the victims' memory"
complete -c oomctl -n "$logs" -s f -l follow -d "Go on with what the kernel's ring gets"

complete -c oomctl -n '__oomctl_is rank get explain predict sysctl' -l scan -x -a 'auto proc bpf' \
    -d 'How the processes are read'

set -l lists '__oomctl_is rank get predict sysctl log'
complete -c oomctl -n "$lists" -s o -l output -x -a '(__oomctl_column_list)' -d 'The columns to show'
complete -c oomctl -n "$lists" -l output-all -d 'Show all columns'
complete -c oomctl -n "$lists" -l noheadings -d 'Leave out the headings'
complete -c oomctl -n "$lists" -s r -l raw -d 'Words between single blanks, sizes in bytes'
complete -c oomctl -n "$lists" -s J -l json -d JSON
complete -c oomctl -n "$lists" -s b -l bytes -d 'Sizes in bytes'

complete -c oomctl -n '__oomctl_is policy' -l check -r -F -d 'Look for mistakes in a file'

complete -c oomctl -n '__oomctl_is help' -l tables -d 'Show all commands and options as lines of words between tabs'
complete -c oomctl -n 'not __oomctl_at_first; and __oomctl_is help' \
    -a 'rank get set protect unprotect run explain predict sysctl log policy help dump'

complete -c oomctl -n __oomctl_is_ours -l color -x -a 'auto always never' -d 'When to use colour'
complete -c oomctl -n __oomctl_is_ours -s q -l quiet -d 'Say nothing but errors'
complete -c oomctl -n __oomctl_is_ours -s v -l verbose -d 'Say what is tried and found'
complete -c oomctl -n __oomctl_is_ours -s h -l help -d 'Show the help of the command'
complete -c oomctl -n __oomctl_is_ours -s V -l version -d 'Show the version'
