"""Tests and casts: what a reference refers to is read from its word, its object's header, and that type's record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.layout import (
    EXTERNAL,
    OBJECT_TAG,
    OBJECT_TYPE,
    RECORD_TYPE,
    RSP,
    TYPE_ARRAY,
    TYPE_DISPLAY,
    TYPE_KIND,
    TYPE_RECORD_SHIFT,
    TYPE_STRUCT,
)
from seaofnodes.backend.template.values import SCRATCH
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.compare import compare, push_flag
from seaofnodes.wasm.baseline.compiler import NEGATED, Compiler, Handler
from seaofnodes.wasm.baseline.control import nop
from seaofnodes.wasm.baseline.safepoints import reference_places
from seaofnodes.wasm.types import ARRAY, EQ, I31, STRUCT, DefinedType, FuncType, HeapType

if TYPE_CHECKING:
    from seaofnodes.wasm.types import RefType

_TAGS: Final = 3  # the lowest bits of a word, which tell objects, externals and the others apart
_HEAP_TYPES: Final = Rip(reloc=("word", "heap_types"))


class _Check:
    """Code that finds out whether the word in a register is of a type.

    Attributes: register: is not changed; kind; yes, no: where it may jump when it knows; live: locals that are needed
    afterwards, as a bit set; is_object: is the word known to be null or an object's?
    """

    def __init__(
        self, c: Compiler, register: int, kind: RefType, yes: Label, no: Label, live: int, is_object: bool = False
    ) -> None:
        self.c = c
        self.register = register
        self.kind = kind
        self.yes = yes
        self.no = no
        self.live = live
        self.is_object = is_object

    def emit(self) -> str:
        """Emit it; a condition that holds in the end if the word is of the type."""
        c, register, kind = self.c, self.register, self.kind
        heap = kind.heap
        if isinstance(heap, DefinedType):
            return self._function(heap) if isinstance(heap, FuncType) else self._object(heap)
        if _is_simple(kind):
            if heap.is_bottom != kind.nullable:
                c.emit("CMP_r64_r64", register, register)  # all are, or none
                return "NE" if heap.is_bottom else "E"
            c.emit("TEST_r64_r64", register, register)
            return "E" if heap.is_bottom else "NE"
        if heap is I31:
            if not kind.nullable:
                self._null(self.no)
            c.emit("TEST_r32_i32", register, _TAGS)
            return "E"
        if heap is EQ:
            if not kind.nullable:
                self._null(self.no)
            c.emit("MOV_r32_r32", SCRATCH, register)
            c.emit("AND_r32_i32", SCRATCH, _TAGS)
            c.emit("CMP_r32_i32", SCRATCH, EXTERNAL)
            return "NE"
        assert heap is STRUCT or heap is ARRAY
        self._must_be_object()
        c.emit("MOV_r32_m32", SCRATCH, Mem(register, OBJECT_TYPE - OBJECT_TAG))
        self._record()
        c.emit("CMP_m32_i32", Mem(SCRATCH, TYPE_KIND), TYPE_STRUCT if heap is STRUCT else TYPE_ARRAY)
        return "E"

    def _null(self, label: Label) -> None:
        self.c.emit("TEST_r64_r64", self.register, self.register)
        self.c.asm.jcc("E", label)

    def _must_be_object(self) -> None:
        """Go on with objects only."""
        if self.kind.nullable or self.is_object:
            self._null(self.yes if self.kind.nullable else self.no)
        if not self.is_object:
            self.c.emit("TEST_r32_i32", self.register, OBJECT_TAG)
            self.c.asm.jcc("E", self.no)

    def _record(self) -> None:
        """The address of the record of the type whose id is in the scratch register."""
        self.c.emit("SHL_r64_i8", SCRATCH, TYPE_RECORD_SHIFT)
        self.c.emit("ADD_r64_m64", SCRATCH, _HEAP_TYPES)

    def _object(self, heap: DefinedType) -> str:
        """Of a struct or array type: the same one, or a subtype, whose display has this one's id at its depth."""
        c = self.c
        wanted = c.type_id(heap)
        self._must_be_object()
        header = Mem(self.register, OBJECT_TYPE - OBJECT_TAG)
        if heap.final:
            c.emit("CMP_m32_i32", header, wanted)
            return "E"
        c.emit("MOV_r32_m32", SCRATCH, header)
        c.emit("CMP_r32_i32", SCRATCH, wanted)
        c.asm.jcc("E", self.yes)
        self._record()
        c.emit("CMP_m32_i32", Mem(SCRATCH, TYPE_DISPLAY + 4 * len(heap.supertypes)), wanted)
        return "E"

    def _function(self, heap: FuncType) -> str:
        """Of a function type: a builtin knows the subtypes of one that has any."""
        c = self.c
        wanted = c.type_id(heap)
        self._null(self.yes if self.kind.nullable else self.no)
        record = Mem(self.register, RECORD_TYPE)
        if heap.final:
            c.emit("CMP_m32_i32", record, wanted)
            return "E"
        places = reference_places(c, self.live)
        c.emit("MOV_r32_m32", SCRATCH, record)
        c.emit("CMP_r32_i32", SCRATCH, wanted)
        c.asm.jcc("E", self.yes)
        c.emit("PUSH_i32", wanted)
        c.asm.call_reloc("builtin", "is_subtype")
        if places:
            c.safepoints.append((c.asm.pc, places))
        c.emit("LEA_r64_m", RSP, Mem(RSP, 8))
        c.emit("TEST_r32_r32", SCRATCH, SCRATCH)
        return "NE"


def _is_simple(kind: RefType) -> bool:
    """Is only null to be told from the others, or nothing?"""
    return isinstance(kind.heap, HeapType) and (kind.heap.supertype is None or kind.heap.is_bottom)


def _live(c: Compiler) -> int:
    return c.analysis.live.get(c.index, 0) | c.controls[-1].live


def ref_test(c: Compiler, kind: RefType) -> None:
    """ref.test."""
    register = c.pop()
    yes, no = Label(), Label()
    if _is_simple(kind):
        condition = _Check(c, register, kind, yes, no, 0).emit()
        c.push_condition(condition, lambda: push_flag(c, condition))
        return
    result = c.allocate(1 << register)
    c.emit("XOR_r32_r32", result, result)
    condition = _Check(c, register, kind, yes, no, _live(c)).emit()
    c.asm.jcc(NEGATED[condition], no)
    c.asm.bind(yes)
    c.emit("MOV_r32_i32", result, 1)
    c.asm.bind(no)
    c.push(result)


def ref_cast(c: Compiler, kind: RefType) -> None:
    """ref.cast."""
    register = c.pop()
    c.push_reference(register)
    yes, no = Label(), c.trap_label("cast failure")
    condition = _Check(c, register, kind, yes, no, _live(c)).emit()
    c.asm.jcc(NEGATED[condition], no)
    c.asm.bind(yes)


def br_on_cast(on_success: bool) -> Handler:
    """br_on_cast, br_on_cast_fail: the reference stays on the stack, whether they branch or not."""

    def handler(c: Compiler, cast: op.Cast) -> None:
        register = c.pop()
        c.push_reference(register)
        control = c.controls[-1 - cast.depth]
        moves = c.branch_moves(control)
        away = not control.kind or moves
        target = c.defer(lambda: c.finish_branch(control, moves)) if away else control.label
        stay = Label()
        yes, no = (target, stay) if on_success else (stay, target)
        heap = cast.source.heap
        is_object = isinstance(heap, DefinedType) or heap is STRUCT or heap is ARRAY
        check = _Check(c, register, cast.target, yes, no, _live(c) | control.label_live, is_object)
        condition = check.emit()
        c.asm.jcc(condition if on_success else NEGATED[condition], target)
        c.asm.bind(stay)

    return handler


HANDLERS: Final[dict[int, Handler]] = {
    op.REF_EQ: compare("E", 64),
    op.REF_TEST: ref_test,
    op.REF_TEST_NULL: ref_test,
    op.REF_CAST: ref_cast,
    op.REF_CAST_NULL: ref_cast,
    op.BR_ON_CAST: br_on_cast(True),
    op.BR_ON_CAST_FAIL: br_on_cast(False),
    op.ANY_CONVERT_EXTERN: nop,
    op.EXTERN_CONVERT_ANY: nop,
}
