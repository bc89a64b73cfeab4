"""The host of one program: what it was given, and the calls as functions to import."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from seaofnodes.errors import Error, LinkError
from seaofnodes.wasi import files, process
from seaofnodes.wasi.descriptors import Descriptor, Table
from seaofnodes.wasi.errno import INVAL, SUCCESS, WasiError, number_of
from seaofnodes.wasi.memory import ProgramMemory
from seaofnodes.wasi.process import Exit as Exit
from seaofnodes.wasi.program import Program
from seaofnodes.wasi.waiting import Patience
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.instance import Instance
from seaofnodes.wasm.engine.memory import Memory
from seaofnodes.wasm.types import I32, I64, FuncType

MODULE: Final = "wasi_snapshot_preview1"
Output = int | str | Path | Callable[[bytes], object] | None
_MASKS: Final = {"i": 0xFFFFFFFF, "I": 0xFFFFFFFFFFFFFFFF}
_TYPES: Final = {"i": I32, "I": I64}
_WITHOUT_RESULT: Final = ("proc_exit",)


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that a program is given. writable: may it be changed, and what is in it?"""

    path: str | Path
    writable: bool = True


class Wasi:
    """A program's host.

    Args: arguments: the program's name first; environment: variables; directories: name as the program sees it -> path
    of the host, or a Directory; stdin: a file, bytes, or None for nothing; stdout, stderr: a file, a descriptor of this
    process (1, 2), a function that takes bytes, or None for nowhere.
    Attributes: imports: for `Engine.instantiate`; program: what they work on.
    Raises Error for a directory or file that cannot be opened.
    """

    def __init__(
        self,
        arguments: Sequence[str] = ("program",),
        *,
        environment: Mapping[str, str] | None = None,
        directories: Mapping[str, str | Path | Directory] | None = None,
        stdin: int | str | Path | bytes | None = None,
        stdout: Output = None,
        stderr: Output = None,
    ) -> None:
        encoded = [os.fsencode(argument) for argument in arguments]
        variables = [os.fsencode(f"{name}={value}") for name, value in (environment or {}).items()]
        if any(b"\0" in text for text in (*encoded, *variables)):
            raise Error("arguments and environment cannot hold zero bytes")
        given = [_input(stdin), _output(stdout), _output(stderr)]
        given += [_directory(name, found) for name, found in (directories or {}).items()]
        self.program = Program(encoded, variables, Table(given))
        calls = {**process.CALLS, **files.CALLS}
        self.imports = {MODULE: {name: HostCall(self.program, name, *found) for name, found in calls.items()}}

    def bind(self, instance: Any) -> None:
        """Let the calls see the instance's exported memory, and end where its engine ends what runs.

        Raises LinkError if it has no memory.
        """
        memory = instance.exports.get("memory")
        if not isinstance(memory, Memory):
            raise LinkError('a WASI program exports its memory as "memory"')
        self.program.bind(ProgramMemory(memory), Patience(_interrupts(instance)))

    def initialize(self, instance: Any) -> None:
        """`bind`, and run what a library has to be made ready with (its export `_initialize`), once.

        Raises LinkError, Trap, Exit.
        """
        self.bind(instance)
        start = _entry(instance, "_initialize")
        if start is not None:
            start()

    def run(self, instance: Any) -> int:
        """Run a program (its export `_start`) to its end; gives its exit status. Its descriptors are closed then.

        Raises LinkError if there is no `_start`, Trap, and whatever else ends it.
        """
        try:
            self.bind(instance)
            start = _entry(instance, "_start")
            if start is None:
                raise LinkError('the module exports no "_start": it is no program')
            start()
        except Exit as end:
            return end.status
        finally:
            self.program.table.close_all()
        return 0


class HostCall:
    """A function of WASI, to import. Attributes: type: as a module has to import it."""

    __slots__ = ("_body", "_masks", "_name", "type")

    def __init__(self, program: Program, name: str, function: Callable[..., None], kinds: str) -> None:
        self._name = name
        self._body = partial(function, program)
        self._masks = [_MASKS[kind] for kind in kinds]
        self.type = FuncType(tuple(_TYPES[kind] for kind in kinds), () if name in _WITHOUT_RESULT else (I32,))

    def __call__(self, *values: int) -> int | None:
        """The error's number, 0 for none."""
        try:
            self._body(*[value & mask for value, mask in zip(values, self._masks, strict=True)])
        except WasiError as error:
            return error.number
        except OSError as error:
            return number_of(error)
        except OverflowError:  # a size, offset or time that the system cannot have
            return INVAL
        return SUCCESS

    def __repr__(self) -> str:
        return f"<WASI's {self._name} {self.type}>"


def _entry(instance: Any, name: str) -> Function | None:
    """What a program is started with, or a library made ready; None if it has none. Raises LinkError."""
    found = instance.exports.get(name)
    if found is None:
        return None
    if not isinstance(found, Function) or found.type.params or found.type.results:
        raise LinkError(f'"{name}" has to be a function without parameters and results, and is {found!r}')
    return found


def _interrupts(instance: Instance) -> Callable[[], None]:
    """Raises what is to end the call that the instance's engine runs, if there is something."""
    entry = weakref.ref(instance.data.code.tiers.entry)

    def check() -> None:
        if (found := entry()) is not None:
            found.serve_interrupt()

    return check


def _input(given: int | str | Path | bytes | None) -> Descriptor:
    if given is None or isinstance(given, bytes):
        data = bytearray(given or b"")

        def take(count: int) -> bytes:
            found = bytes(data[:count])
            del data[:count]
            return found

        return Descriptor(-1, writing=False, source=take)
    if isinstance(given, int):
        return Descriptor(given, writing=False, owned=False)
    return Descriptor(_open(given, os.O_RDONLY), writing=False)


def _output(given: Output) -> Descriptor:
    if given is None:
        return Descriptor(-1, reading=False, sink=len)
    if isinstance(given, int):
        return Descriptor(given, reading=False, owned=False)
    if callable(given):
        return Descriptor(-1, reading=False, sink=given)
    return Descriptor(_open(given, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), reading=False)


def _directory(name: str, given: str | Path | Directory) -> Descriptor:
    found = given if isinstance(given, Directory) else Directory(given)
    if not name or "\0" in name:
        raise Error(f"a directory needs a name for the program, not {name!r}")
    return Descriptor(_open(found.path, os.O_RDONLY | os.O_DIRECTORY), writing=found.writable, name=name)


def _open(path: str | Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}") from None
