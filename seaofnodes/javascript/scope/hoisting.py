"""What statements declare: names of `var`, which belong to the function, and lexical names, which belong to a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seaofnodes.javascript.parse import tree


def names_of(pattern: tree.Pattern | tree.Node | None) -> Iterator[tree.Identifier]:
    """The identifiers that a pattern binds, in order."""
    stack: list[tree.Node | None] = [pattern]
    while stack:
        found = stack.pop()
        match found:
            case tree.Identifier():
                yield found
            case tree.AssignmentPattern() | tree.RestElement() | tree.PatternProperty():
                stack.append(found.target)
            case tree.ObjectPattern():
                stack.extend(reversed(found.properties))
            case tree.ArrayPattern():
                stack.extend(reversed(found.elements))


def declared_names(declaration: tree.VariableDeclaration) -> Iterator[tree.Identifier]:
    """The identifiers of a declaration."""
    for declarator in declaration.declarations:
        yield from names_of(declarator.target)


def lexical_declarations(statements: Iterable[tree.Statement]) -> Iterator[tree.Statement]:
    """Those of let, const, classes and functions in a list of statements; labels are looked through."""
    for statement in statements:
        while isinstance(statement, tree.LabeledStatement):
            statement = statement.body
        if (
            isinstance(statement, tree.ExportNamedDeclaration)
            and statement.declaration is not None
            or isinstance(statement, tree.ExportDefaultDeclaration)
            and isinstance(statement.declaration, tree.Statement)
        ):
            statement = statement.declaration
        match statement:
            case tree.VariableDeclaration(kind="let" | "const"):
                yield statement
            case tree.ClassDeclaration() | tree.FunctionDeclaration():
                yield statement


def var_declarations(statements: Iterable[tree.Statement]) -> Iterator[tree.Identifier]:
    """The identifiers of all `var` in statements and the statements in them, not in functions, in the order of the
    text.
    """
    stack: list[object] = [iter(statements)]
    while stack:
        found = stack[-1]
        if isinstance(found, Iterator):
            following = next(found, None)
            if following is None:
                stack.pop()
            else:
                stack.append(following)
            continue
        stack.pop()
        match found:
            case tree.VariableDeclaration(kind="var"):
                yield from declared_names(found)
            case tree.Statement() | tree.SwitchCase() | tree.CatchClause():
                stack.append(iter(_inner(found)))


def _inner(found: tree.Node) -> list[tree.Node]:
    inside: list[tree.Node | None] = []
    match found:
        case tree.BlockStatement():
            inside = [*found.body]
        case tree.LabeledStatement() | tree.WhileStatement() | tree.DoWhileStatement():
            inside = [found.body]
        case tree.ForStatement():
            inside = [found.init if isinstance(found.init, tree.VariableDeclaration) else None, found.body]
        case tree.ForInStatement() | tree.ForOfStatement():
            inside = [found.left if isinstance(found.left, tree.VariableDeclaration) else None, found.body]
        case tree.IfStatement():
            inside = [found.consequent, found.alternate]
        case tree.SwitchStatement():
            inside = [*found.cases]
        case tree.SwitchCase():
            inside = [*found.consequent]
        case tree.TryStatement():
            inside = [found.block, found.handler, found.finalizer]
        case tree.CatchClause():
            inside = [found.body]
        case tree.ExportNamedDeclaration():
            inside = [found.declaration]
    return [node for node in inside if node is not None]
