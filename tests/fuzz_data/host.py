"""The imports of fuzzed modules, as Binaryen's interpreter defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seaofnodes.wasm.module import FUNCTION, Module
from tests.spec.adapters import Imports, Instance


class JavaScriptException(Exception):
    """What the host throws where JavaScript would: calling an export that cannot be called from there."""


class FuzzingSupport:
    """Logs, and calls exports back. `instance` is set once it exists."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.instance: Instance | None = None
        self.logged: list[list[tuple[float, bool]]] = []  # the numbers of each line, and whether they are floats

    def imports(self) -> Imports:
        """What modules import from "fuzzing-support"."""
        functions: dict[str, Callable[..., Any]] = {
            "log-i32": lambda value: self._log(value, False),
            "log-i64": self._log_i64,
            "log-f32": lambda value: self._log(value, True),
            "log-f64": lambda value: self._log(value, True),
            "call-export": lambda index, flags: self._call_export(index),
            "call-export-catch": self._call_export_catch,
            "sleep": lambda milliseconds, value: value,
        }
        return {"fuzzing-support": functions}

    def _log(self, value: float, is_float: bool) -> None:
        self.logged.append([(value, is_float)])

    def _log_i64(self, value: int) -> None:
        low, high = value & 0xFFFF_FFFF, value >> 32 & 0xFFFF_FFFF  # as two signed halves
        self.logged.append([((half ^ 0x8000_0000) - 0x8000_0000, False) for half in (low, high)])

    def _call_export(self, index: int) -> None:
        exports = self.module.exports
        if not 0 <= index < len(exports) or exports[index].kind != FUNCTION:
            raise JavaScriptException(f"export {index} is not a function")
        params = self.module.functions[exports[index].index].params
        if any(kind.name == "i64" for kind in params):
            raise JavaScriptException("0 is no BigInt")
        assert self.instance is not None
        self.instance.exports[exports[index].name].call_bits(*[0] * len(params))

    def _call_export_catch(self, index: int) -> int:
        try:
            self._call_export(index)
        except JavaScriptException:
            return 1
        return 0
