"""The binary format: bytes in, a decoded and validated module out.

Sections are read in order, each checked against what came before it; bodies are validated in passing, and not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.errors import DecodeError
from seaofnodes.wasm import features as f
from seaofnodes.wasm.binary import limits, names
from seaofnodes.wasm.binary.reader import Reader
from seaofnodes.wasm.binary.type_section import decode_types
from seaofnodes.wasm.module import CustomSection, Module
from seaofnodes.wasm.sections.code import decode_code
from seaofnodes.wasm.sections.decoding import Decoding
from seaofnodes.wasm.sections.definitions import (
    decode_functions,
    decode_globals,
    decode_imports,
    decode_memories,
    decode_tables,
    decode_tags,
)
from seaofnodes.wasm.sections.exports import decode_exports, decode_start
from seaofnodes.wasm.sections.segments import decode_data, decode_data_count, decode_elements


def _types(d: Decoding) -> None:
    d.module.first_object = decode_types(d.types)


_HEADER: Final = b"\0asm\x01\0\0\0"
_COMPONENT: Final = b"\0asm\x0d\0\x01\0"
# By id, in the order in which they have to come.
_SECTIONS: Final[dict[int, Callable[[Decoding], None]]] = {
    1: _types,
    2: decode_imports,
    3: decode_functions,
    4: decode_tables,
    5: decode_memories,
    13: decode_tags,
    6: decode_globals,
    7: decode_exports,
    8: decode_start,
    9: decode_elements,
    12: decode_data_count,
    10: decode_code,
    11: decode_data,
}
_ORDER: Final = tuple(_SECTIONS)


def decode_module(data: bytes, features: frozenset[str] = f.SUPPORTED) -> Module:
    """Decode and validate a module, about 2 µs an instruction.

    features: names from features.py. Raises DecodeError, UnsupportedFeatureError (a DecodeError that names the feature
    that the module needs, or the limit that it exceeds), ValidationError; each has the byte offset.
    """
    if len(data) > limits.MODULE_BYTES:
        limits.check(len(data), limits.MODULE_BYTES, "bytes in a module", limits.MODULE_BYTES)
    return _decode(Decoding(bytes(data), features))


def _decode(d: Decoding) -> Module:
    reader, module = d.reader, d.module
    header = module.data[:8]
    if header != _HEADER:
        _refuse_header(header)
    reader.at = 8
    last = -1
    while reader.at < len(module.data):
        start = reader.at
        section = reader.byte()
        size = reader.u32()
        if size > len(module.data) - reader.at:
            raise DecodeError("length out of bounds: the section is longer than the module", start)
        reader.end = reader.at + size
        if section == 0:
            _custom(d)
        else:
            if section not in _SECTIONS:
                raise DecodeError(f"malformed section id {section}", start)
            order = _ORDER.index(section)
            if order <= last:
                raise DecodeError("unexpected content after last section: sections out of order", start)
            last = order
            if section == 13:
                f.require(f.EXCEPTIONS, d.features, "a section of tags", start)
            _SECTIONS[section](d)
            if reader.at != reader.end:
                raise DecodeError("section size mismatch", reader.at)
        reader.end = len(module.data)
    if len(module.functions) != module.imported_functions and not d.has_code:
        raise DecodeError("function and code section have inconsistent lengths", reader.at)
    if module.data_count not in (None, len(module.data_segments)):
        raise DecodeError("data count and data section have inconsistent lengths", reader.at)
    return module


def _refuse_header(header: bytes) -> None:
    if _HEADER.startswith(header):
        raise DecodeError("unexpected end", len(header))
    if header[:4] != _HEADER[:4]:
        raise DecodeError("magic header not detected", 0)
    if header == _COMPONENT:
        raise DecodeError("a component of the component model, not a module", 4)
    raise DecodeError("unknown binary version", 4)


def _custom(d: Decoding) -> None:
    reader, module = d.reader, d.module
    name = reader.name()
    section = CustomSection(name, module.data[reader.at : reader.end], reader.at)
    module.custom_sections.append(section)
    if name == "name":
        module.names = names.decode_names(Reader(module.data, reader.at, reader.end))
    reader.at = reader.end
