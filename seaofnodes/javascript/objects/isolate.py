"""An isolate: all values and objects of an engine, and what every operation on them needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from seaofnodes.backend.layout import ARRAY_ELEMENTS, TYPE_ARRAY, TYPE_STRUCT
from seaofnodes.errors import Error
from seaofnodes.javascript.objects.functions import BuiltinFrame
from seaofnodes.javascript.objects.kinds import FIRST_RECEIVER, FIRST_STRING, LAST_STRING, Kind
from seaofnodes.javascript.objects.layout import (
    ACCESSOR_GET,
    ACCESSOR_SET,
    ACCESSOR_SIZE,
    BIGINT_DIGITS,
    BIGINT_SIGN,
    BOUND_ARGUMENTS,
    BOUND_TARGET,
    BOUND_THIS,
    FUNCTION_SHARED,
    LAZY_INDEX,
    LAZY_SIZE,
    NUMBER_SIZE,
    NUMBER_VALUE,
    ODDBALL_NUMBER,
    ODDBALL_SIZE,
    ODDBALL_TEXT,
    QUIET_NAN,
    SYMBOL_DESCRIPTION,
    SYMBOL_FLAGS,
    SYMBOL_PRIVATE,
    SYMBOL_SIZE,
)
from seaofnodes.javascript.objects.memory import Memory
from seaofnodes.javascript.objects.shapes import Shape, Shapes
from seaofnodes.javascript.objects.string_table import StringTable
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.objects.words import Key, is_smi, smi, smi_value
from seaofnodes.runtime.heap.heap import Heap

if TYPE_CHECKING:
    from seaofnodes.javascript.objects.functions import SharedFunctionInfo

WELL_KNOWN: Final = {
    "async_iterator": "asyncIterator", "has_instance": "hasInstance", "is_concat_spreadable": "isConcatSpreadable",
    "iterator": "iterator", "match": "match", "match_all": "matchAll", "replace": "replace", "search": "search",
    "species": "species", "split": "split", "to_primitive": "toPrimitive", "to_string_tag": "toStringTag",
    "unscopables": "unscopables",
}  # fmt: skip

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


class Symbols:
    """The well-known symbols, as words."""

    async_iterator: int
    has_instance: int
    is_concat_spreadable: int
    iterator: int
    match: int
    match_all: int
    replace: int
    search: int
    species: int
    split: int
    to_primitive: int
    to_string_tag: int
    unscopables: int


class Isolate:
    """One per engine. For the thread that has the engine.

    Attributes: heap; memory; held: `memory.held`; shapes; strings; undefined, null, true, false, hole: words; lazy: the
    lazy value of every function's `prototype`; symbols; realm: set by the engine; roots: callables that give words that
    Python holds; shared: of functions, by index.

    What rooms above give it: run_bytecode, by the interpreter: (function, shared, this, arguments, new target or
    undefined) -> word; to_number, to_bigint, is_canonical_number, by the operations: ToNumber and ToBigInt of any word,
    and: is a text what ToString gives for a number? call_proxy, construct_proxy: for proxies. By factory.py: make_error
    (kind, message) -> word, make_prototype: of a function. By the engine: poll, which looks after interrupts and time
    limits now and then; capture_stack(error, function above or None), which gives an object the property `stack`;
    make_function(kind, parameters, body), the word of a function whose text (unit strings) a program has made;
    evaluate: the value of a script's text, in the global scope.

    frames: of functions that run, the innermost last: the interpreter's, and BuiltinFrames; depth_limit: how many there
    may be; symbol_registry: of Symbol.for, pinned; joined: the arrays that a `join` is at.
    """

    def __init__(self, heap: Heap) -> None:
        self.heap = heap
        self.memory = memory = Memory(heap)
        self.held = memory.held
        self.base = memory.base
        self.q, self.i = memory.q, memory.i
        self.roots: list[Callable[[], Iterable[int]]] = []
        self._pins: dict[int, int] = {}
        heap.roots.add(self._words)
        self.shapes = shapes = Shapes(memory)
        self.strings = StringTable(memory, shapes)

        def struct(kind: Kind, size: int, *references: int) -> int:
            return shapes.define(kind, TYPE_STRUCT, size, references).id

        def array(kind: Kind, width: int, *references: int) -> int:
            return shapes.define(kind, TYPE_ARRAY, width, references).id

        self._number_id = struct(Kind.HEAP_NUMBER, NUMBER_SIZE)
        self._symbol_id = struct(Kind.SYMBOL, SYMBOL_SIZE, SYMBOL_DESCRIPTION)
        self._bigint_id = array(Kind.BIGINT, 8)
        self.fixed_array_id = shapes.fixed_array
        self.double_array_id = array(Kind.FIXED_DOUBLE_ARRAY, 8)
        self.property_array_id = array(Kind.PROPERTY_ARRAY, 8, ARRAY_ELEMENTS)
        self.context_id = array(Kind.CONTEXT, 8, ARRAY_ELEMENTS)
        self.bytes_id = array(Kind.BYTES, 1)
        self._accessor_id = struct(Kind.ACCESSOR_PAIR, ACCESSOR_SIZE, ACCESSOR_GET, ACCESSOR_SET)
        self.lazy_id = struct(Kind.LAZY, LAZY_SIZE, LAZY_INDEX)

        def oddball(kind: Kind) -> int:
            return struct(kind, ODDBALL_SIZE, ODDBALL_NUMBER, ODDBALL_TEXT)

        boolean = oddball(Kind.BOOLEAN)
        nan = self.number(math.nan)
        self.undefined = self._oddball(oddball(Kind.UNDEFINED), nan, "undefined")
        self.null = shapes.null = self._oddball(oddball(Kind.NULL), smi(0), "null")
        self.true = self._oddball(boolean, smi(1), "true")
        self.false = self._oddball(boolean, smi(0), "false")
        self.hole = self._oddball(oddball(Kind.HOLE), nan, "hole")
        self.empty_array = self.pin(memory.allocate_array(self.fixed_array_id, 0, 8))
        self._factories: list[Callable[[int], int] | None] = []
        self.lazy = self.pin(self._new_lazy(self._prototype_of))
        self.symbols = Symbols()
        for attribute, name in WELL_KNOWN.items():
            setattr(self.symbols, attribute, self.pin(self.symbol(f"Symbol.{name}")))
        self.length_key = self.name("length")
        self._single = [0] * 256
        self.shared: list[SharedFunctionInfo] = []
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
        del self.held[:]

    # Roots.

    def _words(self) -> list[int]:
        found = [*self.held, *self._pins]
        for root in self.roots:
            found += root()
        return found

    def pin(self, word: int) -> int:
        """Keep an object until it is unpinned as often; the word."""
        self._pins[word] = self._pins.get(word, 0) + 1
        return word

    def unpin(self, word: int) -> None:
        count = self._pins[word] - 1
        if count:
            self._pins[word] = count
        else:
            del self._pins[word]

    # What a word is.

    def kind(self, word: int) -> Kind:
        """What a word stands for."""
        if not word & 1:
            return Kind.SMI
        return self.shapes.by_id[self.i[word - self.base >> 2]].kind  # type: ignore[union-attr]

    def shape(self, word: int) -> Shape:
        """The shape of a heap object."""
        return self.shapes.by_id[self.i[word - self.base >> 2]]  # type: ignore[return-value]

    def is_object(self, word: int) -> bool:
        """Is it an object of the language (a receiver)?"""
        return word & 1 == 1 and self.shapes.by_id[self.i[word - self.base >> 2]].kind >= FIRST_RECEIVER  # type: ignore[union-attr]

    def is_number(self, word: int) -> bool:
        return not word & 1 or self.i[word - self.base >> 2] == self._number_id

    def is_string(self, word: int) -> bool:
        return word & 1 == 1 and FIRST_STRING <= self.shapes.by_id[self.i[word - self.base >> 2]].kind <= LAST_STRING  # type: ignore[union-attr]

    def is_symbol(self, word: int) -> bool:
        return word & 1 == 1 and self.i[word - self.base >> 2] == self._symbol_id

    def is_bigint(self, word: int) -> bool:
        return word & 1 == 1 and self.i[word - self.base >> 2] == self._bigint_id

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

    # Primitive values.

    def number(self, value: int | float) -> int:
        """The word of a number: a Smi wherever it can be one. Raises OverflowError for an int beyond all doubles."""
        if -2147483648 <= value <= 2147483647:
            whole = int(value)
            if whole == value and (whole or math.copysign(1, value) > 0):
                return (whole & 0xFFFFFFFF) << 32
        word = self.memory.allocate(self._number_id, NUMBER_SIZE)
        if value != value:
            self.memory.store(word, NUMBER_VALUE, QUIET_NAN)
        else:
            self.memory.d[word - self.base + NUMBER_VALUE >> 3] = value
        return word

    def float_of(self, word: int) -> float:
        """The double of a Smi or a HeapNumber."""
        if word & 1:
            return self.memory.d[word - self.base + NUMBER_VALUE >> 3]
        value = word >> 32
        return float(value - 0x1_0000_0000 if value & 0x8000_0000 else value)

    def string(self, text: str) -> int:
        """A string of a unit string."""
        if len(text) < 2:
            return self._single_unit(ord(text)) if text else self.strings.empty
        return self.strings.make(text)

    def _single_unit(self, unit: int) -> int:
        if unit > 255:
            return self.strings.make(chr(unit))
        found = self._single[unit]
        if not found:
            found = self._single[unit] = self.strings.name(chr(unit))
        return found

    def text(self, word: int) -> str:
        """The unit string of a string's word."""
        return self.strings.text(word)

    def name(self, text: str) -> int:
        """The internalized string of a text, for good."""
        return self.strings.name(text)

    def boolean(self, value: bool) -> int:
        return self.true if value else self.false

    def bigint(self, value: int) -> int:
        """A BigInt. Raises HeapLimitError."""
        memory = self.memory
        size = (abs(value).bit_length() + 63) // 64
        word = memory.allocate_array(self._bigint_id, size, 8)
        at = word - memory.base + BIGINT_DIGITS
        memory.b[at : at + 8 * size] = abs(value).to_bytes(8 * size, "little")
        memory.i[word - memory.base + BIGINT_SIGN >> 2] = value < 0
        return word

    def bigint_of(self, word: int) -> int:
        """The integer of a BigInt."""
        memory = self.memory
        at = word - memory.base + BIGINT_DIGITS
        value = int.from_bytes(memory.b[at : at + 8 * memory.array_length(word)], "little")
        return -value if memory.i[word - memory.base + BIGINT_SIGN >> 2] else value

    def symbol(self, description: str | None, *, private: bool = False) -> int:
        """A new symbol; private: a private name, which only code that has it can use."""
        text = self.undefined if description is None else self.string(description)
        word = self.memory.allocate(self._symbol_id, SYMBOL_SIZE)
        self.memory.store(word, SYMBOL_DESCRIPTION, text)
        self.memory.store(word, SYMBOL_FLAGS, SYMBOL_PRIVATE if private else 0)
        return word

    def is_private(self, word: int) -> bool:
        """Is a key a private name?"""
        return self.is_symbol(word) and bool(self.memory.raw(word, SYMBOL_FLAGS) & SYMBOL_PRIVATE)

    def symbol_description(self, word: int) -> str | None:
        """A unit string."""
        found = self.memory.raw(word, SYMBOL_DESCRIPTION)
        return None if found == self.undefined else self.text(found)

    def _oddball(self, type_id: int, number: int, text: str) -> int:
        name = self.name(text)
        word = self.pin(self.memory.allocate(type_id, ODDBALL_SIZE))
        self.memory.store(word, ODDBALL_NUMBER, number)
        self.memory.store(word, ODDBALL_TEXT, name)
        return word

    def accessor_pair(self, get: int, set_: int) -> int:
        """An AccessorPair; get, set_: functions or undefined."""
        self.held += (get, set_)
        word = self.memory.allocate(self._accessor_id, ACCESSOR_SIZE)
        self.memory.store(word, ACCESSOR_GET, get)
        self.memory.store(word, ACCESSOR_SET, set_)
        return word

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
        return shared.index

    def shared_of(self, function: int) -> SharedFunctionInfo:
        """Of a JSFunction."""
        return self.shared[self.q[function - self.base + FUNCTION_SHARED >> 3] >> 32]

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


def _not_given(*arguments: Any) -> Any:
    raise Error("the isolate has not been given the operations, interpreter or engine that this needs")


def _nothing(*arguments: Any) -> None:
    return


def _no_error(kind: str, message: str) -> int:
    raise Error(f"{kind}: {message}")
