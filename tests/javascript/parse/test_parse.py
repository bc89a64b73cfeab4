"""Shapes, offsets and values of abstract syntax trees."""

from __future__ import annotations

from dataclasses import fields

import pytest

from seaofnodes.errors import JavaScriptSyntaxError
from seaofnodes.javascript.parse import parse_module, parse_script, tree

HIDDEN = {"start", "end", "position", "parenthesized"}


def shape(node: object) -> str:
    """A tree as class names and values, without what is the default."""
    if isinstance(node, list):
        return "[" + " ".join(shape(part) for part in node) + "]"
    if isinstance(node, tree.Identifier):
        return node.name
    if isinstance(node, tree.NumericLiteral):
        return f"{node.value:g}"
    if isinstance(node, tree.ExpressionStatement):
        return shape(node.expression) + ";"
    if not isinstance(node, tree.Node):
        return repr(node)
    parts = [
        shape(getattr(node, field.name))
        for field in fields(node)
        if field.name not in HIDDEN and getattr(node, field.name) not in (False, None)
    ]
    return f"{type(node).__name__}({' '.join(parts)})"


def script(text: str) -> str:
    return shape(parse_script(text).body)[1:-1]


def expression(text: str) -> tree.Expression:
    statement = parse_script(text).body[0]
    assert isinstance(statement, tree.ExpressionStatement)
    return statement.expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "BinaryExpression('+' 1 BinaryExpression('*' 2 3));"),
        ("a ** b ** c", "BinaryExpression('**' a BinaryExpression('**' b c));"),
        ("a && b || c", "LogicalExpression('||' LogicalExpression('&&' a b) c);"),
        ("a = b = c", "AssignmentExpression('=' a AssignmentExpression('=' b c));"),
        ("a ? b : c ? d : e", "ConditionalExpression(a b ConditionalExpression(c d e));"),
        ("a?.b.c(1)", "ChainExpression(CallExpression(MemberExpression(MemberExpression(a b True) c) [1]));"),
        ("(a?.b).c", "MemberExpression(ChainExpression(MemberExpression(a b True)) c);"),
        ("a?.5:1", "ConditionalExpression(a 0.5 1);"),
        ("new a.b(1)", "NewExpression(MemberExpression(a b) [1]);"),
        ("new a", "NewExpression(a []);"),
        ("[a, , ...b]", "ArrayExpression([a None SpreadElement(b)]);"),
        ("[a, [b = 1], ...c] = d", "AssignmentExpression('=' ArrayPattern([a ArrayPattern([AssignmentPattern(b 1)])"
         " RestElement(c)]) d);"),
        ("[(a), (b.c)] = d", "AssignmentExpression('=' ArrayPattern([a MemberExpression(b c)]) d);"),
        ("({a, b: c = 1, ...d} = e)", "AssignmentExpression('=' ObjectPattern([PatternProperty(a a True)"
         " PatternProperty(b AssignmentPattern(c 1)) RestElement(d)]) e);"),
        ("for (const [a] of b) ;", "ForOfStatement(VariableDeclaration('const' [VariableDeclarator(ArrayPattern([a]))])"
         " b EmptyStatement())"),
        ("for (var a in b);", "ForInStatement(VariableDeclaration('var' [VariableDeclarator(a)]) b EmptyStatement())"),
        ("for (;;);", "ForStatement(EmptyStatement())"),
        ("if (a) b; else c", "IfStatement(a b; c;)"),
        ("l: for (;;) continue l", "LabeledStatement('l' ForStatement(ContinueStatement('l')))"),
        ("with (a) b", "WithStatement(a b;)"),
    ],
)  # fmt: skip
def test_shapes(text: str, expected: str) -> None:
    assert script(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n++b", "a; UpdateExpression('++' True b);"),
        ("a\n/b/g", "BinaryExpression('/' BinaryExpression('/' a b) g);"),
        ("var a\n(b)", "VariableDeclaration('var' [VariableDeclarator(a)]) b;"),
        ("let\nx", "VariableDeclaration('let' [VariableDeclarator(x)])"),
        ("if (a) let\nx", "IfStatement(a let;) x;"),
        ("{a: 1}[42]", "BlockStatement([LabeledStatement('a' 1;)]) ArrayExpression([42]);"),
        ("{}/1/g", "BlockStatement([]) RegExpLiteral('1' 'g');"),
        ("async\nfunction f() {}", "async; FunctionDeclaration(Function(f [] [] 'normal' True))"),
        ("yield\n/a/g", "BinaryExpression('/' BinaryExpression('/' yield a) g);"),
        ("await(a)", "CallExpression(await [a]);"),
        ("a<!--b\nc", "a; c;"),
        ("a\n-->b\nc", "a; c;"),
        ("while (n --> 0);", "WhileStatement(BinaryExpression('>' UpdateExpression('--' n) 0) EmptyStatement())"),
        ("#!x\na", "a;"),
        ("for (using of of[0]);", "ForOfStatement(using MemberExpression(of 0 True) EmptyStatement())"),
        ("l: for (;;) { break\rl }", "LabeledStatement('l' ForStatement(BlockStatement([BreakStatement() l;])))"),
        ("l: for (;;) { break\u2028l }", "LabeledStatement('l' ForStatement(BlockStatement([BreakStatement() l;])))"),
        ("(() => { return\u2029a })", "FunctionExpression(Function([] [ReturnStatement() a;] 'arrow' True));"),
        ("a\u2028++b", "a; UpdateExpression('++' True b);"),
        ("(x) => {}\n[a]", "FunctionExpression(Function([x] [] 'arrow' True)); ArrayExpression([a]);"),
        ("a = () => {}\n[...b]", "AssignmentExpression('=' a FunctionExpression(Function([] [] 'arrow' True)));"
         " ArrayExpression([SpreadElement(b)]);"),
        ("f() = 1", "AssignmentExpression('=' CallExpression(f []) 1);"),
        ("a.f(b) += 1", "AssignmentExpression('+=' CallExpression(MemberExpression(a f) [b]) 1);"),
        ("for (f() of a);", "ForOfStatement(CallExpression(f []) a EmptyStatement())"),
    ],
)  # fmt: skip
def test_what_the_grammar_needs_help_with(text: str, expected: str) -> None:
    assert script(text) == expected


def test_keywords_have_no_escapes() -> None:
    with pytest.raises(JavaScriptSyntaxError, match="Keyword must not contain escaped characters"):
        parse_script("v\\u{61}r")


def test_await_is_an_operator_in_async_functions_alone() -> None:
    program = parse_script("async function f() { await (a) }\nfunction g() { await (a) }")
    text = shape(program.body)
    assert "AwaitExpression(a)" in text and "CallExpression(await [a])" in text


def test_getter_on_another_line() -> None:
    class_ = parse_script("class A { get\nx() {} static\ny }").body[0]
    assert isinstance(class_, tree.ClassDeclaration)
    method, field = class_.definition.members
    assert isinstance(method, tree.Method) and method.kind == "get"
    assert isinstance(field, tree.Field) and field.static


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1F", 31.0), ("0b101", 5.0), ("0o17", 15.0), ("017", 15.0), ("089", 89.0), ("1_000.5e1", 10005.0),
        ("9007199254740993", 9007199254740992.0), ("0x20000000000001", 9007199254740992.0), ("1e400", float("inf")),
        (".5", 0.5), ("5.", 5.0), ("08.5", 8.5),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float) -> None:
    literal = expression(text)
    assert isinstance(literal, tree.NumericLiteral) and literal.value == value


def test_big_integers() -> None:
    literal = expression("0xFFFF_FFFF_FFFF_FFFF_FFn")
    assert isinstance(literal, tree.BigIntLiteral) and literal.value == 2**72 - 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'\x41\u0042\u{43}\n\0'", "ABC\n\0"), (r"'\101\8'", "A8"), ("'a\\\nb'", "ab"), ("'a\\\r\nb'", "ab"),
        (r"'\u{1F600}'", "\ud83d\ude00"), ("'\U0001f600'", "\ud83d\ude00"), (r"'\uD83D'", "\ud83d"),
        ("'\u2028'", "\u2028"), ("'\0'", "\0"),
    ],
)  # fmt: skip
def test_strings(text: str, value: str) -> None:
    literal = expression(f"({text})")
    assert isinstance(literal, tree.StringLiteral) and literal.value == value


def test_templates() -> None:
    literal = expression("`a\r\nb${c}\\x41`")
    assert isinstance(literal, tree.TemplateLiteral)
    assert [(quasi.cooked, quasi.raw) for quasi in literal.quasis] == [("a\nb", "a\nb"), ("A", "\\x41")]
    tagged = expression("f`\\u{}${a}\\x4`")
    assert isinstance(tagged, tree.TaggedTemplateExpression)
    assert [(quasi.cooked, quasi.raw) for quasi in tagged.quasi.quasis] == [(None, "\\u{}"), (None, "\\x4")]
    with pytest.raises(JavaScriptSyntaxError, match="Invalid hexadecimal escape sequence"):
        parse_script("`\\x4`")


def test_offsets_count_utf16_code_units() -> None:
    program = parse_script("'\U0001f600'; abc")
    assert (program.body[1].start, program.body[1].end, program.end) == (6, 9, 9)


def test_offsets_do_not_move_where_semicolons_were_inserted() -> None:
    text = "{a: 1}[42];\nfoo(bar)"
    program = parse_script(text)
    assert [text[statement.start : statement.end] for statement in program.body] == ["{a: 1}", "[42];", "foo(bar)"]


def test_functions() -> None:
    text = "x = async function* f(a, {b}, ...c) { 'use strict' }"
    with pytest.raises(JavaScriptSyntaxError, match="Illegal 'use strict' directive"):
        parse_script(text)
    program = parse_script("'use strict'; function f(a, b) { return () => a }")
    assert program.strict
    directive, declared = program.body
    assert isinstance(directive, tree.ExpressionStatement) and directive.directive == "use strict"
    assert isinstance(declared, tree.FunctionDeclaration)
    assert declared.function.strict and declared.function.simple and declared.function.kind == "normal"


def test_classes() -> None:
    text = "class A extends B { constructor() { super() } static #x = 1; get y() { return #x in A } static { this.z } }"
    declared = parse_script(text).body[0]
    assert isinstance(declared, tree.ClassDeclaration)
    constructor, field, getter, block = declared.definition.members
    assert isinstance(constructor, tree.Method) and constructor.function.kind == "derived constructor"
    assert isinstance(field, tree.Field) and field.static and isinstance(field.key, tree.PrivateIdentifier)
    assert isinstance(getter, tree.Method) and getter.kind == "get" and getter.function.kind == "getter"
    assert isinstance(block, tree.StaticBlock)
    assert text[constructor.function.start : constructor.function.end] == "constructor() { super() }"


def test_modules() -> None:
    program = parse_module(
        "import a, {b as c, if as d} from 'x' with {type: 'json'};\nimport * as e from 'y'\n"
        "export {a as default, c as 'any name'}; export * as f from 'z' with {k: 'v'}; export let g; await g"
    )
    first, _, named, all_, let, _ = program.body
    assert isinstance(first, tree.ImportDeclaration)
    names = [(part.imported, part.local.name) for part in first.specifiers]
    assert names == [("default", "a"), ("b", "c"), ("if", "d")]
    assert first.attributes == {"type": "json"}
    assert isinstance(named, tree.ExportNamedDeclaration) and named.specifiers[1].exported == "any name"
    assert isinstance(all_, tree.ExportAllDeclaration) and all_.exported == "f" and all_.attributes == {"k": "v"}
    assert isinstance(let, tree.ExportNamedDeclaration) and let.declaration is not None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "a" + ")" * 10_000, "a+" * 100_000 + "a", "[" * 10_000 + "]" * 10_000, "a" + ".b" * 20_000,
        "{" * 10_000 + "}" * 10_000, "!" * 10_000 + "a", "x=>" * 10_000 + "x", "a?b:" * 10_000 + "c",
        "function f(){" * 2_000 + "}" * 2_000, "if(a)" * 5_000 + ";",
    ],
)  # fmt: skip
def test_no_nesting_is_too_deep(text: str) -> None:
    assert parse_script(text).body


@pytest.mark.parametrize("text", ["(" * 10_000, "[" * 10_000, "{" * 10_000, "`${" * 2_000])
def test_errors_in_deep_nesting(text: str) -> None:
    with pytest.raises(JavaScriptSyntaxError, match="Unexpected end of input"):
        parse_script(text)
