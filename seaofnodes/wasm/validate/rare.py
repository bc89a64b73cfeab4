"""Validation of the rarer instructions: what they take and give follows from their immediates, or from one reference.

The loop in validate.py pops and pushes for the first kind, and knows what ends a block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from seaofnodes.errors import DecodeError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.binary.reader import read_unsigned
from seaofnodes.wasm.subtyping import all_match, matches
from seaofnodes.wasm.types import (
    EXNREF,
    FUNCREF,
    I32,
    I64,
    REF_BOTTOM,
    REF_EXN,
    FuncType,
    RefType,
    ValType,
    reference,
    with_null,
)
from seaofnodes.wasm.validate import objects
from seaofnodes.wasm.validate.cursor import Cursor, Types
from seaofnodes.wasm.validate.stack import Invalid, pop, pop_all

# One-byte instructions whose signature follows from the immediates; and those behind which no code can be reached.
FROM_IMMEDIATES: Final = (
    o.MEMORY_SIZE, o.MEMORY_GROW, o.TABLE_GET, o.TABLE_SET, o.REF_NULL, o.REF_FUNC, o.SELECT_T, o.CALL_REF,
    o.RETURN_CALL, o.RETURN_CALL_INDIRECT, o.RETURN_CALL_REF, o.THROW, o.THROW_REF, o.REF_EQ,
)  # fmt: skip
ENDING: Final = o.TAIL_CALLS | {o.THROW, o.THROW_REF}


class Signatures(Cursor):
    """Reads immediates, checks them, and gives the types that the instruction takes and gives."""

    def of(self, opcode: int, start: int, at: int, end: int, height: int) -> tuple[Types, Types, int]:
        """Read the immediates at `at` of the instruction at `start`: (types taken, types given, offset after them).

        Raises DecodeError, UnsupportedFeatureError, ValidationError, Invalid.
        """
        if opcode in o.OBJECTS and self.module.first_object is None:
            self.module.first_object = start
        read = _READERS.get(opcode)
        if read is None:
            simple = o.OPCODES[opcode]
            return simple.params or (), simple.results or (), at
        self.reader.at, self.reader.end = at, end
        self.height = height
        taken, given = read(self)
        return taken, given, self.reader.at

    # Memories.

    def data_drop(self) -> tuple[Types, Types]:
        self.data_segment()
        return (), ()

    def memory_init(self) -> tuple[Types, Types]:
        self.data_segment()
        return (self.memory(), I32, I32), ()

    def memory_copy(self) -> tuple[Types, Types]:
        to, origin = self.memory(), self.memory()
        return (to, origin, _narrower(to, origin)), ()

    # Tables.

    def elem_drop(self) -> tuple[Types, Types]:
        self.elements()
        return (), ()

    def table_init(self) -> tuple[Types, Types]:
        given = self.elements()
        table = self.table()
        _must_match(given, table.element)
        return (table.address, I32, I32), ()

    def table_copy(self) -> tuple[Types, Types]:
        to, origin = self.table(), self.table()
        _must_match(origin.element, to.element)
        return (to.address, origin.address, _narrower(to.address, origin.address)), ()

    # References and calls.

    def ref_func(self) -> tuple[Types, Types]:
        index = self.reader.u32()
        if index >= len(self.module.functions):
            raise Invalid(f"unknown function {index}")
        if index not in self.module.declared_functions:
            raise Invalid(f"undeclared function reference {index}")
        return (), (reference(self.module.functions[index], False),)

    def select(self) -> tuple[Types, Types]:
        count = self.reader.u32()
        if count != 1:
            raise Invalid(f"invalid result arity: select with {count} types")
        kind = self.types.value_type()
        return (kind, kind, I32), (kind,)

    def call_ref(self) -> tuple[Types, Types]:
        index, callee = self.function_type()
        return (*callee.params, self.reference(index, True)), callee.results

    def return_call_ref(self) -> tuple[Types, Types]:
        index, callee = self.function_type()
        return self.tail_call(callee, (self.reference(index, True),))

    def return_call_indirect(self) -> tuple[Types, Types]:
        _, callee = self.function_type()
        table = self.table()
        _must_match(table.element, FUNCREF)
        return self.tail_call(callee, (table.address,))

    def tail_call(self, callee: FuncType, target: Types) -> tuple[Types, Types]:
        if not all_match(callee.results, self.returned):
            raise Invalid(f"type mismatch: a tail call of {callee} in a function that gives {list(self.returned)}")
        return callee.params + target, ()

    # Exceptions.

    def caught(self, at: int, end: int) -> tuple[Types, int]:
        """Read the tag of a `catch`: (types of what its exceptions carry, offset behind)."""
        self.reader.at, self.reader.end = at, end
        return self.index(self.module.tags, "tag").type.params, self.reader.at

    def catches(self, at: int, end: int) -> int:
        """Check the clauses of a try_table; gives the offset behind them."""
        reader = self.reader
        reader.at, reader.end = at, end
        for _ in range(reader.count(limits.CATCHES, "clauses of a try_table")):
            at = reader.at
            kind = reader.byte()
            if kind > 3:
                raise DecodeError(f"malformed catch clause {kind:#04x}", at)
            values: Types = () if kind & 2 else self.index(self.module.tags, "tag").type.params
            if kind & 1:
                values = (*values, REF_EXN)
            label = self.label()
            if not all_match(values, label):
                raise Invalid(f"type mismatch: a catch clause gives {list(values)}, its label takes {list(label)}")
        return reader.at


_READERS: Final[dict[int, Callable[[Signatures], tuple[Types, Types]]]] = {
    o.MEMORY_SIZE: lambda s: ((), (s.memory(),)),
    o.MEMORY_GROW: lambda s: ((address := s.memory(),), (address,)),
    o.MEMORY_INIT: Signatures.memory_init,
    o.MEMORY_COPY: Signatures.memory_copy,
    o.MEMORY_FILL: lambda s: ((address := s.memory(), I32, address), ()),
    o.DATA_DROP: Signatures.data_drop,
    o.TABLE_GET: lambda s: (((table := s.table()).address,), (table.element,)),
    o.TABLE_SET: lambda s: (((table := s.table()).address, table.element), ()),
    o.TABLE_SIZE: lambda s: ((), (s.table().address,)),
    o.TABLE_GROW: lambda s: (((table := s.table()).element, table.address), (table.address,)),
    o.TABLE_FILL: lambda s: (((table := s.table()).address, table.element, table.address), ()),
    o.TABLE_INIT: Signatures.table_init,
    o.TABLE_COPY: Signatures.table_copy,
    o.ELEM_DROP: Signatures.elem_drop,
    o.REF_NULL: lambda s: ((), (s.types.heap_type(True),)),
    o.REF_FUNC: Signatures.ref_func,
    o.SELECT_T: Signatures.select,
    o.CALL_REF: Signatures.call_ref,
    o.RETURN_CALL: lambda s: s.tail_call(s.index(s.module.functions, "function"), ()),
    o.RETURN_CALL_INDIRECT: Signatures.return_call_indirect,
    o.RETURN_CALL_REF: Signatures.return_call_ref,
    o.THROW: lambda s: (s.index(s.module.tags, "tag").type.params, ()),
    o.THROW_REF: lambda s: ((EXNREF,), ()),
    **objects.READERS,
}


def _must_match(given: RefType, element: RefType) -> None:
    if not matches(given, element):
        raise Invalid(f"type mismatch: found a table or segment of {given}, expected {element}")


def _narrower(a: ValType, b: ValType) -> ValType:
    return I64 if a is I64 and b is I64 else I32


def reference_instruction(
    opcode: int,
    data: bytes,
    at: int,
    end: int,
    stack: list[ValType | None],
    height: int,
    unreachable: bool,
    labels: Sequence[Types],
) -> int:
    """Check ref.is_null, ref.as_non_null, br_on_null or br_on_non_null; gives the offset behind its immediates."""
    if opcode == o.REF_IS_NULL:
        _pop_reference(stack, height, unreachable)
        stack.append(I32)
        return at
    if opcode == o.REF_AS_NON_NULL:
        stack.append(with_null(_pop_reference(stack, height, unreachable), False))
        return at
    depth, at = read_unsigned(data, at, end)
    if depth >= len(labels):
        raise Invalid(f"unknown label {depth}")
    label = labels[-1 - depth]
    if opcode == o.BR_ON_NULL:
        kind = with_null(_pop_reference(stack, height, unreachable), False)
        pop_all(stack, height, unreachable, label)
        stack += (*label, kind)
        return at
    last = label[-1] if label else None
    if not isinstance(last, RefType):
        raise Invalid("type mismatch: the label of br_on_non_null must take a reference")
    pop(stack, height, unreachable, with_null(last, True))
    pop_all(stack, height, unreachable, label[:-1])
    stack += label[:-1]
    return at


def _pop_reference(stack: list[ValType | None], height: int, unreachable: bool) -> RefType:
    found = pop(stack, height, unreachable, None)
    if found is None:
        return REF_BOTTOM
    if not isinstance(found, RefType):
        raise Invalid(f"type mismatch: expected a reference, found {found}")
    return found
