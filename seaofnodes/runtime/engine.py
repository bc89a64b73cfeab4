"""The engine: what a user starts with."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from seaofnodes.errors import Error, UnsupportedError
from seaofnodes.runtime.collector import collector_paused
from seaofnodes.runtime.events import DeoptEvent, Event
from seaofnodes.runtime.feedback import Feedback
from seaofnodes.runtime.instance import Instance
from seaofnodes.runtime.linker import Imports
from seaofnodes.runtime.module_code import ModuleCode
from seaofnodes.runtime.native import NativeBuffer
from seaofnodes.runtime.options import CODE_SPACE, MAX_MEMORY, MAX_STACK, TIER_UP_BUDGET, EngineOptions, Tier
from seaofnodes.runtime.state import EngineState
from seaofnodes.runtime.tiers import (
    compile_baseline_tier,
    compile_optimizing_tier,
    count_nodes,
    trace_optimizing_tier,
)
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.text import load

if TYPE_CHECKING:
    from seaofnodes.passes.pipeline import Pipeline
    from seaofnodes.runtime.optimize import Compilation


@dataclass(slots=True)
class Compiled:
    """One compilation, measured.

    seconds: wall time; code_size: bytes of instructions; node_counts: reachable nodes after lifting and after the
    passes, empty for baseline code.
    """

    seconds: float
    code_size: int
    node_counts: dict[str, int] = field(default_factory=dict)


class Engine:
    """Compiles and runs WebAssembly.

        engine = seaofnodes.Engine(tier="auto")
        instance = engine.instantiate("fib.wasm", imports={"env": {"log": print}})
        instance.exports["fib"](30)

    See EngineOptions for the keyword arguments; options that make no sense raise Error, a bad pipeline PassError. An
    engine owns its code space and is freed when its last instance, function and itself are gone. Threads may share
    one: while one of them runs wasm, others wait.
    """

    def __init__(
        self,
        pipeline: str | Pipeline = "default",
        tier: Tier = "auto",
        *,
        inline: bool = True,
        deopt: bool = True,
        osr: bool = True,
        background: bool = True,
        tier_up_budget: int = TIER_UP_BUDGET,
        time_limit: float | None = None,
        max_stack: int = MAX_STACK,
        code_space: int = CODE_SPACE,
        max_memory: int = MAX_MEMORY,
        verify: bool = False,
        stress_deopt: bool = False,
        stress_inline: bool = False,
        seed: int | None = None,
    ) -> None:
        self.options = EngineOptions(
            pipeline=pipeline,
            tier=tier,
            inline=inline,
            deopt=deopt,
            osr=osr,
            background=background,
            tier_up_budget=tier_up_budget,
            time_limit=time_limit,
            max_stack=max_stack,
            code_space=code_space,
            max_memory=max_memory,
            verify=verify,
            stress_deopt=stress_deopt,
            stress_inline=stress_inline,
            seed=seed,
        )
        if pipeline != "default":
            from seaofnodes.runtime.optimize import pipeline_for

            pipeline_for(pipeline, inline)  # a mistake shows here, not in the middle of a call
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

    def compile(
        self, source: Instance | Module, function: str | int, pipeline: str | Pipeline | None = None
    ) -> Compilation:
        """Compile a function and keep every phase; nothing is installed or run.

        source: an instance, whose feedback is used, or a module: then feedback is as after 1,000 calls of everything;
        function: name of an export (of an instance), or index; pipeline: instead of the engine's. Raises Error when
        there is no such function, PassError for a bad pipeline, UnsupportedError.
        """
        with self.state.lock, collector_paused():
            if isinstance(source, Instance):
                index = self._function_index(source, function)
                return trace_optimizing_tier(source.data.code, index, source.data.feedback, pipeline)
            if not isinstance(function, int) or not source.imported_functions <= function < len(source.functions):
                raise Error(f"the module has no own function {function}")
            code, feedback = self._pretended(source)
            return trace_optimizing_tier(code, function, feedback, pipeline)

    def _pretended(self, module: Module) -> tuple[ModuleCode, Feedback]:
        """Fresh code of a module, and feedback as after 1,000 calls of everything."""
        code = ModuleCode(self.state, module)
        buffer = NativeBuffer(code.layout.size)
        feedback = Feedback(module, code.layout, buffer.words, buffer.address)
        feedback.pretend(1000)
        return code, feedback

    def compile_function(self, source: Module | str | Path | bytes, index: int, tier: str = "optimized") -> Compiled:
        """Compile a module's function once more and measure it; nothing is installed, nothing comes from a cache.

        The optimizing tier sees feedback as after 1,000 calls of everything. Raises what `load` raises, Error for
        an imported function or an unknown tier, UnsupportedError.
        """
        module = self.load(source)
        if tier not in ("baseline", "optimized"):
            raise Error(f"tier is baseline or optimized, not {tier!r}")
        if not module.imported_functions <= index < len(module.functions):
            raise Error(f"the module has no own function {index}")
        with self.state.lock:
            code, feedback = self._pretended(module)
            with collector_paused():
                start = time.perf_counter()
                if tier == "baseline":
                    made = compile_baseline_tier(code, index)
                else:
                    made, _ = compile_optimizing_tier(code, index, feedback)
                seconds = time.perf_counter() - start
                counts = {} if tier == "baseline" else count_nodes(code, index, feedback)
        return Compiled(seconds, made.code_size, counts)

    def code_size(self, instance: Instance, function: str | int) -> int:
        """Bytes of instructions of a function's newest code; 0 when it has not been called."""
        code = instance.data.code
        index = self._function_index(instance, function)
        found = code.optimized.get(index) or code.baseline.get(index)
        return 0 if found is None or found.code is None else found.code.code_size

    def _function_index(self, instance: Instance, function: str | int) -> int:
        module = instance.module
        if isinstance(function, str):
            indices = [e.index for e in module.exports if e.kind == FUNCTION and e.name == function]
            indices += [index for index, name in module.names.functions.items() if name == function]
            if not indices:
                raise Error(f"no function is called {function!r}")
            function = indices[0]
        if not module.imported_functions <= function < len(module.functions):
            raise Error(f"the module has no own function {function}")
        return function

    def observe(self, observer: Callable[[Event], None]) -> None:
        """Have `observer` called with every event (see runtime/events.py) of this engine."""
        self.state.observers.append(observer)

    def on_deopt(self, observer: Callable[[DeoptEvent], None]) -> None:
        """Have `observer` called with every deoptimization, before baseline code goes on."""

        def observe(event: Event) -> None:
            if isinstance(event, DeoptEvent):
                observer(event)

        self.observe(observe)

    def wait_for_compiler(self, seconds: float | None = None) -> bool:
        """Wait until no function is being optimized in the background, at most so long; tells whether that is so."""
        return self.state.background.wait(seconds)

    def interrupt(self) -> None:
        """Make wasm code that runs now raise InterruptError.

        Any thread may call it. Nothing happens when nothing runs.
        """
        self.state.interrupt()

    def load_javascript(self, path: str | Path) -> NoReturn:
        """Not yet. Raises UnsupportedError."""
        raise UnsupportedError("JavaScript is not supported yet")
