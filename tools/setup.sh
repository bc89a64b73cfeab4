#!/usr/bin/env bash
# Sets up .venv in this checkout with everything that running, testing and changing seaofnodes needs.
# Needs no root, and changes nothing outside the checkout. Returns at once when there is nothing to do.
# usage: tools/setup.sh              PYTHON=/path/to/python tools/setup.sh chooses the interpreter
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
PATH=${PATH//"$PWD/$venv/bin:"/} # an interpreter from there would go while it is used
constraints=tools/constraints.txt

# PeachPy has no usable release in the package index: Debian's package, else its git repository at one commit.
peachpy_version='0.0~git20211013.257881e-1.1'
peachpy_sha256=cbe72d5556a693db991beb6b4829551a4f35ab9c45c24f90d942984944af3b10
peachpy_git='git+https://github.com/Maratyszcza/PeachPy@349e8f836142b2ed0efeb6bb99b1b715d87202e9'

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# What the environment is made from; where it is counts, because its scripts hold absolute paths.
state() { { pwd -P; cat pyproject.toml "$constraints" tools/setup.sh; } | sha256sum; }
ready() {
    [ -x "$venv/bin/python" ] && [ "$(cat "$venv/complete" 2> /dev/null)" = "$wanted" ] &&
        { [ -z "${PYTHON:-}" ] || [ "$(cat "$venv/interpreter")" = "$PYTHON" ]; }
}

find_python() {
    local candidate seen=()
    for candidate in ${PYTHON:-python3 python python3.11 python3.12 python3.13 python3.14}; do
        local version
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            echo "$candidate"
            return
        fi
        seen+=("$candidate is $version")
    done
    fail "seaofnodes needs Python 3.11 or newer on PATH (or named: PYTHON=/path/to/python make test);" \
        "found: ${seen[*]:-none}"
}

make_venv() {
    local python
    python=$(find_python)
    rm -rf "$venv"
    say "making $venv with $("$python" --version)"
    "$python" -m venv "$venv" || fail "$python cannot make virtual environments; on Debian, python3-venv is missing"
}

# Runs a command that needs apt-get, with the system's package lists; if that fails (they may be missing, as in a fresh
# container, or old), with lists of our own: an ordinary user cannot update the system's.
with_apt() {
    command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || return 1
    "$@" 2> "$work/log" && return
    if [ -z "${APT_CONFIG:-}" ]; then
        mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
        printf 'Dir::State::lists "%s/lists";\nDir::Cache "%s/cache";\n' "$work" "$work" > "$work/apt.conf"
        export APT_CONFIG=$work/apt.conf
        apt-get -qq update 2>> "$work/log" || true # one broken source need not matter
        "$@" 2>> "$work/log" && return
    fi
    cat "$work/log" >&2
    return 1
}

# unpack_debs DIRECTORY PACKAGE...: the packages' files, below the directory.
unpack_debs() {
    local deb
    rm -rf "$1" "$work/debs" && mkdir "$work/debs" &&
        (cd "$work/debs" && apt-get -qq -o APT::Sandbox::User= download "${@:2}") || return 1
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$1" || return 1
    done
}

peachpy_from_debian() {
    local target
    unpack_debs "$work/peachpy" "python3-peachpy=$peachpy_version" || return 1
    echo "$peachpy_sha256  $(echo "$work"/debs/*)" | sha256sum --check --quiet - || return 1
    target=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    cp -r "$work/peachpy/usr/lib/python3/dist-packages/." "$target/" &&
        "$venv/bin/python" -W ignore -m compileall -q "$target/peachpy"
}

# unpack_missing DIRECTORY PACKAGE...: the packages, and what they need, as far as this machine lacks that.
unpack_missing() {
    local packages
    packages=$(apt-get -qq --simulate -o Debug::NoLocking=1 --no-install-recommends --reinstall install "${@:2}" |
        awk '/^Inst/ { print $2 }')
    # shellcheck disable=SC2086 # one word a package
    [ -n "$packages" ] && unpack_debs "$1" $packages
}

# write_fonts HOME: what fontconfig finds fonts by: this machine's, and those unpacked in HOME.
write_fonts() {
    local family
    {
        echo '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        echo '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        echo "<dir>$1/usr/share/fonts</dir><cachedir>$1/fontconfig</cachedir>"
        for family in 'serif:DejaVu Serif' 'sans-serif:DejaVu Sans' 'monospace:DejaVu Sans Mono'; do
            echo "<alias><family>${family%:*}</family><prefer><family>${family#*:}</family></prefer></alias>"
        done
        echo '</fontconfig>'
    } > "$1/fonts.conf"
}

# Chromium, which the viewer is tested in. To draw letters takes more than to load a page.
chromium_from_debian() {
    local home=$PWD/$venv/chromium libraries
    unpack_missing "$home" chromium chromium-common fonts-dejavu-core || return 1
    libraries=$(find "$home" -name '*.so*' -printf '%h\n' | sort -u | paste -sd :)
    write_fonts "$home"
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%q FONTCONFIG_FILE=%q exec %q "$@"\n' \
        "$libraries" "$home/fonts.conf" "$home/usr/lib/chromium/chromium" > "$venv/bin/chromium"
    chmod +x "$venv/bin/chromium"
    "$venv/bin/chromium" --headless --no-sandbox --disable-gpu "--screenshot=$work/page.png" \
        'data:text/html,<p>works <code>x</code> <button>y</button>' > /dev/null && [ -s "$work/page.png" ]
}

# Playwright's node, which drives the browser, with libraries that this machine lacks: a script takes its place.
node_libraries_from_debian() {
    local home=$PWD/$venv/node library
    unpack_missing "$home" libatomic1 libstdc++6 || return 1
    library=$(dirname "$(find "$home" -name 'libatomic.so*' -print -quit)")
    mv "$1" "$1.bare"
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$library" "$1.bare" > "$1"
    chmod +x "$1"
    "$1" --version > /dev/null || { mv "$1.bare" "$1" && return 1; }
}

# Graphviz's dot, which draws pictures.
dot_from_debian() {
    local home=$PWD/$venv/graphviz library
    unpack_missing "$home" graphviz libgvc6 fonts-dejavu-core || return 1
    library=$(dirname "$(find "$home" -name 'libgvc.so*' -print -quit)")
    write_fonts "$home"
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%q GVBINDIR=%q FONTCONFIG_FILE=%q exec %q "$@"\n' \
        "$library" "$library/graphviz" "$home/fonts.conf" "$home/usr/bin/dot" > "$venv/bin/dot"
    chmod +x "$venv/bin/dot"
    "$venv/bin/dot" -c && echo 'digraph { a -> b }' | "$venv/bin/dot" -Tsvg > /dev/null
}

# clang and lld, with C libraries for WebAssembly and for this machine (statically linked): tests compile programs with
# them, and compare what both do (42 MB to fetch).
clang_from_debian() {
    local packages='clang-14 libclang-cpp14 libllvm14 libclang-common-14-dev lld-14 wasi-libc libclang-rt-14-dev-wasm32'
    local usr=$PWD/$venv/wasi/usr lacking
    packages+=' libc6-dev libgcc-12-dev linux-libc-dev'
    lacking=$(apt-get -qq --simulate -o Debug::NoLocking=1 --no-install-recommends install clang-14 lld-14 |
        awk '/^Inst lib(z3|edit|bsd|md|xml2|icu|tinfo|ffi|lzma|zstd)/ { print $2 }')
    # shellcheck disable=SC2086 # one word a package
    unpack_debs "$PWD/$venv/wasi" $packages $lacking || return 1
    clang_wrapper wasi-clang --target=wasm32-wasi "--sysroot=$usr" "-B$usr/bin"
    clang_wrapper native-clang --target=x86_64-linux-gnu "--sysroot=$usr/.." "-B$usr/bin" -fuse-ld=lld -static
    echo 'int main(void) { return 0; }' > "$work/program.c"
    "$venv/bin/wasi-clang" "$work/program.c" -o "$work/program.wasm" &&
        "$venv/bin/native-clang" "$work/program.c" -o "$work/program" && "$work/program"
}

# clang_wrapper NAME OPTION...
clang_wrapper() {
    local usr=$PWD/$venv/wasi/usr
    {
        printf '#!/bin/sh\nLD_LIBRARY_PATH=%q' "$usr/lib/x86_64-linux-gnu:$usr/lib/llvm-14/lib"
        printf ' %s' exec "$(printf '%q ' "$usr/lib/llvm-14/bin/clang" "${@:2}")" '"$@"'
    } > "$venv/bin/$1"
    chmod +x "$venv/bin/$1"
}

peachpy_from_git() {
    echo 'setuptools<81' > "$work/limit" # its build script uses what newer ones dropped
    PIP_CONSTRAINT=$work/limit PIP_BUILD_CONSTRAINT=$work/limit pip_install --use-pep517 "$peachpy_git"
}

pip_install() { "$venv/bin/python" -m pip install -qq --disable-pip-version-check "$@"; }

works() {
    "$venv/bin/python" -W ignore - <<'PYTHON'
from peachpy.x86_64 import MOV, rax, rbx, rcx
assert bytes(MOV(rax, [rbx + rcx * 8 + 8]).encode()) == b"\x48\x8b\x44\xcb\x08"
import click, iced_x86, rich, wasmtime, seaofnodes
PYTHON
}

wanted=$(state)
ready && exit 0

mkdir -p .cache
if command -v flock > /dev/null; then # two makes at once: the second waits, and finds it done
    exec 9> .cache/setup.lock
    flock 9
    ready && exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_venv
say "installing the packages of pyproject.toml at the versions of $constraints"
pip_install --constraint "$constraints" --editable '.[dev]' || fail "pip could not install the packages"
say "installing PeachPy"
with_apt peachpy_from_debian || { say "not from Debian's package; trying git"; peachpy_from_git; } ||
    fail "PeachPy could be had neither from Debian's package nor from git"
works || fail "the environment is there, but does not work"
if ! command -v dot > /dev/null; then
    say "installing Graphviz's dot"
    with_apt dot_from_debian || { rm -f "$venv/bin/dot"; say "no luck: drawing (--emit svg) needs Graphviz"; }
fi
if ! { command -v clang && [ -e /usr/lib/wasm32-wasi/libc.a ]; } > /dev/null; then
    say "installing clang for C programs"
    with_apt clang_from_debian ||
        { rm -rf "$venv"/bin/{wasi,native}-clang "$venv/wasi"; say "no luck: tests of C programs are skipped"; }
fi
if ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } > /dev/null; then
    say "installing Chromium, for tests of the viewer"
    with_apt chromium_from_debian ||
        { rm -rf "$venv/bin/chromium" "$venv/chromium"; say "no luck: tests of the viewer's page will be skipped"; }
fi
node=$("$venv/bin/python" -c 'from playwright._impl._driver import compute_driver_executable as c; print(c()[0])')
if ! "$node" --version > /dev/null 2>&1; then
    say "installing libraries for Playwright's node"
    with_apt node_libraries_from_debian "$node" || say "no luck: tests of the viewer's page will fail"
fi
"$venv/bin/python" -m compileall -q seaofnodes passes backend viz || true # so that the first start is as quick as others
echo "${PYTHON:-}" > "$venv/interpreter"
echo "$wanted" > "$venv/complete"
say "done"
