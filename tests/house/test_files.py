"""Bounded files, folders for one process, and checked plain values."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import pytest

from seaofnodes.errors import DecodeError, Error, UnsupportedError
from seaofnodes.files import locked, read_file
from seaofnodes.passes.framework.plugins import load_file
from seaofnodes.plain import checked, fits, json_text, read_json
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.text import read


def sparse(path: Path, size: int, start: bytes) -> Path:
    """A file of so many bytes that takes no room."""
    path.write_bytes(start)
    os.truncate(path, size)
    return path


def test_files_and_pipes_are_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for size in (0, 1, 1 << 16, (1 << 16) + 1, 3 << 20):
        path.write_bytes(data := os.urandom(size))
        assert read_file(path, size) == data and read_file(path, 1 << 30) == data
        if size:
            with pytest.raises(UnsupportedError, match=f"{size:,} bytes: at most {size - 1:,}"):
                read_file(path, size - 1)
            number, write = os.pipe()
            thread = threading.Thread(target=lambda: os.write(write, data) and os.close(write))  # noqa: B023
            thread.start()
            assert size > 1 << 20 or read_file(f"/proc/self/fd/{number}", size) == data
            if size > 1 << 20:
                with pytest.raises(UnsupportedError, match="bytes or more"):
                    read_file(f"/proc/self/fd/{number}", 1 << 17)
                while os.read(number, 1 << 20):
                    pass
            thread.join()
            os.close(number)


@pytest.mark.parametrize(
    ("start", "limit"), [(b"\0asm\1\0\0\0", limits.MODULE_BYTES), (b"(module)", limits.TEXT_BYTES)], ids=["wasm", "wat"]
)
def test_large_modules_are_refused_before_they_are_read(tmp_path: Path, start: bytes, limit: int) -> None:
    path = sparse(tmp_path / "large", limit + 1, start + b" " * (1 << 16))
    tracemalloc.start()
    try:
        with pytest.raises(UnsupportedError, match=f"{limit + 1:,} bytes"):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()
    path.unlink()


def test_contents_are_bounded_as_files_are() -> None:
    text = b"(module)" + b" " * limits.TEXT_BYTES
    with pytest.raises(UnsupportedError, match="bytes in a module"):
        read(text)
    with pytest.raises(DecodeError, match="neither"):
        read(b"(module \0)")


def test_what_has_no_end_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path, reason in (
        ("/dev/zero", "neither a file nor a pipe"), ("/dev/null", "neither"), (tmp_path / "fifo", "nothing is written"),
    ):  # fmt: skip
        for reader in (read, load_file):
            with pytest.raises(Error, match=reason):
                reader(path)
    with pytest.raises(IsADirectoryError) as caught:
        read(tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_an_endless_pipe_is_read_up_to_what_can_be_a_module() -> None:
    """Zeros are none; text is, up to a limit."""
    for program, error in (("cat /dev/zero", DecodeError), ("yes", UnsupportedError)):
        with subprocess.Popen(program.split(), stdout=subprocess.PIPE) as source:
            assert source.stdout is not None
            with pytest.raises(error):
                read(f"/proc/self/fd/{source.stdout.fileno()}")
            source.kill()


HOLD = """import sys, pathlib
from seaofnodes.files import locked
with locked(pathlib.Path(sys.argv[1])):
    print(1, flush=True)
    input()"""


def test_a_folder_for_one_process(root: Path, tmp_path: Path) -> None:
    """Until that ends, whichever way."""
    folder = tmp_path / "new" / "folder"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline()
        with pytest.raises(Error, match="in use by another process"), locked(folder):
            pass
        holder.kill()
    for _ in range(2):
        with locked(folder):
            pass


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5000, b"\0"])
def test_what_is_no_json(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "file").write_bytes(text)
    with pytest.raises(Error, match="no JSON"):
        read_json(tmp_path / "file", 1 << 20)


def test_json_has_no_nan() -> None:
    value = {"a": [math.nan, math.inf, (-math.inf, 1.5)], "b": None, "c": True, "d": {"e": "nan"}}

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    found = json.loads(json_text(value), parse_constant=refuse)
    assert found == {"a": ["NaN", "Infinity", ["-Infinity", 1.5]], "b": None, "c": True, "d": {"e": "nan"}}
    assert json_text([1, "x"], separators=(",", ":")) == '[1,"x"]'
    assert json.loads(json_text([object, math.nan], default=str), parse_constant=refuse) == [str(object), "NaN"]


def test_values_are_of_the_types_that_are_declared() -> None:
    @dataclass
    class Thing:
        number: int
        seconds: float
        names: tuple[str, ...]
        counts: dict[str, int]
        maybe: str | None = None

    right = Thing(1, 2, ("a",), {"a": 1})
    assert checked(right) is right
    wrong = [
        Thing(True, 2, (), {}), Thing(1, math.nan, (), {}), Thing(1, 2.0, (3,), {}),  # type: ignore[arg-type]
        Thing(1, 2.0, (), {"a": "b"}), Thing(1, 2.0, (), {}, 5), Thing("1", 2.0, (), {}),  # type: ignore[dict-item, arg-type]
    ]  # fmt: skip
    for thing in wrong:
        with pytest.raises(TypeError):
            checked(thing)
    assert fits([[1]], list[list[int]]) and not fits([["1"]], list[list[int]])
