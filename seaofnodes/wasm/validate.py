"""Validation of function bodies: one pass over the bytes, with the specification's algorithm (appendix, "Validation").

The value stack holds value types, or None for a value of unknown type in code that cannot be reached. The innermost
block's opcode, type and stack height live in local variables; those of the blocks around it are on the control stack.
What is rare, or has a signature that follows from its immediates alone, is in validate_rare.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import limits
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.features import MULTI_MEMORY, MULTI_VALUE, allows, refuse_opcode, require
from seaofnodes.wasm.reader import Reader, read_signed, read_unsigned
from seaofnodes.wasm.subtyping import all_match, matches
from seaofnodes.wasm.type_reader import TypeReader
from seaofnodes.wasm.types import F32, F64, FUNCREF, I32, I64, NUMERIC_TYPES, FuncType, ValType
from seaofnodes.wasm.validate_rare import ENDING, FROM_IMMEDIATES, Signatures, has_default, reference_instruction
from seaofnodes.wasm.validate_stack import Invalid, check_branch, pop, pop_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.module import Module

PADDING: Final = 16  # bytes that must follow a body: an instruction may be read a little beyond its end
_BLOCK_TYPES: Final = {
    0x40: FuncType((), ()),
    **{code: FuncType((), (kind,)) for code, kind in NUMERIC_TYPES.items()},
}  # the others need a feature

# What the loop does with an instruction, by its first byte; the order is that in which it asks.
(
    _LOCAL_GET, _BINARY, _I32_CONST, _LOCAL_SET, _LOCAL_TEE, _UNARY, _LOAD, _STORE, _END, _BR_IF, _BR,
    _BLOCK, _CALL, _GLOBAL_GET, _GLOBAL_SET, _I64_CONST, _F64_CONST, _F32_CONST, _ELSE, _DROP, _SELECT,
    _RETURN, _CALL_INDIRECT, _BR_TABLE, _UNREACHABLE, _NOP, _PREFIX, _FROM_IMMEDIATES, _REFERENCE, _CAREFUL_LOCAL,
    _CATCH, _RETHROW, _OTHER,
) = range(33)  # fmt: skip

_SHAPES: Final = {
    o.LOCAL_GET: _LOCAL_GET, o.LOCAL_SET: _LOCAL_SET, o.LOCAL_TEE: _LOCAL_TEE,
    o.GLOBAL_GET: _GLOBAL_GET, o.GLOBAL_SET: _GLOBAL_SET,
    o.I32_CONST: _I32_CONST, o.I64_CONST: _I64_CONST, o.F32_CONST: _F32_CONST, o.F64_CONST: _F64_CONST,
    o.END: _END, o.ELSE: _ELSE, o.BLOCK: _BLOCK, o.LOOP: _BLOCK, o.IF: _BLOCK, o.TRY: _BLOCK, o.TRY_TABLE: _BLOCK,
    o.CATCH: _CATCH, o.CATCH_ALL: _CATCH, o.DELEGATE: _END, o.RETHROW: _RETHROW,
    o.BR: _BR, o.BR_IF: _BR_IF, o.BR_TABLE: _BR_TABLE, o.RETURN: _RETURN,
    o.CALL: _CALL, o.CALL_INDIRECT: _CALL_INDIRECT, o.DROP: _DROP, o.SELECT: _SELECT,
    o.UNREACHABLE: _UNREACHABLE, o.NOP: _NOP, o.REF_IS_NULL: _REFERENCE, o.REF_AS_NON_NULL: _REFERENCE,
    o.BR_ON_NULL: _REFERENCE, o.BR_ON_NON_NULL: _REFERENCE,
    **dict.fromkeys(FROM_IMMEDIATES, _FROM_IMMEDIATES),
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


class BodyValidator:
    """Validates bodies of one module.

    data: the module's bytes, and PADDING bytes behind the last body (past the end of a body the loop may read on, up to
    the next check). All sections before the code are in the module.
    """

    def __init__(self, module: Module, data: bytes, features: frozenset[str]) -> None:
        self.module = module
        self.data = data
        self.features = features
        self.types = TypeReader(Reader(data), module.types, features)
        self.signatures = Signatures(module, self.types)
        self.global_types = [found.type for found in module.globals]
        self.shapes = [shape if allows(features, code) else _OTHER for code, shape in enumerate(_ALL_SHAPES)]

    def validate(
        self, function_index: int, start: int, end: int, local_types: Sequence[ValType], careful: bool = False
    ) -> tuple[int, frozenset[int]]:
        """Validate the instructions in data[start:end]; gives the number of call instructions, and the functions that
        `call` names.

        careful: are there locals without a default value, which have to be set before they are read?
        Raises DecodeError, UnsupportedFeatureError, ValidationError.
        """
        module, data, features = self.module, self.data, self.features
        functions, types, global_types, tables = module.functions, module.types, self.global_types, module.tables
        memories = len(module.memories)
        first_address = module.memories[0].address if memories else I32
        local_count, parameters = len(local_types), len(functions[function_index].params)
        shapes = self._careful_shapes() if careful else self.shapes
        operands, produced, alignments = _OPERANDS, _RESULTS, _ALIGNMENTS

        stack: list[ValType | None] = []
        push = stack.append
        # The innermost block: its opcode, type, height of the stack at its start; and is the code here unreachable?
        function_type = functions[function_index]
        block, block_type, height, unreachable = o.BLOCK, FuncType((), function_type.results), 0, False
        outer: list[tuple[int, FuncType, int, bool]] = []
        labels = [function_type.results]  # what a branch takes along, the innermost block last
        calls = 0
        callees: set[int] = set()
        # Of functions with locals to be set first: those that are, in that order; how many were at each block's start.
        initialized: dict[int, None] = {}
        marks: list[int] = []
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
                            raise Invalid(f"unknown local {index}")
                        push(local_types[index])
                    else:
                        operand = operands[opcode]
                        if len(stack) > height + 1 and stack[-1] is operand and stack[-2] is operand:
                            stack.pop()
                            stack[-1] = produced[opcode]
                        else:
                            pop(stack, height, unreachable, operand)
                            pop(stack, height, unreachable, operand)
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
                        raise Invalid(f"unknown local {index}")
                    operand = local_types[index]
                    if len(stack) > height and stack[-1] is operand:
                        if shape == _LOCAL_SET:
                            stack.pop()
                    else:
                        pop(stack, height, unreachable, operand)
                        if shape == _LOCAL_TEE:
                            push(operand)
                elif shape == _UNARY:
                    operand = operands[opcode]
                    if len(stack) > height and stack[-1] is operand:
                        stack[-1] = produced[opcode]
                    else:
                        pop(stack, height, unreachable, operand)
                        push(produced[opcode])
                elif shape <= _STORE:
                    flags = data[at]
                    offset = data[at + 1]
                    address = first_address
                    if flags > alignments[opcode] or offset >= 0x80:
                        address, at = self._memory_access(at, end, alignments[opcode])
                    else:
                        at += 2
                        if not memories:
                            raise Invalid("unknown memory 0")
                    operand = operands[opcode]
                    if shape == _STORE:
                        pop(stack, height, unreachable, operand)
                        pop(stack, height, unreachable, address)
                    else:
                        pop(stack, height, unreachable, address)
                        push(produced[opcode])
                elif shape == _END:
                    results = block_type.results
                    if len(stack) != height + len(results) or tuple(stack[height:]) != results:
                        pop_all(stack, height, unreachable, results)
                        if len(stack) != height:
                            raise Invalid(f"type mismatch: {len(stack) - height} values too many at end")
                        stack += results
                    if block == o.IF and block_type.params != results and not all_match(block_type.params, results):
                        raise Invalid("type mismatch: an if without else must give what it takes")
                    labels.pop()
                    if opcode == o.DELEGATE:
                        at = self._delegate(at, end, block, len(labels))
                    if careful and outer:
                        _forget(initialized, marks.pop())
                    if not outer:
                        break
                    block, block_type, height, unreachable = outer.pop()
                elif shape <= _BR:
                    depth = data[at]
                    at += 1
                    if depth >= 0x80:
                        depth, at = read_unsigned(data, at - 1, end)
                    if depth >= len(labels):
                        raise Invalid(f"unknown label {depth}")
                    if shape == _BR_IF:
                        pop(stack, height, unreachable, I32)
                        if label := labels[-1 - depth]:
                            pop_all(stack, height, unreachable, label)
                            stack += label
                    else:
                        pop_all(stack, height, unreachable, labels[-1 - depth])
                        del stack[height:]
                        unreachable = True
                elif shape == _BLOCK:
                    outer.append((block, block_type, height, unreachable))
                    if len(outer) > limits.NESTING:
                        limits.check(len(outer), limits.NESTING, "blocks within each other", instruction)
                    known = _BLOCK_TYPES.get(data[at])
                    if known is not None:
                        block_type = known
                        at += 1
                    else:
                        block_type, at = self._block_type(at, end)
                    if opcode == o.IF:
                        pop(stack, height, unreachable, I32)
                    elif opcode == o.TRY_TABLE:
                        at = self.signatures.catches(at, end, labels)
                    if careful:
                        marks.append(len(initialized))
                    params = block_type.params
                    if params:
                        pop_all(stack, height, unreachable, params)
                    labels.append(params if opcode == o.LOOP else block_type.results)
                    block, height, unreachable = opcode, len(stack), False
                    stack += params
                elif shape == _CALL:
                    calls += 1
                    index, at = read_unsigned(data, at, end)
                    if index >= len(functions):
                        raise Invalid(f"unknown function {index}")
                    callees.add(index)
                    callee = functions[index]
                    pop_all(stack, height, unreachable, callee.params)
                    stack += callee.results
                    if len(stack) > limits.STACK:
                        limits.check(len(stack), limits.STACK, "values on the stack", instruction)
                elif shape <= _GLOBAL_SET:
                    index, at = read_unsigned(data, at, end)
                    if index >= len(global_types):
                        raise Invalid(f"unknown global {index}")
                    if shape == _GLOBAL_GET:
                        push(global_types[index].type)
                    else:
                        if not global_types[index].mutable:
                            raise Invalid(f"immutable global: global {index} cannot be set")
                        pop(stack, height, unreachable, global_types[index].type)
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
                    pop_all(stack, height, unreachable, block_type.results)
                    if len(stack) != height:
                        raise Invalid(f"type mismatch: {len(stack) - height} values too many before else")
                    block, unreachable = o.ELSE, False
                    stack += block_type.params
                    if careful:
                        _forget(initialized, marks[-1])
                elif shape == _DROP:
                    pop(stack, height, unreachable, None)
                elif shape == _SELECT:
                    pop(stack, height, unreachable, I32)
                    second = pop(stack, height, unreachable, None)
                    first = pop(stack, height, unreachable, second)
                    chosen = first or second
                    if chosen is not None and chosen.is_reference:
                        raise Invalid("type mismatch: select without a type takes numbers only")
                    push(chosen)
                elif shape == _RETURN:
                    pop_all(stack, height, unreachable, function_type.results)
                    del stack[height:]
                    unreachable = True
                elif shape == _CALL_INDIRECT:
                    calls += 1
                    index, at = read_unsigned(data, at, end)
                    table, at = read_unsigned(data, at, end)
                    if table >= len(tables):
                        raise Invalid(f"unknown table {table}")
                    if index >= len(types):
                        raise Invalid(f"unknown type {index}")
                    if tables[table].element is not FUNCREF and not matches(tables[table].element, FUNCREF):
                        raise Invalid(f"type mismatch: a call through a table of {tables[table].element}")
                    callee = types[index]
                    pop(stack, height, unreachable, tables[table].address)
                    pop_all(stack, height, unreachable, callee.params)
                    stack += callee.results
                    if len(stack) > limits.STACK:
                        limits.check(len(stack), limits.STACK, "values on the stack", instruction)
                elif shape == _BR_TABLE:
                    targets, at = self._branch_table(at, end)
                    pop(stack, height, unreachable, I32)
                    if max(targets) >= len(labels):
                        raise Invalid(f"unknown label {max(targets)}")
                    taken = {id(label): label for label in (labels[-1 - depth] for depth in targets)}
                    if len({len(label) for label in taken.values()}) > 1:
                        raise Invalid("type mismatch: the targets of br_table take different numbers of values")
                    for label in taken.values():
                        check_branch(stack, height, unreachable, label)
                    del stack[height:]
                    unreachable = True
                elif shape == _UNREACHABLE:
                    del stack[height:]
                    unreachable = True
                elif shape in (_PREFIX, _FROM_IMMEDIATES):
                    if shape == _PREFIX:
                        sub, at = read_unsigned(data, at, end)
                        opcode = o.prefixed(opcode, sub)
                        if opcode not in o.OPCODES or not allows(features, opcode):
                            refuse_opcode(opcode, instruction)
                    popped, given, at = self.signatures.of(opcode, at, end, function_type)
                    pop_all(stack, height, unreachable, popped)
                    if opcode in ENDING:
                        del stack[height:]
                        unreachable = True
                    else:
                        stack += given
                        if len(stack) > limits.STACK:
                            limits.check(len(stack), limits.STACK, "values on the stack", instruction)
                    calls += opcode in o.CALLS
                elif shape == _RETHROW:
                    depth, at = read_unsigned(data, at, end)
                    if depth >= len(labels):
                        raise Invalid(f"unknown label {depth}")
                    if (outer[-depth][0] if depth else block) not in (o.CATCH, o.CATCH_ALL):
                        raise Invalid(f"invalid rethrow label {depth}: not a catch")
                    del stack[height:]
                    unreachable = True
                elif shape == _REFERENCE:
                    at = reference_instruction(opcode, data, at, end, stack, height, unreachable, labels)
                elif shape == _CAREFUL_LOCAL:
                    index, at = read_unsigned(data, at, end)
                    if index >= local_count:
                        raise Invalid(f"unknown local {index}")
                    operand = local_types[index]
                    if opcode != o.LOCAL_GET:
                        pop(stack, height, unreachable, operand)
                        initialized.setdefault(index)
                    elif index >= parameters and index not in initialized and not has_default(operand):
                        raise Invalid(f"uninitialized local {index}: it must be set first")
                    if opcode != o.LOCAL_SET:
                        push(operand)
                elif shape == _CATCH:
                    if block != o.TRY and block != o.CATCH:
                        raise DecodeError(f"{o.OPCODES[opcode].name} without try", instruction)
                    pop_all(stack, height, unreachable, block_type.results)
                    if len(stack) != height:
                        raise Invalid(f"type mismatch: {len(stack) - height} values too many before a catch")
                    block, unreachable = opcode, False
                    if opcode == o.CATCH:
                        given, at = self.signatures.caught(at, end)
                        stack += given
                    if careful:
                        _forget(initialized, marks[-1])
                elif shape == _OTHER:
                    if 0xFB <= opcode <= 0xFE:
                        sub, at = read_unsigned(data, at, end)
                        opcode = o.prefixed(opcode, sub)
                    refuse_opcode(opcode, instruction)
        except Invalid as problem:
            raise ValidationError(str(problem), instruction, function_index, o.OPCODES[opcode].name) from None
        except ValidationError as problem:  # of a type
            raise ValidationError(problem.message, problem.offset, function_index, o.OPCODES[opcode].name) from None
        if at > end or labels:
            raise DecodeError("unexpected end of section or function: end opcode expected", end)
        if at < end:
            raise DecodeError("instructions behind the end of the function", at)
        return calls, frozenset(callees)

    def _careful_shapes(self) -> list[int]:
        shapes = list(self.shapes)
        shapes[o.LOCAL_GET] = shapes[o.LOCAL_SET] = shapes[o.LOCAL_TEE] = _CAREFUL_LOCAL
        return shapes

    def _block_type(self, at: int, end: int) -> tuple[FuncType, int]:
        """Read a block type in full: (its type, offset behind it)."""
        reader = self.types.reader
        reader.at, reader.end = at, end
        if 0x40 < self.data[at] < 0x80:
            return FuncType((), (self.types.value_type(),)), reader.at
        index = reader.signed(33)
        if index < 0:
            raise DecodeError("malformed block type", at)
        require(MULTI_VALUE, self.features, "a block with a type index", at)
        if index >= len(self.module.types):
            raise Invalid(f"unknown type {index}")
        return self.module.types[index], reader.at

    def _memory_access(self, at: int, end: int, alignment: int) -> tuple[ValType, int]:
        """Check the immediates of a load or store in full: (type of the address, offset behind them)."""
        flags, behind = read_unsigned(self.data, at, end)
        if flags >= 0x80:
            raise DecodeError("malformed memop flags", at)
        memory = 0
        if flags & 0x40:
            require(MULTI_MEMORY, self.features, "a memory index in a load or store", at)
            memory, behind = read_unsigned(self.data, behind, end)
            flags ^= 0x40
        if flags > alignment:
            raise Invalid("alignment must not be larger than natural")
        offset, behind = read_unsigned(self.data, behind, end, 64)
        if memory >= len(self.module.memories):
            raise Invalid(f"unknown memory {memory}")
        address = self.module.memories[memory].address
        if offset >> address.bits:
            raise Invalid("offset out of range: above 32 bits")
        return address, behind

    def _delegate(self, at: int, end: int, block: int, outside: int) -> int:
        """Check the label of a delegate that ends `block`, with so many blocks outside; gives the offset behind it."""
        if block != o.TRY:
            raise DecodeError("delegate without try", at)
        depth, at = read_unsigned(self.data, at, end)
        if depth >= outside:
            raise Invalid(f"unknown label {depth}")
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


def _forget(initialized: dict[int, None], count: int) -> None:
    """Keep only the first `count` entries."""
    while len(initialized) > count:
        initialized.popitem()
