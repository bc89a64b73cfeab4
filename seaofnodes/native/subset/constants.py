"""Constant expressions: literals and constants of the enclosing module, computed as Python does."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any, Final

from seaofnodes.native.subset.errors import Mistake
from seaofnodes.native.subset.source import MISSING, Source

_MOST_BITS: Final = 4096  # of an integer on the way

_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_UNARY: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}


class Constants:
    """Finds the constant expressions without a type of a function: Python ints, floats and bools."""

    def __init__(self, source: Source, locals: frozenset[str]) -> None:
        self._source = source
        self._locals = locals
        self._known: dict[ast.expr, object] = {}

    def value(self, node: ast.expr) -> int | float | None:
        """The number that an expression always is; None if it is none. Raises Mistake where it cannot be computed."""
        if node not in self._known:
            self._known[node] = self._value(node)
        found = self._known[node]
        return found if type(found) in (int, float, bool) else None  # type: ignore[return-value]

    def _value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.lookup(node)
        if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
            operand = self.value(node.operand)
            if operand is None or type(operand) is bool:
                return None
            return self._compute(node, _UNARY[type(node.op)], operand)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            left, right = self.value(node.left), self.value(node.right)
            if left is None or right is None or bool in (type(left), type(right)):
                return None
            if isinstance(node.op, ast.LShift) and right > _MOST_BITS:
                raise Mistake("the constant is too large", node)
            return self._compute(node, _BINARY[type(node.op)], left, right)
        return None

    def _compute(self, node: ast.expr, operation: Callable[..., Any], *operands: object) -> object:
        try:
            found = operation(*operands)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise Mistake(f"the constant cannot be computed: {error}", node) from None
        if isinstance(found, int) and found.bit_length() > _MOST_BITS:
            raise Mistake("the constant is too large", node)
        return found

    def lookup(self, node: ast.expr) -> object:
        """What a name that is no local stands for; MISSING if nothing."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self._locals:
            return MISSING
        return self._source.lookup(node)


def is_exact(value: float) -> bool:
    """May an int stand where a float is wanted?"""
    return math.isfinite(value) and abs(value) <= 1 << 53
