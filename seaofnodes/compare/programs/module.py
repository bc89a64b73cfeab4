"""WebAssembly modules, whose exports take and give bit patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seaofnodes.compare.portion import Number
from seaofnodes.compare.programs.hosts import host_maker
from seaofnodes.compare.programs.program import Callee, MachineCodes, machine_codes
from seaofnodes.engine import Engine
from seaofnodes.errors import Error
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.tiers.optimize import CompiledUnit
from seaofnodes.runtime.tiers.unit import UnitFeedback
from seaofnodes.runtime.tiers.unit_code import UnitCode
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.values import from_bits, to_bits
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.types import ValType


@dataclass(frozen=True, slots=True)
class ModuleProgram:
    """See Program. Attributes: text: of a module in text form; host: a file that has what it imports, see hosts.py."""

    module: Module
    text: str = ""
    suffix: str = ""
    host: str = ""

    @property
    def data(self) -> bytes:
        return self.module.data

    def missing_import(self) -> str:
        return "" if self.host else next((f"{one.module}.{one.name}" for one in self.module.imports), "")

    def exports(self) -> list[str]:
        return [export.name for export in self.module.exports if export.kind == FUNCTION]

    def functions(self) -> Iterator[tuple[int, str, int]]:
        for index, code in enumerate(self.module.code, self.module.imported_functions):
            yield index, self.module.function_name(index), code.size

    def code_in(self, engine: Engine) -> tuple[CompiledUnit, UnitFeedback]:
        code = engine.module_code(self.module)
        return code, Feedback.pretended(code.unit.feedback_layout)

    def callee(self, engine: Engine, name: str) -> Callee:
        return Export(engine, self.module, name, self.host)


class Export:
    """An exported function of a module in an instance of its own; see Callee."""

    def __init__(self, engine: Engine, module: Module, name: str, host: str = "") -> None:
        self._engine = engine
        if host:
            given = host_maker(host)()
            self._instance = engine.instantiate(module, given.imports)
            given.bind(self._instance)
        else:
            self._instance = engine.instantiate(module)
        function = self._instance.exports[name]
        assert isinstance(function, Function)
        self._function = function
        self._name = name
        self._type = function.type
        self.call: Callable[..., tuple[int, ...]] = function.call_bits
        self.code: UnitCode = self._instance.data.code
        self.feedback: UnitFeedback = self._instance.data.feedback

    def __call__(self, *arguments: Number) -> object:
        return self._function(*arguments)

    def optimized(self) -> int:
        return len(self.code.optimized)

    def code_size(self) -> int:
        code = self.code
        return sum(self._engine.code_size(self._instance, index) for index in {*code.baseline, *code.optimized})

    def machine_code(self) -> MachineCodes:
        newest = {(index, -1): code for index, code in (self.code.baseline | self.code.optimized).items()}
        return machine_codes(newest | {key: entry.code for key, entry in self.code.osr.items()})

    def arguments(self, values: Sequence[Number]) -> tuple[int, ...]:
        return _bits(self._name, values, self._type.params)

    def result_text(self, value: Number) -> str:
        return self.text(_bits("result", (value,), self._type.results))

    def text(self, bits: Sequence[int]) -> str:
        """Results as text, in which all NaNs are one."""
        return ", ".join(repr(from_bits(value, kind)) for value, kind in zip(bits, self._type.results, strict=True))


def _bits(what: str, values: Sequence[Number], kinds: Sequence[ValType]) -> tuple[int, ...]:
    if len(values) != len(kinds):
        takes = ", ".join(kind.name for kind in kinds) or "nothing"
        raise Error(f"{what} takes {takes}; {len(values)} values were given")
    try:
        return tuple(to_bits(value, kind, f"a value of {what}") for value, kind in zip(values, kinds, strict=True))
    except (TypeError, OverflowError) as error:
        raise Error(str(error)) from None
