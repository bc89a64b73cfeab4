"""A bytecode that has no template of its own: the interpreter executes it on the machine frame."""

from __future__ import annotations

import functools

from seaofnodes.backend.layout import RCX
from seaofnodes.javascript.baseline.compiler import Choice, Compiler
from seaofnodes.javascript.baseline.template import Part, Template, build
from seaofnodes.javascript.bytecode.array import Instruction


def step(part: Part, operand: int) -> None:
    """Let the interpreter do it; the accumulator is in rax before and behind. operand: has the bytecode's offset."""
    part.emit("MOV_r32_i32", RCX, part.immediate(operand))
    part.call("js_step")


@functools.cache
def _template() -> Template:
    return build(lambda w: step(w.main, 0))


def choose(compiler: Compiler, instruction: Instruction) -> Choice:
    """For instructions that do not jump."""
    assert not instruction.opcode.jumps
    return Choice(_template(), (instruction.offset,))
