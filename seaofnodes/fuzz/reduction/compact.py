"""Parts of a module that nothing refers to, removed, and the rest renumbered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from seaofnodes.fuzz.generate.draft import FunctionDraft, ModuleDraft
from seaofnodes.fuzz.reduction import objects
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.module import (
    ACTIVE,
    DECLARATIVE,
    FUNCTION,
    GLOBAL,
    MEMORY,
    TABLE,
    TAG,
    ElementSegment,
    Import,
)

# Where immediates have an index: places in a tuple, () for the immediate itself.
Places = Mapping[int, tuple[int, ...]]

_LOCALS = frozenset((w.LOCAL_GET, w.LOCAL_SET, w.LOCAL_TEE))
_GLOBALS = frozenset((w.GLOBAL_GET, w.GLOBAL_SET))
_FUNCTIONS: Places = dict.fromkeys((w.CALL, w.RETURN_CALL, w.REF_FUNC), ())
_TABLES: Places = {
    **dict.fromkeys((w.TABLE_GET, w.TABLE_SET, w.TABLE_SIZE, w.TABLE_GROW, w.TABLE_FILL), ()),
    **dict.fromkeys((w.CALL_INDIRECT, w.RETURN_CALL_INDIRECT, w.TABLE_INIT), (1,)),
    w.TABLE_COPY: (0, 1),
}
_MEMORIES: Places = {
    **dict.fromkeys((w.MEMORY_SIZE, w.MEMORY_GROW, w.MEMORY_FILL), ()),
    **dict.fromkeys(range(w.I32_LOAD, w.I64_STORE32 + 1), (2,)),
    w.MEMORY_INIT: (1,),
    w.MEMORY_COPY: (0, 1),
}
_DATA: Places = {w.MEMORY_INIT: (0,), w.DATA_DROP: (), **objects.DATA}
_ELEMENTS: Places = {w.TABLE_INIT: (0,), w.ELEM_DROP: (), **objects.ELEMENTS}
_TYPES: Places = {
    **dict.fromkeys((w.CALL_INDIRECT, w.RETURN_CALL_INDIRECT), (0,)),
    **dict.fromkeys((w.CALL_REF, w.RETURN_CALL_REF), ()),
    **objects.TYPES,
}


def compact(draft: ModuleDraft) -> ModuleDraft:
    """A copy without unused functions, globals, locals, types, segments, tables, memories and tags. What is exported is
    used.
    """
    found = draft.copy()
    _segments(found)
    _functions(found)
    _globals(found)
    _tables(found)
    _memories(found)
    _tags(found)
    _types(found)
    for function in found.functions:
        _locals(function)
    return found


def _rewrite(draft: ModuleDraft, change: Callable[[int, Any], Any]) -> None:
    """Give every instruction the immediate that `change(opcode, immediate)` says."""
    for function in draft.functions:
        function.body = [(opcode, change(opcode, immediate)) for opcode, immediate in function.body]


def _mentioned(draft: ModuleDraft, places: Places) -> set[int]:
    """The indices that bodies have in these places."""
    found: set[int] = set()
    for function in draft.functions:
        for opcode, immediate in function.body:
            if opcode in places:
                found.update([immediate[at] for at in places[opcode]] or [immediate])
    return found


def _renumber(draft: ModuleDraft, places: Places, numbers: Mapping[int, int]) -> None:
    _rewrite(draft, lambda opcode, immediate: _renumbered(opcode, immediate, places, numbers))


def _renumbered(opcode: int, immediate: Any, places: Places, numbers: Mapping[int, int]) -> Any:
    if opcode not in places:
        return immediate
    if not places[opcode]:
        return numbers[immediate]
    return tuple(numbers[part] if at in places[opcode] else part for at, part in enumerate(immediate))


def _exported(draft: ModuleDraft, kind: str) -> set[int]:
    return {export.index for export in draft.exports if export.kind == kind}


def _renumber_exports(draft: ModuleDraft, kind: str, numbers: Mapping[int, int]) -> None:
    draft.exports = [replace(e, index=numbers[e.index]) if e.kind == kind else e for e in draft.exports]


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


def _named(expressions: Iterable[ConstExpr]) -> list[int]:
    """The functions that constant expressions refer to."""
    return [immediate for expression in expressions for opcode, immediate in expression if opcode == w.REF_FUNC]


def _functions(draft: ModuleDraft) -> None:
    imported = draft.imported(FUNCTION)
    used: set[int] = set()
    waiting = [*_exported(draft, FUNCTION), *_named(init for _, init in draft.globals)]
    for segment in draft.elements:
        waiting += [*segment.functions, *_named(segment.expressions or ())]
    waiting += [] if draft.start is None else [draft.start]
    while waiting:
        index = waiting.pop()
        if index in used:
            continue
        used.add(index)
        if index >= imported:
            body = draft.functions[index - imported].body
            waiting += [immediate for opcode, immediate in body if opcode in _FUNCTIONS]
    numbers = _numbers(imported + len(draft.functions), used)

    def expression(found: ConstExpr) -> ConstExpr:
        return tuple((opcode, numbers[i] if opcode == w.REF_FUNC else i) for opcode, i in found)

    def renumbered(segment: ElementSegment) -> ElementSegment:
        found = segment.expressions
        return replace(
            segment,
            functions=tuple(numbers[i] for i in segment.functions),
            expressions=None if found is None else tuple(map(expression, found)),
        )

    draft.imports = _kept_imports(draft, FUNCTION, numbers)
    draft.functions = [f for i, f in enumerate(draft.functions, imported) if i in numbers]
    _renumber(draft, _FUNCTIONS, numbers)
    _renumber_exports(draft, FUNCTION, numbers)
    draft.globals = [(kind, expression(init)) for kind, init in draft.globals]
    draft.elements = [renumbered(segment) for segment in draft.elements]
    draft.start = None if draft.start is None else numbers[draft.start]


def _globals(draft: ModuleDraft) -> None:
    imported = draft.imported(GLOBAL)
    used = {immediate for f in draft.functions for opcode, immediate in f.body if opcode in _GLOBALS}
    used |= _exported(draft, GLOBAL)
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
    _renumber_exports(draft, GLOBAL, numbers)
    draft.elements = [s if s.offset is None else replace(s, offset=expression(s.offset)) for s in draft.elements]
    draft.data = [s if s.offset is None else replace(s, offset=expression(s.offset)) for s in draft.data]


def _segments(draft: ModuleDraft) -> None:
    """Passive segments that no instruction names; of declarative ones, functions that nobody refers to."""
    referred = _mentioned(draft, {w.REF_FUNC: ()})
    for index, segment in enumerate(draft.elements):
        if segment.mode == DECLARATIVE and segment.expressions is None:
            kept = tuple(dict.fromkeys(function for function in segment.functions if function in referred))
            draft.elements[index] = replace(segment, functions=kept)
            referred.difference_update(kept)
    data = _mentioned(draft, _DATA) | {index for index, segment in enumerate(draft.data) if segment.mode == ACTIVE}
    elements = _mentioned(draft, _ELEMENTS)
    for index, one in enumerate(draft.elements):
        if one.mode == ACTIVE or (one.mode == DECLARATIVE and one.functions):
            elements.add(index)
    new_data = _numbers(len(draft.data), data)
    new_elements = _numbers(len(draft.elements), elements)
    draft.data = [found for index, found in enumerate(draft.data) if index in new_data]
    draft.elements = [found for index, found in enumerate(draft.elements) if index in new_elements]
    _renumber(draft, _DATA, new_data)
    _renumber(draft, _ELEMENTS, new_elements)


def _tables(draft: ModuleDraft) -> None:
    used = _mentioned(draft, _TABLES) | _exported(draft, TABLE)
    used |= {segment.table for segment in draft.elements if segment.mode == ACTIVE}
    imported = draft.imported(TABLE)
    numbers = _numbers(imported + len(draft.tables), used)
    draft.imports = _kept_imports(draft, TABLE, numbers)
    draft.tables = [kind for index, kind in enumerate(draft.tables, imported) if index in numbers]
    draft.elements = [replace(s, table=numbers[s.table]) if s.mode == ACTIVE else s for s in draft.elements]
    _renumber(draft, _TABLES, numbers)
    _renumber_exports(draft, TABLE, numbers)


def _memories(draft: ModuleDraft) -> None:
    used = _mentioned(draft, _MEMORIES) | _exported(draft, MEMORY)
    used |= {segment.memory for segment in draft.data if segment.mode == ACTIVE}
    imported = draft.imported(MEMORY)
    numbers = _numbers(imported + len(draft.memories), used)
    draft.imports = _kept_imports(draft, MEMORY, numbers)
    draft.memories = [kind for index, kind in enumerate(draft.memories, imported) if index in numbers]
    draft.data = [replace(s, memory=numbers[s.memory]) if s.mode == ACTIVE else s for s in draft.data]
    _renumber(draft, _MEMORIES, numbers)
    _renumber_exports(draft, MEMORY, numbers)


def _tags(draft: ModuleDraft) -> None:
    used = _exported(draft, TAG)
    for function in draft.functions:
        for opcode, immediate in function.body:
            if opcode in (w.THROW, w.CATCH):
                used.add(immediate)
            elif opcode == w.TRY_TABLE:
                used.update(catch.tag for catch in immediate.catches if catch.tag is not None)
    imported = draft.imported(TAG)
    numbers = _numbers(imported + len(draft.tags), used)

    def change(opcode: int, immediate: Any) -> Any:
        if opcode in (w.THROW, w.CATCH):
            return numbers[immediate]
        if opcode != w.TRY_TABLE:
            return immediate
        catches = [c if c.tag is None else c._replace(tag=numbers[c.tag]) for c in immediate.catches]
        return immediate._replace(catches=tuple(catches))

    draft.imports = _kept_imports(draft, TAG, numbers)
    draft.tags = [tag for index, tag in enumerate(draft.tags, imported) if index in numbers]
    _rewrite(draft, change)
    _renumber_exports(draft, TAG, numbers)


def _types(draft: ModuleDraft) -> None:
    """Those that nothing needs; types of functions are added when the module is written."""
    named = _mentioned(draft, _TYPES)
    for expression in _expressions(draft):
        named.update(part for opcode, i in expression if opcode in objects.TYPES for part in _parts(opcode, i))
    numbers = _numbers(len(draft.types), objects.needed_types(draft, named))

    def expression_(found: ConstExpr) -> ConstExpr:
        return tuple((opcode, _renumbered(opcode, i, _TYPES, numbers)) for opcode, i in found)

    draft.types = [kind for index, kind in enumerate(draft.types) if index in numbers]
    _renumber(draft, _TYPES, numbers)
    draft.globals = [(kind, expression_(init)) for kind, init in draft.globals]
    draft.elements = [
        segment
        if segment.expressions is None
        else replace(segment, expressions=tuple(map(expression_, segment.expressions)))
        for segment in draft.elements
    ]


def _expressions(draft: ModuleDraft) -> Iterator[ConstExpr]:
    """Initial values and references."""
    yield from (init for _, init in draft.globals)
    for segment in draft.elements:
        yield from segment.expressions or ()


def _parts(opcode: int, immediate: Any) -> list[int]:
    """The indices of types in an immediate."""
    return [immediate[at] for at in _TYPES[opcode]] or [immediate]


def _locals(function: FunctionDraft) -> None:
    parameters = len(function.type.params)
    used = {immediate for opcode, immediate in function.body if opcode in _LOCALS} | set(range(parameters))
    numbers = _numbers(parameters + len(function.locals), used)
    function.locals = [kind for index, kind in enumerate(function.locals, parameters) if index in numbers]
    function.body = [(o, numbers[i] if o in _LOCALS else i) for o, i in function.body]
