"""A module's machine code in one engine: entry slots, lazy stubs, and which function has which code."""

from __future__ import annotations

import struct
import time
import weakref
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler.finish import nops
from seaofnodes.backend.code import DeoptExit, MachineCode
from seaofnodes.backend.layout import InstanceLayout, instance_layout
from seaofnodes.errors import UnsupportedError
from seaofnodes.passes.base import Remark
from seaofnodes.runtime.code_space import CodeObject, CodeSpace
from seaofnodes.runtime.collector import collector_paused
from seaofnodes.runtime.events import CompileEvent, GiveUpEvent
from seaofnodes.runtime.native import NativeBuffer
from seaofnodes.runtime.osr import OsrCode
from seaofnodes.runtime.speculation import Speculations
from seaofnodes.runtime.tiering import after_deoptimization
from seaofnodes.runtime.tiers import compile_baseline_tier, compile_optimizing_tier, frame_layouts
from seaofnodes.wasm.module import Module

if TYPE_CHECKING:
    from seaofnodes.backend.baseline.frame_layout import FrameLayout
    from seaofnodes.runtime.instance import InstanceData
    from seaofnodes.runtime.state import EngineState

_LAZY_STUB: Final = struct.Struct("<2sI1si5x")  # mov r11d, index; jmp lazy
_LAZY_SIZE: Final = 16
_CALL_SIZE: Final = 5


class ModuleCode:
    """The code of one module; all its instances in the engine share it. Baseline code stays when better code comes.

    Attributes: slots: address of the entry slots, one for each function of the index space; layout: of the
    instances; baseline, optimized: installed code by function index; osr: code that starts at a loop, by function
    index and bytecode offset; requested: what was to be optimized so far, functions and loops; waits: the
    budget with which a function goes on while it waits for that; not_optimized: why the
    optimizing compiler gave that up; speculations: those that failed; deoptimizations: how often by function index.
    """

    def __init__(self, engine: EngineState, module: Module) -> None:
        self.engine = engine
        self.module = module
        indirect = [
            index < module.imported_globals and declared.type.mutable for index, declared in enumerate(module.globals)
        ]
        self.layout: InstanceLayout = instance_layout(
            len(module.memories),
            len(module.tables),
            indirect,
            module.imported_functions,
            module.call_sites,
            len(module.tags),
        )
        self.type_ids = tuple(engine.type_id(kind) for kind in module.types)
        self.baseline: dict[int, CodeObject] = {}
        self.optimized: dict[int, CodeObject] = {}
        self.osr: dict[tuple[int, int], OsrCode] = {}
        self.requested: set[int | tuple[int, int]] = set()
        self.waits: dict[int, int] = {}
        self.not_optimized: dict[int | tuple[int, int], str] = {}
        self.speculations = Speculations()
        self.deoptimizations: Counter[int] = Counter()
        self._taken: dict[int, bytes] = {}  # address behind an exit for stress -> the jump before it
        self._layouts: dict[tuple[int, int, str], FrameLayout] = {}
        self.compile_seconds = {"baseline": 0.0, "optimized": 0.0}
        space = engine.space
        count = len(module.functions)
        self.slots = space.allocate_words(count) if count else 0
        installed: list[CodeObject] = []
        self._installed = installed
        weakref.finalize(self, _free, space, self.slots, count, installed).atexit = False
        self._install_lazy_stubs()

    def _install_lazy_stubs(self) -> None:
        first = self.module.imported_functions
        count = len(self.module.code)
        if count == 0:
            return
        space = self.engine.space
        blank = space.install(bytes(_LAZY_SIZE * count), (), "lazy stubs")
        self._installed.append(blank)
        to_lazy = space.builtins["lazy"] - blank.start - 11
        pack = _LAZY_STUB.pack
        stubs = [pack(b"\x41\xbb", first + i, b"\xe9", to_lazy - _LAZY_SIZE * i) for i in range(count)]
        space.rewrite(blank, b"".join(stubs))
        start = blank.start
        for i in range(count):
            space.store_word(self.slots + 8 * (first + i), start + _LAZY_SIZE * i)

    def compile_first(self, index: int, data: InstanceData) -> int:
        """Compile a function that is called for the first time, install it, and give its address."""
        tier = self.engine.options.tier
        if tier == "optimized" or tier == "auto" and self.engine.options.tier_up_budget == 0:
            self.optimize(index, data)
        if index not in self.optimized:
            self.baseline_code(index)
        return self.engine.space.load_word(self.slots + 8 * index)

    def optimize(self, index: int, data: InstanceData, osr_offset: int = -1) -> None:
        """Compile a function with the instance's feedback, and install the code; osr_offset: bytecode offset of the
        loop that it starts at, or -1.

        What the compiler does not support stays as it is.
        """
        what = index if osr_offset < 0 else (index, osr_offset)
        if what in self.not_optimized:
            return
        start = time.perf_counter()
        try:
            with collector_paused():
                code, remarks = compile_optimizing_tier(self, index, data.feedback, osr_offset)
                self._lay_out(code, (index, osr_offset, "before") if osr_offset >= 0 else None)
        except UnsupportedError as error:
            self.not_optimized[what] = str(error)
            self.engine.notify(GiveUpEvent(index, self.module.function_name(index), str(error)))
            return
        installed = self._place(index, code, time.perf_counter() - start, remarks, osr_offset)
        if osr_offset < 0:
            self.optimized[index] = installed
            self._enter(index, installed)
        else:
            layout = self.frame_layout(index, osr_offset, "before")
            values = NativeBuffer(8 * (len(layout.locals) + len(layout.stack)))
            self.osr[index, osr_offset] = OsrCode(installed, layout, values)

    def baseline_code(self, index: int) -> CodeObject:
        """Baseline code of an own function; compiled if there is none yet."""
        found = self.baseline.get(index)
        if found is None:
            start = time.perf_counter()
            with collector_paused():
                code = compile_baseline_tier(self, index)
            found = self.baseline[index] = self._place(index, code, time.perf_counter() - start, ())
            if index not in self.optimized:
                self._enter(index, found)
        return found

    def _enter(self, index: int, installed: CodeObject) -> None:
        """Calls go there from now on."""
        self.engine.space.store_word(self.slots + 8 * index, installed.start)

    # Deoptimization.

    def frame_layout(self, function: int, offset: int, mode: str) -> FrameLayout:
        """Where baseline code has its values at a place where optimized code of this module leaves or starts."""
        return self._layouts[function, offset, mode]

    @property
    def exits_taken(self) -> int:
        """For stress: how many exits have been taken, since they were armed."""
        return len(self._taken)

    def arm_exits(self) -> None:
        """For stress: exits that have been taken are taken once more."""
        for pc, jump in self._taken.items():
            self.engine.space.patch(pc - _CALL_SIZE - len(jump), nops(len(jump)))
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

    def deoptimized(self, found: CodeObject, exit: DeoptExit, pc: int, data: InstanceData) -> None:
        """Optimized code has left at an exit: it is not entered again, and made anew when feedback has learnt more.

        pc: address behind the exit's call.
        """
        assert found.code is not None
        index = found.code.function_index
        if exit.jump and pc not in self._taken:  # for stress, once
            self._taken[pc] = exit.jump
            self.engine.space.patch(pc - _CALL_SIZE - len(exit.jump), exit.jump)
            return
        self.deoptimizations[index] += 1
        self.speculations.failed(exit.speculation)
        if self.optimized.get(index) is found:
            del self.optimized[index]
            self._enter(index, self.baseline_code(index))
        for what in [what for what in self.osr if what[0] == index]:  # they have guessed the same
            del self.osr[what]
        after_deoptimization(self, index, data)

    def _place(
        self, index: int, code: MachineCode, seconds: float, remarks: tuple[Remark, ...], osr_offset: int = -1
    ) -> CodeObject:
        self.compile_seconds[code.tier] += seconds
        name = self.module.function_name(index)
        space = self.engine.space
        found = space.install(
            code.data, code.relocations, name, slots=self.slots, code=code, module=self.module
        )
        self._installed.append(found)
        if self.engine.observers:
            exits = len(code.deopts)
            event = CompileEvent(index, name, code.tier, seconds, code.code_size, remarks, osr_offset, exits)
            self.engine.notify(event)
        return found


def _free(space: CodeSpace, slots: int, count: int, installed: list[CodeObject]) -> None:
    """No instance is left, so no frame is in the code."""
    space.released.extend(installed)
    if count:
        space.released.append((slots, count))
