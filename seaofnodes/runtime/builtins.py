"""The builtins: machine code that compiled code calls or jumps to, the same for every module of an engine.

Register contracts (docs/architecture.md, "Builtins", has the table for compiled code):

trap_<i>            called; never returns.
poll_entry          r11: address compared with the stack limit. Preserves every register.
poll_loop, tier_up, tier_up_loop
                    preserve every register; rbp is the caller's frame, [rbp-8] its instance. The last may go on in
                    optimized code, in the same frame.
memory_grow         rsi: instance, eax: memory index, ecx: pages; result in eax.
memory_init ...     bulk operations; rsi: instance, operands as of a wasm function; no result.
table_grow          rsi: instance, eax: table, rcx: delta, rdx: reference; rax: old size or -1.
exception_new       rsi: instance, eax: tag index; rax: the exception.
throw_ref           rax: exception; goes to the handler, or leaves with WasmException.
is_subtype          r11d: actual type id, eax: expected one; eax: 0 or 1; preserves every other register.
deoptimize          preserves every register as seen by the frames that it makes in the place of the caller's; never
                    returns.
feedback_indirect   r11: feedback entry, rsi: target's record; preserves every register.

For the runtime only:

lazy                jumped to by a function's lazy stub, r11: function index, arguments as for the function.
call_python         rdi: callable, rsi: a word, given to it as an int; rax: 0 when it raised. For aligned rsp.
unwind_raised       leaves for the innermost entry frame, which then returns RAISED.
entry_exit          the common end of entry stubs. rbp: the entry frame, ebx: the status.
fault               where the signal handler continues after a fault; CONTEXT_TRAP_PC: the pc.
"""

from __future__ import annotations

import functools

from seaofnodes.backend.code import Relocation
from seaofnodes.runtime import deopt_stub, exception_stubs, memory_stubs, stubs
from seaofnodes.runtime.code_space import CodeSpace
from seaofnodes.runtime.stub_tools import assemble


@functools.cache
def _assembled() -> dict[str, tuple[bytes, tuple[Relocation, ...]]]:
    """Of all builtins; the same for all engines, so they share it."""
    builders = stubs.BUILDERS | memory_stubs.BUILDERS | exception_stubs.BUILDERS | deopt_stub.BUILDERS
    return {name: assemble(build) for name, build in builders.items()}


def install_builtins(space: CodeSpace) -> None:
    """Put all builtins into the space and into `space.builtins`."""
    for name, (data, relocations) in _assembled().items():
        space.builtins[name] = space.install(data, relocations, name).start
