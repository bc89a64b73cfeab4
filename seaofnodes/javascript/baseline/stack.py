"""The stack as programs see it: frames of machine code between those of the interpreter and of the library."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.frames import MachineView
from seaofnodes.javascript.baseline.machine import Machine
from seaofnodes.javascript.bytecode.registers import CLOSURE, THIS
from seaofnodes.javascript.interpreter.frames import position_at
from seaofnodes.javascript.objects.functions import SharedFunctionInfo

if TYPE_CHECKING:
    from seaofnodes.javascript.bytecode.script import ScriptCode

_Word: Any = ctypes.c_uint64.from_address


class MachineFrame:
    """A function of the source in machine code. function, receiver, new_target: words; offset: of its bytecode."""

    __slots__ = ("_machine", "function", "new_target", "offset", "receiver")

    def __init__(self, machine: Machine, frame: int, offset: int) -> None:
        """frame: its rbp."""
        self._machine = machine
        self.function: int = _Word(frame + 8 * CLOSURE).value
        self.receiver: int = _Word(frame + 8 * THIS).value
        self.new_target: int = _Word(frame + 8 * layout.NEW_TARGET).value
        self.offset = offset

    @property
    def shared(self) -> SharedFunctionInfo:
        return self._machine.iso.shared_of(self.function)

    def position(self) -> int:
        """The offset in the source of what is executed; -1 if it is not known."""
        return position_at(self._machine.interpreter.code_of(self.shared).array, self.offset)


def entries(machine: Machine) -> list[list[MachineFrame]]:
    """The machine frames of each entry, innermost first: of entries into JavaScript's code."""
    found = []
    for frames in machine.runtime.unwinder.entries():
        functions: list[MachineFrame] = []
        ours = False
        for frame, return_address, _ in frames:
            code = machine.runtime.space.find(return_address - 1)
            if code is None:
                continue
            if code.names is machine and code.code is not None:
                position = code.position(return_address - 1 - code.start)
                functions.append(MachineFrame(machine, frame, -1 if position is None else position.bytecode_offset))
            ours = ours or code.name in ("js_invoke", "js_construct")
        if ours:
            found.append(functions)
    return found


def merged(machine: Machine) -> list[Any]:
    """All frames, the innermost last."""
    frames = machine.iso.frames
    groups = entries(machine)[::-1]
    found: list[Any] = []
    start = 0
    for end, functions in zip(machine.begun, groups, strict=False):
        found += (frame for frame in frames[start:end] if not isinstance(frame, MachineView))
        found += functions[::-1]
        start = end
    found += (frame for frame in frames[start:] if not isinstance(frame, MachineView))
    return found


def origin(machine: Machine) -> tuple[ScriptCode, int] | None:
    """Where in the source the innermost machine frame is."""
    for frames in machine.runtime.unwinder.entries():
        for frame, return_address, _ in frames:
            code = machine.runtime.space.find(return_address - 1)
            if code is not None and code.names is machine and code.code is not None:
                position = code.position(return_address - 1 - code.start)
                found = MachineFrame(machine, frame, -1 if position is None else position.bytecode_offset)
                script = found.shared.script
                return None if script is None else (script, found.position())
    return None
