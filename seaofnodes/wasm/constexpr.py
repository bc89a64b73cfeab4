"""Constant expressions: initial values of globals, tables and segments, offsets of segments.

An expression is a tuple of (opcode, immediate), as in a body, without the closing `end`. It runs on a stack of bit
patterns and references.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.errors import ValidationError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.features import EXTENDED_CONST, allows, refuse_opcode
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import F32, F64, I32, I64, ValType, reference

if TYPE_CHECKING:
    from seaofnodes.wasm.module import Module
    from seaofnodes.wasm.type_reader import TypeReader

ConstExpr = tuple[tuple[int, Any], ...]

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
_ARITHMETIC: Final[dict[int, Callable[[int, int], int]]] = {
    o.I32_ADD: lambda a, b: (a + b) & _M32,
    o.I32_SUB: lambda a, b: (a - b) & _M32,
    o.I32_MUL: lambda a, b: (a * b) & _M32,
    o.I64_ADD: lambda a, b: (a + b) & _M64,
    o.I64_SUB: lambda a, b: (a - b) & _M64,
    o.I64_MUL: lambda a, b: (a * b) & _M64,
}


def _no_reference(index: int) -> Any:
    raise TypeError(f"a reference to function {index} where there are none")


def evaluate(
    expression: ConstExpr,
    global_value: Callable[[int], Any],
    function_reference: Callable[[int], Any] = _no_reference,
    null: Any = None,
) -> Any:
    """Evaluate a valid constant expression to a bit pattern (floats too) or a reference.

    global_value gives the bits or the reference that a global holds, function_reference the reference to a function;
    null is the null reference.
    """
    stack: list[Any] = []
    for opcode, immediate in expression:
        if opcode == o.GLOBAL_GET:
            stack.append(global_value(immediate))
        elif opcode in _ARITHMETIC:
            right = stack.pop()
            stack.append(_ARITHMETIC[opcode](stack.pop(), right))
        elif opcode == o.REF_FUNC:
            stack.append(function_reference(immediate))
        elif opcode == o.REF_NULL:
            stack.append(null)
        else:
            stack.append(immediate)
    return stack.pop()


def decode(source: TypeReader, module: Module, expected: ValType) -> ConstExpr:
    """Read and validate an expression of the expected type, its `end` included.

    It may read the module's globals so far (without the feature extended-const: imported ones only), and what it refers
    to is added to the module's declared functions. Raises DecodeError, UnsupportedFeatureError, ValidationError.
    """
    reader, features = source.reader, source.features
    found: list[tuple[int, Any]] = []
    stack: list[ValType] = []
    start = reader.at
    while True:
        at = reader.at
        opcode = reader.byte()
        if opcode == o.END:
            break
        immediate: Any = 0
        if opcode == o.I32_CONST:
            immediate = reader.signed(32) & _M32
            stack.append(I32)
        elif opcode == o.I64_CONST:
            immediate = reader.signed(64) & _M64
            stack.append(I64)
        elif opcode == o.F32_CONST:
            immediate = int.from_bytes(reader.take(4), "little")
            stack.append(F32)
        elif opcode == o.F64_CONST:
            immediate = int.from_bytes(reader.take(8), "little")
            stack.append(F64)
        elif opcode == o.GLOBAL_GET:
            immediate = reader.u32()
            visible = len(module.globals) if EXTENDED_CONST in features else module.imported_globals
            if immediate >= visible:
                raise ValidationError(f"unknown global {immediate}", at, opcode="global.get")
            if module.globals[immediate].type.mutable:
                raise ValidationError("constant expression required: a mutable global", at, opcode="global.get")
            stack.append(module.globals[immediate].type.type)
        elif not allows(features, opcode):
            refuse_opcode(opcode, at)
        elif opcode == o.REF_NULL:
            immediate = source.heap_type(True)
            stack.append(immediate)
        elif opcode == o.REF_FUNC:
            immediate = reader.u32()
            if immediate >= len(module.functions):
                raise ValidationError(f"unknown function {immediate}", at, opcode="ref.func")
            module.declared_functions.add(immediate)
            stack.append(reference(module.functions[immediate], False))
        elif opcode in _ARITHMETIC and EXTENDED_CONST in features:
            operands = o.OPCODES[opcode].params or ()
            if tuple(stack[-2:]) != operands:
                raise ValidationError("type mismatch in a constant expression", at, opcode=o.OPCODES[opcode].name)
            stack.pop()
        elif opcode in o.OPCODES:
            raise ValidationError("constant expression required", at, opcode=o.OPCODES[opcode].name)
        else:
            prefixed = o.prefixed(opcode, reader.u32()) if 0xFB <= opcode <= 0xFE else opcode
            if prefixed in o.OPCODES:
                raise ValidationError("constant expression required", at, opcode=o.OPCODES[prefixed].name)
            refuse_opcode(prefixed, at)
        found.append((opcode, immediate))
    if len(stack) != 1 or not matches(stack[0], expected):
        types = " ".join(kind.name for kind in stack)
        raise ValidationError(f"type mismatch: expected a constant of type {expected}, found [{types}]", start)
    return tuple(found)
