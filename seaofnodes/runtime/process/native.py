"""Memory from the operating system, by address: Linux calls through ctypes."""

from __future__ import annotations

import ctypes
import mmap
import os
from typing import Any, Final

PAGE: Final = mmap.PAGESIZE
ALL_ONES: Final = (1 << 64) - 1

PROT_NONE: Final = 0
PROT_READ: Final = mmap.PROT_READ
PROT_WRITE: Final = mmap.PROT_WRITE
PROT_EXEC: Final = mmap.PROT_EXEC

MAP_SHARED: Final = mmap.MAP_SHARED
MAP_PRIVATE: Final = mmap.MAP_PRIVATE
MAP_FIXED: Final = 0x10
MAP_ANONYMOUS: Final = mmap.MAP_ANONYMOUS
MAP_NORESERVE: Final = 0x4000

_MADV_DONTNEED: Final = 4
_MAP_FAILED: Final = ctypes.c_void_p(-1).value

libc: Final = ctypes.CDLL(None, use_errno=True)
_mmap = libc.mmap
_mmap.restype = ctypes.c_void_p
_mmap.argtypes = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
)
_munmap = libc.munmap
_munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_madvise = libc.madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_mprotect = libc.mprotect
_mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def _os_error(what: str) -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"{what}: {os.strerror(code)}")


def map_pages(size: int, protection: int, flags: int, fd: int = -1, address: int | None = None, offset: int = 0) -> int:
    """mmap; the address of the new mapping. Raises OSError."""
    found = _mmap(address, size, protection, flags, fd, offset)
    if found is None or found == _MAP_FAILED:
        raise _os_error(f"cannot map {size:,} bytes")
    return int(found)


def protect_pages(address: int, size: int, protection: int) -> None:
    """mprotect. Raises OSError, for example when the memory cannot be committed."""
    if _mprotect(address, size, protection) != 0:
        raise _os_error(f"cannot commit {size:,} bytes")


def unmap_pages(address: int, size: int) -> None:
    """munmap. Raises OSError."""
    if _munmap(address, size) != 0:
        raise _os_error(f"cannot unmap {size:,} bytes")


def discard_pages(address: int, size: int) -> None:
    """Give the memory of whole private pages back to the system; they are zero when they are read again."""
    if _madvise(address, size, _MADV_DONTNEED) != 0:
        raise _os_error(f"cannot discard {size:,} bytes")


def view(address: int, size: int, owner: object = None) -> memoryview:
    """Writable bytes at an address; the view keeps `owner` alive."""
    array: Any = (ctypes.c_char * size).from_address(address)
    array.owner = owner
    return memoryview(array).cast("B")


class NativeBuffer:
    """Zeroed memory at a fixed, aligned address, freed with this object.

    Attributes: address; size: in bytes; words: the same memory as unsigned 64-bit words; bytes: and as bytes.
    """

    __slots__ = ("_storage", "address", "bytes", "size", "words")

    def __init__(self, size: int, align: int = 16, gap: int = 0) -> None:
        """align: a power of two, at least 16; gap: bytes, a multiple of that, which are left free before."""
        self.size = -(-size // 16) * 16
        storage = ctypes.create_string_buffer(self.size + align + gap)
        base = ctypes.addressof(storage)
        skip = -base % align + gap
        self._storage = storage
        self.address = base + skip
        self.bytes = memoryview(storage).cast("B")[skip : skip + self.size]
        self.words = self.bytes.cast("Q")
