"""What the parts of the first tier share of an isolate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.javascript.baseline.caches import Caches
from seaofnodes.javascript.baseline.words import word_name
from seaofnodes.javascript.interpreter.interpreter import Interpreter
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.throw import Throw

if TYPE_CHECKING:
    from seaofnodes.javascript.bytecode.script import ScriptCode
    from seaofnodes.runtime.runtime import Runtime


class Machine:
    """Attributes: iso; interpreter; runtime; caches; models: objects that code copies; begun: how many of the isolate's
    frames there were when each entry into machine code began.
    """

    def __init__(self, iso: Isolate, interpreter: Interpreter, runtime: Runtime) -> None:
        self.iso = iso
        self.interpreter = interpreter
        self.runtime = runtime
        self.models: list[int] = []
        self.begun: list[int] = []
        space = runtime.space
        self._space = space
        self._exception = space.define(word_name("exception"), 0)
        self._origin: tuple[ScriptCode, int] | None = None
        self.caches = Caches(iso, space, space.define(word_name("epoch"), 1))
        iso.roots.append(self._roots)

    def _roots(self) -> tuple[int, ...]:
        return (self._space.load_word(self._exception), *self.models)

    def function_name(self, index: int) -> str:
        """For people."""
        return self.iso.shared[index].name

    def begin_epoch(self) -> None:
        """Where properties of prototypes and the global object are may have changed."""
        self._space.store_word(self.caches.epoch_word, self.caches.epoch + 1)

    def put(self, thrown: Throw) -> None:
        """What machine code is about to throw."""
        self._space.store_word(self._exception, thrown.word)
        self._origin = thrown.origin

    def take(self) -> Throw:
        """What machine code has thrown, as an exception of Python."""
        word = self._space.load_word(self._exception)
        self._space.store_word(self._exception, 0)
        thrown = Throw(self.iso.heap.handle(word))
        thrown.origin = self._origin
        return thrown
