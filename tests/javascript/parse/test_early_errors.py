"""What is no program, in V8's words and at its place."""

from __future__ import annotations

import pickle

import pytest

from seaofnodes.errors import JavaScriptSyntaxError
from seaofnodes.javascript.parse import parse_module, parse_script

SCRIPTS = [
    ("f(a b)", "missing ) after argument list", 4),
    ("var x = ;", "Unexpected token ';'", 8),
    ("if (a {", "Unexpected token '{'", 6),
    ("a = (", "Unexpected end of input", 5),
    ("a b", "Unexpected identifier 'b'", 2),
    ("'abc", "Invalid or unexpected token", 0),
    ("1 = 2", "Invalid left-hand side in assignment", 2),
    ("a + b = c", "Invalid left-hand side in assignment", 4),
    ("++a()", None, 0),
    ("let a; let a", "Identifier 'a' has already been declared", 11),
    ("let a; var a", "Identifier 'a' has already been declared", 11),
    ("{ function f() {} let f }", "Identifier 'f' has already been declared", 22),
    ("{ function f() {} function f() {} }", None, 0),
    ("'use strict'; { function f() {} function f() {} }", "Identifier 'f' has already been declared", 41),
    ("try {} catch (e) { let e }", "Identifier 'e' has already been declared", 23),
    ("try {} catch (e) { var e }", None, 0),
    ("try {} catch ([e]) { var e }", "Identifier 'e' has already been declared", 15),
    ("function f(a) { let a }", "Identifier 'a' has already been declared", 11),
    ("function f(a, a) {}", None, 0),
    ("(a, a) => 1", "Duplicate parameter name not allowed in this context", 4),
    ("const a", "Missing initializer in const declaration", 6),
    ("let [a]", "Missing initializer in destructuring declaration", 4),
    ("let let = 1", "let is disallowed as a lexically bound name", 4),
    ("'use strict'; with (a) b", "Strict mode code may not include a with statement", 14),
    ("'use strict'; 017", "Octal literals are not allowed in strict mode.", 14),
    ("'use strict'; '\\01'", "Octal escape sequences are not allowed in strict mode.", 15),
    ("'use strict'; delete a", "Delete of an unqualified identifier in strict mode.", 21),
    ("'use strict'; eval = 1", "Unexpected eval or arguments in strict mode", 14),
    ("'use strict'; var static", "Unexpected strict mode reserved word", 18),
    ("function eval() { 'use strict' }", "Unexpected eval or arguments in strict mode", 9),
    ("break", "Illegal break statement", 0),
    ("for (;;) { () => { break } }", "Illegal break statement", 19),
    ("continue", "Illegal continue statement: no surrounding iteration statement", 0),
    ("a: { continue a }", "Illegal continue statement: 'a' does not denote an iteration statement", 14),
    ("a: b: for (;;) continue a", None, 0),
    ("for (;;) break a", "Undefined label 'a'", 15),
    ("a: a: ;", "Label 'a' has already been declared", 3),
    ("return", "Illegal return statement", 0),
    ("super.a", "'super' keyword unexpected here", 0),
    ("class A { constructor() { super() } }", "'super' keyword unexpected here", 26),
    ("new.target", "new.target expression is not allowed here", 0),
    ("class A { m() { this.#x } }", "Private field '#x' must be declared in an enclosing class", 21),
    ("class A { #x; #x }", "Identifier '#x' has already been declared", 14),
    ("class A { get #x() {} set #x(v) {} }", None, 0),
    ("class A { constructor() {} constructor() {} }", "A class may only have one constructor", 27),
    ("class A { x = arguments }",
     "'arguments' is not allowed in class field initializer or static initialization block", 14),
    ("class A { static prototype() {} }", "Classes may not have a static property named 'prototype'", 17),
    ("({__proto__: 1, '__proto__': 2})", "Duplicate __proto__ fields are not allowed in object literals", 16),
    ("({__proto__: a, '__proto__': b} = {})", None, 0),
    ("a?.b = 1", "Invalid left-hand side in assignment", 0),
    ("a?.`b`", "Invalid tagged template on optional chain", 3),
    ("new a?.b()", "Invalid optional chain from new expression", 4),
    ("a ?? b || c", "Unexpected token '||'", 7),
    ("-a ** b", "Unary operator used immediately before exponentiation expression. Parenthesis must be used to"
     " disambiguate operator precedence", 0),
    ("if (a) let b", "Lexical declaration cannot appear in a single-statement context", 7),
    ("while (a) function f() {}",
     "In non-strict mode code, functions can only be declared at top level, inside a block, or as the body of an if"
     " statement.", 10),
    ("for (let a, b of c);", None, -1),
    ("for (let a = 1 of b);", None, -1),
    ("for (var a = 1 in b);", None, 0),
    ("for (async of a);", "The left-hand side of a for-of loop may not be 'async'.", 5),
    ("for (a\nb);", None, -1),
    ("switch (a) { default: default: }", "More than one default clause in switch statement", 22),
    ("try {}", "Missing catch or finally after try", 6),
    ("throw\na", "Illegal newline after throw", 5),
    ("/a/gg", "Invalid regular expression flags", 0),
    ("/(/", None, -1),
    ("1_", "Numeric separators are not allowed at the end of numeric literals", 1),
    ("3in []", "Invalid or unexpected token", 1),
    ("function* f() { var yield }", None, -1),
    ("async function f() { var await }", None, -1),
    ("function f() { await a }", None, -1),
    ("[...a, b] = c", "Rest element must be last element", 1),
    ("({a: 1} = 1)", None, -1),
    ("({get a(b) {}})", "Getter must not have any formal parameters.", 7),
    ("import 'a'", "Cannot use import statement outside a module", 0),
    ("{} = 1", None, -1),
    ("<a/>", None, -1),
    ("@a class B {}", None, -1),
    ("a\u200bb", None, -1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "offset"), SCRIPTS)
def test_scripts(text: str, message: str | None, offset: int) -> None:
    """message and offset: None and 0 for what is a program, None and -1 for any error."""
    if message is None and offset == 0:
        parse_script(text)
        return
    with pytest.raises(JavaScriptSyntaxError) as raised:
        parse_script(text)
    if message is not None:
        assert (raised.value.message, raised.value.offset) == (message, offset)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("export {a}", "Export 'a' is not defined in module"),
        ("let a; export {a}; export {a}", "Duplicate export of 'a'"),
        ("import {a} from 'x'; let a", "Identifier 'a' has already been declared"),
        ("{ import 'a' }", "Cannot use import statement outside a module"),
        ("export default 1; export default 2", "Duplicate export of 'default'"),
        ("<!-- a", "HTML comments are not allowed in modules"),
        ("var await", "Unexpected reserved word"),
        ("with (a) b", "Strict mode code may not include a with statement"),
        ("export {if}", "Unexpected token 'if'"),
        ("import {if} from 'a'", "Unexpected token 'if'"),
        ("export {'a' as 'b'}", "Unexpected string"),
        ("export default function () {} ()", None),
    ],
)
def test_modules(text: str, message: str | None) -> None:
    with pytest.raises(JavaScriptSyntaxError) as raised:
        parse_module(text)
    if message is not None:
        assert raised.value.message == message


def test_place_and_text() -> None:
    with pytest.raises(JavaScriptSyntaxError) as raised:
        parse_script("a;\r\n\tlet b, b;\n", "a.js")
    error = raised.value
    assert (error.line, error.column, error.offset) == (2, 9, 12)
    assert str(error) == "a.js:2:9: SyntaxError: Identifier 'b' has already been declared\n\tlet b, b;\n\t       ^"
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.offset == error.offset


def test_long_lines_are_cut() -> None:
    with pytest.raises(JavaScriptSyntaxError) as raised:
        parse_script("a;" * 1000 + "b c;" + "a;" * 1000)
    source, caret = str(raised.value).split("\n")[1:]
    assert len(source) == 120 and source[len(caret) - 1] == "c"
