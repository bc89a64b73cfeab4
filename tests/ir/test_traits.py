"""What operators declare beside their inputs, and passes rely on."""

from __future__ import annotations

import pytest

from seaofnodes.ir.bits import Bits
from seaofnodes.ir.dialect import Dialect
from seaofnodes.ir.operator import Order
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.ops.common import Speculation


def test_checks_and_guards_have_opposites() -> None:
    found = 0
    for declaration in Dialect.known.values():
        traits = declaration.traits
        if traits.is_guard or traits.is_trap:
            found += 1
            assert declaration.opposite.opposite is declaration
            assert declaration.opposite.traits == traits._replace(fires_on_true=not traits.fires_on_true)
    assert found >= 4
    assert common.trap_if(3).opposite == common.trap_unless(3)
    guess = Speculation("wrong type", 0, 0)
    assert common.deoptimize_unless(guess).opposite == common.deoptimize_if(guess)
    with pytest.raises(LookupError):
        _ = common.START.opposite


def test_what_a_check_guards_says_where_it_is_defined() -> None:
    """So that proofs know when a rewrite may not execute it."""
    guarded = {name for name, op in m.MACHINE.items() if op.control_in}
    assert {"Int32Div", "Uint64Mod", "TruncateFloat64ToInt32"} <= guarded
    assert {name for name, op in m.MACHINE.items() if op.defined is not None} == guarded


@pytest.mark.parametrize(
    ("x", "y", "quotient", "remainder"), [(7, 2, 1, 1), (7, 0, 0, 0), (1 << 31, -1, 0, 1), (5, -1, 1, 1)]
)
def test_divisions_are_defined_where_the_machine_may_execute_them(
    x: int, y: int, quotient: int, remainder: int
) -> None:
    operands = Bits(32, x & 0xFFFFFFFF), Bits(32, y & 0xFFFFFFFF)
    assert m.INT32_DIV.defined is not None and m.INT32_MOD.defined is not None
    assert m.INT32_DIV.defined(*operands).value == quotient
    assert m.INT32_MOD.defined(*operands).value == remainder


@pytest.mark.parametrize("op", [op for op in m.MACHINE.values() if op.order is not None], ids=str)
def test_orders_are_what_the_comparisons_mean(op: m.Operator) -> None:
    assert isinstance(op.order, Order) and op.meaning is not None
    width = op.signature[0].bits
    top = 1 << (width - 1)
    values = (0, 1, top - 1, top, 2 * top - 1)

    def number(value: int) -> int:
        return value - 2 * top if op.order and op.order.signed and value >= top else value

    for x in values:
        for y in values:
            expected = number(x) < number(y) or (not op.order.strict and x == y)
            assert bool(op.meaning(Bits(width, x), Bits(width, y)).value) == expected
