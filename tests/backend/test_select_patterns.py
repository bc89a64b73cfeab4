"""What is covered by one instruction, and what must not be; each graph is also run."""

from __future__ import annotations

import pytest

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.compile import lower
from seaofnodes.backend.select import Address
from seaofnodes.ir.bits import Bits
from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, memory
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import FLOAT64, WORD32, WORD64, Type
from seaofnodes.wasm.dialect import operators as wasm
from seaofnodes.wasm.instance_layout import Lowering
from tests.backend.execute import LAYOUT, Native

MODERN = CpuFeatures(lzcnt=True, bmi1=True, bmi2=True, avx=True)
_IGNORED = frozenset(("PARAMETERS", "RETURN", "JMP"))


@pytest.fixture(scope="module")
def native() -> Native:
    return Native()


class Builder(GraphBuilder):
    """With short names for what the tests are about."""

    def __init__(self, parameters: list[Type], result: Type) -> None:
        super().__init__(Graph("f", [WORD64, *parameters], [result]))
        self.start = self.op(wasm.memory_start(0), self.context)

    def __call__(self, name: str, *inputs: Node | int) -> Node:
        op = MACHINE[name]
        return self.op(op, *(self.constant(value, type) for value, type in zip(inputs, op.signature, strict=True)))

    def constant(self, value: Node | int, type: Type) -> Node:
        return self.graph.constant_of(type, value) if isinstance(value, int) else value

    def load(self, index: Node | int, offset: int = 0, rep: str = "Word32", type: Type = WORD32) -> Node:
        return self.op(memory.load(memory.MemoryAccess(0, rep, type, offset)), self.start, self.constant(index, WORD32))

    def store(self, index: Node | int, value: Node | int, offset: int = 0, rep: str = "Word32") -> None:
        type = value.type if isinstance(value, Node) else WORD32
        op = memory.store(memory.MemoryAccess(0, rep, type, offset))
        self.op(op, self.start, self.constant(index, WORD32), self.constant(value, type))


def opcodes(graph: Graph, features: CpuFeatures = MODERN) -> list[str]:
    """The instructions selected, without those that every function has."""
    sequence = lower(graph, embedder_data=Lowering(LAYOUT, [7]), features=features).sequence
    return [i.opcode for block in sequence.blocks for i in block.instructions if i.opcode not in _IGNORED]


# Sums.


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (lambda b, x, y: b("Int32Add", x, b("Word32Shl", y, 2)), lambda x, y: x + 4 * y),
        (lambda b, x, y: b("Int32Add", b("Int32Add", x, y), 100), lambda x, y: x + y + 100),
        (lambda b, x, y: b("Int32Add", b("Int32Add", x, 7), b("Word32Shl", y, 3)), lambda x, y: x + 7 + 8 * y),
        (lambda b, x, y: b("Int32Sub", b("Int32Add", x, y), 1), lambda x, y: x + y - 1),
        (lambda b, x, y: b("Int32Add", b("Int32Mul", x, 3), 1), lambda x, y: 3 * x + 1),
        (lambda b, x, y: b("Int32Mul", x, 9), lambda x, y: 9 * x),
        (lambda b, x, y: b("Word32Shl", x, 1), lambda x, y: 2 * x),
        (lambda b, x, y: b("Int32Sub", x, -0x80000000), lambda x, y: x + 0x80000000),
    ],
)  # fmt: skip
def test_sums_take_one_instruction(shape, expected, native: Native) -> None:  # type: ignore[no-untyped-def]
    b = Builder([WORD32, WORD32], WORD32)
    b.return_(shape(b, b.parameter(0), b.parameter(1)))
    assert len(opcodes(b.graph)) == 1
    call = native.function(b.graph, MODERN)
    for x, y in ((1, 2), (0xFFFFFFFF, 0x80000001), (0x7FFFFFFF, 12345)):
        assert call(x, y) == [expected(x, y) & 0xFFFFFFFF]


def test_a_sum_that_is_needed_twice_is_not_covered() -> None:
    b = Builder([WORD32, WORD32], WORD32)
    total = b("Int32Add", b.parameter(0), b.parameter(1))
    b.return_(b("Int32Mul", b("Int32Add", total, 5), total))
    assert opcodes(b.graph) == ["LEA_r32_m", "LEA_r32_m", "IMUL_r32_s32"]


# Addresses.


def test_constant_addresses_need_no_index() -> None:
    b = Builder([], WORD32)
    b.return_(b.load(1000, 24))
    assert opcodes(b.graph) == ["MOV_r64_m64", "MOV_r32_m32"]


def test_an_add_folds_only_where_it_cannot_wrap(native: Native) -> None:
    for mask, count in ((0xFF, 1), (None, 2)):
        b = Builder([WORD32], WORD32)
        x = b.parameter(0) if mask is None else b("Word32And", b.parameter(0), mask)
        b.return_(b.load(b("Int32Add", x, 16), 8))
        found = opcodes(b.graph)
        assert found.count("LEA_r32_m") == count - 1, found
    native.memory[24 + 4] = 0x5A
    call = native.function(b.graph, MODERN)
    assert call(4) == [0x5A]
    native.memory[8 + 12] = 0x77
    assert call(0xFFFFFFFC) == [0x77]  # the index wraps, the offset does not


def test_scales_fold_only_where_the_shift_cannot_wrap(native: Native) -> None:
    b = Builder([WORD32], WORD32)
    b.return_(b.load(b("Word32Shl", b("Word32And", b.parameter(0), 0x3F), 2)))
    assert "LEA_r32_m" not in opcodes(b.graph)
    native.memory[4 * 9] = 0x33
    assert native.function(b.graph, MODERN)(9) == [0x33]
    b = Builder([WORD32], WORD32)
    b.return_(b.load(b("Word32Shl", b.parameter(0), 2)))
    assert "LEA_r32_m" in opcodes(b.graph)
    assert native.function(b.graph, MODERN)(0x40000009) == [0x33]


def test_offsets_beyond_31_bits_go_through_a_register() -> None:
    b = Builder([WORD32], WORD32)
    b.return_(b.load(b.parameter(0), 0x80000000))
    assert opcodes(b.graph) == ["MOV_r64_m64", "LEA_r64_m", "CONSTANT", "MOV_r32_m32"]
    b = Builder([], WORD32)
    b.return_(b.load(0xFFFFFFFF, 0xFFFFFFFF))
    assert opcodes(b.graph) == ["MOV_r64_m64", "CONSTANT", "MOV_r32_m32"]


@pytest.mark.parametrize(
    ("compare", "first", "step", "end", "folds"),
    [
        ("Uint32LessThan", 0, 1, 64, True),
        ("Int32LessThan", 0, 1, 64, True),
        ("Int32LessThan", -4, 1, 64, False),
        ("Int32LessThan", 60, -1, 64, False),
        ("Uint32LessThan", 0, 1, -1, False),
    ],
)
def test_offsets_fold_where_a_counter_is_bounded(compare: str, first: int, step: int, end: int, folds: bool) -> None:
    b = Builder([WORD32], WORD32)
    graph = b.graph
    loop = graph.node(common.loop(1), b.control)
    effect = graph.node(common.effect_phi(1), b.effect, loop)
    phi = graph.node(common.phi(WORD32, 1), graph.int32(first), loop)
    b.effect, b.control = effect, loop
    b.store(b("Int32Add", phi, 128), phi)
    following = b("Int32Add", phi, step & 0xFFFFFFFF)
    if_true, if_false = b.branch(b(compare, following, end & 0xFFFFFFFF))
    b.control = if_true
    b.add_back_edge(loop, effect, [(phi, following)])
    b.control = if_false
    b.return_(following)
    [address] = [
        i.payload
        for block in lower(graph, embedder_data=Lowering(LAYOUT, [7]), features=MODERN).sequence.blocks
        for i in block.instructions
        if i.opcode == "MOV_m32_r32"
    ]
    assert isinstance(address, Address) and address.disp == (128 if folds else 0)


# Operands in memory.


def test_a_load_is_covered_by_its_user() -> None:
    b = Builder([WORD32, FLOAT64], WORD32)
    b.return_(b("Int32Add", b.parameter(0), b.load(8)))
    assert opcodes(b.graph) == ["MOV_r64_m64", "ADD_r32_m32"]


def test_a_load_is_not_moved_over_a_store_or_trap(native: Native) -> None:
    for barrier in ("store", "trap"):
        b = Builder([WORD32], WORD32)
        value = b.load(8)
        if barrier == "store":
            b.store(8, 5)
        else:
            b.op(common.trap_if(0), b.parameter(0))
        b.return_(b("Int32Add", b.parameter(0), value))
        assert "ADD_r32_m32" not in opcodes(b.graph)
        if barrier == "store":
            native.memory[8:12] = (70).to_bytes(4, "little")
            assert native.function(b.graph, MODERN)(1) == [71]


def test_a_load_needed_twice_is_not_covered() -> None:
    b = Builder([WORD32], WORD32)
    value = b.load(8)
    b.return_(b("Int32Mul", value, value))
    assert opcodes(b.graph) == ["MOV_r64_m64", "MOV_r32_m32", "IMUL_r32_s32"]


def test_a_load_that_nobody_needs_still_traps() -> None:
    b = Builder([WORD32], WORD32)
    b.load(b.parameter(0), 4)
    b.return_(b.graph.int32(0))
    assert "CMP_m32_i32" in opcodes(b.graph)
    assert list(lower(b.graph, embedder_data=Lowering(LAYOUT, [7])).code.traps.values()) == [4]


@pytest.mark.parametrize("rep", ["Word8", "Word16", "Word32"])
@pytest.mark.parametrize(
    ("name", "mnemonic"),
    [("Int32Add", "ADD"), ("Int32Sub", "SUB"), ("Word32And", "AND"), ("Word32Or", "OR"), ("Word32Xor", "XOR")],
)
@pytest.mark.parametrize("constant", [True, False])
def test_read_modify_write(rep: str, name: str, mnemonic: str, constant: bool, native: Native) -> None:
    width = int(rep[4:])
    b = Builder([WORD32, WORD32], WORD32)
    index = b.parameter(0)
    old = b.load(index, 16, rep if width == 32 else "U" + f"int{width}")
    b.store(index, b(name, old, 0x81 if constant else b.parameter(1)), 16, rep)
    b.return_(b.load(index, 16, "Word32"))
    assert f"{mnemonic}_m{width}_{'i' if constant else 'r'}{width}" in opcodes(b.graph)
    call = native.function(b.graph, MODERN)
    native.memory[20:24] = (0x89ABCDEF).to_bytes(4, "little")
    other = 0x81 if constant else 0x12345678
    op = MACHINE[name]
    assert op.meaning is not None
    low = op.meaning(Bits(width, 0x89ABCDEF), Bits(width, other)).value
    expected = 0x89ABCDEF >> width << width | low
    assert call(4, other) == [expected]


def test_no_read_modify_write_across_another_store() -> None:
    b = Builder([WORD32], WORD32)
    old = b.load(b.parameter(0))
    b.store(64, 1)
    b.store(b.parameter(0), b("Int32Add", old, 1))
    b.return_(old)
    assert not [opcode for opcode in opcodes(b.graph) if opcode.startswith("ADD_m")]


@pytest.mark.parametrize("rep", ["Uint8", "Int8", "Uint16", "Int16", "Word32"])
@pytest.mark.parametrize(
    "name",
    [name for name in MACHINE if name.endswith(("32Equal", "32LessThan", "32LessThanOrEqual")) and "Float" not in name],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_comparisons_of_loads_with_constants(rep: str, name: str, swapped: bool, native: Native) -> None:
    op = MACHINE[name]
    bits = int(rep.lstrip("UIintWord"))
    for constant in (0, 1, 0x7F, 0x80, 0xFF, 0x100, -1 & 0xFFFFFFFF, -128 & 0xFFFFFFFF, -129 & 0xFFFFFFFF):
        b = Builder([], WORD32)
        value = b.load(40, 0, rep)
        condition = b(name, constant, value) if swapped else b(name, value, constant)
        [result] = b.if_else(condition, lambda b=b: [b.graph.int32(11)], lambda b=b: [b.graph.int32(22)])  # type: ignore[misc]
        b.return_(result)
        call = native.function(b.graph, MODERN)
        for held in (0, 1, 0x7F, 0x80, 0xFF, 0x8000, 0xFF80, 0xFFFF, 0x80000000, 0xFFFFFFFF):
            native.memory[40:44] = held.to_bytes(4, "little")
            low = held & ((1 << bits) - 1)
            if rep.startswith("Int") and low >> (bits - 1):
                low -= 1 << bits
            operands = [Bits(32, low), Bits(32, constant)]
            assert op.meaning is not None
            holds = op.meaning(*(reversed(operands) if swapped else operands)).value
            assert call() == [11 if holds else 22], (constant, held)


# Conditions.


def test_a_branch_uses_the_flags_of_the_subtraction_before_it(native: Native) -> None:
    b = Builder([WORD32], WORD32)
    graph = b.graph
    left = b("Int32Sub", b.parameter(0), 5)
    [result] = b.if_else(b("Word32Equal", left, 0), lambda: [graph.int32(100)], lambda: [left])
    b.return_(result)
    found = opcodes(graph)
    assert "TEST_r32_r32" not in found and "SUB_r32_i32" in found
    call = native.function(graph, MODERN)
    assert call(5) == [100] and call(3) == [0xFFFFFFFE]


def test_flags_are_not_used_when_something_stands_between() -> None:
    b = Builder([WORD32], WORD32)
    graph = b.graph
    left = b("Int32Sub", b.parameter(0), 5)
    b.store(0, left)
    [result] = b.if_else(b("Word32Equal", left, 0), lambda: [graph.int32(100)], lambda: [left])
    b.return_(result)
    assert "TEST_r32_r32" in opcodes(graph)


def test_masks_are_tested(native: Native) -> None:
    b = Builder([WORD32], WORD32)
    condition = b("Word32And", b.parameter(0), 0x40)
    [result] = b.if_else(condition, lambda: [b.graph.int32(1)], lambda: [b.graph.int32(0)])
    b.return_(result)
    assert "TEST_r8_i8" in opcodes(b.graph)
    assert native.function(b.graph, MODERN)(0x40) == [1]


@pytest.mark.parametrize(("rep", "name", "covered"), [
    ("Uint8", "Word32Equal", True), ("Uint8", "Uint32LessThan", True), ("Uint8", "Int32LessThan", False),
    ("Int8", "Int32LessThan", True), ("Int16", "Uint32LessThan", False), ("Uint16", "Uint32LessThanOrEqual", True),
])  # fmt: skip
def test_bytes_are_compared_as_they_are(rep: str, name: str, covered: bool, native: Native) -> None:
    b = Builder([], WORD32)
    condition = b(name, b.load(8, 0, rep), b.load(16, 0, rep))
    [result] = b.if_else(condition, lambda: [b.graph.int32(1)], lambda: [b.graph.int32(0)])
    b.return_(result)
    width = rep.lstrip("UIint")
    assert (f"CMP_m{width}_r{width}" in opcodes(b.graph)) == covered
    call = native.function(b.graph, MODERN)
    op = MACHINE[name]
    assert op.meaning is not None
    for left in (0, 1, 0x7FFF, 0x8080, 0xFFFF):
        for right in (0, 0x7F7F, 0x8080, 0xFFFE):
            native.memory[8:10] = left.to_bytes(2, "little")
            native.memory[16:18] = right.to_bytes(2, "little")
            operands = [Bits(int(width), v).sext(32) if rep[0] == "I" else Bits(int(width), v) for v in (left, right)]
            assert call() == [op.meaning(*(Bits(32, v.value) for v in operands)).value]


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("shape", ["shift down", "shift up"])
def test_single_bits_are_tested(width: int, shape: str, native: Native) -> None:
    type = WORD32 if width == 32 else WORD64
    b = Builder([type, type], WORD32)
    x, y = b.parameter(0), b.parameter(1)
    if shape == "shift down":
        bit = b(f"Word{width}And", b(f"Word{width}Shr", x, y), 1)
    else:
        bit = b(f"Word{width}And", x, b(f"Word{width}Shl", 1, y))
    [result] = b.if_else(b(f"Word{width}Equal", bit, 0), lambda: [b.graph.int32(0)], lambda: [b.graph.int32(1)])
    b.return_(result)
    assert f"BT_r{width}_r{width}" in opcodes(b.graph)
    call = native.function(b.graph, MODERN)
    for index in (0, 1, 7, 31, 32, 63, 64 + 5):
        assert call(0x8000000180000082, index) == [0x8000000180000082 >> (index % width) & 1]


def test_a_scaled_index_folds_into_a_load_and_a_store(native: Native) -> None:
    b = Builder([WORD32], WORD32)
    index = b("Word32Shl", b("Word32And", b.parameter(0), 0x3F), 2)
    old = b.load(index)
    b.store(index, b("Int32Mul", old, 7), 256)
    b.return_(old)
    assert not [opcode for opcode in opcodes(b.graph) if opcode.startswith(("SHL", "LEA"))]
    native.memory[20:24] = (3).to_bytes(4, "little")
    assert native.function(b.graph, MODERN)(5) == [3]
    assert bytes(native.memory[276:280]) == (21).to_bytes(4, "little")


# Words of both widths.


def test_zero_extension_is_free(native: Native) -> None:
    b = Builder([WORD32, WORD64], WORD64)
    b.return_(b("Int64Add", b("ChangeUint32ToUint64", b("Int32Add", b.parameter(0), 1)), b.parameter(1)))
    assert opcodes(b.graph) == ["LEA_r32_m", "LEA_r64_m"]
    assert native.function(b.graph, MODERN)(0xFFFFFFFF, 7) == [7]


def test_truncation_is_free_for_those_who_read_the_low_half(native: Native) -> None:
    b = Builder([WORD64], WORD32)
    low = b("TruncateInt64ToInt32", b.parameter(0))
    b.return_(b("Int32Mul", low, b("Word32Xor", low, 1)))
    assert "MOV_r32_s32" not in opcodes(b.graph)
    assert native.function(b.graph, MODERN)(0x500000003) == [6]


def test_truncation_clears_the_upper_half_for_others(native: Native) -> None:
    b = Builder([WORD64], WORD32)
    b.return_(b("TruncateInt64ToInt32", b.parameter(0)))
    assert "MOV_r32_s32" in opcodes(b.graph)
    b = Builder([WORD64], WORD64)
    b.return_(b("ChangeUint32ToUint64", b("TruncateInt64ToInt32", b.parameter(0))))
    assert native.function(b.graph, MODERN)(0xFFFFFFFF00000003) == [3]


def test_constant_divisors_need_no_check_for_minus_one() -> None:
    for divisor, opcode in ((7, "IDIV_s32"), (-1 & 0xFFFFFFFF, "IREM_s32")):
        b = Builder([WORD32], WORD32)
        b.return_(b.graph.node(MACHINE["Int32Mod"], b.parameter(0), b.graph.int32(divisor), b.control))
        assert opcode in opcodes(b.graph)


def test_shifts_without_bmi2_go_through_rcx() -> None:
    b = Builder([WORD32, WORD32], WORD32)
    b.return_(b("Word32Shl", b.parameter(0), b("Word32And", b.parameter(1), 31)))
    assert opcodes(b.graph, CpuFeatures()) == ["SHL_r32_cl"]
    assert opcodes(b.graph) == ["SHLX_r32_s32_r32"]


# Floats.


def test_float_constants_are_read_from_memory() -> None:
    b = Builder([FLOAT64], FLOAT64)
    b.return_(b("Float64Mul", b.graph.float64(0x4000000000000000), b.parameter(0)))
    assert opcodes(b.graph) == ["VMULSD_x_x_m64"]
    assert opcodes(b.graph, CpuFeatures()) == ["MULSD_x_m64"]
