"""What dies with its last reference: ranges of addresses, and notes that something is gone.

A capsule owns each; it is destroyed by machine code (native_code.py) with its last reference. Python's collector
never does that before the finalizers of what holds it have run, as callbacks of weak references would.
"""

from __future__ import annotations

import ctypes
import errno
import gc
from typing import Any, Final

from seaofnodes.runtime.process.native import PAGE, libc
from seaofnodes.runtime.process.native_code import (
    BLOCK_BASE,
    BLOCK_ITEM,
    BLOCK_LIST,
    BLOCK_SIZE,
    BLOCK_WORDS,
    DESTROY,
    call_reserve,
)

_calloc = libc.calloc
_calloc.restype = ctypes.c_void_p
_calloc.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
_new_capsule: Any = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
_increase: Any = ctypes.pythonapi.Py_IncRef
_increase.restype = None
_increase.argtypes = (ctypes.py_object,)

_Words: Any = ctypes.c_uint64 * BLOCK_WORDS


class Block:
    """A block of words whose capsule carries out, when it dies, what they say (native_code.py, BLOCK_*).

    Attributes: capsule: hold it to keep the block; address: of the block; words: the block's.
    """

    __slots__ = ("address", "capsule", "words")

    def __init__(self) -> None:
        address = _calloc(BLOCK_WORDS, 8)
        if not address:
            raise MemoryError
        self.address: int = address
        self.capsule: Any = _new_capsule(address, None, DESTROY)
        self.words: Any = _Words.from_address(address)

    def hold(self, word: int, value: object) -> None:
        """Let the block hold an object in one of its words (an offset)."""
        _increase(value)
        self.words[word >> 3] = id(value)

    def reserve(self, size: int, base: int, length: int) -> int:
        """Reserve addresses, inaccessible at first, until the block dies; their start. Raises OSError.

        base, length: offsets of the words of the block that have the range.
        """
        size = -(-size // PAGE) * PAGE
        if call_reserve(self.address, size, base, length) == -1:
            gc.collect()  # garbage may hold most of the address space
            if call_reserve(self.address, size, base, length) == -1:
                raise OSError(errno.ENOMEM, f"cannot reserve {size:,} bytes of addresses")
        start: int = self.words[base >> 3]
        return start


def reservation(size: int) -> Block:
    """A block with a range of addresses at its base. Raises OSError."""
    block = Block()
    block.reserve(size, BLOCK_BASE, BLOCK_SIZE)
    return block


def note_at_death(notes: list[Any], item: object) -> object:
    """An object at whose death `item` is appended to `notes`."""
    block = Block()
    block.hold(BLOCK_ITEM, item)
    block.hold(BLOCK_LIST, notes)
    return block.capsule


class NativeWord:
    """One word of native memory. Attributes: address."""

    __slots__ = ("_word", "address")

    def __init__(self, value: int = 0) -> None:
        self._word = ctypes.c_uint64(value)
        self.address: Final = ctypes.addressof(self._word)

    @property
    def value(self) -> int:
        return self._word.value

    @value.setter
    def value(self, value: int) -> None:
        self._word.value = value
