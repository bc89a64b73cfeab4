"""A forked process gets machine code of its own.

Code pages are shared between their two mappings, so they would be shared with the parent: what it frees and writes
would change under the child. Before a fork they are copied, and do not change until it is done; the child maps the
copy. Threads stay in the parent: what they had taken is free in the child, and the first call there starts a ticker.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from seaofnodes.backend.layout import CONTEXT_ENTRY_FRAME
from seaofnodes.runtime.code.space import SPACES, CodeCopy, CodeSpace
from seaofnodes.runtime.entry.context import CONTEXT_BEGIN, CONTEXT_OWNER
from seaofnodes.runtime.entry.ticker import TICKER
from seaofnodes.runtime.process.collector_pause import forget_others
from seaofnodes.runtime.process.exclusion import MUTEXES, this_thread
from seaofnodes.runtime.process.importing import ImportsHeld

_PATIENCE: Final = 5.0  # seconds to wait for imports: the compiler's thread imports passes when it needs them first


class _Forks:
    """Between the hooks of one fork.

    Attributes: copies: of the code of all engines; spaces: those that other threads must not change; imports: theirs.
    """

    def __init__(self) -> None:
        self.copies: list[tuple[CodeSpace, CodeCopy]] = []
        self.spaces: list[CodeSpace] = []
        self.imports = ImportsHeld()

    def before(self) -> None:
        self.imports.hold(_PATIENCE)  # first: it lets one thread fork at a time
        self.copies = []
        for space in SPACES.all():
            if not space.mutex.is_inside():  # else what goes on in there lets go
                self.spaces.append(space)
                space.mutex.hold(_PATIENCE)
            with suppress(OSError):  # then the child tries
                self.copies.append((space, space.copy_code()))

    def let_go(self) -> None:
        """In both processes: other threads may change code and import again."""
        spaces, self.spaces = self.spaces, []
        for space in spaces:
            space.mutex.let_go()
        self.imports.let_go()

    def in_parent(self) -> None:
        copies, self.copies = self.copies, []
        self.let_go()
        for _, copy in copies:
            os.close(copy.file)

    def in_child(self) -> None:
        self.let_go()
        TICKER.forget()
        forget_others()
        me = this_thread()
        for mutex in MUTEXES.all():
            mutex.forget_others(me)
        copies, self.copies = self.copies, []
        copied = {id(space): copy for space, copy in copies}
        for space in SPACES.all():
            with suppress(OSError):  # without a copy the code stays shared
                copy = copied.get(id(space)) or space.copy_code()
                space.adopt(copy)
                os.close(copy.file)
            context = space.context
            if space.load_word(context + CONTEXT_OWNER) != me:
                space.store_word(context + CONTEXT_OWNER, 0)
                space.store_word(context + CONTEXT_ENTRY_FRAME, 0)
            space.store_word(context + CONTEXT_BEGIN, 1)


_forks: Final = _Forks()
os.register_at_fork(before=_forks.before, after_in_parent=_forks.in_parent, after_in_child=_forks.in_child)
