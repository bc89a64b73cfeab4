"""Keys of collections: one form for keys that are the same (SameValueZero), and their hashes."""

from __future__ import annotations

import struct
from typing import Final

from seaofnodes.javascript.objects import strings
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.words import is_smi

_FACTOR: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1


def canonical(iso: Isolate, key: int) -> int:
    """The key as tables have it: numbers that are Smis in value are Smis, -0 is 0."""
    if is_smi(key) or not iso.is_number(key):
        return key
    return iso.number(iso.float_of(key) + 0.0)


def hash_of(iso: Isolate, key: int) -> int:
    """The hash, 32 bits, of a canonical key: of a string by its units, of another double or a BigInt by its value, of
    everything else by its word, as objects do not move.
    """
    if key & 1:
        if iso.is_string(key):
            return strings.hash_of(iso, key)
        kind = iso.kind(key)
        if kind == Kind.HEAP_NUMBER:
            number = iso.float_of(key)
            key = struct.unpack("<Q", struct.pack("<d", number if number == number else float("nan")))[0]
        elif kind == Kind.BIGINT:
            key = iso.bigint_of(key) & _MASK
    return (key * _FACTOR & _MASK) >> 32


def is_same(iso: Isolate, key: int, other: int) -> bool:
    """Are two canonical keys the same? Only for those whose words differ."""
    if not key & other & 1:
        return False
    if iso.is_string(key):
        return iso.is_string(other) and strings.equal(iso, key, other)
    kind = iso.kind(key)
    if kind != iso.kind(other):
        return False
    if kind == Kind.HEAP_NUMBER:
        left, right = iso.float_of(key), iso.float_of(other)
        return left == right or (left != left and right != right)
    return kind == Kind.BIGINT and iso.bigint_of(key) == iso.bigint_of(other)
