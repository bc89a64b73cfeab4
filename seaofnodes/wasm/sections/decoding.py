"""What the decoders of sections share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seaofnodes.errors import ValidationError
from seaofnodes.wasm.binary.reader import Reader
from seaofnodes.wasm.binary.type_reader import TypeReader
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE, TAG, Module
from seaofnodes.wasm.types import ValType
from seaofnodes.wasm.validate.constants import decode_constant

KINDS: Final = (FUNCTION, TABLE, MEMORY, GLOBAL, TAG)  # of imports and exports, by their codes


class Decoding:
    """A module that is being decoded.

    Attributes: reader: at the next byte, and ends with the section; module: what has been decoded so far; types: reads
    types; has_code: was there a code section?
    """

    def __init__(self, data: bytes, features: frozenset[str]) -> None:
        self.reader = Reader(data)
        self.features = features
        self.module = Module(data)
        self.types = TypeReader(self.reader, self.module.types, features)
        self.has_code = False

    def constant(self, expected: ValType) -> ConstExpr:
        """Read a constant expression. Raises DecodeError, ValidationError."""
        return decode_constant(self.types, self.module, expected)

    def index(self, space: Sequence[object], what: str) -> int:
        """Read an index into one of the module's index spaces. Raises ValidationError for one that is too large."""
        at = self.reader.at
        index = self.reader.u32()
        if index >= len(space):
            raise ValidationError(f"unknown {what} {index}", at)
        return index
