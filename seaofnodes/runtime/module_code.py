"""A module's machine code in one engine: entry slots, lazy stubs, and which function has which code."""

from __future__ import annotations

import functools
import struct
import time
import weakref
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.layout import InstanceLayout, instance_layout
from seaofnodes.errors import UnsupportedError
from seaofnodes.passes.base import Remark
from seaofnodes.runtime.code_space import CodeObject, CodeSpace
from seaofnodes.runtime.collector import collector_paused
from seaofnodes.runtime.events import CompileEvent, GiveUpEvent
from seaofnodes.runtime.tiers import compile_baseline_tier, compile_optimizing_tier
from seaofnodes.wasm.module import Module

if TYPE_CHECKING:
    from seaofnodes.runtime.instance import InstanceData
    from seaofnodes.runtime.state import EngineState

NEVER: Final = (1 << 31) - 1  # a budget that lasts
_LAZY_STUB: Final = struct.Struct("<2sI1si5x")  # mov r11d, index; jmp lazy
_LAZY_SIZE: Final = 16


class ModuleCode:
    """The code of one module; all its instances in the engine share it. Baseline code stays when better code comes.

    Attributes: slots: address of the entry slots, one for each function of the index space; layout: of the
    instances; baseline, optimized: installed code by function index; not_optimized: why the optimizing compiler
    gave a function up.
    """

    def __init__(self, engine: EngineState, module: Module) -> None:
        self.engine = engine
        self.module = module
        indirect = [
            index < module.imported_globals and declared.type.mutable for index, declared in enumerate(module.globals)
        ]
        self.layout: InstanceLayout = instance_layout(
            len(module.memories), len(module.tables), indirect, module.imported_functions, module.call_sites
        )
        self.type_ids = tuple(engine.type_id(kind) for kind in module.types)
        self.baseline: dict[int, CodeObject] = {}
        self.optimized: dict[int, CodeObject] = {}
        self.not_optimized: dict[int, str] = {}
        self.compile_seconds = {"baseline": 0.0, "optimized": 0.0}
        space = engine.space
        count = len(module.functions)
        self.slots = space.allocate_words(count) if count else 0
        installed: list[CodeObject] = []
        self._installed = installed
        weakref.finalize(self, _free, space, self.slots, count, installed).atexit = False
        self._install_lazy_stubs()

    @property
    def first_budget(self) -> int:
        """The budget of a function in a new instance."""
        options = self.engine.options
        return options.tier_up_budget if options.tier == "auto" else NEVER

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
            self._compile_baseline(index)
        return self.engine.space.load_word(self.slots + 8 * index)

    def tier_up(self, index: int, data: InstanceData) -> None:
        """The function's budget in this instance is used up."""
        data.feedback.set_budget(index, NEVER)
        if self.engine.options.tier != "auto" or index in self.optimized:
            return
        if self.engine.options.background:
            self.engine.background.submit(functools.partial(self.optimize, index, data))
        else:
            self.optimize(index, data)

    def optimize(self, index: int, data: InstanceData) -> None:
        """Compile a function with the instance's feedback, and install the code.

        What the compiler does not support stays as it is.
        """
        if index in self.not_optimized or index in self.optimized:
            return
        start = time.perf_counter()
        try:
            with collector_paused():
                code, remarks = compile_optimizing_tier(self, index, data.feedback)
        except UnsupportedError as error:
            self.not_optimized[index] = str(error)
            self.engine.notify(GiveUpEvent(index, self.module.function_name(index), str(error)))
        else:
            self._install(index, code, time.perf_counter() - start, remarks)

    def _compile_baseline(self, index: int) -> None:
        start = time.perf_counter()
        with collector_paused():
            code = compile_baseline_tier(self, index)
        self._install(index, code, time.perf_counter() - start)

    def _install(self, index: int, code: MachineCode, seconds: float, remarks: tuple[Remark, ...] = ()) -> None:
        self.compile_seconds[code.tier] += seconds
        space = self.engine.space
        installed = space.install(
            code.data,
            code.relocations,
            self.module.function_name(index),
            slots=self.slots,
            code=code,
            module=self.module,
        )
        self._installed.append(installed)
        table = self.optimized if code.tier == "optimized" else self.baseline
        table[index] = installed
        space.store_word(self.slots + 8 * index, installed.start)
        if self.engine.observers:
            name = self.module.function_name(index)
            self.engine.notify(CompileEvent(index, name, code.tier, seconds, code.code_size, remarks))


def _free(space: CodeSpace, slots: int, count: int, installed: list[CodeObject]) -> None:
    """No instance is left, so no frame is in the code."""
    space.released.extend(installed)
    if count:
        space.released.append((slots, count))
