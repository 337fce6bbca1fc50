# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the output of measure as a table, with each command's time as a ratio to the references.
# Variables: refs, comma-separated names of commands; prefix, put before each name if the rows
# continue an earlier table.

function first_word(text) {
	sub(/ .*/, "", text)
	return text
}

function ratio(mine, theirs) {
	return theirs > 0 ? sprintf("%.3f", mine / theirs) : "-"
}

BEGIN {
	FS = "\t"
	count = split(refs, ref, ",")
	if (prefix == "") {
		printf "  %-26s %10s %10s %9s", "command", "median ms", "least ms", "peak MiB"
		for (i = 1; i <= count; i++)
			printf " %9s", "of " first_word(ref[i])
		print ""
	}
}

{
	line[NR] = $0
	median[$1] = $2
}

END {
	for (n = 1; n <= NR; n++) {
		split(line[n], field, FS)
		printf "  %-26s %10.2f %10.2f %9.1f", prefix field[1], field[2], field[3], field[4] / 1024
		for (i = 1; i <= count; i++)
			printf " %9s", ratio(field[2], median[ref[i]])
		print ""
	}
}
