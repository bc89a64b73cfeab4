"""WASI: what programs are given, and that they get nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes import Engine, Error, LinkError
from seaofnodes.wasi import Directory, Wasi
from seaofnodes.wasi.errno import BADF, EXIST, FAULT, INVAL, ISDIR, LOOP, NOENT, NOTCAPABLE, NOTDIR, PERM, WasiError
from seaofnodes.wasi.paths import resolve
from tests.programs.toolchain import Unavailable, compile_c, wasi_compiler
from tests.wasi.program import Program, Wat

HERE = Path(__file__).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory to give, with a secret beside it, and links that lead out."""
    (tmp_path / "secret").write_text("secret")
    given = tmp_path / "given"
    (given / "a" / "b").mkdir(parents=True)
    (given / "file").write_text("contents")
    (given / "up").symlink_to("..")
    (given / "absolute").symlink_to(tmp_path / "secret")
    (given / "a" / "inside").symlink_to("../file")
    (given / "a" / "outside").symlink_to("../../secret")
    (given / "round").symlink_to("round")
    (given / "a" / "b" / "top").symlink_to("../../a")
    return given


def program(wat: Wat, folder: Path, *, writable: bool = True, **options: object) -> Program:
    return Program(wat, Wasi(directories={"/": Directory(folder, writable)}, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        "..", "../secret", "a/../../secret", "/etc/passwd", "/", "up", "up/secret", "absolute", "a/outside",
        "a/b/top/../../secret", "./.././secret", "a/b/../../../secret", "up/given/file",
    ],
)  # fmt: skip
def test_nothing_leads_out(wat: Wat, folder: Path, path: str) -> None:
    run = program(wat, folder)
    assert run.open(path) == NOTCAPABLE
    for name in ("path_create_directory", "path_remove_directory", "path_unlink_file"):
        if path not in ("up", "absolute", "a/outside"):  # links, which these do not follow
            assert run(name, 3, *run.text(path)) == NOTCAPABLE
    assert run("path_filestat_get", 3, 1, *run.text(path), 0) == NOTCAPABLE
    at, length = run.text("file")
    if path not in ("up", "absolute", "a/outside"):
        assert run("path_rename", 3, at, length, 3, *run.text(path, 4096)) == NOTCAPABLE
        assert run("path_link", 3, 0, at, length, 3, *run.text(path, 4096)) == NOTCAPABLE
    assert (folder.parent / "secret").read_text() == "secret"


def test_links_that_stay_inside(wat: Wat, folder: Path) -> None:
    run = program(wat, folder)
    for path in ("file", "a/inside", "a/b/top/inside", "./a/../file", "a/b/top/b/top/inside"):
        fd = run.open(path)
        assert fd is not None and fd < 0 and run.read(-fd) == b"contents", path
    assert run.open("round") == LOOP
    assert run.open("a/inside", follow=0) == LOOP
    assert run.open("file/") == NOTDIR and run.open("file/x") == NOTDIR
    assert run.open("none") == NOENT and run.open("") == NOENT
    assert run.open("a\0b") == INVAL


def test_links_made_by_the_program(wat: Wat, folder: Path) -> None:
    run = program(wat, folder)
    assert run("path_symlink", *run.text("/etc"), 3, *run.text("etc", 4096)) == PERM
    assert run("path_symlink", *run.text("../secret"), 3, *run.text("out", 4096)) == 0
    assert run.open("out") == NOTCAPABLE
    assert run("path_symlink", *run.text("file"), 3, *run.text("in", 4096)) == 0
    assert (run.open("in") or 0) < 0
    assert run("path_readlink", 3, *run.text("in"), 4096, 100, 0) == 0
    assert run.memory.read(4096, run.word(0)) == b"file"


def test_a_directory_that_is_swapped_for_a_link(folder: Path) -> None:
    """Between the look at a component and its opening: the opening does not follow links."""
    root = os.open(folder, os.O_RDONLY)
    looked = os.readlink

    def swap(*arguments: object, **options: object) -> str:
        try:
            return looked(*arguments, **options)  # type: ignore[arg-type]
        finally:
            shutil.rmtree(folder / "a", ignore_errors=True)
            if not (folder / "a").exists():
                (folder / "a").symlink_to("..")

    try:
        os.readlink = swap  # type: ignore[assignment]
        with pytest.raises((WasiError, OSError)) as caught, resolve(root, "a/secret", follow=True):
            pytest.fail("led out")
        assert not isinstance(caught.value, WasiError) or caught.value.number in (LOOP, NOTCAPABLE)
    finally:
        os.readlink = looked
        os.close(root)


def test_a_file_that_is_swapped_for_a_link(wat: Wat, folder: Path) -> None:
    """Once a name has been looked at: with a slash behind it the system would follow the link."""
    looked = os.stat
    run = program(wat, folder)

    def swap(path: object, *arguments: object, **options: object) -> os.stat_result:
        try:
            return looked(path, *arguments, **options)  # type: ignore[arg-type, call-overload, no-any-return]
        finally:
            if path == "file":
                (folder / "file").unlink()
                (folder / "file").symlink_to("..")

    try:
        os.stat = swap
        assert run.open("file/", flags=2) in (NOTDIR, LOOP)
    finally:
        os.stat = looked


def test_a_directory_opened_to_write_that_is_swapped_for_a_link(wat: Wat, folder: Path) -> None:
    """A directory that is to be written is opened once more, to read."""
    opened = os.open
    run = program(wat, folder)

    def swap(path: object, *arguments: object, **options: object) -> int:
        try:
            return opened(path, *arguments, **options)  # type: ignore[arg-type]
        except IsADirectoryError:
            shutil.rmtree(folder / "a")
            (folder / "a").symlink_to("..")
            raise

    try:
        os.open = swap  # type: ignore[assignment]
        assert run.open("a", rights=2 | 64) in (NOTDIR, LOOP)
    finally:
        os.open = opened


def test_slashes_at_the_end(wat: Wat, folder: Path) -> None:
    run = program(wat, folder)
    assert run.open("new/", flags=1, rights=64) == NOENT and run.open("file/", flags=1, rights=64) == NOTDIR
    assert run("path_symlink", *run.text("file"), 3, *run.text("new/", 4096)) == NOENT
    assert run("path_link", 3, 0, *run.text("file"), 3, *run.text("new/", 4096)) == NOENT
    assert run("path_rename", 3, *run.text("file"), 3, *run.text("new/", 4096)) == NOTDIR
    assert not (folder / "new").exists()
    assert run("path_create_directory", 3, *run.text("new/")) == 0
    assert run("path_rename", 3, *run.text("new/"), 3, *run.text("newer/", 4096)) == 0
    assert run("path_remove_directory", 3, *run.text("newer/")) == 0
    assert run.open("fresh", flags=1 | 2) == INVAL and not (folder / "fresh").exists()


def test_numbers_that_the_system_cannot_have(wat: Wat, folder: Path) -> None:
    run = program(wat, folder)
    fd = -(run.open("file", rights=2 | 64) or 0)
    run.memory.write(0, (2048).to_bytes(4, "little") + (8).to_bytes(4, "little"))
    assert run("fd_filestat_set_size", fd, -1) == INVAL and run("fd_allocate", fd, 1 << 63, 1) == INVAL
    assert run("fd_pread", fd, 0, 1, -1, 16) == INVAL and run("fd_pwrite", fd, 0, 1, 1 << 63, 16) == INVAL
    assert run("fd_filestat_set_times", fd, -1, -1, 1 | 4) in (0, INVAL)
    assert run("fd_readdir", 3, 2048, 100, -1, 16) == 0 and run.word(16) == 0
    assert run("random_get", 0, -1) == FAULT


def test_a_directory_to_read_only(wat: Wat, folder: Path) -> None:
    run = program(wat, folder, writable=False)
    assert (run.open("file") or 0) < 0
    assert run.open("file", rights=2 | 64) == PERM and run.open("new", flags=1) == PERM
    assert run("path_unlink_file", 3, *run.text("file")) == PERM
    assert run("path_create_directory", 3, *run.text("d")) == PERM
    sub = run.open("a", flags=2)
    assert sub is not None and sub < 0
    assert run("path_create_directory", -sub, *run.text("d")) == PERM


def test_files(wat: Wat, folder: Path) -> None:
    run = program(wat, folder)
    fd = run.open("new", flags=1 | 4, rights=2 | 64)
    assert fd is not None and fd < 0
    assert run.open("new", flags=1 | 4, rights=64) == EXIST
    assert run.write(-fd, b"hello world") == 0 and run.word(16) == 11
    assert run("fd_seek", -fd, -5, 2, 0) == 0 and run.word(0, 8) == 6
    assert run.read(-fd) == b"world" and run.read(-fd) == b""
    assert run("fd_filestat_set_size", -fd, 5) == 0 and (folder / "new").read_text() == "hello"
    assert run("fd_filestat_get", -fd, 0) == 0 and run.word(32, 8) == 5 and run.memory.read(16, 1) == b"\4"
    assert run("fd_close", -fd) == 0 and run("fd_close", -fd) == BADF and run.write(-fd, b"x") == BADF
    assert run("path_rename", 3, *run.text("new"), 3, *run.text("a/moved", 4096)) == 0
    assert run("path_unlink_file", 3, *run.text("a")) == ISDIR
    assert run("path_unlink_file", 3, *run.text("a/moved")) == 0
    assert not (folder / "a" / "moved").exists()
    assert run.write(3, b"x") in (BADF, ISDIR)


def test_directories_in_parts(wat: Wat, folder: Path) -> None:
    names = {f"entry {number}" for number in range(50)}
    for name in names:
        (folder / "a" / "b" / name).touch()
    run = program(wat, folder)
    fd = -(run.open("a/b", flags=2) or 0)
    found: set[str] = set()
    cookie = 0
    while True:
        assert run("fd_readdir", fd, 8192, 200, cookie, 0) == 0
        data = run.memory.read(8192, used := run.word(0))
        at = 0
        while at + 24 <= used:
            length = int.from_bytes(data[at + 16 : at + 20], "little")
            if at + 24 + length > used:
                break
            cookie = int.from_bytes(data[at : at + 8], "little")
            found.add(data[at + 24 : at + 24 + length].decode())
            at += 24 + length
        if used < 200:
            break
    assert found == names | {".", "..", "top"}


def test_pointers_out_of_bounds(wat: Wat, folder: Path) -> None:
    run = program(wat, folder)
    assert run("random_get", 131072 - 8, 9) == FAULT and run("random_get", 131072 - 8, 8) == 0
    assert run("clock_time_get", 0, 1, -1) == FAULT
    assert run("path_open", 3, 0, 131070, 10, 0, 0, 0, 0, 0) == FAULT
    assert run("clock_time_get", 9, 1, 0) == INVAL


def test_arguments_and_environment(wat: Wat, tmp_path: Path) -> None:
    run = Program(wat, Wasi(["p", "ä b"], environment={"A": "1"}))
    assert run("args_sizes_get", 0, 4) == 0 and (run.word(0), run.word(4)) == (2, 2 + 5)
    assert run("args_get", 16, 64) == 0 and run.memory.read(64, 7) == "p\0ä b\0".encode()
    assert (run.word(16), run.word(20)) == (64, 66)
    assert run("environ_sizes_get", 0, 4) == 0 and (run.word(0), run.word(4)) == (1, 4)
    with pytest.raises(Error, match="No such file"):
        Wasi(directories={"/": tmp_path / "none"})
    with pytest.raises(Error, match="zero bytes"):
        Wasi(["a\0b"])


def test_waiting(wat: Wat) -> None:
    run = Program(wat, Wasi())
    run.memory.write(0, bytes(48))
    run.memory.write(0, (77).to_bytes(8, "little"))
    run.memory.write(16, (1).to_bytes(4, "little"))
    run.memory.write(24, (2_000_000).to_bytes(8, "little"))  # 2 ms, monotonic
    assert run("poll_oneoff", 0, 100, 1, 200) == 0
    assert run.word(200) == 1 and run.word(100, 8) == 77


def test_waiting_for_ever_ends_with_input(wat: Wat) -> None:
    """A wait of centuries, and a stream of bytes, which is always ready."""
    run = Program(wat, Wasi(stdin=b"x"))
    run.memory.write(0, bytes(96))
    run.memory.write(16, (1).to_bytes(4, "little") + bytes(4) + b"\xff" * 8)
    run.memory.write(48, (78).to_bytes(8, "little") + b"\1")
    assert run("poll_oneoff", 0, 100, 2, 200) == 0
    assert run.word(200) == 1 and run.word(100, 8) == 78


def test_a_wait_of_centuries_begins(wat: Wat, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    run = Program(wat, Wasi())
    monkeypatch.setattr(run.wasi.program.patience, "sleep", waits.append)
    run.memory.write(0, bytes(16) + (1).to_bytes(4, "little") + bytes(4) + b"\xff" * 8 + bytes(16))
    assert run("poll_oneoff", 0, 100, 1, 200) == 0
    assert len(waits) == 1 and 1e6 < waits[0] < 9e9  # what the system can wait


EXIT = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 5))))"""


def test_programs_exit(wat: Wat) -> None:
    wasi = Wasi()
    assert wasi.run(Engine().instantiate(wat(EXIT), wasi.imports)) == 5
    with pytest.raises(LinkError, match="no program"):
        Wasi().run(Engine().instantiate(wat('(module (memory (export "memory") 1))')))
    with pytest.raises(LinkError, match="memory"):
        Wasi().run(Engine().instantiate(wat('(module (func (export "_start")))')))


def test_libraries(wat: Wat) -> None:
    """They have no `_start`, but perhaps `_initialize`."""
    wasi = Wasi()
    instance = Engine().instantiate(
        wat("""(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          (memory (export "memory") 1) (global $ready (mut i32) (i32.const 0))
          (func (export "_initialize") (global.set $ready (i32.const 7)))
          (func (export "f") (result i32)
            (i32.add (call $random (i32.const 0) (i32.const 8)) (global.get $ready))))"""),
        wasi.imports,
    )
    wasi.initialize(instance)
    assert instance.exports["f"]() == 7


@pytest.fixture(scope="module")
def compiled() -> Path:
    """files.c, compiled for WASI."""
    try:
        return compile_c(wasi_compiler(), Path("files.wasm"), ["-O2", HERE / "files.c"])
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("tier", ["baseline", "auto"])
def test_a_program_in_c(root: Path, compiled: Path, tmp_path: Path, tier: str) -> None:
    command = [sys.executable, "-m", "seaofnodes.cli.main", "run", "--tier", tier, "--dir", f"{tmp_path}::/data"]
    done = subprocess.run(
        [*command, "--env", "HOME=/h", str(compiled), "x y"],
        cwd=root, input="one\ntwo\n", capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines() == [
        "hello 2 x y", "HOME=/h", "1000 lines, 249750", "escape: Capabilities insufficient", "entry out.txt",
        "size 14670", "in: one", "in: two",
    ]  # fmt: skip
    assert len((tmp_path / "out.txt").read_text().splitlines()) == 1000
