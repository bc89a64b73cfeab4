"""An instance of the reference interpreter as the environment of graphs under evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.errors import Trap
from seaofnodes.wasm.interpret import InterpretedInstance
from seaofnodes.wasm.interpret_builtins import call_builtin
from seaofnodes.wasm.interpret_store import Function
from seaofnodes.wasm.subtyping import is_subtype

_SPACING = 1 << 40  # between the starts of memories: further apart than any index reaches


class InterpretedEnvironment:
    """State and calls of an interpreted instance; see `ir.environment.Environment`. Callees are interpreted."""

    def __init__(self, instance: InterpretedInstance) -> None:
        self.instance = instance
        self._records: list[Function] = []  # references are positions here, plus 1
        self._numbers: dict[Function, int] = {}

    def memory_start(self, memory: int) -> int:
        return (memory + 1) * _SPACING

    def memory_size(self, memory: int) -> int:
        return self.instance.memories[memory].pages

    def load(self, memory: int, address: int, width: int) -> int:
        return self.instance.memories[memory].read(address, width)

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        self.instance.memories[memory].write(address, width, value)

    def global_get(self, index: int) -> int:
        bits: int = self.instance.globals[index].bits
        return bits

    def global_set(self, index: int, value: int) -> None:
        self.instance.globals[index].bits = value

    def table_size(self, table: int) -> int:
        return len(self.instance.tables[table].entries)

    def table_get(self, table: int, index: int) -> int:
        entries = self.instance.tables[table].entries
        if index >= len(entries):
            raise Trap("out of bounds table access")
        return self._number(entries[index])

    def import_record(self, function_index: int) -> int:
        return self._number(self.instance.functions[function_index])

    def function_record(self, function_index: int) -> int:
        return self._number(self.instance.functions[function_index])

    def check_signature(self, record: int, type_index: int) -> None:
        if not record:
            raise Trap("uninitialized element")
        if not is_subtype(self._records[record - 1].type, self.instance.module.types[type_index]):
            raise Trap("indirect call type mismatch")

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        return self.instance.functions[function_index].call_bits(*arguments)

    def call_record(self, record: int, arguments: Sequence[int]) -> list[int]:
        return self._records[record - 1].call_bits(*arguments)

    def stack_limit_reached(self) -> int:
        return 0

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        return call_builtin(self.instance, name, arguments)

    def _number(self, function: Function | None) -> int:
        if function is None:
            return 0
        found = self._numbers.get(function)
        if found is None:
            self._records.append(function)
            found = self._numbers[function] = len(self._records)
        return found
