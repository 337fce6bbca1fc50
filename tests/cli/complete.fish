#!/usr/bin/env fish
# SPDX-License-Identifier: GPL-2.0-or-later
# complete.fish FILE: reads lines, and prints the words that fish offers at the end of each with the
# completion of FILE, one per line, with a tab and the description; then a line with EOT
# (Control-D).

source $argv[1]
while read -l line
    complete -C $line
    printf '\4\n'
end
