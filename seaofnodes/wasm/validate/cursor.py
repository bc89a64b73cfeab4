"""Reading the immediates of the rarer instructions: indices, each checked against what it is an index of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from seaofnodes.errors import DecodeError
from seaofnodes.wasm.types import DefinedType, FuncType, RefType, TableType, ValType
from seaofnodes.wasm.validate.stack import Invalid

if TYPE_CHECKING:
    from seaofnodes.wasm.binary.type_reader import TypeReader
    from seaofnodes.wasm.module import Module

Types = tuple[ValType, ...]
Entry = TypeVar("Entry")


class Cursor:
    """At the immediates of an instruction. All methods raise DecodeError, Invalid.

    Attributes: module; types: reads types; reader: its reader; returned: what the function returns; labels: of the
    blocks around the instruction; stack: the value stack before it; height: of the innermost block.
    """

    def __init__(self, module: Module, types: TypeReader) -> None:
        self.module = module
        self.types = types
        self.reader = types.reader
        self.height = 0
        self.begin((), [], [])

    def begin(self, returned: Types, labels: Sequence[Types], stack: Sequence[ValType | None]) -> None:
        """Begin with a body, which returns that, and whose labels and value stack these are."""
        self.returned = returned
        self.labels = labels
        self.stack = stack

    def index(self, space: Sequence[Entry], what: str) -> Entry:
        index = self.reader.u32()
        if index >= len(space):
            raise Invalid(f"unknown {what} {index}")
        return space[index]

    def memory(self) -> ValType:
        """Read the index of a memory; gives the type of its addresses."""
        return self.index(self.module.memories, "memory").address

    def data_segment(self) -> None:
        """Read the index of a data segment."""
        at, count = self.reader.at, self.module.data_count
        index = self.reader.u32()
        if count is None:
            raise DecodeError("data count section required", at)
        if index >= count:
            raise Invalid(f"unknown data segment {index}")

    def table(self) -> TableType:
        """Read the index of a table."""
        return self.index(self.module.tables, "table")

    def elements(self) -> RefType:
        """Read the index of an element segment; gives the type of its references."""
        return self.index(self.module.elements, "elem segment").type

    def type_index(self) -> tuple[int, DefinedType]:
        """Read the index of a type: (index, type)."""
        index = self.reader.u32()
        if index >= len(self.module.types):
            raise Invalid(f"unknown type {index}")
        return index, self.module.types[index]

    def function_type(self) -> tuple[int, FuncType]:
        """Read the index of a function type: (index, type)."""
        index, kind = self.type_index()
        return index, must_be_function(index, kind)

    def reference(self, index: int, nullable: bool) -> RefType:
        """The type of references to a type of the module."""
        return self.types.reference_to(index, nullable)

    def label(self) -> Types:
        """Read the depth of a label; gives the types of the values that a branch to it takes."""
        depth = self.reader.u32()
        if depth >= len(self.labels):
            raise Invalid(f"unknown label {depth}")
        return self.labels[-1 - depth]


def must_be_function(index: int, kind: DefinedType) -> FuncType:
    """The type, which has to be one of functions. Raises Invalid."""
    if not isinstance(kind, FuncType):
        raise Invalid(f"type mismatch: type {index} is not of functions, but {kind}")
    return kind
