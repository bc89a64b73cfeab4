"""Functions with machine signatures in an engine: entry slots, calls from Python and into Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.backend.assembler import Assembler, Rip
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.layout import HOST_CALLABLE, INSTANCE_HANDLE, RSI
from seaofnodes.language.values import all_to_bits, from_bits
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.stub_tools import assemble
from seaofnodes.runtime.entry.signatures import Signature
from seaofnodes.runtime.process.blocks import note_at_death
from seaofnodes.runtime.process.native import NativeBuffer

if TYPE_CHECKING:
    from seaofnodes.runtime.runtime import Runtime

Call = Callable[[int, tuple[int | float, ...]], Sequence[int | float]]

_NATIVE: Final = 32  # bytes of what compiled code takes for its instance: the handle of its owner


class Names:
    """Functions' names, which installed code holds: nothing that holds an engine."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)

    def function_name(self, index: int) -> str:
        """For people."""
        return self._names[index]


class Functions:
    """A fixed number of functions, each with an entry slot that leads to a callable of Python until code is installed.

    Attributes: address: what compiled code gets as its instance; slots: address of the entry slots.
    """

    __slots__ = (
        "__weakref__",
        "_installed",
        "_kept",
        "_names",
        "_native",
        "_note",
        "_stubs",
        "address",
        "runtime",
        "slots",
        "types",
    )

    def __init__(
        self, runtime: Runtime, owner: object, names: Names, types: Sequence[Signature], call: Call
    ) -> None:
        """owner: what the native data belongs to (see runtime/code/handles.py); call: runs a function in Python."""
        self.runtime = runtime
        self._names = names
        self.types = tuple(types)
        self._native = NativeBuffer(_NATIVE)
        self._native.words[INSTANCE_HANDLE >> 3] = id(owner)
        self.address = self._native.address
        self._installed: list[Any] = []
        self._note = note_at_death(runtime.space.released, self._installed)
        self.slots = runtime.space.allocate_words(max(len(types), 1), self._installed)
        self._kept: list[object] = []
        self._stubs: list[int] = []
        for index, kind in enumerate(types):
            self._stubs.append(self._stub(owner, index, names.function_name(index), kind, call))
            self.reset(index)

    def _stub(self, owner: object, index: int, name: str, kind: Signature, call: Call) -> int:
        """Code that calls Python as a host function's does."""
        cells = ctypes.c_uint64 * max(len(kind.parameters), len(kind.results), 1)

        def thunk(address: int) -> None:
            words = cells.from_address(address)
            found = call(index, tuple(map(from_bits, words, kind.parameters)))
            for i, bits in enumerate(all_to_bits(found, kind.results, name, "result")):
                words[i] = bits

        native = NativeBuffer(_NATIVE)
        native.words[INSTANCE_HANDLE >> 3] = id(owner)
        native.words[HOST_CALLABLE >> 3] = id(thunk)
        self._kept += [thunk, native]
        trampoline = self.runtime.entry.trampoline(kind)

        def enter(a: Assembler) -> None:
            a.emit("MOV_r64_m64", RSI, Rip(a.constant(native.address.to_bytes(8, "little"))))
            a.emit("JMP_m64", Rip(a.constant(trampoline.to_bytes(8, "little"))))

        return self._install(enter, f"call of {name}")

    def _install(self, build: Callable[[Assembler], None], name: str) -> int:
        return assemble(build).install(self.runtime.space, name, self._installed).start

    def reset(self, index: int) -> None:
        """From now on calls go to Python."""
        self.runtime.space.store_word(self.slots + 8 * index, self._stubs[index])

    def install(self, code: MachineCode) -> CodeObject:
        """Put code into the code space, without making it the entry of its function. Raises Error when that is full."""
        return self.runtime.space.install(
            code.data,
            code.relocations,
            self._names.function_name(code.function_index),
            slots=self.slots,
            code=code,
            names=self._names,
            owner=self._installed,
        )

    def retire(self, code: CodeObject, on_free: Callable[[], object] = lambda: None) -> None:
        """Have code freed that is not entered any more, when no frame is in it; on_free: see `RetiredCode.add`."""
        self.runtime.tiers.retired.add(code, self._installed, on_free)

    def free_slot(self, slot: int) -> None:
        """Give back what `new_slot` gave."""
        word = (slot - self.runtime.space.context, 1)
        if word in self._installed:
            self._installed.remove(word)
            self.runtime.space.released.append([word])

    def enter_at(self, index: int, code: CodeObject) -> None:
        """From now on calls go to this code."""
        self.runtime.space.store_word(self.slots + 8 * index, code.start)

    def new_slot(self, code: CodeObject) -> int:
        """Address of one more entry slot, which leads to this code."""
        found = self.runtime.space.allocate_words(1, self._installed)
        self.runtime.space.store_word(found, code.start)
        return found

    def call(self, slot: int, kind: Signature, arguments: Sequence[object], what: str) -> tuple[int | float, ...]:
        """Call what the entry slot at an address leads to. Raises TypeError, OverflowError, Trap, and the callee's."""
        entry = self.runtime.entry.point(kind)
        bits = all_to_bits(arguments, kind.parameters, what, "argument")
        try:
            taken = entry.pool.pop()
        except IndexError:
            taken = entry.buffer()
        try:
            entry.pack_bits(taken[0], 0, slot, self.address, *bits)
            self.runtime.entry.enter(entry, taken[1])
            results = entry.unpack_bits(taken[0], entry.first_result)
        finally:
            entry.pool.append(taken)
        return tuple(map(from_bits, results, kind.results))
