"""An isolate: all values and objects of an engine, and what every operation on them needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from seaofnodes.errors import Error
from seaofnodes.javascript.objects.functions import BuiltinFrame
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import (
    BOUND_ARGUMENTS,
    BOUND_TARGET,
    BOUND_THIS,
    FUNCTION_SHARED,
    LAZY_INDEX,
    LAZY_SIZE,
    ODDBALL_TEXT,
)
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.objects.values import Values
from seaofnodes.javascript.objects.words import Key, is_smi, smi, smi_value
from seaofnodes.runtime.heap.heap import Heap

if TYPE_CHECKING:
    from seaofnodes.javascript.objects.functions import SharedFunctionInfo
    from seaofnodes.javascript.scope.scopes import Scope

_CALLABLE: Final = frozenset(
    (Kind.JS_FUNCTION, Kind.JS_BOUND_FUNCTION, Kind.JS_CALLABLE_PROXY, Kind.JS_CONSTRUCTOR_PROXY)
)

RunBytecode = Callable[[int, "SharedFunctionInfo", int, list[int], int], int]


class Realm(Protocol):
    """What the engine puts into `Isolate.realm`. Attributes: global_object: a word; script_context: variables of
    scripts.
    """

    global_object: int

    @property
    def script_context(self) -> ScriptContext: ...

    def intrinsic(self, name: str) -> int:
        """An object of the library, such as "ArrayPrototype"; made when it is asked for first."""


class ScriptSlot(Protocol):
    """Where a variable of a script is: a slot of a context (word); constant: may it not be assigned?"""

    @property
    def context(self) -> int: ...

    @property
    def index(self) -> int: ...

    @property
    def constant(self) -> bool: ...


class ScriptContext(Protocol):
    """The variables that scripts declare with let, const and class."""

    def lookup(self, key: Key) -> ScriptSlot | None: ...


class Isolate(Values):
    """One per engine. For the thread that has the engine.

    Attributes, beside those of Values: lazy: the lazy value of every function's `prototype`; realm: set by the engine;
    shared: of functions, by index.

    What rooms above give it: run_bytecode, by the interpreter: (function, shared, this, arguments, new target or
    undefined) -> word; to_number, to_bigint, is_canonical_number, by the operations: ToNumber and ToBigInt of any word,
    and: is a text what ToString gives for a number? stack: gives the frames of all tiers, as `frames`;
    realm_entered: called when `realm` has changed; make_record: gives a new function's SharedFunctionInfo its record;
    call_proxy, construct_proxy: for proxies. By factory.py: make_error
    (kind, message) -> word, make_prototype: of a function. By the engine: poll, which looks after interrupts and time
    limits now and then; capture_stack(error, function above or None), which gives an object the property `stack`;
    make_function(kind, parameters, body), the word of a function whose text (unit strings) a program has made;
    evaluate: the value of a script's text, in the global scope; evaluated_function(text, scope, context): a function of
    a text that a direct call of eval has been given.

    frames: of functions that run, the innermost last: the interpreter's, and BuiltinFrames; depth_limit: how many there
    may be; symbol_registry: of Symbol.for, pinned; joined: the arrays that a `join` is at.
    """

    def __init__(self, heap: Heap) -> None:
        super().__init__(heap)
        self._factories: list[Callable[[int], int] | None] = []
        self.lazy = self.pin(self._new_lazy(self._prototype_of))
        self.shared: list[SharedFunctionInfo] = []
        self.realm_entered: Callable[[], None] = _nothing
        self.stack: Callable[[], list[Any]] = lambda: self.frames
        self.make_record: Callable[[SharedFunctionInfo], int] = _no_record
        self.realm: Realm = _NoRealm()
        self.run_bytecode: RunBytecode = _not_given
        self.call_proxy: Callable[[int, int, list[int]], int] = _not_given
        self.construct_proxy: Callable[[int, list[int], int], int] = _not_given
        self.to_number: Callable[[int], int] = self._number_only
        self.to_bigint: Callable[[int], int] = self._bigint_only
        self.is_canonical_number: Callable[[str], bool] = _not_given
        self.make_error: Callable[[str, str], int] = _no_error
        self.make_prototype: Callable[[int], int] = _not_given
        self.symbol_registry: dict[str, int] = {}
        self.joined: list[int] = []
        self.frames: list[Any] = []
        self.depth_limit = 8000
        self.poll: Callable[[], None] = _nothing
        self.capture_stack: Callable[[int, int | None], None] = _nothing
        self.make_function: Callable[[str, list[str], str], int] = _not_given
        self.evaluate: Callable[[str], int] = _not_given
        self.evaluated_function: Callable[[str, Scope, int], int] = _not_given
        del self.held[:]

    # What a word is.

    def is_callable(self, word: int) -> bool:
        return self.kind(word) in _CALLABLE

    def is_constructor(self, word: int) -> bool:
        kind = self.kind(word)
        while kind == Kind.JS_BOUND_FUNCTION:
            word = self.memory.raw(word, BOUND_TARGET)
            kind = self.kind(word)
        if kind == Kind.JS_FUNCTION:
            return self.shared_of(word).constructor
        return kind == Kind.JS_CONSTRUCTOR_PROXY

    # Lazy values.

    def lazy_value(self, factory: Callable[[], int]) -> int:
        """A value for a slot of an object, which is made when the slot is read first."""
        return self._new_lazy(lambda holder: factory())

    def _new_lazy(self, factory: Callable[[int], int]) -> int:
        word = self.memory.allocate(self.lazy_id, LAZY_SIZE)
        self.memory.store(word, LAZY_INDEX, smi(len(self._factories)))
        self._factories.append(factory)
        return word

    def resolve_lazy(self, holder: int, word: int) -> int:
        """The value that a lazy one of an object stands for; the caller stores it there."""
        index = smi_value(self.memory.raw(word, LAZY_INDEX))
        factory = self._factories[index]
        assert factory is not None
        value = factory(holder)
        self.held.append(value)
        if word != self.lazy:
            self._factories[index] = None
        return value

    def _prototype_of(self, function: int) -> int:
        return self.make_prototype(function)

    def _number_only(self, word: int) -> int:
        return word if self.is_number(word) else _not_given()

    def _bigint_only(self, word: int) -> int:
        return word if self.is_bigint(word) else _not_given()

    # Functions.

    def add_shared(self, shared: SharedFunctionInfo) -> int:
        """Its index, which it is given if it has none."""
        if shared.index < 0:
            shared.index = len(self.shared)
            self.shared.append(shared)
            shared.record = self.make_record(shared)
        return shared.index

    def shared_of(self, function: int) -> SharedFunctionInfo:
        """Of a JSFunction."""
        return self.shared[self.q[function - self.base + FUNCTION_SHARED >> 3] >> 32]

    def is_class(self, word: int) -> bool:
        """Is it the constructor of a class?"""
        return self.kind(word) == Kind.JS_FUNCTION and self.shared_of(word).is_class

    def source_text(self, function: int) -> str:
        """What `toString` of a function shows: a unit string."""
        if self.kind(function) == Kind.JS_FUNCTION:
            shared = self.shared_of(function)
            if shared.code is not None and shared.script is not None and shared.script.source is not None:
                start, end = shared.extent
                return shared.script.source.text[start:end]
            return f"function {shared.name}() {{ [native code] }}"
        return "function () { [native code] }"

    def call(self, function: int, this: int, arguments: list[int]) -> int:
        """Call what may be callable. Raises Throw."""
        held = self.held
        mark = len(held)
        kind = self.kind(function)
        if kind == Kind.JS_FUNCTION:
            shared = self.shared[self.q[function - self.base + FUNCTION_SHARED >> 3] >> 32]
            if shared.builtin is not None:
                self.frames.append(BuiltinFrame(function, this, arguments, self.undefined))
                try:
                    result = shared.builtin(self, this, arguments, self.undefined)
                finally:
                    self.frames.pop()
            else:
                result = self.run_bytecode(function, shared, this, arguments, self.undefined)
        elif kind == Kind.JS_BOUND_FUNCTION:
            target, this, bound = self._bound(function)
            result = self.call(target, this, bound + arguments)
        elif kind in _CALLABLE:
            result = self.call_proxy(function, this, arguments)
        else:
            self.throw("TypeError", f"{self.describe(function)} is not a function")
        del held[mark:]
        if result & 1:
            held.append(result)
        return result

    def construct(self, constructor: int, arguments: list[int], new_target: int | None = None) -> int:
        """Construct; new_target: the constructor itself unless given. Raises Throw."""
        held = self.held
        mark = len(held)
        target = constructor if new_target is None else new_target
        kind = self.kind(constructor)
        if not self.is_constructor(constructor):
            self.throw("TypeError", f"{self.describe(constructor)} is not a constructor")
        if kind == Kind.JS_FUNCTION:
            shared = self.shared_of(constructor)
            if shared.builtin is not None:
                self.frames.append(BuiltinFrame(constructor, self.undefined, arguments, target))
                try:
                    result = shared.builtin(self, self.undefined, arguments, target)
                finally:
                    self.frames.pop()
            else:
                result = self.run_bytecode(constructor, shared, self.undefined, arguments, target)
        elif kind == Kind.JS_BOUND_FUNCTION:
            inner, _, bound = self._bound(constructor)
            result = self.construct(inner, bound + arguments, inner if target == constructor else target)
        else:
            result = self.construct_proxy(constructor, arguments, target)
        del held[mark:]
        held.append(result)
        return result

    def _bound(self, function: int) -> tuple[int, int, list[int]]:
        memory = self.memory
        self.held.append(function)
        arguments = memory.words(memory.raw(function, BOUND_ARGUMENTS))
        return memory.load(function, BOUND_TARGET), memory.load(function, BOUND_THIS), arguments

    # Exceptions.

    def throw_word(self, word: int) -> NoReturn:
        """Throw a value."""
        raise Throw(self.heap.handle(word))

    def throw(self, kind: str, message: str) -> NoReturn:
        """Throw a new error of the realm; kind: such as "TypeError"."""
        self.throw_word(self.make_error(kind, message))

    def describe(self, word: int) -> str:
        """A value in messages: primitives as they are written, objects as "#<Object>"."""
        if is_smi(word):
            return str(smi_value(word))
        kind = self.kind(word)
        if kind in (Kind.UNDEFINED, Kind.NULL, Kind.BOOLEAN):
            return self.text(self.memory.raw(word, ODDBALL_TEXT))
        if self.is_string(word):
            return f'"{self.text(word)}"'
        if kind == Kind.SYMBOL:
            return f"Symbol({self.symbol_description(word) or ''})"
        if kind == Kind.BIGINT:
            return str(self.bigint_of(word))
        if kind == Kind.HEAP_NUMBER:
            return repr(self.float_of(word))
        if kind == Kind.JS_FUNCTION:
            return self.shared_of(word).name or "anonymous function"
        return "#<Array>" if kind == Kind.JS_ARRAY else "#<Object>"


class _NoRealm:
    global_object = 0

    @property
    def script_context(self) -> ScriptContext:
        raise Error("no engine has given the isolate a realm, so there are no variables of scripts")

    def intrinsic(self, name: str) -> int:
        raise Error(f"no engine has given the isolate a realm, so there is no {name}")


def _no_record(shared: SharedFunctionInfo) -> int:
    return 0


def _not_given(*arguments: Any) -> Any:
    raise Error("the isolate has not been given the operations, interpreter or engine that this needs")


def _nothing(*arguments: Any) -> None:
    return


def _no_error(kind: str, message: str) -> int:
    raise Error(f"{kind}: {message}")
