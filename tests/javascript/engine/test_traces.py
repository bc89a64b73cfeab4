"""Stack traces: V8's form."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.engine import Engine
from seaofnodes.errors import JavaScriptError


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(jitless=True)


def thrown(engine: Engine, text: str) -> JavaScriptError:
    with pytest.raises(JavaScriptError) as found:
        engine.load_javascript(text)
    return found.value


def test_frames_are_named_as_in_v8(engine: Engine) -> None:
    error = thrown(
        engine,
        """class A {
  m() { return this.x.y; }
  static s() { new A().m(); }
  get p() { return A.s(); }
}
var o = { get q() { return new A().p; }, f: () => o.q, ["c" + 1]: function () { return o.f(); } };
[1].forEach(function (x) { o.c1(); });
""",
    )
    assert error.stack.splitlines() == [
        "TypeError: Cannot read properties of undefined (reading 'y')",
        "    at A.m (<script>:2:23)",
        "    at A.s (<script>:3:24)",
        "    at get p (<script>:4:22)",
        "    at get q (<script>:6:36)",
        "    at Object.f (<script>:6:53)",
        "    at Object.c1 (<script>:6:90)",
        "    at <script>:7:30",
        "    at Array.forEach (<anonymous>)",
        "    at <script>:7:5",
    ]
    assert error.name == "TypeError" and error.message == "Cannot read properties of undefined (reading 'y')"
    assert error.place == ("<script>", 2, 23, "  m() { return this.x.y; }")


def test_constructors_of_errors_are_left_out(engine: Engine) -> None:
    program = engine.load_javascript("""
        class MyError extends Error { constructor(m) { super(m); this.name = "MyError"; } }
        function make() { return new MyError("m"); }
        function called() { return Error("c"); }
    """)
    assert program.evaluate("make().stack") == "MyError: m\n    at make (<script>:3:34)\n    at <script>:1:1"
    assert program.evaluate("called().stack.split('\\n')[1]") == "    at called (<script>:4:36)"
    assert program.evaluate("new (class extends TypeError {})().stack") == "TypeError\n    at <script>:1:1"


def test_the_limit_is_a_property(engine: Engine) -> None:
    program = engine.load_javascript("""
        function deep(n) { return n ? deep(n - 1) : new Error("d").stack.split("\\n").length - 1; }
    """)
    assert program.call("deep", 20) == 10
    assert program.evaluate("Error.stackTraceLimit = 3; deep(20)") == 3
    assert program.evaluate("Error.stackTraceLimit = 0; deep(20)") == 0
    assert program.evaluate("Error.stackTraceLimit = 'x'; 'stack' in new Error()") is False
    program.evaluate("Error.stackTraceLimit = 10")


def test_capture_stack_trace(engine: Engine) -> None:
    program = engine.load_javascript("""
        function outer() { return inner(); }
        function inner() { const o = {}; Error.captureStackTrace(o, inner); return o.stack; }
        function all() { const o = { name: "N", message: "M" }; Error.captureStackTrace(o); return o.stack; }
    """)
    assert program.call("outer").splitlines() == ["Error", "    at outer (<script>:2:35)"]
    assert program.call("all").splitlines()[:2] == ["N: M", "    at all (<script>:4:71)"]


def test_the_stack_is_an_accessor_that_is_read_once(engine: Engine) -> None:
    evaluate = engine.load_javascript("0").evaluate
    assert evaluate("""
        var e = new Error("a"); e.message = "b"; var first = e.stack; e.message = "c";
        [first.split("\\n")[0], e.stack === first, (e.stack = "mine", e.stack), Object.getOwnPropertyNames(e).join()]
    """).copy() == ["Error: b", True, "mine", "stack,message"]
    assert evaluate("Object.create(new Error('p')).stack.split('\\n')[0]") == "Error: p"


def test_functions_of_text_have_places(engine: Engine) -> None:
    error = thrown(engine, 'Function("a", "return a.b.c")(1)')
    assert error.place == ("<anonymous>", 3, 12, "return a.b.c")
    assert "    at anonymous (<anonymous>:3:12)" in error.stack


def test_what_is_no_error_is_shown(engine: Engine) -> None:
    error = thrown(engine, "throw { a: [1, 'x'] }")
    assert error.stack == "{ a: [ 1, 'x' ] }" and error.name == ""
    assert error.thrown["a"].copy() == [1, "x"]
    assert thrown(engine, "throw 'text'").stack == "text"
    assert thrown(engine, "throw undefined").stack == "undefined"


def test_files_are_named(tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "prog.js"
    file.write_text("\n\n  null.x")
    with pytest.raises(JavaScriptError) as found:
        engine.load_javascript(file)
    assert found.value.place == (str(file), 3, 8, "  null.x")
    assert found.value.stack.endswith(f"\n    at {file}:3:8")
