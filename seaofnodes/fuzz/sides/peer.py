"""Wasmtime, as another engine to compare with."""

from __future__ import annotations

import functools
from typing import Any, Final

import wasmtime

from seaofnodes.errors import Error, Trap, WasmException
from seaofnodes.fuzz.sides.engines import make_once
from seaofnodes.fuzz.sides.host import Host, imported_value
from seaofnodes.wasm.interpreter.numeric import from_bits, to_bits
from seaofnodes.wasm.module import GLOBAL, Module
from seaofnodes.wasm.types import I64, FuncType, GlobalType, Limits, MemoryType, ValType

_REASONS: Final = {
    wasmtime.TrapCode.STACK_OVERFLOW: "call stack exhausted",
    wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS: "out of bounds memory access",
    wasmtime.TrapCode.TABLE_OUT_OF_BOUNDS: "out of bounds table access",
    wasmtime.TrapCode.INDIRECT_CALL_TO_NULL: "uninitialized element",
    wasmtime.TrapCode.BAD_SIGNATURE: "indirect call type mismatch",
    wasmtime.TrapCode.INTEGER_OVERFLOW: "integer overflow",
    wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO: "integer divide by zero",
    wasmtime.TrapCode.BAD_CONVERSION_TO_INTEGER: "invalid conversion to integer",
    wasmtime.TrapCode.UNREACHABLE: "unreachable",
    wasmtime.TrapCode.NULL_REFERENCE: "null reference",
    wasmtime.TrapCode.CAST_FAILURE: "cast failure",
    wasmtime.TrapCode.ARRAY_OUT_OF_BOUNDS: "out of bounds array access",
    wasmtime.TrapCode.ALLOCATION_TOO_LARGE: "array too large",
}


_THROWN: Final = "thrown Wasm exception"


@functools.cache
def engine() -> wasmtime.Engine:
    """With everything that generated modules use, but exceptions of the older form, which it has not got."""
    config = wasmtime.Config()
    for feature in ("function_references", "gc", "exceptions", "tail_call", "multi_memory", "memory64"):
        setattr(config, f"wasm_{feature}", True)
    return wasmtime.Engine(config)


class Peer:
    """An instance of a module in wasmtime; see Machine. A NaN loses its bits on the way in and out."""

    def __init__(self, module: Module, host: Host) -> None:
        try:
            compiled = wasmtime.Module(engine(), module.data)
        except wasmtime.WasmtimeError as error:
            raise Error(f"wasmtime refuses the module: {error}") from None
        self.module = module
        self.store = wasmtime.Store(engine())
        functions = host.functions(module)
        wanted: list[Any] = []
        shared: dict[object, Any] = {}
        for one in module.imports:
            if isinstance(one.desc, FuncType):
                kind = wasmtime.FuncType([_type(t) for t in one.desc.params], [_type(t) for t in one.desc.results])
                wanted.append(wasmtime.Func(self.store, kind, functions[one.module, one.name]))
            else:
                wanted.append(make_once(one, shared, self._make))
        try:
            self.exports = wasmtime.Instance(self.store, compiled, wanted).exports(self.store)
        except wasmtime.Trap as trap:
            raise _trap(trap) from None
        except wasmtime.WasmtimeError as error:
            if _THROWN not in str(error):
                raise
            raise WasmException(None) from None
        self.globals = {e.name: module.globals[e.index].type.type for e in module.exports if e.kind == GLOBAL}
        self.functions = {e.name: module.functions[e.index] for e in module.exports if e.kind == "function"}
        host.call_back = lambda export: self.call(export, ())

    def _make(self, desc: object) -> Any:
        if isinstance(desc, GlobalType):
            kind = wasmtime.GlobalType(_type(desc.type), desc.mutable)
            value = imported_value(desc.type)
            return wasmtime.Global(self.store, kind, _value(desc.type, value))
        limits: Limits = desc.limits  # type: ignore[attr-defined]
        theirs = wasmtime.Limits(limits.min, limits.max)
        if isinstance(desc, MemoryType):
            return wasmtime.Memory(self.store, wasmtime.MemoryType(theirs, is_64=desc.address is I64))
        return wasmtime.Table(self.store, wasmtime.TableType(wasmtime.ValType.funcref(), theirs), None)

    def call(self, export: str, arguments: tuple[int, ...]) -> list[int]:
        """See Machine."""
        kind = self.functions[export]
        given = [_value(t, from_bits(t, bits)) for t, bits in zip(kind.params, arguments, strict=True)]
        function: Any = self.exports[export]
        try:
            found = function(self.store, *given)
        except wasmtime.Trap as trap:
            raise _trap(trap) from None
        results = [] if not kind.results else [found] if len(kind.results) == 1 else found
        return [to_bits(t, value) for t, value in zip(kind.results, results, strict=True)]

    def memory(self, export: str) -> bytes:
        """See Machine."""
        memory: Any = self.exports[export]
        return bytes(memory.read(self.store))

    def global_bits(self, export: str) -> int:
        """See Machine."""
        found: Any = self.exports[export]
        return int(to_bits(self.globals[export], found.value(self.store)))


def _trap(trap: wasmtime.Trap) -> Trap | WasmException:
    """It does not tell what an exception carries."""
    code = trap.trap_code
    if code is None and _THROWN in trap.message:
        return WasmException(None)
    return Trap(trap.message if code is None else _REASONS.get(code, code.name))


def _type(kind: ValType) -> wasmtime.ValType:
    found: wasmtime.ValType = getattr(wasmtime.ValType, kind.name)()
    return found


def _value(kind: ValType, value: int | float) -> wasmtime.Val:
    found: wasmtime.Val = getattr(wasmtime.Val, kind.name)(value)
    return found
