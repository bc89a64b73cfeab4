"""Constant expressions: initial values of globals, offsets of segments.

An expression is a tuple of (opcode, immediate), as in a body, without the closing `end`. It runs on a stack of bit patterns.
"""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.wasm.opcodes import (
    GLOBAL_GET,
    I32_ADD,
    I32_MUL,
    I32_SUB,
    I64_ADD,
    I64_MUL,
    I64_SUB,
)

ConstExpr = tuple[tuple[int, int], ...]

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
_ARITHMETIC: dict[int, Callable[[int, int], int]] = {
    I32_ADD: lambda a, b: (a + b) & _M32,
    I32_SUB: lambda a, b: (a - b) & _M32,
    I32_MUL: lambda a, b: (a * b) & _M32,
    I64_ADD: lambda a, b: (a + b) & _M64,
    I64_SUB: lambda a, b: (a - b) & _M64,
    I64_MUL: lambda a, b: (a * b) & _M64,
}


def evaluate(expression: ConstExpr, global_value: Callable[[int], int]) -> int:
    """Evaluate a valid constant expression to a bit pattern (floats too); global_value gives the bits of a global."""
    stack: list[int] = []
    for opcode, immediate in expression:
        if opcode == GLOBAL_GET:
            stack.append(global_value(immediate))
        elif opcode in _ARITHMETIC:
            right = stack.pop()
            stack.append(_ARITHMETIC[opcode](stack.pop(), right))
        else:
            stack.append(immediate)
    return stack.pop()
