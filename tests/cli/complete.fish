#!/usr/bin/env fish
# SPDX-License-Identifier: GPL-2.0-or-later
# complete.fish FILE LINE: what fish offers at the end of LINE with the completion of FILE, a
# candidate a line, behind a tab its description.

source $argv[1]
complete -C $argv[2]
