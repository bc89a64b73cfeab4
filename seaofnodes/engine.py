"""The engine: what a user starts with."""

from __future__ import annotations

import dataclasses
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seaofnodes.errors import Error
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.runtime import Runtime
from seaofnodes.runtime.tiers.compile import (
    compile_baseline_tier,
    compile_optimizing_tier,
    count_nodes,
    trace_optimizing_tier,
)
from seaofnodes.runtime.tiers.events import DeoptEvent, Event
from seaofnodes.runtime.tiers.options import (
    CODE_SPACE,
    COMPILE_LIMIT,
    HEAP_LIMIT,
    MAX_MEMORY,
    MAX_STACK,
    TIER_UP_BUDGET,
    EngineOptions,
    Tier,
)
from seaofnodes.runtime.tiers.unit_code import UnitCode

if TYPE_CHECKING:
    from seaofnodes.ir.graph import Graph
    from seaofnodes.javascript.engine.host import JavaScript
    from seaofnodes.javascript.engine.program import JavaScriptProgram
    from seaofnodes.language.installed import InstalledGraph, Resume
    from seaofnodes.language.language import Language
    from seaofnodes.language.program import Program
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.runtime.heap.inspector import EngineHeap
    from seaofnodes.runtime.tiers import optimize
    from seaofnodes.viz.compilation import Compilation
    from seaofnodes.wasm.engine.instance import Instance
    from seaofnodes.wasm.engine.linker import Imports
    from seaofnodes.wasm.engine.store import Store
    from seaofnodes.wasm.module import Module


@dataclasses.dataclass(slots=True)
class Compiled:
    """One compilation, measured.

    seconds: wall time; code_size: bytes of instructions; node_counts: reachable nodes after lifting and after the
    passes, empty for baseline code.
    """

    seconds: float
    code_size: int
    node_counts: dict[str, int] = dataclasses.field(default_factory=dict)


class Engine:
    """Compiles and runs WebAssembly; what it compiles can be looked at and exported.

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
        compile_limit: float | None = COMPILE_LIMIT,
        exit_on_hang: bool = False,
        max_stack: int = MAX_STACK,
        code_space: int = CODE_SPACE,
        max_memory: int = MAX_MEMORY,
        heap_limit: int = HEAP_LIMIT,
        verify: bool = False,
        strict: bool = False,
        stress_deopt: bool = False,
        stress_inline: bool = False,
        stress_gc: bool = False,
        jitless: bool = False,
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
            compile_limit=compile_limit,
            exit_on_hang=exit_on_hang,
            max_stack=max_stack,
            code_space=code_space,
            max_memory=max_memory,
            heap_limit=heap_limit,
            verify=verify,
            strict=strict,
            stress_deopt=stress_deopt,
            stress_inline=stress_inline,
            stress_gc=stress_gc,
            jitless=jitless,
            seed=seed,
        )
        if pipeline != "default":
            from seaofnodes.runtime.tiers.optimize import pipeline_for

            pipeline_for(pipeline, inline)  # a mistake shows here, not in the middle of a call
        self.runtime = Runtime(self.options)
        self._store: Store | None = None
        self._javascript: JavaScript | None = None
        self._modules: weakref.WeakValueDictionary[int, UnitCode] = weakref.WeakValueDictionary()

    @property
    def heap(self) -> EngineHeap:
        """Structs and arrays: what they take, and what collecting costs."""
        from seaofnodes.runtime.heap.inspector import EngineHeap

        return EngineHeap(self.runtime.heap, self.runtime.entry.exclusively)

    @property
    def store(self) -> Store:
        """What WebAssembly's instances share: types, objects, pages that are left; made when it is asked for first."""
        found = self._store
        if found is None:
            from seaofnodes.wasm.engine.stubs.install import install_wasm

            found = self._store = self.runtime.entry.exclusively(lambda: self._store or install_wasm(self.runtime))
        return found

    @property
    def state(self) -> Store:
        """The same."""
        return self.store

    def load(self, source: Module | str | Path | bytes) -> Module:
        """A module from a path, from the contents of a file (binary or text), or as it is.

        Raises OSError, TextError, DecodeError, UnsupportedFeatureError, ValidationError, TimeLimitError.
        """
        from seaofnodes.wasm.decoder import decode_module
        from seaofnodes.wasm.module import Module
        from seaofnodes.wasm.text import read

        if not isinstance(source, Module):
            data = read(source)
            source = self.runtime.entry.within_limit(lambda: decode_module(data))
        return source

    def instantiate(self, source: Module | str | Path | bytes, imports: Imports | None = None) -> Instance:
        """Load, link and start a module.

        imports: module name -> name -> Function, Python callable, Memory, Table, Global, or number for an immutable
        global; an Instance in place of a module's names. Raises what `load` raises, LinkError, Trap from a segment
        or the start function, and what a host function raised there.
        """
        module = self.load(source)
        return self.runtime.entry.exclusively(lambda: self._instantiate(module, imports or {}))

    def install(self, graph: Graph, resume: Resume | None = None) -> InstalledGraph:
        """Machine code of a graph, built by hand or read from text, as a callable; no passes are run.

            engine.install(parse_graph(text))(3, 4)

        The graph belongs to no instance: its first parameter, a Word64, is for calls of itself only. resume: goes on
        where the graph deoptimizes. Raises VerificationError for a broken graph, Error for one that needs an instance
        or may leave without `resume`, UnsupportedError.
        """
        from seaofnodes.language.installed import InstalledGraph

        return InstalledGraph(self.runtime, graph, resume)

    def load_program(self, language: Language) -> Program:
        """A program in a user's language, interpreted, and compiled where it is hot; see seaofnodes.language."""
        from seaofnodes.language.program import Program

        return Program(self.runtime, language)

    def _instantiate(self, module: Module, imports: Imports) -> Instance:
        from seaofnodes.wasm.engine.instance import Instance
        from seaofnodes.wasm.engine.unit import ModuleUnit

        code = self.module_code(module)
        assert isinstance(code.unit, ModuleUnit)
        return Instance(code.unit, code, imports)

    def module_code(self, module: Module) -> UnitCode:
        """The module's code in this engine; made at first use, shared by all instances."""
        found = self._modules.get(id(module))
        if found is None:
            found = self._modules[id(module)] = self._fresh_code(module)
        return found

    def _fresh_code(self, module: Module) -> UnitCode:
        from seaofnodes.wasm.engine.unit import ModuleUnit

        return UnitCode(self.runtime.tiers, ModuleUnit(self.store, module))

    def compile(
        self, source: Instance | Module | Program, function: str | int, pipeline: str | Pipeline | None = None
    ) -> Compilation:
        """Compile a function and keep every phase; nothing is installed or run.

        source: an instance or a program, whose feedback is used, or a module: then it is as after 1,000 calls of all;
        function: name of an export (of an instance), or index; pipeline: instead of the engine's. Raises Error when
        there is no such function, PassError for a bad pipeline, UnsupportedError, TimeLimitError, CompileLimitError.
        """

        from seaofnodes.wasm.engine.instance import Instance
        from seaofnodes.wasm.module import Module

        def compile() -> optimize.Compilation:
            if isinstance(source, Instance):
                index = self._function_index(source, function)
                return trace_optimizing_tier(source.data.code, index, source.data.feedback, pipeline)
            if not isinstance(source, Module):
                index = source.index_of(function)
                return trace_optimizing_tier(source.code, index, source.feedback, pipeline)
            if not isinstance(function, int) or not source.imported_functions <= function < len(source.functions):
                raise Error(f"the module has no own function {function}")
            code = self._fresh_code(source)
            return trace_optimizing_tier(code, function, Feedback.pretended(code.unit.feedback_layout), pipeline)

        from seaofnodes.viz.compilation import Compilation

        made = self.runtime.entry.exclusively(lambda: self.runtime.tiers.optimize_within_limit(compile))
        return Compilation(**{field.name: getattr(made, field.name) for field in dataclasses.fields(made)})

    def compile_function(self, source: Module | str | Path | bytes, index: int, tier: str = "optimized") -> Compiled:
        """Compile a module's function once more and measure it; nothing is installed, nothing comes from a cache.

        The optimizing tier sees feedback as after 1,000 calls of everything. Raises what `load` raises, Error for
        an imported function or an unknown tier, UnsupportedError, TimeLimitError, CompileLimitError.
        """
        module = self.load(source)
        if tier not in ("baseline", "optimized"):
            raise Error(f"tier is baseline or optimized, not {tier!r}")
        if not module.imported_functions <= index < len(module.functions):
            raise Error(f"the module has no own function {index}")

        def compile() -> Compiled:
            code = self._fresh_code(module)
            feedback = Feedback.pretended(code.unit.feedback_layout)
            start = time.perf_counter()
            if tier == "baseline":
                made = compile_baseline_tier(code, index)
            else:
                made, _ = compile_optimizing_tier(code, index, feedback)
            seconds = time.perf_counter() - start
            return Compiled(seconds, made.code_size, {} if tier == "baseline" else count_nodes(code, index, feedback))

        tiers = self.runtime.tiers
        within = tiers.compile_within_limit if tier == "baseline" else tiers.optimize_within_limit
        return self.runtime.entry.exclusively(lambda: within(compile))

    def code_size(self, instance: Instance, function: str | int) -> int:
        """Bytes of instructions of a function's newest code; 0 when it has not been called."""
        code = instance.data.code
        index = self._function_index(instance, function)
        found = code.optimized.get(index) or code.baseline.get(index)
        return 0 if found is None or found.code is None else found.code.code_size

    def _function_index(self, instance: Instance, function: str | int) -> int:
        from seaofnodes.wasm.module import FUNCTION

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
        """Have `observer` called with every event (see runtime/tiers/events.py) of this engine."""
        self.runtime.tiers.observers.append(observer)

    def on_deopt(self, observer: Callable[[DeoptEvent], None]) -> None:
        """Have `observer` called with every deoptimization, before baseline code goes on."""

        def observe(event: Event) -> None:
            if isinstance(event, DeoptEvent):
                observer(event)

        self.observe(observe)

    def wait_for_compiler(self, seconds: float | None = None) -> bool:
        """Wait until no function is being optimized in the background, at most so long; tells whether that is so."""
        return self.runtime.tiers.background.wait(seconds)

    def hold_time_limit(self) -> None:
        """From now on the time limit is one for all that is done together, loading included, not one for each call."""
        self.runtime.entry.deadline.hold()

    def interrupt(self) -> None:
        """Make code that runs now raise InterruptError.

        Any thread may call it. Nothing happens when nothing runs.
        """
        self.runtime.entry.interrupt()
        if self._javascript is not None:
            self._javascript.interrupt()

    @property
    def javascript(self) -> JavaScript:
        """What JavaScript's programs share: objects, the realm; made when it is asked for first."""
        from seaofnodes.javascript.engine.host import JavaScript

        found = self._javascript
        if found is None:
            found = self._javascript = self.runtime.entry.exclusively(lambda: JavaScript(self.runtime))
        return found

    def load_javascript(self, source: str | Path | bytes) -> JavaScriptProgram:
        """Run a script, and give what it has defined. All scripts of an engine share their global variables.

        source: a path; the contents of a file, as bytes; or the text itself: a string is a path if it ends with .js.
        Raises OSError, JavaScriptSyntaxError, UnsupportedError, JavaScriptError for what the script throws,
        TimeLimitError, HeapLimitError, and what functions of Python raised that it called.
        """
        from seaofnodes.javascript.engine.program import JavaScriptProgram, read_source

        return JavaScriptProgram(self.javascript, *read_source(source))
