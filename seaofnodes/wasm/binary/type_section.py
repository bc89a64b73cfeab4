"""The type section: recursion groups of function types, made canonical.

A group's digest covers its members' structure; what they refer to is named by position within the group, by identity
outside it. So equal groups have equal digests, in whatever module they are: nothing is kept between modules.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import features as f, limits
from seaofnodes.wasm.binary.reader import Reader
from seaofnodes.wasm.binary.type_reader import TypeReader
from seaofnodes.wasm.subtyping import may_be_declared
from seaofnodes.wasm.types import I32, NUMERIC_TYPES, FuncType, HeapType, RefType, ValType, digest

_REC, _SUB_FINAL, _SUB, _ARRAY, _STRUCT, _FUNC = 0x4E, 0x4F, 0x50, 0x5E, 0x5F, 0x60
_SMALLEST: Final = 2  # bytes of a type


class _Declared(NamedTuple):
    """A type as written; supertype: its index, or None; at: its byte offset."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]
    supertype: int | None
    final: bool
    at: int


def decode_types(source: TypeReader) -> None:
    """Read the contents of a type section into `source.types`.

    Raises DecodeError, UnsupportedFeatureError, ValidationError.
    """
    reader, types = source.reader, source.types
    known: dict[FuncType, FuncType] = {}
    plain: dict[bytes, FuncType] = {}
    multi_value = f.MULTI_VALUE in source.features
    for _ in range(reader.count(limits.TYPES, "types")):
        start, first = reader.at, len(types)
        if (found := _plain(reader, plain, multi_value)) is not None:
            types.append(found)
            continue
        count = 1
        if reader.at < reader.end and reader.data[start] == _REC:
            f.require(f.GC_TYPES, source.features, "a recursion group", start)
            reader.at += 1
            count = reader.count(limits.TYPES, "types in a recursion group")
            if count > (reader.end - reader.at) // _SMALLEST:  # before anything is allocated for them
                raise DecodeError("unexpected end: the recursion group is longer than the section", start)
        limits.check(first + count, limits.TYPES, "types", start)
        types += [FuncType((), ()) for _ in range(count)]  # filled below: they may refer to each other
        declared = [_declared(source) for _ in range(count)]
        _fill(types, first, declared)
        for index in range(first, len(types)):
            types[index] = known.setdefault(types[index], types[index])
    limits.check(len(types), limits.TYPES, "types", reader.at)


def _plain(reader: Reader, known: dict[bytes, FuncType], multi_value: bool) -> FuncType | None:
    """Read a type on its own with few parameters and results, all numbers; nothing if it is another."""
    data, start = reader.data, reader.at
    header = data[start : start + 2]
    if len(header) < 2 or header[0] != _FUNC:
        return None
    middle = start + 2 + header[1]
    count = data[middle] if middle < reader.end else 0x80
    behind = middle + 1 + count
    if header[1] >= 0x80 or count >= 0x80 or behind > reader.end or (count > 1 and not multi_value):
        return None
    text = data[start:behind]
    found = known.get(text)
    if found is None:
        kinds = [NUMERIC_TYPES.get(code) for code in text[2:]]
        kinds[header[1]] = I32  # the count of results
        if None in kinds:
            return None
        numbers = tuple(kind for kind in kinds if kind is not None)
        found = known[text] = FuncType(numbers[: header[1]], numbers[header[1] + 1 :])
    reader.at = behind
    return found


def _declared(source: TypeReader) -> _Declared:
    reader = source.reader
    start = reader.at
    form = reader.byte()
    final, supertype = True, None
    if form in (_SUB, _SUB_FINAL):
        f.require(f.GC_TYPES, source.features, "a declaration of subtypes", start)
        final = form == _SUB_FINAL
        count = reader.u32()
        if count > 1:
            raise ValidationError(f"{count} supertypes: a type has at most one", start)
        if count:
            supertype = reader.u32()
        form = reader.byte()
    if form in (_ARRAY, _STRUCT):
        f.require(f.GC, source.features, f"type form {form:#04x}", start)
    if form != _FUNC:
        raise DecodeError(f"malformed type form {form:#04x}", start)
    count = reader.count(limits.PARAMETERS, "parameters of a function")
    params = tuple([source.value_type() for _ in range(count)])
    at = reader.at
    count = reader.count(limits.RESULTS, "results of a function")
    if count > 1:
        f.require(f.MULTI_VALUE, source.features, "a function with several results", at)
    results = tuple([source.value_type() for _ in range(count)])
    return _Declared(params, results, supertype, final, start)


def _is_plain(kind: ValType) -> bool:
    return not isinstance(kind, RefType) or isinstance(kind.heap, HeapType)


def _fill(types: list[FuncType], first: int, declared: list[_Declared]) -> None:
    """Give the types from index `first` on what was declared, and check it."""
    if len(declared) == 1:
        params, results, supertype, final, _ = declared[0]
        if final and supertype is None and all(map(_is_plain, params)) and all(map(_is_plain, results)):
            types[first] = FuncType(params, results)
            return
    for number, found in enumerate(declared):
        if found.supertype is not None and found.supertype >= first + number:
            raise ValidationError(f"unknown type {found.supertype}: a supertype must come before", found.at)
    group = _group_digest(types, first, declared)
    for number, found in enumerate(declared):
        supertype_ = None if found.supertype is None else types[found.supertype]
        values = (found.params, found.results, supertype_, found.final, group + number.to_bytes(4, "little"))
        for name, value in zip(FuncType.__slots__, values, strict=True):
            object.__setattr__(types[first + number], name, value)  # frozen from here on
    for number, found in enumerate(declared):
        _check_supertypes(types[first + number], found.at)


def _group_digest(types: list[FuncType], first: int, declared: list[_Declared]) -> bytes:
    positions = {id(types[first + number]): number.to_bytes(4, "little") for number in range(len(declared))}

    def place(found: FuncType) -> bytes:
        position = positions.get(id(found))
        return b"outer" + found.identity if position is None else b"inner" + position

    group = blake2b(digest_size=32)
    for found in declared:
        supertype = b"none" if found.supertype is None else place(types[found.supertype])
        group.update(bytes((found.final, len(supertype))) + supertype + digest(found.params, found.results, place))
    return group.digest()


def _check_supertypes(found: FuncType, at: int) -> None:
    supertype = found.supertype
    if supertype is None:
        return
    if supertype.final:
        raise ValidationError(f"sub type: the supertype {supertype} is final", at)
    if not may_be_declared(found, supertype):
        raise ValidationError(f"sub type: {found} does not match its supertype {supertype}", at)
    depth, above = 0, found.supertype
    while above is not None:
        depth, above = depth + 1, above.supertype
    limits.check(depth, limits.SUBTYPE_DEPTH, "supertypes of a type", at)
