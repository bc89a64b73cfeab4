"""Constant expressions: initial values of globals, tables and segments, offsets of segments.

An expression is a tuple of (opcode, immediate), as in a body, without the closing `end`. It runs on a stack of bit
patterns and references.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from seaofnodes.wasm import opcodes as o

ConstExpr = tuple[tuple[int, Any], ...]

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
ARITHMETIC: Final[dict[int, Callable[[int, int], int]]] = {
    o.I32_ADD: lambda a, b: (a + b) & _M32,
    o.I32_SUB: lambda a, b: (a - b) & _M32,
    o.I32_MUL: lambda a, b: (a * b) & _M32,
    o.I64_ADD: lambda a, b: (a + b) & _M64,
    o.I64_SUB: lambda a, b: (a - b) & _M64,
    o.I64_MUL: lambda a, b: (a * b) & _M64,
}
# Those that make or convert references.
CONSTRUCTORS: Final = frozenset(
    (
        o.STRUCT_NEW, o.STRUCT_NEW_DEFAULT, o.ARRAY_NEW, o.ARRAY_NEW_DEFAULT, o.ARRAY_NEW_FIXED, o.REF_I31,
        o.ANY_CONVERT_EXTERN, o.EXTERN_CONVERT_ANY,
    )
)  # fmt: skip


def _no_reference(index: int) -> Any:
    raise TypeError(f"a reference to function {index} where there are none")


def _no_objects(opcode: int, immediate: Any, stack: list[Any]) -> None:
    raise TypeError(f"{o.OPCODES[opcode].name} where there are no objects")


def evaluate(
    expression: ConstExpr,
    global_value: Callable[[int], Any],
    function_reference: Callable[[int], Any] = _no_reference,
    null: Any = None,
    construct: Callable[[int, Any, list[Any]], None] = _no_objects,
) -> Any:
    """Evaluate a valid constant expression to a bit pattern (floats too) or a reference.

    global_value gives the bits or the reference that a global holds, function_reference the reference to a function;
    null is the null reference; construct carries out one of CONSTRUCTORS on the stack.
    """
    stack: list[Any] = []
    for opcode, immediate in expression:
        if opcode == o.GLOBAL_GET:
            stack.append(global_value(immediate))
        elif opcode in ARITHMETIC:
            right = stack.pop()
            stack.append(ARITHMETIC[opcode](stack.pop(), right))
        elif opcode == o.REF_FUNC:
            stack.append(function_reference(immediate))
        elif opcode == o.REF_NULL:
            stack.append(null)
        elif opcode in CONSTRUCTORS:
            construct(opcode, immediate, stack)
        else:
            stack.append(immediate)
    return stack.pop()
