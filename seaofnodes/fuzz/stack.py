"""The operand stack's types before each instruction of a body, and how its blocks are nested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seaofnodes.fuzz.draft import FunctionDraft, ModuleDraft
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.opcodes import OPCODES
from seaofnodes.wasm.types import F32, F64, I32, I64, FuncType, GlobalType, ValType

Types = tuple[ValType, ...]

_CONSTANTS = {w.I32_CONST: I32, w.I64_CONST: I64, w.F32_CONST: F32, w.F64_CONST: F64}
_LEAVES = frozenset((w.BR, w.BR_TABLE, w.RETURN, w.UNREACHABLE))
_OPENS = frozenset((w.BLOCK, w.LOOP, w.IF))


@dataclass(slots=True)
class Nesting:
    """A valid body, looked at.

    Attributes: stacks: types before each instruction, and at the end; None where nothing gets to; ends: index of a
    block, loop, if or else -> index of its end or else; levels: the instructions of each sequence, as (start, end)
    pairs in order, where a whole block is one; a level ends with the position behind its last instruction.
    """

    stacks: list[Types | None]
    ends: dict[int, int]
    levels: list[list[tuple[int, int]]]


@dataclass(slots=True)
class _Open:
    index: int
    kind: FuncType
    below: Types
    level: list[tuple[int, int]]


def look(draft: ModuleDraft, function: FunctionDraft) -> Nesting:
    """Analyse a valid body. Unreachable code must have been removed: see `without_dead_code`."""
    locals = [*function.type.params, *function.locals]
    body = function.body
    stacks: list[Types | None] = []
    ends: dict[int, int] = {}
    levels: list[list[tuple[int, int]]] = []
    opened = [_Open(-1, function.type, (), [])]
    stack: Types | None = ()
    for pc, (opcode, immediate) in enumerate(body):
        top = opened[-1]
        if opcode == w.ELSE:
            stacks.append((*top.below, *top.kind.results))
            ends[top.index] = pc
            levels.append(top.level)
            opened[-1] = _Open(pc, top.kind, top.below, [])
            stack = (*top.below, *top.kind.params)
            continue
        if opcode == w.END:
            stacks.append((*top.below, *top.kind.results))
            ends[top.index] = pc
            levels.append(top.level)
            opened.pop()
            start = top.index
            if body[start][0] == w.ELSE:  # the `if` itself began earlier
                start = next(index for index, end in ends.items() if end == start)
            opened[-1].level.append((start, pc + 1))
            stack = (*top.below, *top.kind.results)
            continue
        stacks.append(stack)
        assert stack is not None, "unreachable code"
        if opcode in _OPENS:
            if opcode == w.IF:
                stack = stack[:-1]
            below = stack[: len(stack) - len(immediate.params)]
            opened.append(_Open(pc, immediate, below, []))
            continue
        top.level.append((pc, pc + 1))
        stack = None if opcode in _LEAVES else _after(draft, locals, stack, opcode, immediate)
    stacks.append(function.type.results)
    levels.append(opened[0].level)
    return Nesting(stacks, ends, levels)


def _after(draft: ModuleDraft, locals: list[ValType], stack: Types, opcode: int, immediate: Any) -> Types:
    """The stack after an instruction that is no block and does not leave."""
    if opcode in _CONSTANTS:
        return (*stack, _CONSTANTS[opcode])
    if opcode == w.LOCAL_GET:
        return (*stack, locals[immediate])
    if opcode in (w.LOCAL_SET, w.GLOBAL_SET, w.DROP, w.BR_IF):
        return stack[:-1]
    if opcode == w.LOCAL_TEE:
        return stack
    if opcode == w.GLOBAL_GET:
        return (*stack, global_type(draft, immediate))
    if opcode == w.SELECT:
        return stack[:-2]
    if opcode in (w.CALL, w.CALL_INDIRECT):
        kind = draft.function_type(immediate) if opcode == w.CALL else draft.types[immediate[0]]
        taken = len(kind.params) + (opcode == w.CALL_INDIRECT)
        return (*stack[: len(stack) - taken], *kind.results)
    facts = OPCODES[opcode]
    assert facts.params is not None and facts.results is not None, facts.name
    return (*stack[: len(stack) - len(facts.params)], *facts.results)


def global_type(draft: ModuleDraft, index: int) -> ValType:
    """The value type of a global, imported or own."""
    imported = [found.desc for found in draft.imports if found.kind == "global"]
    if index < len(imported):
        kind = imported[index]
        assert isinstance(kind, GlobalType)
        return kind.type
    return draft.globals[index - len(imported)][0].type


def without_dead_code(body: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """The body without what stands between a branch that is always taken and the end of its block."""
    kept: list[tuple[int, Any]] = []
    skipped = -1  # depth of blocks inside dead code, -1 outside
    for opcode, immediate in body:
        if skipped >= 0:
            if opcode in _OPENS:
                skipped += 1
            elif opcode == w.END:
                skipped -= 1
            elif opcode == w.ELSE and skipped == 0:
                skipped = -1
            if skipped >= 0:
                continue
        kept.append((opcode, immediate))
        if opcode in _LEAVES:
            skipped = 0
    return kept
