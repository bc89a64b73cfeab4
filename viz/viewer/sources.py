"""The bytecode of a compilation: its function's and that of those inlined, with what call sites have seen."""

from __future__ import annotations

from typing import Any

from seaofnodes.runtime.optimize import Compilation
from seaofnodes.viz.listing import printable
from seaofnodes.wasm.format import format_body
from seaofnodes.wasm.opcodes import CALLS

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
    module, context = compilation.module, compilation.context
    body = module.body(index)
    names = module.names.locals.get(index, {})
    sites = [at for at, opcode in enumerate(body.opcodes) if opcode in CALLS]
    feedback = {body.offsets[at]: _seen(compilation, index, site) for site, at in enumerate(sites)}
    return {
        "index": index,
        "name": printable(module.function_name(index)),
        "type": printable(str(module.functions[index]), _MOST),
        "invocations": context.invocations(index),
        "lines": [
            [line.offset, line.depth, printable(_named(line.text, names), _MOST), feedback.get(line.offset, "")]
            for line in format_body(module, index)
        ],
    }


def _named(text: str, names: dict[int, str]) -> str:
    """An instruction, with the name of the local that it is about."""
    word, _, rest = text.partition(" ")
    if word.startswith("local.") and rest.isdigit() and int(rest) in names:
        return f"{text} ${names[int(rest)]}"
    return text


def _seen(compilation: Compilation, function: int, site: int) -> str:
    """A call site's feedback: `monomorphic: square 10`, or "" if it has none."""
    module = compilation.module
    seen = compilation.context.feedback(function, site)
    if not seen.total:
        return ""
    targets = [f"{printable(module.function_name(target))} ×{count:,}" for target, count in seen.counts if target >= 0]
    return f"{seen.state}: {', '.join(targets)}" if targets else f"called ×{seen.total:,}"
