"""Bisection names the pass, the rule and the application; or says that there is none."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Call, Case
from seaofnodes.fuzz.oracle import run_case
from seaofnodes.fuzz.reduction.bisect import Bisector, Culprit
from seaofnodes.fuzz.reduction.reduce import Check
from seaofnodes.fuzz.tasks import fuzz_pool
from seaofnodes.fuzz.variant import Variant
from seaofnodes.passes.rules import folding
from tests import support
from tests.fuzz.failures import BROKEN, BROKEN_FOLDING, BROKEN_LIFTER, PLANTED, planted_failure

# Three applications of the planted rule, of which the second matters; and other rules that fire around them.
SHIFTS = support.wat("""(module (memory (export "memory") 1) (func (export "f") (param i32 i32) (result i32)
    (i32.store (i32.const 0)
      (i32.shr_u (i32.shl (i32.and (local.get 0) (i32.const 1)) (i32.const 3)) (i32.const 5)))
    (i32.store (i32.const 4) (i32.add (i32.add (local.get 1) (i32.const 4)) (i32.const 9)))
    (i32.store (i32.const 8) (i32.shr_u (i32.shl (local.get 1) (i32.const 4)) (i32.const 8)))
    (i32.shr_u (i32.shl (i32.and (local.get 0) (i32.const 7)) (i32.const 2)) (i32.const 9))))""")
USUAL = "default{rules=planted}"
CALLS = (Call("f", (1, 2)), Call("f", (5, 0xFFFFFFFF)))


def bisect(case: Case, check: Check | None = None) -> Culprit:
    difference = run_case(case).difference if check is None else None
    with closing(fuzz_pool(1, seconds=30, fork=True)) as pool:
        return Bisector(pool, case, check or Check(difference, case.load)).run()


@pytest.mark.parametrize(
    "variant",
    [Variant("evaluator", "gvn,simplify{rules=planted}"), Variant("optimized", USUAL), Variant("auto", USUAL)],
)
def test_the_application_is_found(variant: Variant) -> None:
    found = bisect(Case(SHIFTS, CALLS, (variant,), (PLANTED,)))
    assert (found.pass_name, found.function, found.rule) == ("simplify", "f", "shifts_cancel")
    assert found.disabling and found.text.startswith("shifts_cancel: Word32Shr(Word32Shl(x, C), D) -> ")
    assert "(Word32Shr)" in found.root and SHIFTS[found.offset] == 0x76
    assert found.offset == [at for at in range(len(SHIFTS)) if SHIFTS[at : at + 3] == b"\x76\x36\x02"][1]
    added = [line for line in found.difference.splitlines() if line.startswith("+") and "shifts_cancel" in line]
    assert "= Word32Shr(" in added[-1]
    assert 1 <= found.application <= found.applications and found.run <= found.runs


def test_a_generated_failure() -> None:
    found = bisect(planted_failure().case)
    assert (found.pass_name, found.rule, found.disabling) == ("simplify", "shifts_cancel", True)
    assert found.probes < 40


def test_a_pass_without_rules() -> None:
    found = bisect(Case(SHIFTS, CALLS, (Variant("optimized", "gvn,fix(subtract,gvn),simplify"),), (BROKEN,)))
    assert (found.pass_name, found.run, found.rule) == ("subtract", 2, "")
    assert "Int32Sub" in found.change


def test_constant_folding_is_a_rule_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several foldings, the one that is wrong."""
    monkeypatch.setattr(folding, "fold", folding.fold)  # the file is loaded into this process to describe what it does
    text = support.wat("""(module (memory (export "memory") 1) (func (export "f") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (i32.mul (i32.const 6) (i32.const 7)))
        (i32.store (i32.const 4) (i32.rem_s (i32.add (i32.const 5) (i32.const -25)) (i32.const 7)))
        (i32.xor (i32.const 3) (i32.const 9))))""")
    difference = run_case(Case(SHIFTS, CALLS, (Variant("evaluator", "subtract"),), (BROKEN,))).difference
    case = Case(text, CALLS, (Variant("optimized", "simplify,gvn"),), (BROKEN_FOLDING,))
    found = bisect(case, Check(difference, case.load))
    assert (found.pass_name, found.rule) == ("simplify", "fold-constants")
    assert text[found.offset] == 0x6F and "(Int32Mod)" in found.root


def test_a_pass_that_crashes() -> None:
    case = Case(SHIFTS, CALLS, (Variant("optimized", "gvn,crash,simplify"),), (BROKEN,))
    difference = run_case(replace(case, variants=(Variant("evaluator", "subtract"),))).difference
    assert difference is not None
    found = bisect(case, Check(replace(difference, kind="crash"), case.load))
    assert (found.pass_name, found.run, found.rule) == ("crash", 2, "")


def test_no_pass_is_to_blame() -> None:
    case = Case(SHIFTS, CALLS, (Variant("optimized"),), (BROKEN_LIFTER,))
    difference = run_case(Case(SHIFTS, CALLS, (Variant("evaluator", "subtract"),), (BROKEN,))).difference
    assert bisect(case, Check(difference, case.load)).without_passes


def test_what_does_not_fail_is_not_bisected() -> None:
    difference = run_case(Case(SHIFTS, CALLS, (Variant("evaluator", USUAL),), (PLANTED,))).difference
    with pytest.raises(Error, match="does not fail"):
        bisect(Case(SHIFTS, CALLS, (Variant("evaluator"),)), Check(difference))
