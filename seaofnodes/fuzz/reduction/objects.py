"""Of instructions on objects: what they take and give, and where they name types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from seaofnodes.fuzz.generate.draft import ModuleDraft
from seaofnodes.fuzz.generate.objects.types import fields_of
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.opcodes import Cast, TryTable
from seaofnodes.wasm.types import (
    ANY,
    EXTERN,
    I32,
    DefinedType,
    FuncType,
    GlobalType,
    RefType,
    TableType,
    TagType,
    ValType,
    reference,
    with_null,
)

Types = tuple[ValType, ...]
Effect = tuple[int, Types]  # number of operands taken, and the results


def _made(draft: ModuleDraft, index: int) -> Types:
    return (reference(draft.types[index], False),)


def _struct_new(draft: ModuleDraft, stack: Types, index: int) -> Effect:
    return len(fields_of(draft.types[index])), _made(draft, index)


def _struct_get(draft: ModuleDraft, stack: Types, immediate: tuple[int, int]) -> Effect:
    return 1, (fields_of(draft.types[immediate[0]])[immediate[1]].unpacked,)


def _array_get(draft: ModuleDraft, stack: Types, index: int) -> Effect:
    return 2, (fields_of(draft.types[index])[0].unpacked,)


def _branch(stack: Types, cast: Cast, on_success: bool) -> Effect:
    if not on_success:
        return 1, (cast.target,)
    return 1, (with_null(cast.source, False) if cast.target.nullable else cast.source,)


def _convert(stack: Types, to: RefType) -> Effect:
    operand = stack[-1]
    return 1, (with_null(to, isinstance(operand, RefType) and operand.nullable),)


EFFECTS: Final[Mapping[int, Callable[[ModuleDraft, Types, Any], Effect]]] = {
    w.STRUCT_NEW: _struct_new,
    w.STRUCT_NEW_DEFAULT: lambda draft, stack, index: (0, _made(draft, index)),
    w.STRUCT_GET: _struct_get,
    w.STRUCT_GET_S: _struct_get,
    w.STRUCT_GET_U: _struct_get,
    w.STRUCT_SET: lambda draft, stack, _: (2, ()),
    w.ARRAY_NEW: lambda draft, stack, index: (2, _made(draft, index)),
    w.ARRAY_NEW_DEFAULT: lambda draft, stack, index: (1, _made(draft, index)),
    w.ARRAY_NEW_FIXED: lambda draft, stack, immediate: (immediate[1], _made(draft, immediate[0])),
    w.ARRAY_NEW_DATA: lambda draft, stack, immediate: (2, _made(draft, immediate[0])),
    w.ARRAY_NEW_ELEM: lambda draft, stack, immediate: (2, _made(draft, immediate[0])),
    w.ARRAY_GET: _array_get,
    w.ARRAY_GET_S: _array_get,
    w.ARRAY_GET_U: _array_get,
    w.ARRAY_SET: lambda draft, stack, _: (3, ()),
    w.ARRAY_FILL: lambda draft, stack, _: (4, ()),
    w.ARRAY_COPY: lambda draft, stack, _: (5, ()),
    w.ARRAY_INIT_DATA: lambda draft, stack, _: (4, ()),
    w.ARRAY_INIT_ELEM: lambda draft, stack, _: (4, ()),
    w.REF_TEST: lambda draft, stack, _: (1, (I32,)),
    w.REF_TEST_NULL: lambda draft, stack, _: (1, (I32,)),
    w.REF_CAST: lambda draft, stack, kind: (1, (kind,)),
    w.REF_CAST_NULL: lambda draft, stack, kind: (1, (kind,)),
    w.BR_ON_CAST: lambda draft, stack, cast: _branch(stack, cast, True),
    w.BR_ON_CAST_FAIL: lambda draft, stack, cast: _branch(stack, cast, False),
    w.ANY_CONVERT_EXTERN: lambda draft, stack, _: _convert(stack, reference(ANY, True)),
    w.EXTERN_CONVERT_ANY: lambda draft, stack, _: _convert(stack, reference(EXTERN, True)),
}

# Where immediates have the index of a type, of a data segment, of an element segment; as `compact.Places`.
TYPES: Final[Mapping[int, tuple[int, ...]]] = {
    **dict.fromkeys((w.STRUCT_NEW, w.STRUCT_NEW_DEFAULT, w.ARRAY_NEW, w.ARRAY_NEW_DEFAULT, w.ARRAY_FILL), ()),
    **dict.fromkeys((w.ARRAY_GET, w.ARRAY_GET_S, w.ARRAY_GET_U, w.ARRAY_SET), ()),
    **dict.fromkeys((w.STRUCT_GET, w.STRUCT_GET_S, w.STRUCT_GET_U, w.STRUCT_SET, w.ARRAY_NEW_FIXED), (0,)),
    **dict.fromkeys((w.ARRAY_NEW_DATA, w.ARRAY_NEW_ELEM, w.ARRAY_INIT_DATA, w.ARRAY_INIT_ELEM), (0,)),
    w.ARRAY_COPY: (0, 1),
}
DATA: Final[Mapping[int, tuple[int, ...]]] = dict.fromkeys((w.ARRAY_NEW_DATA, w.ARRAY_INIT_DATA), (1,))
ELEMENTS: Final[Mapping[int, tuple[int, ...]]] = dict.fromkeys((w.ARRAY_NEW_ELEM, w.ARRAY_INIT_ELEM), (1,))


def needed_types(draft: ModuleDraft, named: Iterable[int]) -> set[int]:
    """The types that must stay if those are named by number: with what they and the module's parts refer to, and whole
    recursion groups. Other function types are added when the module is written.
    """
    known = {kind: index for index, kind in reversed(list(enumerate(draft.types)))}
    used: set[int] = set()
    waiting = [*named, *(known[kind] for kind in _mentioned(draft) if kind in known)]
    while waiting:
        index = waiting.pop()
        if index in used:
            continue
        used.add(index)
        kind = draft.types[index]
        waiting += [known[other] for other in (*kind.supertypes, *_heaps(*kind.mentions)) if other in known]
        if kind.group:
            first = index - int.from_bytes(kind.group[-4:], "little")
            ends = range(first + 1, len(draft.types))
            end = next((at for at in ends if not any(draft.types[at].group[-4:])), len(draft.types))
            waiting += range(first, end)
    return used


def _heaps(*lists: Iterable[ValType]) -> Iterator[DefinedType]:
    """The defined types that value types refer to."""
    for kind in chain.from_iterable(lists):
        if isinstance(kind, RefType) and isinstance(kind.heap, DefinedType):
            yield kind.heap


def _mentioned(draft: ModuleDraft) -> Iterator[DefinedType]:
    """The types that a module's parts refer to without a number; of functions, those that theirs refer to."""
    kinds = [function.type for function in draft.functions] + [tag.type for tag in draft.tags]
    values: list[ValType] = [kind.type for kind, _ in draft.globals]
    values += [table.element for table in draft.tables] + [segment.type for segment in draft.elements]
    for found in draft.imports:
        if isinstance(found.desc, FuncType):
            kinds.append(found.desc)
        elif isinstance(found.desc, TagType):
            kinds.append(found.desc.type)
        elif isinstance(found.desc, GlobalType):
            values.append(found.desc.type)
        elif isinstance(found.desc, TableType):
            values.append(found.desc.element)
    for function in draft.functions:
        values += function.locals
    for _, immediate in chain.from_iterable([*(f.body for f in draft.functions), *_constants(draft)]):
        if isinstance(immediate, TryTable):
            immediate = immediate.type
        if isinstance(immediate, FuncType):
            kinds.append(immediate)
        elif isinstance(immediate, RefType):
            values.append(immediate)
        elif isinstance(immediate, tuple):  # a cast, or the types of a select
            values += [part for part in immediate if isinstance(part, ValType)]
    for kind in kinds:
        if any(True for _ in _heaps(*kind.mentions)) or kind.group:
            yield kind
        yield from _heaps(*kind.mentions)
    yield from _heaps(values)


def _constants(draft: ModuleDraft) -> Iterator[tuple[tuple[int, Any], ...]]:
    for _, init in draft.globals:
        yield init
    for segment in draft.elements:
        yield from segment.expressions or ()
