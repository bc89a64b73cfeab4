"""Floats: the few identities that hold for all of them, NaN and minus zero included."""

from __future__ import annotations

from seaofnodes.passes.patterns import Expression, Operators, variables
from seaofnodes.passes.rules.declare import RuleSet

RULES = RuleSet("floats")

x, y = variables("x y")
o = Operators()
rule = RULES.rule


def _declare(bits: int) -> None:
    end = f"_{bits}"

    def op(name: str) -> object:
        return getattr(o, f"Float{bits}{name}")

    neg, absolute, copysign, mul, add = op("Neg"), op("Abs"), op("Copysign"), op("Mul"), op("Add")

    @rule(neg(neg(x)), suffix=end)  # type: ignore[operator]
    def negate_twice() -> Expression:
        """--x is x."""
        return x

    @rule(absolute(neg(x)), suffix=end)  # type: ignore[operator]
    def abs_of_negated() -> Expression:
        """The sign does not matter."""
        return absolute(x)  # type: ignore[operator, no-any-return]

    @rule(absolute(absolute(x)), suffix=end)  # type: ignore[operator]
    def abs_twice() -> Expression:
        """It has no sign already."""
        return absolute(x)  # type: ignore[operator, no-any-return]

    @rule(absolute(copysign(x, y)), suffix=end)  # type: ignore[operator]
    def abs_of_copysign() -> Expression:
        """The sign does not matter."""
        return absolute(x)  # type: ignore[operator, no-any-return]

    @rule(copysign(neg(x), y), suffix=end)  # type: ignore[operator]
    def copysign_of_negated() -> Expression:
        """The sign is replaced."""
        return copysign(x, y)  # type: ignore[operator, no-any-return]

    @rule(copysign(absolute(x), y), suffix=end)  # type: ignore[operator]
    def copysign_of_abs() -> Expression:
        """The sign is replaced."""
        return copysign(x, y)  # type: ignore[operator, no-any-return]

    @rule(copysign(x, x), suffix=end)  # type: ignore[operator]
    def copysign_of_self() -> Expression:
        """x has its own sign."""
        return x

    @rule(mul(x, 2.0), suffix=end)  # type: ignore[operator]
    def double_by_adding() -> Expression:
        """x * 2 is x + x, exactly."""
        return add(x, x)  # type: ignore[operator, no-any-return]


_declare(32)
_declare(64)
