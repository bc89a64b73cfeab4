"""How messages of errors show expressions of the source, as V8 does it: `o.a.b is not a function`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seaofnodes.javascript.bytecode.generator.members import position_of
from seaofnodes.javascript.numbers import number_to_text
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.children import children

_UNKNOWN = "(intermediate value)"


def show(node: tree.Node | None) -> str:
    """An expression: names, properties and operators as they are; other values as "(intermediate value)"."""
    found = _SHOWN.get(type(node))
    return found(node) if found is not None else _UNKNOWN


def _number(node: tree.NumericLiteral) -> str:
    return number_to_text(node.value)


def _template(node: tree.TemplateLiteral) -> str:
    if not node.expressions:
        return f'"{node.quasis[0].cooked}"'
    return "".join(show(part) for part in node.expressions)


def _array(node: tree.ArrayExpression) -> str:
    return "[" + ",".join("" if part is None else show(part) for part in node.elements) + "]"


def _object(node: tree.ObjectExpression) -> str:
    return "{" + _UNKNOWN * len(node.properties) + "}"


def _unary(node: tree.UnaryExpression) -> str:
    if node.operator == "-" and isinstance(node.argument, tree.NumericLiteral):
        return f"-{show(node.argument)}"
    space = " " if node.operator.isalpha() else ""
    return f"({node.operator}{space}{show(node.argument)})"


def _update(node: tree.UpdateExpression) -> str:
    inner = show(node.argument)
    return f"({node.operator}{inner})" if node.prefix else f"({inner}{node.operator})"


def _binary(node: tree.BinaryExpression | tree.LogicalExpression) -> str:
    return f"({show(node.left)} {node.operator} {show(node.right)})"


def _sequence(node: tree.SequenceExpression) -> str:
    return "(" + " , ".join(show(part) for part in node.expressions) + ")"


def _member(node: tree.MemberExpression) -> str:
    dot = "?." if node.optional else ""
    if not node.computed or isinstance(node.property, tree.StringLiteral):
        key = node.property
        hash = "#" if isinstance(key, tree.PrivateIdentifier) else ""
        name = key.value if isinstance(key, tree.StringLiteral) else key.name if hasattr(key, "name") else ""
        return f"{show(node.object)}{dot or '.'}{hash}{name}"
    return f"{show(node.object)}{dot}[{show(node.property)}]"


def _call(node: tree.CallExpression) -> str:
    return f"{show(node.callee)}(...)"


_SHOWN: dict[type, Callable[..., str]] = {
    tree.Identifier: lambda node: node.name,
    tree.StringLiteral: lambda node: f'"{node.value}"',
    tree.NumericLiteral: _number,
    tree.BooleanLiteral: lambda node: "true" if node.value else "false",
    tree.NullLiteral: lambda node: "null",
    tree.RegExpLiteral: lambda node: f"/{node.pattern}/{node.flags}",
    tree.ThisExpression: lambda node: "this",
    tree.ArrayExpression: _array,
    tree.ObjectExpression: _object,
    tree.TemplateLiteral: _template,
    tree.UnaryExpression: _unary,
    tree.UpdateExpression: _update,
    tree.BinaryExpression: _binary,
    tree.LogicalExpression: _binary,
    tree.SequenceExpression: _sequence,
    tree.ConditionalExpression: lambda node: _UNKNOWN * 3,
    tree.AssignmentExpression: lambda node: show(node.target) if node.operator == "=" else _UNKNOWN,
    tree.MemberExpression: _member,
    tree.ChainExpression: lambda node: show(node.expression),
    tree.CallExpression: _call,
    tree.SpreadElement: lambda node: f"(...{show(node.argument)})",
}


def around(root: tree.Node, position: int) -> Iterator[tuple[tree.Node, tree.Node | None]]:
    """The nodes around an offset in the source with their parents, outer ones first."""
    stack: list[tuple[tree.Node, tree.Node | None]] = [(root, None)]
    while stack:
        node, parent = stack.pop()
        if node is root or node.start <= position <= node.end:
            yield node, parent
            stack += [(inner, node) for inner in children(node)]


def callees(root: tree.Node, position: int) -> list[tree.Expression]:
    """What is called at an offset in the source, inner calls first."""
    found = []
    for node, _ in around(root, position):
        match node:
            case tree.CallExpression(callee=callee):
                plain = callee.expression if isinstance(callee, tree.ChainExpression) else callee
                if (position_of(plain) if isinstance(plain, tree.MemberExpression) else callee.start) == position:
                    found.append(callee)
            case tree.TaggedTemplateExpression(start=start, tag=tag) if start == position:
                found.append(tag)
    return sorted(found, key=lambda node: node.end)


def spread_last(root: tree.Node, position: int) -> str | None:
    """The last argument of a call, or of `new`, at an offset in the source, if it is spread."""
    for node, _ in around(root, position):
        if isinstance(node, tree.CallExpression | tree.NewExpression) and node.arguments:
            callee, last = node.callee, node.arguments[-1]
            start = position_of(callee) if isinstance(callee, tree.MemberExpression) else callee.start
            if isinstance(last, tree.SpreadElement) and position in (start, node.start):
                return show(last.argument)
    return None


def constructed(root: tree.Node, position: int) -> tree.Expression | None:
    """What `new` at an offset in the source is applied to."""
    found = [
        node.callee
        for node, _ in around(root, position)
        if isinstance(node, tree.NewExpression) and node.start == position
    ]
    return found[-1] if found else None


def iterated(root: tree.Node, position: int) -> str | None:
    """What the iterator that is made at an offset in the source is of."""
    for node, parent in around(root, position):
        match node:
            case tree.ForOfStatement(right=right) if right.start == position:
                return show(right)
            case tree.SpreadElement(argument=argument) if argument.start == position:
                return show(argument)
            case tree.ArrayPattern(start=start) if start == position:
                return _source(node, parent)
    return None


def _source(pattern: tree.Node, parent: tree.Node | None) -> str | None:
    """What is taken apart by a pattern."""
    match parent:
        case tree.VariableDeclarator(target=target, init=init) if target is pattern:
            return ".for" if init is None else show(init)
        case tree.AssignmentExpression(target=target, value=value) if target is pattern:
            return show(value)
        case tree.CatchClause():
            return ".catch"
    return None


def taken_apart(root: tree.Node, position: int) -> tuple[str | None, str | None] | None:
    """Of a pattern for objects at an offset in the source, or a property of one: (property, what is taken apart).
    None: there is no pattern.
    """
    for node, parent in around(root, position):
        if not isinstance(node, tree.ObjectPattern):
            continue
        for property in node.properties:
            if property.start == position and isinstance(property, tree.PatternProperty):
                key = property.key
                name = key.name if isinstance(key, tree.Identifier) else None
                nested = isinstance(parent, tree.PatternProperty)
                return None if nested else (name, _source(node, parent))
        if node.start == position:
            return None, _source(node, parent)
    return None
