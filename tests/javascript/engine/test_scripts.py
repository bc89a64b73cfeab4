"""Scripts: declarations, eval, functions of text, limits."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from seaofnodes.engine import Engine
from seaofnodes.errors import (
    HeapLimitError,
    InterruptError,
    JavaScriptError,
    JavaScriptSyntaxError,
    TimeLimitError,
    UnsupportedError,
)


@pytest.fixture
def engine() -> Engine:
    return Engine(jitless=True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("let a", "let a"),
        ("let a", "var a"),
        ("const a = 1", "function a() {}"),
        ("var a", "let a"),
        ("function a() {}", "class a {}"),
        ("0", "let undefined"),
    ],
)
def test_redeclarations_are_refused(engine: Engine, first: str, second: str) -> None:
    engine.load_javascript(first)
    with pytest.raises(JavaScriptError, match="has already been declared") as found:
        engine.load_javascript(f"var before = 1; let other; {second}")
    assert found.value.name == "SyntaxError"
    assert engine.load_javascript("typeof other + typeof before").result == "undefinedundefined"  # nothing was declared


def test_variables_of_scripts(engine: Engine) -> None:
    program = engine.load_javascript("var v = 1; let l = 2; function f() { return later; }")
    assert program.evaluate("[v, l, 'v' in globalThis, 'l' in globalThis, delete globalThis.v].join()") == (
        "1,2,true,false,false"
    )
    with pytest.raises(JavaScriptError, match="later is not defined"):
        program.call("f")
    program.evaluate("let later = 3")
    assert program.call("f") == 3
    with pytest.raises(JavaScriptError, match="Cannot access 'dead' before initialization"):
        program.evaluate("dead; let dead = 1")
    with pytest.raises(JavaScriptError, match="Cannot access 'dead' before initialization"):
        program.evaluate("dead")


def test_syntax_errors_have_a_place(engine: Engine) -> None:
    with pytest.raises(JavaScriptSyntaxError) as found:
        engine.load_javascript("var a;\nlet b = ;")
    assert str(found.value) == "<script>:2:9: SyntaxError: Unexpected token ';'\nlet b = ;\n        ^"


def test_what_is_not_there_is_refused(engine: Engine) -> None:
    for text in ("function* g() {} g()", "(async () => 1)()"):
        with pytest.raises(UnsupportedError, match="not supported yet"):
            engine.load_javascript(text)


def test_eval(engine: Engine) -> None:
    evaluate = engine.load_javascript("var g = 1; var run = eval;").evaluate
    assert evaluate("eval('g + 1')") == 2
    assert evaluate("eval(5)") == 5
    assert evaluate("(function () { var g = 2; return run('g'); })()") == 1
    assert evaluate("run('var made = 7; let own = 1; made'); [typeof own, delete globalThis.made].join()") == (
        "undefined,true"
    )
    assert evaluate("run('\"use strict\"; let x = 1; x + 1')") == 2
    assert evaluate("try { eval('(') } catch (e) { e instanceof SyntaxError }") is True


def test_direct_eval() -> None:
    """direct_eval.js prints what node prints, where its text is run as a script."""
    here = Path(__file__).parent
    program = Engine(jitless=True).load_javascript(here / "direct_eval.js")
    assert program.evaluate("out.join('\\n')") + "\n" == (here / "direct_eval.txt").read_text(encoding="utf-8")
    for text in (
        "(function () { eval('var fresh = 1') })()",
        "(function () { eval('{ function fresh() {} }') })()",
        "(function () { eval('new.target') })()",
        "new (class { #p = 1; m() { return eval('this.#p'); } })().m()",
        "(function () { eval(...['1']) })()",
    ):
        with pytest.raises(UnsupportedError, match="direct eval"):
            program.evaluate(text)


def test_functions_of_text(engine: Engine) -> None:
    evaluate = engine.load_javascript("var g = 1;").evaluate
    assert evaluate("new Function('a', 'b', 'return a + b + g')(1, 2)") == 4
    assert evaluate("Function('a, b = 2', 'return a * b').call(null, 4)") == 8
    assert evaluate("Function('return typeof anonymous')()") == "undefined"
    assert evaluate("String(Function('a', '/* b */ return a'))") == "function anonymous(a\n) {\n/* b */ return a\n}"
    assert evaluate("Function('a', 'b', '').length + Function().name") == "2anonymous"
    for arguments in ("'}), (function () {'", "'/*', '*/'", "'a) {}, function (', ''", "'super()'", "'a', '(')"):
        text = f"try {{ Function({arguments.rstrip(')')}); 0 }} catch (e) {{ e.name }}"
        assert evaluate(text) == "SyntaxError", arguments


def test_time_limit() -> None:
    engine = Engine(time_limit=0.3, jitless=True)
    program = engine.load_javascript("function f(n) { for (let i = 0; i < n; i++) {} return n; }")
    begun = time.monotonic()
    with pytest.raises(TimeLimitError):
        program.call("f", 1e9)
    assert time.monotonic() - begun < 20
    assert program.call("f", 10) == 10
    with pytest.raises(TimeLimitError):
        program.evaluate("try { f(1e9) } catch (e) {} finally { f(1e9) }")


def test_interrupts() -> None:
    engine = Engine(jitless=True)
    program = engine.load_javascript("function f() { for (;;) { started(); } }")
    timer = threading.Timer(0.2, engine.interrupt)
    program.globals["started"] = lambda: None
    timer.start()
    with pytest.raises(InterruptError):
        program.call("f")
    timer.join()
    assert program.evaluate("1") == 1


def test_heap_limit() -> None:
    engine = Engine(heap_limit=16 << 20, jitless=True)
    program = engine.load_javascript("var kept = []; function fill() { for (;;) kept.push(Array(1000).fill(1.5)); }")
    with pytest.raises(HeapLimitError):
        program.call("fill")
    program.evaluate("kept = null")
    assert program.evaluate("new Array(1000).fill(1).length") == 1000


def test_stack_overflow(engine: Engine) -> None:
    program = engine.load_javascript("function f(n) { return f(n + 1) + 1; }")
    assert program.evaluate("try { f(0) } catch (e) { e instanceof RangeError && e.message }") == (
        "Maximum call stack size exceeded"
    )
    assert program.evaluate("var o = { toString() { return '' + o; } }; try { '' + o } catch (e) { e.name }") == (
        "RangeError"
    )
    with pytest.raises(JavaScriptError, match="Maximum call stack"):
        program.call("f", 0)
    assert program.evaluate("2") == 2
