"""Validation of function bodies: one pass over the bytes, with the specification's algorithm (appendix, "Validation").

The value stack holds value types, or None for a value of unknown type in code that cannot be reached. The innermost
block's opcode, type and stack height live in local variables; those of the blocks around it are on the control stack.
What is rare, or has a signature that follows from its immediates alone, is in rare.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.binary.reader import Reader, read_signed, read_unsigned
from seaofnodes.wasm.binary.type_reader import TypeReader
from seaofnodes.wasm.features import allows, refuse_opcode
from seaofnodes.wasm.subtyping import all_match, has_default
from seaofnodes.wasm.types import F32, F64, I32, I64, FuncType, ValType
from seaofnodes.wasm.validate import shapes as s
from seaofnodes.wasm.validate.immediates import BLOCK_TYPES, Immediates
from seaofnodes.wasm.validate.rare import ENDING, Signatures, reference_instruction
from seaofnodes.wasm.validate.shapes import (  # the frequent ones: a global is found faster than an attribute
    BINARY,
    BLOCK,
    BR,
    BR_IF,
    CALL,
    END,
    I32_CONST,
    LOCAL_GET,
    LOCAL_SET,
    LOCAL_TEE,
    STORE,
    UNARY,
)
from seaofnodes.wasm.validate.stack import Invalid, check_branch, pop, pop_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.module import Module

PADDING: Final = 16  # bytes that must follow a body: an instruction may be read a little beyond its end


class BodyValidator:
    """Validates bodies of one module.

    data: the module's bytes, and PADDING bytes behind the last body (past the end of a body the loop may read on, up to
    the next check); types: has read the types. All sections before the code are in the module.
    """

    def __init__(self, module: Module, data: bytes, types: TypeReader) -> None:
        self.module = module
        self.data = data
        self.features = features = types.features
        self.types = types.over(Reader(data))
        self.signatures = Signatures(module, self.types)
        self.immediates = Immediates(module, data, self.types, features)
        self.global_types = [found.type for found in module.globals]
        self.shapes = [shape if allows(features, code) else s.OTHER for code, shape in enumerate(s.SHAPES)]

    def validate(
        self, function_index: int, start: int, end: int, local_types: Sequence[ValType], careful: bool = False
    ) -> tuple[int, frozenset[int]]:
        """Validate the instructions in data[start:end]; gives the number of call instructions, and the functions that
        `call` names.

        careful: are there locals without a default value, which have to be set before they are read?
        Raises DecodeError, UnsupportedFeatureError, ValidationError.
        """
        module, data, features = self.module, self.data, self.features
        functions, global_types = module.functions, self.global_types
        memories = len(module.memories)
        first_address = module.memories[0].address if memories else I32
        local_count, parameters = len(local_types), len(functions[function_index].params)
        shapes = self._careful_shapes() if careful else self.shapes
        operands, produced, alignments = s.OPERANDS, s.RESULTS, s.ALIGNMENTS

        stack: list[ValType | None] = []
        push = stack.append
        # The innermost block: its opcode, type, height of the stack at its start; and is the code here unreachable?
        function_type = functions[function_index]
        block, block_type, height, unreachable = o.BLOCK, FuncType((), function_type.results), 0, False
        outer: list[tuple[int, FuncType, int, bool]] = []
        labels = [function_type.results]  # the types of the values of a branch, the innermost block last
        self.signatures.begin(function_type.results, labels, stack)
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
                if shape <= BINARY:
                    if shape == LOCAL_GET:
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
                elif shape == I32_CONST:
                    at += 1
                    if data[at - 1] >= 0x80:
                        _, at = read_signed(data, at - 1, end, 32)
                    push(I32)
                elif shape <= LOCAL_TEE:
                    index = data[at]
                    at += 1
                    if index >= 0x80:
                        index, at = read_unsigned(data, at - 1, end)
                    if index >= local_count:
                        raise Invalid(f"unknown local {index}")
                    operand = local_types[index]
                    if len(stack) > height and stack[-1] is operand:
                        if shape == LOCAL_SET:
                            stack.pop()
                    else:
                        pop(stack, height, unreachable, operand)
                        if shape == LOCAL_TEE:
                            push(operand)
                elif shape == UNARY:
                    operand = operands[opcode]
                    if len(stack) > height and stack[-1] is operand:
                        stack[-1] = produced[opcode]
                    else:
                        pop(stack, height, unreachable, operand)
                        push(produced[opcode])
                elif shape <= STORE:
                    flags = data[at]
                    offset = data[at + 1]
                    address = first_address
                    if flags > alignments[opcode] or offset >= 0x80:
                        address, at = self.immediates.memory_access(at, end, alignments[opcode])
                    else:
                        at += 2
                        if not memories:
                            raise Invalid("unknown memory 0")
                    operand = operands[opcode]
                    if shape == STORE:
                        pop(stack, height, unreachable, operand)
                        pop(stack, height, unreachable, address)
                    else:
                        pop(stack, height, unreachable, address)
                        push(produced[opcode])
                elif shape == END:
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
                        at = self.immediates.delegate(at, end, block, len(labels))
                    if careful and outer:
                        _forget(initialized, marks.pop())
                    if not outer:
                        break
                    block, block_type, height, unreachable = outer.pop()
                elif shape <= BR:
                    depth = data[at]
                    at += 1
                    if depth >= 0x80:
                        depth, at = read_unsigned(data, at - 1, end)
                    if depth >= len(labels):
                        raise Invalid(f"unknown label {depth}")
                    if shape == BR_IF:
                        pop(stack, height, unreachable, I32)
                        if label := labels[-1 - depth]:
                            pop_all(stack, height, unreachable, label)
                            stack += label
                    else:
                        pop_all(stack, height, unreachable, labels[-1 - depth])
                        del stack[height:]
                        unreachable = True
                elif shape == BLOCK:
                    outer.append((block, block_type, height, unreachable))
                    if len(outer) > limits.NESTING:
                        limits.check(len(outer), limits.NESTING, "blocks within each other", instruction)
                    known = BLOCK_TYPES.get(data[at])
                    if known is not None:
                        block_type = known
                        at += 1
                    else:
                        block_type, at = self.immediates.block_type(at, end)
                    if opcode == o.IF:
                        pop(stack, height, unreachable, I32)
                    elif opcode == o.TRY_TABLE:
                        at = self.signatures.catches(at, end)
                    if careful:
                        marks.append(len(initialized))
                    params = block_type.params
                    if params:
                        pop_all(stack, height, unreachable, params)
                    labels.append(params if opcode == o.LOOP else block_type.results)
                    block, height, unreachable = opcode, len(stack), False
                    stack += params
                elif shape == CALL:
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
                elif shape <= s.GLOBAL_SET:
                    index, at = read_unsigned(data, at, end)
                    if index >= len(global_types):
                        raise Invalid(f"unknown global {index}")
                    if shape == s.GLOBAL_GET:
                        push(global_types[index].type)
                    else:
                        if not global_types[index].mutable:
                            raise Invalid(f"immutable global: global {index} cannot be set")
                        pop(stack, height, unreachable, global_types[index].type)
                elif shape == s.I64_CONST:
                    _, at = read_signed(data, at, end, 64)
                    push(I64)
                elif shape == s.F64_CONST:
                    at += 8
                    push(F64)
                elif shape == s.F32_CONST:
                    at += 4
                    push(F32)
                elif shape == s.ELSE:
                    if block != o.IF:
                        raise DecodeError("else without if", instruction)
                    pop_all(stack, height, unreachable, block_type.results)
                    if len(stack) != height:
                        raise Invalid(f"type mismatch: {len(stack) - height} values too many before else")
                    block, unreachable = o.ELSE, False
                    stack += block_type.params
                    if careful:
                        _forget(initialized, marks[-1])
                elif shape == s.DROP:
                    pop(stack, height, unreachable, None)
                elif shape == s.SELECT:
                    pop(stack, height, unreachable, I32)
                    second = pop(stack, height, unreachable, None)
                    first = pop(stack, height, unreachable, second)
                    chosen = first or second
                    if chosen is not None and chosen.is_reference:
                        raise Invalid("type mismatch: select without a type takes numbers only")
                    push(chosen)
                elif shape == s.RETURN:
                    pop_all(stack, height, unreachable, function_type.results)
                    del stack[height:]
                    unreachable = True
                elif shape == s.CALL_INDIRECT:
                    calls += 1
                    callee, address, at = self.immediates.indirect_call(at, end)
                    pop(stack, height, unreachable, address)
                    pop_all(stack, height, unreachable, callee.params)
                    stack += callee.results
                    if len(stack) > limits.STACK:
                        limits.check(len(stack), limits.STACK, "values on the stack", instruction)
                elif shape == s.BR_TABLE:
                    targets, at = self.immediates.branch_table(at, end, labels)
                    pop(stack, height, unreachable, I32)
                    for target in targets:
                        check_branch(stack, height, unreachable, target)
                    del stack[height:]
                    unreachable = True
                elif shape == s.UNREACHABLE:
                    del stack[height:]
                    unreachable = True
                elif shape in (s.PREFIX, s.IMMEDIATE):
                    if shape == s.PREFIX:
                        sub, at = read_unsigned(data, at, end)
                        opcode = o.prefixed(opcode, sub)
                        if opcode not in o.OPCODES or not allows(features, opcode):
                            refuse_opcode(opcode, instruction)
                    popped, given, at = self.signatures.of(opcode, instruction, at, end, height)
                    pop_all(stack, height, unreachable, popped)
                    if opcode in ENDING:
                        del stack[height:]
                        unreachable = True
                    else:
                        stack += given
                        if len(stack) > limits.STACK:
                            limits.check(len(stack), limits.STACK, "values on the stack", instruction)
                    calls += opcode in o.CALLS
                elif shape == s.RETHROW:
                    depth, at = read_unsigned(data, at, end)
                    if depth >= len(labels):
                        raise Invalid(f"unknown label {depth}")
                    if (outer[-depth][0] if depth else block) not in (o.CATCH, o.CATCH_ALL):
                        raise Invalid(f"invalid rethrow label {depth}: not a catch")
                    del stack[height:]
                    unreachable = True
                elif shape == s.REFERENCE:
                    at = reference_instruction(opcode, data, at, end, stack, height, unreachable, labels)
                elif shape == s.CAREFUL_LOCAL:
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
                elif shape == s.CATCH:
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
                elif shape == s.OTHER:
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
        shapes[o.LOCAL_GET] = shapes[o.LOCAL_SET] = shapes[o.LOCAL_TEE] = s.CAREFUL_LOCAL
        return shapes


def _forget(initialized: dict[int, None], count: int) -> None:
    """Keep only the first `count` entries."""
    while len(initialized) > count:
        initialized.popitem()
