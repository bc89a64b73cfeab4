"""Real programs: how each is built for WASI, what it is given, and what it has to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.programs.toolchain import compile_c, debian_source, npm_package, python_source, wasi_compiler

HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """A program and one run of it.

    Attributes: build: gives the module's file, raises Unavailable; arguments; stdin, files: what it is given; stdout,
    stderr, status: what comes out (None: it is not known).
    """

    name: str
    build: Callable[[], Path]
    arguments: Sequence[str] = ()
    stdin: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    stdout: str | None = None
    stderr: str | None = ""
    status: int | None = 0


SHELF_SOURCES: Final = (*sorted((HERE / "shelf").glob("*.c")), f"-I{HERE / 'shelf'}", "-O2")
SQLITE_FLAGS: Final = ("-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_WAL", "-O1", "-w")
_LUA_FLAGS: Final = (
    *("-mllvm", "-wasm-enable-sjlj", "-mexception-handling", "-include", str(HERE / "lua" / "missing.h"), "-O2", "-w"),
    *("-D_WASI_EMULATED_SIGNAL", "-D_WASI_EMULATED_PROCESS_CLOCKS"),
    *("-lwasi-emulated-signal", "-lwasi-emulated-process-clocks"),
)
_QUICKJS_FLAGS: Final = (
    *('-DCONFIG_VERSION=""', "-DCONFIG_BIGNUM", "-DEMSCRIPTEN", "-D_GNU_SOURCE", "-O2", "-w"),
    *("-DFE_DOWNWARD=0", "-DFE_UPWARD=0", "-Wl,-z,stack-size=1048576"),
)  # fmt: skip


def _text(path: str) -> str:
    return (HERE / path).read_text(encoding="utf-8")


def build_shelf() -> Path:
    return compile_c(wasi_compiler(), Path("shelf.wasm"), SHELF_SOURCES)


def sqlite_sources() -> list[str | Path]:
    """The arguments for a compiler: with SQLite, and what it is to do."""
    folder = npm_package("better-sqlite3@12.11.1") / "deps" / "sqlite3"
    return [HERE / "sqlite" / "queries.c", folder / "sqlite3.c", f"-I{folder}", *SQLITE_FLAGS]


def build_sqlite() -> Path:
    flags = ["-D_WASI_EMULATED_GETPID", "-lwasi-emulated-getpid"]
    return compile_c(wasi_compiler(), Path("sqlite.wasm"), [*sqlite_sources(), *flags])


def build_lua() -> Path:
    compiler = wasi_compiler()
    sources = [file for file in sorted((debian_source("lua5.4") / "src").glob("*.c")) if file.name != "luac.c"]
    return compile_c(compiler, Path("lua.wasm"), [*sources, HERE / "lua" / "jumps.c", f"-I{HERE / 'lua'}", *_LUA_FLAGS])


def build_quickjs() -> Path:
    compiler = wasi_compiler()
    folder = python_source("quickjs", "1.19.4") / "upstream-quickjs"
    sources = [folder / f"{name}.c" for name in ("quickjs", "libregexp", "libunicode", "cutils", "libbf")]
    arguments = [HERE / "quickjs" / "evaluate.c", *sources, f"-I{folder}", *_QUICKJS_FLAGS]
    return compile_c(compiler, Path("quickjs.wasm"), arguments)


SHELF: Final = Program(
    "shelf", build_shelf, ["."], _text("shelf/script.txt").encode(), stdout=_text("shelf/expected.txt"),
    stderr="shelf: frobnicate: unknown command\n", status=2,
)  # fmt: skip
SQLITE: Final = Program("sqlite", build_sqlite, ["test.db"], stdout=_text("sqlite/expected.txt"))
LUA: Final = Program(
    "lua", build_lua, ["script.lua", "one"], files={"script.lua": _text("lua/script.lua").encode()},
    stdout=_text("lua/expected.txt"),
)  # fmt: skip
QUICKJS: Final = Program(
    "quickjs", build_quickjs, ["script.js"], files={"script.js": _text("quickjs/script.js").encode()},
    stdout=_text("quickjs/expected.txt"),
)  # fmt: skip
PROGRAMS: Final = (SHELF, SQLITE, LUA, QUICKJS)
