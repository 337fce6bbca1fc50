# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Finds the kernel for a label or a path: sets LAB_KERNEL, kernel_type, kernel_image and, for QEMU,
# kernel_modules, a cpio archive of the modules that a guest can load (or empty).
guest_modules=(ext4 loop virtio_pci virtio_blk zram)

# A bzImage has HdrS at 0x202; a UML binary is an ELF program that contains its name.
use_image() {
	[[ -f $1 && -r $1 ]] || die "$1: neither a label in $here/kernels nor a kernel image" 2
	kernel_image=$(realpath "$1")
	LAB_KERNEL=${1##*/}
	if [[ $(dd if="$1" bs=1 skip=514 count=4 status=none | tr -d '\0') == HdrS ]]; then
		kernel_type=qemu
		kernel_modules=$work/modules.cpio
		image_modules >"$kernel_modules"
	elif [[ $(dd if="$1" bs=1 skip=1 count=3 status=none | tr -d '\0') == ELF ]] &&
		grep -q 'User Mode Linux' "$1"; then
		kernel_type=uml
	else
		die "$1: neither a bzImage nor a UML binary" 2
	fi
}

# The release that a bzImage carries: 0x200 past what the word at 0x20e points to.
image_release() {
	local at

	at=$(od -An -t u2 -j 526 -N 2 "$1")
	tail -c "+$((at + 513))" "$1" | head -c 128 | sed -z -n '1s/ .*//p' | tr -d '\0'
}

# The modules for an image given by path: those of its package, beside it, or the system's.
image_modules() {
	local release root

	release=$(image_release "$kernel_image")
	for root in "$(dirname "$kernel_image")/.." "$(dirname "$kernel_image")/../usr" ''; do
		[[ -f $root/lib/modules/$release/modules.dep ]] || continue
		archive_modules "${root:-/}" "$release"
		return
	done
}

archive_modules() {
	local stage=$work/stage list

	list=$(for name in "${guest_modules[@]}"; do
		/sbin/modprobe -d "$1" -S "$2" --show-depends "$name" 2>/dev/null
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u)
	[[ -n $list ]] || return 0
	mkdir -p "$stage/lib/modules/$2"
	xargs cp -t "$stage/lib/modules/$2" <<<"$list"
	cp "$1/lib/modules/$2/"modules.{builtin,builtin.modinfo,order} "$stage/lib/modules/$2/" 2>/dev/null
	/sbin/depmod -b "$stage" "$2"
	mkdir "$stage/usr" && mv "$stage/lib" "$stage/usr/"
	(cd "$stage" && find usr | cpio -o -H newc -R +0:+0 --quiet)
	rm -rf "$stage"
}

# The newest Debian package that matches is fetched once; remove its directory to get a newer one.
fetch_kernel() {
	local dir=$BUILD/lab/kernels/$LAB_KERNEL pattern=${1//./\\.} package release

	kernel_image=$dir/vmlinuz kernel_modules=$dir/modules.cpio
	[[ -f $kernel_image && -f $kernel_modules ]] && return
	package=$(apt-cache --names-only search "^${pattern//\*/.*}\$" | awk '{ print $1 }' | sort -V | tail -n 1)
	[[ -n $package ]] || die "no package matches $1: apt-get update may help"
	echo "# lab: fetching $package" >&2
	mkdir -p "$dir" "$work/fetch"
	(cd "$work/fetch" && apt-get -qq -o APT::Sandbox::User=root download "$package" &&
		dpkg-deb -x ./*.deb .) >&2 || die "$package: cannot be fetched"
	release=$(image_release "$work"/fetch/boot/vmlinuz-*)
	/sbin/depmod -b "$work/fetch" "$release"
	archive_modules "$work/fetch" "$release" >"$kernel_modules"
	cp "$work"/fetch/boot/config-* "$dir/config"
	cp "$work"/fetch/boot/vmlinuz-* "$dir/vmlinuz.new" && mv "$dir/vmlinuz.new" "$kernel_image"
	rm -rf "$work/fetch"
}

use_kernel() {
	local source=''

	read -r kernel_type source < <(awk -v l="$1" '$1 == l { print $2, $3 }' "$here/kernels")
	LAB_KERNEL=$1
	case $kernel_type in
	uml) kernel_image=$source ;;
	qemu) fetch_kernel "$source" ;;
	*) use_image "$1" ;;
	esac
	[[ -z $guest_systemd || $kernel_type == uml ]] || die "$1: --systemd needs a UML kernel" 2
	[[ -r $kernel_image ]] || die "$kernel_image: does not exist (see tests/lab/packages)"
	console=$out/console.$LAB_KERNEL.log
	: >"$console"
}
