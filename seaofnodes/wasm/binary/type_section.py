"""The type section: recursion groups of types, made canonical.

A group's digest covers its members' structure; what they refer to is named by position within the group, by identity
outside it. So equal groups have equal digests, in whatever module they are: nothing is kept between modules.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import features as f
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.binary.reader import Reader
from seaofnodes.wasm.binary.type_reader import TypeReader
from seaofnodes.wasm.subtyping import may_be_declared
from seaofnodes.wasm.types import I32, NUMERIC_TYPES, ArrayType, DefinedType, FuncType, RefType, StructType, digest

_REC, _SUB_FINAL, _SUB, _ARRAY, _STRUCT, _FUNC = 0x4E, 0x4F, 0x50, 0x5E, 0x5F, 0x60
_SMALLEST: Final = 2  # bytes of a type
_set: Final = object.__setattr__  # types are frozen from when they are defined


class _Declared(NamedTuple):
    """A type as written. kind: without its supertypes; supertype: its index, or None; at: its byte offset."""

    kind: DefinedType
    supertype: int | None
    final: bool
    at: int


def decode_types(source: TypeReader) -> int | None:
    """Read the contents of a type section into `source.types`; gives the byte offset of the first struct or array type.

    Raises DecodeError, UnsupportedFeatureError, ValidationError.
    """
    reader, types = source.reader, source.types
    known: dict[DefinedType, DefinedType] = {}
    displays: dict[int, tuple[DefinedType, ...]] = {}
    first_object: int | None = None
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
        _Group(types, first, declared).define(known, displays, source.references)
        if first_object is None:
            first_object = next((one.at for one in declared if not isinstance(one.kind, FuncType)), None)
    limits.check(len(types), limits.TYPES, "types", reader.at)
    return first_object


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
    kind: DefinedType
    if form == _FUNC:
        kind = _function(source)
    elif form == _STRUCT:
        count = reader.count(limits.FIELDS, "fields of a struct")
        kind = StructType(tuple([source.field_type() for _ in range(count)]))
    elif form == _ARRAY:
        kind = ArrayType(source.field_type())
    else:
        raise DecodeError(f"malformed type form {form:#04x}", start)
    return _Declared(kind, supertype, final, start)


def _function(source: TypeReader) -> FuncType:
    reader = source.reader
    count = reader.count(limits.PARAMETERS, "parameters of a function")
    params = tuple([source.value_type() for _ in range(count)])
    at = reader.at
    count = reader.count(limits.RESULTS, "results of a function")
    if count > 1:
        f.require(f.MULTI_VALUE, source.features, "a function with several results", at)
    return FuncType(params, tuple([source.value_type() for _ in range(count)]))


class _Group:
    """A recursion group that has been read: its members, from index `first` on, stand in the module's types as others
    that only keep their places.
    """

    def __init__(self, types: list[DefinedType], first: int, declared: list[_Declared]) -> None:
        self.types = types
        self.first = first
        self.declared = declared
        for index, found in enumerate(declared, first):
            if found.supertype is not None and found.supertype >= index:
                raise ValidationError(f"unknown type {found.supertype}: a supertype must come before", found.at)

    def define(
        self,
        known: dict[DefinedType, DefinedType],
        displays: dict[int, tuple[DefinedType, ...]],
        references: dict[tuple[int, bool], RefType],
    ) -> None:
        """Put its members in their places.

        known: each type of the module, once; displays: the supertypes of the direct subtypes of a type, by its index;
        references: to the module's types.
        """
        types, first = self.types, self.first
        group = b"" if self._is_plain() else self._digest()
        for index, found in enumerate(self.declared, first):
            kind, above = found.kind, found.supertype
            if above is not None and above not in displays:
                displays[above] = (*types[above].supertypes, types[above])
                limits.check(len(displays[above]), limits.SUBTYPE_DEPTH, "supertypes of a type", found.at)
            if group:
                _set(kind, "supertypes", () if above is None else displays[above])
                _set(kind, "final", found.final)
                _set(kind, "group", group + (index - first).to_bytes(4, "little"))
            types[index] = known.setdefault(kind, kind)
        for index in range(first, len(types)):
            for nullable in (False, True):
                if (reference := references.get((index, nullable))) is not None:
                    reference.heap = types[index]
        for index, found in enumerate(self.declared, first):
            _check_supertypes(types[index], found.at)

    def _is_plain(self) -> bool:
        """Is it a type on its own that is what it mentions?"""
        if len(self.declared) != 1 or self.declared[0].supertype is not None or not self.declared[0].final:
            return False
        return not any(
            isinstance(kind, RefType) and isinstance(kind.heap, DefinedType)
            for kinds in self.declared[0].kind.mentions
            for kind in kinds
        )

    def _digest(self) -> bytes:
        first = self.first
        positions = {id(kind): number for number, kind in enumerate(self.types[first:])}

        def place(found: DefinedType) -> bytes:
            position = positions.get(id(found))
            return b"outer" + found.identity if position is None else b"inner" + position.to_bytes(4, "little")

        group = blake2b(digest_size=32)
        for found in self.declared:
            supertype = b"none" if found.supertype is None else place(self.types[found.supertype])
            group.update(bytes((found.final, len(supertype))) + supertype + digest(found.kind, place))
        return group.digest()


def _check_supertypes(found: DefinedType, at: int) -> None:
    supertype = found.supertype
    if supertype is None:
        return
    if supertype.final:
        raise ValidationError(f"sub type: the supertype {supertype} is final", at)
    if not may_be_declared(found, supertype):
        raise ValidationError(f"sub type: {found} does not match its supertype {supertype}", at)
