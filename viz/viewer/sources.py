"""The bytecode of a compilation: its function's and that of those inlined, with what call sites have seen."""

from __future__ import annotations

from typing import Any

from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.runtime.tiers.unit import BytecodeLine
from seaofnodes.viz.listing import printable

_MOST = 300


def functions_of(compilation: Compilation) -> dict[str, Any]:
    """functions: index, name, type, invocations, lines ([offset, depth, text, feedback or ""]), the compiled one first;
    inlinings: [index in functions, offset of the call, parent inlining or -1].
    """
    inlinings = compilation.graph.inlinings
    indices = list(dict.fromkeys([compilation.function_index, *(inlined.function_index for inlined in inlinings)]))
    places = {function: place for place, function in enumerate(indices)}
    return {
        "functions": [_function(compilation, index) for index in indices],
        "inlinings": [[places[inlined.function_index], inlined.call_offset, inlined.parent] for inlined in inlinings],
    }


def _function(compilation: Compilation, index: int) -> dict[str, Any]:
    unit, context = compilation.unit, compilation.context
    feedback = {call.offset: _seen(compilation, index, site) for site, call in enumerate(unit.call_lines(index))}
    return {
        "index": index,
        "name": printable(unit.function_name(index)),
        "type": printable(unit.type_text(index), _MOST),
        "invocations": context.invocations(index),
        "lines": [
            [line.offset, line.depth, printable(_named(line), _MOST), feedback.get(line.offset, "")]
            for line in unit.bytecode(index)
        ],
    }


def _named(line: BytecodeLine) -> str:
    """An instruction, with the name of the variable that it is about."""
    return f"{line.text} ${line.variable}" if line.variable else line.text


def _seen(compilation: Compilation, function: int, site: int) -> str:
    """A call site's feedback: `monomorphic: square 10`, or "" if it has none."""
    unit = compilation.unit
    seen = compilation.context.feedback(function, site)
    if not seen.total:
        return ""
    targets = [f"{printable(unit.function_name(target))} ×{count:,}" for target, count in seen.counts if target >= 0]
    return f"{seen.state}: {', '.join(targets)}" if targets else f"called ×{seen.total:,}"
