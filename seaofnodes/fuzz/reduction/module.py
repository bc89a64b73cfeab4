"""Edits of a whole module, of its calls and of the way it is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seaofnodes.errors import PassError
from seaofnodes.fuzz.case import Call
from seaofnodes.fuzz.generate.encode import Instruction
from seaofnodes.fuzz.reduction.candidate import Candidate, zero
from seaofnodes.fuzz.reduction.code import branch_targets, simpler_bits
from seaofnodes.fuzz.reduction.compact import compact
from seaofnodes.fuzz.reduction.stack import CLOSES
from seaofnodes.fuzz.registries import registry_for
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.pipeline import Pipeline, Step, step_text
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.module import FUNCTION
from seaofnodes.wasm.types import FuncType


def compacted(candidate: Candidate) -> Iterator[Candidate]:
    """Without what nothing refers to."""
    yield replace(candidate, draft=compact(candidate.draft))


def fewer_calls(candidate: Candidate, size: int) -> Iterator[Candidate]:
    """Without `size` calls in a row."""
    calls = candidate.calls
    for at in range(0, len(calls), size):
        yield replace(candidate, calls=calls[:at] + calls[at + size :])


def simpler_arguments(candidate: Candidate) -> Iterator[Candidate]:
    """With one simpler argument."""
    for at, call in enumerate(candidate.calls):
        for place, bits in enumerate(call.arguments):
            for simpler in simpler_bits(bits):
                arguments = (*call.arguments[:place], simpler, *call.arguments[place + 1 :])
                calls = (*candidate.calls[:at], Call(call.export, arguments), *candidate.calls[at + 1 :])
                yield replace(candidate, calls=calls)


def fewer_parts(candidate: Candidate) -> Iterator[Candidate]:
    """Without one export, segment or the start function; with less data, or a simpler initial value."""
    draft = candidate.draft
    called = {call.export for call in candidate.calls}
    if draft.start is not None:
        yield _changed(candidate, start=None)
    for at, export in enumerate(draft.exports):
        if export.name not in called:
            yield _changed(candidate, exports=draft.exports[:at] + draft.exports[at + 1 :])
    for at, element in enumerate(draft.elements):
        yield _changed(candidate, elements=draft.elements[:at] + draft.elements[at + 1 :])
        if len(element):
            half, given = len(element) // 2, element.expressions
            fewer = replace(element, functions=element.functions[:half], expressions=given and given[:half])
            yield _changed(candidate, elements=[*draft.elements[:at], fewer, *draft.elements[at + 1 :]])
    for at, segment in enumerate(draft.data):
        yield _changed(candidate, data=draft.data[:at] + draft.data[at + 1 :])
        if segment.data:
            less = replace(segment, data=segment.data[: len(segment.data) // 2])
            yield _changed(candidate, data=[*draft.data[:at], less, *draft.data[at + 1 :]])
    for at, (kind, init) in enumerate(draft.globals):
        value = zero(kind.type)
        if init != (value,):
            yield _changed(candidate, globals=[*draft.globals[:at], (kind, (value,)), *draft.globals[at + 1 :]])


def _changed(candidate: Candidate, **parts: object) -> Candidate:
    draft = candidate.draft.copy()
    for name, value in parts.items():
        setattr(draft, name, value)
    return replace(candidate, draft=draft)


def fewer_parameters(candidate: Candidate) -> Iterator[Candidate]:
    """One function without its last parameter or its last result; calls drop the argument, or push a zero."""
    draft = candidate.draft
    imported = draft.imported(FUNCTION)
    for index in range(imported + len(draft.functions)):
        kind = draft.function_type(index)
        if kind.params:
            found = _retyped(candidate, index, FuncType(kind.params[:-1], kind.results), [(w.DROP, None)], [])
            if index >= imported:
                _parameter_to_local(found, index - imported, kind)
            yield replace(found, calls=tuple(_shorter(call, found, index) for call in candidate.calls))
        if kind.results:
            result = kind.results[-1]
            pushed = [zero(result)]
            found = _retyped(candidate, index, FuncType(kind.params, kind.results[:-1]), [], pushed)
            if index < imported or _drop_result(found, index - imported):
                yield found


def _retyped(
    candidate: Candidate, index: int, kind: FuncType, before: list[Instruction], after: list[Instruction]
) -> Candidate:
    """A function with another type, and code before and after each direct call of it."""
    draft = candidate.draft.copy()
    imported = draft.imported(FUNCTION)
    if index < imported:
        places = [at for at, found in enumerate(draft.imports) if found.kind == FUNCTION]
        draft.imports[places[index]] = replace(draft.imports[places[index]], desc=kind)
    else:
        draft.functions[index - imported].type = kind
    for function in draft.functions:
        body: list[Instruction] = []
        for instruction in function.body:
            body += [*before, instruction, *after] if instruction == (w.CALL, index) else [instruction]
        function.body = body
    return replace(candidate, draft=draft)


def _parameter_to_local(candidate: Candidate, own: int, old: FuncType) -> None:
    """The last parameter becomes the first local: its number stays."""
    candidate.draft.functions[own].locals.insert(0, old.params[-1])


def _drop_result(candidate: Candidate, own: int) -> bool:
    """Drop the last result where the function returns; False if it also leaves by a branch or a tail call."""
    body = candidate.draft.functions[own].body
    depth = 0
    found: list[Instruction] = []
    for opcode, immediate in body:
        if opcode in CLOSES:
            depth -= 1
        if depth in branch_targets(opcode, immediate) or opcode in w.TAIL_CALLS:
            return False
        if opcode in w.BLOCKS:
            depth += 1
        if opcode == w.RETURN:
            found.append((w.DROP, None))
        found.append((opcode, immediate))
    if not body or body[-1][0] not in (w.RETURN, w.UNREACHABLE, w.THROW, w.THROW_REF):
        found.append((w.DROP, None))
    candidate.draft.functions[own].body = found
    return True


def _shorter(call: Call, candidate: Candidate, index: int) -> Call:
    names = {export.name for export in candidate.draft.exports if export.kind == FUNCTION and export.index == index}
    return Call(call.export, call.arguments[:-1]) if call.export in names else call


def simpler_variants(candidate: Candidate, load: tuple[str, ...]) -> Iterator[Candidate]:
    """Run in a simpler way: no random order, another tier, fewer passes."""
    variant = candidate.variant
    if variant is None:
        return
    if variant.order:
        yield replace(candidate, variant=replace(variant, order=0))
    if variant.verify:
        yield replace(candidate, variant=replace(variant, verify=False))
    if variant.collect:
        yield replace(candidate, variant=replace(variant, collect=False))
    for kind in {"auto": ("evaluator", "optimized"), "optimized": ("evaluator",)}.get(variant.kind, ()):
        yield replace(candidate, variant=replace(variant, kind=kind, budget=0))
    if not variant.optimizes:
        return
    try:
        steps = Pipeline.parse(variant.pipeline, registry_for(load)).steps
    except PassError:
        return
    for fewer in _simpler(steps, load):
        yield _with_steps(candidate, fewer)


def _simpler(steps: tuple[Step, ...], load: tuple[str, ...]) -> Iterator[tuple[Step, ...]]:
    """Fewer steps, groups that are dissolved or have fewer, passes without options."""
    size = len(steps)
    while size:
        for at in range(0, len(steps), size):
            yield steps[:at] + steps[at + size :]
        size //= 2
    for at, step in enumerate(steps):
        if not isinstance(step, Pass):
            yield steps[:at] + step.steps + steps[at + 1 :]
            for inner in _simpler(step.steps, load):
                yield (*steps[:at], replace(step, steps=inner), *steps[at + 1 :])
        elif step_text(step) != step.name:
            yield (*steps[:at], registry_for(load).find(step.name)(), *steps[at + 1 :])


def _with_steps(candidate: Candidate, steps: tuple[Step, ...]) -> Candidate:
    assert candidate.variant is not None
    text = ",".join(map(step_text, steps)) or "none"
    return replace(candidate, variant=replace(candidate.variant, pipeline=text))
