"""What the module alone says of the objects that its immutable globals refer to: the fields that never change.

Vtables are such objects, in modules that compilers of object-oriented languages make. Code is the same for all
instances of a module, so a function in a field is the instance's own: an operator on the instance, as `ref.func` is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.shapes import FieldAccess
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.constexpr import evaluate
from seaofnodes.wasm.dialect import operators as ops
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import RefType, StructType, type_of


class _Struct(NamedTuple):
    """What each field was given at first: bits, an operator on the instance, an object, or None: not known."""

    fields: tuple[Any, ...]


class _NotKnownError(Exception):
    """A constant expression needs what only an instance has."""


class ConstantObjects:
    """Of one module; what a global refers to is found out when it is first asked for."""

    __slots__ = ("_found", "module")

    def __init__(self, module: Module) -> None:
        self.module = module
        self._found: dict[int, Any] = {}

    def field(self, op: Operator, path: Sequence[FieldAccess]) -> Operator | None:
        """What is read by loads of constant fields, one after the other, from what an operator on the instance refers
        to: an operator on the instance, or a constant. None: that is not known.
        """
        found: Any = op
        for access in path:
            found = self._object(found)
            if not isinstance(found, _Struct):
                return None
            found = found.fields[access.field]
        if isinstance(found, int):
            return _constant(path[-1], found)
        return found if isinstance(found, Operator) else None

    def _object(self, value: Any) -> Any:
        """The object that a global refers to, if `value` is the operator that reads one."""
        if not isinstance(value, Operator) or value.declaration is not ops.immutable_global(0, WORD32).declaration:
            return value
        index = value.parameters[0]
        if index not in self._found:
            self._found[index] = self._object(self._initial(index))
        return self._found[index]

    def _initial(self, index: int) -> Any:
        init = self.module.globals[index].init
        if init is None or not self.module.globals[index].type.type.is_reference:
            return None
        try:
            return evaluate(init, self._global, self._function, common.NULL_CONSTANT, self._construct)
        except _NotKnownError:
            return None

    def _global(self, index: int) -> Any:
        declared = self.module.globals[index]
        if declared.type.mutable:
            raise _NotKnownError
        if isinstance(declared.type.type, RefType):
            return ops.immutable_global(index, type_of(declared.type.type))
        if declared.init is None:
            raise _NotKnownError
        return evaluate(declared.init, self._global)

    def _function(self, index: int) -> Operator:
        imported = index < self.module.imported_functions
        return ops.import_record(index) if imported else ops.function_record(index)

    def _construct(self, opcode: int, immediate: Any, stack: list[Any]) -> None:
        kind = self.module.types[immediate] if opcode in (w.STRUCT_NEW, w.STRUCT_NEW_DEFAULT) else None
        if not isinstance(kind, StructType):
            raise _NotKnownError
        if opcode == w.STRUCT_NEW_DEFAULT:
            fields = [common.NULL_CONSTANT if field.type.is_reference else 0 for field in kind.fields]
        else:
            start = len(stack) - len(kind.fields)
            fields = stack[start:]
            del stack[start:]
        stack.append(_Struct(tuple(fields)))


def _constant(access: FieldAccess, bits: int) -> Operator:
    """What a load gives of a field that was given these bits."""
    bits &= (1 << access.width) - 1
    type = access.type
    if type.is_float:
        return {FLOAT32: common.float32_constant, FLOAT64: common.float64_constant}[type](bits)
    if access.rep.startswith("Int") and bits >> access.width - 1:
        bits -= 1 << access.width
    return (common.int32_constant if type is WORD32 else common.int64_constant)(bits)
