"""Types in rules: what a pattern's variables and constants are, and whether its replacement fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from seaofnodes.errors import PassError
from seaofnodes.ir.types import ANY, NONE, Type
from seaofnodes.passes.patterns import (
    Apply,
    Computed,
    Constant,
    Expression,
    FloatLiteral,
    Literal,
    Nothing,
    Phi,
    Value,
    Variable,
)
from seaofnodes.passes.rules.predicates import Predicate

_COMPARISONS = frozenset(("eq", "ult", "ule", "slt", "sle"))


class Shape(NamedTuple):
    """Of a value known at compile time; bits 0: as many as are wanted."""

    is_float: bool
    bits: int

    def __str__(self) -> str:
        return f"{'float' if self.is_float else 'word'} of {self.bits} bits"


def typed(expression: Expression, type: Type) -> Expression:
    """The expression, which stands where `type` is wanted, with floats of the right width. Raises PassError for an int
    where a float is wanted, and for a float where none is.
    """
    if isinstance(expression, Apply):
        if isinstance(expression, Phi):
            expression = expression.with_type(type)
            if expression.op.type is ANY:
                raise PassError(f"nothing says of which type {expression!r} is: phi(..., type=WORD32)")
        arguments = tuple(map(typed, expression.arguments, expression.signature))
        same = all(new is old for new, old in zip(arguments, expression.arguments, strict=True))
        return expression if same else expression.with_arguments(arguments)
    if not isinstance(expression, Literal):
        return expression
    if not isinstance(expression, FloatLiteral):
        if type.is_float:
            number = expression.number
            raise PassError(f"{number} stands where a {type} is wanted: write it as a float, {float(number)!r}")
        return expression
    if not type.is_float:
        raise PassError(f"{expression!r} stands where a {type} is wanted")
    return expression if expression.width == type.bits else FloatLiteral(expression.written, type.bits)


def types_of(pattern: Expression, type: Type) -> dict[str, Type]:
    """The types of a pattern's variables and constants, in order of appearance; `type` is that of the whole.

    Raises PassError if one name would need two types.
    """
    found: dict[str, Type] = {}

    def walk(expression: Expression, type: Type) -> None:
        if isinstance(expression, (Variable, Constant)):
            if found.setdefault(expression.name, type) is not type:
                raise PassError(f"{expression.name} is both {found[expression.name]} and {type} in {pattern!r}")
        elif isinstance(expression, Apply):
            for argument, wanted in zip(expression.arguments, expression.signature, strict=True):
                if isinstance(argument, Apply) and argument.op.type is not wanted:
                    raise PassError(f"{argument!r} is {_kind(argument)}; {expression.op.name} takes a {wanted}")
                walk(argument, wanted)

    walk(pattern, type)
    return found


def constants_of(pattern: Expression) -> list[str]:
    """The names of a pattern's constants, in order of appearance."""
    if isinstance(pattern, Constant):
        return [pattern.name]
    if isinstance(pattern, Apply):
        return list(dict.fromkeys(name for argument in pattern.arguments for name in constants_of(argument)))
    return []


def check_expression(expression: Expression, type: Type, types: Mapping[str, Type]) -> None:
    """Raise PassError unless the replacement `expression` can stand where `type` is wanted."""
    if isinstance(expression, Nothing) and type is not NONE:
        raise PassError(f"{expression!r} stands where a {type} is wanted: it is for stores")
    if isinstance(expression, (Variable, Constant)):
        if types[expression.name] is not type:
            raise PassError(f"{expression.name} is a {types[expression.name]}, where a {type} is wanted")
    elif isinstance(expression, Value):
        shape = shape_of(expression, types)
        if shape.bits not in (0, 1, type.bits) or (shape.is_float and not type.is_float):
            raise PassError(f"{expression!r} is a {shape}, where a {type} is wanted")
    elif isinstance(expression, Apply):
        if expression.op.type is not type:
            raise PassError(f"{expression!r} is {_kind(expression)}, where a {type} is wanted")
        for argument, wanted in zip(expression.arguments, expression.signature, strict=True):
            check_expression(argument, wanted, types)


def _kind(expression: Apply) -> str:
    return "a store, which gives no value" if expression.op.is_store else f"a {expression.op.type}"


def is_guarded(expression: Expression) -> bool:
    """Does a check have to stand before it, as before a division? Its control input says where."""
    return isinstance(expression, Apply) and expression.op.pure and expression.op.control_in > 0


def guards_phi(pattern: Expression) -> bool:
    """Has it a phi with a guarded operator in its inputs? Then the checks have passed where the phi stands."""
    if isinstance(pattern, Phi):
        return any(map(_has_guarded, pattern.arguments))
    return isinstance(pattern, Apply) and any(map(guards_phi, pattern.arguments))


def _has_guarded(expression: Expression) -> bool:
    return is_guarded(expression) or (isinstance(expression, Apply) and any(map(_has_guarded, expression.arguments)))


def check_guards(replacement: Expression, pattern: Apply) -> None:
    """Raise PassError if the replacement has an operator that needs a check, as a division does, and the pattern's root
    has none, nor the inputs of its phi: that check has to guard the new operator.
    """
    if isinstance(replacement, Phi) and any(map(_has_guarded, replacement.arguments)):
        raise PassError(f"an operator in {replacement!r} needs a check before it, and where the phi's inputs come from "
                        "none is known")
    if isinstance(replacement, Apply) and not is_guarded(pattern) and not guards_phi(pattern):
        if is_guarded(replacement):
            raise PassError(f"{replacement.op.name} needs a check before it, and {pattern.op.name} has none")
        for argument in replacement.arguments:
            check_guards(argument, pattern)


def shape_of(value: Value, types: Mapping[str, Type]) -> Shape:
    """Kind and width of a value. Raises PassError if operands do not fit together."""
    if isinstance(value, Constant):
        return Shape(types[value.name].is_float, types[value.name].bits)
    if isinstance(value, Literal):
        return Shape(False, 0)
    if isinstance(value, Predicate):
        return Shape(False, 1)
    assert isinstance(value, Computed)
    first, *rest = (shape_of(argument, types) for argument in value.arguments)
    for literal in value.arguments[1:]:
        if isinstance(literal, Literal) and isinstance(literal, FloatLiteral) != first.is_float:
            kind = "floats are compared with floats, as 1.0" if first.is_float else "no float stands beside a word"
            raise PassError(f"{value!r} mixes a {first} and {literal!r}: {kind}")
    for other in rest:
        if other.bits not in (0, first.bits) or (other.bits and other.is_float != first.is_float):
            raise PassError(f"{value!r} mixes a {first} and a {other}")
    if value.method in _COMPARISONS:
        return Shape(False, 1)
    if value.method in ("zext", "sext"):
        return Shape(False, value.extra[0])
    if value.method == "extract":
        return Shape(False, value.extra[0] - value.extra[1] + 1)
    if value.method in ("as_bits", "as_float"):
        return Shape(value.method == "as_float", first.bits)
    return first


def literal_parameter(number: int, type: Type) -> int:
    """A literal as it stands in a constant's operator: words signed, floats as their bits."""
    number &= (1 << type.bits) - 1
    return number if type.is_float or not number >> (type.bits - 1) else number - (1 << type.bits)
