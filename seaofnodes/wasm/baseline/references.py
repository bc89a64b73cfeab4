"""References: null, functions, tests for null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.template.values import constant
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.compare import push_flag
from seaofnodes.wasm.baseline.compiler import Compiler, Handler
from seaofnodes.wasm.baseline.control import br
from seaofnodes.wasm.baseline.variables import select

if TYPE_CHECKING:
    from seaofnodes.wasm.types import RefType, ValType


def ref_null(c: Compiler, _: RefType) -> None:
    """ref.null: a constant."""
    c.references.append(len(c.entries))
    c.entries.append(constant(0))


def ref_func(c: Compiler, index: int) -> None:
    """ref.func: the address of the function's record, which the instance holds or, of an imported one, knows."""
    register = c.allocate()
    instance = c.instance(1 << register)
    own = index - c.module.imported_functions
    if own >= 0:
        c.emit("LEA_r64_m", register, Mem(instance, c.layout.records[own]))
    else:
        c.emit("MOV_r64_m64", register, Mem(instance, c.layout.imports[index]))
    c.push_reference(register)


def ref_is_null(c: Compiler, _: None) -> None:
    """ref.is_null."""
    if c.entries[-1] < 0:
        c.take()
        c.entries.append(constant(1))
        return
    _test(c)
    c.push_condition("E", lambda: push_flag(c, "E"))


def ref_as_non_null(c: Compiler, _: None) -> None:
    """ref.as_non_null: trap on null."""
    if c.entries[-1] < 0:
        c.trap("null reference")
        c.reachable = False
        return
    register = _test(c)
    c.asm.jcc("E", c.trap_label("null reference"))
    c.push_reference(register)


def br_on_null(c: Compiler, depth: int) -> None:
    """br_on_null: branch without the reference, or go on with it."""
    if c.entries[-1] < 0:
        c.take()
        br(c, depth)
        return
    register = _test(c)
    _branch(c, "E", depth)
    c.push_reference(register)


def br_on_non_null(c: Compiler, depth: int) -> None:
    """br_on_non_null: branch with the reference, or go on without it."""
    if c.entries[-1] >= 0:
        c.push_reference(_test(c))
        _branch(c, "NE", depth)
    c.take()


def _test(c: Compiler) -> int:
    """Pop a reference and set the flags by it."""
    register = c.pop()
    c.emit("TEST_r64_r64", register, register)
    return register


def _branch(c: Compiler, condition: str, depth: int) -> None:
    """Branch if the condition holds; what has to be moved for that is moved out of line."""
    control = c.controls[-1 - depth]
    moves = c.branch_moves(control)
    away = not control.kind or moves
    c.asm.jcc(condition, c.defer(lambda: c.finish_branch(control, moves)) if away else control.label)


def select_typed(c: Compiler, types: tuple[ValType]) -> None:
    """select with a type."""
    select(c, None)
    if types[0].is_reference:
        c.references.append(len(c.entries) - 1)


HANDLERS: Final[dict[int, Handler]] = {
    op.REF_NULL: ref_null,
    op.REF_FUNC: ref_func,
    op.REF_IS_NULL: ref_is_null,
    op.REF_AS_NON_NULL: ref_as_non_null,
    op.BR_ON_NULL: br_on_null,
    op.BR_ON_NON_NULL: br_on_non_null,
    op.SELECT_T: select_typed,
}
