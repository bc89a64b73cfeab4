"""What typed functions may call beside each other: operations of the machine that Python has no operator for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, NoReturn, TypeVar

from seaofnodes.errors import Trap
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.ops.memory import WIDTHS
from seaofnodes.ir.ops.traps import DIVIDE_BY_ZERO, INTEGER_OVERFLOW, TRAP_REASONS, UNREACHABLE
from seaofnodes.native.values import Floating, Integer, Kind, f32, f64, from_bits, i32, i64, to_bits, u32, u64

N = TypeVar("N", bound=Integer)
F = TypeVar("F", bound=Floating)
V = TypeVar("V", bound=float)

ANY_CLASS: Final = "memory"  # the alias class of what names none


class Loader(Generic[V]):
    """Reads memory, little-endian: `load_i32(address)`, or `load_i32(address, "header")` in an alias class.

    Attributes: name; kind: of the value; rep: see `ir.ops.memory.WIDTHS`; width: in bytes. Accesses of different alias
    classes are taken to be to different memory.
    """

    def __init__(self, name: str, kind: type[V], rep: str) -> None:
        self.name = name
        self.kind: Any = kind
        self.rep = rep
        self.width = WIDTHS[rep] // 8

    def __call__(self, address: i64 | u64, alias: str = ANY_CLASS) -> V:
        """Raises TypeError: memory is there only in a typed function that runs."""
        raise TypeError(f"{self.name} is for typed functions")

    def __repr__(self) -> str:
        return self.name


class Storer(Generic[V]):
    """Writes memory: `store_i32(address, value)`; the low bits of the value if the place is narrower. As Loader."""

    def __init__(self, name: str, kind: type[V], rep: str) -> None:
        self.name = name
        self.kind: Any = kind
        self.rep = rep
        self.width = WIDTHS[rep] // 8

    def __call__(self, address: i64 | u64, value: V, alias: str = ANY_CLASS) -> None:
        """Raises TypeError: memory is there only in a typed function that runs."""
        raise TypeError(f"{self.name} is for typed functions")

    def __repr__(self) -> str:
        return self.name


load_i8: Final = Loader("load_i8", i32, "Int8")
load_u8: Final = Loader("load_u8", u32, "Uint8")
load_i16: Final = Loader("load_i16", i32, "Int16")
load_u16: Final = Loader("load_u16", u32, "Uint16")
load_i32: Final = Loader("load_i32", i32, "Word32")
load_u32: Final = Loader("load_u32", u32, "Word32")
load_i64: Final = Loader("load_i64", i64, "Word64")
load_u64: Final = Loader("load_u64", u64, "Word64")
load_f32: Final = Loader("load_f32", f32, "Float32")
load_f64: Final = Loader("load_f64", f64, "Float64")
store_i8: Final = Storer("store_i8", i32, "Word8")
store_u8: Final = Storer("store_u8", u32, "Word8")
store_i16: Final = Storer("store_i16", i32, "Word16")
store_u16: Final = Storer("store_u16", u32, "Word16")
store_i32: Final = Storer("store_i32", i32, "Word32")
store_u32: Final = Storer("store_u32", u32, "Word32")
store_i64: Final = Storer("store_i64", i64, "Word64")
store_u64: Final = Storer("store_u64", u64, "Word64")
store_f32: Final = Storer("store_f32", f32, "Float32")
store_f64: Final = Storer("store_f64", f64, "Float64")


def truncated_div(x: N, y: N) -> N:
    """The quotient towards zero, as the machine divides; `//` rounds down. Raises Trap as that does."""
    if not y:
        raise Trap(TRAP_REASONS[DIVIDE_BY_ZERO])
    quotient = abs(int(x)) // abs(int(y)) * (1 if (x < 0) == (y < 0) else -1)
    if not x.holds(quotient):
        raise Trap(TRAP_REASONS[INTEGER_OVERFLOW])
    return type(x)(quotient)


def truncated_mod(x: N, y: N) -> N:
    """The remainder of `truncated_div`, with the sign of x; `%` has that of y. Raises Trap for a y of 0."""
    if not y:
        raise Trap(TRAP_REASONS[DIVIDE_BY_ZERO])
    return type(x)(abs(int(x)) % abs(int(y)) * (-1 if x < 0 else 1))


def mul_high(x: N, y: N) -> N:
    """The upper half of the product of twice the width."""
    return type(x)(int(x) * int(y) >> x.bits)


def clz(x: N) -> N:
    """Zero bits above the highest one; the width if there is none."""
    return type(x)(x.bits - to_bits(x, type(x)).bit_length())


def ctz(x: N) -> N:
    """Zero bits below the lowest one; the width if there is none."""
    return type(x)((int(x) & -int(x)).bit_length() - 1 if x else x.bits)


def popcount(x: N) -> N:
    """How many bits are one."""
    return type(x)(to_bits(x, type(x)).bit_count())


def rotl(x: N, count: N) -> N:
    """Rotated to the left; the count is taken modulo the width."""
    bits, n = to_bits(x, type(x)), int(count) % x.bits
    return type(x)(bits << n | bits >> x.bits - n)


def rotr(x: N, count: N) -> N:
    """Rotated to the right; the count is taken modulo the width."""
    return rotl(x, type(x)(-int(count)))


def sqrt(x: F) -> F:
    """The square root; NaN of a negative number."""
    return type(x)(math.sqrt(x) if x >= 0 else math.nan)


def _rounded(x: F, round: Callable[[float], int]) -> F:
    return x if math.isnan(x) or math.isinf(x) else type(x)(math.copysign(float(round(float(x))), x))


def round_down(x: F) -> F:
    """The next integer below, as a float."""
    return _rounded(x, math.floor)


def round_up(x: F) -> F:
    """The next integer above, as a float."""
    return _rounded(x, math.ceil)


def round_to_zero(x: F) -> F:
    """The next integer towards zero, as a float."""
    return _rounded(x, math.trunc)


def round_nearest(x: F) -> F:
    """The nearest integer, ties to even, as a float."""
    return _rounded(x, round)


def copysign(x: F, y: F) -> F:
    """The magnitude of x with the sign of y. Which sign a NaN has that an operation gives is not defined."""
    return type(x)(math.copysign(x, y))


def bits_of(x: Any) -> Any:
    """The bit pattern of a float, as an i32 or i64. Which NaN an operation gives is not defined."""
    return (i32 if type(x) is f32 else i64)(to_bits(x, type(x)))


def float_of_bits(x: Any) -> Any:
    """The float with the bit pattern of an i32 or i64."""
    kind = f32 if type(x) is i32 else f64
    return from_bits(to_bits(x, type(x)), kind)


def trap() -> NoReturn:
    """Ends all of it: raises Trap "unreachable"."""
    raise Trap(TRAP_REASONS[UNREACHABLE])


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operator or one of these functions is to machine code.

    Attributes: name; operators: by kind of the operands; none where it is made of several nodes; count: of operands;
    kinds: which it takes; gives: the kind of the result by kind of the operands, if it is another one.
    """

    name: str
    count: int
    operators: dict[Kind, Operator]
    kinds: tuple[Kind, ...]
    gives: dict[Kind, Kind]


_SIGNED, _UNSIGNED, _FLOATS = (i32, i64), (u32, u64), (f32, f64)


def _operation(
    name: str, count: int, integers: str = "", floats: str = "", unsigned: str = "", bools: str = "", made: Any = ()
) -> Operation:
    """`?` in a pattern of names of operators is the width; made: kinds for which it is made of several nodes."""
    found: dict[Kind, Operator] = {}
    for kinds, pattern in ((_SIGNED, integers), (_UNSIGNED, unsigned or integers), (_FLOATS, floats)):
        if pattern:
            found |= {kind: MACHINE[pattern.replace("?", str(kind.bits))] for kind in kinds}
    if bools:
        found[bool] = MACHINE[bools.replace("?", "32")]
    return Operation(name, count, found, (*found, *made), {})


_DIVIDES = {"integers": "Int?Div", "unsigned": "Uint?Div"}
_REMAINS = {"integers": "Int?Mod", "unsigned": "Uint?Mod"}
BINARY: Final = {
    "+": _operation("+", 2, "Int?Add", "Float?Add"),
    "-": _operation("-", 2, "Int?Sub", "Float?Sub"),
    "*": _operation("*", 2, "Int?Mul", "Float?Mul"),
    "/": _operation("/", 2, "", "Float?Div"),
    "//": _operation("//", 2, **_DIVIDES),
    "%": _operation("%", 2, **_REMAINS),
    "&": _operation("&", 2, "Word?And", bools="Word?And"),
    "|": _operation("|", 2, "Word?Or", bools="Word?Or"),
    "^": _operation("^", 2, "Word?Xor", bools="Word?Xor"),
    "<<": _operation("<<", 2, "Word?Shl"),
    ">>": _operation(">>", 2, "Word?Sar", unsigned="Word?Shr"),
}
COMPARISONS: Final = {
    "==": _operation("==", 2, "Word?Equal", "Float?Equal", bools="Word?Equal"),
    "<": _operation("<", 2, "Int?LessThan", "Float?LessThan", "Uint?LessThan"),
    "<=": _operation("<=", 2, "Int?LessThanOrEqual", "Float?LessThanOrEqual", "Uint?LessThanOrEqual"),
}
UNARY: Final = {
    "-": _operation("neg", 1, "", "Float?Neg", made=(*_SIGNED, *_UNSIGNED)),
    "~": _operation("~", 1, made=(*_SIGNED, *_UNSIGNED)),
}
FUNCTIONS: Final[dict[object, Operation]] = {
    abs: _operation("abs", 1, "", "Float?Abs", made=_SIGNED),
    min: _operation("min", 2, made=(*_SIGNED, *_UNSIGNED)),
    max: _operation("max", 2, made=(*_SIGNED, *_UNSIGNED)),
    truncated_div: _operation("truncated_div", 2, **_DIVIDES),
    truncated_mod: _operation("truncated_mod", 2, **_REMAINS),
    mul_high: _operation("mul_high", 2, "Int?MulHigh", unsigned="Uint?MulHigh"),
    clz: _operation("clz", 1, "Word?Clz"),
    ctz: _operation("ctz", 1, "Word?Ctz"),
    popcount: _operation("popcount", 1, "Word?Popcnt"),
    rotl: _operation("rotl", 2, "Word?Rol"),
    rotr: _operation("rotr", 2, "Word?Ror"),
    sqrt: _operation("sqrt", 1, "", "Float?Sqrt"),
    round_down: _operation("round_down", 1, "", "Float?RoundDown"),
    round_up: _operation("round_up", 1, "", "Float?RoundUp"),
    round_to_zero: _operation("round_to_zero", 1, "", "Float?RoundTruncate"),
    round_nearest: _operation("round_nearest", 1, "", "Float?RoundTiesEven"),
    copysign: _operation("copysign", 2, "", "Float?Copysign"),
    bits_of: Operation(
        "bits_of", 1, {f32: MACHINE["BitcastFloat32ToInt32"], f64: MACHINE["BitcastFloat64ToInt64"]}, _FLOATS,
        {f32: i32, f64: i64},
    ),
    float_of_bits: Operation(
        "float_of_bits", 1, {i32: MACHINE["BitcastInt32ToFloat32"], i64: MACHINE["BitcastInt64ToFloat64"]}, _SIGNED,
        {i32: f32, i64: f64},
    ),
}  # fmt: skip
