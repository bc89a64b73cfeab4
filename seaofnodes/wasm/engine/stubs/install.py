"""What WebAssembly adds to an engine's runtime."""

from __future__ import annotations

from seaofnodes.runtime.code.handles import finder
from seaofnodes.runtime.code.stub_tools import define_c_functions
from seaofnodes.runtime.runtime import Runtime
from seaofnodes.wasm.engine.exceptions import uncaught
from seaofnodes.wasm.engine.store import Store
from seaofnodes.wasm.engine.stubs import array_stubs, memory_stubs, other_stubs
from seaofnodes.wasm.engine.stubs.callbacks import callbacks


def install_wasm(runtime: Runtime) -> Store:
    """Gives the runtime the builtins of WebAssembly, once, and its exceptions; the store is what these work on."""
    store = Store(runtime)
    space = runtime.space
    find = finder(space, "wasm store", store)
    define_c_functions(space, ("memmove", "memset"))
    space.register(callbacks(find))
    runtime.heap.allocating |= {"array_new_data", "array_new_elem"}
    runtime.unwinder.uncaught = uncaught(find)
    for builtins in (memory_stubs.BUILTINS, array_stubs.BUILTINS, other_stubs.BUILTINS):
        builtins.install(space)
    return store
