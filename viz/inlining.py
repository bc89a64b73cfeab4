"""Decisions about inlining as text, in the form of d8's --trace-wasm-inlining."""

from __future__ import annotations

from seaofnodes.passes.base import Remark
from seaofnodes.viz.listing import printable


def inlining_text(function: int, remark: Remark) -> str:
    """One line about a remark of the inlining pass; function: index of the one that is compiled."""
    told = dict(remark.details)
    message = printable(remark.message, 1000)
    site = f"function {function}: in function {told['caller']}, call #{told['call']}"
    if "score" in told:
        callee = printable(str(told.get("callee", message.partition(" ")[2])))
        decision = "decided to inline!" if remark.kind == "passed" else f"not inlining: {message}"
        if "reason" in told:
            decision += f", {printable(str(told['reason']))}"
        total = int(str(told["total_size"]))
        return (
            f"[function {function}: in function {told['caller']}, considering call #{told['call']}, to {callee} "
            f"(relative_call_count={told['count']}, size={told['size']}, score={told['score']})... "
            f"budget={told['budget']}, size {total - int(str(told['size']))}->{total} {decision}]"
        )
    if "state" in told:
        leaves = "deoptimizing otherwise" if told["deopt"] == "yes" else "with a slow path"
        targets = message.partition(" ")[2]
        return f"[{site} inlineable ({told['state']}), count {told['count']}: guessing {targets}, {leaves}]"
    if remark.kind == "passed":
        return f"[{site} inlineable (constant): {message.partition(' ')[2]}]"
    rest = ", ".join(f"{key} {value}" for key, value in remark.details if key not in ("caller", "call"))
    return f"[{site} not inlineable: {message}, {printable(rest, 1000)}]"
