"""What cannot be a rule over loads, stores and phis, told with the author's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.errors import PassError
from seaofnodes.passes.framework.registry import PassRegistry

HEAD = """from seaofnodes.ir.ops import common
from seaofnodes.ir.types import *
from seaofnodes.passes.patterns import *
from seaofnodes.passes.rules import *
rules, o, w = RuleSet("mine"), Operators(), Width(64)
(x, y, z), (C, D), (a, b) = variables("x y z"), constants("C D"), addresses("a b")

"""


def declared(pattern: str, replacement: str, where: str = "None") -> str:
    return f"{HEAD}@rules.rule({pattern}, where={where})\ndef mine():\n    return {replacement}\n"


LOAD32, LOAD8 = 'load("Word32", a)', 'load("Uint8", a)'
WRONG = [
    # Effects.
    ('store("Word8", a, x)', "x", "effect would be lost: only a store, or nothing, replaces it, not x"),
    (LOAD32, "o.Word32And(load('Uint8', a), 255)", "the load's effect would be lost: only a load replaces it"),
    ("o.Int32Add(x, y)", 'store("Word8", a, x)', "has no place in the effect chain: it takes that of a store at a"),
    ("o.Int32Add(x, y)", "nothing", "nothing cannot stand for Int32Add, which gives a value"),
    ("o.Int32Add(x, y)", LOAD8, "it takes that of a load at a, and the pattern has none"),
    (f"o.Word32And({LOAD32}, x)", 'load("Uint8", b)', "it takes that of a load at b, and the pattern has none"),
    ('store("Word8", a, x)', f'store("Word8", a, {LOAD8})', "has no place in the effect chain"),
    (f'store("Word8", a, {LOAD8})', f'store("Word8", b, {LOAD8})', "takes that of a store at b"),
    (f'o.Word32And({LOAD32}, x)', f'o.Word32And({LOAD8}, load("Uint8", a + 1))', "a rule makes one load"),
    (f'o.Word32And({LOAD32}, load("Word32", a + 4))', 'load("Uint8", a)', "of a load at a that ends where"),
    (f'o.Word32And({LOAD32}, store("Word8", b, x))', "x", "a store is the whole of a pattern or replacement"),
    (f"o.Word32And({LOAD32}, nothing)", "x", "nothing cannot stand in a pattern"),
    (f"o.Word32And({LOAD32}, x)", "o.Word32And(nothing, x)", "it is the whole of a replacement"),
    # Names and types of accesses.
    ('load("Word8", a)', "x", "no load is called 'Word8': there are Int8, Uint8"),
    ('store("Uint8", a, x)', "x", "no store is called 'Uint8': there are Word8, Word16"),
    ('load("Int8", a, FLOAT32)', "x", "a load of Int8 has a value of type Word32 or Word64, not Float32"),
    ('load("Int8", x)', "x", 'x is no address: a, b = addresses("a b")'),
    ('load("Int8", a + 1.5)', "x", "only a number of bytes is added to an address, not 1.5"),
    (f"o.Word64And({LOAD32}, x)", "x", "Load[Word32, Word32](a) is a Word32; Word64And takes a Word64"),
    (f"o.Word32And({LOAD32}, x)", 'load("Uint8", a, WORD64)', "is a Word64, where a Word32 is wanted"),
    ('o.Word32And(load("Word32", a), Variable("a"))', "0", "a is both an address and a value"),
    # Phis.
    ("o.Int32Add(x, y)", "phi(x, y)", "Phi(x, y) stands at no merge: the pattern has no phi"),
    ("phi(o.Int32Add(x, y), o.Int32Sub(x, z))", "phi(x, y, z)", "Phi(x, y, z) has 3 inputs, and Phi(Int32"),
    ("phi(o.Int32Add(x, y), o.Int32Sub(x, z))", "phi(each(x))", "Phi(each(x)) has any number of inputs"),
    ("o.Int32Add(phi(each(x)), phi(y, z))", "x", "all phis of a rule are at one merge"),
    ("phi(o.Int32Add(phi(each(x)), y))", "y", "stands in an input of a phi: all phis of a rule are at one merge"),
    ("phi(o.Int32Add(each(x), y))", "o.Int32Add(each(x), y)", "each(x) stands outside of a phi"),
    ("phi(o.Int32Add(each(x), y))", "o.Int32Add(x, y)", "x differs by input of the phi: write each(x)"),
    ("phi(o.Int32Add(each(x), y), x)", "y", "each(x) stands in one input of a phi"),
    ("phi(o.Int32Add(x, y), z)", "o.Int32Add(phi(x, z), y)", "y is known in input 0 of the phi only"),
    ("phi(o.Int32Add(x, y), z)", "phi(x, y, type=WORD32)", "y is known in input 0 of the phi only, and"),
    ("phi(each(x))", "phi(each(x))", "nothing says of which type Phi(each(x)) is: phi(..., type=WORD32)"),
    (f"phi(o.Word32And({LOAD32}, each(x)))", "phi(each(x))", "it would move past the merge"),
    (f"o.Word32And(phi(each(x)), {LOAD8})", f"phi(o.Word32And(each(x), {LOAD8}))", "move past the merge"),
    ("o.Uint32Div(phi(each(x)), y)", "phi(o.Uint32Div(each(x), y))", "needs a check before it, and where"),
    ("phi(o.Int32Add(each(x), y))", "o.Uint32Div(phi(each(x)), y)", "needs a check before it, and Phi has none"),
    ("phi(C + 1, x, type=WORD32)", "x", "(C + 1) cannot stand in a pattern"),
    ("phi()", "x", "a phi has inputs: phi(each(x)), or phi(x, y)"),
    ("phi(each(x + 1))", "x", "unsupported operand"),
    ("phi(each(C + 1))", "x", "each() is of a variable or a constant, not of (C + 1)"),
    # Others with effects.
    ("o.Word32And(Pattern(common.STACK_LIMIT_REACHED)(), x)", "x", "StackLimitReached has an effect"),
]


@pytest.mark.parametrize(("pattern", "replacement", "words"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_rule(tmp_path: Path, pattern: str, replacement: str, words: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(declared(pattern, replacement))
    with pytest.raises(PassError) as raised:
        PassRegistry().load(path)
    assert words in str(raised.value)
    assert f"{tmp_path}/mine.py:8: " in str(raised.value)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("in_bounds(x)", "x is no address of the pattern"),
        ("in_bounds(a + 1)", "a + 1 is no address of the pattern"),
        ("in_bounds(b)", "b is not in the pattern"),
        ("~in_bounds(a)", "can only be joined with &"),
        ("C.ult(3)", "C differs by input of the phi: write each(C)"),
        ("at_most(y, 3)", "y is not in the pattern"),
    ],
)
def test_what_is_no_condition(tmp_path: Path, where: str, words: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(declared(f"o.Word32And({LOAD8}, phi(each(C)))", LOAD8, where))
    with pytest.raises(PassError) as raised:
        PassRegistry().load(path)
    assert words in str(raised.value) and f"{tmp_path}/mine.py:8: " in str(raised.value)


def test_a_rule_that_is_hidden(tmp_path: Path) -> None:
    """By one with the same accesses, and not by one with others."""
    path = tmp_path / "mine.py"
    second = "\n@rules.rule({}, where=C.eq(255))\ndef second():\n    return {}\n"
    first = declared(f"o.Word32And({LOAD8}, C)", LOAD8, "(C & 255).eq(255)")
    path.write_text(first + second.format(f"o.Word32And({LOAD8}, C)", LOAD8))
    registry = PassRegistry()
    registry.load(path)  # nobody here knows that the first condition follows
    path.write_text(first.replace("(C & 255).eq(255)", "None") + second.format(f"o.Word32And({LOAD8}, C)", LOAD8))
    with pytest.raises(PassError, match="rule second never fires: mine always wins"):
        PassRegistry().load(path)
    for other in ('load("Int8", a)', 'load("Uint8", a + 1)', 'load("Uint16", a)'):
        path.write_text(first.replace("(C & 255).eq(255)", "None") + second.format(f"o.Word32And({other}, C)", "0"))
        if "+ 1" in other:
            with pytest.raises(PassError, match="never fires"):  # any address is some other one's neighbour
                PassRegistry().load(path)
        else:
            PassRegistry().load(path)


def test_phis_that_hide_others(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    second = "\n@rules.rule({})\ndef second():\n    return {}\n"
    first = declared("o.Int32Add(phi(each(x)), C)", "phi(o.Int32Add(each(x), C))")
    path.write_text(first + second.format("o.Int32Add(phi(each(C)), D)", "phi(each(C) + D)"))
    with pytest.raises(PassError, match="rule second never fires: mine always wins"):
        PassRegistry().load(path)
    for pattern in ("o.Int32Add(phi(each(C)), D)", "o.Int32Add(phi(x), C)", "o.Int32Add(phi(x, y), C)"):
        first = declared(pattern, "0")
        path.write_text(first + second.format("o.Int32Add(phi(each(x)), C)", "phi(o.Int32Add(each(x), C))"))
        PassRegistry().load(path)
    first = declared("o.Int32Add(phi(each(x)), C)", "0")
    path.write_text(first + second.format("o.Int32Add(phi(x, y), D)", "x").replace("return x", "return 1"))
    with pytest.raises(PassError, match="rule second never fires: mine always wins"):
        PassRegistry().load(path)
