"""Machine frames as the interpreter sees them: one bytecode at a time is executed there."""

from __future__ import annotations

import ctypes
from typing import Any

from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.machine import Machine
from seaofnodes.javascript.bytecode.opcodes import Operand
from seaofnodes.javascript.bytecode.registers import CLOSURE, CONTEXT, THIS, register
from seaofnodes.javascript.interpreter.frames import Code, Frame
from seaofnodes.javascript.interpreter.preparation import Preparation
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import ELEMENTS, OBJECT_ELEMENTS, OBJECT_FIELDS, OBJECT_PROPERTIES
from seaofnodes.javascript.objects.words import Key

_word: Any = ctypes.c_uint64
_Word = ctypes.c_uint64.from_address


class MachineView(Frame):
    """A machine frame, while the interpreter executes one of its bytecodes."""

    __slots__ = ()


def code_at(machine: Machine, frame: int) -> Code:
    """The prepared bytecode of the function whose frame this is."""
    closure = _Word(frame + 8 * CLOSURE).value
    return machine.interpreter.code_of(machine.iso.shared_of(closure))


def run_step(machine: Machine, offset: int, accumulator: int, frame: int) -> int:
    """Execute the bytecode at an offset; the accumulator behind it. Raises Throw."""
    code = code_at(machine, frame)
    array = code.array
    count = array.registers
    low, parameters = register(count - 1) if count else register(0) + 1, array.parameters
    fixed = (_word * 2).from_address(frame + 8 * CLOSURE)  # closure, context
    received = (_word * parameters).from_address(frame + 8 * THIS)
    local = (_word * count).from_address(frame + 8 * low)
    registers = [accumulator, fixed[1], *received[:], fixed[0], *local[::-1]]
    before = registers[1:]
    passed = _Word(frame + 8 * layout.ARGUMENT_COUNT).value - 1
    arguments = list((_word * passed).from_address(frame + 8 * THIS + 8)[:]) if passed > 0 else []
    new_target = _Word(frame + 8 * layout.NEW_TARGET).value
    view = MachineView(code, fixed[0], registers, arguments, new_target, code.indices[offset])
    view.mark = len(machine.iso.held)
    frames = machine.iso.frames
    frames.append(view)
    try:
        code.operations[view.index](registers)
    finally:
        frames.pop()
        if registers[1:] != before:
            if registers[1] != fixed[1]:
                _Word(frame + 8 * CONTEXT).value = registers[1]
            start = 2 + parameters
            received[:] = registers[2:start]
            local[:] = registers[start + 1 : start + 1 + count][::-1]
    return int(registers[0])


def step_key(machine: Machine, offset: int, frame: int) -> Key:
    """The key of the property or variable that the bytecode at an offset names."""
    code = code_at(machine, frame)
    instruction = code.array.instructions()[code.indices[offset]]
    index = instruction.operands[instruction.opcode.operands.index(Operand.IDX)]
    return Preparation(machine.iso, machine.interpreter.state, code).key(index)


def cloned_size(iso: Isolate, word: int) -> int:
    """Bytes of an object that may be copied word by word, or 0: it must not share what can be changed."""
    memory = iso.memory
    if iso.kind(word) == Kind.CONTEXT:
        return ELEMENTS + 8 * memory.array_length(word)
    shape = iso.shape(word)
    if memory.raw(word, OBJECT_PROPERTIES) or memory.raw(word, OBJECT_ELEMENTS) != iso.empty_array or shape.own:
        return 0
    slots = (memory.raw(word, at) for at in range(OBJECT_FIELDS, shape.size, 8))
    return 0 if any(iso.is_object(slot) for slot in slots) else shape.size
