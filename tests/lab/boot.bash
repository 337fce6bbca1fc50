# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots one guest and waits for its end: descriptor 3 gets its reports, $work/files.tar its results,
# $console its console; a guest with a shell has the caller's terminal instead. Sets boot_status.

# UML uses the host's root read-only, through hostfs.
boot_uml() {
	local preload=$BUILD/tests/lab/uml_xstate.so libraries='' lines='ssl0=null,fd:3 ssl1=null,fd:4'

	[[ -e $preload ]] || preload=''
	[[ -n $shell ]] && lines=ssl0=fd:0,fd:3
	ulimit -c 0
	cd "${kernel_image%/*}" || return 1
	[[ ! -e libc.so.6 ]] || libraries=$PWD
	# shellcheck disable=SC2086
	exec "${bound[@]}" env -u TMPDIR LD_PRELOAD="$preload" LD_LIBRARY_PATH="$libraries" "$kernel_image" seccomp=auto \
		mem="${LAB_MEM:-256M}" root=/dev/root rootfstype=hostfs rootflags=/ ro \
		init="$job/init" LAB_JOB="$job" log_buf_len=1M ${LAB_OPTIONS-} \
		con=null con0=null,fd:1 ssl=null $lines ubd0="$work/swap" \
		umid=guest uml_dir="$work/uml/" 4>"$work/files.tar" >>"$console" 2>&1
}

# The serial lines of a UML guest, and of an emulated PC.
use_uml() {
	guest_tty=/dev/ttyS0 guest_files_tty=/dev/ttyS1 guest_swap=/dev/ubda
}

use_pc() {
	guest_tty=/dev/ttyS1 guest_files_tty=/dev/ttyS2 guest_swap=/dev/vda
	guest_memory=512M console_tty=ttyS0 kernel_options='tsc=reliable no_timer_check'
	qemu=(qemu-system-x86_64 -M pc -cpu 'max,la57=off' -accel 'tcg,thread=multi')
	qemu_lines=(-serial chardev:reports -serial chardev:files)
}

# The files of every QEMU guest: those of the host, or the root of another architecture.
archive_base() {
	if [[ -n $guest_architecture ]]; then
		"$here/initramfs" root "$guest_root"
	else
		"$here/initramfs" guest "$here/guest"
	fi
}

# Sets base to an archive that is newer than what it is made of.
find_base() {
	local from

	base=$BUILD/lab/guest.cpio from=/var/lib/dpkg/status
	[[ -z $guest_architecture ]] || base=${guest_root%/*}/guest.cpio from=$guest_root
	if [[ ! $base -nt $here/guest || ! $base -nt $here/initramfs || ! $base -nt $from ]]; then
		archive_base >"$work/guest.cpio" || return 1
		mv "$work/guest.cpio" "$base" 2>/dev/null || base=$work/guest.cpio
	fi
}

# A QEMU guest gets everything in its initramfs: cloud kernels have no 9p, and a kernel given by
# path may have no modules.
make_initrd() {
	local base trees=("$LAB_REPO" "$BUILD")

	find_base || return
	# Programs of the host would only take memory.
	[[ -z $guest_architecture ]] || mapfile -t trees < <(find "$LAB_REPO" -mindepth 1 -maxdepth 1 ! -path "$BUILD"; echo "$guest_build")
	ln -sf "${job#/}/init" "$work/init"
	{
		cat "$base" "$kernel_modules" &&
			"$here/initramfs" trees "${trees[@]}" "$job" &&
			(cd "$work" && echo init | cpio -o -H newc -R +0:+0 --quiet)
	} >"$work/initrd"
}

boot_qemu() {
	local reports=file,id=reports,path=/dev/fd/3 memory=(-m "${LAB_MEM:-$guest_memory}")

	if [[ ${guest_nodes-} == 2 ]]; then
		memory=(-m 640M -object "memory-backend-ram,id=node0,size=512M" -object "memory-backend-ram,id=node1,size=128M"
			-numa "node,memdev=node0,cpus=0-$((${LAB_CPUS:-2} - 1))" -numa "node,memdev=node1")
	fi
	make_initrd || return 1
	[[ -n $shell ]] && reports=stdio,id=reports,signal=off
	# What costs an emulated processor most and decides nothing here is off.
	exec "${bound[@]}" "${qemu[@]}" -nodefaults -no-user-config -no-reboot \
		-display none -smp "${LAB_CPUS:-2}" "${memory[@]}" \
		-kernel "$kernel_image" -initrd "$work/initrd" \
		-append "console=$console_tty panic=1 mitigations=off init_on_alloc=0 nowatchdog audit=0 $kernel_options \
log_buf_len=1M rootfstype=ramfs rdinit=/init LAB_JOB=$job" \
		-drive "file=$work/swap,format=raw,if=virtio" \
		-chardev "file,id=console,path=$console,append=on" -serial chardev:console \
		-chardev "$reports" -chardev "file,id=files,path=$work/files.tar" "${qemu_lines[@]}"
}

boot_guest() {
	local settings emulator=boot_qemu

	[[ $kernel_type != uml ]] || emulator=boot_uml
	write_env
	: >"$work/files.tar"
	truncate -s 0 "$work/swap" && truncate -s 64M "$work/swap"
	console_from=$(stat -c %s "$console")
	if [[ -n $shell ]]; then
		bound=()
		settings=$(stty -g 2>/dev/null)
		("$emulator" 3>&1)
		boot_status=$?
		[[ -z $settings ]] || stty "$settings"
	else
		bound=(timeout -k 5 "$LAB_TIMEOUT")
		"$emulator" </dev/null 2>>"$console" &
		guest=$!
		{ wait "$guest"; } 2>/dev/null
		boot_status=$?
		guest=''
	fi
}
