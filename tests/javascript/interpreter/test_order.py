"""The order of evaluation where V8's differs from that of ECMA-262."""

from __future__ import annotations

import pytest

from seaofnodes.engine import Engine

_SUPER = """
const first = {p: "first"}, second = {p: "second"};
const key = {toString() { Object.setPrototypeOf(object, second); return "p"; }};
const object = {__proto__: first, get() { return super[key]; }, set(value) { super[key] = value; return this.p; }};
"""


def result(text: str) -> object:
    return Engine(jitless=True).load_javascript(text).result


def test_super_is_looked_up_before_the_key_is_converted() -> None:
    assert result(_SUPER + "object.get()") == "first"
    assert result(_SUPER + "Object.defineProperty(first, 'p', {set() { this.q = 1; }}); object.set(5); object.q") == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("try { return 0; } catch (e) { return; }", "TypeError"),
        ("for (const x of [1]) { try { return x; } finally { } }", "TypeError"),
        ("try { return {a: 'made'}; } finally { this.b = 1; }", "made"),
        ("return;", "undefined"),
    ],
)
def test_what_a_derived_constructor_returns_is_checked_when_it_is_left(body: str, expected: str) -> None:
    text = "class A {} class B extends A { constructor() { super(); BODY } } let r; try { r = String(new B().a); }"
    assert result(text.replace("BODY", body) + " catch (e) { r = e.name; } r") == expected


def test_this_of_a_script_is_seen_by_arrow_functions() -> None:
    assert result("const f = () => this === globalThis; f()") is True


def test_new_target_needs_a_register_even_if_only_an_arrow_function_reads_it() -> None:
    assert result("(function () { return (() => new.target)() === undefined; })()") is True
