"""Parts of a module that nothing refers to, removed, and the rest renumbered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from seaofnodes.fuzz.draft import FunctionDraft, ModuleDraft
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.module import ACTIVE, FUNCTION, GLOBAL, MEMORY, TABLE, Import

_LOCALS = frozenset((w.LOCAL_GET, w.LOCAL_SET, w.LOCAL_TEE))
_GLOBALS = frozenset((w.GLOBAL_GET, w.GLOBAL_SET))
_TABLE_USES = frozenset((w.CALL_INDIRECT, w.TABLE_INIT, w.TABLE_COPY))
_MEMORY_USES = frozenset((w.MEMORY_SIZE, w.MEMORY_GROW, w.MEMORY_INIT, w.MEMORY_COPY, w.MEMORY_FILL))


def compact(draft: ModuleDraft) -> ModuleDraft:
    """A copy without unused functions, globals, locals, types, segments, table and memory. What is exported is used."""
    found = draft.copy()
    _segments(found)
    _functions(found)
    _globals(found)
    _tables_and_memories(found)
    _types(found)
    for function in found.functions:
        _locals(function)
    return found


def _rewrite(draft: ModuleDraft, change: Callable[[int, Any], Any]) -> None:
    """Give every instruction the immediate that `change(opcode, immediate)` says."""
    for function in draft.functions:
        function.body = [(opcode, change(opcode, immediate)) for opcode, immediate in function.body]


def _numbers(count: int, used: Iterable[int]) -> dict[int, int]:
    """Old index -> new one, of those that stay."""
    kept = set(used)
    return {old: new for new, old in enumerate(index for index in range(count) if index in kept)}


def _kept_imports(draft: ModuleDraft, kind: str, numbers: dict[int, int]) -> list[Import]:
    kept, index = [], 0
    for found in draft.imports:
        if found.kind != kind:
            kept.append(found)
            continue
        if index in numbers:
            kept.append(found)
        index += 1
    return kept


def _functions(draft: ModuleDraft) -> None:
    imported = draft.imported(FUNCTION)
    used: set[int] = set()
    waiting = [export.index for export in draft.exports if export.kind == FUNCTION]
    waiting += [index for segment in draft.elements for index in segment.functions]
    waiting += [] if draft.start is None else [draft.start]
    while waiting:
        index = waiting.pop()
        if index in used:
            continue
        used.add(index)
        if index >= imported:
            body = draft.functions[index - imported].body
            waiting += [immediate for opcode, immediate in body if opcode == w.CALL]
    numbers = _numbers(imported + len(draft.functions), used)
    draft.imports = _kept_imports(draft, FUNCTION, numbers)
    draft.functions = [f for i, f in enumerate(draft.functions, imported) if i in numbers]
    _rewrite(draft, lambda opcode, immediate: numbers[immediate] if opcode == w.CALL else immediate)
    draft.exports = [replace(e, index=numbers[e.index]) if e.kind == FUNCTION else e for e in draft.exports]
    draft.elements = [replace(s, functions=tuple(numbers[i] for i in s.functions)) for s in draft.elements]
    draft.start = None if draft.start is None else numbers[draft.start]


def _globals(draft: ModuleDraft) -> None:
    imported = draft.imported(GLOBAL)
    used = {immediate for f in draft.functions for opcode, immediate in f.body if opcode in _GLOBALS}
    used |= {export.index for export in draft.exports if export.kind == GLOBAL}
    offsets = [*(segment.offset for segment in draft.elements), *(segment.offset for segment in draft.data)]
    used |= {immediate for offset in offsets for opcode, immediate in offset or () if opcode == w.GLOBAL_GET}
    for index in reversed(range(len(draft.globals))):  # an initial value reads earlier ones only
        if index + imported in used:
            used |= {immediate for opcode, immediate in draft.globals[index][1] if opcode == w.GLOBAL_GET}
    numbers = _numbers(imported + len(draft.globals), used)

    def expression(found: ConstExpr) -> ConstExpr:
        return tuple((opcode, numbers[i] if opcode == w.GLOBAL_GET else i) for opcode, i in found)

    draft.imports = _kept_imports(draft, GLOBAL, numbers)
    draft.globals = [(k, expression(init)) for i, (k, init) in enumerate(draft.globals, imported) if i in numbers]
    _rewrite(draft, lambda opcode, immediate: numbers[immediate] if opcode in _GLOBALS else immediate)
    draft.exports = [replace(e, index=numbers[e.index]) if e.kind == GLOBAL else e for e in draft.exports]
    draft.elements = [s if s.offset is None else replace(s, offset=expression(s.offset)) for s in draft.elements]
    draft.data = [s if s.offset is None else replace(s, offset=expression(s.offset)) for s in draft.data]


def _segments(draft: ModuleDraft) -> None:
    """Passive segments that no instruction names."""
    data = {_segment(i) for f in draft.functions for o, i in f.body if o in (w.MEMORY_INIT, w.DATA_DROP)}
    data |= {index for index, segment in enumerate(draft.data) if segment.mode == ACTIVE}
    elements = {_segment(i) for f in draft.functions for o, i in f.body if o in (w.TABLE_INIT, w.ELEM_DROP)}
    elements |= {index for index, segment in enumerate(draft.elements) if segment.mode == ACTIVE}
    new_data = _numbers(len(draft.data), data)
    new_elements = _numbers(len(draft.elements), elements)
    draft.data = [segment for index, segment in enumerate(draft.data) if index in new_data]
    draft.elements = [segment for index, segment in enumerate(draft.elements) if index in new_elements]

    def change(opcode: int, immediate: Any) -> Any:
        numbers = new_data if opcode in (w.MEMORY_INIT, w.DATA_DROP) else new_elements
        if opcode in (w.MEMORY_INIT, w.TABLE_INIT):
            return numbers[immediate[0]], immediate[1]
        return numbers[immediate] if opcode in (w.DATA_DROP, w.ELEM_DROP) else immediate

    _rewrite(draft, change)


def _segment(immediate: Any) -> int:
    index: int = immediate[0] if isinstance(immediate, tuple) else immediate
    return index


def _tables_and_memories(draft: ModuleDraft) -> None:
    opcodes = draft.opcodes()
    exported = {export.kind for export in draft.exports}
    if TABLE not in exported and not draft.elements and not _TABLE_USES.intersection(opcodes):
        draft.tables = []
        draft.imports = [found for found in draft.imports if found.kind != TABLE]
    accesses = any(w.I32_LOAD <= opcode <= w.I64_STORE32 for opcode in opcodes)
    if MEMORY not in exported and not draft.data and not accesses and not _MEMORY_USES.intersection(opcodes):
        draft.memories = []
        draft.imports = [found for found in draft.imports if found.kind != MEMORY]


def _types(draft: ModuleDraft) -> None:
    """Only call_indirect names types by number; others are added when the module is written."""
    used = {immediate[0] for f in draft.functions for opcode, immediate in f.body if opcode == w.CALL_INDIRECT}
    numbers = _numbers(len(draft.types), used)
    draft.types = [kind for index, kind in enumerate(draft.types) if index in numbers]

    def change(opcode: int, immediate: Any) -> Any:
        return (numbers[immediate[0]], immediate[1]) if opcode == w.CALL_INDIRECT else immediate

    _rewrite(draft, change)


def _locals(function: FunctionDraft) -> None:
    parameters = len(function.type.params)
    used = {immediate for opcode, immediate in function.body if opcode in _LOCALS} | set(range(parameters))
    numbers = _numbers(parameters + len(function.locals), used)
    function.locals = [kind for index, kind in enumerate(function.locals, parameters) if index in numbers]
    function.body = [(o, numbers[i] if o in _LOCALS else i) for o, i in function.body]
