"""Identifiers and literals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import regress
from tree_sitter import Node

from seaofnodes.javascript.parse import literals, tree
from seaofnodes.javascript.parse.state import FunctionState, State
from seaofnodes.javascript.parse.words import (
    KEYWORDS,
    NEWLINE,
    SPECIAL,
    STRICT_RESERVED,
    WORD,
    from_units,
    skip_trivia,
    starts_line,
    unescape,
)


def name_of(state: State, start: int, end: int) -> str:
    """The name that stands there, with escapes resolved."""
    text = state.text[start:end]
    if text.isascii() and "\\" not in text and "\x7f" not in text:
        return text
    name = unescape(text)
    if name is None:
        state.fail("Invalid Unicode escape sequence" if "\\" in text else "Invalid or unexpected token", start)
    return name


def identifier(state: State, node: Node) -> tree.Identifier:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    text = state.text[start:end]
    if not text.isascii() or "\\" in text or text in SPECIAL:
        text = name_of(state, start, end)
        if text in SPECIAL:
            check_word(state, text, node)
    return tree.Identifier(start, end, text)


def check_word(state: State, name: str, node: Node) -> None:
    """May this word be an identifier here?"""
    start, end = node.start_byte >> 1, node.end_byte >> 1
    function = state.function
    strict = function.strict
    if node.start_byte == function.named and function.outer is not None:
        function = function.outer
    escaped = end - start != len(name)
    if node.start_byte in state.names:  # of an import or export
        return
    if name in KEYWORDS or name == "enum":
        gap = skip_trivia(state.text, end) - end
        if name == "export" and state.module and state.text[end : end + gap].strip(" ") and not escaped:
            state.repairs[end] = " " * gap  # the grammar wants its brace on the same line
            return
        if escaped:
            state.fail("Keyword must not contain escaped characters", start)
        if name == "enum":
            state.fail("Unexpected reserved word", start)
        state.fail(f"Unexpected token '{name}'", start)
    if escaped and strict and name in STRICT_RESERVED:
        state.fail("Keyword must not contain escaped characters", start)
    if name == "yield":
        if strict:
            state.fail("Unexpected strict mode reserved word", start)
        if _yields(function):
            state.fail("Unexpected identifier 'yield'", start)
    elif name == "await":
        if state.module or _awaits(function):
            operator = _awaits(function) and function.kind != "static block" and not escaped
            if operator and not state.substituted.get(start):
                state.repairs[start] = "void "
            elif escaped:
                state.fail("Keyword must not contain escaped characters", start)
            else:
                state.fail("Unexpected reserved word", start)
    elif name in STRICT_RESERVED:
        if strict:
            message = "Unexpected strict mode reserved word"
            state.fail(message, start)
    elif name == "arguments":
        while function.kind == "arrow" and function.outer is not None:
            function = function.outer
        if function.kind in ("field initializer", "static block"):
            state.fail(
                "'arguments' is not allowed in class field initializer or static initialization block", start
            )


def _yields(function: FunctionState) -> bool:
    while function.kind == "arrow" and function.parameters and function.outer is not None:
        function = function.outer
    return bool(function.generator)


def _awaits(function: FunctionState) -> bool:
    while function.kind == "arrow" and not function.asynchronous and function.outer is not None:
        if not function.parameters:
            return False
        function = function.outer
    return bool(function.asynchronous) or function.kind == "static block"


def property_name(state: State, node: Node) -> tree.Identifier:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    return tree.Identifier(start, end, name_of(state, start, end))


def private_name(state: State, node: Node) -> tree.PrivateIdentifier:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    return tree.PrivateIdentifier(start, end, name_of(state, start + 1, end))


def number(state: State, node: Node) -> tree.Expression:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    text = state.text[start:end]
    value = literals.number(text)
    if value is None:
        state.fail(_complaint(text), start)
    after = WORD.match(state.text, end)
    if after is not None or state.text[end : end + 1] == "\\":
        state.fail("Invalid or unexpected token", end)
    if value.big is not None:
        return tree.BigIntLiteral(start, end, value.big)
    if value.legacy is not None and state.function.strict:
        state.fail(value.legacy, start)
    return tree.NumericLiteral(start, end, value.value)


def _complaint(text: str) -> str:
    if "__" in text:
        return "Only one underscore is allowed as numeric separator"
    if text.endswith("_"):
        return "Numeric separators are not allowed at the end of numeric literals"
    if text.startswith("0_"):
        return "Numeric separator can not be used after leading 0."
    return "Invalid or unexpected token"


def string(state: State, node: Node) -> tree.StringLiteral:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    try:
        text = state.text[start + 1 : end - 1]
        if ("\n" in text or "\r" in text) and _NEWLINE.search(literals.without_escapes(text)):
            state.fail("Invalid or unexpected token", start)
        value, octal = literals.cook(text, False)
    except literals.EscapeError as error:
        state.fail(error.message, start + 1 + error.offset)
    if octal >= 0 and state.function.strict:
        digit = state.text[start + 2 + octal]
        message = (
            "\\8 and \\9 are not allowed in strict mode."
            if digit in "89"
            else "Octal escape sequences are not allowed in strict mode."
        )
        state.fail(message, start + 1 + octal)
    return tree.StringLiteral(start, end, value)


def regexp(state: State, node: Node) -> tree.RegExpLiteral:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    text = state.text[start:end]
    close = text.rindex("/")
    pattern, flags = text[1:close], text[close + 1 :]
    if NEWLINE.search(pattern):
        state.fail("Invalid regular expression: missing /", start)
    more = WORD.match(state.text, end)
    if more is not None or state.text[end : end + 1] == "\\":
        flags += more[0] if more else "\\"
    if set(flags) - set("dgimsuvy") or len(set(flags)) != len(flags) or {"u", "v"} <= set(flags):
        state.fail("Invalid regular expression flags", start)
    try:
        regress.Regex(from_units(pattern), flags)
    except (regress.RegressError, UnicodeEncodeError) as error:
        if isinstance(error, UnicodeEncodeError):  # surrogates that stand alone: regress cannot have them
            return tree.RegExpLiteral(start, end, pattern, flags)
        shown = f"/{from_units(pattern)}/{flags}"
        state.fail(f"Invalid regular expression: {shown}: {error}", start)
    return tree.RegExpLiteral(start, end, pattern, flags)


def template(state: State, node: Node, parts: list[Any]) -> tree.TemplateLiteral:
    """Parts are tokens, and expressions in lists."""
    start, end = node.start_byte >> 1, node.end_byte >> 1
    spans = [part for part in parts if isinstance(part, tuple)]
    tagged = node.start_byte in state.tagged
    quasis = []
    position = start + 1
    for stop, next_ in [(span[1], span[2]) for span in spans] + [(end - 1, end)]:
        raw = state.text[position:stop].replace("\r\n", "\n").replace("\r", "\n")
        try:
            cooked: str | None = literals.cook(raw, True)[0]
        except literals.EscapeError as error:
            if not tagged:
                state.fail(error.message, position + error.offset)
            cooked = None
        quasis.append(tree.TemplateElement(position, stop, cooked, raw))
        position = next_
    return tree.TemplateLiteral(start, end, quasis, [span[0] for span in spans])


def substitution(state: State, node: Node, parts: list[Any]) -> tuple[Any, int, int]:
    return parts[1], node.start_byte >> 1, node.end_byte >> 1


def enter_call(state: State, node: Node) -> None:
    last = node.child(node.child_count - 1)
    if last is not None and last.type == "template_string":
        state.tagged.add(last.start_byte)


def this(state: State, node: Node) -> tree.ThisExpression:
    return tree.ThisExpression(node.start_byte >> 1, node.end_byte >> 1)


def null(state: State, node: Node) -> tree.NullLiteral:
    return tree.NullLiteral(node.start_byte >> 1, node.end_byte >> 1)


def true(state: State, node: Node) -> tree.BooleanLiteral:
    return tree.BooleanLiteral(node.start_byte >> 1, node.end_byte >> 1, True)


def false(state: State, node: Node) -> tree.BooleanLiteral:
    return tree.BooleanLiteral(node.start_byte >> 1, node.end_byte >> 1, False)


def super_(state: State, node: Node) -> tree.Super:
    state.supers.add(node.start_byte >> 1)
    return tree.Super(node.start_byte >> 1, node.end_byte >> 1)


def meta_property(state: State, node: Node) -> tree.MetaProperty:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    if state.text.startswith("new", start):
        if state.ordinary().kind == "program":
            state.fail("new.target expression is not allowed here", start)
        return tree.MetaProperty(start, end, "new.target")
    if not state.module:
        state.fail("Cannot use 'import.meta' outside a module", start)
    return tree.MetaProperty(start, end, "import.meta")


def comment(state: State, node: Node, kind: str) -> None:
    """Raises for HTML-like comments where there are none."""
    start = node.start_byte >> 1
    if kind == "html_comment":
        if state.module:
            state.fail("HTML comments are not allowed in modules", start)
        if state.text.startswith("-->", start) and not starts_line(state.text, start):
            state.fail("Unexpected token '>'", start + 2)
    elif kind == "hash_bang_line" and start:
        state.fail("Invalid or unexpected token", start)


def unknown(state: State, node: Node) -> None:
    """A node that is no JavaScript: JSX, decorators."""
    if node.type not in _TOKENS:
        start = node.start_byte >> 1
        token = state.text[start : start + 1]
        state.fail("Invalid or unexpected token" if token == "@" else f"Unexpected token '{token}'", start)


_NEWLINE = re.compile("[\n\r]")
_TOKENS = frozenset(("string_fragment", "escape_sequence", "import", "optional_chain", "empty_statement"))
LEAVES: dict[str, Callable[[State, Node], Any]] = {
    "identifier": identifier,
    "undefined": identifier,
    "shorthand_property_identifier": identifier,
    "shorthand_property_identifier_pattern": identifier,
    "property_identifier": property_name,
    "statement_identifier": identifier,
    "private_property_identifier": private_name,
    "number": number,
    "string": string,
    "regex": regexp,
    "this": this,
    "null": null,
    "true": true,
    "false": false,
    "super": super_,
    "meta_property": meta_property,
}
ENTER = {"call_expression": enter_call}
LEAVE = {"template_string": template, "template_substitution": substitution}
