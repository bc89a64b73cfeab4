"""A forked process has the code that its parent had at the fork."""

from __future__ import annotations

import ctypes

from seaofnodes.runtime.code.space import CodeSpace


def test_code_that_took_another_ones_place_after_the_copy() -> None:
    """The compiler's thread goes on while the pages are copied: it frees code, and installs other code there."""
    space = CodeSpace(1 << 20)
    before = space.install(b"\x90" * 64, (), "before")
    copy = space.copy_code()
    space.free(before)
    after = space.install(b"\xcc" * 64, (), "after")
    assert after.start == before.start
    space.adopt(copy)
    assert ctypes.string_at(after.start, 64) == b"\xcc" * 64


def test_code_that_was_patched_after_the_copy() -> None:
    space = CodeSpace(1 << 20)
    found = space.install(b"\x90" * 64, (), "code")
    copy = space.copy_code()
    space.patch(found.start + 8, b"\xcc")
    space.adopt(copy)
    assert ctypes.string_at(found.start, 10) == b"\x90" * 8 + b"\xcc\x90"
