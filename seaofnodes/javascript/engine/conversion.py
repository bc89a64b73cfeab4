"""Values from Python to JavaScript and back.

To JavaScript: None becomes null, `undefined` undefined; bool, str and float their like; an int a number, which must be
exact; BigInt a BigInt; list and tuple a new Array and a dict with strings as keys a new object, with all that is in
them; a callable a function; a handle the object that it stands for. To Python the other way round, where a number that
is an integer (and not -0) becomes an int, and an object a handle: JavaScriptObject, JavaScriptArray,
JavaScriptFunction; a function that was a callable of Python becomes that again. A symbol becomes a JavaScriptSymbol.
None that such a callable gives becomes undefined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.errors import JavaScriptError
from seaofnodes.javascript.engine.handles import (
    Bridge,
    JavaScriptArray,
    JavaScriptFunction,
    JavaScriptObject,
    JavaScriptSymbol,
    JavaScriptValue,
)
from seaofnodes.javascript.engine.values import BigInt, Undefined, undefined
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.parse.words import from_units, to_units

if TYPE_CHECKING:
    pass

_LARGEST: Final = 2**53
_NESTING: Final = 1000  # lists and dicts in each other


class HostFunction:
    """A callable of Python as the code of a function of JavaScript."""

    def __init__(self, conversion: Conversion, function: Callable[..., object]) -> None:
        self._conversion = conversion
        self.function = function

    def __call__(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        given = [self._conversion.to_python(word) for word in arguments]
        try:
            result = self.function(*given)
        except JavaScriptError as error:
            word = self._conversion.word_of_error(error)
            if word is None:
                raise
            iso.throw_word(word)
        return self._conversion.to_javascript(undefined if result is None else result)


class Conversion:
    """Converts values of one isolate."""

    def __init__(self, iso: Isolate, bridge: Bridge) -> None:
        self._iso = iso
        self._bridge = bridge

    def to_javascript(self, value: object) -> int:
        """The word of a Python value; it is held. Raises TypeError, OverflowError, ValueError."""
        return self._word(value, {}, 0)

    def _word(self, value: object, known: dict[int, int], depth: int) -> int:
        iso = self._iso
        match value:
            case None:
                return iso.null
            case bool():
                return iso.boolean(value)
            case BigInt():
                return iso.bigint(int(value))
            case int():
                if abs(value) > _LARGEST and int(float(value)) != value:
                    raise OverflowError(f"{value} is no number of JavaScript: BigInt({value}) is a BigInt")
                return iso.number(value)
            case float():
                return iso.number(value)
            case str():
                return iso.string(to_units(value))
            case Undefined():
                return iso.undefined
            case JavaScriptValue():
                if value._bridge is not self._bridge:
                    raise TypeError("an object of another engine")
                iso.held.append(value._handle.word)
                return value._handle.word
            case list() | tuple() | dict():
                return self._copied(value, known, depth)
        if callable(value):
            name = to_units(getattr(value, "__name__", "") or "")
            return factory.new_builtin(iso, name, 0, HostFunction(self, value))
        raise TypeError(f"JavaScript has nothing like a {type(value).__name__}")

    def _copied(
        self, value: list[object] | tuple[object, ...] | dict[object, object], known: dict[int, int], depth: int
    ) -> int:
        iso = self._iso
        if (found := known.get(id(value))) is not None:
            return found
        if depth >= _NESTING:
            raise ValueError(f"more than {_NESTING} lists or dicts in each other")
        if isinstance(value, dict):
            word = known[id(value)] = factory.new_object(iso)
            pairs: Iterable[tuple[object, object]] = value.items()
        else:
            word = known[id(value)] = factory.new_array(iso, [])
            pairs = enumerate(value)
        mark = len(iso.held)
        for key, inner in pairs:
            if isinstance(key, str):
                where = key_of_text(iso, to_units(key))
            elif isinstance(key, int) and not isinstance(value, dict):
                where = ~key
            else:
                raise TypeError(f"the keys of a dict must be strings for JavaScript, not {type(key).__name__}")
            properties.create_data(iso, word, where, self._word(inner, known, depth + 1))
            del iso.held[mark:]
        return word

    def to_python(self, word: int) -> Any:
        """The Python value of a word."""
        iso = self._iso
        if iso.is_number(word):
            number = iso.float_of(word)
            if number.is_integer() and abs(number) <= _LARGEST and (number or math.copysign(1, number) > 0):
                return int(number)
            return number
        if iso.is_string(word):
            return from_units(iso.text(word))
        kind = iso.kind(word)
        match kind:
            case Kind.UNDEFINED | Kind.HOLE:
                return undefined
            case Kind.NULL:
                return None
            case Kind.BOOLEAN:
                return word == iso.true
            case Kind.BIGINT:
                return BigInt(iso.bigint_of(word))
        if iso.is_callable(word):
            builtin = iso.shared_of(word).builtin if kind == Kind.JS_FUNCTION else None
            if isinstance(builtin, HostFunction):
                return builtin.function
            return JavaScriptFunction(self._bridge, iso.heap.handle(word))
        if kind == Kind.SYMBOL:
            return JavaScriptSymbol(self._bridge, iso.heap.handle(word))
        return (JavaScriptArray if kind == Kind.JS_ARRAY else JavaScriptObject)(self._bridge, iso.heap.handle(word))

    def copied(self, word: int) -> Any:
        """Lists and dicts of an object and of those in it."""
        return self._copy(word, {}, 0)

    def _copy(self, word: int, known: dict[int, Any], depth: int) -> Any:
        iso = self._iso
        if not iso.is_object(word) or iso.is_callable(word):
            return self.to_python(word)
        if word in known:
            return known[word]
        if depth >= _NESTING:
            raise ValueError(f"more than {_NESTING} objects in each other")
        mark = len(iso.held)
        if iso.kind(word) == Kind.JS_ARRAY:
            array = known[word] = []
            length = int(iso.float_of(properties.get(iso, word, iso.length_key)))
            for index in range(length):
                array.append(self._copy(properties.get(iso, word, ~index), known, depth + 1))
                del iso.held[mark:]
            return array
        found = known[word] = {}
        for key, text in self.enumerable(word):
            found[text] = self._copy(properties.get(iso, word, key), known, depth + 1)
            del iso.held[mark:]
        return found

    def enumerable(self, word: int) -> list[tuple[int, str]]:
        """Own enumerable properties with strings as keys."""
        iso = self._iso
        found = []
        for key in properties.own_keys(iso, word):
            if key >= 0 and not iso.is_string(key):
                continue
            own = properties.get_own(iso, word, key)
            if own is not None and own.enumerable:
                found.append((key, str(~key) if key < 0 else from_units(iso.text(key))))
        return found

    def word_of_error(self, error: JavaScriptError) -> int | None:
        """What JavaScript threw; None if that was another engine."""
        thrown = error.thrown
        if isinstance(thrown, JavaScriptValue) and thrown._bridge is not self._bridge:
            return None
        return self.to_javascript(thrown)
