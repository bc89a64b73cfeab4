"""Validation of function bodies: one pass over the bytes, with the specification's algorithm (appendix, "Validation").

The value stack holds value types, or None for a value of unknown type in code that cannot be reached. The innermost
block's opcode, type and stack height live in local variables; those of the blocks around it are on the control stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import limits
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.features import (
    MULTI_MEMORY,
    MULTI_VALUE,
    OPCODE_FEATURES,
    refuse_opcode,
    refuse_value_type,
    require,
)
from seaofnodes.wasm.reader import read_signed, read_unsigned
from seaofnodes.wasm.types import F32, F64, I32, I64, NUMERIC_TYPES, FuncType, ValType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.module import Module

PADDING: Final = 16  # bytes that must follow a body: an instruction may be read a little beyond its end
_BLOCK_TYPES: Final = {
    0x40: FuncType((), ()),
    **{code: FuncType((), (kind,)) for code, kind in NUMERIC_TYPES.items()},
}

# What the loop does with an instruction, by its first byte; the order is that in which it asks.
(
    _LOCAL_GET, _BINARY, _I32_CONST, _LOCAL_SET, _LOCAL_TEE, _UNARY, _LOAD, _STORE, _END, _BR_IF, _BR,
    _BLOCK, _CALL, _GLOBAL_GET, _GLOBAL_SET, _I64_CONST, _F64_CONST, _F32_CONST, _ELSE, _DROP, _SELECT,
    _RETURN, _CALL_INDIRECT, _BR_TABLE, _UNREACHABLE, _NOP, _MEMORY, _PREFIX, _OTHER,
) = range(29)  # fmt: skip

_SHAPES: Final = {
    o.LOCAL_GET: _LOCAL_GET, o.LOCAL_SET: _LOCAL_SET, o.LOCAL_TEE: _LOCAL_TEE,
    o.GLOBAL_GET: _GLOBAL_GET, o.GLOBAL_SET: _GLOBAL_SET,
    o.I32_CONST: _I32_CONST, o.I64_CONST: _I64_CONST, o.F32_CONST: _F32_CONST, o.F64_CONST: _F64_CONST,
    o.END: _END, o.ELSE: _ELSE, o.BLOCK: _BLOCK, o.LOOP: _BLOCK, o.IF: _BLOCK,
    o.BR: _BR, o.BR_IF: _BR_IF, o.BR_TABLE: _BR_TABLE, o.RETURN: _RETURN,
    o.CALL: _CALL, o.CALL_INDIRECT: _CALL_INDIRECT, o.DROP: _DROP, o.SELECT: _SELECT,
    o.UNREACHABLE: _UNREACHABLE, o.NOP: _NOP, o.MEMORY_SIZE: _MEMORY, o.MEMORY_GROW: _MEMORY,
}  # fmt: skip


def _shape(code: int) -> int:
    if code in _SHAPES:
        return _SHAPES[code]
    if code == 0xFC:
        return _PREFIX
    opcode = o.OPCODES.get(code)
    if opcode is None or opcode.params is None:
        return _OTHER
    if opcode.width:
        return _STORE if len(opcode.params) == 2 else _LOAD
    return _BINARY if len(opcode.params) == 2 else _UNARY


def _simple(code: int) -> tuple[tuple[ValType, ...], tuple[ValType, ...]]:
    opcode = o.OPCODES.get(code)
    return ((), ()) if opcode is None else (opcode.params or (), opcode.results or ())


_ALL_SHAPES: Final = [_shape(code) for code in range(256)]
_OPERANDS: Final = [(_simple(code)[0] or (None,))[-1] for code in range(256)]  # the topmost operand
_RESULTS: Final = [(_simple(code)[1] or (None,))[0] for code in range(256)]
_ALIGNMENTS: Final = [opcode.width.bit_length() - 1 if (opcode := o.OPCODES.get(code)) else -1 for code in range(256)]


_BULK_IMMEDIATES: Final = {
    o.MEMORY_INIT: ("data segment", "memory"),
    o.DATA_DROP: ("data segment",),
    o.MEMORY_COPY: ("memory", "memory"),
    o.MEMORY_FILL: ("memory",),
    o.TABLE_INIT: ("elem segment", "table"),
    o.ELEM_DROP: ("elem segment",),
    o.TABLE_COPY: ("table", "table"),
}


class _Invalid(Exception):
    """Carries a message to the place that knows where in the module it happened."""


def _pop(stack: list[ValType | None], height: int, unreachable: bool, expected: ValType | None) -> ValType | None:
    """Pop one value of the expected type (None: any) off the part of the stack above `height`."""
    if len(stack) == height:
        if unreachable:
            return None
        raise _Invalid(f"type mismatch: expected {expected or 'a value'}, but the stack is empty")
    actual = stack.pop()
    if actual is not expected and actual is not None and expected is not None:
        raise _Invalid(f"type mismatch: expected {expected}, found {actual}")
    return actual


def _pop_all(stack: list[ValType | None], height: int, unreachable: bool, expected: tuple[ValType, ...]) -> None:
    """Pop values of the expected types, the last one first."""
    count = len(expected)
    if not count:
        return
    start = max(height, len(stack) - count)  # in unreachable code, there may be fewer values than expected
    if tuple(stack[start:]) == expected[count - len(stack) + start :] and (unreachable or len(stack) - start == count):
        del stack[start:]
        return
    for kind in reversed(expected):
        _pop(stack, height, unreachable, kind)


def _check_branch(stack: list[ValType | None], height: int, unreachable: bool, expected: tuple[ValType, ...]) -> None:
    """Check that the values a branch takes along are on the stack, and leave them there."""
    count = len(expected)
    available = len(stack) - height
    if available < count and not unreachable:
        raise _Invalid(f"type mismatch: the branch takes {count} values, but the stack has {available}")
    present = stack[max(height, len(stack) - count) :]
    if tuple(present) == expected[count - len(present) :]:
        return
    for actual, kind in zip(reversed(present), reversed(expected), strict=False):
        if actual is not kind and actual is not None:
            raise _Invalid(f"type mismatch: the branch takes {kind}, found {actual}")


def _block_type(
    data: bytes, at: int, end: int, types: Sequence[FuncType], features: frozenset[str]
) -> tuple[FuncType, int]:
    """Read a block type: (its type, offset behind it)."""
    known = _BLOCK_TYPES.get(data[at])
    if known is not None:
        return known, at + 1
    if 0x40 < data[at] < 0x80:
        refuse_value_type(data[at], at)
    index, behind = read_signed(data, at, end, 33)
    if index < 0:
        raise DecodeError("malformed block type", at)
    require(MULTI_VALUE, features, "a block with a type index", at)
    if index >= len(types):
        raise _Invalid(f"unknown type {index}")
    return types[index], behind


class BodyValidator:
    """Validates bodies of one module; everything but the code must be in the module already."""

    def __init__(self, module: Module, data: bytes, features: frozenset[str]) -> None:
        """data: the module's bytes, followed by at least PADDING bytes behind the last body."""
        self.module = module
        self.data = data
        self.features = features
        self.global_types = [found.type for found in module.globals]
        self.shapes = [
            _OTHER if code in OPCODE_FEATURES and OPCODE_FEATURES[code] not in features else shape
            for code, shape in enumerate(_ALL_SHAPES)
        ]

    def validate(self, function_index: int, start: int, end: int, local_types: Sequence[ValType]) -> int:
        """Validate the instructions in data[start:end]; gives the number of call instructions.

        Raises DecodeError, UnsupportedFeatureError, ValidationError.
        """
        module, data, features = self.module, self.data, self.features
        functions, types, global_types = module.functions, module.types, self.global_types
        memories, tables = len(module.memories), len(module.tables)
        shapes, operands, produced, alignments = self.shapes, _OPERANDS, _RESULTS, _ALIGNMENTS
        local_count = len(local_types)

        stack: list[ValType | None] = []
        push = stack.append
        # The innermost block: its opcode, type, height of the stack at its start; and is the code here unreachable?
        function_type = functions[function_index]
        block, block_type, height, unreachable = o.BLOCK, FuncType((), function_type.results), 0, False
        outer: list[tuple[int, FuncType, int, bool]] = []
        labels = [function_type.results]  # what a branch takes along, the innermost block last
        calls = 0
        at = opcode = instruction = start
        try:
            while at < end:
                instruction = at
                opcode = data[at]
                shape = shapes[opcode]
                at += 1
                if shape <= _BINARY:
                    if shape == _LOCAL_GET:
                        index = data[at]
                        at += 1
                        if index >= 0x80:
                            index, at = read_unsigned(data, at - 1, end)
                        if index >= local_count:
                            raise _Invalid(f"unknown local {index}")
                        push(local_types[index])
                    else:
                        operand = operands[opcode]
                        if len(stack) > height + 1 and stack[-1] is operand and stack[-2] is operand:
                            stack.pop()
                            stack[-1] = produced[opcode]
                        else:
                            _pop(stack, height, unreachable, operand)
                            _pop(stack, height, unreachable, operand)
                            push(produced[opcode])
                elif shape == _I32_CONST:
                    at += 1
                    if data[at - 1] >= 0x80:
                        _, at = read_signed(data, at - 1, end, 32)
                    push(I32)
                elif shape <= _LOCAL_TEE:
                    index = data[at]
                    at += 1
                    if index >= 0x80:
                        index, at = read_unsigned(data, at - 1, end)
                    if index >= local_count:
                        raise _Invalid(f"unknown local {index}")
                    operand = local_types[index]
                    if len(stack) > height and stack[-1] is operand:
                        if shape == _LOCAL_SET:
                            stack.pop()
                    else:
                        _pop(stack, height, unreachable, operand)
                        if shape == _LOCAL_TEE:
                            push(operand)
                elif shape == _UNARY:
                    operand = operands[opcode]
                    if len(stack) > height and stack[-1] is operand:
                        stack[-1] = produced[opcode]
                    else:
                        _pop(stack, height, unreachable, operand)
                        push(produced[opcode])
                elif shape <= _STORE:
                    flags = data[at]
                    offset = data[at + 1]
                    if flags > alignments[opcode] or offset >= 0x80:
                        at = self._memory_access(at, end, alignments[opcode])
                    else:
                        at += 2
                    if not memories:
                        raise _Invalid("unknown memory 0")
                    operand = operands[opcode]
                    if shape == _STORE:
                        _pop(stack, height, unreachable, operand)
                        _pop(stack, height, unreachable, I32)
                    else:
                        _pop(stack, height, unreachable, I32)
                        push(produced[opcode])
                elif shape == _END:
                    results = block_type.results
                    if len(stack) != height + len(results) or tuple(stack[height:]) != results:
                        _pop_all(stack, height, unreachable, results)
                        if len(stack) != height:
                            raise _Invalid(f"type mismatch: {len(stack) - height} values too many at end")
                        stack += results
                    if block == o.IF and block_type.params != results:
                        raise _Invalid("type mismatch: an if without else must give what it takes")
                    labels.pop()
                    if not outer:
                        break
                    block, block_type, height, unreachable = outer.pop()
                elif shape <= _BR:
                    depth = data[at]
                    at += 1
                    if depth >= 0x80:
                        depth, at = read_unsigned(data, at - 1, end)
                    if depth >= len(labels):
                        raise _Invalid(f"unknown label {depth}")
                    if shape == _BR_IF:
                        _pop(stack, height, unreachable, I32)
                        if label := labels[-1 - depth]:
                            _pop_all(stack, height, unreachable, label)
                            stack += label
                    else:
                        _pop_all(stack, height, unreachable, labels[-1 - depth])
                        del stack[height:]
                        unreachable = True
                elif shape == _BLOCK:
                    outer.append((block, block_type, height, unreachable))
                    if len(outer) > limits.NESTING:
                        limits.check(len(outer), limits.NESTING, "blocks within each other", instruction)
                    block_type, at = _block_type(data, at, end, types, features)
                    if opcode == o.IF:
                        _pop(stack, height, unreachable, I32)
                    params = block_type.params
                    if params:
                        _pop_all(stack, height, unreachable, params)
                    labels.append(params if opcode == o.LOOP else block_type.results)
                    block, height, unreachable = opcode, len(stack), False
                    stack += params
                elif shape == _CALL:
                    calls += 1
                    index, at = read_unsigned(data, at, end)
                    if index >= len(functions):
                        raise _Invalid(f"unknown function {index}")
                    callee = functions[index]
                    _pop_all(stack, height, unreachable, callee.params)
                    stack += callee.results
                    if len(stack) > limits.STACK:
                        limits.check(len(stack), limits.STACK, "values on the stack", instruction)
                elif shape <= _GLOBAL_SET:
                    index, at = read_unsigned(data, at, end)
                    if index >= len(global_types):
                        raise _Invalid(f"unknown global {index}")
                    if shape == _GLOBAL_GET:
                        push(global_types[index].type)
                    else:
                        if not global_types[index].mutable:
                            raise _Invalid(f"immutable global: global {index} cannot be set")
                        _pop(stack, height, unreachable, global_types[index].type)
                elif shape == _I64_CONST:
                    _, at = read_signed(data, at, end, 64)
                    push(I64)
                elif shape == _F64_CONST:
                    at += 8
                    push(F64)
                elif shape == _F32_CONST:
                    at += 4
                    push(F32)
                elif shape == _ELSE:
                    if block != o.IF:
                        raise DecodeError("else without if", instruction)
                    _pop_all(stack, height, unreachable, block_type.results)
                    if len(stack) != height:
                        raise _Invalid(f"type mismatch: {len(stack) - height} values too many before else")
                    block, unreachable = o.ELSE, False
                    stack += block_type.params
                elif shape == _DROP:
                    _pop(stack, height, unreachable, None)
                elif shape == _SELECT:
                    _pop(stack, height, unreachable, I32)
                    second = _pop(stack, height, unreachable, None)
                    first = _pop(stack, height, unreachable, second)
                    chosen = first or second
                    if chosen is not None and chosen.is_reference:
                        raise _Invalid("type mismatch: select without a type takes numbers only")
                    push(chosen)
                elif shape == _RETURN:
                    _pop_all(stack, height, unreachable, function_type.results)
                    del stack[height:]
                    unreachable = True
                elif shape == _CALL_INDIRECT:
                    calls += 1
                    index, at = read_unsigned(data, at, end)
                    table, at = read_unsigned(data, at, end)
                    if table >= tables:
                        raise _Invalid(f"unknown table {table}")
                    if index >= len(types):
                        raise _Invalid(f"unknown type {index}")
                    callee = types[index]
                    _pop(stack, height, unreachable, I32)
                    _pop_all(stack, height, unreachable, callee.params)
                    stack += callee.results
                    if len(stack) > limits.STACK:
                        limits.check(len(stack), limits.STACK, "values on the stack", instruction)
                elif shape == _BR_TABLE:
                    targets, at = self._branch_table(at, end)
                    _pop(stack, height, unreachable, I32)
                    if max(targets) >= len(labels):
                        raise _Invalid(f"unknown label {max(targets)}")
                    taken = {id(label): label for label in (labels[-1 - depth] for depth in targets)}
                    if len({len(label) for label in taken.values()}) > 1:
                        raise _Invalid("type mismatch: the targets of br_table take different numbers of values")
                    for label in taken.values():
                        _check_branch(stack, height, unreachable, label)
                    del stack[height:]
                    unreachable = True
                elif shape == _UNREACHABLE:
                    del stack[height:]
                    unreachable = True
                elif shape == _MEMORY:
                    memory, at = read_unsigned(data, at, end)
                    if memory >= memories:
                        raise _Invalid(f"unknown memory {memory}")
                    if opcode == o.MEMORY_GROW:
                        _pop(stack, height, unreachable, I32)
                    push(I32)
                elif shape == _PREFIX:
                    sub, at = read_unsigned(data, at, end)
                    opcode = o.prefixed(opcode, sub)
                    simple = o.OPCODES.get(opcode)
                    if simple is None or OPCODE_FEATURES[opcode] not in features:
                        refuse_opcode(opcode, instruction)
                    if opcode >= o.MEMORY_INIT:
                        at = self._bulk_memory(opcode, at, end)
                    _pop_all(stack, height, unreachable, simple.params or ())
                    stack += simple.results or ()
                elif shape == _OTHER:
                    if 0xFB <= opcode <= 0xFE:
                        sub, at = read_unsigned(data, at, end)
                        opcode = o.prefixed(opcode, sub)
                    refuse_opcode(opcode, instruction)
        except _Invalid as problem:
            name = o.OPCODES[opcode].name
            raise ValidationError(str(problem), instruction, function_index, name) from None
        if at > end or labels:
            raise DecodeError("unexpected end of section or function: end opcode expected", end)
        if at < end:
            raise DecodeError("instructions behind the end of the function", at)
        return calls

    def _memory_access(self, at: int, end: int, alignment: int) -> int:
        """Check the immediates of a load or store in full; gives the offset behind them."""
        flags, behind = read_unsigned(self.data, at, end)
        if flags >= 0x80:
            raise DecodeError("malformed memop flags", at)
        if flags & 0x40:
            require(MULTI_MEMORY, self.features, "a memory index in a load or store", at)
        if flags > alignment:
            raise _Invalid("alignment must not be larger than natural")
        offset, behind = read_unsigned(self.data, behind, end, 64)
        if offset >> 32:
            raise _Invalid("offset out of range: above 32 bits")
        return behind

    def _bulk_memory(self, opcode: int, at: int, end: int) -> int:
        """Check the immediates of a bulk memory instruction; gives the offset behind them."""
        module = self.module
        for what in _BULK_IMMEDIATES[opcode]:
            index, behind = read_unsigned(self.data, at, end)
            if what == "data segment" and module.data_count is None:
                raise DecodeError("data count section required", at)
            at = behind
            known = {
                "memory": len(module.memories),
                "table": len(module.tables),
                "elem segment": len(module.elements),
                "data segment": module.data_count or 0,
            }[what]
            if index >= known:
                raise _Invalid(f"unknown {what} {index}")
        return at

    def _branch_table(self, at: int, end: int) -> tuple[set[int], int]:
        """Read the targets of a br_table: (the distinct ones, offset behind them)."""
        count, behind = read_unsigned(self.data, at, end)
        limits.check(count, limits.BRANCH_TABLE, "targets in br_table", at)
        targets = set()
        for _ in range(count + 1):
            depth, behind = read_unsigned(self.data, behind, end)
            targets.add(depth)
        return targets, behind
