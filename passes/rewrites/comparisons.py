"""Comparisons, selections, extensions and truncations."""

from __future__ import annotations

from seaofnodes.passes.patterns import Expression, Operators, Width, as_expression, constants, variables
from seaofnodes.passes.rules.declare import RuleSet

RULES = RuleSet("comparisons")

x, y, z = variables("x y z")
C, D = constants("C D")
o = Operators()
rule = RULES.rule

COMPARISONS = [
    f"{prefix}{bits}{kind}"
    for bits in (32, 64)
    for prefix in ("Int", "Uint")
    for kind in ("LessThan", "LessThanOrEqual")
] + ["Word32Equal", "Word64Equal"]
FLOAT_COMPARISONS = [f"Float{bits}{kind}" for bits in (32, 64) for kind in ("Equal", "LessThan", "LessThanOrEqual")]


def _declare(w: Width) -> None:
    end = f"_{w.bits}"

    for name in ("Equal", "LessThanOrEqual", "ULessThanOrEqual"):

        @rule(getattr(w, name)(x, x), suffix=f"_{name.lower()}{end}")
        def same_holds() -> Expression:
            """x equals itself."""
            return as_expression(1)

    for name in ("LessThan", "ULessThan"):

        @rule(getattr(w, name)(x, x), suffix=f"_{name.lower()}{end}")
        def same_is_not_less() -> Expression:
            """x is not less than itself."""
            return as_expression(0)

    @rule(w.ULessThan(x, 0), suffix=end)
    def nothing_is_below_zero() -> Expression:
        """No unsigned number is less than 0."""
        return as_expression(0)

    @rule(w.ULessThanOrEqual(0, x), suffix=end)
    def zero_is_lowest() -> Expression:
        """0 is at most any unsigned number."""
        return as_expression(1)

    @rule(w.ULessThan(0, x), suffix=end)
    def above_zero_is_not_zero() -> Expression:
        """0 < x is x != 0."""
        return o.Word32Equal(w.Equal(x, 0), 0)

    @rule(w.ULessThan(x, 1), suffix=end)
    def below_one_is_zero() -> Expression:
        """x < 1 is x == 0."""
        return w.Equal(x, 0)

    @rule(w.ULessThanOrEqual(x, 0), suffix=end)
    def at_most_zero_is_zero() -> Expression:
        """x <= 0 is x == 0."""
        return w.Equal(x, 0)

    @rule(w.Equal(w.Add(x, C), D), suffix=end)
    def equal_after_add() -> Expression:
        """x + C == D is x == D - C."""
        return w.Equal(x, D - C)

    @rule(w.Equal(w.Xor(x, C), D), suffix=end)
    def equal_after_xor() -> Expression:
        """x ^ C == D is x == C ^ D."""
        return w.Equal(x, C ^ D)

    @rule(w.Equal(w.Sub(x, y), 0), suffix=end)
    def difference_is_zero() -> Expression:
        """x - y == 0 is x == y."""
        return w.Equal(x, y)

    @rule(w.Equal(w.Xor(x, y), 0), suffix=end)
    def xor_is_zero() -> Expression:
        """x ^ y == 0 is x == y."""
        return w.Equal(x, y)


_declare(Width(32))
_declare(Width(64))

for _name in COMPARISONS + FLOAT_COMPARISONS:

    @rule(o.Word32Equal(o.Word32Equal(getattr(o, _name)(x, y), 0), 0), suffix=f"_{_name.lower()}")
    def twice_negated(name: str = _name) -> Expression:
        """A comparison is 0 or 1 already."""
        return getattr(o, name)(x, y)  # type: ignore[no-any-return]

    @rule(o.Word32And(getattr(o, _name)(x, y), 1), suffix=f"_{_name.lower()}")
    def one_bit_masked(name: str = _name) -> Expression:
        """A comparison is 0 or 1 already."""
        return getattr(o, name)(x, y)  # type: ignore[no-any-return]


for _bits in (32, 64):
    for _prefix in ("Int", "Uint"):
        _less, _at_most = f"{_prefix}{_bits}LessThan", f"{_prefix}{_bits}LessThanOrEqual"

        @rule(o.Word32Equal(getattr(o, _less)(x, y), 0), suffix=f"_{_less.lower()}")
        def not_less(name: str = _at_most) -> Expression:
            """Not x < y is y <= x."""
            return getattr(o, name)(y, x)  # type: ignore[no-any-return]

        @rule(o.Word32Equal(getattr(o, _at_most)(x, y), 0), suffix=f"_{_at_most.lower()}")
        def not_at_most(name: str = _less) -> Expression:
            """Not x <= y is y < x."""
            return getattr(o, name)(y, x)  # type: ignore[no-any-return]


for _type in ("Word32", "Word64", "Float32", "Float64"):
    _select = getattr(o, f"{_type}Select")

    @rule(_select(C, x, y), where=C.ne(0), suffix=f"_{_type.lower()}")
    def select_first() -> Expression:
        """The condition holds."""
        return x

    @rule(_select(0, x, y), suffix=f"_{_type.lower()}")
    def select_second() -> Expression:
        """The condition does not hold."""
        return y

    @rule(_select(z, x, x), suffix=f"_{_type.lower()}")
    def select_same() -> Expression:
        """Both are the same."""
        return x

    @rule(_select(o.Word32Equal(z, 0), x, y), suffix=f"_{_type.lower()}")
    def select_negated(select: object = _select) -> Expression:
        """Exchange the values instead of negating the condition."""
        return select(z, y, x)  # type: ignore[operator, no-any-return]


@rule(o.TruncateInt64ToInt32(o.ChangeInt32ToInt64(x)))
def truncate_extended() -> Expression:
    """The low half of an extension is what was extended."""
    return x


@rule(o.TruncateInt64ToInt32(o.ChangeUint32ToUint64(x)))
def truncate_zero_extended() -> Expression:
    """The low half of an extension is what was extended."""
    return x


@rule(o.ChangeInt32ToInt64(o.Word32And(x, C)), where=~C.slt(0))
def extend_not_negative() -> Expression:
    """What is not negative is extended with zeros."""
    return o.ChangeUint32ToUint64(o.Word32And(x, C))


for _name in ("Add", "Sub", "Mul"):

    @rule(
        o.TruncateInt64ToInt32(getattr(o, f"Int64{_name}")(o.ChangeInt32ToInt64(x), o.ChangeInt32ToInt64(y))),
        suffix=f"_{_name.lower()}",
    )
    def truncate_arithmetic(name: str = _name) -> Expression:
        """The low half of a sum needs the low halves only."""
        return getattr(o, f"Int32{name}")(x, y)  # type: ignore[no-any-return]


@rule(o.TruncateInt64ToInt32(o.Word64And(x, C)), where=(C.low(32) + 1).eq(0))
def truncate_masked() -> Expression:
    """The mask keeps the whole low half."""
    return o.TruncateInt64ToInt32(x)


@rule(o.Word64And(o.ChangeUint32ToUint64(x), C), where=(C.low(32) + 1).eq(0))
def mask_zero_extended() -> Expression:
    """The high half is zero already."""
    return o.ChangeUint32ToUint64(x)


@rule(o.BitcastInt32ToFloat32(o.BitcastFloat32ToInt32(x)))
def bitcast_back_float32() -> Expression:
    """There and back."""
    return x


@rule(o.BitcastFloat32ToInt32(o.BitcastInt32ToFloat32(x)))
def bitcast_back_int32() -> Expression:
    """There and back."""
    return x


@rule(o.BitcastInt64ToFloat64(o.BitcastFloat64ToInt64(x)))
def bitcast_back_float64() -> Expression:
    """There and back."""
    return x


@rule(o.BitcastFloat64ToInt64(o.BitcastInt64ToFloat64(x)))
def bitcast_back_int64() -> Expression:
    """There and back."""
    return x
