"""Real programs: how each is built for WASI, what it is given, and what it has to print."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.programs.toolchain import compile_c, debian_source, python_source, unpacked, wasi_compiler

HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """A program and one run of it.

    Attributes: build: gives the module's file, raises Unavailable; arguments; stdin, files, folder: what it is given
    (folder: gives one with more files); stdout, stderr, status: what comes out (None: it is not known).
    """

    name: str
    build: Callable[[], Path]
    arguments: Sequence[str] = ()
    stdin: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    folder: Callable[[], Path] | None = None
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

_SODIUM_FLAGS: Final = (
    *("-DCONFIGURED=1", "-O1", "-w", "-D_WASI_EMULATED_SIGNAL", "-D_WASI_EMULATED_GETPID"),
    *("-lwasi-emulated-signal", "-lwasi-emulated-getpid"),
)
_ALONE: Final = ("sodium_core", "sodium_utils2", "sodium_utils3")  # tests that end their process, or want to be first
_SODIUM_AGAIN: Final = '#include "sodium.h"\n#define sodium_init() (sodium_init() < 0)\n'  # 1: it is ready already


def _text(path: str) -> str:
    return (HERE / path).read_text(encoding="utf-8")


def build_shelf() -> Path:
    return compile_c(wasi_compiler(), Path("shelf.wasm"), SHELF_SOURCES)


def sqlite_sources() -> list[str | Path]:
    """The arguments for a compiler: with SQLite, and what it is to do."""
    folder = python_source("sqlean_py", "3.50.4.5") / "sqlite"
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


def libsodium_tests() -> Path:
    """The folder with libsodium's tests, and a file `X.exp` for each with what it prints.

    Each compares that itself. All are one program here: `main.c`, which is made, includes `X.c` as `tests/X.c`.
    """
    source = debian_source("libsodium")

    def make(folder: Path) -> None:
        version = (source / "src/libsodium/include/sodium/version.h.in").read_text(encoding="utf-8")
        for name, value in {"VERSION": "1", "LIBRARY_VERSION_MAJOR": "1", "LIBRARY_VERSION_MINOR": "0"}.items():
            version = version.replace(f"@{name}@", value).replace(f"@SODIUM_{name}@", value)
        (folder / "sodium").mkdir()
        (folder / "sodium" / "version.h").write_text(version.replace("@SODIUM_LIBRARY_MINIMAL_DEF@", ""))
        tests = source / "test" / "default"
        names = sorted(file.stem for file in tests.glob("*.exp") if (tests / f"{file.stem}.c").exists())
        names = [name for name in names if name not in _ALONE]
        for name in names:
            shutil.copy(tests / f"{name}.exp", folder)
            renamed = f"#define main main_{name}\n#define xmain xmain_{name}\n"
            text = f'{_SODIUM_AGAIN}{renamed}#include "{name}.c"\n'
            (folder / f"test_{name}.c").write_text(text, encoding="utf-8")
        declared = "".join(f"int main_{name}(void);\n" for name in names)
        called = "".join(f'  if (main_{name}()) {{ printf("{name}\\n"); wrong++; }}\n' for name in names)
        text = f'#include <stdio.h>\n{declared}int main(void) {{\n  int wrong = 0;\n{called}'
        text += f'  printf("%d of {len(names)} wrong\\n", wrong);\n  return wrong != 0;\n}}\n'
        (folder / "main.c").write_text(text, encoding="utf-8")

    return unpacked("libsodium-tests", make)


def build_libsodium() -> Path:
    compiler, source, tests = wasi_compiler(), debian_source("libsodium"), libsodium_tests()
    folders = [source / "src/libsodium/include", source / "src/libsodium/include/sodium", tests, tests / "sodium"]
    folders += [source / "test/default", source / "test/quirks"]
    files = [*sorted((source / "src").rglob("*.c")), *sorted(tests.glob("*.c"))]
    return compile_c(
        compiler, Path("libsodium.wasm"), [*files, *(f"-I{folder}" for folder in folders), *_SODIUM_FLAGS]
    )


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
LIBSODIUM: Final = Program("libsodium", build_libsodium, folder=libsodium_tests)
PROGRAMS: Final = (SHELF, SQLITE, LUA, QUICKJS, LIBSODIUM)
