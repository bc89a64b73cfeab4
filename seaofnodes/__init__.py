"""A speculative optimizing compiler that you can take apart.

    import seaofnodes
    engine = seaofnodes.Engine()
    instance = engine.instantiate("fib.wasm", imports={"env": {"log": print}})
    instance.exports["fib"](30)

What is slow to import comes when it is used first.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import (
    CompileLimitError,
    DecodeError,
    Error,
    HeapLimitError,
    InterruptError,
    LinkError,
    OptimizerWarning,
    PassError,
    TimeLimitError,
    Trap,
    UnsupportedError,
    UnsupportedFeatureError,
    ValidationError,
    WasmException,
)

if TYPE_CHECKING:
    from seaofnodes.engine import Engine
    from seaofnodes.native.subset.errors import SourceError
    from seaofnodes.native.values import f32, f64, i32, i64, u32, u64
    from seaofnodes.python_functions import PythonFunction, function
    from seaofnodes.wasm.engine.function import Function
    from seaofnodes.wasm.engine.globals import Global
    from seaofnodes.wasm.engine.instance import Instance
    from seaofnodes.wasm.engine.memory import Memory
    from seaofnodes.wasm.engine.objects.handles import ArrayReference, I31Reference, StructReference
    from seaofnodes.wasm.engine.table import Table
    from seaofnodes.wasm.engine.tags import Tag
    from seaofnodes.wasm.module import Module
    from seaofnodes.wasm.types import EXNREF, EXTERNREF, F32, F64, FUNCREF, I32, I64

__version__: Final = "0.1.0"

__all__ = [
    "EXNREF",
    "EXTERNREF",
    "F32",
    "F64",
    "FUNCREF",
    "I32",
    "I64",
    "ArrayReference",
    "CompileLimitError",
    "DecodeError",
    "Engine",
    "Error",
    "Function",
    "Global",
    "HeapLimitError",
    "I31Reference",
    "Instance",
    "InterruptError",
    "LinkError",
    "Memory",
    "Module",
    "OptimizerWarning",
    "PassError",
    "PythonFunction",
    "SourceError",
    "StructReference",
    "Table",
    "Tag",
    "TimeLimitError",
    "Trap",
    "UnsupportedError",
    "UnsupportedFeatureError",
    "ValidationError",
    "WasmException",
    "__version__",
    "f32",
    "f64",
    "function",
    "i32",
    "i64",
    "u32",
    "u64",
]

_LAZY: Final = {
    "Engine": "seaofnodes.engine",
    "Function": "seaofnodes.wasm.engine.function",
    "Global": "seaofnodes.wasm.engine.globals",
    "Instance": "seaofnodes.wasm.engine.instance",
    "Memory": "seaofnodes.wasm.engine.memory",
    "Module": "seaofnodes.wasm.module",
    "PythonFunction": "seaofnodes.python_functions",
    "SourceError": "seaofnodes.native.subset.errors",
    "Table": "seaofnodes.wasm.engine.table",
    "Tag": "seaofnodes.wasm.engine.tags",
    "function": "seaofnodes.python_functions",
    **dict.fromkeys(
        ("ArrayReference", "I31Reference", "StructReference"), "seaofnodes.wasm.engine.objects.handles"
    ),
    **dict.fromkeys(("f32", "f64", "i32", "i64", "u32", "u64"), "seaofnodes.native.values"),
    **dict.fromkeys(("EXNREF", "EXTERNREF", "F32", "F64", "FUNCREF", "I32", "I64"), "seaofnodes.wasm.types"),
}


def __getattr__(name: str) -> object:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'seaofnodes' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(module), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
