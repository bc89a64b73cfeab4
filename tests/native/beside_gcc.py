"""Machine code of the project's typed functions beside what a C compiler makes of the same text.

    python -m tests.native.beside_gcc
    python -m tests.native.beside_gcc --inputs 200 --only mark sweep --asm

Instructions as they stand in the code, and those executed on drawn heaps (agree.py), which single steps count. Both
give the same results and memory. Compilers: gcc, or the clang of tools/setup.sh.
"""

from __future__ import annotations

import argparse
import ctypes
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from seaofnodes.backend.assembler.disassembly import disassemble
from seaofnodes.native.compiled import compile_function
from seaofnodes.native.function import Function
from seaofnodes.native.unit import Unit
from seaofnodes.runtime.heap.machine_code import collector_code
from tests.native.agree import DRAWERS, SIZE, native_functions
from tests.native.c_text import c_text
from tests.native.three_ways import ThreeWays

OPTIONS = ("-O2", "-mpopcnt", "-fwrapv", "-fno-strict-aliasing", "-fPIC", "-fno-asynchronous-unwind-tables")
_COUNTER = r"""
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <ucontext.h>
static volatile uint64_t steps;
static void step(int number, siginfo_t *info, void *context) { steps++; }
typedef uint64_t (*function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
uint64_t counted(function called, uint64_t *a, uint64_t *count) {
    struct sigaction before, now = {0};
    now.sa_sigaction = step; now.sa_flags = SA_SIGINFO;
    sigaction(SIGTRAP, &now, &before);
    steps = 0;
    uint64_t a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], result;
    __asm__ volatile("pushfq; orq $0x100, (%rsp); popfq");
    result = called(a0, a1, a2, a3, a4);
    __asm__ volatile("pushfq; andq $~0x100, (%rsp); popfq");
    *count = steps;
    sigaction(SIGTRAP, &before, 0);
    return result;
}
uint64_t nothing(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) { return 0; }
"""


class Row(NamedTuple):
    """Attributes: name; ours, theirs: instructions in the code; run, run_theirs: executed on all inputs."""

    name: str
    ours: int
    theirs: int
    run: int
    run_theirs: int

    @property
    def ratio(self) -> float:
        """Of what is executed."""
        return self.run / max(self.run_theirs, 1)

    def __str__(self) -> str:
        static = f"{self.ours:6} {self.theirs:6} {self.ours / self.theirs:6.2f}"
        return f"{self.name:14} {static} {self.run:12,} {self.run_theirs:12,} {self.ratio:6.2f}"


HEADING = f"{'function':14} {'ours':>6} {'gcc':>6} {'ratio':>6} {'executed':>12} {'gcc':>12} {'ratio':>6}"


def compiler() -> str:
    """A C compiler that makes code for this machine, or ""."""
    own = Path(sys.executable).parent / "native-clang"
    return shutil.which("gcc") or (str(own) if own.exists() else "")


def _library(command: str, text: str, folder: Path, name: str) -> tuple[ctypes.PyDLL, str]:
    """Compiled and loaded; and its assembly text."""
    source, made = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(text)
    subprocess.run([command, *OPTIONS, "-S", str(source), "-o", str(folder / f"{name}.s")], check=True)
    # No C library of the compiler's: that of the process has sigaction, and a static one is not position independent.
    shared = [command, *OPTIONS, "-shared", "-nostdlib"]
    subprocess.run([*shared, str(source), "-o", str(made)], check=True)
    return ctypes.PyDLL(str(made)), (folder / f"{name}.s").read_text()


def instructions_of(assembly: str, name: str) -> list[str]:
    """Those of a function in assembly text."""
    body = re.search(rf"^{name}:[^\n]*\n(.*?)^\s*\.size\s+{name},", assembly, re.MULTILINE | re.DOTALL)
    assert body, f"no {name} in the assembly"
    return [line for line in body[1].splitlines() if line.startswith("\t") and line[1:2] not in (".", "#")]


class Beside:
    """Both codes of the functions. Attributes: assembly: of the C compiler."""

    def __init__(self, command: str, functions: Sequence[Function], folder: Path) -> None:
        self._functions = list(functions)
        self._ways = ThreeWays(list(DRAWERS), size=SIZE)
        self._index = {function: index for index, function in enumerate(DRAWERS)}
        self._theirs, self.assembly = _library(command, c_text(functions), folder, "functions")
        counter: Any
        counter, text = _library(command, _COUNTER, folder, "counter")
        self._counted = counter.counted
        self._counted.restype = ctypes.c_uint64
        nothing = ctypes.cast(counter.nothing, ctypes.c_void_p).value
        self._around = self._run(nothing or 0, (0,) * 5, b"")[0] - len(instructions_of(text, "nothing"))

    def _run(self, address: int, arguments: Sequence[int], data: bytes) -> tuple[int, int, bytes]:
        """Instructions executed, the result, memory."""
        memory = self._ways.address
        ctypes.memmove(memory, data.ljust(SIZE, b"\0"), SIZE)
        given = (ctypes.c_uint64 * 5)(*arguments, *[0] * (5 - len(arguments)))
        count = ctypes.c_uint64()
        result: int = self._counted(ctypes.c_void_p(address), given, ctypes.byref(count))
        return count.value, result, ctypes.string_at(memory, SIZE)

    def compare(self, function: Function, inputs: int, seed: int = 1) -> Row:
        """Raises AssertionError where they give different results."""
        code = compile_function(Unit([function], polls=False), 0)
        ours = len(disassemble(code.data, code.code_size))
        theirs = len(instructions_of(self.assembly, function.name))
        address = ctypes.cast(self._theirs[function.name], ctypes.c_void_p).value or 0
        own: Callable[..., int] = getattr(collector_code(), function.name)
        adapted = ctypes.cast(own, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
        run = run_theirs = 0
        for number in range(inputs):
            random = Random(f"{seed}:{function.name}:{number}")
            given = DRAWERS[function](random, self._ways.address, self._result)
            count, result, memory = self._run(adapted, given.arguments, given.data)
            other, expected, wanted = self._run(address, given.arguments, given.data)
            assert memory == wanted and (result == expected or not function.results), f"{function.name}, input {number}"
            run += count - self._around - ADAPTOR
            run_theirs += other - self._around
        return Row(function.name, ours, theirs, run, run_theirs)

    def _result(self, function: Function, arguments: Sequence[int], data: bytes) -> tuple[int, bytes]:
        results, after = self._ways.run(self._index[function], arguments, data)
        assert isinstance(results, tuple)
        return (results[0] if results else 0), after


ADAPTOR = 20
"""Instructions of what calls typed functions as C functions: machine_code.py, `_adaptor`."""


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=50, help="drawn for each function (default: 50)")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="functions (default: all)")
    parser.add_argument("--asm", action="store_true", help="print the C compiler's assembly text, too")
    options = parser.parse_args()
    command = compiler()
    if not command:
        print("there is no C compiler", file=sys.stderr)
        return 2
    functions = [one for one in native_functions() if not options.only or one.name in options.only]
    with tempfile.TemporaryDirectory() as folder:
        beside = Beside(command, functions, Path(folder))
        print(HEADING)
        for function in functions:
            print(beside.compare(function, options.inputs), flush=True)
        if options.asm:
            print(beside.assembly)
    return 0


if __name__ == "__main__":
    sys.exit(main())
