"""Verdicts of wasmtime's validator, to compare ours with."""

from __future__ import annotations

import functools

import wasmtime
from wasmtime import _ffi

# What wasmtime has on that older engines have not; and what we have not.
_LATER = ("tail_call", "reference_types", "multi_memory", "memory64", "gc", "exceptions", "function_references")
_NEVER = ("threads", "simd", "relaxed_simd", "wide_arithmetic", "custom_page_sizes", "stack_switching")


@functools.cache
def _engine(later: bool) -> wasmtime.Engine:
    config = wasmtime.Config()
    for feature in _NEVER if later else (*_NEVER, *_LATER):
        setattr(config, f"wasm_{feature}", False)
    if later:
        for feature in _LATER:
            setattr(config, f"wasm_{feature}", True)
    # The component model needs reference types; Config has no property for all its parts.
    for name in dir(_ffi):
        if name.startswith("wasmtime_config_wasm_component_model") and name.endswith("_set"):
            getattr(_ffi, name)(config.ptr(), False)
    return wasmtime.Engine(config)


def verdict(data: bytes, later: bool = False) -> str:
    """Empty if wasmtime accepts the module, else its message.

    Only what older engines have is on, or with `later` what seaofnodes.wasm.features.SUPPORTED has; not the legacy
    exceptions, which wasmtime does not know.
    """
    try:
        wasmtime.Module.validate(_engine(later), data)
    except wasmtime.WasmtimeError as problem:
        return str(problem).strip() or "refused"
    return ""
