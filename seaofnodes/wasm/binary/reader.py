"""Reads numbers, names and bytes of the binary format, checked; the specification's words in the errors."""

from __future__ import annotations

from seaofnodes.errors import DecodeError
from seaofnodes.wasm.binary import limits

_END = "unexpected end of section or function"


def read_unsigned(data: bytes, at: int, end: int, bits: int = 32) -> tuple[int, int]:
    """Read an unsigned LEB128 of at most `bits` bits: (value, offset after it). Raises DecodeError."""
    start = at
    value = shift = 0
    while True:
        if at >= end:
            raise DecodeError(_END, at)
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
        if shift >= bits:
            raise DecodeError("integer representation too long", start)
    if value >> bits:
        raise DecodeError("integer too large", start)
    return value, at


def read_signed(data: bytes, at: int, end: int, bits: int) -> tuple[int, int]:
    """Read a signed LEB128 of at most `bits` bits: (value, offset after it). Raises DecodeError."""
    start = at
    value = shift = 0
    while True:
        if at >= end:
            raise DecodeError(_END, at)
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
        if shift >= bits:
            raise DecodeError("integer representation too long", start)
    if byte & 0x40:
        value -= 1 << shift
    if not -1 << (bits - 1) <= value < 1 << (bits - 1):
        raise DecodeError("integer too large", start)
    return value, at


class Reader:
    """A cursor over data[at:end]; every method raises DecodeError when the bytes run out or are malformed."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    def byte(self) -> int:
        """Read one byte."""
        at = self.at
        if at >= self.end:
            raise DecodeError(_END, at)
        self.at = at + 1
        return self.data[at]

    def u32(self) -> int:
        """Read an unsigned 32-bit LEB128."""
        at = self.at
        if at < self.end and (byte := self.data[at]) < 0x80:
            self.at = at + 1
            return byte
        value, self.at = read_unsigned(self.data, at, self.end)
        return value

    def u64(self) -> int:
        """Read an unsigned 64-bit LEB128."""
        value, self.at = read_unsigned(self.data, self.at, self.end, 64)
        return value

    def signed(self, bits: int) -> int:
        """Read a signed LEB128 of at most `bits` bits."""
        value, self.at = read_signed(self.data, self.at, self.end, bits)
        return value

    def count(self, limit: int, what: str) -> int:
        """Read the length of a vector; raises UnsupportedFeatureError above the limit."""
        start = self.at
        count = self.u32()
        limits.check(count, limit, what, start)
        return count

    def take(self, size: int) -> bytes:
        """Read `size` bytes."""
        at = self.at
        if size > self.end - at:
            raise DecodeError("length out of bounds", at)
        self.at = at + size
        return self.data[at : at + size]

    def name(self) -> str:
        """Read a name in UTF-8."""
        start = self.at
        size = self.count(limits.NAME_BYTES, "bytes in a name")
        data = self.take(size)
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise DecodeError("malformed UTF-8 encoding", start) from None
