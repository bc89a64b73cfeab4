"""When what is optimized: functions that are called often, and loops that are hot in one long call."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from seaofnodes.runtime.tiers.events import MarkEvent

if TYPE_CHECKING:
    from seaofnodes.backend.code import DeoptExit
    from seaofnodes.runtime.code.code_object import CodeObject
    from seaofnodes.runtime.counters.feedback import Feedback
    from seaofnodes.runtime.entry.osr import OsrCode
    from seaofnodes.runtime.tiers.unit_code import UnitCode

NEVER: Final = (1 << 31) - 1  # a budget that is never used up
_BYTES: Final = 64  # of bytecode for each of which a function has the budget once, as compile time grows with size
_WAITING: Final = 10  # times the budget until a function requests optimization again; doubled each time
_MOST_DELAYS: Final = 6  # times that the budget doubles
_LOOPS_FIRST: Final = 4  # a function that waits in a loop comes before smaller ones, within this factor
_FEW_CALLS: Final = 3  # a function that is hot after so many has a long loop


def first_budgets(code: UnitCode) -> list[int]:
    """The budgets of a unit's own functions in a new instance."""
    own = range(code.unit.first, code.unit.functions)
    if code.tiers.options.tier != "auto":
        return [NEVER] * len(own)
    budget = code.tiers.options.tier_up_budget
    return [min(budget * max(1, code.unit.function_size(index) // _BYTES), NEVER) for index in own]


def tier_up(code: UnitCode, index: int, feedback: Feedback) -> None:
    """A function's budget in an instance is used up: have it optimized for the next call."""
    _request(code, index, feedback)
    _wait(code, index, feedback, index in code.not_optimized)


def tier_up_loop(code: UnitCode, index: int, offset: int, feedback: Feedback) -> OsrCode | None:
    """The budget is used up at the header of the loop at a bytecode offset: the code to continue in,
    if there is some.

    A loop that is hot in one of the first calls is optimized before its function; else the function comes first, as
    the next call will find it.
    """
    if not code.tiers.options.osr:
        tier_up(code, index, feedback)
        return None
    if (index, offset) not in code.osr:
        first = index not in code.requested and feedback.invocations(index) > _FEW_CALLS
        _request(code, index, feedback, -1 if first else offset)
    found = code.osr.get((index, offset))
    if found is not None:
        feedback.set_budget(index, 0)  # the next call asks for the whole function
        return found
    given_up = index in code.not_optimized and (index, offset) in code.not_optimized
    _wait(code, index, feedback, given_up)
    return None


def deoptimized(code: UnitCode, found: CodeObject, exit: DeoptExit, pc: int, feedback: Feedback) -> None:
    """Optimized code has left at an exit: it is given up, and made anew when feedback has learnt more.

    pc: address behind the exit's call.
    """
    if code.left(found, exit, pc):
        assert found.code is not None
        _allow_again(code, found.code.function_index, feedback)
        code.tiers.retired.free_if_many()


def _allow_again(code: UnitCode, index: int, feedback: Feedback) -> None:
    """A function and its loops may be optimized again, later each time."""
    for what in tuple(code.requested):
        if what == index or isinstance(what, tuple) and what[0] == index:
            code.requested.discard(what)
    code.waits.pop(index, None)
    if code.tiers.options.tier == "auto":
        budget = code.tiers.options.tier_up_budget << min(code.deoptimizations[index] - 1, _MOST_DELAYS)
        feedback.set_budget(index, min(budget, NEVER))


def _wait(code: UnitCode, index: int, feedback: Feedback, given_up: bool) -> None:
    """Let baseline code go on until the optimized code is there, which uses its budget up. Now and then it asks all the
    same: its own subtraction may undo that, and other instances wait as well.
    """
    budget = code.waits.get(index, min(_WAITING * code.tiers.options.tier_up_budget, NEVER))
    code.waits[index] = min(2 * budget, NEVER)
    feedback.set_budget(index, NEVER if given_up else budget)


def _request(code: UnitCode, index: int, feedback: Feedback, osr_offset: int = -1) -> None:
    """Have a function optimized, or one of its loops, once."""
    what = index if osr_offset < 0 else (index, osr_offset)
    if what in code.requested:
        return
    background = code.tiers.options.background
    if code.tiers.observers:
        code.tiers.notify(MarkEvent(index, code.unit.function_name(index), background, osr_offset))
    if background:
        job = functools.partial(_optimize, code, index, feedback, osr_offset)
        size = code.unit.function_size(index)
        try:
            code.tiers.background.submit(job, size // _LOOPS_FIRST if osr_offset >= 0 else size)
        except RuntimeError as error:  # no thread can be had
            code.failed_to_optimize(index, osr_offset, error)
    else:
        code.optimize(index, feedback, osr_offset)
    code.requested.add(what)


def _optimize(code: UnitCode, index: int, feedback: Feedback, osr_offset: int) -> None:
    try:
        code.optimize(index, feedback, osr_offset)
        feedback.use_up_budget(index)  # a loop that waits for it looks at once
    except BaseException:
        code.tiers.entry.begin_with_hook()  # the next call raises it
        raise
