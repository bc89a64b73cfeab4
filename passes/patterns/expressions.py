"""The language of rewrite rules: expressions over operators, variables and constants.

`x` stands for any value, `C` (capital) for a constant. An operator applied to them is a pattern on the left of a rule
and a replacement on the right; arithmetic on constants is evaluated when the rule fires. Expressions are plain trees,
so the same text is matched, executed and proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

from seaofnodes.errors import PassError
from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import Type


class Expression:
    """Base of all expressions."""

    __slots__ = ()


class Variable(Expression):
    """Any value; the same variable twice means the same node."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


class Apply(Expression):
    """An operator applied to value inputs. once: in a pattern, does it match only a node whose value is used nowhere
    else?
    """

    __slots__ = ("arguments", "once", "op")

    def __init__(self, op: Operator, arguments: tuple[Expression, ...], once: bool = False) -> None:
        self.op = op
        self.arguments = arguments
        self.once = once

    @property
    def signature(self) -> tuple[Type, ...]:
        """The types of the arguments."""
        return self.op.signature

    def with_arguments(self, arguments: tuple[Expression, ...]) -> Apply:
        """The same of other arguments."""
        return Apply(self.op, arguments, self.once)

    def used_once(self) -> Apply:
        """The same, matching only a node whose value is used nowhere else."""
        return Apply(self.op, self.arguments, True)

    def __repr__(self) -> str:
        return self.marked(f"{self.op.name}({', '.join(map(repr, self.arguments))})")

    def marked(self, text: str) -> str:
        """A text for the expression, which says whether it is used once."""
        return f"one_use({text})" if self.once else text


class Value(Expression):
    """A value known at compile time: a constant's, or computed from constants. As `Bits`; comparisons give one bit."""

    __slots__ = ()

    def evaluate(self, constants: Mapping[str, Any], width: int) -> Any:
        """The value, given `Bits` (or another domain's vectors) for the constants; `width` in bits is for literals."""
        raise NotImplementedError

    def constants(self) -> Iterator[Constant]:
        """The constants of the graph that it depends on."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        """Raises PassError: `and`, `or`, `not` and `if` ask now, and the value is known when the rule fires."""
        raise PassError(
            f"{self!r} is true or false when the rule fires, not now: join conditions with & and |, as in "
            "C.ult(4) & C.ne(0), instead of and, or, not, if and chained comparisons"
        )

    def __eq__(self, other: object) -> bool:
        if other is self or not isinstance(other, (Value, int, float)):
            return other is self
        raise PassError(f"write {self!r}.eq({other!r}) instead of {self!r} == {other!r}")

    def __ne__(self, other: object) -> bool:
        if other is self or not isinstance(other, (Value, int, float)):
            return other is not self
        raise PassError(f"write {self!r}.ne({other!r}) instead of {self!r} != {other!r}")

    __hash__ = object.__hash__

    def __lt__(self, other: object) -> NoReturn:
        raise PassError(_ORDER.format(self, "<", other, "ult", "slt"))

    def __le__(self, other: object) -> NoReturn:
        raise PassError(_ORDER.format(self, "<=", other, "ule", "sle"))

    def __gt__(self, other: object) -> NoReturn:
        raise PassError(f"{self!r} > {other!r} does not say whether signed: write ~{self!r}.ule({other!r}), unsigned")

    def __ge__(self, other: object) -> NoReturn:
        raise PassError(f"{self!r} >= {other!r} does not say whether signed: write ~{self!r}.ult({other!r}), unsigned")

    def _binary(self, method: str, other: Value | float) -> Value:
        return Computed(method, (self, as_value(other)))

    def __add__(self, other: Value | float) -> Value:
        return self._binary("__add__", other)

    def __sub__(self, other: Value | float) -> Value:
        return self._binary("__sub__", other)

    def __mul__(self, other: Value | float) -> Value:
        return self._binary("__mul__", other)

    def __and__(self, other: Value | float) -> Value:
        return self._binary("__and__", other)

    def __or__(self, other: Value | float) -> Value:
        return self._binary("__or__", other)

    def __xor__(self, other: Value | float) -> Value:
        return self._binary("__xor__", other)

    def __neg__(self) -> Value:
        return Computed("__neg__", (self,))

    def __invert__(self) -> Value:
        return Computed("__invert__", (self,))

    def shl(self, other: Value | float) -> Value:
        """Shifted left, zeros move in; by the count modulo the width, as all shifts."""
        return self._binary("shl", other)

    def lshr(self, other: Value | float) -> Value:
        """Shifted right, zeros move in."""
        return self._binary("lshr", other)

    def ashr(self, other: Value | float) -> Value:
        """Shifted right, copies of the sign move in."""
        return self._binary("ashr", other)

    def rotr(self, other: Value | float) -> Value:
        """Rotated right."""
        return self._binary("rotr", other)

    def ctz(self) -> Value:
        """Number of zeros below the lowest one; the width if all are zeros."""
        return Computed("ctz", (self,))

    def eq(self, other: Value | float) -> Value:
        """One bit: are they equal?"""
        return self._binary("eq", other)

    def ne(self, other: Value | float) -> Value:
        """One bit: do they differ?"""
        return Computed("__invert__", (self.eq(other),))

    def ult(self, other: Value | float) -> Value:
        """One bit: is it less, both unsigned?"""
        return self._binary("ult", other)

    def ule(self, other: Value | float) -> Value:
        """One bit: is it at most the other, both unsigned?"""
        return self._binary("ule", other)

    def slt(self, other: Value | float) -> Value:
        """One bit: is it less, both signed?"""
        return self._binary("slt", other)

    def sle(self, other: Value | float) -> Value:
        """One bit: is it at most the other, both signed?"""
        return self._binary("sle", other)

    def zext(self, width: int) -> Value:
        """With zeros above, `width` bits in all."""
        return Computed("zext", (self,), (width,))

    def sext(self, width: int) -> Value:
        """With copies of the sign above, `width` bits in all."""
        return Computed("sext", (self,), (width,))

    def as_bits(self) -> Value:
        """The pattern of a float."""
        return Computed("as_bits", (self,))

    def as_float(self) -> Value:
        """The float with these bits."""
        return Computed("as_float", (self,))

    def low(self, bits: int) -> Value:
        """The lowest bits."""
        return Computed("extract", (self,), (bits - 1, 0))


class Constant(Value):
    """A constant of the graph, by name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def evaluate(self, constants: Mapping[str, Any], width: int) -> Any:
        return constants[self.name]

    def constants(self) -> Iterator[Constant]:
        yield self

    def __repr__(self) -> str:
        return self.name


class Literal(Value):
    """A number; in a pattern it matches that constant only."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def evaluate(self, constants: Mapping[str, Any], width: int) -> Any:
        for constant in constants.values():  # of the domain of the other vectors, if there are any
            if hasattr(constant, "constant") and constant.width == width:  # floats have none
                return constant.constant(self.number)
        return Bits(width, self.number)

    def beside(self, value: Any) -> Any:
        """The number as an operand beside a value."""
        return value.constant(self.number)

    def constants(self) -> Iterator[Constant]:
        return iter(())

    def __repr__(self) -> str:
        return str(self.number)


class FloatLiteral(Literal):
    """A float in a rule. Attributes: number: its bits; width: their number; written: as a Python float."""

    __slots__ = ("width", "written")

    def __init__(self, written: float, width: int) -> None:
        super().__init__(Float.of(width, written).bits)
        self.width = width
        self.written = written

    def beside(self, value: Any) -> Float:
        return Float.of(value.width, self.written)

    def __repr__(self) -> str:
        return repr(self.written)


class Computed(Value):
    """A method of `Bits` applied to values."""

    __slots__ = ("arguments", "extra", "method")

    def __init__(self, method: str, arguments: tuple[Value, ...], extra: tuple[int, ...] = ()) -> None:
        self.method = method
        self.arguments = arguments
        self.extra = extra

    def evaluate(self, constants: Mapping[str, Any], width: int) -> Any:
        first = self.arguments[0].evaluate(constants, width)
        rest = [
            argument.beside(first)
            if isinstance(argument, Literal)
            else argument.evaluate(constants, first.width)
            for argument in self.arguments[1:]
        ]
        return getattr(first, self.method)(*rest, *self.extra)

    def constants(self) -> Iterator[Constant]:
        for argument in self.arguments:
            yield from argument.constants()

    def __repr__(self) -> str:
        symbol = _SYMBOLS.get(self.method)
        texts = [repr(argument) for argument in self.arguments]
        if symbol is None:
            return f"{texts[0]}.{self.method}({', '.join([*texts[1:], *map(str, self.extra)])})"
        return f"{symbol}{texts[0]}" if len(texts) == 1 else f"({f' {symbol} '.join(texts)})"


_SYMBOLS = {
    "__add__": "+", "__sub__": "-", "__mul__": "*", "__and__": "&", "__or__": "|", "__xor__": "^",
    "__neg__": "-", "__invert__": "~", "eq": "==",
}  # fmt: skip


_ORDER = "{0!r} {1} {2!r} does not say whether signed: write {0!r}.{3}({2!r}) for unsigned numbers, {4} for signed ones"


def as_value(value: object) -> Value:
    """Raises PassError for what is no value."""
    if isinstance(value, (int, float)):
        return FloatLiteral(value, 64) if isinstance(value, float) else Literal(value)
    if isinstance(value, Value):
        return value
    raise PassError(f"{value!r} ({type(value).__name__}) is no value that is known when a rule fires")


def as_expression(value: object) -> Expression:
    """Raises PassError for what is no expression."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, (int, float)):
        return as_value(value)
    hint = " (is a `return` missing?)" if value is None else ""
    raise PassError(f"{value!r} ({type(value).__name__}) is no expression of operators, variables and numbers{hint}")


def variables(names: str) -> list[Variable]:
    """A variable for each of the names, which blanks separate: `x, y = variables("x y")`."""
    return [Variable(name) for name in names.split()]


def constants(names: str) -> list[Constant]:
    """A constant for each of the names, which blanks separate: `C, D = constants("C D")`."""
    return [Constant(name) for name in names.split()]


class Pattern:
    """An operator as a function from expressions to an expression."""

    __slots__ = ("op",)

    def __init__(self, op: Operator) -> None:
        self.op = op

    def __call__(self, *arguments: Expression | float) -> Apply:
        if len(arguments) != self.op.value_in:
            raise PassError(f"{self.op.name} takes {self.op.value_in} values, not {len(arguments)}")
        return Apply(self.op, tuple(map(as_expression, arguments)))


class Operators:
    """Machine operators as pattern functions: `ops.Int32Add(x, C)`."""

    def __getattr__(self, name: str) -> Pattern:
        op = MACHINE.get(name)
        if op is None:
            near = get_close_matches(name, MACHINE, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise AttributeError(f"no machine operator is called {name}{hint}")
        return Pattern(op)


class Width(Operators):
    """The word operators of one width under names without it: `w.Add` is Int32Add or Int64Add, `w.And` Word32And or
    Word64And.
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __getattr__(self, name: str) -> Pattern:
        kinds = {"U": "Uint"} if name.startswith("U") else {}
        plain = name[1:] if kinds else name
        for prefix in kinds.values() or ("Int", "Word"):
            op = MACHINE.get(f"{prefix}{self.bits}{plain}")
            if op is not None:
                return Pattern(op)
        raise AttributeError(f"no operator {name} of {self.bits} bits")


def is_power_of_two(value: Value) -> Value:
    """The condition that exactly one bit is set."""
    return (value & (value - 1)).eq(0) & value.ne(0)


def log2(value: Value) -> Value:
    """Of a power of two."""
    return value.ctz()
