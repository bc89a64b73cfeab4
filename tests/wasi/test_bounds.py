"""What a program can ask for: bounded memory and time, and its mistakes are errors, not exceptions of Python."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seaofnodes import Engine, LinkError
from seaofnodes.wasi import Wasi
from seaofnodes.wasi.errno import BADF, FAULT, INVAL, NAMETOOLONG, OVERFLOW
from tests.wasi.program import Program, Wat


@pytest.fixture
def run(wat: Wat, tmp_path: Path) -> Program:
    (tmp_path / "file").write_bytes(b"contents")
    return Program(wat, Wasi(directories={"/": tmp_path}, stdout=len))


def put_words(run: Program, at: int, *words: int) -> None:
    run.memory.write(at, b"".join(word.to_bytes(4, "little") for word in words))


@pytest.mark.parametrize("call", ["fd_read", "fd_write", "fd_pread", "fd_pwrite"])
def test_as_many_buffers_as_the_system_takes(run: Program, call: str) -> None:
    fd = -(run.open("file", rights=2 | 64) or 0)
    offset = (0,) if call.startswith("fd_p") else ()
    run.memory.write(0, bytes(8 * 1025))
    assert run(call, fd, 0, 1024, *offset, 16000) == 0
    assert run(call, fd, 0, 1025, *offset, 16000) == INVAL
    assert run(call, fd, 0, 8_000_000, *offset, 16000) == INVAL  # no look at what lies outside of the memory


def test_one_write_takes_a_bounded_number_of_bytes(wat: Wat) -> None:
    """1,024 buffers that are all the whole of a large memory."""
    taken: list[int] = []
    wasi = Wasi(stdout=lambda data: taken.append(len(data)))
    run = Program(wat, wasi, pages=1024)
    put_words(run, 0, *(0, 1 << 26) * 1024)
    assert run("fd_write", 1, 0, 1024, 16000) == 0
    assert taken == [1 << 26] and run.word(16000) == 1 << 26


@pytest.mark.alone
def test_long_paths(run: Program, tmp_path: Path) -> None:
    run.memory.grow(32)
    (tmp_path / "d").mkdir()
    for length, expected in ((4095, 0), (4096, NAMETOOLONG), (1 << 20, NAMETOOLONG), ((1 << 32) - 1, NAMETOOLONG)):
        path = ("d/" + "./" * min(length, 1 << 20))[: length - 1] + "/"
        run.memory.write(65536, path.encode())
        start = time.perf_counter()
        assert run("path_filestat_get", 3, 1, 65536, length, 0) == expected
        assert run("path_create_directory", 3, 65536, length) == (expected or 20)
        assert run("path_symlink", 65536, length, 3, *run.text(f"link {length}")) == expected
        assert time.perf_counter() - start < 1


@pytest.mark.alone
def test_many_links_on_the_way_take_linear_time(run: Program, tmp_path: Path) -> None:
    """Each is as long as a link can be."""
    for number in range(39):
        (tmp_path / f"link{number}").symlink_to("./" * 2000 + f"link{number + 1}")
    (tmp_path / "link39").write_bytes(b"end")
    start = time.perf_counter()
    fd = run.open("link0")
    assert fd is not None and fd < 0 and run.read(-fd) == b"end"
    assert time.perf_counter() - start < 1


def _names(run: Program, fd: int, buffer: int, size: int) -> Iterator[bytes]:
    cookie = 0
    while True:
        assert run("fd_readdir", fd, buffer, size, cookie, 0) == 0
        data = run.memory.read(buffer, used := run.word(0))
        at = 0
        while at + 24 <= used:
            length = int.from_bytes(data[at + 16 : at + 20], "little")
            if at + 24 + length > used:
                break
            cookie = int.from_bytes(data[at : at + 8], "little")
            yield data[at + 24 : at + 24 + length]
            at += 24 + length
        if used < size:
            return


@pytest.mark.alone
def test_large_directories_take_linear_time(run: Program, tmp_path: Path) -> None:
    """In buffers for a few entries: each call goes on where the last one ended."""
    count = 2_000
    (tmp_path / "large").mkdir()
    for number in range(count):
        (tmp_path / "large" / f"{number}").touch()
    fd = -(run.open("large", flags=2) or 0)
    for size in (8192, 64):  # a few entries
        assert len(set(_names(run, fd, 16384, size))) == count + 2
    directory = run.wasi.program.table.find(fd)
    directory.entries = directory.entries * 100
    start = time.perf_counter()
    for cookie in range(1, 1001):
        assert run("fd_readdir", fd, 16384, 64, cookie, 0) == 0
    assert time.perf_counter() - start < 0.5


@pytest.mark.alone
def test_many_open_files_take_linear_time(run: Program) -> None:
    table = run.wasi.program.table
    start = time.perf_counter()
    numbers = [table.add(table.find(0)) for _ in range(50_000)]
    assert numbers == list(range(4, 50_004)) and time.perf_counter() - start < 1
    table.close(7)
    table.close(5)
    assert [table.add(table.find(0)) for _ in range(3)] == [5, 7, 50_004]  # the lowest free one
    table.move(9, 8)
    assert table.add(table.find(0)) == 9


def test_many_subscriptions(run: Program) -> None:
    assert run("poll_oneoff", 0, 0, 0, 0) == INVAL and run("poll_oneoff", 0, 0, 1 << 24, 0) == INVAL


@pytest.mark.parametrize("seconds", [-1, -(1 << 33), (1 << 33)])
def test_times_that_wasi_cannot_tell(run: Program, tmp_path: Path, seconds: int) -> None:
    """Before 1970 it is 1970."""
    os.utime(tmp_path / "file", (seconds, seconds))
    there = max(int((tmp_path / "file").stat().st_mtime), 0)
    assert run("path_filestat_get", 3, 1, *run.text("file"), 0) == 0 and run.word(48, 8) == there * 10**9
    fd = -(run.open("file") or 0)
    assert run("fd_filestat_get", fd, 0) == 0 and run.word(40, 8) == there * 10**9


def test_the_clock_before_1970(run: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.clock_gettime_ns", lambda clock: -5)
    assert run("clock_time_get", 0, 1, 0) == 0 and run.word(0, 8) == 0


def test_descriptors_above_1023(run: Program) -> None:
    """More than `select` can wait for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3000:
        pytest.skip("this process may not have so many descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (3000, hard))
    read, write = os.pipe()
    os.dup2(read, 2500)
    try:
        wasi = Wasi(stdin=2500)
        run.wasi.program.table = wasi.program.table
        run.memory.write(0, (7).to_bytes(8, "little") + b"\1" + bytes(39))
        os.write(write, b"x")
        assert run("poll_oneoff", 0, 100, 1, 200) == 0 and run.word(200) == 1 and run.word(100, 8) == 7
    finally:
        for number in (read, write, 2500):
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_waiting_for_what_is_closed(wat: Wat) -> None:
    read, write = os.pipe()
    os.close(write)
    run = Program(wat, Wasi(stdin=read))
    run.memory.write(0, (7).to_bytes(8, "little") + b"\1" + bytes(39))
    assert run("poll_oneoff", 0, 100, 1, 200) == 0 and run.memory.read(124, 1) == b"\1"  # hung up
    os.close(read)
    assert run("poll_oneoff", 0, 100, 1, 200) == 0 and run.word(108, 2) == BADF


def test_numbers_that_do_not_fit(run: Program) -> None:
    assert run("fd_fdstat_set_flags", 0, 1 << 16) == INVAL and run("fd_fdstat_get", 0, 0) == 0
    assert run("path_open", 3, 0, *run.text("file"), 0, 2, 0, 1 << 16, 0) == INVAL
    assert run("path_open", 3, 0, *run.text("file"), 0, 2, 0, 0, 131070) == FAULT
    assert run("fd_prestat_get", 3, 0) == 0 and run.word(4) == 1
    with pytest.raises(Exception, match=str(OVERFLOW)):
        run.wasi.program.memory.put(0, "I", 1 << 32)


def test_arguments_at_the_end_of_the_addresses(wat: Wat) -> None:
    run = Program(wat, Wasi(["", "", ""]), pages=65536)
    assert run("args_get", 0, (1 << 32) - 2) == FAULT and run("args_get", 0, (1 << 32) - 3) == 0


def test_names_that_are_no_text(wat: Wat, tmp_path: Path) -> None:
    run = Program(wat, Wasi(directories={"/\udcff": tmp_path}))
    assert run("fd_prestat_get", 3, 0) == 0 and run.word(4) == 2
    assert run("fd_prestat_dir_name", 3, 0, 2) == 0 and run.memory.read(0, 2) == b"/\xff"


@pytest.mark.parametrize(
    ("export", "problem"),
    [
        ('(func (export "_start") (param i32))', "without parameters and results"),
        ('(func (export "_start") (result i32) (i32.const 1))', "without parameters and results"),
        ('(global (export "_start") i32 (i32.const 1))', "without parameters and results"),
        ('(table (export "_start") 1 funcref)', "without parameters and results"),
    ],
)
def test_starts_of_the_wrong_type(wat: Wat, export: str, problem: str) -> None:
    text = f'(module (memory (export "memory") 1) {export})'
    with pytest.raises(LinkError, match=problem):
        Wasi().run(Engine().instantiate(wat(text)))
    with pytest.raises(LinkError, match=problem):
        Wasi().initialize(Engine().instantiate(wat(text.replace("_start", "_initialize"))))


@pytest.mark.parametrize("export", ["", '(func (export "memory"))', '(global (export "memory") i32 (i32.const 1))'])
def test_memories_of_the_wrong_kind(wat: Wat, export: str) -> None:
    with pytest.raises(LinkError, match="exports its memory"):
        Wasi().run(Engine().instantiate(wat(f'(module (func (export "_start")) {export})')))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fd_write", "(param i32)"), ("fd_write", "(param i32 i32 i32 i32)"), ("fd_seek", "(param i32 i32 i32 i32)"),
        ("proc_exit", "(param i32) (result i32)"), ("sched_yield", "(result f64)"), ("fd_close", "(param f32)"),
        ("random_get", "(param externref i32) (result i32)"), ("sched_yield", "(result i32 i32)"),
    ],
)  # fmt: skip
def test_imports_of_the_wrong_type(wat: Wat, name: str, kind: str) -> None:
    text = f'(module (import "wasi_snapshot_preview1" "{name}" (func {kind})) (memory (export "memory") 1))'
    with pytest.raises(LinkError, match=f"{name}.*expected function"):
        Engine().instantiate(wat(text), Wasi().imports)


def test_a_callable_that_says_its_type(wat: Wat) -> None:
    """Of any host; what has another attribute of that name is called as it is."""

    class Double:
        type = "something else"

        def __call__(self, value: int) -> int:
            return 2 * value

    module = wat('(module (import "m" "f" (func (param i32) (result i32))) (export "f" (func 0)))')
    assert Engine().instantiate(module, {"m": {"f": Double()}}).exports["f"](4) == 8
