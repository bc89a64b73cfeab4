"""What validation does with an instruction, by its first byte: tables that the loop over a body looks things up in."""

from __future__ import annotations

from typing import Final

from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.types import ValType
from seaofnodes.wasm.validate.rare import FROM_IMMEDIATES

# What the loop does with an instruction, by its first byte; the order is that in which it asks.
(
    LOCAL_GET, BINARY, I32_CONST, LOCAL_SET, LOCAL_TEE, UNARY, LOAD, STORE, END, BR_IF, BR,
    BLOCK, CALL, GLOBAL_GET, GLOBAL_SET, I64_CONST, F64_CONST, F32_CONST, ELSE, DROP, SELECT,
    RETURN, CALL_INDIRECT, BR_TABLE, UNREACHABLE, NOP, PREFIX, IMMEDIATE, REFERENCE, CAREFUL_LOCAL,
    CATCH, RETHROW, OTHER,
) = range(33)  # fmt: skip

_BY_OPCODE: Final = {
    o.LOCAL_GET: LOCAL_GET, o.LOCAL_SET: LOCAL_SET, o.LOCAL_TEE: LOCAL_TEE,
    o.GLOBAL_GET: GLOBAL_GET, o.GLOBAL_SET: GLOBAL_SET,
    o.I32_CONST: I32_CONST, o.I64_CONST: I64_CONST, o.F32_CONST: F32_CONST, o.F64_CONST: F64_CONST,
    o.END: END, o.ELSE: ELSE, o.BLOCK: BLOCK, o.LOOP: BLOCK, o.IF: BLOCK, o.TRY: BLOCK, o.TRY_TABLE: BLOCK,
    o.CATCH: CATCH, o.CATCH_ALL: CATCH, o.DELEGATE: END, o.RETHROW: RETHROW,
    o.BR: BR, o.BR_IF: BR_IF, o.BR_TABLE: BR_TABLE, o.RETURN: RETURN,
    o.CALL: CALL, o.CALL_INDIRECT: CALL_INDIRECT, o.DROP: DROP, o.SELECT: SELECT,
    o.UNREACHABLE: UNREACHABLE, o.NOP: NOP, o.REF_IS_NULL: REFERENCE, o.REF_AS_NON_NULL: REFERENCE,
    o.BR_ON_NULL: REFERENCE, o.BR_ON_NON_NULL: REFERENCE,
    **dict.fromkeys(FROM_IMMEDIATES, IMMEDIATE),
}  # fmt: skip


def _shape(code: int) -> int:
    if code in _BY_OPCODE:
        return _BY_OPCODE[code]
    if code in (0xFB, 0xFC):
        return PREFIX
    opcode = o.OPCODES.get(code)
    if opcode is None or opcode.params is None:
        return OTHER
    if opcode.width:
        return STORE if len(opcode.params) == 2 else LOAD
    return BINARY if len(opcode.params) == 2 else UNARY


def _simple(code: int) -> tuple[tuple[ValType, ...], tuple[ValType, ...]]:
    opcode = o.OPCODES.get(code)
    return ((), ()) if opcode is None else (opcode.params or (), opcode.results or ())


SHAPES: Final = [_shape(code) for code in range(256)]
OPERANDS: Final = [(_simple(code)[0] or (None,))[-1] for code in range(256)]  # the topmost operand
RESULTS: Final = [(_simple(code)[1] or (None,))[0] for code in range(256)]
ALIGNMENTS: Final = [opcode.width.bit_length() - 1 if (opcode := o.OPCODES.get(code)) else -1 for code in range(256)]
