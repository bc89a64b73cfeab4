"""Instructions on references, and those that throw, in the reference interpreter."""

from __future__ import annotations

from typing import Any

from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.interpreter.exceptions import raised
from seaofnodes.wasm.interpreter.objects import object_instruction
from seaofnodes.wasm.interpreter.state import Frame, branch
from seaofnodes.wasm.interpreter.values import ExceptionObject, not_null


def reference_instruction(frame: Frame, opcode: int, immediate: Any, pc: int) -> None:
    """Carry out an instruction on references, or one that throws. Raises Trap, WasmException."""
    instance, stack = frame.instance, frame.stack
    if opcode == w.REF_NULL:
        stack.append(None)
    elif opcode == w.REF_FUNC:
        stack.append(instance.functions[immediate])
    elif opcode == w.REF_IS_NULL:
        stack.append(int(stack.pop() is None))
    elif opcode == w.REF_AS_NON_NULL:
        not_null(stack[-1], "null reference")
    elif opcode == w.BR_ON_NULL:
        if stack[-1] is None:
            stack.pop()
            branch(frame, frame.code.targets[pc])
    elif opcode == w.BR_ON_NON_NULL:
        if stack[-1] is None:
            stack.pop()
        else:
            branch(frame, frame.code.targets[pc])
    elif opcode == w.THROW:
        tag = instance.tags[immediate]
        count = len(tag.type.type.params)
        raise raised(ExceptionObject(tag, tuple(stack[len(stack) - count :])))
    elif opcode == w.THROW_REF:
        raise raised(not_null(stack.pop(), "null exception reference"))
    elif opcode == w.RETHROW:
        raise raised(stack[frame.code.targets[pc].height])
    elif opcode in w.OBJECTS:
        object_instruction(frame, opcode, immediate, pc)
    else:
        assert opcode in (w.TRY, w.TRY_TABLE, w.DELEGATE), w.OPCODES[opcode].name


