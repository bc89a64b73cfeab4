"""An instance of the reference interpreter as the environment of graphs under evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Never

from seaofnodes.errors import ProgramException, Trap, WasmException
from seaofnodes.wasm.interpreter.builtins import call_builtin
from seaofnodes.wasm.interpreter.exceptions import raised, thrown
from seaofnodes.wasm.interpreter.object_environment import I31_BIT, ObjectState, i31_word
from seaofnodes.wasm.interpreter.state import InterpretedInstance
from seaofnodes.wasm.interpreter.values import I31, ExceptionObject, Function
from seaofnodes.wasm.subtyping import is_subtype
from seaofnodes.wasm.types import ValType

_SPACING = 1 << 40  # between the starts of memories: further apart than any index reaches


class InterpretedEnvironment(ObjectState):
    """State and calls of an interpreted instance; see `dialect.operators.InstanceEnvironment`. Callees
    are interpreted."""

    def __init__(self, instance: InterpretedInstance) -> None:
        self.instance = instance
        self._objects: list[Any] = []  # references are positions here, plus 1
        self._numbers: dict[int, int] = {}  # by id

    def memory_start(self, memory: int) -> int:
        return (memory + 1) * _SPACING

    def memory_size(self, memory: int) -> int:
        return self.instance.memories[memory].pages

    def load(self, memory: int, address: int, width: int) -> int:
        return self.instance.memories[memory].read(address, width)

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        self.instance.memories[memory].write(address, width, value)

    def global_get(self, index: int) -> int:
        found = self.instance.globals[index]
        return self.to_bits(found.bits, found.type.type)

    def global_set(self, index: int, value: int) -> None:
        found = self.instance.globals[index]
        found.bits = self.from_bits(value, found.type.type)

    def table_size(self, table: int) -> int:
        return len(self.instance.tables[table].entries)

    def table_get(self, table: int, index: int) -> int:
        entries = self.instance.tables[table].entries
        if index >= len(entries):
            raise Trap("out of bounds table access")
        return self.number(entries[index])

    def table_set(self, table: int, index: int, value: int) -> None:
        self.instance.tables[table].entries[index] = self.object(value)

    def import_record(self, function_index: int) -> int:
        return self.number(self.instance.functions[function_index])

    def function_record(self, function_index: int) -> int:
        return self.number(self.instance.functions[function_index])

    def check_signature(self, record: int, type_index: int) -> None:
        if not record:
            raise Trap("uninitialized element")
        if not is_subtype(self._objects[record - 1].type, self.instance.module.types[type_index]):
            raise Trap("indirect call type mismatch")

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        return self._call(self.instance.functions[function_index], arguments)

    def call_record(self, record: int, arguments: Sequence[int]) -> list[int]:
        return self._call(self._objects[record - 1], arguments)

    def _call(self, function: Function, arguments: Sequence[int]) -> list[int]:
        kind = function.type
        given = map(self.from_bits, arguments, kind.params)
        return list(map(self.to_bits, function.call_bits(*given), kind.results))

    def stack_limit_reached(self) -> int:
        return 0

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        if name == "table_grow":
            table, delta, value = arguments
            return call_builtin(self.instance, name, (table, self.object(value), delta))
        if name == "table_fill":
            table, start, value, count = arguments
            return call_builtin(self.instance, name, (table, start, self.object(value), count))
        found = self.call_object_builtin(name, arguments)
        return call_builtin(self.instance, name, arguments) if found is None else found

    # Exceptions.

    def new_exception(self, tag: int, values: Sequence[int]) -> int:
        found = self.instance.tags[tag]
        return self.number(ExceptionObject(found, tuple(map(self.from_bits, values, found.type.type.params))))

    def exception_has_tag(self, exception: int, tag: int) -> bool:
        return bool(self.object(exception).tag is self.instance.tags[tag])

    def exception_payload(self, exception: int, index: int) -> int:
        found = self.object(exception)
        return self.to_bits(found.values[index], found.tag.type.type.params[index])

    def throw(self, exception: int) -> Never:
        raise raised(self.object(exception))

    def caught(self, exception: ProgramException) -> int:
        assert isinstance(exception, WasmException)
        return self.number(thrown(exception))

    # References as numbers.

    def to_bits(self, value: Any, kind: ValType) -> int:
        """A value of the interpreter as the evaluator has it."""
        found: int = self.number(value) if kind.is_reference else value
        return found

    def from_bits(self, bits: int, kind: ValType) -> Any:
        """And back."""
        return self.object(bits) if kind.is_reference else bits

    def object(self, number: int) -> Any:
        """What a reference stands for."""
        if number and not number & I31_BIT - 1:
            return I31(number >> 33)
        return self._objects[number - 1] if number else None

    def number(self, value: Any) -> int:
        """The reference that stands for something; None is null."""
        if value is None:
            return 0
        if isinstance(value, I31):
            return i31_word(value)
        found = self._numbers.get(id(value))
        if found is None:
            self._objects.append(value)
            found = self._numbers[id(value)] = len(self._objects)
        return found
