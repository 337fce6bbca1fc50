# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots one guest and waits for its end: descriptor 3 gets its reports, $work/files.tar its results,
# $console its console; a guest with a shell has the caller's terminal instead. Sets boot_status.

# UML uses the host's root read-only, through hostfs.
boot_uml() {
	local preload=$BUILD/tests/lab/uml_xstate.so lines='ssl0=null,fd:3 ssl1=null,fd:4'

	[[ -e $preload ]] || preload=''
	[[ -n $shell ]] && lines=ssl0=fd:0,fd:3
	ulimit -c 0
	# shellcheck disable=SC2086
	exec "${bound[@]}" env -u TMPDIR LD_PRELOAD="$preload" "$kernel_image" \
		mem="${LAB_MEM:-256M}" root=/dev/root rootfstype=hostfs rootflags=/ ro \
		init="$job/init" LAB_JOB="$job" log_buf_len=1M \
		con=null con0=null,fd:1 ssl=null $lines ubd0="$work/swap" \
		umid=guest uml_dir="$work/uml/" 4>"$work/files.tar" >>"$console" 2>&1
}

# A QEMU guest gets everything in its initramfs: cloud kernels have no 9p, and a kernel given by
# path may have no modules.
boot_qemu() {
	local base=$BUILD/lab/guest.cpio reports=file,id=reports,path=/dev/fd/3 memory=(-m "${LAB_MEM:-512M}")

	if [[ ${guest_nodes-} == 2 ]]; then
		memory=(-m 640M -object "memory-backend-ram,id=node0,size=512M" -object "memory-backend-ram,id=node1,size=128M"
			-numa "node,memdev=node0,cpus=0-$((${LAB_CPUS:-2} - 1))" -numa "node,memdev=node1")
	fi

	if [[ ! $base -nt $here/guest || ! $base -nt $here/initramfs || ! $base -nt /var/lib/dpkg/status ]]; then
		"$here/initramfs" guest "$here/guest" >"$work/guest.cpio" || return 1
		mv "$work/guest.cpio" "$base" 2>/dev/null || base=$work/guest.cpio
	fi
	ln -sf "${job#/}/init" "$work/init"
	{
		cat "$base" "$kernel_modules" &&
			"$here/initramfs" trees "$LAB_REPO" "$BUILD" "$job" &&
			(cd "$work" && echo init | cpio -o -H newc -R +0:+0 --quiet)
	} >"$work/initrd" || return 1
	[[ -n $shell ]] && reports=stdio,id=reports,signal=off
	# What costs an emulated processor most and decides nothing here is off.
	exec "${bound[@]}" qemu-system-x86_64 -accel tcg,thread=multi -M pc \
		-cpu max,la57=off -nodefaults -no-user-config -no-reboot \
		-display none -smp "${LAB_CPUS:-2}" "${memory[@]}" \
		-kernel "$kernel_image" -initrd "$work/initrd" \
		-append "console=ttyS0 panic=1 mitigations=off init_on_alloc=0 nowatchdog audit=0 tsc=reliable \
no_timer_check log_buf_len=1M rootfstype=ramfs rdinit=/init LAB_JOB=$job" \
		-drive "file=$work/swap,format=raw,if=virtio" \
		-chardev "file,id=console,path=$console,append=on" -serial chardev:console \
		-chardev "$reports" -serial chardev:reports \
		-chardev "file,id=files,path=$work/files.tar" -serial chardev:files
}

boot_guest() {
	local settings

	case $kernel_type in
	uml) guest_tty=/dev/ttyS0 guest_files_tty=/dev/ttyS1 guest_swap=/dev/ubda ;;
	qemu) guest_tty=/dev/ttyS1 guest_files_tty=/dev/ttyS2 guest_swap=/dev/vda ;;
	esac
	write_env
	: >"$work/files.tar"
	truncate -s 0 "$work/swap" && truncate -s 64M "$work/swap"
	console_from=$(stat -c %s "$console")
	if [[ -n $shell ]]; then
		bound=()
		settings=$(stty -g 2>/dev/null)
		("boot_$kernel_type" 3>&1)
		boot_status=$?
		[[ -z $settings ]] || stty "$settings"
	else
		bound=(timeout -k 5 "$LAB_TIMEOUT")
		"boot_$kernel_type" </dev/null 2>>"$console" &
		guest=$!
		{ wait "$guest"; } 2>/dev/null
		boot_status=$?
		guest=''
	fi
}
