"""Feedback as text and as data: what the call sites of an instance's functions have seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seaofnodes.runtime.tiers.unit_code import UnitInstance
from seaofnodes.viz.listing import printable


def feedback_of(instance: UnitInstance) -> Iterator[dict[str, Any]]:
    """Of each own function that was called in baseline code, as plain data.

    Keys: function (index), name, invocations, sites: of each reached call offset (of the bytecode), opcode, state,
    calls, targets: pairs of a name (None: not a function of this instance) and a count, the most frequent first.
    """
    unit, feedback = instance.code.unit, instance.feedback
    for function in range(unit.first, unit.functions):
        invocations = feedback.invocations(function)
        if not invocations:
            continue
        sites: list[dict[str, Any]] = []
        for site, call in enumerate(unit.call_lines(function)):
            seen = feedback.call(function, site)
            if not seen.total:
                continue
            counts = seen.counts if call.callee < 0 else ((call.callee, seen.total),)
            targets = [[None if target < 0 else unit.function_name(target), count] for target, count in counts]
            found = {"offset": call.offset, "opcode": call.opcode, "state": seen.state}
            sites.append({**found, "calls": seen.total, "targets": targets})
        name = unit.function_name(function)
        yield {"function": function, "name": name, "invocations": invocations, "sites": sites}


def format_feedback(instance: UnitInstance) -> str:
    """A line a function, and one a call site that was reached.

        function 3 apply: 12 invocations
          0x5a call_indirect polymorphic: double 10, square 2
    """
    lines = []
    for function in feedback_of(instance):
        count = function["invocations"]
        plural = "" if count == 1 else "s"
        lines.append(f"function {function['function']} {printable(function['name'])}: {count} invocation{plural}")
        for site in function["sites"]:
            targets = [f"{'elsewhere' if name is None else printable(name)} {n}" for name, n in site["targets"]]
            seen = ", ".join(targets) or f"{site['calls']} calls"
            lines.append(f"  {site['offset']:#x} {site['opcode']} {site['state']}: {seen}")
    return "\n".join(lines)
