"""The imports of fuzzed modules, as Binaryen's interpreter defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seaofnodes.errors import WasmException
from seaofnodes.wasm.engine.objects.handles import I31Reference, ObjectReference
from seaofnodes.wasm.engine.tags import Tag
from seaofnodes.wasm.interpreter.values import I31, Array, Struct
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.types import EXN, I32, FuncType, RefType
from tests.spec.adapters import Imports, Instance


class JavaScriptException(Exception):
    """What the host throws where JavaScript would: calling an export that cannot be called from there."""


class HostObject:
    """What the imported externref refers to; Binaryen prints it so."""

    def __str__(self) -> str:
        return "externref(105)"


def shown_reference(value: object) -> str:
    """A reference as Binaryen prints it."""
    if isinstance(value, I31):
        return f"i31ref({value.signed})"
    if isinstance(value, I31Reference):
        return f"i31ref({value})"
    if isinstance(value, Struct | Array | ObjectReference):
        return "object(null)"  # so does Binaryen
    return "null" if value is None else "function" if hasattr(value, "type") else str(value)


def zeros(kind: FuncType) -> list[Any]:
    """Zeros and nulls for a function's parameters, as bit patterns and references."""
    return [None if param.is_reference else 0 for param in kind.params]


class FuzzingSupport:
    """Logs, calls exports and functions back, reads and writes the table. `instance` is set once it exists."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.instance: Instance | None = None
        # The values of each line, numbers or references as text, and whether they are floats.
        self.logged: list[list[tuple[float | str, bool]]] = []

    def imports(self) -> Imports:
        """What modules import."""
        functions: dict[str, Callable[..., Any]] = {
            "log-i32": lambda value: self._log(value, False),
            "log-i64": self._log_i64,
            "log-f32": lambda value: self._log(value, True),
            "log-f64": lambda value: self._log(value, True),
            "log-anyref": self._log_reference,
            "log-externref": self._log_reference,
            "log-funcref": self._log_reference,
            "throw": self._throw,
            "call-export": lambda index, flags: self._call_export(index),
            "call-export-catch": lambda index: self._caught(self._call_export, index),
            "call-ref": lambda function, flags: self._call_reference(function),
            "call-ref-catch": lambda function: self._caught(self._call_reference, function),
            "table-get": self._table_get,
            "table-set": self._table_set,
            "sleep": lambda milliseconds, value: value,
        }
        objects = {found.name: HostObject() for found in self.module.imports if found.module == "__fuzz_import"}
        return {"fuzzing-support": functions, "__fuzz_import": objects}

    def _log(self, value: float, is_float: bool) -> None:
        self.logged.append([(value, is_float)])

    def _log_i64(self, value: int) -> None:
        low, high = value & 0xFFFF_FFFF, value >> 32 & 0xFFFF_FFFF  # as two signed halves
        self.logged.append([((half ^ 0x8000_0000) - 0x8000_0000, False) for half in (low, high)])

    def _log_reference(self, value: object) -> None:
        self.logged.append([(shown_reference(value), False)])

    def _throw(self, value: int) -> None:
        raise WasmException(Tag(I32), (value,))

    def _call_export(self, index: int) -> None:
        exports = self.module.exports
        if not 0 <= index < len(exports) or exports[index].kind != FUNCTION:
            raise JavaScriptException(f"export {index} is not a function")
        assert self.instance is not None
        self._call(self.instance.exports[exports[index].name], self.module.functions[exports[index].index])

    def _call_reference(self, function: Any) -> None:
        if function is None:
            raise JavaScriptException("null is not a function")
        self._call(function, function.type)

    def _call(self, function: Any, kind: FuncType) -> None:
        for param in (*kind.params, *kind.results):
            if isinstance(param, RefType) and param.heap is EXN:
                raise JavaScriptException("an exnref cannot pass")
        if any(param.name == "i64" for param in kind.params):
            raise JavaScriptException("0 is no BigInt")
        if any(isinstance(param, RefType) and not param.nullable for param in kind.params):
            raise JavaScriptException("null is no reference")
        function.call_bits(*zeros(kind))

    def _caught(self, call: Callable[[Any], None], argument: Any) -> int:
        try:
            call(argument)
        except JavaScriptException:
            return 1
        return 0

    def _table_get(self, index: int) -> Any:
        table = self._table(index)
        return table[index]

    def _table_set(self, index: int, function: Any) -> None:
        self._table(index)[index] = function

    def _table(self, index: int) -> Any:
        assert self.instance is not None
        table: Any = self.instance.exports["table"]
        if not 0 <= index < len(table):
            raise JavaScriptException(f"index {index} is not in the table")
        return table
