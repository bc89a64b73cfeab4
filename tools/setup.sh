#!/usr/bin/env bash
# Sets up .venv in this checkout with everything that running, testing and changing seaofnodes needs.
# Needs no root, and changes nothing outside the checkout. Returns at once when there is nothing to do.
# usage: tools/setup.sh              PYTHON=/path/to/python tools/setup.sh chooses the interpreter
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
constraints=tools/constraints.txt

# PeachPy has no usable release in the package index: Debian's package, else its git repository at one commit.
peachpy_version='0.0~git20211013.257881e-1.1'
peachpy_sha256=cbe72d5556a693db991beb6b4829551a4f35ab9c45c24f90d942984944af3b10
peachpy_git='git+https://github.com/Maratyszcza/PeachPy@349e8f836142b2ed0efeb6bb99b1b715d87202e9'

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# What the environment is made from; where it is counts, because its scripts hold absolute paths.
state() { { pwd -P; echo "${PYTHON:-}"; cat pyproject.toml "$constraints" tools/setup.sh; } | sha256sum; }
ready() { [ -x "$venv/bin/python" ] && [ "$(cat "$venv/complete" 2>/dev/null)" = "$wanted" ]; }

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

# Downloads Debian's package into the current directory, with the system's package lists, or with lists of our own
# where those are missing (as in a fresh container): an ordinary user cannot update the system's.
download_deb() {
    local options=(-qq -o APT::Sandbox::User=)
    apt-get "${options[@]}" download "python3-peachpy=$peachpy_version" 2>/dev/null && return
    mkdir -p lists/partial cache/archives/partial
    printf 'Dir::State::lists "%s/lists";\nDir::Cache "%s/cache";\n' "$PWD" "$PWD" > apt.conf
    export APT_CONFIG=$PWD/apt.conf
    apt-get "${options[@]}" update || true # one broken source need not matter
    apt-get "${options[@]}" download "python3-peachpy=$peachpy_version"
}

peachpy_from_debian() {
    command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || return 1
    (cd "$work" && download_deb) > "$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
    local deb target
    deb=$(echo "$work"/python3-peachpy_*.deb)
    echo "$peachpy_sha256  $deb" | sha256sum --check --quiet - >&2 || fail "$deb is not the package it should be"
    target=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    dpkg-deb -x "$deb" "$work/root" &&
        cp -r "$work/root/usr/lib/python3/dist-packages/." "$target/" &&
        "$venv/bin/python" -W ignore -m compileall -q "$target/peachpy"
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
peachpy_from_debian || { say "not from Debian's package; trying git"; peachpy_from_git; } ||
    fail "PeachPy could be had neither from Debian's package nor from git"
works || fail "the environment is there, but does not work"
echo "$wanted" > "$venv/complete"
say "done"
