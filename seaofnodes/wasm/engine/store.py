"""What the instances of one engine share: types, values and references as bits, memory that is left.

The specification's store, for one engine.
"""

from __future__ import annotations

import ctypes
import itertools
from typing import TYPE_CHECKING, Any, Protocol

from seaofnodes.backend.layout import RECORD_INSTANCE
from seaofnodes.runtime.code.handles import finder, owner_of
from seaofnodes.runtime.code.stub_tools import define_c_functions
from seaofnodes.runtime.entry.entry_point import EntryPoint
from seaofnodes.wasm.engine.exceptions import uncaught
from seaofnodes.wasm.engine.memory import PageBudget
from seaofnodes.wasm.engine.references import Pins, References, from_word, to_word
from seaofnodes.wasm.engine.stubs import memory_stubs, other_stubs
from seaofnodes.wasm.engine.stubs.callbacks import callbacks
from seaofnodes.wasm.engine.values import from_bits, signature_of, to_bits
from seaofnodes.wasm.types import FuncType, RefType, ValType

if TYPE_CHECKING:
    from seaofnodes.runtime.entry.groups import Member
    from seaofnodes.runtime.runtime import Runtime
    from seaofnodes.wasm.engine.function import Function


class HasFunctions(Protocol):
    """What function records belong to: instances and host functions."""

    def function_at(self, record: int) -> Function:
        """The function with the record at that address."""


class Store:
    """Attributes: runtime; enter: `runtime.entry.enter`; references: objects and exceptions that wasm holds; pages:
    what memories and tables may still have; types: by id. Nothing here holds an instance alive.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.enter = runtime.entry.enter
        self.references = References()
        self.pages = PageBudget(runtime.tiers.options.max_memory)
        self._types: dict[FuncType, int] = {}
        self._numbers = itertools.count(1)
        self.types: dict[int, FuncType] = {}  # by id; 0 is none
        space = runtime.space
        find = finder(space, "wasm store", self)
        define_c_functions(space, ("memmove", "memset"))
        space.register(callbacks(find))
        runtime.unwinder.uncaught = uncaught(find)
        for builtins in (memory_stubs.BUILTINS, other_stubs.BUILTINS):
            builtins.install(space)

    # Types.

    def type_id(self, kind: FuncType) -> int:
        """The engine's canonical id of a function type, from 1."""
        found = self._types.get(kind)
        if found is None:
            found = next(self._numbers)
            self.types[found] = kind
            found = self._types.setdefault(kind, found)
        return found

    def entry_point(self, kind: FuncType) -> EntryPoint:
        """How Python calls functions of a type."""
        return self.runtime.entry.point(signature_of(kind))

    def trampoline(self, kind: FuncType) -> int:
        """Address of the code that calls host functions of a type."""
        return self.runtime.entry.trampoline(signature_of(kind))

    def function_at(self, record: int) -> Function:
        """The function whose record is at that address."""
        owner: HasFunctions = owner_of(ctypes.c_uint64.from_address(record + RECORD_INSTANCE).value)
        return owner.function_at(record)

    # Values.

    def to_bits(
        self, value: object, kind: ValType, what: str, receiver: Member | None = None, pins: Pins | None = None
    ) -> int:
        """The bits of a Python value, a word for a reference; receiver: who gets that; pins: what holds it until then.

        Raises TypeError or OverflowError; `what` names the value.
        """
        if isinstance(kind, RefType):
            return to_word(self, value, kind, what, receiver, pins)
        return to_bits(value, kind, what)

    def from_bits(self, bits: int, kind: ValType) -> Any:
        """The Python value of bits or a word."""
        return from_word(self, bits, kind) if isinstance(kind, RefType) else from_bits(bits, kind)

    def to_bits_or_word(
        self, value: Any, kind: ValType, what: str, receiver: Member | None = None, pins: Pins | None = None
    ) -> int:
        """As `to_bits`, but numbers are given as bits."""
        if isinstance(kind, RefType):
            return to_word(self, value, kind, what, receiver, pins)
        if not isinstance(value, int) or not 0 <= value < 1 << kind.bits:
            raise TypeError(f"{what} is {value!r}, which is not the bits of an {kind}")
        return value

    def from_bits_or_word(self, bits: int, kind: ValType) -> Any:
        """As `from_bits`, but numbers stay bits."""
        return from_word(self, bits, kind) if isinstance(kind, RefType) else bits

    # Objects.

    def make_room(self) -> None:
        """In Python that wasm has called: of many objects and exceptions, let those go that nothing holds any more."""
        if self.references.is_crowded():
            self.references.sweep(self.runtime.unwinder.references())

    def let_go(self) -> None:
        """After a call: release objects that nothing refers to, unless an outer call of wasm may."""
        if self.references.is_due() and not self.runtime.entry.running:
            self.runtime.entry.exclusively(self._let_go)

    def _let_go(self) -> None:
        if not self.runtime.entry.running:
            self.references.sweep(())
