# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# To be sourced: Debian's kernel for virtual machines, and its modules.
#   fetch_tools PROGRAM:PACKAGE...   installs what is missing, with apt
#   fetch_kernel DIR                 unpacks the kernel's package in DIR unless it is there; sets $kernel
#   add_module NAME DIR              puts the module and those that it needs, as NAME.ko, into DIR;
#                                    appends their names to ${modules[@]} in the order of loading

kernel=
kernel_dir=
modules=()

apt_updated=
update_apt() {
    export DEBIAN_FRONTEND=noninteractive
    [ -n "$apt_updated" ] || apt-get update -qq </dev/null
    apt_updated=yes
}

fetch_tools() {
    local tool missing=()
    for tool; do
        command -v "${tool%:*}" >/dev/null || missing+=("${tool#*:}")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        update_apt
        # What gcc only recommends.
        case " ${missing[*]} " in *" gcc "*) missing+=(libc6-dev) ;; esac
        apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
    fi
}

# Unpacks a Debian package in a directory that does not exist yet.
unpack_package() {
    local package=$1 dir=$2
    update_apt
    rm -rf "$dir.new"
    mkdir -p "$dir.new/deb"
    (cd "$dir.new/deb" && apt-get download -qq -o APT::Sandbox::User=root "$package" </dev/null)
    dpkg-deb -x "$dir.new"/deb/*.deb "$dir.new"
    rm -r "$dir.new/deb"
    mv "$dir.new" "$dir"
}

find_kernel() {
    local found=("$kernel_dir"/boot/vmlinuz-*-cloud-amd64)
    kernel=${found[-1]}
    [ -e "$kernel" ]
}

fetch_kernel() {
    kernel_dir=$1
    if ! find_kernel; then
        update_apt
        rm -rf "$kernel_dir"
        unpack_package "$(apt-cache depends linux-image-cloud-amd64 |
            sed -En 's/^ *Depends: (linux-image-[0-9].*)$/\1/p' | head -n 1)" "$kernel_dir"
        find_kernel
    fi
}

add_module() {
    local name=${1//_/-} dir=$2 file needed
    case " ${modules[*]} " in *" $name "*) return ;; esac
    file=$(find "$kernel_dir" -name "$name.ko*" -o -name "${name//-/_}.ko*" | head -n 1)
    [ -n "$file" ] || { echo "the kernel has no module $name" >&2; return 1; }
    case $file in
        *.xz) xz -dc "$file" ;;
        *.zst) zstd -dqc "$file" ;;
        *) cat "$file" ;;
    esac >"$dir/$name.ko"
    for needed in $(tr '\0' '\n' <"$dir/$name.ko" | sed -n 's/^depends=//p' | tr , ' '); do
        add_module "$needed" "$dir"
    done
    modules+=("$name")
}
