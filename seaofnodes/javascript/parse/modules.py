"""Imports and exports."""

from __future__ import annotations

import re
from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import literals, tree
from seaofnodes.javascript.parse.concrete import complaint
from seaofnodes.javascript.parse.state import State, extent
from seaofnodes.javascript.parse.words import KEYWORDS, SPECIAL, from_units, skip_trivia


def _top(state: State, node: Node, what: str) -> None:
    start = node.start_byte >> 1
    if not state.module or state.scope.outer is not None:
        message = "Cannot use import statement outside a module" if what == "import" else "Unexpected token 'export'"
        state.fail(message, start)


class _Name:
    """A name or string of an import or export; reserved: is it no identifier?"""

    __slots__ = ("name", "node", "string")

    def __init__(self, state: State, part: Any) -> None:
        self.node = part
        self.string = isinstance(part, tree.StringLiteral)
        if isinstance(part, tree.StringLiteral):
            self.name = part.value
            try:
                from_units(part.value).encode()
            except UnicodeEncodeError:
                state.fail(
                    "Invalid module export name: contains unpaired surrogate character", part.start
                )
        elif isinstance(part, Node):
            self.name = state.text[part.start_byte >> 1 : part.end_byte >> 1]
        else:
            self.name = part.name

    @property
    def start(self) -> int:
        return self.node.start_byte >> 1 if isinstance(self.node, Node) else int(self.node.start)


def _text(parts: list[Any], word: str) -> int:
    return next((i for i, part in enumerate(parts) if isinstance(part, Node) and part.type == word), -1)


def import_attribute(state: State, node: Node, parts: list[Any]) -> dict[str, str]:
    """{"key": "value"}"""
    found: dict[str, str] = {}
    for property_ in parts[1].properties:
        if not isinstance(property_, tree.Property) or property_.computed or property_.shorthand or property_.method:
            state.fail("Unexpected token", property_.start)
        key = property_.key
        name = key.name if isinstance(key, tree.Identifier) else getattr(key, "value", None)
        if not isinstance(name, str) or not isinstance(property_.value, tree.StringLiteral):
            state.fail("Unexpected token", property_.start)
        if name in found:
            state.fail(f"Import attributes has a duplicate key '{name}'", property_.start)
        found[name] = property_.value.value
    return found


def import_statement(state: State, node: Node, parts: list[Any]) -> tree.ImportDeclaration:
    _top(state, node, "import")
    specifiers = next((part for part in parts if isinstance(part, list)), [])
    source = next(part for part in parts if isinstance(part, tree.StringLiteral))
    attributes = next((part for part in parts if isinstance(part, dict)), {})
    for specifier in specifiers:
        local = specifier.local
        if local.name in KEYWORDS:
            state.fail(f"Unexpected token '{local.name}'", local.start)
        if local.name in ("eval", "arguments"):
            state.fail("Unexpected eval or arguments in strict mode", local.start)
        state.declare_lexical(local.name, "const", local.start)
    start, end = extent(node, parts)
    return tree.ImportDeclaration(start, end, specifiers, source.value, attributes)


def import_clause(state: State, node: Node, parts: list[Any]) -> list[Any]:
    specifiers: list[Any] = []
    for part in parts:
        if isinstance(part, tree.Identifier):
            specifiers.append(tree.ImportSpecifier(part.start, part.end, "default", part))
        elif isinstance(part, list):
            specifiers.extend(part)
    return specifiers


def namespace_import(state: State, node: Node, parts: list[Any]) -> list[Any]:
    return [tree.ImportSpecifier(node.start_byte >> 1, node.end_byte >> 1, "*", parts[-1])]


def named_imports(state: State, node: Node, parts: list[Any]) -> list[Any]:
    return [part for part in parts if not isinstance(part, Node)]


def import_specifier(state: State, node: Node, parts: list[Any]) -> tree.ImportSpecifier:
    imported = _Name(state, parts[0])
    return tree.ImportSpecifier(node.start_byte >> 1, node.end_byte >> 1, imported.name, parts[-1])


def export_specifier(state: State, node: Node, parts: list[Any]) -> tuple[_Name, _Name]:
    return _Name(state, parts[0]), _Name(state, parts[-1])


def enter_specifier(state: State, node: Node) -> None:
    """Names are checked later, if they are identifiers."""
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    if name is not None and (alias is not None or node.type == "export_specifier"):
        state.names.add(name.start_byte)
    if alias is not None and node.type == "export_specifier":
        state.names.add(alias.start_byte)


def enter_namespace_export(state: State, node: Node) -> None:
    last = node.child(node.child_count - 1)
    if last is not None:
        state.names.add(last.start_byte)


def export_clause(state: State, node: Node, parts: list[Any]) -> list[Any]:
    return [part for part in parts if not isinstance(part, Node)]


def namespace_export(state: State, node: Node, parts: list[Any]) -> _Name:
    return _Name(state, parts[-1])


def _export(state: State, name: str, offset: int) -> None:
    if name in state.exported:
        state.fail(f"Duplicate export of '{from_units(name)}'", offset)
    state.exported[name] = offset


def export_statement(state: State, node: Node, parts: list[Any]) -> Any:
    _top(state, node, "export")
    start, end = extent(node, parts)
    source = next((part for part in parts if isinstance(part, tree.StringLiteral)), None)
    attributes = _attributes(state, source.end) if source is not None else {}
    for part in parts:
        if isinstance(part, Node) and part.type == ";" and part.start_byte >> 1 in state.substituted:
            state.confirmed.add(part.start_byte >> 1)
    if _text(parts, "default") == 1:
        return _default(state, start, end, parts[2])
    second = parts[1]
    if isinstance(second, _Name):
        assert source is not None
        _export(state, second.name, second.start)
        return tree.ExportAllDeclaration(start, end, second.name, source.value, attributes)
    if isinstance(second, Node):
        assert source is not None
        return tree.ExportAllDeclaration(start, end, None, source.value, attributes)
    if isinstance(second, list):
        specifiers = []
        for local, exported in second:
            if source is None:
                if local.string or local.name in SPECIAL and local.name not in ("eval", "arguments"):
                    state.fail(f"Unexpected {'string' if local.string else 'token ' + repr(local.name)}", local.start)
                state.exported_locals.append((local.name, local.start))
            _export(state, exported.name, exported.start)
            specifiers.append(tree.ExportSpecifier(local.start, exported.start, local.name, exported.name))
        return tree.ExportNamedDeclaration(start, end, None, specifiers, source.value if source else None, attributes)
    if isinstance(second, tree.VariableDeclaration):
        for declarator in second.declarations:
            for name in state.bound(declarator.target):
                _export(state, name.name, name.start)
        if "using" in second.kind:
            state.fail("Unexpected token 'using'", second.start)
    else:
        declared = second.function if isinstance(second, tree.FunctionDeclaration) else second.definition
        assert declared.name is not None
        _export(state, declared.name.name, declared.name.start)
    return tree.ExportNamedDeclaration(start, end, second, [], None, {})


_DECLARED = re.compile(r"(?:function|class|async[ \t]+function)\b")
_ATTRIBUTE = re.compile(r"""([\w$]+|"[^"\n]*"|'[^'\n]*')\s*:\s*("[^"\n]*"|'[^'\n]*')""")


def _attributes(state: State, offset: int) -> dict[str, str]:
    """Those of an export, which the grammar does not have: concrete.repairs replaces them with white space."""
    start = skip_trivia(state.text, offset)
    if start not in state.substituted or not state.text.startswith("with", start):
        return {}
    found: dict[str, str] = {}
    opening = state.text.index("{", start) + 1
    position = skip_trivia(state.text, opening)
    while state.text[position] != "}":
        match = _ATTRIBUTE.match(state.text, position)
        if match is None:
            state.fail("Unexpected token", position)
        try:
            key = literals.cook(match[1].strip("\"'"), False)[0]
            value = literals.cook(match[2][1:-1], False)[0]
        except literals.EscapeError as error:
            state.fail(error.message, position)
        if key in found:
            state.fail(f"Import attributes has a duplicate key '{key}'", position)
        found[key] = value
        position = skip_trivia(state.text, match.end())
        if state.text[position] == ",":
            position = skip_trivia(state.text, position + 1)
        elif state.text[position] != "}":
            state.fail("Unexpected token", position)
    return found


def _default(state: State, start: int, end: int, declared: Any) -> tree.ExportDefaultDeclaration:
    """A function or class without a name is a declaration, too."""
    _export(state, "default", start + 7)
    if isinstance(declared, tree.VariableDeclaration):
        state.fail(f"Unexpected token '{declared.kind}'", declared.start)
    first = skip_trivia(state.text, skip_trivia(state.text, start + 6) + 7)
    if _DECLARED.match(state.text, first) and not isinstance(
        declared, tree.FunctionExpression | tree.ClassExpression | tree.FunctionDeclaration | tree.ClassDeclaration
    ):
        state.fail("Unexpected token", first)
    if isinstance(declared, tree.FunctionExpression) and not declared.parenthesized and not declared.function.is_arrow:
        declared = tree.FunctionDeclaration(declared.start, declared.end, declared.function)
    elif isinstance(declared, tree.ClassExpression) and not declared.parenthesized:
        declared = tree.ClassDeclaration(declared.start, declared.end, declared.definition)
    return tree.ExportDefaultDeclaration(start, end, declared)


def check_exports(state: State) -> None:
    """Does the module declare what it exports, and were semicolons only inserted where one may be?"""
    for offset, replacement in state.substituted.items():
        if not replacement.startswith(";") or offset in state.confirmed:
            continue
        if state.newline_between(offset, offset + len(replacement)) < 0:
            offset = skip_trivia(state.text, offset)
            state.fail(complaint(state.text, offset, True), offset)
    scope = state.scope
    for name, offset in state.exported_locals:
        if name not in scope.lexical and name not in scope.hoisted:
            state.fail(f"Export '{from_units(name)}' is not defined in module", offset)


ENTER = {
    "import_specifier": enter_specifier,
    "export_specifier": enter_specifier,
    "namespace_export": enter_namespace_export,
}
LEAVE = {
    "import_statement": import_statement,
    "import_attribute": import_attribute,
    "import_clause": import_clause,
    "namespace_import": namespace_import,
    "named_imports": named_imports,
    "import_specifier": import_specifier,
    "export_specifier": export_specifier,
    "export_clause": export_clause,
    "namespace_export": namespace_export,
    "export_statement": export_statement,
}
