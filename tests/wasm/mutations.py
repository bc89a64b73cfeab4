"""Seeded mutations of real modules: some know the format, so that many mutants stay valid; some only know bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from seaofnodes.errors import DecodeError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.binary.reader import Reader
from seaofnodes.wasm.module import Module

_HEADER = b"\0asm\x01\0\0\0"
_CODE = 10
_BY_SIGNATURE: dict[Any, list[int]] = {}
for _opcode in o.OPCODES.values():
    if _opcode.immediate == o.Immediate.NONE and _opcode.params and _opcode.code < 0x100:
        _BY_SIGNATURE.setdefault((_opcode.params, _opcode.results), []).append(_opcode.code)
_INTERESTING = (
    0, 1, 2, 3, 4, 6, 0x7F, 0xFF, 0x40, 0x0B, 0x05, 0x10, 0x12, 0x14, 0x1A, 0x1B, 0x1F, 0x70, 0x6F, 0x69, 0x7B, 0x63,
    0x80, 0x64, 0x4E, 0x4F, 0x50, 0xD0, 0xD2, 0xD4, 0xFC, 0xFD,
)  # fmt: skip
_SIZES = (
    0,
    1,
    2,
    7,
    127,
    128,
    1000,
    1001,
    49_999,
    50_000,
    50_001,
    65_535,
    65_536,
    65_537,
    10_000_001,
    2**31,
    2**32 - 1,
    2**32,
    2**48,
    2**48 + 1,
    2**64 - 1,
)
_FIELDS = ""  # the numbers of fields, or a few elements
# In which index space an immediate is.
_SPACES: dict[int, str] = {
    o.CALL: "functions", o.RETURN_CALL: "functions", o.REF_FUNC: "functions", o.CALL_REF: "types",
    o.RETURN_CALL_REF: "types", o.GLOBAL_GET: "globals", o.GLOBAL_SET: "globals", o.THROW: "tags",
    o.TABLE_GET: "tables", o.TABLE_SET: "tables", o.TABLE_GROW: "tables", o.TABLE_SIZE: "tables",
    o.TABLE_FILL: "tables", o.DATA_DROP: "data_segments", o.ELEM_DROP: "elements", o.MEMORY_SIZE: "memories",
    o.MEMORY_GROW: "memories", o.MEMORY_FILL: "memories", o.STRUCT_NEW: "types", o.STRUCT_NEW_DEFAULT: "types",
    o.ARRAY_NEW: "types", o.ARRAY_NEW_DEFAULT: "types", o.ARRAY_GET: "types", o.ARRAY_GET_S: "types",
    o.ARRAY_GET_U: "types", o.ARRAY_SET: "types", o.ARRAY_FILL: "types",
}  # fmt: skip
_PAIRS: dict[int, tuple[str, str]] = {
    o.MEMORY_INIT: ("data_segments", "memories"), o.MEMORY_COPY: ("memories", "memories"),
    o.TABLE_INIT: ("elements", "tables"), o.TABLE_COPY: ("tables", "tables"), o.STRUCT_GET: ("types", _FIELDS),
    o.STRUCT_GET_S: ("types", _FIELDS), o.STRUCT_GET_U: ("types", _FIELDS), o.STRUCT_SET: ("types", _FIELDS),
    o.ARRAY_NEW_FIXED: ("types", _FIELDS), o.ARRAY_COPY: ("types", "types"),
    o.ARRAY_NEW_DATA: ("types", "data_segments"), o.ARRAY_INIT_DATA: ("types", "data_segments"),
    o.ARRAY_NEW_ELEM: ("types", "elements"), o.ARRAY_INIT_ELEM: ("types", "elements"),
}  # fmt: skip


def unsigned(value: int, width: int = 1) -> bytes:
    """LEB128 of at least `width` bytes."""
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int, width: int = 1) -> bytes:
    """Signed LEB128 of at least `width` bytes."""
    out = bytearray()
    while not -0x40 <= value < 0x40 or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


@dataclass(slots=True)
class Function:
    """A body: the bytes of its declarations of locals, and of each instruction."""

    index: int
    declarations: bytes
    instructions: list[bytes]


@dataclass(slots=True)
class Parts:
    """A valid module, taken apart; the code section's contents are in `functions`."""

    module: Module
    sections: list[tuple[int, bytes]]
    functions: list[Function]

    def copy(self) -> Parts:
        """A copy whose lists may be changed."""
        functions = [Function(f.index, f.declarations, f.instructions) for f in self.functions]
        return Parts(self.module, list(self.sections), functions)

    def join(self) -> bytes:
        """The module's bytes, sizes fixed up."""
        out = [_HEADER]
        for section, contents in self.sections:
            if section == _CODE and not contents:
                bodies = [f.declarations + b"".join(f.instructions) for f in self.functions]
                contents = unsigned(len(bodies)) + b"".join(unsigned(len(body)) + body for body in bodies)
            out.append(bytes([section]) + unsigned(len(contents)) + contents)
        return b"".join(out)


def take_apart(module: Module) -> Parts:
    """Split a decoded module into what mutations work on."""
    sections = []
    reader = Reader(module.data, len(_HEADER))
    bodies: list[int] = []  # where each starts, declarations included
    while reader.at < len(module.data):
        section = reader.byte()
        contents = reader.take(reader.u32())
        if section == _CODE:
            inner = Reader(module.data, reader.at - len(contents), reader.at)
            for _ in range(inner.u32()):
                size = inner.u32()
                bodies.append(inner.at)
                inner.take(size)
            contents = b""
        sections.append((section, contents))
    functions = []
    for number, (start, code) in enumerate(zip(bodies, module.code, strict=True)):
        index = module.imported_functions + number
        offsets = [*module.body(index).offsets, code.end]
        instructions = [module.data[a:b] for a, b in pairwise(offsets)]
        functions.append(Function(index, module.data[start : code.start], instructions))
    return Parts(module, sections, functions)


# Pieces of the format.


def heap_type(rng: random.Random) -> bytes:
    """An abstract heap type, or a type's index."""
    if rng.random() < 0.5:
        return signed(rng.choice((0, 0, 1, 1, 2, 3, 5)))
    return bytes([rng.choice((0x70, 0x70, 0x6F, 0x6F, 0x69, 0x73, 0x72, 0x74, 0x71, 0x6E, 0x6D, 0x6C, 0x6B, 0x6A))])


def value_type(rng: random.Random) -> bytes:
    """A number type, or a reference type."""
    if rng.random() < 0.6:
        return bytes([rng.choice((0x7F, 0x7F, 0x7E, 0x7D, 0x7C))])
    if rng.random() < 0.5:
        return bytes([rng.choice((0x63, 0x63, 0x64))]) + heap_type(rng)
    return bytes([rng.choice((0x70, 0x70, 0x6F, 0x69, 0x73, 0x6E, 0x6D, 0x6C, 0x7B))])


def block_type(types: int, rng: random.Random) -> bytes:
    """The type of a block in a module with so many types."""
    return rng.choice((b"\x40", b"\x40", b"\x7f", b"\x7e", b"\x70", value_type(rng), signed(rng.randint(0, types))))


def _cast(rng: random.Random) -> bytes:
    """A ref.test or ref.cast, without its type."""
    return bytes((0xFB, rng.randint(0x14, 0x17)))


def _index(size: int, rng: random.Random) -> int:
    return rng.randint(0, size if rng.random() < 0.05 else max(size - 1, 0))


def _catches(rng: random.Random) -> bytes:
    clauses = []
    for _ in range(rng.choice((0, 1, 1, 2))):
        kind = rng.choice((0, 1, 2, 3) if rng.random() < 0.97 else (4,))
        clauses.append(
            bytes([kind]) + (b"" if kind & 2 else unsigned(rng.choice((0, 0, 1)))) + unsigned(rng.randint(0, 2))
        )
    return unsigned(len(clauses)) + b"".join(clauses)


# Mutations of instructions: each gives bytes for one instruction.


def _decoded(instruction: bytes) -> tuple[int, bytes]:
    """The number of an instruction, and the bytes that it is written with."""
    if instruction[0] < 0xFB:
        return instruction[0], instruction[:1]
    reader = Reader(instruction, 1)
    return o.prefixed(instruction[0], reader.u32()), instruction[: reader.at]


def _other_immediate(instruction: bytes, parts: Parts, function: Function, rng: random.Random) -> bytes:
    """The same instruction with another immediate, mostly within range."""
    opcode, head = _decoded(instruction)
    kind = o.OPCODES[opcode].immediate if opcode in o.OPCODES else o.Immediate.NONE
    width = rng.choice((1, 1, 1, 2, 5))
    if kind in (o.Immediate.F32, o.Immediate.F64):
        return head + rng.randbytes(len(instruction) - 1)
    if kind == o.Immediate.NONE:
        return instruction
    return head + _immediate(opcode, kind, parts.module, function, rng, width)


def _immediate(
    opcode: int, kind: o.Immediate, module: Module, function: Function, rng: random.Random, width: int
) -> bytes:
    if kind == o.Immediate.I32:
        return signed(rng.choice((0, -1, 1, 2**31 - 1, -(2**31), rng.randint(-(2**31), 2**31 - 1))), width)
    if kind == o.Immediate.I64:
        return signed(rng.choice((0, -1, 2**63 - 1, -(2**63), rng.randint(-(2**63), 2**63 - 1))), width)
    if kind in (o.Immediate.INDEX, o.Immediate.MEMORY):
        if opcode in _SPACES:
            size = len(getattr(module, _SPACES[opcode]))
        else:
            size = len(module.functions[function.index].params) + sum(
                count for count, _ in module.code[function.index - module.imported_functions].runs
            )
        return unsigned(_index(size, rng), width)
    if kind == o.Immediate.PAIR:
        sizes = [len(getattr(module, space)) if space else 4 for space in _PAIRS[opcode]]
        return b"".join(unsigned(_index(size, rng), width) for size in sizes)
    if kind == o.Immediate.LABEL:
        return unsigned(rng.randint(0, 3), width)
    if kind == o.Immediate.MEMORY_ACCESS:
        alignment = rng.randint(0, o.OPCODES[opcode].width.bit_length() - (rng.random() > 0.1))
        memory = b""
        if rng.random() < 0.3:
            alignment, memory = alignment | 0x40, unsigned(_index(len(module.memories), rng), width)
        offset = rng.choice((0, 1, 8, 255, 65536, 2**32 - 1, 2**32, 2**64 - 1) if rng.random() < 0.2 else (0, 8))
        return unsigned(alignment, width) + memory + unsigned(offset, width)
    if kind == o.Immediate.CALL_INDIRECT:
        return unsigned(_index(len(module.types), rng)) + unsigned(_index(len(module.tables), rng), width)
    if kind == o.Immediate.BLOCK_TYPE:
        return block_type(len(module.types), rng)
    if kind == o.Immediate.TRY_TABLE:
        return block_type(len(module.types), rng) + _catches(rng)
    if kind == o.Immediate.REFERENCE:
        return heap_type(rng)
    if kind == o.Immediate.CAST:
        flags = rng.choice((0, 1, 2, 3, 3) if rng.random() < 0.97 else (4, 0xFF))
        return bytes((flags,)) + unsigned(rng.randint(0, 2), width) + heap_type(rng) + heap_type(rng)
    if kind == o.Immediate.TYPES:
        count = rng.choice((1, 1, 1, 1, 0, 2))
        return unsigned(count, width) + b"".join(value_type(rng) for _ in range(count))
    if kind == o.Immediate.LABELS:
        count = rng.choice((0, 1, 2, 5, 300))
        return unsigned(count, width) + b"".join(unsigned(rng.randint(0, 2)) for _ in range(count + 1))
    return rng.randbytes(8 if kind == o.Immediate.F64 else 4)


def _same_signature(instruction: bytes, parts: Parts, function: Function, rng: random.Random) -> bytes:
    """Another instruction that takes and gives the same types."""
    opcode = o.OPCODES.get(instruction[0])
    others = _BY_SIGNATURE.get((opcode.params, opcode.results)) if opcode is not None else None
    return bytes([rng.choice(others)]) if others and len(instruction) == 1 else instruction


def _any_instruction(instruction: bytes, parts: Parts, function: Function, rng: random.Random) -> bytes:
    """Any instruction whatever."""
    opcode = rng.choice(list(o.OPCODES))
    head = bytes([opcode >> 8, opcode & 0xFF]) if opcode >= 0x100 else bytes([opcode])
    kind = o.OPCODES[opcode].immediate
    if kind == o.Immediate.NONE:
        return head
    return head + _immediate(opcode, kind, parts.module, function, rng, 1)


_INSTRUCTION_CHANGES = (
    *[_other_immediate] * 6,
    *[_same_signature] * 6,
    _any_instruction,
)


def _open(parts: Parts, rng: random.Random) -> Function | None:
    """A function with instructions, whose list of them may be changed."""
    functions = [function for function in parts.functions if function.instructions]
    if not functions:
        return None
    function = rng.choice(functions)
    function.instructions = list(function.instructions)
    return function


def _change_instruction(parts: Parts, rng: random.Random) -> None:
    function = _open(parts, rng)
    if function is None:
        return
    instructions = function.instructions
    change = rng.choice(_INSTRUCTION_CHANGES)
    for _ in range(8):  # most instructions have no immediate
        at = rng.randrange(len(instructions))
        changed = change(instructions[at], parts, function, rng)
        if changed != instructions[at]:
            instructions[at] = changed
            return


def _insert_instructions(parts: Parts, rng: random.Random) -> None:
    function = _open(parts, rng)
    if function is None:
        return
    instructions = function.instructions
    at = rng.randrange(len(instructions))
    inserted = rng.choice(
        (
            [b"\x01"] * rng.choice((1, 1, 100)),
            [b"\x41\x00", b"\x1a"],
            [b"\x00"],
            [b"\x02\x40", b"\x0b"],
            [b"\x03\x40", b"\x0b"],
            [b"\x41\x01", b"\x04\x40", b"\x05", b"\x0b"],
            [b"\x41\x01", b"\x0d\x00"],
            [b"\x02\x40"] * 200 + [b"\x0b"] * 200,
            [b"\x0f"],
            [b"\xd0" + (heap := heap_type(rng)), b"\x1a"],
            [b"\xd0" + heap, b"\xd1", b"\x1a"],
            [b"\xd0" + heap, b"\xd4", b"\x1a"],
            [b"\xd2" + unsigned(_index(len(parts.module.functions), rng)), b"\x1a"],
            [b"\x02\x63" + heap, b"\xd0" + heap, b"\xd6\x00", b"\xd0" + heap, b"\x0b", b"\x1a"],
            [b"\x02\x40", b"\xd0" + heap, b"\xd5\x00", b"\x1a", b"\x0b"],
            [b"\x02\x40", b"\x1f\x40" + _catches(rng), b"\x0b", b"\x0b"],
            [b"\x02\x69", b"\x1f\x40\x01\x03\x00", b"\x0b", b"\x00", b"\x0b", b"\x1a"],
            [b"\x12" + unsigned(function.index)],
            [b"\x02" + (kind := value_type(rng)), b"\x00", b"\x0b", b"\x41\x00", b"\x1c\x01" + kind, b"\x1a"],
            [b"\xd0" + heap, (cast := _cast(rng)) + heap_type(rng), b"\x1a"],
            [b"\x41\x07", b"\xfb\x1c", cast + rng.choice((heap_type(rng), b"\x6c", b"\x6d")), b"\x1a"],
            [b"\x41\x07", b"\xfb\x1c", b"\xfb" + bytes((rng.choice((0x1A, 0x1B, 0x1D, 0x1E)),)), b"\x1a"],
            [b"\xd0" + heap, b"\xfb" + bytes((rng.choice((0x0F, 0x1A, 0x1B, 0x1D, 0x1E)),)), b"\x1a"],
            [b"\xd0" + heap, b"\xd0" + heap_type(rng), b"\xd3", b"\x1a"],
            [b"\xfb\x01" + (index := unsigned(_index(len(parts.module.types), rng))), b"\x1a"],
            [b"\x41\x03", b"\xfb\x07" + index, b"\x1a"],
            [b"\xfb\x01" + index, b"\xfb" + bytes((rng.choice((2, 3, 4)),)) + index + b"\0", b"\x1a"],
            [b"\x02\x6e", b"\xd0" + heap, b"\xfb\x18" + rng.choice((b"\1\0", b"\3\0")) + heap * 2, b"\x0b", b"\x1a"],
            [b"\x0a"],
            [b"\xd4"],
            [_any_instruction(b"", parts, function, rng)],
            instructions[at : at + rng.randint(1, 4)],
        )
    )
    instructions[at:at] = inserted


def _delete_instruction(parts: Parts, rng: random.Random) -> None:
    if (function := _open(parts, rng)) is not None:
        del function.instructions[rng.randrange(len(function.instructions))]


def _swap_instructions(parts: Parts, rng: random.Random) -> None:
    if (function := _open(parts, rng)) is not None:
        instructions = function.instructions
        a, b = rng.randrange(len(instructions)), rng.randrange(len(instructions))
        instructions[a], instructions[b] = instructions[b], instructions[a]


def _declare_locals(parts: Parts, rng: random.Random) -> None:
    if parts.functions:
        function = rng.choice(parts.functions)
        reader = Reader(function.declarations)
        count = reader.u32()
        more = unsigned(rng.choice(_SIZES if rng.random() < 0.5 else (1, 2))) + value_type(rng)
        function.declarations = unsigned(count + 1) + function.declarations[reader.at :] + more


def _swap_bodies(parts: Parts, rng: random.Random) -> None:
    if parts.functions:
        a, b = rng.choice(parts.functions), rng.choice(parts.functions)
        a.declarations, b.declarations = b.declarations, a.declarations
        a.instructions, b.instructions = b.instructions, a.instructions


def _section(parts: Parts, section: int) -> int | None:
    return next((at for at, (found, _) in enumerate(parts.sections) if found == section), None)


def _duplicate_function(parts: Parts, rng: random.Random) -> None:
    at = _section(parts, 3)
    if at is None or not parts.functions:
        return
    reader = Reader(parts.sections[at][1])
    indices = [reader.u32() for _ in range(reader.u32())]
    if not indices:
        return
    which = rng.randrange(len(indices))
    indices.append(indices[which])
    parts.functions.append(parts.functions[which])
    parts.sections[at] = (3, unsigned(len(indices)) + b"".join(map(unsigned, indices)))


# Mutations of sections.


def _append_entry(parts: Parts, rng: random.Random) -> None:
    """Add an entry to a section that starts with a count, or a whole new section."""
    index = unsigned(rng.randint(0, 3))
    types = [value_type(rng) for _ in range(rng.randint(0, 3))]
    name = rng.choice((b"", b"a", b"\xc3\xa9", b"\xff", rng.randbytes(3)))
    constant = rng.choice(
        (b"\x41\x00", b"\x41\x7f", b"\x42\x00", b"\x43\0\0\0\0", b"\x44" + bytes(8), b"\x23" + index,
         b"\x41\x01\x41\x02\x6a", b"\x42\x01\x23\x00\x7e", b"\x41\x00\x45", b"", b"\xd2" + index,
         b"\xd2\x00", b"\xd0" + heap_type(rng), b"\xd0\x70", b"\x41\x05\xfb\x1c", b"\xfb\x01" + index,
         b"\x41\x02\xfb\x07" + index, b"\x41\x02" * rng.randint(0, 3) + b"\xfb\x00" + index,
         b"\x41\x02" * 2 + b"\xfb" + rng.choice((b"\x06" + index, b"\x08" + index + b"\x02")))
    ) + b"\x0b"  # fmt: skip
    limits = bytes([rng.choice((0, 0, 1, 3, 4, 4, 5, 8))])
    limits += unsigned(rng.choice(_SIZES)) + (unsigned(rng.choice(_SIZES)) if limits[0] & 1 else b"")
    reference = rng.choice((b"\x70", b"\x70", b"\x6f", b"\x69", b"\x63" + heap_type(rng), b"\x64" + heap_type(rng)))
    function = b"\x60" + unsigned(len(types)) + b"".join(types)
    function += rng.choice((b"\0", b"\0", b"\x01\x7f", b"\x02\x7f\x7f", b"\x01" + value_type(rng)))
    stored = [rng.choice((value_type(rng), value_type(rng), b"\x78", b"\x77")) for _ in range(rng.randint(0, 3))]
    fields = [kind + rng.choice((b"\0", b"\1") if rng.random() < 0.98 else (b"\2",)) for kind in stored]
    if rng.random() < 0.4:
        function = b"\x5f" + unsigned(len(fields)) + b"".join(fields)
    elif fields and rng.random() < 0.4:
        function = b"\x5e" + fields[0]
    supertype = rng.choice((b"", b"\x50\0", b"\x50\x01" + index, b"\x4f\x01" + index, b"\x4f\0", b"\x50\x02\0\0"))
    offset = rng.choice((constant, b"\x41\0\x0b", b"\x42\0\x0b"))
    elements = rng.choice((
        b"\0" + offset + b"\x01" + index,
        b"\x01\0\x01" + index,
        b"\x02" + index + offset + b"\0\x01" + index,
        b"\x03\0\x01" + index,
        b"\x04" + offset + b"\x01" + constant,
        b"\x05" + reference + b"\x01" + constant,
        b"\x06" + index + offset + reference + b"\x01" + constant,
        b"\x07" + reference + b"\x01\xd2" + index + b"\x0b",
    ))  # fmt: skip
    section, entry = rng.choice(
        (
            (1, function),
            (1, supertype + function),
            (1, b"\x4e" + unsigned(count := rng.choice((0, 1, 2))) + (supertype + function) * count),
            (4, reference + limits),
            (4, b"\x40\0" + reference + limits + constant),
            (5, limits),
            (6, value_type(rng) + rng.choice((b"\0", b"\0", b"\x01", b"\x01", b"\x02")) + constant),
            (7, unsigned(len(name)) + name + bytes([rng.choice((0, 0, 1, 2, 3, 3, 4, 5))]) + index),
            (9, elements),
            (9, elements),
            (11, rng.choice((b"\0", b"\0", b"\x02" + index)) + offset + unsigned(3) + b"abc"),
            (11, b"\x01" + unsigned(3) + b"abc"),
            (13, b"\0" + index),
            (2, b"\x01m\x01n\x03" + value_type(rng) + rng.choice((b"\0", b"\x01"))),
            (2, b"\x01m\x01n\x01" + reference + limits),
            (2, b"\x01m\x01n\x04\0" + index),
            (2, unsigned(len(name)) + name + b"\x01n\0" + index),
        )
    )
    at = _section(parts, section)
    if at is not None:
        reader = Reader(parts.sections[at][1])
        count = reader.u32()
        parts.sections[at] = (section, unsigned(count + 1) + parts.sections[at][1][reader.at :] + entry)
    else:
        order = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
        before = [
            at
            for at, (found, _) in enumerate(parts.sections)
            if found in order and order.index(found) < order.index(section)
        ]
        parts.sections.insert(before[-1] + 1 if before else 0, (section, b"\x01" + entry))


def _custom_section(parts: Parts, rng: random.Random) -> None:
    name = rng.choice((b"name", b"x", b"producers", b"\xff"))
    contents = unsigned(len(name)) + name + rng.choice((b"", rng.randbytes(10), b"\x01\x04\x01\x00\x01f"))
    parts.sections.insert(rng.randint(0, len(parts.sections)), (0, contents))


def _shuffle_sections(parts: Parts, rng: random.Random) -> None:
    if not parts.sections:
        return
    at = rng.randrange(len(parts.sections))
    choice = rng.randrange(4)
    if choice == 0:
        del parts.sections[at]
    elif choice == 1:
        parts.sections.insert(rng.randint(0, len(parts.sections)), parts.sections[at])
    elif choice == 2:
        other = rng.randrange(len(parts.sections))
        parts.sections[at], parts.sections[other] = parts.sections[other], parts.sections[at]
    else:
        parts.sections[at] = (rng.randint(0, 14), parts.sections[at][1])


def _announce_data(parts: Parts, rng: random.Random) -> None:
    at = _section(parts, 12)
    contents = unsigned(rng.randint(0, 2) if rng.random() < 0.5 else len(parts.module.data_segments))
    if at is not None:
        parts.sections[at] = (12, contents)
    elif (code := _section(parts, _CODE)) is not None:
        parts.sections.insert(code, (12, contents))


def _change_section_byte(parts: Parts, rng: random.Random) -> None:
    candidates = [at for at, (_, contents) in enumerate(parts.sections) if contents]
    if candidates:
        at = rng.choice(candidates)
        section, contents = parts.sections[at]
        parts.sections[at] = (section, _change_byte(contents, rng))


_STRUCTURED: tuple[Callable[[Parts, random.Random], None], ...] = (
    *[_change_instruction] * 10,
    *[_insert_instructions] * 5,
    *[_append_entry] * 4,
    *[_change_section_byte] * 3,
    _delete_instruction,
    _swap_instructions,
    _declare_locals,
    _swap_bodies,
    _duplicate_function,
    _custom_section,
    _shuffle_sections,
    _announce_data,
)


# Mutations of bytes.


def _change_byte(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    new = rng.choice(
        (rng.randrange(256), rng.choice(_INTERESTING), data[at] ^ 1 << rng.randrange(8), data[at] + 1 & 0xFF)
    )
    return data[:at] + bytes([new]) + data[at + 1 :]


def _mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    choice = rng.randrange(6)
    at = rng.randrange(len(data))
    if choice == 0:
        return data[:at]
    if choice == 1:
        return data[:at] + data[at + rng.randint(1, 8) :]
    if choice == 2:
        return data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at:]
    if choice == 3:
        return data[:at] + unsigned(rng.choice(_SIZES)) + data[at + 1 :]
    for _ in range(rng.randint(1, 3)):
        data = _change_byte(data, rng)
    return data


def mutant(parts: Parts, rng: random.Random) -> bytes:
    """A mutation of a module: of its structure three times out of four, else of its bytes."""
    if rng.random() < 0.25:
        return _mutate_bytes(parts.module.data, rng)
    changed = parts.copy()
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        try:
            rng.choice(_STRUCTURED)(changed, rng)
        except DecodeError:
            continue  # the change before broke what this one reads
    return changed.join()
