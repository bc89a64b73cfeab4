"""Constant expressions: initial values of globals, offsets of segments.

An expression is a tuple of (opcode, immediate), as in a body, without the closing `end`. It runs on a stack of bit
patterns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import ValidationError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.features import EXTENDED_CONST, refuse_opcode
from seaofnodes.wasm.types import F32, F64, I32, I64, ValType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.module import Global
    from seaofnodes.wasm.reader import Reader

ConstExpr = tuple[tuple[int, int], ...]

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
_ARITHMETIC: Final[dict[int, Callable[[int, int], int]]] = {
    o.I32_ADD: lambda a, b: (a + b) & _M32,
    o.I32_SUB: lambda a, b: (a - b) & _M32,
    o.I32_MUL: lambda a, b: (a * b) & _M32,
    o.I64_ADD: lambda a, b: (a + b) & _M64,
    o.I64_SUB: lambda a, b: (a - b) & _M64,
    o.I64_MUL: lambda a, b: (a * b) & _M64,
}


def evaluate(expression: ConstExpr, global_value: Callable[[int], int]) -> int:
    """Evaluate a valid constant expression to a bit pattern (floats too); global_value gives the bits of a global."""
    stack: list[int] = []
    for opcode, immediate in expression:
        if opcode == o.GLOBAL_GET:
            stack.append(global_value(immediate))
        elif opcode in _ARITHMETIC:
            right = stack.pop()
            stack.append(_ARITHMETIC[opcode](stack.pop(), right))
        else:
            stack.append(immediate)
    return stack.pop()


def decode(
    reader: Reader, expected: ValType, global_space: Sequence[Global], imported: int, features: frozenset[str]
) -> ConstExpr:
    """Read and validate an expression of the expected type, its `end` included.

    global_space: the globals it may read, of which the first `imported` are imports.
    Raises DecodeError, UnsupportedFeatureError, ValidationError.
    """
    found: list[tuple[int, int]] = []
    stack: list[ValType] = []
    start = reader.at
    while True:
        at = reader.at
        opcode = reader.byte()
        if opcode == o.END:
            break
        immediate = 0
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
            visible = len(global_space) if EXTENDED_CONST in features else imported
            if immediate >= visible:
                raise ValidationError(f"unknown global {immediate}", at, opcode="global.get")
            if global_space[immediate].type.mutable:
                raise ValidationError("constant expression required: a mutable global", at, opcode="global.get")
            stack.append(global_space[immediate].type.type)
        elif opcode in _ARITHMETIC and EXTENDED_CONST in features:
            operands = o.OPCODES[opcode].params or ()
            if tuple(stack[-2:]) != operands:
                raise ValidationError("type mismatch in a constant expression", at, opcode=o.OPCODES[opcode].name)
            stack.pop()
        elif opcode in o.OPCODES:
            raise ValidationError("constant expression required", at, opcode=o.OPCODES[opcode].name)
        else:
            refuse_opcode(o.prefixed(opcode, reader.u32()) if 0xFB <= opcode <= 0xFE else opcode, at)
        found.append((opcode, immediate))
    if stack != [expected]:
        types = " ".join(kind.name for kind in stack)
        raise ValidationError(f"type mismatch: expected a constant of type {expected}, found [{types}]", start)
    return tuple(found)
