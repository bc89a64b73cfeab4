"""WebAssembly: decode, validate, interpret, lift."""

from seaofnodes.wasm.body import Body
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import TextError, load

__all__ = ["Body", "Module", "TextError", "decode_module", "load"]
