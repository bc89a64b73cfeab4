"""Where programs come from: a C compiler for WASI, and sources from package registries. What is not to be had here
raises Unavailable, with the reason.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".cache" / "programs"
_LIBRARY: Final = Path("/usr/lib/wasm32-wasi/libc.a")
_SECONDS: Final = 100


class Unavailable(Exception):
    """A program cannot be had on this machine; says why."""


def _which(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", "")]))


def wasi_compiler() -> list[str]:
    """The command of a C compiler for WASI: the one that tools/setup.sh has installed, or the system's."""
    if own := _which("wasi-clang"):
        return [own]
    clang = shutil.which("clang")
    if clang is None or not _LIBRARY.exists():
        raise Unavailable("clang and wasi-libc are not installed")
    return [clang, "--target=wasm32-wasi"]


def native_compiler() -> list[str]:
    """The command of a C compiler for this machine: the one that tools/setup.sh has installed, or the system's."""
    for name in ("native-clang", "cc", "gcc", "clang"):
        if found := _which(name):
            return [found]
    raise Unavailable("there is no C compiler")


def compile_c(compiler: Sequence[str], target: Path, arguments: Sequence[str | Path]) -> Path:
    """Compile and link, once: a target is kept in the cache under the hash of what it is made from."""
    command = [*compiler, *map(str, arguments)]
    digest = hashlib.sha256("\0".join(command).encode())
    for argument in arguments:
        folder = argument if isinstance(argument, Path) else Path(argument.removeprefix("-I"))
        if folder.exists():
            for file in sorted(folder.rglob("*.[ch]")) if folder.is_dir() else [folder]:
                digest.update(file.read_bytes())
    made = CACHE / f"{target.stem}-{digest.hexdigest()[:16]}{target.suffix}"
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        new = made.with_suffix(f".{os.getpid()}")
        _run([*command, "-o", str(new)], "cannot compile")
        new.rename(made)
    return made


def unpacked(name: str, fetch: Callable[[Path], None]) -> Path:
    """A folder of the cache with what `fetch` puts there, at the first time."""
    folder = CACHE / name
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        new = CACHE / f"{name}.{os.getpid()}"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        try:
            fetch(new)
            new.rename(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return folder


def python_source(name: str, version: str) -> Path:
    """The folder with the files of a source distribution of PyPI."""

    def fetch(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary", ":all:", "--dest", str(folder), f"{name}=={version}"]
        _run(command, "pip cannot fetch")
        _unpack(folder, "*.tar.gz")

    return unpacked(f"{name}-{version}", fetch) / f"{name}-{version}"


def debian_source(name: str) -> Path:
    """The folder with the files of a source package of Debian, as its authors released it."""

    def fetch(folder: Path) -> None:
        if shutil.which("apt-get") is None:
            raise Unavailable("there is no apt-get")
        options = ["-qq", "-o", "APT::Sandbox::User=", "--download-only"]
        _run(["apt-get", *options, "source", name], "apt-get cannot fetch", cwd=folder)
        _unpack(folder, "*.orig.tar.*")

    folder = unpacked(name, fetch)
    (found,) = (path for path in folder.iterdir() if path.is_dir())
    return found


def _unpack(folder: Path, pattern: str) -> None:
    for archive in folder.glob(pattern):
        with tarfile.open(archive) as contents:
            if hasattr(tarfile, "data_filter"):
                contents.extractall(folder, filter="data")
            else:  # before Python 3.11.4
                contents.extractall(folder)


def _run(command: Sequence[str], what: str, cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS, cwd=cwd)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{what}: it took more than {_SECONDS} s") from None
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise Unavailable(f"{what}: {lines[-1]}")
