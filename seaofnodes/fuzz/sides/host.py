"""The host of fuzzed modules, the same for all that run them.

Functions log their arguments and give numbers made of them and of the number of calls so far. Two of the module "fuzz"
mean more: `fail` raises an exception now and then, which passes through the WebAssembly frames, and `reenter` calls
the export "poke<i>" back, which changes memories and globals under the caller's feet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from seaofnodes.errors import Error
from seaofnodes.fuzz.generate.choices import is_nan
from seaofnodes.wasm.engine.objects.handles import I31Reference
from seaofnodes.wasm.module import FUNCTION, Import, Module
from seaofnodes.wasm.types import FuncType, ValType

FUZZ = "fuzz"
_MOST_LINES = 5000
_IMPORTED_GLOBAL = 3  # the value of every imported global


class HostError(Error):
    """What `fail` raises."""


class Host:
    """The functions of one instance. Attributes: log: a line for each call; call_back: calls an export without
    arguments, once the instance exists.
    """

    def __init__(self) -> None:
        self.log: list[str] = []
        self.calls = 0
        self.call_back: Callable[[str], object] | None = None

    def functions(self, module: Module) -> dict[tuple[str, str], Callable[..., object]]:
        """A Python function for each imported function, by module and name."""
        return {
            (found.module, found.name): self._function(module, found)
            for found in module.imports
            if found.kind == FUNCTION
        }

    def take_log(self) -> tuple[str, ...]:
        """The lines since the last time."""
        found = tuple(self.log)
        self.log.clear()
        return found

    def _function(self, module: Module, wanted: Import) -> Callable[..., object]:
        """`same` gives its reference back, or null; all others are for numbers, or make objects."""
        kind = wanted.desc
        assert isinstance(kind, FuncType)
        pokes = [e.name for e in module.exports if e.kind == FUNCTION and e.name.startswith("poke")]

        def call(*arguments: Any) -> object:
            self.calls += 1
            if len(self.log) < _MOST_LINES:
                self.log.append(f"{wanted.name}({', '.join(map(show, arguments))})")
            if wanted.module == FUZZ and wanted.name == "fail" and arguments and int(arguments[0]) & 3 == 3:
                raise HostError(f"failed with {show(arguments[0])}")
            if wanted.module == FUZZ and wanted.name == "reenter" and arguments:
                index = int(arguments[0])
                if self.call_back is not None and 0 <= index < len(pokes):
                    self.call_back(pokes[index])
            if wanted.name == "same":
                return arguments[0] if arguments[1] & 3 else None
            results = [_number(t, i, self.calls, arguments) for i, t in enumerate(kind.results)]
            return None if not results else results[0] if len(results) == 1 else tuple(results)

        return call


def show(value: object) -> str:
    """A number, an object that the host has made, or null; other references look all the same."""
    if value is None or isinstance(value, int | float | str) and not isinstance(value, I31Reference):
        return "nan" if value != value else repr(value)
    return "reference"


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, I31Reference)


def _number(kind: ValType, place: int, calls: int, arguments: Sequence[object]) -> int | float | str:
    """A result: signed, and exact as an f32; or an object."""
    mixed = calls * 7 + place * 1000 + sum(filter(_is_number, arguments)) * 31
    if kind.is_reference:
        return f"object {mixed % 5}"
    if kind.is_float:
        return (mixed % 97 - 48) / 4
    bits = kind.bits
    return (mixed + (1 << bits - 1) & (1 << bits) - 1) - (1 << bits - 1)


def imported_value(kind: ValType) -> int | float:
    """What an imported global of that type holds at first."""
    return float(_IMPORTED_GLOBAL) if kind.is_float else _IMPORTED_GLOBAL


def canonical(kind: ValType, bits: int) -> int:
    """A bit pattern, one and the same for all NaNs."""
    if not is_nan(kind, bits):
        return bits
    return 0x7FC00000 if kind.bits == 32 else 0x7FF8000000000000
