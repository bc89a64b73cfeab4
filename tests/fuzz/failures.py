"""Failing cases that tests shrink and bisect."""

from __future__ import annotations

import functools
from pathlib import Path

from seaofnodes.fuzz.findings import Finding
from seaofnodes.fuzz.oracle import run_case
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.fuzz.tasks import opcodes_of

FOLDER = Path(__file__).parent
PLANTED = str(FOLDER / "planted.py")
BROKEN = str(FOLDER / "broken.py")
BROKEN_LIFTER = str(FOLDER / "broken_lifter.py")
BROKEN_FOLDING = str(FOLDER / "broken_folding.py")
BROKEN_INLINING = str(FOLDER / "broken_inlining.py")
_MOST = 400


@functools.cache
def planted_failure(smallest: int = 150, largest: int = 500) -> Finding:
    """The first generated module of that many instructions that the planted rule breaks."""
    plan = Plan(9, ("default{rules=planted}",), vary=False, only=("evaluator",), load=(PLANTED,))
    for number in range(_MOST):
        case = make_case(plan, number)
        if smallest <= opcodes_of(case.data).total() <= largest:
            difference = run_case(case).difference
            if difference is not None:
                return Finding(case, difference, number, plan.seed)
    raise AssertionError(f"the planted rule breaks none of {_MOST} modules")
