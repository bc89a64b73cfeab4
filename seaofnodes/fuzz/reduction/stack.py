"""The operand stack's types before each instruction of a body, and how its blocks are nested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from seaofnodes.fuzz.generate.draft import FunctionDraft, ModuleDraft
from seaofnodes.fuzz.reduction.objects import EFFECTS
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.module import TAG
from seaofnodes.wasm.opcodes import OPCODES
from seaofnodes.wasm.types import (
    F32,
    F64,
    I32,
    I64,
    FuncType,
    GlobalType,
    MemoryType,
    RefType,
    TableType,
    ValType,
    reference,
    with_null,
)

Types = tuple[ValType, ...]

_CONSTANTS = {w.I32_CONST: I32, w.I64_CONST: I64, w.F32_CONST: F32, w.F64_CONST: F64}
_LEAVES = w.TAIL_CALLS | {w.BR, w.BR_TABLE, w.RETURN, w.UNREACHABLE, w.THROW, w.THROW_REF, w.RETHROW}
ARMS = frozenset((w.ELSE, w.CATCH, w.CATCH_ALL))  # where another sequence of a block begins
CLOSES = frozenset((w.END, w.DELEGATE))


@dataclass(slots=True)
class Nesting:
    """A valid body, looked at.

    Attributes: stacks: types before each instruction, and at the end; None where nothing gets to; ends: index of a
    block or arm -> index of its end or next arm; levels: the instructions of each sequence, as (start, end)
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
        if opcode in ARMS:
            stacks.append((*top.below, *top.kind.results))
            ends[top.index] = pc
            levels.append(top.level)
            opened[-1] = _Open(pc, top.kind, top.below, [])
            stack = (*top.below, *_first(draft, top.kind, opcode, immediate))
            continue
        if opcode in CLOSES:
            stacks.append((*top.below, *top.kind.results))
            ends[top.index] = pc
            levels.append(top.level)
            opened.pop()
            start = top.index
            while body[start][0] in ARMS:  # the block itself began earlier
                start = next(index for index, end in ends.items() if end == start)
            opened[-1].level.append((start, pc + 1))
            stack = (*top.below, *top.kind.results)
            continue
        stacks.append(stack)
        assert stack is not None, "unreachable code"
        if opcode in w.BLOCKS:
            if opcode == w.IF:
                stack = stack[:-1]
            kind = immediate.type if opcode == w.TRY_TABLE else immediate
            opened.append(_Open(pc, kind, stack[: len(stack) - len(kind.params)], []))
            continue
        top.level.append((pc, pc + 1))
        stack = None if opcode in _LEAVES else _after(draft, locals, stack, opcode, immediate)
    stacks.append(function.type.results)
    levels.append(opened[0].level)
    return Nesting(stacks, ends, levels)


def _first(draft: ModuleDraft, kind: FuncType, opcode: int, immediate: Any) -> Types:
    """What is on the stack where an arm begins."""
    if opcode == w.ELSE:
        return kind.params
    return () if opcode == w.CATCH_ALL else draft.tags[immediate - draft.imported(TAG)].type.params


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
    if opcode in (w.CALL, w.CALL_INDIRECT, w.CALL_REF):
        if opcode == w.CALL:
            kind = draft.function_type(immediate)
        else:
            kind = draft.called_type(immediate if opcode == w.CALL_REF else immediate[0])
        taken = len(kind.params) + (opcode != w.CALL)
        return (*stack[: len(stack) - taken], *kind.results)
    if opcode in _SPECIAL:
        taken, given = _SPECIAL[opcode](draft, stack, immediate)
        return (*stack[: len(stack) - taken], *given)
    facts = OPCODES[opcode]
    assert facts.params is not None and facts.results is not None, facts.name
    return (*stack[: len(stack) - len(facts.params)], *facts.results)


def _table(draft: ModuleDraft, index: int) -> TableType:
    kinds = [found.desc for found in draft.imports if isinstance(found.desc, TableType)]
    return [*kinds, *draft.tables][index]


def _address(draft: ModuleDraft, index: int) -> ValType:
    kinds = [found.desc for found in draft.imports if isinstance(found.desc, MemoryType)]
    return [*kinds, *draft.memories][index].address


def _not_null(stack: Types) -> Types:
    top = stack[-1]
    return (with_null(top, False) if isinstance(top, RefType) else top,)


# What depends on more than the instruction: number of operands taken, and the results.
_SPECIAL: Mapping[int, Callable[[ModuleDraft, Types, Any], tuple[int, Types]]] = {
    w.SELECT_T: lambda draft, stack, kinds: (3, kinds),
    w.REF_NULL: lambda draft, stack, kind: (0, (kind,)),
    w.REF_IS_NULL: lambda draft, stack, _: (1, (I32,)),
    w.REF_FUNC: lambda draft, stack, index: (0, (reference(draft.function_type(index), False),)),
    w.REF_AS_NON_NULL: lambda draft, stack, _: (1, _not_null(stack)),
    w.BR_ON_NULL: lambda draft, stack, _: (1, _not_null(stack)),
    w.BR_ON_NON_NULL: lambda draft, stack, _: (1, ()),
    w.TABLE_GET: lambda draft, stack, table: (1, (_table(draft, table).element,)),
    w.TABLE_SET: lambda draft, stack, _: (2, ()),
    w.TABLE_SIZE: lambda draft, stack, table: (0, (_table(draft, table).address,)),
    w.TABLE_GROW: lambda draft, stack, table: (2, (_table(draft, table).address,)),
    w.TABLE_FILL: lambda draft, stack, _: (3, ()),
    w.MEMORY_SIZE: lambda draft, stack, memory: (0, (_address(draft, memory),)),
    w.MEMORY_GROW: lambda draft, stack, memory: (1, (_address(draft, memory),)),
    **EFFECTS,
}


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
            if opcode in w.BLOCKS:
                skipped += 1
            elif opcode in CLOSES:
                skipped -= 1
            elif opcode in ARMS and skipped == 0:
                skipped = -1
            if skipped >= 0:
                continue
        kept.append((opcode, immediate))
        if opcode in _LEAVES:
            skipped = 0
    return kept
