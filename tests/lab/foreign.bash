# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of other architectures: Debian's programs of that architecture as root, which is the sysroot of
# a cross compiler too, and oomctl built with it. All is below $BUILD/lab/kernels/ARCHITECTURE.

# use_architecture NAME: sets how QEMU emulates it, the names of its tools, and the suite of its root:
# Debian 12, unless it is younger. hvc0 is the console where the firmware has one.
use_architecture() {
	root_suite=bookworm guest_memory=512M make_options=() guest_tty=/dev/hvc0 guest_files_tty=/dev/hvc1
	case $1 in
	# Linux 6.1 cannot use addresses of 52 bits as QEMU has them; the pointer authentication of the
	# architecture is slow to emulate.
	arm64)
		triplet=aarch64-linux-gnu console_tty=ttyAMA0
		qemu=(qemu-system-aarch64 -M virt -cpu 'max,lpa2=off,pauth-impdef=on')
		;;
	s390x) triplet=s390x-linux-gnu console_tty=ttysclp0 qemu=(qemu-system-s390x -M s390-ccw-virtio -cpu max) ;;
	ppc64el)
		triplet=powerpc64le-linux-gnu console_tty=hvc0 guest_tty=/dev/hvc1 guest_files_tty=/dev/hvc2
		guest_memory=1G qemu=(qemu-system-ppc64 -M pseries -cpu power9)
		;;
	riscv64)
		# The linker of Debian 12 fails with the static library of its successor.
		triplet=riscv64-linux-gnu root_suite=trixie console_tty=ttyS0 make_options=(HELPER_LINK=)
		qemu=(qemu-system-riscv64 -M virt)
		;;
	*) die "$1: an unknown architecture in $here/kernels" ;;
	esac
	[[ $LAB_KERNEL != *-16k ]] || guest_memory=768M
	guest_architecture=$1 guest_swap=/dev/vda kernel_options=''
	qemu+=(-accel tcg)
	guest_root=$BUILD/lab/kernels/$1/root
	guest_build=$BUILD/lab/kernels/$1/build
	qemu_lines=(-device virtio-serial -device 'virtconsole,chardev=reports' -device 'virtconsole,chardev=files')
	command -v "${qemu[0]}" "$triplet-gcc" >/dev/null ||
		die "$LAB_KERNEL needs packages: tools/setup lab-$1 installs them"
}

# The packages that a guest needs, and the libraries that oomctl is built with.
root_packages() {
	sed -n 's/?$//; /^[a-z]/p' "$here/guest"
	sed -nE 's/^([^ ]+) .*= (pc|h) .*/\1/p' "$LAB_REPO/tools/packages.build"
}

# Unpacks all packages that these need, without running their scripts.
fetch_root() {
	local new=$work/root packages package link dir

	[[ ! -d $guest_root ]] || return 0
	mapfile -t packages < <(root_packages)
	echo "# lab: fetching programs of $root_suite for $guest_architecture" >&2
	mkdir -p "$new/usr"
	for dir in bin sbin lib lib64; do
		mkdir "$new/usr/$dir" && ln -s "usr/$dir" "$new/$dir"
	done
	{
		apt_suite "$root_suite" "$guest_architecture" apt-get update &&
			apt_suite "$root_suite" "$guest_architecture" apt-get -y --no-install-recommends --download-only \
				install "${packages[@]}"
	} >&2 || die "the programs for $guest_architecture cannot be fetched"
	for package in "$apt_dir"/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar -C "$new" --keep-directory-symlink --no-same-owner -xp ||
			die "${package##*/}: cannot be unpacked"
	done
	# The linker follows links on this machine.
	find "$new/usr/lib" "$new/usr/lib64" -lname '/*' -printf '%p\t%l\n' | while IFS=$'\t' read -r link dir; do
		ln -sfnr "$new$dir" "$link"
	done
	ln -sf mawk "$new/usr/bin/awk"
	ln -sf dash "$new/usr/bin/sh"
	mkdir -p "$new"/{dev,proc,sys,tmp,run,var/tmp,root,mnt}
	mkdir -p "${guest_root%/*}" && mv "$new" "$guest_root"
	rm -rf "$work/apt"
}

build_foreign() {
	local log=$out/build.$guest_architecture.log

	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL PKG_CONFIG_SYSROOT_DIR="$guest_root" \
		PKG_CONFIG_LIBDIR="$guest_root/usr/lib/$triplet/pkgconfig:$guest_root/usr/share/pkgconfig" \
		make -C "$LAB_REPO" --no-print-directory BUILD="$guest_build" CC="$triplet-gcc --sysroot=$guest_root" \
		"${make_options[@]}" all helpers >"$log" 2>&1 || die "oomctl cannot be built for $guest_architecture, see $log"
}

# use_foreign PATTERN SUITE
use_foreign() {
	use_architecture "${LAB_KERNEL%%-*}"
	fetch_root
	fetch_kernel "$1" "$2"
	build_foreign
}
