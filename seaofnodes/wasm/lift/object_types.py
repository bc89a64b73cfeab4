"""What operators on objects have to know of a module's types, and what is known of references.

A type goes by the index of the first type of the module that is equal to it.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.shapes import NON_NULL, ArrayShape, ElementAccess, FieldAccess, ObjectType, StructShape, TypeTest
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.object_layout import struct_layout
from seaofnodes.wasm.types import (
    ARRAY,
    EQ,
    I31,
    STRUCT,
    ArrayType,
    DefinedType,
    FieldType,
    RefType,
    StructType,
    ValType,
    type_of,
)

_REPS: Final = {8: "Word8", 16: "Word16", 32: "Word32", 64: "Word64"}
_ABSTRACT: Final = {STRUCT: "struct", ARRAY: "array", I31: "i31", EQ: "eq"}


class ObjectTypes:
    """Of one module, each made when first asked for."""

    __slots__ = ("_arrays", "_first", "_structs", "_types", "module")

    def __init__(self, module: Module) -> None:
        self.module = module
        self._first: dict[DefinedType, int] = {}
        self._types: dict[int, ObjectType] = {}
        self._structs: dict[int, StructShape] = {}
        self._arrays: dict[int, ArrayShape] = {}

    def number(self, kind: DefinedType) -> int:
        """The index of the first equal type."""
        found = self._first.get(kind)
        if found is None:
            found = self._first[kind] = self.module.types.index(kind)
        return found

    def type(self, kind: DefinedType) -> ObjectType:
        """A struct or array type."""
        number = self.number(kind)
        found = self._types.get(number)
        if found is None:
            supertypes = tuple([self.number(one) for one in kind.supertypes])
            name = "struct" if isinstance(kind, StructType) else "array"
            found = self._types[number] = ObjectType(name, number, supertypes, kind.final)
        return found

    def struct(self, type_index: int) -> StructShape:
        """Of the struct type with that index."""
        found = self._structs.get(type_index)
        if found is None:
            kind = self.module.types[type_index]
            assert isinstance(kind, StructType)
            offsets, size = struct_layout(kind)
            fields = []
            chain = (*kind.supertypes, kind)
            counts = [len(one.fields) for one in chain if isinstance(one, StructType)]
            depth = 0
            for index, (field, offset) in enumerate(zip(kind.fields, offsets, strict=True)):
                while counts[depth] <= index:
                    depth += 1
                declared = self.number(chain[depth])
                fields.append(FieldAccess(declared, index, _stored(field), type_of(field.type), offset))
            found = self._structs[type_index] = StructShape(self.type(kind), size, tuple(fields))
        return found

    def array(self, type_index: int) -> ArrayShape:
        """Of the array type with that index."""
        found = self._arrays.get(type_index)
        if found is None:
            kind = self.module.types[type_index]
            assert isinstance(kind, ArrayType)
            root = self.number(kind.supertypes[0] if kind.supertypes else kind)
            element = ElementAccess(root, _stored(kind.element), type_of(kind.element.type))
            found = self._arrays[type_index] = ArrayShape(self.type(kind), element)
        return found

    def test(self, target: RefType, known: RefType | None) -> TypeTest:
        """For a reference type that is neither `any` nor at the bottom; known: the operand's type, if that is known."""
        heap = target.heap
        wanted = self.type(heap) if isinstance(heap, DefinedType) else _ABSTRACT[heap]
        return TypeTest(wanted, target.nullable, operand_of(known))


def _stored(field: FieldType) -> str:
    """How a field is stored."""
    kind = field.type
    if isinstance(kind, RefType):
        return "Reference" if kind.nullable else NON_NULL
    return f"Float{kind.bits}" if kind.is_float else _REPS[kind.bits]


def operand_of(known: RefType | None) -> str:
    """What a reference is known to be, in the words of a TypeTest."""
    if known is None or not (isinstance(known.heap, DefinedType) or known.heap in (STRUCT, ARRAY)):
        return "any"
    return "object or null" if known.nullable else "object"


def known_type(module: Module, function_index: int, node: Node) -> ValType | None:
    """The type that a value has because of where it comes from, in the function that is being lifted; or None."""
    op = node.op
    parameters = op.parameters
    found: ValType | None = None
    if op.is_parameter:
        index = parameters[0] - 1
        params = module.functions[function_index].params
        return params[index] if not op.is_osr_value and 0 <= index < len(params) else None
    if op.is_call and parameters.function_index >= 0:
        results = module.functions[parameters.function_index].results
        return results[0] if len(results) == 1 else None
    if op.is_object_load:
        kind = module.types[parameters.declared if isinstance(parameters, FieldAccess) else parameters.array]
        if isinstance(kind, StructType):
            field: int = parameters.field
            return kind.fields[field].type
        assert isinstance(kind, ArrayType)
        return kind.element.type
    if isinstance(parameters, StructShape | ArrayShape):
        return RefType(module.types[parameters.type.number], False, "")
    name = op.declaration.name
    if name in ("GlobalGet", "ImmutableGlobal"):
        found = module.globals[parameters[0]].type.type
    elif name == "TableGet":
        found = module.tables[parameters.table].element
    return found
