# SPDX-License-Identifier: GPL-2.0-or-later
# Builds oomctl, checks it, installs it. `make help` lists the targets.

VERSION := 0.2.0~dev
PROGRAM := oomctl
PREFIX := /usr/local
prefix := $(PREFIX)
libexecdir := $(prefix)/libexec
DESTDIR :=
# Below /etc by default, whatever PREFIX is.
sysconfdir := /etc
ifeq ($(origin CC),default)
CC := gcc
endif
# These, CPPFLAGS and LDFLAGS also come from the environment, as packagers set them.
CFLAGS ?= -O2 -g
T :=
F :=
V :=
K :=
S := 60
N := 5000
SEED :=
SCENES := 300
RACES := 700
KINDS := lab fuzz house lint cli unit asan

# The build with sanitizers has its own directory.
BUILD := build
SAN :=

# One job per processor, unless the caller gives a number.
ifeq ($(MAKELEVEL)$(filter -j% --jobserver%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

# tools/install has the other directories.
export prefix libexecdir sysconfdir DESTDIR PROGRAM BUILD

# Warnings are errors only in tests/lint/warnings: a newer compiler elsewhere must not stop a build.
WARN := -Wall -Wextra -Wconversion -Wshadow
PIE := -fPIE
RELRO := -Wl,-z,relro,-z,now
LINK := -pie $(RELRO) -Wl,--as-needed
PROTECT := -fstack-protector-strong
# glibc does not fortify without optimization, and a packager's own level takes precedence.
ifneq ($(filter -O -O1 -O2 -O3 -Os -Og,$(CFLAGS)),)
ifeq ($(findstring _FORTIFY_SOURCE,$(CFLAGS) $(CPPFLAGS)),)
PROTECT += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
endif
ifeq ($(SAN),)
HARDEN := $(PROTECT)
else
# Tests start the program thousands of times, so it must start fast: without relocations, and without
# texts for undefined behavior, of which it has megabytes. That is SIGILL, with a stack; see tests/check.
HARDEN := -fsanitize=address,undefined -fsanitize-undefined-trap-on-error -fno-omit-frame-pointer
PIE := -fno-pie
LINK := -no-pie $(RELRO) -Wl,--as-needed -fsanitize=address,undefined
endif

PKGS := libcap-ng
# Only the headers of these: the program loads them with dlopen(3) when it needs them.
PKGS_HEADERS := libproc2 zlib libzstd libpcre2-8 ncursesw
# Not on every system: without it, what systemd does after a kill is unknown.
PKGS_OPTIONAL = $(eval PKGS_OPTIONAL := $(shell pkg-config --exists libsystemd && echo libsystemd))$(PKGS_OPTIONAL)
# Run once, and only by rules that compile, so that `make rank` can install pkg-config first.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) $(PKGS_HEADERS) $(PKGS_OPTIONAL)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

# Sizes of files and times have 64 bits on 32-bit machines, too.
WIDE := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -D_LARGEFILE64_SOURCE
DEFS := -D_GNU_SOURCE $(WIDE) -DOOMCTL_VERSION='"$(VERSION)"' -DPROGRAM_NAME='"$(PROGRAM)"' \
	-DSYSCONFDIR='"$(sysconfdir)"'
ALL_CPPFLAGS = -iquote src $(DEFS) $(PKG_CFLAGS) $(CPPFLAGS)
# Without errno, a square root is an instruction where the machine has one, and libm is not loaded.
ALL_CFLAGS = -std=c17 $(WARN) $(HARDEN) $(PIE) -fno-math-errno $(CFLAGS)
ALL_LIBS = $(PKG_LIBS) -ldl -Wl,--as-needed -lm -Wl,--no-as-needed -pthread
# The setuid launcher: without the dynamic loader, and without sanitizers; see its source. Some C
# libraries, such as that of ppc64el, cannot link a static program at any address.
GATE_STATIC = $(if $(findstring /,$(shell $(CC) -print-file-name=rcrt1.o)),-static-pie,-static)
GATE = $(CC) -std=c17 -iquote src $(DEFS) $(CPPFLAGS) $(WARN) $(PROTECT) -fPIE $(CFLAGS) \
	$(GATE_STATIC) $(RELRO)
GATE_SRCS := src/setuid_launcher.c src/base/ident.c src/sys/priv/environment.c
COMPILE = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)
LINK_PROGRAM = $(CC) $(HARDEN) $(PIE) $(CFLAGS) $(LINK) $(LDFLAGS)

SRCS := $(sort $(shell find src -mindepth 2 -name '*.c'))
OBJS := $(SRCS:src/%.c=$(BUILD)/obj/%.o)
MAIN := $(BUILD)/obj/oomctl.o
LIB := $(BUILD)/liboomctl.a

UNIT_SRCS := $(sort $(shell find tests/unit -name '*.c'))
UNITS := $(UNIT_SRCS:%.c=$(BUILD)/%)
# Helpers without main are libraries to preload, the others are programs.
HELPER_SRCS := $(sort $(wildcard tests/cli/*.c tests/lab/*.c tests/bench/*.c))
PRELOAD_SRCS := $(if $(HELPER_SRCS),$(shell grep -L '^int main\>' $(HELPER_SRCS)))
HELPERS := $(patsubst %.c,$(BUILD)/%,$(filter-out $(PRELOAD_SRCS),$(HELPER_SRCS)))
PRELOADS := $(PRELOAD_SRCS:%.c=$(BUILD)/%.so)

ifneq ($(V),)
Q :=
say := @:
else
Q := @
say := @printf '  %-4s %s\n'
endif

all: $(BUILD)/oomctl

# What only the program of asan-programs is linked with.
MORE_LINK :=

$(BUILD)/oomctl: $(MAIN) $(OBJS) $(BUILD)/objects $(filter %.c,$(MORE_LINK))
	$(say) LD $@
	$(Q)$(LINK_PROGRAM) -o $@ $(MAIN) $(OBJS) $(MORE_LINK) $(ALL_LIBS)

# The launcher contains the program's path, so it is compiled for each path. It follows no symbolic
# links, so the path is resolved, unless DESTDIR prepares it for another machine.
$(BUILD)/gate: FORCE
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)dir='$(libexecdir)'; \
	[ -n '$(DESTDIR)' ] || dir=$$(realpath -m "$$dir") && \
	$(GATE) -DGATE_PROGRAM="\"$$dir/$(PROGRAM)\"" -o $@ $(GATE_SRCS)

$(LIB): $(OBJS) $(BUILD)/objects
	$(say) AR $@
	$(Q)rm -f $@ && ar rcs $@ $(OBJS)

# The compiler and its flags; rewritten only when they change, and then everything is rebuilt.
$(BUILD)/flags: FORCE
	@pkg-config --exists $(PKGS) $(PKGS_HEADERS) || { \
		echo 'oomctl: build packages are missing: run tools/setup build (it needs root or sudo)' >&2; \
		exit 1; }
	@mkdir -p $(@D)
	@new='$(subst ','\'',$(COMPILE) $(LINK_PROGRAM))'; \
	[ -f $@ ] && [ "$$new" = "$$(cat $@)" ] || printf '%s\n' "$$new" >$@

# The list of objects: a removed source must disappear from the archive and the program.
$(BUILD)/objects: FORCE
	@mkdir -p $(@D)
	@[ -f $@ ] && [ '$(OBJS)' = "$$(cat $@)" ] || printf '%s\n' '$(OBJS)' >$@

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: tests/unit/%.c $(LIB)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -Itests/unit $(LINK) $(LDFLAGS) -o $@ $< $(LIB) $(ALL_LIBS) -lcmocka

# Helpers run beside the command: no sanitizers, and only libc.
$(HELPERS): $(BUILD)/%: %.c $(BUILD)/flags
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WIDE) $(WARN) -O2 -g -MMD -MP -pthread $(HELPER_LINK) -o $@ $<

# They fork thousands of times, which is four times as fast in a guest without shared libraries.
$(BUILD)/tests/lab/recycler $(BUILD)/tests/lab/scenes: HELPER_LINK := -static

$(PRELOADS): $(BUILD)/%.so: %.c $(BUILD)/flags
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WIDE) $(WARN) -O2 -g -MMD -MP -shared -fPIC -o $@ $< -ldl

units: $(UNITS)

# For editors and clang tools. Words are quoted for the shell; this quotes $(1) for JSON.
json = $(subst ",\",$(subst \,\\,$(1)))

compile_commands.json: $(BUILD)/flags FORCE
	@directory='$(subst ','\'',$(call json,$(CURDIR)))'; \
	command='$(subst ','\'',$(call json,$(COMPILE) -Itests/unit -c))'; \
	comma=; \
	{ echo '['; for file in src/*.c $(SRCS) $(UNIT_SRCS); do \
		printf '%s{ "directory": "%s", "file": "%s", "command": "%s %s" }\n' \
			"$$comma" "$$directory" "$$file" "$$command" "$$file"; \
		comma=,; \
	done; echo ']'; } >$@

$(BUILD)/tests/lab/gate: $(GATE_SRCS) $(BUILD)/flags Makefile
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(GATE) -DGATE_PROGRAM='"/run/privilege/libexec/suid"' -o $@ $(GATE_SRCS)

helpers: $(HELPERS) $(PRELOADS) $(BUILD)/tests/lab/gate

test-programs: $(BUILD)/oomctl units helpers

# Those of the lab are for the machines of its kernels.
cli-programs: $(BUILD)/oomctl $(filter $(BUILD)/tests/cli/%,$(HELPERS) $(PRELOADS))

# They also count the lines that run, for tests/coverage.
asan-programs:
	@$(MAKE) --no-print-directory BUILD=build/asan SAN=1 LDFLAGS=--coverage \
		CFLAGS='-O1 -g --coverage -fdata-sections -include tests/coverage.h' \
		MORE_LINK='tests/sanitized.c -D_GNU_SOURCE '\''-DCOVERAGE_COUNTS="$(CURDIR)/build/asan/counts"'\'' \
			-Wl,-T,tests/sanitized.lds,--wrap=__gcov_init,--wrap=__gcov_exit,--wrap=__gcov_dump' \
		test-programs

setup-build:
	@tools/setup build

setup-check:
	@tools/setup build check

setup-bench:
	@tools/setup build bench

setup-fuzz:
	@tools/setup build fuzz

setup-deb:
	@tools/setup build deb

setup-rpm:
	@tools/setup build rpm

setup-ports:
	@tools/setup ports

rank: setup-build
	@$(MAKE) --no-print-directory all
	@$(BUILD)/oomctl rank

# Arguments for tests/check.
WORDS = $(if $(V),-v) $(if $(T),-t '$(T)')

check: setup-check
	@$(MAKE) --no-print-directory test-programs
	@tests/check $(WORDS) $(if $(F),-f '$(F)')

check-all: setup-check setup-fuzz
	@$(MAKE) --no-print-directory test-programs asan-programs fuzz-programs
	@LAB_TEST_TIMEOUT=600 LAB_FILE_TIMEOUT=1200 tests/check -a -s '$(KINDS)' $(WORDS)

asan: setup-check
	@$(MAKE) --no-print-directory asan-programs
	@tests/check -s asan $(WORDS)

coverage: setup-check
	@$(MAKE) --no-print-directory asan-programs
	@tests/check -s coverage $(if $(V),-v)

bench: setup-bench
	@$(MAKE) --no-print-directory all helpers
	@OOMCTL=$(abspath $(BUILD)/oomctl) tests/bench/run

# The lists of packages that the kernels K need, if they are of another architecture.
LAB_LISTS = $(patsubst tests/lab/packages.%,lab-%,$(wildcard $(foreach k,$(K),tests/lab/packages.$(firstword $(subst -, ,$(k))))))

ifeq ($(K),list)
lab:
	@tests/lab/lab --list-all
else
lab:
	@tools/setup build check $(LAB_LISTS)
	@$(MAKE) --no-print-directory test-programs
	@LAB_SCENES='$(SCENES)' LAB_RACES='$(RACES)' LAB_TEST_TIMEOUT=600 LAB_FILE_TIMEOUT=1200 \
		tests/check -a -s lab -k '$(or $(K),all)' $(WORDS)
endif

# A scene takes less than a second; the limit is three, for a busy or emulated machine. Scenes run
# once with each reader.
lab-scenes:
	@tools/setup build check $(LAB_LISTS)
	@$(MAKE) --no-print-directory test-programs
	@LAB_SCENES='$(N)' LAB_SEED='$(SEED)' LAB_TEST_TIMEOUT=$$((3 * $(N) + 120)) \
		LAB_FILE_TIMEOUT=$$((6 * $(N) + 500)) LAB_TIMEOUT=$$((6 * $(N) + 600)) \
		tests/lab/lab $(if $(K),-k '$(K)') tests/lab/scenes.bats

lab-shell:
	@tools/setup build check $(LAB_LISTS)
	@$(MAKE) --no-print-directory test-programs
	@tests/lab/lab -k '$(or $(K),uml)' --shell

fuzz: setup-fuzz
	@tests/fuzz/run '$(F)' '$(S)'

FUZZ_FLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_OBJS := $(SRCS:src/%.c=build/fuzz/obj/%.o)

build/fuzz/obj/%.o: src/%.c $(BUILD)/flags
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(Q)clang -std=c17 $(ALL_CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

build/fuzz/bin/%: tests/fuzz/%.c $(FUZZ_OBJS)
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(Q)clang -std=c17 $(ALL_CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -MMD -MP -o $@ \
		$< $(FUZZ_OBJS) $(ALL_LIBS)

fuzz-programs: $(patsubst tests/fuzz/%.c,build/fuzz/bin/%,$(wildcard tests/fuzz/*.c))

install-setuid: $(BUILD)/gate

install install-caps install-setuid: all
	@tools/install $@

uninstall:
	@tools/install uninstall

dist:
	@tools/dist $(BUILD)

deb: setup-deb
	@tools/deb $(BUILD)/deb

rpm: setup-rpm
	@tools/rpm $(BUILD)/rpm

check-deb: deb
	@tests/deb -p $(BUILD)/deb

check-i386 check-armhf check-musl: setup-ports
	@tests/ports $(if $(T),-t '$(T)') $(@:check-%=%)

check-installed: helpers
	@tests/installed '$(or $(OOMCTL),$(DESTDIR)$(prefix)/bin/$(PROGRAM))' $(T)

format:
	@tests/lint/format --fix

clean:
	rm -rf build

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

#: make               build build/oomctl; installs nothing
#: make rank          install missing build packages, build, rank this machine's processes
#: make check         install missing test packages, build, run the tests: unit, cli, lint, house,
#:                    and lab tests of what only a kernel can decide.
#:                    T=unit: all tests of a kind; T=rank: files with "rank" in their name, also in
#:                    the rest of the lab; F=src/base/num.c: the unit tests of that file; V=1: all
#:                    output
#: make check-all     the same with the whole lab on User-Mode Linux, make asan, and 20 s of each
#:                    fuzzer
#: make asan          unit and command tests under the address and undefined sanitizers
#: make coverage      lines of src that unit and command tests run, by folder; at least 85 %
#: make lab           the tests on real kernels; K=uml, K=6.12 or K=PATH: one kernel; K=arm64: of
#:                    another architecture; K=list: print all; with SCENES=300 random scenes, and
#:                    16 times RACES=700 recycled PIDs
#: make lab-scenes    N=5000 random scenes, predicted and then decided by the kernel; SEED=, K=
#: make lab-shell     a shell in the guest of kernel K
#: make fuzz F=NAME   fuzz one parser for S seconds (S=60)
#: make bench         speed against ps and choom, as ratios
#: make install       to PREFIX (/usr/local) under DESTDIR; PROGRAM=oomprio: under another name
#: make install-caps  the same with a file capability, so that users can lower adj as far as
#:                    /etc/oomctl.conf permits; make install-setuid: with setuid root. See SECURITY.md
#: make uninstall     remove the installed files; same variables
#: make dist          build/oomctl-VERSION.tar.gz of the last commit; the same bytes everywhere
#: make deb           a Debian package of the last commit, in build/deb; the command is oomprio
#: make rpm           an RPM package of the last commit, in build/rpm
#: make check-deb     build and install the Debian package in Debian 12 and 13, see tests/deb
#: make check-i386    build and test in Debian 12 for 32-bit PCs, see tests/ports; T=rank: only these
#: make check-armhf   the same for 32-bit ARM, emulated; make check-musl: with musl
#: make check-installed OOMCTL=/usr/bin/oomprio
#:                    the command tests with an installed program; T=rank: only some files
#: make format        format the sources by .clang-format
#: make compile_commands.json
#:                    how each source and unit test is compiled, for editors and clang tools
#: make clean         remove build/

FORCE:

.PHONY: all units helpers test-programs cli-programs setup-build setup-check setup-bench setup-fuzz setup-deb setup-rpm setup-ports rank check \
	check-all asan asan-programs coverage \
	fuzz-programs bench lab lab-scenes lab-shell fuzz install install-caps install-setuid uninstall \
	dist deb rpm check-deb check-i386 check-armhf check-musl check-installed format clean help FORCE

# A chain of pattern rules would delete them.
.SECONDARY: $(FUZZ_OBJS)

.DELETE_ON_ERROR:

-include $(shell find $(BUILD)/obj $(BUILD)/tests build/fuzz/obj build/fuzz/bin -name "*.d" 2>/dev/null)
