"""Operations of the library on values: their results, order and errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes.engine import Engine
from seaofnodes.javascript.engine.host import JavaScript
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations import conversions, iterators, objects
from seaofnodes.javascript.operations.errors import describe, describe_call_site, error_text


@pytest.fixture(params=["plain", "stress"])
def javascript(request: pytest.FixtureRequest) -> JavaScript:
    return Engine(jitless=True, stress_gc=request.param == "stress").javascript


def evaluate(javascript: JavaScript, text: str) -> int:
    return javascript.iso.pin(javascript.scripts.run(javascript.scripts.compile(text)))


def thrown(javascript: JavaScript, operate: Callable[[], object]) -> str:
    with pytest.raises(Throw) as found:
        operate()
    return error_text(javascript.iso, found.value.word)


@pytest.mark.parametrize(
    ("text", "described", "called"),
    [
        ("undefined", "undefined", "undefined"),
        ("null", "null", "object null"),
        ("true", "true", "boolean true"),
        ("1.5", "1.5", "number 1.5"),
        ("'a'", "a", 'string "a"'),
        ("Symbol('s')", "Symbol(s)", "symbol"),
        ("12345678901234567890n", "12345678901234567890", "bigint"),
        ("({})", "#<Object>", "object"),
        ("[1]", "[object Array]", "object"),
        ("new (class Mine {})", "#<Mine>", "object"),
        ("new RangeError('far')", "RangeError: far", "object"),
        ("(a) => a", "(a) => a", "function"),
        ("({get constructor() { throw 1; }, get toString() { throw 1; }})", "[object Object]", "object"),
    ],
)
def test_values_in_messages(javascript: JavaScript, text: str, described: str, called: str) -> None:
    word = evaluate(javascript, text)
    assert (describe(javascript.iso, word), describe_call_site(javascript.iso, word)) == (described, called)


def test_conversions_of_objects_ask_in_order(javascript: JavaScript) -> None:
    iso = javascript.iso
    word = evaluate(
        javascript, "var log = []; ({toString() { log.push('s'); return 7; }, valueOf() { log.push('v'); return {}; }})"
    )
    assert conversions.to_float(iso, word) == 7
    assert conversions.to_text(iso, word) == "7"
    assert conversions.to_property_key(iso, word) == ~7
    assert conversions.to_text(iso, evaluate(javascript, "log.join('')")) == "vsss"
    hint = evaluate(javascript, "({[Symbol.toPrimitive](hint) { return hint; }})")
    assert [conversions.to_text(iso, conversions.to_primitive(iso, hint, kind)) for kind in ("default", "number")] == [
        "default",
        "number",
    ]


@pytest.mark.parametrize(
    ("operate", "message"),
    [
        (lambda iso: conversions.to_number(iso, iso.symbols.iterator), "Cannot convert a Symbol value to a number"),
        (lambda iso: conversions.to_text(iso, iso.symbols.iterator), "Cannot convert a Symbol value to a string"),
        (lambda iso: conversions.to_float(iso, iso.bigint(1)), "Cannot convert a BigInt value to a number"),
        (lambda iso: conversions.to_object(iso, iso.null), "Cannot convert undefined or null to object"),
        (lambda iso: conversions.to_bigint(iso, iso.number(1)), "Cannot convert 1 to a BigInt"),
        (lambda iso: objects.call(iso, iso.true, iso.null, []), "boolean true is not a function"),
        (
            lambda iso: objects.get_v(iso, iso.null, key_of_text(iso, "x")),
            "Cannot read properties of null (reading 'x')",
        ),
        (
            lambda iso: objects.create_list_from_array_like(iso, iso.true),
            "CreateListFromArrayLike called on non-object",
        ),
        (
            lambda iso: iterators.get_iterator(iso, iso.number(5)),
            "number 5 is not iterable (cannot read property Symbol(Symbol.iterator))",
        ),
    ],
)
def test_type_errors(javascript: JavaScript, operate: Callable[[Isolate], object], message: str) -> None:
    assert thrown(javascript, lambda: operate(javascript.iso)) == f"TypeError: {message}"


@pytest.mark.parametrize(
    ("value", "length", "integer"),
    [("-5.5", 0, -5), ("'12'", 12, 12), ("NaN", 0, 0), ("1e300", 2**53 - 1, int(1e300)), ("-0", 0, 0), ("[7]", 7, 7)],
)
def test_lengths_and_integers(javascript: JavaScript, value: str, length: int, integer: int) -> None:
    word = evaluate(javascript, value)
    assert conversions.to_length(javascript.iso, word) == length
    assert conversions.to_integer_or_infinity(javascript.iso, word) == integer


_SOURCE = """
var log = [];
function source(values) {
  return {[Symbol.iterator]() { let i = 0; return {
    next() { log.push("next"); return {value: values[i], done: i++ >= values.length}; },
    return() { log.push("return"); return {}; } }; }};
}
"""


def test_a_loop_in_python_closes_the_iterator_it_leaves(javascript: JavaScript) -> None:
    iso = javascript.iso
    evaluate(javascript, _SOURCE)
    seen = []
    with iterators.iterate(iso, evaluate(javascript, "source([1, 2, 3])")) as values:
        for word in values:
            seen.append(iso.float_of(word))
            if len(seen) == 2:
                break
    assert seen == [1, 2]
    assert conversions.to_text(iso, evaluate(javascript, "log.join()")) == "next,next,return"
    evaluate(javascript, "log = []")
    message = "TypeError: in the body"

    def body() -> None:
        with iterators.iterate(iso, evaluate(javascript, "source([1])")) as values:
            for _ in values:
                iso.throw("TypeError", "in the body")

    assert thrown(javascript, body) == message
    assert conversions.to_text(iso, evaluate(javascript, "log.join()")) == "next,return"
    assert [iso.float_of(word) for word in iterators.iterable_to_list(iso, evaluate(javascript, "source([4, 5])"))] == [
        4,
        5,
    ]


def test_species(javascript: JavaScript) -> None:
    iso = javascript.iso
    array = iso.realm.intrinsic("Array")
    assert objects.species_constructor(iso, evaluate(javascript, "[]"), "Array") == array
    assert objects.species_constructor(iso, evaluate(javascript, "({constructor: undefined})"), "Array") == array
    other = evaluate(javascript, "var Other = class {}; Other")
    assert (
        objects.species_constructor(iso, evaluate(javascript, "({constructor: {[Symbol.species]: Other}})"), "Array")
        == other
    )
    bad = evaluate(javascript, "({constructor: {[Symbol.species]: 5}})")
    assert "is not a constructor" in thrown(javascript, lambda: objects.species_constructor(iso, bad, "Array"))
