"""Writes the reference pages docs/operators.md and docs/passes.md from the declarations: `python tools/reference.py`.

`--check` changes nothing, and exits with 1 if a page is not what the declarations say.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable
from pathlib import Path

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common, wasm
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import NONE, WORD32
from seaofnodes.passes.pipeline import PRESETS, Pipeline
from seaofnodes.passes.registry import PassRegistry, built_in_rules

DOCS = Path(__file__).resolve().parent.parent / "docs"

_FRAME = common.FrameInfo(0, 0, "before", 1, 0, (WORD32,))
_SPECULATION = common.Speculation("wrong call target", 0, 0)
_CALL = common.CallDescriptor((WORD32,), (WORD32,))
_ACCESS = wasm.MemoryAccess(0, "Word32", WORD32, 0)

# A sample of each operator that is not pure arithmetic, and what its text is taken from.
SAMPLES: dict[str, list[tuple[Operator, Callable[..., object] | str]]] = {
    "Control": [
        (common.start(), "Where control, effects and parameters come from."),
        (common.end(1), "The end: every Return, Throw, Unreachable, Deoptimize, Terminate and tail call."),
        (common.BRANCH, 'Value: condition, Word32, taken if not zero. May carry a hint, "likely" or "unlikely".'),
        (common.IF_TRUE, "Where a Branch goes when its condition is not zero."),
        (common.IF_FALSE, "Where a Branch goes when its condition is zero."),
        (common.switch(3), common.switch),
        (common.if_value(1), "The case of a Switch for one value."),
        (common.IF_DEFAULT, "The case of a Switch for all other values."),
        (common.merge(2), "Where control comes together."),
        (common.loop(2), common.loop),
        (common.return_(1), "Values: the results."),
        (common.UNREACHABLE, "Control cannot get here: what stands before always traps."),
        (common.TERMINATE, "Keeps an endless loop reachable from the end."),
    ],
    "Values and effects": [
        (common.parameter(0, WORD32), common.parameter),
        (common.osr_value(0, WORD32), common.osr_value),
        (common.phi(WORD32, 2), common.phi),
        (common.effect_phi(2), "The effects of each way into a merge or loop."),
        (common.projection(0, WORD32), common.projection),
        (common.int32_constant(0), common.int32_constant),
        (common.int64_constant(0), common.int64_constant),
        (common.float32_constant(0), common.float32_constant),
        (common.float64_constant(0), common.float64_constant),
        (common.null_constant(), "The null reference."),
    ],
    "Traps, calls, frames": [
        (common.trap_if(0), common.trap_if),
        (common.trap_unless(0), common.trap_unless),
        (
            common.STACK_CHECK_ENTRY,
            "Stack overflow and interrupts, at function entry, in loops, or as the slow path of a loop's check.",
        ),
        (common.STACK_LIMIT_REACHED, "Is the stack limit reached, or raised by an interrupt? Gives 0 or 1."),
        (common.call(_CALL), common.call),
        (common.call_ref(_CALL), common.call_ref),
        (common.tail_call(_CALL), common.tail_call),
        (common.tail_call_ref(_CALL), common.tail_call_ref),
        (common.frame_state(_FRAME), common.frame_state),
        (common.CHECKPOINT, "A place where execution could leave the optimized code."),
        (common.optimized_out(WORD32), common.optimized_out),
        (common.deoptimize_if(_SPECULATION), common.deoptimize_if),
        (common.deoptimize_unless(_SPECULATION), common.deoptimize_unless),
        (common.deoptimize(_SPECULATION), common.deoptimize),
    ],
    "Exceptions": [
        (common.IF_SUCCESS, "Where a call in a try came back. Its results are projections of this."),
        (common.IF_EXCEPTION, "Where a call in a try threw; the value is the exception."),
        (common.THROW, "Values: instance, exception (not null). Throws it out of the function. An end of the graph."),
        (wasm.new_exception(0, (WORD32,)), wasm.new_exception),
        (wasm.exception_has_tag(0), wasm.exception_has_tag),
        (wasm.exception_payload(0, WORD32), wasm.exception_payload),
    ],
    "WebAssembly": [
        (wasm.load(_ACCESS), wasm.load),
        (wasm.store(_ACCESS), wasm.store),
        (wasm.memory_start(0), wasm.memory_start),
        (wasm.memory_size(0), wasm.memory_size),
        (wasm.global_get(0, WORD32, "global0"), wasm.global_get),
        (wasm.global_set(0, WORD32, "global0"), wasm.global_set),
        (wasm.immutable_global(0, WORD32), wasm.immutable_global),
        (wasm.table_size(0), wasm.table_size),
        (wasm.table_get(0), wasm.table_get),
        (wasm.table_set(0), wasm.table_set),
        (wasm.check_signature(0), wasm.check_signature),
        (wasm.import_record(0), wasm.import_record),
        (wasm.function_record(0), wasm.function_record),
    ],
}
_NOTE = "<!-- Written by tools/reference.py from the declarations; do not edit. -->\n\n"


def _text(source: Callable[..., object] | str) -> str:
    text = source if isinstance(source, str) else inspect.getdoc(source) or ""
    return " ".join(text.split()).replace("|", "\\|")


def _counts(op: Operator) -> str:
    kinds = ((op.value_in, "value"), (op.frame_in, "frame state"), (op.effect_in, "effect"), (op.control_in, "control"))
    texts = [kind if count == 1 else f"{count} {kind}s" for count, kind in kinds if count]
    return ", ".join(texts) or "none"


def _outputs(op: Operator) -> str:
    texts = [] if op.type is NONE else [op.type.name]
    texts += ["effect"] if op.effect_out else []
    texts += ["control"] if op.control_out else []
    return ", ".join(texts) or "none"


def _memory(op: Operator) -> str:
    """What alias class it reads and writes."""
    texts = [f"{verb} {alias}" for verb, alias in (("reads", op.reads), ("writes", op.writes)) if alias]
    return ", ".join(texts).replace("*", "everything")


def operators_page() -> str:
    lines = [_NOTE + "# Operators\n"]
    lines.append(
        "Every operator is declared once, in `seaofnodes/ir/ops/`. Inputs are ordered values, frame state,\n"
        "effects, controls; counts of variadic operators are those of a small sample. The arithmetic of machine\n"
        "operators has a meaning, a function over bit vectors and IEEE floats, from which folding, the evaluator\n"
        "and the proofs derive.\n"
    )
    for title, samples in SAMPLES.items():
        lines.append(f"## {title}\n\n| operator | inputs | outputs | memory | what |\n| --- | --- | --- | --- | --- |")
        for op, source in samples:
            facts = [_counts(op), _outputs(op), _memory(op), _text(source)]
            lines.append(f"| `{op.name}` | {' | '.join(facts)} |")
        lines.append("")
    lines.append("## Machine\n\nPure: no effect, no control but a guard.\n")
    lines.append("| operator | values | result | properties |\n| --- | --- | --- | --- |")
    for op in MACHINE.values():
        holds = {"commutative": op.commutative, "associative": op.associative, "guarded by its control": op.control_in}
        properties = ", ".join(name for name, value in holds.items() if value)
        lines.append(f"| `{op.name}` | {', '.join(t.name for t in op.signature)} | {op.type.name} | {properties} |")
    return "\n".join(lines) + "\n"


def passes_page() -> str:
    registry = PassRegistry()
    lines = [
        _NOTE + "# Passes\n",
        "In a pipeline: `name`, or `name{option=value}`; `fix(...)` repeats passes until nothing changes.\n",
    ]
    lines.append("| preset | pipeline |\n| --- | --- |")
    lines += [f"| `{name}` | `{Pipeline.parse(name, registry)}` |" for name in PRESETS]
    for name in registry.names():
        found = registry.find(name)
        lines.append(f"\n## {name}\n\n{inspect.cleandoc(found.__doc__ or '')}\n")
        options = dataclasses.fields(found)  # type: ignore[arg-type]
        if options:
            lines.append("| option | default |\n| --- | --- |")
            lines += [f"| `{f.name}` | {f.default} |" for f in options]
    lines.append("\n# Rules\n")
    for rules in built_in_rules():
        lines.append(f"## {rules.name}\n\n```")
        lines += [str(rule) for rule in rules.rules]
        lines.append("```\n")
    return "\n".join(lines) + "\n"


PAGES = {"operators.md": operators_page, "passes.md": passes_page}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = 0
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            print(f"docs/{name} is not what the declarations say: run python tools/reference.py")
            stale = 1
        else:
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
