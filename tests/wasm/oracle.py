"""Verdicts of wasmtime's validator, to compare ours with."""

from __future__ import annotations

import functools

import wasmtime
from wasmtime import _ffi

_LATER = (
    "threads", "tail_call", "reference_types", "simd", "relaxed_simd", "multi_memory", "memory64", "gc", "exceptions",
    "function_references", "wide_arithmetic", "custom_page_sizes", "stack_switching",
)  # fmt: skip


@functools.cache
def _engine(everything: bool) -> wasmtime.Engine:
    config = wasmtime.Config()
    if not everything:
        for feature in _LATER:
            setattr(config, f"wasm_{feature}", False)
        # The component model needs reference types; Config has no property for all its parts.
        for name in dir(_ffi):
            if name.startswith("wasmtime_config_wasm_component_model") and name.endswith("_set"):
                getattr(_ffi, name)(config.ptr(), False)
    return wasmtime.Engine(config)


def verdict(data: bytes, everything: bool = False) -> str:
    """Empty if wasmtime accepts the module, else its message.

    Without `everything`, only WebAssembly 1.0 and the features in seaofnodes.wasm.features.DECODED are on.
    """
    try:
        wasmtime.Module.validate(_engine(everything), data)
    except wasmtime.WasmtimeError as problem:
        return str(problem).strip() or "refused"
    return ""
