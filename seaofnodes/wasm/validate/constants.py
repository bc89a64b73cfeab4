"""Decoding and validating constant expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seaofnodes.errors import ValidationError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.body import prefixed_immediate
from seaofnodes.wasm.constexpr import ARITHMETIC, CONSTRUCTORS, ConstExpr
from seaofnodes.wasm.features import EXTENDED_CONST, allows, refuse_opcode
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import F32, F64, I32, I64, ValType, reference
from seaofnodes.wasm.validate.rare import Signatures
from seaofnodes.wasm.validate.stack import Invalid, pop_all

if TYPE_CHECKING:
    from seaofnodes.wasm.binary.type_reader import TypeReader
    from seaofnodes.wasm.module import Module


def _construct(signatures: Signatures, opcode: int, at: int, stack: list[ValType | None]) -> Any:
    """Check an instruction that makes or converts a reference; gives its immediate."""
    reader = signatures.reader
    immediates = reader.at
    signatures.begin((), (), stack)
    try:
        taken, given, _ = signatures.of(opcode, at, immediates, reader.end, 0)
        pop_all(stack, 0, False, taken)
    except Invalid as problem:
        raise ValidationError(str(problem), at, opcode=o.OPCODES[opcode].name) from None
    stack += given
    return prefixed_immediate(reader.data, immediates, opcode, signatures.module.types)[0]


def decode_constant(source: TypeReader, module: Module, expected: ValType) -> ConstExpr:
    """Read and validate an expression of the expected type, its `end` included.

    It may read the module's globals so far (without the feature extended-const: imported ones only), and what it refers
    to is added to the module's declared functions. Raises DecodeError, UnsupportedFeatureError, ValidationError.
    """
    reader, features = source.reader, source.features
    found: list[tuple[int, Any]] = []
    stack: list[ValType | None] = []
    start = reader.at
    while True:
        at = reader.at
        opcode = reader.byte()
        if opcode == o.END:
            break
        immediate: Any = 0
        if opcode == o.I32_CONST:
            immediate = reader.signed(32) & 0xFFFFFFFF
            stack.append(I32)
        elif opcode == o.I64_CONST:
            immediate = reader.signed(64) & 0xFFFFFFFFFFFFFFFF
            stack.append(I64)
        elif opcode == o.F32_CONST:
            immediate = int.from_bytes(reader.take(4), "little")
            stack.append(F32)
        elif opcode == o.F64_CONST:
            immediate = int.from_bytes(reader.take(8), "little")
            stack.append(F64)
        elif opcode == o.GLOBAL_GET:
            immediate = reader.u32()
            visible = len(module.globals) if EXTENDED_CONST in features else module.imported_globals
            if immediate >= visible:
                raise ValidationError(f"unknown global {immediate}", at, opcode="global.get")
            if module.globals[immediate].type.mutable:
                raise ValidationError("constant expression required: a mutable global", at, opcode="global.get")
            stack.append(module.globals[immediate].type.type)
        elif not allows(features, opcode):
            refuse_opcode(opcode, at)
        elif opcode == o.REF_NULL:
            immediate = source.heap_type(True)
            stack.append(immediate)
        elif opcode == o.REF_FUNC:
            immediate = reader.u32()
            if immediate >= len(module.functions):
                raise ValidationError(f"unknown function {immediate}", at, opcode="ref.func")
            module.declared_functions.add(immediate)
            stack.append(reference(module.functions[immediate], False))
        elif opcode in ARITHMETIC and EXTENDED_CONST in features:
            operands = o.OPCODES[opcode].params or ()
            if tuple(stack[-2:]) != operands:
                raise ValidationError("type mismatch in a constant expression", at, opcode=o.OPCODES[opcode].name)
            stack.pop()
        else:
            if 0xFB <= opcode <= 0xFE:
                opcode = o.prefixed(opcode, reader.u32())
            if opcode not in o.OPCODES or not allows(features, opcode):
                refuse_opcode(opcode, at)
            if opcode not in CONSTRUCTORS:
                raise ValidationError("constant expression required", at, opcode=o.OPCODES[opcode].name)
            immediate = _construct(Signatures(module, source), opcode, at, stack)
        found.append((opcode, immediate))
    if len(stack) != 1 or stack[0] is None or not matches(stack[0], expected):
        types = " ".join(map(str, stack))
        raise ValidationError(f"type mismatch: expected a constant of type {expected}, found [{types}]", start)
    return tuple(found)
