"""A compilation in a few lines: its phases, what rules fired, what the passes remarked."""

from __future__ import annotations

from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.listing import printable


def format_summary(compilation: Compilation) -> str:
    """Phases with time and node counts; rules that fired; remarks; size of the code."""
    wide = max([18, *(len(phase.record.name) for phase in compilation.phases)])
    head = f"{'phase':{wide}} {'ms':>6}  {'nodes':>6}"
    lines = [f"{printable(compilation.name)}: pipeline {compilation.pipeline}", "", head]
    for phase in compilation.phases:
        record = phase.record
        counts = ", ".join(f"{key} {value}" for key, value in record.statistics.items() if value)
        lines.append(f"{record.name:{wide}} {record.seconds * 1e3:6.2f}  {record.nodes_after:6}  {counts}".rstrip())
    fired = sorted(((c.fired, name, c) for name, c in compilation.rules.items() if c.fired), reverse=True)
    if fired:
        lines += ["", "rules that fired       ms"]
        for count, name, rule in fired:
            of = f"of {rule.tried:6}" if rule.tried else ""
            lines.append(f"  {count:5} {of:9}  {rule.seconds * 1e3:6.2f}  {name}")
    if compilation.remarks:
        lines += ["", "remarks", *(f"  {printable(str(remark), 1000)}" for remark in compilation.remarks)]
    code = compilation.code
    constants = len(code.data) - code.code_size
    milliseconds = compilation.seconds * 1e3
    lines += ["", f"{code.code_size} bytes of code, {constants} of constants, in {milliseconds:.1f} ms, traced"]
    return "\n".join(lines) + "\n"
