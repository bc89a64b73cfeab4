"""An instance that is made up: what a graph's evaluation asks it for depends on nothing but a seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple, Never

from seaofnodes.errors import ProgramException, Trap, WasmException
from seaofnodes.ir.types import Type

PAGE = 1 << 16


class Needs(NamedTuple):
    """What graphs ask an instance for: memories and globals by index; results: types of what calls give, by function
    index or name of a builtin (None: through references); throws: may functions throw? tags: types of what exceptions
    carry, by tag.
    """

    memories: frozenset[int]
    globals: frozenset[int]
    results: dict[object, tuple[Type, ...]]
    throws: bool = False
    tags: Mapping[int, tuple[Type, ...]] = MappingProxyType({})


class World:
    """Memories of one page, globals, tables of eight entries, functions that give numbers and log their calls.

    It is an InstanceEnvironment (wasm/dialect/operators.py). Two worlds of one seed answer alike as long as they are
    asked alike.
    Attributes: memories, globals: by index, as they are now; log: calls, as tuples.
    """

    def __init__(self, seed: int, needs: Needs) -> None:
        self.seed = seed
        self.needs = needs
        self.memories = {i: bytearray(random.Random(f"{seed} {i}").randbytes(PAGE)) for i in sorted(needs.memories)}
        self.globals = {i: self._number("global", i) >> 40 for i in sorted(needs.globals)}
        self.log: list[tuple[object, ...]] = []
        self._exceptions: list[tuple[int, tuple[int, ...]]] = []  # tag and values; references are their indices plus 1

    def memory_start(self, memory: int) -> int:
        return (memory + 1) << 40

    def memory_size(self, memory: int) -> int:
        return len(self.memories[memory]) // PAGE

    def _check(self, memory: int, address: int, width: int) -> bytearray:
        data = self.memories[memory]
        if address < 0 or address + width > len(data):
            raise Trap("out of bounds memory access")
        return data

    def load(self, memory: int, address: int, width: int) -> int:
        data = self._check(memory, address, width)
        return int.from_bytes(data[address : address + width], "little")

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        self._check(memory, address, width)[address : address + width] = value.to_bytes(width, "little")

    def global_get(self, index: int) -> int:
        return self.globals[index]

    def global_set(self, index: int, value: int) -> None:
        self.globals[index] = value

    def table_size(self, table: int) -> int:
        return 8

    def table_get(self, table: int, index: int) -> int:
        return 0 if index == 7 else self.function_record(index)

    def table_set(self, table: int, index: int, value: int) -> None:
        self.log.append(("table", table, index, value))

    def import_record(self, function_index: int) -> int:
        return self.function_record(function_index)

    def function_record(self, function_index: int) -> int:
        return 0x1000 + 32 * function_index

    def check_signature(self, record: int, type_index: int) -> None:
        if record == 0:
            raise Trap("uninitialized element")

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        return self._call(function_index, arguments, self.needs.throws)

    def call_record(self, record: int, arguments: Sequence[int]) -> list[int]:
        return self._call((record - 0x1000) // 32, arguments, self.needs.throws)

    def stack_limit_reached(self) -> int:
        return 0

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        return self._call(name, arguments, False)

    def new_exception(self, tag: int, values: Sequence[int]) -> int:
        self._exceptions.append((tag, tuple(values)))
        return len(self._exceptions)

    def exception_has_tag(self, exception: int, tag: int) -> bool:
        return self._exceptions[exception - 1][0] == tag

    def exception_payload(self, exception: int, index: int) -> int:
        return self._exceptions[exception - 1][1][index]

    def throw(self, exception: int) -> Never:
        tag, values = self._exceptions[exception - 1]
        raise WasmException(tag, values, exception)

    def caught(self, exception: ProgramException) -> int:
        assert isinstance(exception, WasmException) and isinstance(exception.reference, int)
        return exception.reference

    def _call(self, what: object, arguments: Sequence[int], may_throw: bool) -> list[int]:
        """A function may read and write all state: what it gives depends on that, and it changes some. In one of four
        cases it throws, if it may: one of the tags that the graphs know, or another one (-1).
        """
        state = blake2b(repr(self.globals).encode(), digest_size=8)
        for data in self.memories.values():
            state.update(data)
        self.log.append((what, *arguments, state.hexdigest()))
        for index in self.globals:
            self.globals[index] ^= 1
        if may_throw and self._number("throws", what, len(self.log)) % 4 == 0:
            tags = [-1, *self.needs.tags]
            tag = tags[self._number("tag", len(self.log)) % len(tags)]
            kinds = self.needs.tags.get(tag, ())
            values = [self._number("payload", len(self.log), i) & ((1 << t.bits) - 1) for i, t in enumerate(kinds)]
            self.throw(self.new_exception(tag, values))
        results = self.needs.results.get(what, self.needs.results.get(None, ()))
        return [
            self._number(what, len(self.log), *arguments, number) & ((1 << type.bits) - 1)
            for number, type in enumerate(results)
        ]

    def _number(self, *what: object) -> int:
        return int.from_bytes(blake2b(repr((self.seed, *what)).encode(), digest_size=8).digest(), "little")
