"""Writes the reference pages docs/operators.md and docs/passes.md from the declarations: `python tools/reference.py`.

`--check` changes nothing, and exits with 1 if a page is not what the declarations say.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from pathlib import Path
from typing import get_type_hints

from seaofnodes.ir.dialect import Declaration
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common, machine, memory, objects, shapes
from seaofnodes.ir.ops.memory import MemoryAccess
from seaofnodes.ir.ops.parameters import CallDescriptor, FrameInfo, Speculation
from seaofnodes.ir.ops.shapes import ArrayShape, ElementAccess, FieldAccess, ObjectType, StructShape, TypeTest
from seaofnodes.ir.types import NONE, WORD32, Type
from seaofnodes.passes.framework.pipeline import EXTENSION_POINTS, PRESETS, Pipeline
from seaofnodes.passes.framework.registry import PassRegistry, built_in_rules
from seaofnodes.wasm.dialect import operators as wasm

DOCS = Path(__file__).resolve().parent.parent / "docs"

# Parameters of a small sample of each operator: by the type of the parameter, or by the operator's name.
_FIELD = FieldAccess(0, 0, "Word32", WORD32, 8)
_ELEMENT = ElementAccess(0, "Word32", WORD32)
_SAMPLE_BY_TYPE: dict[object, object] = {
    bool: False,
    int: 2,
    str: "",
    Type: WORD32,
    tuple[Type, ...]: (WORD32,),
    FrameInfo: FrameInfo(0, 0, "before", 1, 0, (WORD32,)),
    Speculation: Speculation("wrong call target", 0, 0),
    CallDescriptor: CallDescriptor((WORD32,), (WORD32,)),
    MemoryAccess: MemoryAccess(0, "Word32", WORD32, 0),
    FieldAccess: _FIELD,
    ElementAccess: _ELEMENT,
    StructShape: StructShape(ObjectType("struct", 0), 16, (_FIELD,)),
    ArrayShape: ArrayShape(ObjectType("array", 0), _ELEMENT),
    TypeTest: TypeTest("struct"),
    shapes.VirtualObject: shapes.VirtualObject(0, StructShape(ObjectType("struct", 0), 16, (_FIELD,))),
    wasm.TableAccess: wasm.TableAccess(0),
    wasm.SignatureCheck: wasm.SignatureCheck(0),
}
_SAMPLES: dict[str, tuple[object, ...]] = {
    "StackCheck": ("entry",),
    "End": (1,),
    "Return": (1,),
    "GlobalGet": (0, WORD32, "global0"),
    "GlobalSet": (0, WORD32, "global0"),
    "MemorySize": (0,),
    "AllocateElements": (ArrayShape(ObjectType("array", 0), _ELEMENT, 2),),
    "TableSize": (0,),
}
_NOTE = "<!-- Written by tools/reference.py from the declarations; do not edit. -->\n\n"


def _sample(declaration: Declaration) -> Operator:
    if declaration.name in _SAMPLES:
        return declaration.make(*_SAMPLES[declaration.name])
    hints = get_type_hints(inspect.unwrap(declaration.make))
    return declaration.make(*[_SAMPLE_BY_TYPE[kind] for name, kind in hints.items() if name != "return"])


def _text(documentation: str) -> str:
    return " ".join(documentation.split()).replace("|", "\\|")


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
        "Every operator is declared once, in a dialect. Inputs are ordered values, frame state, effects, controls;\n"
        "counts of variadic operators are those of a small sample. Machine operators have a meaning, a function\n"
        "over bit vectors and IEEE floats, from which folding, the evaluator and the proofs derive.\n"
    )
    for dialect in (common.COMMON, memory.MEMORY, objects.OBJECTS, wasm.WASM):
        lines.append(f"## {dialect.name}\n\n{dialect.documentation}\n")
        lines.append("| operator | inputs | outputs | memory | what |\n| --- | --- | --- | --- | --- |")
        for declaration in dialect.operators.values():
            op = _sample(declaration)
            facts = [_counts(op), _outputs(op), _memory(op), _text(declaration.documentation)]
            lines.append(f"| `{op.name}` | {' | '.join(facts)} |")
        lines.append("")
    lines.append(f"## {machine.DIALECT.name}\n\n{machine.DIALECT.documentation}\n")
    lines.append("| operator | values | result | properties |\n| --- | --- | --- | --- |")
    for op in machine.MACHINE.values():
        holds = {"commutative": op.commutative, "associative": op.associative, "guarded by its control": op.control_in}
        properties = ", ".join(name for name, value in holds.items() if value)
        lines.append(f"| `{op.name}` | {', '.join(t.name for t in op.signature)} | {op.type.name} | {properties} |")
    return "\n".join(lines) + "\n"


def passes_page() -> str:
    registry = PassRegistry()
    lines = [
        _NOTE + "# Passes\n",
        "In a pipeline: `name`, or `name{option=value}`; `fix(...)` repeats passes until nothing changes. "
        "What else a pipeline's text may say is in [pipelines.md](pipelines.md).\n",
    ]
    lines.append("| preset | pipeline |\n| --- | --- |")
    lines += [f"| `{name}` | `{Pipeline.parse(name, registry)}` |" for name in PRESETS]
    lines.append("\n| extension point | where |\n| --- | --- |")
    lines += [f"| `{name}` | {where} |" for name, where in EXTENSION_POINTS.items()]
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
