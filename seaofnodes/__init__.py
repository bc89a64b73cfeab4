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
    DecodeError,
    Error,
    InterruptError,
    LinkError,
    PassError,
    TimeLimitError,
    Trap,
    UnsupportedError,
    UnsupportedFeatureError,
    ValidationError,
    WasmException,
)

if TYPE_CHECKING:
    from seaofnodes.runtime.function import Function
    from seaofnodes.runtime.globals import Global
    from seaofnodes.runtime.instance import Instance
    from seaofnodes.runtime.memory import Memory
    from seaofnodes.runtime.table import Table
    from seaofnodes.runtime.tags import Tag
    from seaofnodes.viz.engine import Engine
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
    "DecodeError",
    "Engine",
    "Error",
    "Function",
    "Global",
    "Instance",
    "InterruptError",
    "LinkError",
    "Memory",
    "Module",
    "PassError",
    "Table",
    "Tag",
    "TimeLimitError",
    "Trap",
    "UnsupportedError",
    "UnsupportedFeatureError",
    "ValidationError",
    "WasmException",
    "__version__",
]

_LAZY: Final = {
    "Engine": "seaofnodes.viz.engine",
    "Function": "seaofnodes.runtime.function",
    "Global": "seaofnodes.runtime.globals",
    "Instance": "seaofnodes.runtime.instance",
    "Memory": "seaofnodes.runtime.memory",
    "Module": "seaofnodes.wasm.module",
    "Table": "seaofnodes.runtime.table",
    "Tag": "seaofnodes.runtime.tags",
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
