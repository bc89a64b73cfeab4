"""Edits of one function's code that keep it valid: the reducer tries them, larger ones first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from seaofnodes.fuzz.generate.encode import Instruction
from seaofnodes.fuzz.reduction.candidate import Candidate, body_weight, zero
from seaofnodes.fuzz.reduction.stack import ARMS, CLOSES, Nesting, look, without_dead_code
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.opcodes import OPCODES
from seaofnodes.wasm.types import RefType, ValType

Body = list[Instruction]

_CONSTANTS: Final = (w.I32_CONST, w.I64_CONST, w.F32_CONST, w.F64_CONST)
_BRANCHES: Final = (w.BR, w.BR_IF, w.BR_ON_NULL, w.BR_ON_NON_NULL, w.RETHROW, w.DELEGATE)


def stubs(candidate: Candidate, index: int) -> Iterator[Body]:
    """The smallest bodies: zeros, or a trap."""
    results = candidate.draft.functions[index].type.results
    yield [zero(kind) for kind in results]
    if results:
        yield [(w.UNREACHABLE, None)]


def ranges(candidate: Candidate, index: int, size: int) -> Iterator[Body]:
    """Bodies where `size` neighbouring instructions (whole blocks count as one), or all up to the end of a block,
    give way to drops and zeros. In the order of the code.
    """
    body, nesting = _looked(candidate, index)
    for level in nesting.levels:
        for first in range(0, len(level), max(size // 2, 1)):
            last = min(first + size, len(level)) - 1
            start, end = level[first][0], level[last][1]
            replaced = _replace(nesting, body, start, end)
            if replaced is not None:
                yield replaced


def _looked(candidate: Candidate, index: int) -> tuple[Body, Nesting]:
    """A body and its nesting; empty if it has unreachable code, which could not be removed."""
    function = candidate.draft.functions[index]
    if without_dead_code(function.body) != function.body:
        return [], Nesting([], {}, [])
    return function.body, look(candidate.draft, function)


def _replace(nesting: Nesting, body: Body, start: int, end: int) -> Body | None:
    """The body without [start, end), None if that is not lighter. Both are in one level."""
    before, after = nesting.stacks[start], nesting.stacks[end]
    if before is None:
        return None
    if after is None:  # behind a branch: the level ends there
        end = next(at for at in range(end, len(body) + 1) if nesting.stacks[at] is not None)
        after = nesting.stacks[end]
        assert after is not None
    common = _common(before, after)
    if any(isinstance(kind, RefType) and not kind.nullable for kind in after[common:]):
        return None  # there is none to put there
    new: Body = [(w.DROP, None)] * (len(before) - common) + [zero(kind) for kind in after[common:]]
    old = body[start:end]
    return body[:start] + new + body[end:] if body_weight(new) < body_weight(old) else None


def _common(first: tuple[ValType, ...], second: tuple[ValType, ...]) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def traps(candidate: Candidate, index: int) -> Iterator[Body]:
    """Bodies where the rest of a block is a trap."""
    body, nesting = _looked(candidate, index)
    for level in nesting.levels:
        if not level:
            continue
        end = level[-1][1]
        for start, _ in level:
            if end - start > 1:
                yield [*body[:start], (w.UNREACHABLE, None), *body[end:]]


def unwrapped(candidate: Candidate, index: int) -> Iterator[Body]:
    """Bodies without one of the blocks, whose inside stays; an `if` leaves either arm, a `try` what it guards."""
    body, nesting = _looked(candidate, index)
    for start, (opcode, _) in enumerate(body):
        if opcode not in w.BLOCKS:
            continue
        end = middle = nesting.ends[start]
        has_else = body[middle][0] == w.ELSE
        while body[end][0] in ARMS:
            end = nesting.ends[end]
        arms = [(start + 1, middle)]
        if has_else:
            arms.append((middle + 1, end))
        head: Body = [(w.DROP, None)] if opcode == w.IF else []
        for first, last in arms:
            inside = _lowered(body[first:last])
            if inside is not None:
                yield without_dead_code(body[:start] + head + inside + body[end + 1 :])


def _lowered(inside: Body) -> Body | None:
    """Code for one block less around it; None if it branches to that block."""
    depth = 0
    found: Body = []
    for opcode, immediate in inside:
        if opcode in CLOSES:
            depth -= 1
        targets = branch_targets(opcode, immediate)
        if depth in targets:
            return None
        lowered = tuple(target - (target > depth) for target in targets)
        if opcode in w.BLOCKS:
            depth += 1
        if opcode == w.TRY_TABLE:
            pairs = zip(immediate.catches, lowered, strict=True)
            immediate = immediate._replace(catches=tuple(clause._replace(depth=to) for clause, to in pairs))
        elif targets:
            to = lowered[0]
            immediate = immediate._replace(depth=to) if isinstance(immediate, w.Cast) else to
            immediate = lowered if opcode == w.BR_TABLE else immediate
        found.append((opcode, immediate))
    return found


def branch_targets(opcode: int, immediate: Any) -> tuple[int, ...]:
    """The depths that an instruction names; those of a try_table and of a delegate count from outside of its block."""
    if opcode == w.TRY_TABLE:
        return tuple(clause.depth for clause in immediate.catches)
    if opcode == w.BR_TABLE:
        return tuple(immediate)
    if opcode in (w.BR_ON_CAST, w.BR_ON_CAST_FAIL):
        return (immediate.depth,)
    return (immediate,) if opcode in _BRANCHES else ()


def operands(candidate: Candidate, index: int) -> Iterator[Body]:
    """Bodies where an operator's last operand stands for its result; its other operands and it are gone."""
    body, nesting = _looked(candidate, index)
    for level in nesting.levels:
        starts = [start for start, _ in level]
        for place, pc in enumerate(starts):
            facts = OPCODES[body[pc][0]]
            before = nesting.stacks[pc]
            if not facts.params or not facts.results or before is None or len(facts.params) < 2:
                continue
            if facts.params[-1] is not facts.results[0]:
                continue
            second = _operand_start(nesting, starts[:place], len(before) - 1)
            first = _operand_start(nesting, starts[:place], len(before) - len(facts.params))
            if second is not None and first is not None and first < second:
                yield body[:first] + body[second:pc] + body[pc + 1 :]


def _operand_start(nesting: Nesting, starts: list[int], height: int) -> int | None:
    """Where the code begins that pushes the value above `height`."""
    for pc in reversed(starts):
        stack = nesting.stacks[pc]
        if stack is not None and len(stack) <= height:
            return pc if len(stack) == height else None
    return None


def smaller_immediates(candidate: Candidate, index: int) -> Iterator[Body]:
    """Bodies with one simpler constant, offset or branch table."""
    body = candidate.draft.functions[index].body
    for pc, (opcode, immediate) in enumerate(body):
        for simpler in _simpler(opcode, immediate):
            yield [*body[:pc], (opcode, simpler), *body[pc + 1 :]]


def _simpler(opcode: int, immediate: object) -> Iterator[object]:
    if opcode in _CONSTANTS:
        assert isinstance(immediate, int)
        yield from simpler_bits(immediate)
    elif opcode == w.BR_TABLE:
        assert isinstance(immediate, tuple)
        if len(immediate) > 1:
            yield immediate[-1:]
            yield immediate[: len(immediate) // 2]
            yield immediate[:-1]
    elif w.I32_LOAD <= opcode <= w.I64_STORE32:
        assert isinstance(immediate, tuple)
        if immediate[1]:
            yield immediate[0], 0, immediate[2]
    elif opcode == w.TRY_TABLE:
        assert isinstance(immediate, w.TryTable)
        for at in range(len(immediate.catches)):
            yield immediate._replace(catches=immediate.catches[:at] + immediate.catches[at + 1 :])


def simpler_bits(bits: int) -> Iterator[int]:
    """Bit patterns to try instead of one, the simplest first."""
    seen = {bits}
    for other in (0, 1, 1 << max(bits.bit_length() - 1, 0), bits & (bits - 1), bits >> 1):
        if other not in seen and other < bits:
            seen.add(other)
            yield other


def dead_code_removed(candidate: Candidate) -> Candidate:
    """The same without unreachable code, in all functions."""
    draft = candidate.draft.copy()
    for function in draft.functions:
        function.body = without_dead_code(function.body)
    return Candidate(draft, candidate.calls, candidate.variant)
