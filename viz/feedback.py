"""Feedback as text and as data: what the call sites of an instance's functions have seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seaofnodes.runtime.instance import Instance
from seaofnodes.viz.listing import printable
from seaofnodes.wasm.opcodes import CALL, CALLS, OPCODES, RETURN_CALL


def feedback_of(instance: Instance) -> Iterator[dict[str, Any]]:
    """Of each own function that was called in baseline code, as plain data.

    Keys: function (index), name, invocations, sites: of each reached call offset (in the module), opcode, state,
    calls, targets: pairs of a name (None: not a function of this instance) and a count, the most frequent first.
    """
    module, feedback = instance.module, instance.data.feedback
    for function in range(module.imported_functions, len(module.functions)):
        invocations = feedback.invocations(function)
        if not invocations:
            continue
        body = module.body(function)
        calls = [index for index, opcode in enumerate(body.opcodes) if opcode in CALLS]
        sites: list[dict[str, Any]] = []
        for site, index in enumerate(calls):
            seen = feedback.call(function, site)
            if not seen.total:
                continue
            opcode, immediate = body.opcodes[index], body.immediates[index]
            counts = seen.counts
            if opcode in (CALL, RETURN_CALL):
                counts = ((immediate, seen.total),)
            targets = [[None if target < 0 else module.function_name(target), count] for target, count in counts]
            found = {"offset": body.offsets[index], "opcode": OPCODES[opcode].name, "state": seen.state}
            sites.append({**found, "calls": seen.total, "targets": targets})
        name = module.function_name(function)
        yield {"function": function, "name": name, "invocations": invocations, "sites": sites}


def format_feedback(instance: Instance) -> str:
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
