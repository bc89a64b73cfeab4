"""The concrete syntax tree, of tree-sitter, and where its grammar sees an error.

Its parser is no judge of context: it takes `await` for the operator everywhere, and some line ends for white space.
Such tokens are replaced with others of the same length, and the text is parsed again; names are those of the real text.
"""

from __future__ import annotations

import re
from typing import Any

import tree_sitter
import tree_sitter_javascript
from tree_sitter import LogType, Node

from seaofnodes.javascript.parse.words import (
    KEYWORDS,
    LINE_TERMINATORS,
    NEWLINE,
    SPECIAL,
    TRIVIA,
    WORD,
    from_units,
    skip_trivia,
    starts_line,
    trivia_before,
    unescape,
)

_LANGUAGE = tree_sitter.Language(tree_sitter_javascript.language())
_STRICT = frozenset(("let", "static", "yield", "implements", "interface", "package", "private", "protected", "public"))
_PLACE = re.compile(r"row:(\d+), col:(\d+)")
_BAD_ESCAPE = re.compile(
    r"\\(?:(u(?!\{[0-9a-fA-F]+\}|[0-9a-fA-F]{4})|x(?![0-9a-fA-F]{2})|u(?=\{0*(?:1[1-9a-fA-F]|[2-9a-fA-F][0-9a-fA-F])"
    r"[0-9a-fA-F]{4,}\}))|[\s\S])"
)
_TOKEN = re.compile(
    r"(?P<number>\.?[0-9])|(?P<string>[\"'])|(?P<template>`)|(?P<word>[A-Za-z_$\\#\x80-\U0010ffff])"
    r"|(?P<punctuator>>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?![0-9])"
    r"|\+\+|--|\+=|-=|\*=|/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()\[\];,<>+\-*/%&|^!~?:=.])"
)
_KEYWORD = re.compile(r"[a-z]+")


_ASSIGNMENTS = frozenset("= += -= *= /= %= **= <<= >>= >>>= &= |= ^= &&= ||= ??=".split())
_SEPARATOR = "Numeric separators are not allowed at the end of numeric literals"


_OPERATOR = re.compile(r"(?:\*\*?|<<|>>>?|&&?|\|\|?|\?\?|[-+/%^])\Z")


def substitute(text: str, substituted: dict[int, str]) -> str:
    """The text as it is parsed, of the same length."""
    parts: list[str] = []
    position = 0
    for offset, replacement in sorted(substituted.items()):
        if offset >= position:
            parts += (text[position:offset], replacement)
            position = offset + len(replacement)
    parts.append(text[position:])
    text = "".join(parts).replace("\0", "\1")  # tree-sitter takes 0 for the end
    return re.sub("\r(?!\n)", "\n", text) if "\r" in text else text  # and knows one kind of line end


def parse(text: str, logger: Any = None) -> Node:
    """The root of the concrete tree; byte offsets in it are twice the offsets in the text."""
    parser = tree_sitter.Parser(_LANGUAGE)
    if logger is not None:
        parser.logger = logger
    return parser.parse(text.encode("utf-16-le", "surrogatepass"), encoding="utf16le").root_node


def first_error(text: str, root: Node) -> int:
    """The offset of the first token that no program continues with, or of the end of the text; root: of its tree."""
    skipped = _sound(root)
    offset = skipped + _first_error(text[skipped:])
    line = max(text.rfind(c, 0, offset) for c in LINE_TERMINATORS) + 1
    for match in _SCAN.finditer(text, line, offset):
        if match[0] in ("'", '"') and match.lastgroup == "other":
            return match.start()  # a string without an end
    if text[offset : offset + 1] == "=" and (operator := _OPERATOR.search(text[max(0, offset - 3) : offset])):
        return offset - len(operator[0])  # of an assignment
    return offset


def _sound(root: Node) -> int:
    """The offset of a statement in front of the first one with an error, so that less has to be parsed again."""
    children = root.children
    for index, child in enumerate(children):
        if child.has_error or child.is_missing:
            return children[index - 2].start_byte >> 1 if index > 2 else 0
    return children[-2].start_byte >> 1 if len(children) > 2 else 0


def _first_error(text: str) -> int:
    place = (0, 0)
    found: list[tuple[int, int]] = []
    recovers = False

    def log(kind: LogType, message: str) -> None:
        nonlocal place, recovers
        if kind != LogType.PARSE or recovers:
            return
        if message.startswith("process"):
            match = _PLACE.search(message)
            assert match is not None
            place = int(match[1]), int(match[2])
        elif message.startswith("detect_error"):
            found.append(place)
        elif message.startswith(("resume", "recover", "skip_token")):
            recovers = True

    parse(text, log)
    if not found:
        return len(text)
    row, column = max(found)
    start = 0
    for _ in range(row):
        start = text.index("\n", start) + 1
    return skip_trivia(text, start + column // 2)


def complaint(text: str, offset: int, strict: bool) -> str:
    """What V8 says of a token that must not stand there."""
    match = _TOKEN.match(text, offset)
    if (match is None or match[0] not in _ASSIGNMENTS) and (missing := _missing_parenthesis(text, offset)):
        return missing
    if offset >= len(text):
        return "Unexpected end of input"
    if match is None:
        return "Invalid or unexpected token"
    kind = match.lastgroup
    before = text[offset - 1 : offset]
    if before.isdigit() and kind == "word":
        separator = text[offset] == "_"
        return _SEPARATOR if separator else "Invalid or unexpected token"
    if kind == "number":
        return "Unexpected number"
    if kind == "string":
        end = re.compile(r"(?:\\[\s\S]|[^\\\n\r])*?" + match[0]).match(text, offset + 1)
        return "Unexpected string" if end else "Invalid or unexpected token"
    if kind == "template":
        if before == "." and text[offset - 2] == "?":
            return "Invalid tagged template on optional chain"
        closed = re.compile(r"(?:\\[\s\S]|[^\\])*?(?:`|\$\{)").match(text, offset + 1)
        return "Unexpected template string" if closed else "Unterminated template literal"
    if kind == "punctuator":
        if match[0] in _ASSIGNMENTS:
            target = text[: trivia_before(text, offset)]
            word = re.search(r"[\w$]+$", target[-20:])
            if target[-1:] in ("]", "}"):
                return "Invalid destructuring assignment target"
            if target[-1:] == ")" or (word is not None and word[0] not in KEYWORDS):
                return "Invalid left-hand side in assignment"
        return f"Unexpected token '{match[0]}'"
    word = WORD.match(text, offset + (text[offset] == "#"))
    if word is None:
        return "Invalid or unexpected token"
    name = from_units(text[offset : word.end()])
    if "\\" in name and unescape(name) in SPECIAL:
        return "Keyword must not contain escaped characters"
    if name in KEYWORDS:
        return f"Unexpected token '{name}'"
    if name in ("await", "enum"):
        return "Unexpected reserved word"
    if strict and name in _STRICT:
        return "Unexpected strict mode reserved word"
    return f"Unexpected identifier '{name}'"


_SCAN = re.compile(
    r"(?P<skip>\s+|//.*|/\*[\s\S]*?\*/)|(?P<value>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^\\`])*`)"
    r"|(?P<word>[\w$#\\]+)|(?P<other>=>|[\s\S])"
)


def _missing_parenthesis(text: str, offset: int) -> str | None:
    """V8's message if an argument or parameter has just ended there. Looks back by tokens, not by grammar."""
    stack: list[str] = []
    before = last = ""
    for match in _SCAN.finditer(text, max(0, offset - 20_000), offset):
        kind, token = match.lastgroup, match[0]
        if kind == "skip":
            continue
        if token == "(":
            callee = last in (")", "]", "super", "import", "this") or last[-1:].isalnum() and last not in KEYWORDS
            stack.append("formal parameters" if before == "function" else "argument list" if callee else "")
        elif token in ("[", "{"):
            stack.append("")
        elif token in (")", "]", "}") and stack:
            stack.pop()
        before, last = last, "0" if kind == "value" else token
    ended = last in (")", "]", "}") or last[-1:].isalnum() and last not in KEYWORDS - {"this", "null", "true", "false"}
    return f"missing ) after {stack[-1]}" if stack and stack[-1] and ended else None


def repairs(text: str, root: Node, offset: int, substituted: dict[int, str], module: bool) -> dict[int, str]:
    """What to parse instead, given that there is an error at an offset; empty if there is nothing left to try."""
    new: dict[int, str] = {}
    for match in _BAD_ESCAPE.finditer(text):
        if match[1]:
            new[match.start()] = "x"
    if not module:
        for match in re.finditer("-->", text):
            if starts_line(text, match.start()):
                new[match.start()] = "// "
    for match in _USING.finditer(text):
        new[match.start(1)] = "const".ljust(len(match[1]))
    for match in re.finditer(r"\bfor\s*\(\s*async\s+(of)\s*=>", text):
        new[match.start(1)] = "o$"
    if module:
        new.update(_module(text))
    new.update(_words(text, root, module))
    new = {key: value for key, value in new.items() if key not in substituted}
    if new:
        return new
    before = _end_of_previous(root, offset)
    gap = text[before:offset]
    if not TRIVIA.fullmatch(gap):
        gap = ""
    if gap and before not in substituted and text[offset : offset + 1] != "#" and NEWLINE.search(gap):
        return {before: ";".ljust(len(gap))}
    if gap and before not in substituted and module and text[before - 1] == "}" and _DEFAULT.search(text, 0, offset):
        return {before: ";".ljust(len(gap))}  # export_statement will see whether it belongs to it
    return _parenthesized_targets(text, offset, substituted) or _call_as_target(text, root, before, offset, substituted)


_USING = re.compile(r"\bfor\s*\(\s*((?:await\s+)?using)\s+[\w$]+\s*=(?!=)")
_DEFAULT = re.compile(r"\bexport\s+default\s+(?:async\s+)?(?:function|class)\b")
_CLAUSE = re.compile(r"\b(?:import|export)\b[^{}()=;]*\{([^{}()=;]*)\}|\bexport\s*\*\s*as\s+(\w+)")
_WITH = re.compile(
    r"\b(import|export)\b(?:\s*[^;'\"]*?\bfrom)?\s*(?:\"[^\"\n]*\"|'[^'\n]*')(\s*)(\bwith\s*\{[^{}]*\})"
)


def _module(text: str) -> dict[int, str]:
    """Keywords as names of imports and exports; attributes of exports, and on another line."""
    found: dict[int, str] = {}
    for match in _CLAUSE.finditer(text):
        group = 1 if match[1] is not None else 2
        for word in _KEYWORD.finditer(text, match.start(group), match.end(group)):
            if word[0] in KEYWORDS and word[0] != "default":
                found[word.start()] = word[0][:-1] + "$"
    for match in _WITH.finditer(text):
        if match[1] == "export":
            found[match.start(3)] = " " * len(match[3])
        if NEWLINE.search(match[2]):
            found[match.start(2)] = " " * len(match[2])
    return found


def _end_of_previous(root: Node, offset: int) -> int:
    """Where the token ends that is the last one in front of an offset."""
    node = root
    while True:
        best = None
        for child in node.children:
            if child.start_byte >> 1 >= offset:
                break
            if child.end_byte > child.start_byte and child.type not in ("comment", "html_comment"):
                best = child
        if best is None:
            return min(node.end_byte >> 1, offset) if node is not root else offset
        node = best


def _words(text: str, root: Node, module: bool) -> dict[int, str]:
    """`yield`, `await` and `let` that are identifiers, and ends of arrow functions, as far as a tree with errors shows
    them.
    """
    found: dict[int, str] = {}
    if not re.search(r"\b(?:yield|await|let)\b|=>", text):
        return found
    todo: list[tuple[Node, bool, bool]] = [(root, False, module)]
    while todo:
        node, generator, asynchronous = todo.pop()
        kind = node.type
        if kind == "arrow_function" and (body := node.child_by_field_name("body")) is not None:
            end = body.end_byte >> 1
            following = skip_trivia(text, end)
            ends = body.type == "statement_block" and _ENDS_ARROW.match(text, following)
            if ends and NEWLINE.search(text, end, following):
                found[end] = ";".ljust(following - end)
        if kind in _FUNCTIONS:
            kinds = [child.type for child in node.children[:5]]
            asynchronous = "async" in kinds
            generator = "*" in kinds
        elif kind == "yield" and not generator:
            found[node.start_byte >> 1] = "yiel$"
        elif kind == "await" and not asynchronous:
            found[node.start_byte >> 1] = "awai$"
        elif kind == "let" and not binds(text, node.end_byte >> 1):
            found[node.start_byte >> 1] = "le$"
        todo += [(child, generator, asynchronous) for child in node.children]
    return found


def binds(text: str, offset: int) -> bool:
    """Does something stand there that `let` can declare?"""
    start = skip_trivia(text, offset)
    word = WORD.match(text, start)
    if word is not None:
        return word[0] not in ("in", "instanceof", "of")
    return text[start : start + 1] in ("[", "{")


_ENDS_ARROW = re.compile(r"[\[(/`+*-]")
_FUNCTIONS = frozenset(
    (
        "function_declaration", "function_expression", "generator_function", "generator_function_declaration",
        "arrow_function", "method_definition",
    )
)  # fmt: skip
_TARGET = re.compile(
    r"(?:(?<=[\[,:])|(?<=\.\.\.))(?P<before>\s*)(?P<open>\()(?P<inner>[^()=,]*|[^()]*\([^()]*\)[^(),=]*)(?P<close>\))"
    r"(?=\s*[,\]}=])"
)


def _parenthesized_targets(text: str, offset: int, substituted: dict[int, str]) -> dict[int, str]:
    """`[(a.b)] = ...`: the parentheses become white space where a pattern ends in front of the error."""
    found: dict[int, str] = {}
    for match in _TARGET.finditer(text, 0, offset + 200):
        if re.fullmatch(r"\s*[\w$.\[\]'\"\s()]+\s*", match["inner"]):
            found[match.start("open")] = " "
            found[match.start("close")] = " "
    return {key: value for key, value in found.items() if key not in substituted}


def _call_as_target(text: str, root: Node, end: int, offset: int, substituted: dict[int, str]) -> dict[int, str]:
    """`f(x) = ...` becomes `f[x] = ...`, and `f() = ...` becomes `f.f = ...`, if a call ends there."""
    token = _TOKEN.match(text, offset)
    if token is None or (token[0] not in _ASSIGNMENTS and not re.match(r"(?:of|in)\b", text[offset:])):
        return {}
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "arguments" and node.end_byte >> 1 == end:
            start = node.start_byte >> 1
            if start in substituted or node.named_child_count > 1:
                return {}
            if node.named_child_count:
                return {start: "[", end - 1: "]"}
            return {start: ".f".ljust(end - start)}
        todo += [child for child in node.children if child.start_byte >> 1 < end <= child.end_byte >> 1]
    return {}
