"""Builtins: machine code that compiled code calls or jumps to, the same for every unit of an engine.

Who owns some (entry/stubs.py, tiers/tier_stubs.py, leaving/, a language's engine) installs them. Register contracts,
beside those for compiled code in docs/architecture.md, "Builtins":

lazy                jumped to by a function's lazy stub, r11: function index, arguments as for the function.
call_python         rdi: callable, rsi: a word, given to it as an int; rax: 0 when it raised. For aligned rsp.
unwind_raised       leaves for the innermost entry frame, which then returns RAISED.
entry_exit          the common end of entry stubs. rbp: the entry frame, ebx: the status.
fault               where the signal handler continues after a fault; CONTEXT_TRAP_PC: the pc.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from seaofnodes.backend.assembler import Assembler
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.code.stub_tools import Safepoints, Stub, assemble


class Builtins:
    """What one owner has: assembled once, installed in every engine."""

    def __init__(self, builders: Mapping[str, Callable[[Assembler], Safepoints | None]]) -> None:
        """builders: by name; each refers only to builtins and words that are there before it."""
        self._builders = builders

    @functools.cached_property
    def _assembled(self) -> dict[str, Stub]:
        return {name: assemble(build) for name, build in self._builders.items()}

    def install(self, space: CodeSpace) -> None:
        """Put them into the space and into `space.builtins`."""
        for name, stub in self._assembled.items():
            space.builtins[name] = stub.install(space, name).start
