# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Finds the kernel for a label or a path: sets LAB_KERNEL, kernel_type, kernel_image and, for QEMU,
# kernel_modules, a cpio archive of the modules that a guest can load (or empty).
guest_modules=(ext4 loop virtio_pci virtio_blk virtio_console zram)

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

# The modules for an image given by path: those of its package, beside it, or the system's. A package
# that was only unpacked has no list of dependencies.
image_modules() {
	local dir=${kernel_image%/*} copy=$work/modules release root

	release=$(image_release "$kernel_image")
	for root in "$dir" "$dir/.." "$dir/../usr" ''; do
		[[ -n $release && -d $root/lib/modules/$release ]] || continue
		if [[ ! -f $root/lib/modules/$release/modules.dep ]]; then
			mkdir -p "$copy/lib/modules"
			cp -r "$root/lib/modules/$release" "$copy/lib/modules/"
			/sbin/depmod -b "$copy" "$release"
			root=$copy
		fi
		archive_modules "${root:-/}" "$release"
		rm -rf "$copy"
		return
	done
	echo "# lab: no modules are beside $kernel_image: the guest may have no disk, and no swap" >&2
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
# fetch_kernel PATTERN [SUITE]: without a suite, from the system's sources.
fetch_kernel() {
	local dir=$BUILD/lab/kernels/$LAB_KERNEL pattern=${1//./\\.} package from=()

	kernel_image=$dir/vmlinuz kernel_modules=$dir/modules.cpio
	[[ -f $kernel_image && -f $kernel_modules ]] && return
	[[ -z ${2-} ]] || from=(apt_suite "$2" "$guest_architecture")
	[[ -z ${2-} ]] || "${from[@]}" apt-get update >&2 || die "the packages of $2 cannot be listed"
	package=$("${from[@]}" apt-cache --names-only search "^${pattern//\*/.*}\$" | awk '{ print $1 }' | sort -V | tail -n 1)
	[[ -n $package ]] || die "no package matches $1: apt-get update may help"
	echo "# lab: fetching $package" >&2
	mkdir -p "$dir" "$work/fetch"
	(cd "$work/fetch" && "${from[@]}" apt-get -qq -o APT::Sandbox::User=root download "$package" &&
		dpkg-deb -x ./*.deb .) >&2 || die "$package: cannot be fetched"
	unpack_kernel "$dir" || die "$package: contains no kernel"
	rm -rf "$work/fetch" "$work/apt"
}

# unpack_kernel DIR: takes the kernel and its modules from the files of its package.
unpack_kernel() {
	local image release

	image=$(printf '%s\n' "$work"/fetch/boot/vmlinu[xz]-* | head -n 1)
	release=${image##*/vmlinu[xz]-}
	[[ -d $work/fetch/lib ]] || ln -s usr/lib "$work/fetch/lib"
	/sbin/depmod -b "$work/fetch" "$release"
	archive_modules "$work/fetch" "$release" >"$kernel_modules"
	cp "$work"/fetch/boot/config-* "$1/config"
	cp "$image" "$1/vmlinuz.new" && mv "$1/vmlinuz.new" "$kernel_image"
}

# apt_suite SUITE ARCHITECTURE COMMAND ARGUMENT...: apt-get or apt-cache for a suite of Debian and an
# architecture that are not among the system's; no package counts as installed. Sets apt_dir.
apt_suite() {
	apt_dir=$work/apt/$1-$2
	mkdir -p "$apt_dir"/lists/partial "$apt_dir"/cache/archives/partial "$apt_dir/dpkg"
	: >"$apt_dir/dpkg/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $1 main" \
		>"$apt_dir/sources.list"
	timeout 180 "$3" -qq -o Acquire::http::Timeout=30 -o APT::Sandbox::User=root \
		-o APT::Architecture="$2" -o APT::Architectures="$2" -o Dir::State::Status="$apt_dir/dpkg/status" \
		-o Acquire::Languages=none -o Dir::State::Lists="$apt_dir/lists" -o Dir::Cache="$apt_dir/cache" \
		-o Dir::Etc::SourceList="$apt_dir/sources.list" -o Dir::Etc::SourceParts=- "${@:4}"
}

# fetch_uml_to DIR NEW SUITE: the binary needs the C library of its suite. It finds the loader in its
# current directory, because no longer path than that of its own loader fits into it.
fetch_uml_to() {
	echo "# lab: fetching user-mode-linux of $3"
	(
		cd "$work/fetch" && apt_suite "$3" amd64 apt-get update &&
			apt_suite "$3" amd64 apt-get download user-mode-linux libc6 &&
			for package in ./*.deb; do dpkg-deb -x "$package" . || exit; done &&
			cp usr/lib/x86_64-linux-gnu/{libc.so.6,ld-linux-x86-64.so.2} "$2/" &&
			sed 's,/lib64/ld-linux-x86-64\.so\.2,././ld-linux-x86-64.so.2\x00\x00\x00,' usr/bin/linux.uml >"$2/linux" &&
			chmod +x "$2/linux" && mv "$2"/* "$1/"
	)
	rm -rf "$work/fetch" "$work/apt"
}

# The newest of a suite of Debian, fetched once; if that is not possible, the installed one.
fetch_uml() {
	local dir=$BUILD/lab/kernels/$LAB_KERNEL new=$work/fetch/new

	kernel_image=$dir/linux
	[[ -x $kernel_image ]] && return
	if mkdir -p "$dir" "$new" 2>/dev/null && [[ -w $dir ]]; then
		exec {lock}>"$dir/lock"
		flock "$lock"
		[[ -x $kernel_image ]] || fetch_uml_to "$dir" "$new" "$1" >&2
		exec {lock}>&-
	fi
	[[ -x $kernel_image ]] && return
	echo "# lab: user-mode-linux of $1 cannot be fetched: /usr/bin/linux.uml is used" >&2
	kernel_image=/usr/bin/linux.uml
}

use_kernel() {
	local source='' suite=''

	LAB_ROW=$(awk -v label="$1" '$1 == label' "$here/kernels")
	read -r _ kernel_type source suite _ <<<"$LAB_ROW"
	LAB_KERNEL=$1 guest_architecture='' guest_build=$BUILD
	case $kernel_type in
	uml) fetch_uml "$source" ;;
	qemu) fetch_kernel "$source" ;;
	foreign) use_foreign "$source" "$suite" ;;
	*) use_image "$1" ;;
	esac
	case $kernel_type in
	uml) use_uml ;;
	qemu) use_pc ;;
	esac
	[[ -z $guest_systemd || $kernel_type == uml ]] || die "$1: --systemd needs a UML kernel" 2
	[[ -r $kernel_image ]] || die "$kernel_image: does not exist (see tests/lab/packages)"
	console=$out/console.$LAB_KERNEL.log
	: >"$console"
}
