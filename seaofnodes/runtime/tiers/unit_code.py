"""A unit's machine code in one engine: entry slots, lazy stubs, and which function has which code."""

from __future__ import annotations

import functools
import struct
import sys
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, Protocol

from seaofnodes.backend.assembler.finish import nops
from seaofnodes.backend.code import DeoptExit, MachineCode
from seaofnodes.errors import Error, TimeLimitError, UnsupportedError
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.entry.osr import OsrCode
from seaofnodes.runtime.process.blocks import note_at_death
from seaofnodes.runtime.tiers.compile import compile_baseline_tier, compile_optimizing_tier, frame_layouts
from seaofnodes.runtime.tiers.events import CompileEvent, GiveUpEvent
from seaofnodes.runtime.tiers.speculation import Speculations

if TYPE_CHECKING:
    from seaofnodes.backend.template.frame_layout import FrameLayout
    from seaofnodes.passes.remarks import Remark
    from seaofnodes.runtime.counters.feedback import Feedback
    from seaofnodes.runtime.tiers.tiers import Tiers
    from seaofnodes.runtime.tiers.unit import Unit

_LAZY_STUB: Final = struct.Struct("<2sI1si5x")  # mov r11d, index; jmp lazy
_LAZY_SIZE: Final = 16
_CALL_SIZE: Final = 5
_FRAME_CODE: Final = 160  # bytes of baseline code that hardly any function exceeds beside _EXPANSION a byte of bytecode
_EXPANSION: Final = 14


class UnitCode:
    """The code of one unit; all its instances in the engine share it. Baseline code stays when better code comes.

    Attributes: tiers: of the engine; unit; slots: address of the entry slots, one for each function of the index space;
    baseline, optimized: installed code by function index; osr: code that starts at a loop, by function index and
    bytecode offset; requested: what was to be optimized so far, functions and loops; waits: the budget with which a
    function goes on while it waits for that; not_optimized: why the optimizing compiler gave that up; speculations:
    those that failed; deoptimizations: how often by function index.
    """

    def __init__(self, tiers: Tiers, unit: Unit) -> None:
        from seaofnodes.passes.framework import failures as failures  # when one comes, no file may be readable any more

        self.tiers = tiers
        self.unit = unit
        self.baseline: dict[int, CodeObject] = {}
        self.optimized: dict[int, CodeObject] = {}
        self.osr: dict[tuple[int, int], OsrCode] = {}
        self.requested: set[int | tuple[int, int]] = set()
        self.waits: dict[int, int] = {}
        self.not_optimized: dict[int | tuple[int, int], str] = {}
        self.speculations = Speculations()
        self.deoptimizations: Counter[int] = Counter()
        own = range(unit.first, unit.functions)
        self._baseline_sizes = {index: _FRAME_CODE + _EXPANSION * unit.function_size(index) for index in own}
        self._taken: dict[int, bytes] = {}  # address behind an exit for stress -> the jump before it
        self._layouts: dict[tuple[int, int, str], FrameLayout] = {}
        self.compile_seconds = {"baseline": 0.0, "optimized": 0.0}
        space = tiers.space
        count = unit.functions
        # When this dies no instance is left, so no frame is in the code.
        self._installed: list[Any] = []
        self._note = note_at_death(space.released, self._installed)
        self.slots = space.allocate_words(count, self._installed) if count else 0
        self._install_lazy_stubs()

    def _install_lazy_stubs(self) -> None:
        first = self.unit.first
        count = self.unit.functions - first
        if count == 0:
            return
        space = self.tiers.space
        blank = space.install(bytes(_LAZY_SIZE * count), (), "lazy stubs", owner=self._installed)
        to_lazy = space.builtins["lazy"] - blank.start - 11
        pack = _LAZY_STUB.pack
        stubs = [pack(b"\x41\xbb", first + i, b"\xe9", to_lazy - _LAZY_SIZE * i) for i in range(count)]
        space.rewrite(blank, b"".join(stubs))
        start = blank.start
        for i in range(count):
            space.store_word(self.slots + 8 * (first + i), start + _LAZY_SIZE * i)

    def compile_first(self, index: int, feedback: Feedback) -> int:
        """Compile a function that is called for the first time, install it, and give its address."""
        tier = self.tiers.options.tier
        if tier == "optimized" or tier == "auto" and self.tiers.options.tier_up_budget == 0:
            self.optimize(index, feedback)
        code = self.optimized.get(index) or self.baseline_code(index)
        self._enter(index, code)
        return code.start

    def optimize(self, index: int, feedback: Feedback, osr_offset: int = -1) -> None:
        """Compile a function with an instance's feedback, and install the code; osr_offset: bytecode offset of the
        loop that it starts at, or -1.

        What the compiler does not support stays as it is, and so does what it fails at: that is an event and a warning,
        or rises where the engine is strict.
        """
        what = index if osr_offset < 0 else (index, osr_offset)
        if what in self.not_optimized or sys.is_finalizing():  # nothing can be imported then
            return
        name = self.unit.function_name(index)
        try:
            self._optimize(index, feedback, osr_offset)
        except UnsupportedError as error:
            self.not_optimized[what] = str(error)
            self.tiers.notify(GiveUpEvent(index, name, str(error)))
        except TimeLimitError:
            raise
        except Exception as error:
            self.failed_to_optimize(index, osr_offset, error)

    def _optimize(self, index: int, feedback: Feedback, osr_offset: int) -> None:
        start = time.perf_counter()

        def compile() -> tuple[MachineCode, tuple[Remark, ...]]:
            code, remarks = compile_optimizing_tier(self, index, feedback, osr_offset)
            self._lay_out(code, (index, osr_offset, "before") if osr_offset >= 0 else None)
            return code, remarks

        code, remarks = self.tiers.optimize_within_limit(compile)
        space = self.tiers.space
        if len(code.data) > space.code_bytes_free - self._baseline_to_come():
            raise Error(f"the code space has no room for {len(code.data):,} bytes of optimized code")
        installed = self._place(index, code)
        if osr_offset < 0:
            older = self.optimized.get(index)
            self.optimized[index] = installed
            self._enter(index, installed)
        else:
            layout = self.frame_layout(index, osr_offset, "before")
            replaced = self.osr.get((index, osr_offset))
            older = None if replaced is None else replaced.code
            self.osr[index, osr_offset] = OsrCode(installed, layout)
        if older is not None:
            self._retire(older)
        self._compiled(index, code, time.perf_counter() - start, remarks, osr_offset)

    def _baseline_to_come(self) -> int:
        """Bytes that baseline code of functions that have none may want, roughly."""
        return sum(self._baseline_sizes.copy().values())

    def failed_to_optimize(self, index: int, osr_offset: int, error: Exception) -> None:
        """The optimizing tier has failed: baseline code goes on, or the error rises where the engine is strict."""
        reason = self.tiers.optimizer_failed(index, self.unit.function_name(index), osr_offset, error)
        self.not_optimized[index if osr_offset < 0 else (index, osr_offset)] = reason

    def baseline_code(self, index: int) -> CodeObject:
        """Baseline code of an own function; compiled if there is none yet."""
        found = self.baseline.get(index)
        if found is None:
            start = time.perf_counter()
            code = self.tiers.compile_within_limit(functools.partial(compile_baseline_tier, self, index))
            found = self.baseline[index] = self._place(index, code)
            self._baseline_sizes.pop(index, None)
            if index not in self.optimized:
                self._enter(index, found)
            self._compiled(index, code, time.perf_counter() - start)
        return found

    def _enter(self, index: int, installed: CodeObject) -> None:
        """Calls go there from now on."""
        self.tiers.space.store_word(self.slots + 8 * index, installed.start)

    # Deoptimization.

    def frame_layout(self, function: int, offset: int, mode: str) -> FrameLayout:
        """Where baseline code has its values at a place where optimized code of this unit leaves or starts."""
        return self._layouts[function, offset, mode]

    @property
    def exits_taken(self) -> int:
        """For stress: how many exits have been taken, since they were armed."""
        return len(self._taken)

    def arm_exits(self) -> None:
        """For stress: exits that have been taken are taken once more."""
        for pc, jump in self._taken.items():
            self.tiers.space.patch(pc - _CALL_SIZE - len(jump), nops(len(jump)))
        self._taken.clear()

    def _lay_out(self, code: MachineCode, entry: tuple[int, int, str] | None) -> None:
        """Find out where baseline code has its values at the exits of optimized code, and at its entry."""
        missing: defaultdict[int, set[tuple[int, str]]] = defaultdict(set)
        places = {(info.function_index, info.bytecode_offset, info.mode) for info in code.frames()}
        for function, offset, mode in places | ({entry} if entry is not None else set()):
            if (function, offset, mode) not in self._layouts:
                missing[function].add((offset, mode))
        for function, wanted in missing.items():
            found = frame_layouts(self, function, wanted)  # none behind what baseline code knows to trap
            self._layouts.update({(function, offset, mode): one for (offset, mode), one in found.items()})

    def left(self, found: CodeObject, exit: DeoptExit, pc: int) -> bool:
        """Optimized code has left at an exit: it is not entered again. False if it has left for stress only.

        pc: address behind the exit's call.
        """
        assert found.code is not None
        index = found.code.function_index
        if exit.jump and pc not in self._taken:  # for stress, once
            self._taken[pc] = exit.jump
            self.tiers.space.patch(pc - _CALL_SIZE - len(exit.jump), exit.jump)
            return False
        self.deoptimizations[index] += 1
        self.speculations.failed(exit.speculation)
        if self.optimized.get(index) is found:
            self._give_up(index, found)
        for what in self.osr.copy():  # they have guessed the same; the compiler's thread may add some
            if what[0] == index:
                given_up = self.osr.pop(what, None)
                if given_up is not None:
                    self._retire(given_up.code)
        return True

    def _give_up(self, index: int, found: CodeObject) -> None:
        """Let calls enter baseline code, unless the compiler's thread installs newer code meanwhile."""
        baseline = self.baseline_code(index)
        newest = self.optimized.pop(index, None)
        if newest is not found:
            if newest is not None:
                self.optimized.setdefault(index, newest)
            return
        self._enter(index, baseline)
        self._retire(found)
        newer = self.optimized.get(index)
        if newer is not None:
            self._enter(index, newer)

    def _retire(self, code: CodeObject) -> None:
        """Frames that are in it go on; then it is freed."""
        taken = self._taken

        def forget() -> None:
            for pc in [*taken]:
                if code.start < pc <= code.start + code.size:
                    taken.pop(pc, None)

        self.tiers.retired.add(code, self._installed, forget)

    def _place(self, index: int, code: MachineCode) -> CodeObject:
        return self.tiers.space.install(
            code.data,
            code.relocations,
            self.unit.function_name(index),
            slots=self.slots,
            code=code,
            names=self.unit.names,
            owner=self._installed,
        )

    def _compiled(
        self,
        index: int,
        code: MachineCode,
        seconds: float,
        remarks: tuple[Remark, ...] = (),
        osr_offset: int = -1,
    ) -> None:
        """Code has been installed: count, and tell observers."""
        self.compile_seconds[code.tier] += seconds
        if self.tiers.observers:
            exits = len(code.deopts)
            name = self.unit.function_name(index)
            event = CompileEvent(index, name, code.tier, seconds, code.code_size, remarks, osr_offset, exits)
            self.tiers.notify(event)


class UnitInstance(Protocol):
    """What compiled code runs with: the owner of the native data at `[rbp-8]`."""

    @property
    def code(self) -> UnitCode:
        """The unit's machine code."""

    @property
    def feedback(self) -> Feedback:
        """What code has counted."""
