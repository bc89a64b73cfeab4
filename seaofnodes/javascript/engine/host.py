"""JavaScript in an engine: the isolate, its realm, and the way in from Python."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seaofnodes.errors import InterruptError, JavaScriptError, JavaScriptSyntaxError, TimeLimitError
from seaofnodes.javascript.builtins.table import Intrinsic
from seaofnodes.javascript.engine.console import Console
from seaofnodes.javascript.engine.conversion import Conversion
from seaofnodes.javascript.engine.functions import make_function
from seaofnodes.javascript.engine.inspect.inspector import Inspector
from seaofnodes.javascript.engine.realm import Realm
from seaofnodes.javascript.engine.scripts import Script, compile_script, run_script
from seaofnodes.javascript.engine.traces import Traces
from seaofnodes.javascript.interpreter.state import install
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.keys import key_of_text
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations.errors import data_of, error_text
from seaofnodes.javascript.operations.objects import delete_or_throw, set_or_throw
from seaofnodes.javascript.parse.words import from_units, to_units

if TYPE_CHECKING:
    from seaofnodes.javascript.engine.handles import JavaScriptValue
    from seaofnodes.runtime.heap.handles import Handle
    from seaofnodes.runtime.runtime import Runtime

T = TypeVar("T")
DEPTH: Final = 9000  # activations; V8 has about 11,000 of a small function
_CALLS: Final = 8  # of Python for an activation, at most


class JavaScript:
    """All of an engine's JavaScript: its scripts share one realm, as those of a web page do.

    Attributes: iso; realm; conversion; console.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.iso = iso = Isolate(runtime.heap)
        install(iso)
        self.console = Console()
        self.conversion = Conversion(iso, self)
        self._traces = Traces(iso)
        self._interrupted = False
        self._end: float | None = None
        self._depth = 0
        iso.capture_stack = self._traces.capture
        iso.make_function = lambda kind, parameters, body: make_function(iso, kind, parameters, body)
        iso.evaluate = self._evaluate
        iso.poll = self._poll
        iso.depth_limit = DEPTH
        self.realm = self.new_realm()
        self.realm.enter()

    def new_realm(self) -> Realm:
        """A realm with the host's objects."""
        return Realm(self.iso, [self.console.group()], [Intrinsic("console", enumerable=False)])

    # The way in.

    def run(self, function: Callable[[], T]) -> T:
        """Call a function that uses the isolate, while no other thread does. Raises JavaScriptError for a Throw,
        TimeLimitError, InterruptError, HeapLimitError, and what functions of Python raised.
        """
        return self._runtime.entry.exclusively(lambda: self._inside(function))

    def _inside(self, function: Callable[[], T]) -> T:
        iso = self.iso
        mark, frames, end = len(iso.held), len(iso.frames), self._end
        outermost = self._depth == 0
        if outermost:
            self._begin()
        self._depth += 1
        before = sys.getrecursionlimit()
        if before < DEPTH * _CALLS:
            sys.setrecursionlimit(DEPTH * _CALLS)
        try:
            return function()
        except Throw as thrown:
            raise self.error_of(thrown) from None
        finally:
            self._depth -= 1
            del iso.held[mark:]
            del iso.frames[frames:]
            if outermost:
                self._end = end
                sys.setrecursionlimit(before)

    def _begin(self) -> None:
        deadline = self._runtime.entry.deadline
        deadline.begin()
        self._interrupted = False
        self._limited = deadline.limit is not None

    def _poll(self) -> None:
        if self._interrupted:
            self._interrupted = False
            raise InterruptError("interrupted")
        if self._limited:
            self._runtime.entry.deadline.check()

    def interrupt(self) -> None:
        """Make code that runs raise InterruptError soon; any thread may call it."""
        if self._depth:
            self._interrupted = True
