"""The engine: what a user starts with."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from seaofnodes.errors import UnsupportedError
from seaofnodes.runtime.instance import Instance
from seaofnodes.runtime.linker import Imports
from seaofnodes.runtime.module_code import ModuleCode
from seaofnodes.runtime.options import CODE_SPACE, MAX_STACK, TIER_UP_BUDGET, EngineOptions, Tier
from seaofnodes.runtime.state import EngineState
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import load

if TYPE_CHECKING:
    pass


@dataclass(slots=True)
class Compiled:
    """One compilation, measured.

    seconds: wall time; code_size: bytes of instructions; node_counts: by phase, empty for baseline code.
    """

    seconds: float
    code_size: int
    node_counts: dict[str, int] = field(default_factory=dict)


class Engine:
    """Compiles and runs WebAssembly.

        engine = seaofnodes.Engine(tier="auto")
        instance = engine.instantiate("fib.wasm", imports={"env": {"log": print}})
        instance.exports["fib"](30)

    See EngineOptions for the keyword arguments; options that make no sense raise Error. An engine owns its code
    space and is freed when its last instance, function and itself are gone. Threads may share one: while one of
    them runs wasm, others wait.
    """

    def __init__(
        self,
        pipeline: str = "default",
        tier: Tier = "auto",
        *,
        inline: bool = True,
        deopt: bool = True,
        tier_up_budget: int = TIER_UP_BUDGET,
        time_limit: float | None = None,
        max_stack: int = MAX_STACK,
        code_space: int = CODE_SPACE,
        verify: bool = False,
    ) -> None:
        self.options = EngineOptions(
            pipeline, tier, inline, deopt, tier_up_budget, time_limit, max_stack, code_space, verify
        )
        self.state = EngineState(self.options)
        self._modules: weakref.WeakValueDictionary[int, ModuleCode] = weakref.WeakValueDictionary()

    def load(self, source: Module | str | Path | bytes) -> Module:
        """A module from a path, from the contents of a file (binary or text), or as it is.

        Raises OSError, TextError, DecodeError, ValidationError.
        """
        return source if isinstance(source, Module) else load(source)

    def instantiate(self, source: Module | str | Path | bytes, imports: Imports | None = None) -> Instance:
        """Load, link and start a module.

        imports: module name -> name -> Function, Python callable, Memory, Table, Global, or number for an immutable
        global; an Instance in place of a module's names. Raises what `load` raises, LinkError, Trap from a segment
        or the start function, and what a host function raised there.
        """
        module = self.load(source)
        with self.state.lock:
            return Instance(self.module_code(module), imports or {})

    def module_code(self, module: Module) -> ModuleCode:
        """The module's code in this engine; made at first use, shared by all instances."""
        found = self._modules.get(id(module))
        if found is None:
            found = self._modules[id(module)] = ModuleCode(self.state, module)
        return found

    def interrupt(self) -> None:
        """Make wasm code that runs now raise InterruptError.

        Any thread may call it. Nothing happens when nothing runs.
        """
        self.state.interrupt()

    def load_javascript(self, path: str | Path) -> NoReturn:
        """Not yet. Raises UnsupportedError."""
        raise UnsupportedError("JavaScript is not supported yet")
