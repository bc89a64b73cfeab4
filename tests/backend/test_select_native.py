"""What native functions are full of: sums of addresses, comparisons of several branches, tests of low halves."""

from __future__ import annotations

import pytest

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.compile import lower
from seaofnodes.language.typed import TypedProgram
from seaofnodes.native.unit import Unit
from tests.native.texts import program
from tests.native.three_ways import ThreeWays


def selected(found: TypedProgram, name: str = "f") -> list[str]:
    """Opcodes of a function as it is written."""
    functions = [function for function in found.typed if function.name == name]
    sequence = lower(Unit(functions, polls=False).graph(0), features=CpuFeatures()).sequence
    return [one.opcode for block in sequence.blocks for one in block.instructions]


@pytest.mark.parametrize(
    ("sum", "sums"),
    [
        ("memory + (n << 3)", 0),
        ("(n << 3) + memory", 0),
        ("memory + n", 0),
        ("memory + (n << 2) + 16", 0),
        ("memory + (n << 4)", 0),  # the shift is computed, the sum is not
        ("memory + ((n << 3) + n)", 2),
    ],
)
def test_a_sum_that_is_only_an_address_is_part_of_the_access(sum: str, sums: int) -> None:
    found = program(f"""@function
def f(memory: i64, n: i64) -> i64:
    store_i64({sum}, n)
    return load_i64({sum})
""")
    assert selected(found).count("LEA_r64_m") == sums
    ways = ThreeWays([function for function in found.typed if function.name == "f"], size=64)
    for n in range(3):
        ways.agree(0, n, data=bytes(range(64)))


def test_a_sum_with_other_uses_is_computed_once() -> None:
    found = program("""@function
def f(memory: i64, n: i64) -> i64:
    p = memory + 8 * n
    store_i64(p, 7)
    return p - memory
""")
    assert selected(found).count("LEA_r64_m") == 1
    ThreeWays([function for function in found.typed if function.name == "f"], size=64).agree(0, 3)


BRANCHES = """@function
def f(memory: i64, n: i64, m: i64) -> i64:
    is_small = n < {limit}
    found = i64(0)
    while m > 0:
        m -= 1
        if is_small:
            found += 3
        else:
            found -= load_i64(memory)
    if is_small:
        found += 100
    return found{more}
"""


@pytest.mark.parametrize(
    ("limit", "more", "sets"),
    [("10", "", 0), ("m", "", 1), ("10", " + i64(is_small)", 1)],
)
def test_comparisons_with_constants_are_done_where_they_are_asked_for(limit: str, more: str, sets: int) -> None:
    found = program(BRANCHES.format(limit=limit, more=more))
    assert sum(opcode.startswith("SET") for opcode in selected(found)) == sets
    ways = ThreeWays([function for function in found.typed if function.name == "f"], size=64)
    for n in (9, 10):
        for m in (0, 1, 3):
            ways.agree(0, n, m, data=bytes(range(64)))


def test_low_halves_are_tested_as_such() -> None:
    found = program("""@function
def f(x: u64) -> u32:
    return u32(1) if x & 0xFFFFFFFF != 0 else u32(2)
""")
    assert "TEST_r32_r32" in selected(found) and "TEST_r64_r64" not in selected(found)
    ways = ThreeWays([function for function in found.typed if function.name == "f"])
    for x in (0, 1, 1 << 31, 1 << 32, 1 << 63, (1 << 64) - 1):
        ways.agree(0, x)
