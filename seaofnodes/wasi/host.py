"""The host of one program: what it was given, and the calls as functions to import."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from seaofnodes.errors import Error, LinkError
from seaofnodes.wasi import files, process
from seaofnodes.wasi.descriptors import Descriptor, Table
from seaofnodes.wasi.errno import INVAL, SUCCESS, WasiError, number_of
from seaofnodes.wasi.memory import Bytes, ProgramMemory
from seaofnodes.wasi.process import Exit as Exit

MODULE: Final = "wasi_snapshot_preview1"
Output = int | str | Path | Callable[[bytes], object] | None
_MASKS: Final = {"i": 0xFFFFFFFF, "I": 0xFFFFFFFFFFFFFFFF}


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
    Attributes: imports: for `Engine.instantiate`; table: of descriptors; memory: the program's, once it runs.
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
        self.arguments = [os.fsencode(argument) for argument in arguments]
        self.environment = [os.fsencode(f"{name}={value}") for name, value in (environment or {}).items()]
        if any(b"\0" in text for text in (*self.arguments, *self.environment)):
            raise Error("arguments and environment cannot hold zero bytes")
        given = [_input(stdin), _output(stdout), _output(stderr)]
        given += [_directory(name, found) for name, found in (directories or {}).items()]
        self.table = Table(given)
        self._memory: ProgramMemory | None = None
        calls = {**process.CALLS, **files.CALLS}
        self.imports = {MODULE: {name: self._call(function, kinds) for name, (function, kinds) in calls.items()}}

    @property
    def memory(self) -> ProgramMemory:
        if self._memory is None:
            raise Error("the program calls WASI before its memory is known: give its instance to `bind` or `run`")
        return self._memory

    def bind(self, instance: Any) -> None:
        """Let the calls see the instance's exported memory. Raises LinkError if it has none."""
        memory: Bytes | None = instance.exports.get("memory")
        if memory is None:
            raise LinkError('a WASI program exports its memory as "memory"')
        self._memory = ProgramMemory(memory)

    def initialize(self, instance: Any) -> None:
        """`bind`, and run what a library has to be made ready with (its export `_initialize`), once.

        Raises LinkError, Trap, Exit.
        """
        self.bind(instance)
        start = instance.exports.get("_initialize")
        if start is not None:
            start()

    def run(self, instance: Any) -> int:
        """Run a program (its export `_start`) to its end; gives its exit status. Its descriptors are closed then.

        Raises LinkError if there is no `_start`, Trap, and whatever else ends it.
        """
        self.bind(instance)
        start = instance.exports.get("_start")
        if start is None:
            raise LinkError('the module exports no "_start": it is no program')
        try:
            start()
        except Exit as end:
            return end.status
        finally:
            self.table.close_all()
        return 0

    def now(self, number: int) -> int:
        """A clock, in nanoseconds."""
        return time.clock_gettime_ns(process.clock(number))

    def _call(self, function: Callable[..., None], kinds: str) -> Callable[..., int | None]:
        masks = [_MASKS[kind] for kind in kinds]
        body = partial(function, self)

        def call(*values: int) -> int | None:
            try:
                body(*[value & mask for value, mask in zip(values, masks, strict=True)])
            except WasiError as error:
                return error.number
            except OSError as error:
                return number_of(error)
            except OverflowError:  # a size, offset or time that the system cannot have
                return INVAL
            return SUCCESS

        return call


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
