"""Waiting in calls of WASI ends with the engine's time limit, and leaves shared streams as they were."""

from __future__ import annotations

import fcntl
import os
import pty
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seaofnodes import Engine
from seaofnodes.errors import InterruptError, TimeLimitError
from seaofnodes.wasi import Wasi
from seaofnodes.wasi.errno import AGAIN
from tests.wasi.program import Program, Wat

PROGRAM = """(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1025)
  (data (i32.const 16) "\\01")                                       ;; a clock: monotonic
  (data (i32.const 24) "\\00\\c8\\17\\a8\\04\\00\\00\\00")           ;; 20 seconds
  (data (i32.const 64) "\\07\\00\\00\\00\\00\\00\\00\\00\\01")       ;; or the standard input
  (data (i32.const 128) "\\00\\10\\00\\00\\00\\00\\00\\04")          ;; a buffer of 64 MiB
  (data (i32.const 136) "fifo")
  (func (export "sleep") (result i32) (call $poll (i32.const 0) (i32.const 256) (i32.const 1) (i32.const 512)))
  (func (export "wait") (result i32) (call $poll (i32.const 64) (i32.const 256) (i32.const 1) (i32.const 512)))
  (func (export "read") (result i32) (call $read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 512)))
  (func (export "write") (result i32) (call $write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 512)))
  (func (export "fifo") (result i32)
    (drop (call $open (i32.const 3) (i32.const 0) (i32.const 136) (i32.const 4) (i32.const 0) (i64.const 2)
      (i64.const 0) (i32.const 0) (i32.const 512)))
    (call $read (i32.load (i32.const 512)) (i32.const 128) (i32.const 1) (i32.const 512)))
  (func (export "written") (result i32) (i32.load (i32.const 512)))
  (func (export "random") (result i32) (loop $again (drop (call $random (i32.const 4096) (i32.const 0x4000000)))
    (br $again)) (unreachable)))"""
CALLS = ["sleep", "wait", "read", "write", "fifo", "random"]


@pytest.fixture
def pipes() -> Iterator[tuple[int, int]]:
    """The ends that a program gets: to read what nobody writes, to write what nobody reads."""
    incoming, outgoing = os.pipe(), os.pipe()
    yield incoming[0], outgoing[1]
    for number in (*incoming, *outgoing):
        os.close(number)


@pytest.mark.parametrize("call", CALLS)
def test_the_time_limit_holds_in_calls(wat: Wat, tmp_path: Path, pipes: tuple[int, int], call: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    wasi = Wasi(stdin=pipes[0], stdout=pipes[1], directories={"/": tmp_path})
    instance = Engine(time_limit=0.3).instantiate(wat(PROGRAM), wasi.imports)
    wasi.bind(instance)
    for _ in range(2):  # the limit is that of each call from outside
        start = time.monotonic()
        with pytest.raises(TimeLimitError, match=r"0\.3 s"):
            instance.exports[call]()
        assert 0.25 < time.monotonic() - start < 2
    wasi.program.table.close_all()


@pytest.mark.parametrize("call", CALLS)
def test_interrupts_are_heard_in_calls(wat: Wat, tmp_path: Path, pipes: tuple[int, int], call: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    wasi = Wasi(stdin=pipes[0], stdout=pipes[1], directories={"/": tmp_path})
    engine = Engine()
    instance = engine.instantiate(wat(PROGRAM), wasi.imports)
    wasi.bind(instance)
    timer = threading.Timer(0.2, engine.interrupt)
    timer.start()
    start = time.monotonic()
    with pytest.raises(InterruptError):
        instance.exports[call]()
    assert time.monotonic() - start < 5
    timer.join()
    wasi.program.table.close_all()


def test_a_write_that_fills_a_pipe_in_part(wat: Wat) -> None:
    """It goes on as the reader does, and gives what was written before the reader went."""
    for keep, expected in ((True, 1 << 26), (False, None)):
        read, write = os.pipe()
        wasi = Wasi(stdout=write)
        instance = Engine(time_limit=60).instantiate(wat(PROGRAM), wasi.imports)
        wasi.bind(instance)
        taken: list[int] = []

        def take(read: int = read, keep: bool = keep, taken: list[int] = taken) -> None:
            while sum(taken) < (1 << 26 if keep else 300_000):
                taken.append(len(os.read(read, 1 << 16)))
            os.close(read)

        reader = threading.Thread(target=take)
        reader.start()
        assert instance.exports["write"]() == 0
        reader.join()
        written = instance.exports["written"]()
        assert written == expected if keep else sum(taken) <= written < 1 << 26
        os.close(write)


@pytest.mark.parametrize("flags", [1, 4, 5])
def test_flags_of_a_shared_terminal_stay_as_they_were(wat: Wat, flags: int) -> None:
    """A shell would find its input non-blocking, its output appending."""
    master, slave = pty.openpty()
    before = fcntl.fcntl(slave, fcntl.F_GETFL)
    run = Program(wat, Wasi(stdin=slave, stdout=slave))
    assert run("fd_fdstat_set_flags", 0, flags) == 0 and run("fd_fdstat_set_flags", 1, flags) == 0
    assert fcntl.fcntl(slave, fcntl.F_GETFL) == before
    assert run("fd_fdstat_get", 0, 0) == 0 and run.word(2, 2) == flags
    if flags & 4:  # and yet the program does not wait
        run.memory.write(0, (2048).to_bytes(4, "little") + (8).to_bytes(4, "little"))
        assert run("fd_read", 0, 0, 1, 16) == AGAIN
        os.write(master, b"line\n")
        assert run.read(0) == b"line\n"
        while (error := run.write(1, bytes(8192))) == 0:  # until the terminal is full
            pass
        assert error == AGAIN
    for number in (master, slave):
        os.close(number)


def test_appending_to_a_shared_file(wat: Wat, tmp_path: Path) -> None:
    number = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    os.write(number, b"before ")
    os.lseek(number, 0, 0)
    run = Program(wat, Wasi(stdout=number))
    assert run("fd_fdstat_set_flags", 1, 1) == 0 and run.write(1, b"behind") == 0
    assert (tmp_path / "file").read_bytes() == b"before behind"
    assert not fcntl.fcntl(number, fcntl.F_GETFL) & os.O_APPEND
    os.close(number)


def test_a_stream_that_others_have_made_non_blocking(wat: Wat) -> None:
    """The program has not asked for it, and waits."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    run = Program(wat, Wasi(stdin=read))
    timer = threading.Timer(0.1, os.write, (write, b"late"))
    timer.start()
    assert run.read(0) == b"late"
    timer.join()
    os.close(read)
    os.close(write)
