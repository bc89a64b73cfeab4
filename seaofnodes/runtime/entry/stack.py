"""How far down a thread's stack may grow."""

from __future__ import annotations

import ctypes
from typing import Final

from seaofnodes.runtime.process.native import libc

_ATTRIBUTES_SIZE: Final = 64  # more than sizeof(pthread_attr_t), 56

_pthread_self = libc.pthread_self
_pthread_self.restype = ctypes.c_void_p
_pthread_self.argtypes = ()
_getattr = libc.pthread_getattr_np
_getattr.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
_getstack = libc.pthread_attr_getstack
_getstack.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_size_t))
_destroy = libc.pthread_attr_destroy
_destroy.argtypes = (ctypes.c_void_p,)

KIB: Final = 1024
GUARD: Final = 64 * KIB  # what the kernel may refuse at the low end of a stack
RESERVE: Final = 1024 * KIB  # for host functions, the compilers and the signal handler
SMALLEST_RESERVE: Final = 128 * KIB


def thread_stack() -> tuple[int, int]:
    """Lowest address and size in bytes of the calling thread's stack.

    About 50 µs on the main thread. Raises OSError.
    """
    attributes = ctypes.create_string_buffer(_ATTRIBUTES_SIZE)
    code = _getattr(_pthread_self(), attributes)
    if code != 0:
        raise OSError(code, "cannot find the limits of this thread's stack")
    address, size = ctypes.c_void_p(), ctypes.c_size_t()
    _getstack(attributes, ctypes.byref(address), ctypes.byref(size))
    _destroy(attributes)
    return address.value or 0, size.value


def stack_limit(max_stack: int) -> int:
    """The address below which compiled code's frames of the calling thread may not reach.

    max_stack: bytes that compiled code may use at most, from the top of the thread's stack. A reserve of up to 1 MiB
    stays free below.
    """
    low, size = thread_stack()
    reserve = GUARD + max(min(RESERVE, size // 4), SMALLEST_RESERVE)
    return max(low + reserve, low + size - max_stack)
