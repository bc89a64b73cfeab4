"""JavaScript in an engine: the isolate, its realm, and the way in from Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seaofnodes.errors import InterruptError, JavaScriptError
from seaofnodes.javascript.baseline.first_tier import CALLS_BEFORE, FirstTier
from seaofnodes.javascript.builtins.table import Group, Intrinsic
from seaofnodes.javascript.engine.console import Console
from seaofnodes.javascript.engine.conversion import Conversion
from seaofnodes.javascript.engine.functions import make_function
from seaofnodes.javascript.engine.inspect.formatting import inspect
from seaofnodes.javascript.engine.realm import Realm
from seaofnodes.javascript.engine.scripts import Scripts
from seaofnodes.javascript.engine.traces import Traces
from seaofnodes.javascript.interpreter.global_variables import store_global
from seaofnodes.javascript.interpreter.interpreter import Interpreter
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.errors import data_of
from seaofnodes.javascript.operations.objects import delete_or_throw, set_or_throw
from seaofnodes.javascript.parse.words import from_units, to_units
from seaofnodes.javascript.recursion import room_for_calls

if TYPE_CHECKING:
    from seaofnodes.backend.code import MachineCode
    from seaofnodes.javascript.baseline.feedback import SlotFeedback
    from seaofnodes.javascript.engine.handles import JavaScriptFunction
    from seaofnodes.runtime.heap.handles import Handle
    from seaofnodes.runtime.runtime import Runtime

T = TypeVar("T")
_MOST_INDEX: Final = 2**32 - 2


class JavaScript:
    """All of an engine's JavaScript: its scripts share one realm, as those of a web page do.

    Attributes: iso; realm; scripts; tier: the first one, or None where there is to be no machine code;
    conversion; console; traces. It is the Bridge of handles.py.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.iso = iso = new_isolate(runtime.heap)
        interpreter = Interpreter(iso)
        self._python_calls = interpreter.python_calls
        self.scripts = Scripts(interpreter, runtime.entry.within_limit)
        options = runtime.tiers.options
        before = CALLS_BEFORE if options.tier == "auto" else 0
        self.tier = None if options.jitless else FirstTier(iso, interpreter, runtime, calls_before=before)
        self.traces = Traces(iso)
        self.console = Console(self.traces)
        self.conversion = Conversion(iso, self)
        self._interrupted = False
        self._limited = False
        self._depth = 0
        iso.capture_stack = self.traces.capture
        iso.make_function = lambda kind, parameters, body: make_function(iso, self.scripts, kind, parameters, body)
        iso.evaluate = self.scripts.evaluate
        iso.evaluated_function = self.scripts.evaluated_function
        iso.poll = self._poll
        self.realm = self.new_realm()
        self.realm.enter()

    def new_realm(self, host: Sequence[Group] = ()) -> Realm:
        """A realm with the host's objects, each a property of the global object."""
        groups = [self.console.group(), *host]
        return Realm(self.iso, groups, [Intrinsic(group.name) for group in groups])

    def set_global(self, name: str, word: int) -> None:
        """Make a value a property of the global object, or that of a variable that scripts have declared."""
        store_global(self.iso, self.iso.name(name), word, False)

    # The way in.

    def run(self, function: Callable[[], T]) -> T:
        """Call a function that uses the isolate, while no other thread does. Raises JavaScriptError for a Throw,
        TimeLimitError, InterruptError, HeapLimitError, and what functions of Python raised.
        """
        return self._runtime.entry.exclusively(lambda: self._inside(function))

    def _inside(self, function: Callable[[], T]) -> T:
        iso = self.iso
        held, frames = len(iso.held), len(iso.frames)
        room: AbstractContextManager[None] = nullcontext()
        if self._depth == 0:
            room = room_for_calls(self._python_calls)
            deadline = self._runtime.entry.deadline
            deadline.begin()
            deadline.inside = True
            self._limited = deadline.limit is not None
            self._interrupted = False
        self._depth += 1
        try:
            with room:
                return function()
        except Throw as thrown:
            raise self.error_of(thrown) from None
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._runtime.entry.deadline.inside = False
            del iso.held[held:]
            del iso.frames[frames:]

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

    # What machine code there is.

    def function_name(self, index: int) -> str:
        """Of a SharedFunctionInfo, for people."""
        return self.iso.shared[index].name

    def machine_code(self, function: JavaScriptFunction) -> MachineCode | None:
        """What the first tier makes of a function; None for one of the library. Raises UnsupportedError."""
        shared = self.iso.shared_of(function.word)
        if self.tier is None or shared.script is None:
            return None
        return self.tier.compile(shared).code.code

    def feedback(self) -> list[tuple[str, list[SlotFeedback]]]:
        """What machine code has seen, by function: its name and its slots."""
        if self.tier is None:
            return []
        return [(found.shared.name, self.tier.feedback(found.shared)) for found in self.tier.compiled.values()]

    # Errors.

    def error_of(self, thrown: Throw) -> JavaScriptError:
        """The Python exception for one of JavaScript."""
        iso = self.iso
        word = thrown.word
        name = message = ""
        if iso.is_object(word) and iso.kind(word) == Kind.JS_ERROR:
            name, message = self._text_of(word, "name"), self._text_of(word, "message")
        stack = self._shown(word)
        place = None
        if thrown.origin is not None and (source := thrown.origin[0].source) is not None:
            line, column = source.position(thrown.origin[1])
            place = source.file, line, column, from_units(source.line(line))
        return JavaScriptError(self.conversion.to_python(word), name, message, stack, place)

    def _text_of(self, word: int, name: str) -> str:
        found = data_of(self.iso, word, key_of_text(self.iso, name))
        return from_units(self.iso.text(found)) if found is not None and self.iso.is_string(found) else ""

    def _shown(self, word: int) -> str:
        iso = self.iso
        if iso.is_string(word):
            return from_units(iso.text(word))
        try:
            return from_units(inspect(iso, word))
        except Throw:  # a getter throws
            return "an object that cannot be shown"

    def text_of(self, value: object) -> str:
        """A Python value as the console shows that of JavaScript; strings as they are."""
        return self.run(lambda: self._shown(self.conversion.to_javascript(value)))

    # Handles.

    def _key(self, key: object) -> Key:
        if isinstance(key, str):
            return key_of_text(self.iso, to_units(key))
        if isinstance(key, int) and not isinstance(key, bool):
            return ~key if 0 <= key <= _MOST_INDEX else key_of_text(self.iso, str(key))
        word = self.conversion.to_javascript(key)
        if not self.iso.is_symbol(word):
            raise TypeError(f"a property's key is a string, an index or a symbol, not {key!r}")
        return word

    def get(self, handle: Handle, key: object) -> Any:
        iso = self.iso
        return self.run(lambda: self.conversion.to_python(properties.get(iso, handle.word, self._key(key))))

    def set(self, handle: Handle, key: object, value: object) -> None:
        to = self.conversion.to_javascript
        self.run(lambda: set_or_throw(self.iso, handle.word, self._key(key), to(value)))

    def delete(self, handle: Handle, key: object) -> None:
        self.run(lambda: delete_or_throw(self.iso, handle.word, self._key(key)))

    def has(self, handle: Handle, key: object) -> bool:
        return self.run(lambda: properties.has(self.iso, handle.word, self._key(key)))

    def keys(self, handle: Handle) -> list[str]:
        return self.run(lambda: [text for _, text in self.conversion.enumerable(handle.word)])

    def call(self, handle: Handle, this: object, arguments: tuple[object, ...]) -> Any:
        to = self.conversion.to_javascript

        def call() -> Any:
            given = [to(argument) for argument in arguments]
            return self.conversion.to_python(self.iso.call(handle.word, to(this), given))

        return self.run(call)

    def construct(self, handle: Handle, arguments: tuple[object, ...]) -> Any:
        to = self.conversion.to_javascript

        def construct() -> Any:
            given = [to(argument) for argument in arguments]
            return self.conversion.to_python(self.iso.construct(handle.word, given))

        return self.run(construct)

    def copy(self, handle: Handle) -> Any:
        return self.run(lambda: self.conversion.copied(handle.word))

    def show(self, handle: Handle) -> str:
        return self.run(lambda: from_units(inspect(self.iso, handle.word)))
