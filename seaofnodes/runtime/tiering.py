"""When what is optimized: functions that are called often, and loops that are hot in one long call."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from seaofnodes.runtime.events import MarkEvent

if TYPE_CHECKING:
    from seaofnodes.runtime.instance import InstanceData
    from seaofnodes.runtime.module_code import ModuleCode
    from seaofnodes.runtime.osr import OsrCode

NEVER: Final = (1 << 31) - 1  # a budget that lasts
_BYTES: Final = 64  # of bytecode for which a function has the budget once: what compiling costs grows with them
_WAITING: Final = 10  # times the budget until a function asks again; then twice that, and so on
_MOST_DELAYS: Final = 6  # times that the budget doubles
_LOOPS_FIRST: Final = 4  # who waits in a loop comes before smaller functions, within bounds
_FEW_CALLS: Final = 3  # a function that is hot after so many has a long loop


def first_budgets(code: ModuleCode) -> list[int]:
    """The budgets of a module's own functions in a new instance."""
    if code.engine.options.tier != "auto":
        return [NEVER] * len(code.module.code)
    budget = code.engine.options.tier_up_budget
    return [min(budget * max(1, body.size // _BYTES), NEVER) for body in code.module.code]


def tier_up(code: ModuleCode, index: int, data: InstanceData) -> None:
    """A function's budget in an instance is used up: have it optimized for the next call."""
    _request(code, index, data)
    _wait(code, index, data, index in code.not_optimized)


def tier_up_loop(code: ModuleCode, index: int, offset: int, data: InstanceData) -> OsrCode | None:
    """The budget is used up at the header of the loop at a bytecode offset: tells where that may go on.

    A loop that is hot in one of the first calls is optimized before its function; else the function comes first, as
    the next call will find it.
    """
    if not code.engine.options.osr:
        tier_up(code, index, data)
        return None
    if (index, offset) not in code.osr:
        first = index not in code.requested and data.feedback.invocations(index) > _FEW_CALLS
        _request(code, index, data, -1 if first else offset)
    found = code.osr.get((index, offset))
    if found is not None:
        data.feedback.set_budget(index, 0)  # the next call asks for the whole function
        return found
    given_up = index in code.not_optimized and (index, offset) in code.not_optimized
    _wait(code, index, data, given_up)
    return None


def after_deoptimization(code: ModuleCode, index: int, data: InstanceData) -> None:
    """A function and its loops may be optimized again, later each time."""
    code.requested -= {what for what in code.requested if what == index or isinstance(what, tuple) and what[0] == index}
    code.waits.pop(index, None)
    if code.engine.options.tier == "auto":
        budget = code.engine.options.tier_up_budget << min(code.deoptimizations[index] - 1, _MOST_DELAYS)
        data.feedback.set_budget(index, min(budget, NEVER))


def _wait(code: ModuleCode, index: int, data: InstanceData, given_up: bool) -> None:
    """Let baseline code go on until the optimized code is there, which uses its budget up. Now and then it asks all the
    same: its own subtraction may undo that, and other instances wait as well.
    """
    budget = code.waits.get(index, min(_WAITING * code.engine.options.tier_up_budget, NEVER))
    code.waits[index] = min(2 * budget, NEVER)
    data.feedback.set_budget(index, NEVER if given_up else budget)


def _request(code: ModuleCode, index: int, data: InstanceData, osr_offset: int = -1) -> None:
    """Have a function optimized, or one of its loops, once."""
    what = index if osr_offset < 0 else (index, osr_offset)
    if what in code.requested:
        return
    code.requested.add(what)
    background = code.engine.options.background
    if code.engine.observers:
        code.engine.notify(MarkEvent(index, code.module.function_name(index), background, osr_offset))
    if background:
        job = functools.partial(_optimize, code, index, data, osr_offset)
        size = code.module.code[index - code.module.imported_functions].size
        code.engine.background.submit(job, size // _LOOPS_FIRST if osr_offset >= 0 else size)
    else:
        code.optimize(index, data, osr_offset)


def _optimize(code: ModuleCode, index: int, data: InstanceData, osr_offset: int) -> None:
    code.optimize(index, data, osr_offset)
    data.feedback.use_up_budget(index)  # a loop that waits for it looks at once
