"""A language's program in an engine: interpreted at first, compiled where it is hot, back in the interpreter where a
guess was wrong.
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.code import DeoptExit
from seaofnodes.errors import Error, TimeLimitError, UnsupportedError
from seaofnodes.language.language import Frame, Language, Value
from seaofnodes.language.leaving import deopt_event, leave_with
from seaofnodes.language.machine import Functions
from seaofnodes.language.unit import LanguageCode, LanguageFeedback, LanguageUnit
from seaofnodes.language.values import from_bits
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.entry.signatures import Signature
from seaofnodes.runtime.tiers.compile import compile_optimizing_tier
from seaofnodes.runtime.tiers.events import CompileEvent, GiveUpEvent, MarkEvent, OsrEvent

if TYPE_CHECKING:
    from seaofnodes.backend.code import MachineCode
    from seaofnodes.passes.base import Remark
    from seaofnodes.runtime.leaving.deoptimizer import Values
    from seaofnodes.runtime.process.native import NativeBuffer
    from seaofnodes.runtime.runtime import Runtime
    from seaofnodes.runtime.tiers.assumptions import Assumption

_TURN: Final = 20  # what a call or an iteration in the interpreter takes off the budget; 1 in baseline code
_MOST_DELAYS: Final = 6  # times that the budget doubles after deoptimizations
_MOST_DEOPTIMIZATIONS: Final = 40  # of a function, after which it stays in the interpreter


@dataclass(frozen=True, slots=True)
class LoopCode:
    """Code that starts at a loop header. Attributes: slot: address of its entry slot; kind: its parameters are the
    values there.
    """

    code: CodeObject
    slot: int
    kind: Signature


Key = tuple[int, int]  # function, and offset of a loop header or -1


class Program:
    """A program of a `Language` that an engine runs.

        program = engine.load(MyLanguage(...))
        program.functions["f"](1, 2.5)

    Attributes: language; unit, code, feedback: as the compiler knows the program; functions: callables by name;
    optimized: installed code by function index; loops: code for on-stack replacement by function index and offset;
    not_optimized: why that was given up; deoptimizations: by function index.
    """

    def __init__(self, runtime: Runtime, language: Language) -> None:
        if hasattr(language, "program"):
            raise Error("the program has been loaded before: read it once more")
        self.language = language
        language.program = self
        self.unit = LanguageUnit(language)
        self.code = LanguageCode(self.unit, runtime.tiers)
        self.feedback = LanguageFeedback(language)
        self.infos = self.unit.infos
        self._tiers, self._entry = runtime.tiers, runtime.entry
        self.optimized: dict[int, CodeObject] = {}
        self.loops: dict[Key, LoopCode] = {}
        self.not_optimized: dict[Key, str] = {}
        self.deoptimizations: Counter[int] = Counter()
        self._spent: Counter[Key] = Counter()
        self._requested: set[Key] = set()
        self._loop_kinds: dict[CodeObject, Signature] = {}
        self._assumed: dict[CodeObject, tuple[Assumption, ...]] = {}  # what installed code depends on
        kinds = [self.unit.signature(index) for index in range(self.unit.functions)]
        self._functions = Functions(runtime, self, self.unit.names, kinds, self._interpret)
        self.functions: Mapping[str, functools.partial[tuple[Value, ...]]] = MappingProxyType(
            {info.name: functools.partial(self.call, index) for index, info in enumerate(self.infos)}
        )

    def call(self, function: int, *arguments: Value) -> tuple[Value, ...]:
        """Call a function with machine values; interpreters call others with this, too. Gives its results.

        Raises TypeError or OverflowError for unsuitable arguments, Trap, TimeLimitError, and what the language raises.
        """
        return self._entry.exclusively(functools.partial(self._call, function, arguments))

    def _call(self, function: int, arguments: tuple[Value, ...]) -> tuple[Value, ...]:
        self._tiers.assumptions.serve()
        compiles = self._tiers.options.tier != "baseline" or not self.language.interpreted
        if compiles and function not in self.optimized:
            self._count(function, -1)
        if function in self.optimized:
            kind = self._functions.types[function]
            return self._functions.call(
                self._functions.slots + 8 * function, kind, arguments, self.infos[function].name
            )
        return tuple(self.language.interpret(function, arguments))

    def loop(self, function: int, offset: int, values: Iterable[Value]) -> tuple[Value, ...] | None:
        """For interpreters, at each back edge: an offset of a loop header and the values there. Where code is ready
        that starts there it runs to the end of the function, and this gives its results; else None.
        """
        options = self._tiers.options
        if options.tier == "baseline" or not options.osr:
            return None
        found = self.loops.get((function, offset))
        if found is None:
            self._count(function, offset)
            found = self.loops.get((function, offset))
            if found is None:
                return None
        given = tuple(values)
        if tuple(map(type, given)) != tuple(float if kind.is_float else int for kind in found.kind.parameters):
            return None  # made for other types
        info = self.infos[function]
        if self._tiers.observers:
            self._tiers.notify(OsrEvent(function, info.name, offset))
        hold = self._tiers.retired.hold(found.code)  # a deoptimization before it is entered retires it

        def enter() -> tuple[Value, ...] | None:
            self._tiers.assumptions.serve()
            if self.loops.get((function, offset)) is not found:
                return None
            return self._functions.call(found.slot, found.kind, given, info.name)

        results = self._entry.exclusively(enter)
        del hold
        return results

    def _interpret(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        """What compiled code calls for a function without code."""
        self._count(function, -1)
        results = self.language.interpret(function, arguments)
        self._tiers.assumptions.serve()  # another thread may have ended some
        return results

    def assumption(self, name: str) -> Assumption:
        """Something that the language's lifter may take for granted until it says that it has ended; name: for people.
        See `Lifter.depends_on`.
        """
        return self._tiers.assumptions.make(name)

    def index_of(self, function: str | int) -> int:
        """The index of a function of that name. Raises Error."""
        names = [info.name for info in self.infos]
        if isinstance(function, int) and 0 <= function < len(names):
            return function
        if function not in names:
            raise Error(f"no function is called {function!r}; there are: {', '.join(names)}")
        return names.index(str(function))

    # Tier-up.

    def _count(self, function: int, offset: int) -> None:
        self._entry.check_time_limit()
        key = function, offset
        if key in self._requested:
            return
        self._spent[key] += _TURN
        options = self._tiers.options
        budget = options.tier_up_budget << min(self.deoptimizations[function], _MOST_DELAYS)
        at_once = options.tier == "optimized" or self.language.compiled_first
        if not at_once and self._spent[key] < budget:
            return
        self._requested.add(key)
        background = options.background and not at_once
        info = self.infos[function]
        if self._tiers.observers:
            self._tiers.notify(MarkEvent(function, info.name, background, offset))
        if not background:
            self._optimize(function, offset)
            return
        try:
            self._tiers.background.submit(functools.partial(self._optimize, function, offset), info.size)
        except RuntimeError as error:  # no thread can be had
            self._failed(function, offset, error)

    def _optimize(self, function: int, offset: int) -> None:
        if (function, offset) in self.not_optimized:
            return
        name = self.infos[function].name
        start = time.perf_counter()
        before = self.deoptimizations[function]
        try:
            code, remarks = self._tiers.optimize_within_limit(functools.partial(self._compile, function, offset))
            assumptions = tuple(code.assumptions)
            code.assumptions = frozenset()  # they hold the program, and installed code must not
            installed = self._functions.install(code)
        except UnsupportedError as error:
            self.not_optimized[function, offset] = str(error)
            self._tiers.notify(GiveUpEvent(function, name, str(error)))
            return
        except TimeLimitError:
            self._requested.discard((function, offset))
            raise
        except Exception as error:
            self._failed(function, offset, error)
            return
        self._assumed[installed] = assumptions
        if before != self.deoptimizations[function] or not self._tiers.assumptions.install(
            installed,
            assumptions,
            functools.partial(self._enter, function, offset, installed),
            functools.partial(self._assumption_ended, function, installed),
        ):  # what it guessed may have turned out wrong meanwhile
            self._assumed.pop(installed, None)
            self._functions.retire(installed)
            self._requested.discard((function, offset))
            return
        if self._tiers.observers:
            seconds, exits = time.perf_counter() - start, len(code.deopts)
            self._tiers.notify(
                CompileEvent(function, name, "optimized", seconds, code.code_size, remarks, offset, exits)
            )

    def _enter(self, function: int, offset: int, installed: CodeObject) -> None:
        """Calls, or loops, go there from now on."""
        if offset < 0:
            self.optimized[function] = installed
            self._functions.enter_at(function, installed)
        else:
            kind = Signature(self.unit.loop_types[function, offset], self.unit.signature(function).results)
            self._loop_kinds[installed] = kind
            self.loops[function, offset] = LoopCode(installed, self._functions.new_slot(installed), kind)

    def _assumption_ended(self, function: int, code: CodeObject) -> None:
        """Code must not be entered any more; frames that are in it leave."""
        if self.optimized.get(function) is code or code in [loop.code for loop in self.loops.copy().values()]:
            self._forget(function)

    def _compile(self, function: int, offset: int) -> tuple[MachineCode, tuple[Remark, ...]]:
        return compile_optimizing_tier(self.code, function, self.feedback, offset)

    def _failed(self, function: int, offset: int, error: Exception) -> None:
        reason = self._tiers.optimizer_failed(function, self.infos[function].name, offset, error)
        self.not_optimized[function, offset] = reason

    # Leaving optimized code.

    def deoptimize(
        self, found: CodeObject, exit: DeoptExit, values: Values, frame: int, return_address: int
    ) -> NativeBuffer:
        """Resume in the language's interpreter; gives the buffer that makes the stub `deoptimize` return the results to
        the caller of the optimized code. frame: rbp of that.
        """
        assert found.code is not None
        function = found.code.function_index
        start = time.perf_counter()
        if exit.results is None:  # else it has been given up as its assumption ended, once for all frames
            self._forget(function)
        if self._tiers.observers:
            seconds = time.perf_counter() - start
            name = self.unit.language_name
            self._tiers.notify(deopt_event(name, self.infos, found, exit, values.frames, return_address, seconds))
        results: tuple[Value, ...] | None = None
        if exit.results is not None and values.results is not None:
            columns = zip(values.results, exit.results, strict=True)
            results = tuple(from_bits(word, type) for word, (type, _) in columns)
        for described, bits in zip(exit.frames, values.frames, strict=True):
            info = described.info
            given = tuple(from_bits(word, type) for word, type in zip(bits, info.types, strict=True))
            results = tuple(self.language.resume(Frame(info.function_index, info.bytecode_offset, given, results)))
        assert results is not None
        self._tiers.assumptions.serve()
        kind = self._loop_kinds.get(found) or self._functions.types[function]
        return leave_with(self._tiers.space, results, kind, frame, self.infos[function].name)

    def _forget(self, function: int) -> None:
        """A guess was wrong: the function's code is not entered any more, until it is compiled again."""
        self.deoptimizations[function] += 1
        self._functions.reset(function)
        code = self.optimized.pop(function, None)
        if code is not None:
            self._functions.retire(code, functools.partial(self._forget_assumptions, code))
        for key in [key for key in self.loops if key[0] == function]:
            loop = self.loops.pop(key, None)
            if loop is not None:
                self._functions.retire(loop.code, functools.partial(self._forget_loop, loop))
        self._tiers.retired.free_if_many()
        if self.deoptimizations[function] >= _MOST_DEOPTIMIZATIONS:
            self.not_optimized[function, -1] = "deoptimized too often"
            return
        for key in [key for key in self._requested if key[0] == function]:
            self._requested.discard(key)
            self._spent[key] = 0

    def _forget_assumptions(self, code: CodeObject) -> None:
        self._tiers.assumptions.forget(code, self._assumed.pop(code, ()))

    def _forget_loop(self, loop: LoopCode) -> None:
        self._forget_assumptions(loop.code)
        self._loop_kinds.pop(loop.code, None)
        self._functions.free_slot(loop.slot)
