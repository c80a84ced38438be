#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Sets up what is missing, and says which and why.
#
#   tools/setup.sh run|test|check|coverage|mutate|debug|sdcard|line
#
# On Debian and Ubuntu missing packages are installed with apt, through sudo where the user is not
# root. Elsewhere the missing tools are named, and nothing is guessed. When all is there, it is
# silent and takes a few milliseconds. CROSS is the prefix of the cross tools that `make` will use.
set -eu

purpose=${1:?usage: tools/setup.sh run|test|check|coverage|mutate|debug|sdcard|line}
cross=${CROSS:-aarch64-linux-gnu-}
packages=
missing=

# lacks PACKAGE WHAT WHY: notes that WHAT, which PACKAGE brings, is not there.
lacks() {
    case " $packages " in *" $1 "*) ;; *) packages="$packages $1" ;; esac
    missing="$missing
  $2 ($3): package $1"
}

command_from() { # PACKAGE COMMAND WHY
    command -v "$2" >/dev/null 2>&1 || lacks "$1" "$2" "$3"
}

header_from() { # PACKAGE HEADER WHY
    [ -e "/usr/include/$2" ] || [ -e "/usr/local/include/$2" ] || [ -e "/opt/homebrew/include/$2" ] ||
        lacks "$1" "<$2>" "$3"
}

libfuzzer() { # WHY
    ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-"$(uname -m)".a >/dev/null 2>&1 && return
    # Debian 12 has clang 14; of another one that is here already, the same version.
    version=$(clang++ -dumpversion 2>/dev/null | cut -d. -f1)
    lacks "libclang-rt-${version:-14}-dev" libFuzzer "$1"
}

needed_to_run() {
    if ! command -v "${cross}g++" >/dev/null 2>&1; then
        if [ "$cross" != aarch64-linux-gnu- ]; then
            echo "setup: ${cross}g++ is not there; CROSS names the prefix of your cross tools" >&2
            exit 1
        fi
        lacks g++-aarch64-linux-gnu "${cross}g++" "compiles the kernel"
    fi
    command_from qemu-system-arm qemu-system-aarch64 "the machine that runs it"
    command_from device-tree-compiler dtc "compiles the built-in device trees"
}

needed_to_test() {
    needed_to_run
    command_from g++ g++ "compiles the tests for this machine"
    command_from clang clang++ "compiles the compile-time tests a second time"
    command_from python3 python3 "drives QEMU"
    command_from lrzsz sb "sends kernels to \`load\`"
    command_from qemu-user qemu-aarch64 "counts the allocator's instructions"
    command_from clang clang++ "compiles the fuzz targets"
    libfuzzer "drives them"
    header_from libcpputest-dev CppUTest/TestHarness.h "the unit tests' framework"
    header_from libfdt-dev libfdt.h "the device tree reader is compared with it"
    needed_to_sdcard
    needed_to_debug
}

needed_to_check() {
    needed_to_test
    command_from clang-format clang-format "checks the format"
    command_from clang-tidy clang-tidy "checks the code"
}

needed_to_coverage() {
    needed_to_test
    command_from gcovr gcovr "counts what the tests reach"
}

needed_to_mutate() {
    needed_to_test
    [ -e /usr/lib/python3/dist-packages/clang/cindex.py ] || python3 -c 'import clang.cindex' 2>/dev/null ||
        lacks python3-clang-14 "clang.cindex" "says where an expression begins and ends"
}

needed_to_debug() {
    needed_to_run
    command -v "${cross}gdb" >/dev/null 2>&1 || command_from gdb-multiarch gdb-multiarch "the debugger"
}

needed_to_sdcard() {
    needed_to_run
    command_from python3 python3 "makes the image"
    command_from mtools mcopy "puts files into a FAT file system"
    # In a folder that is not on everybody's path.
    [ -x /usr/sbin/mkfs.fat ] || [ -x /sbin/mkfs.fat ] || command_from dosfstools mkfs.fat "makes one, and checks it"
}

needed_to_line() {
    command_from python3 python3 "talks over the serial line"
}

case $purpose in
    run | test | check | coverage | mutate | debug | sdcard | line) "needed_to_$purpose" ;;
    *) echo "usage: tools/setup.sh run|test|check|coverage|mutate|debug|sdcard|line" >&2; exit 1 ;;
esac
[ -n "$packages" ] || exit 0

echo "setup: \`make\` needs what is not here yet:$missing" >&2
if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: this is neither Debian nor Ubuntu: please install these yourself" >&2
    exit 1
fi

options="-o DPkg::Lock::Timeout=120 install -y --no-install-recommends"
if [ "$(id -u)" = 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo env"
else
    echo "setup: neither root nor sudo here: please run, as root:" >&2
    echo "  apt-get update && apt-get $options$packages" >&2
    exit 1
fi
echo "setup: installing with apt:$packages" >&2
# shellcheck disable=SC2086  # These are lists of words.
{
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update </dev/null >&2
    $as_root DEBIAN_FRONTEND=noninteractive apt-get $options $packages </dev/null >&2
}
