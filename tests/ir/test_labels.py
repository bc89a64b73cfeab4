"""Operators in words: what people read, beside the form that can be read back."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

from seaofnodes.ir.bits import Float
from seaofnodes.ir.dialect import Dialect, format_operator, parse_operator
from seaofnodes.ir.node import Origin
from seaofnodes.ir.operator import Operator, Shape
from seaofnodes.ir.ops import common, memory
from seaofnodes.ir.ops.labels import float_text, operator_label, parameter_texts
from seaofnodes.ir.records.difference import Difference, format_difference
from seaofnodes.ir.records.snapshot import NodeSnapshot
from seaofnodes.ir.types import WORD32, Type
from seaofnodes.wasm.dialect import operators as wasm

LOAD = memory.MemoryAccess(0, "Int8", WORD32, 40)
CALL = common.CallDescriptor((WORD32,), (WORD32,), function_index=7, site=3)


@pytest.mark.parametrize(
    ("op", "label"),
    [
        (memory.load(LOAD), "Load[Int8, Word32, memory=0, offset=40]"),
        (memory.store(memory.MemoryAccess(1, "Word32", WORD32, 8, False, True)),
         "Store[Word32, Word32, memory=1, offset=8, in bounds, shared]"),
        (wasm.global_get(2, WORD32, "global2"), "GlobalGet[index=2, Word32, global2]"),
        (wasm.table_get(wasm.TableAccess(0, True, 10)), "TableGet[table=0, minimum=10, shared]"),
        (wasm.table_get(wasm.TableAccess(0, True)), "TableGet[table=0, shared]"),
        (common.trap_if(1), "TrapIf[integer divide by zero]"),
        (common.float64_constant(0x3FF8000000000000), "Float64Constant[1.5]"),
        (common.float32_constant(0x3DCCCCCD), "Float32Constant[0.1]"),
        (common.int32_constant(-7), "Int32Constant[-7]"),
        (common.if_value(3), "IfValue[3]"),
        (common.switch(4), "Switch"),
        (common.phi(WORD32, 2), "Phi"),
        (common.branch(), "Branch"),
        (common.branch("likely"), "Branch[likely]"),
        (common.call(CALL), "Call f7"),
        (common.deoptimize_if(common.Speculation("wrong call target", 3, 1)),
         "DeoptimizeIf[wrong call target, function=3, site=1]"),
    ],
)  # fmt: skip
def test_labels(op: Operator, label: str) -> None:
    assert operator_label(op, "f{}".format) == label
    assert parse_operator(format_operator(op)) == op, "the other form can be read back"


def test_users_operators_have_names_for_their_parameters() -> None:
    mine = Dialect("labels-of-mine", "For a test.")
    try:

        @mine.operator("LabelsShuffle")
        def shuffle(lanes: int, kind: str, type: Type) -> Shape:
            return Shape(type=type)

        assert operator_label(shuffle(4, "low", WORD32)) == "LabelsShuffle[lanes=4, low, Word32]"
        assert shuffle(4, "low", WORD32).declaration.named(shuffle(4, "low", WORD32))[0] == ("lanes", "4")
    finally:
        Dialect.known.pop("LabelsShuffle")


@given(st.integers(0, 2**32 - 1))
def test_floats_are_the_shortest_that_is_the_same(bits: int) -> None:
    text = float_text(32, bits)
    if Float(32, bits).is_nan:
        assert text.startswith("nan")
    else:
        assert struct.pack("<f", float(text)) == struct.pack("<I", bits)


@given(st.floats(allow_nan=False))
def test_doubles_too(number: float) -> None:
    [bits] = struct.unpack("<Q", struct.pack("<d", number))
    assert struct.pack("<d", float(float_text(64, bits))) == struct.pack("<d", number)
    assert parameter_texts(common.float64_constant(bits)) == [float_text(64, bits)]


def test_a_change_that_labels_do_not_show_is_shown_in_full() -> None:
    before = NodeSnapshot(5, common.call(CALL), (1, 2), Origin())
    after = NodeSnapshot(5, common.call(CALL.__class__((WORD32,), (WORD32,), 7, 4)), (1, 2), Origin())
    text = format_difference(Difference([], [], [(before, after)]))
    assert "Call[function 7, Word32, Word32, 3]" in text and "Call[function 7, Word32, Word32, 4]" in text
