"""A walk over a program that makes its scopes: blocks, loops, and what is declared in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.children import children
from seaofnodes.javascript.scope.hoisting import declared_names, lexical_declarations, names_of, var_declarations
from seaofnodes.javascript.scope.lookup import makes_closures
from seaofnodes.javascript.scope.results import Analysis
from seaofnodes.javascript.scope.scopes import Reference, Scope


class Walk:
    def __init__(self, found: Analysis) -> None:
        self.found = found
        self.scope: Scope = None  # type: ignore[assignment]  # set by program
        self.pending: list[tuple[tree.Node, str, Scope, bool]] = []
        self.evaluated: tree.Function | None = None  # sloppy code that eval has been given
        self.turns = 0  # loops that are around, in this function
        self.bindings: set[tree.Node] = set()  # identifiers where they are initialized: there is no hole to check for
        self.visitors: dict[type, Callable[[tree.Node], None]] = {
            getattr(tree, name[1:]): getattr(self, name)
            for name in dir(self)
            if name.startswith("_") and name[1:2].isupper()
        }

    # --- Scopes

    def program(self, program: tree.Program) -> None:
        scope = Scope("module" if program.module else "script", None, program, None, program.strict)
        self.found.scopes[program] = self.scope = scope
        self._hoist(scope, program.body)
        self._lexical(scope, program.body, functions=program.module)
        self.all(program.body)

    def _hoist(self, scope: Scope, statements: Iterable[tree.Statement]) -> None:
        """Declare what `var` declares, and the functions of a body's top level."""
        statements = list(statements)
        if scope.kind == "script" or scope.node is self.evaluated:
            return  # properties of the global object, or variables of the outside
        for identifier in var_declarations(statements):
            scope.declare(identifier.name, "var", start=identifier.start)
        for statement in lexical_declarations(statements):
            if isinstance(statement, tree.FunctionDeclaration) and statement.function.name is not None:
                scope.declare(statement.function.name.name, "var", start=statement.function.name.start)

    def _lexical(self, scope: Scope, statements: Iterable[tree.Statement], functions: bool = False) -> None:
        for statement in lexical_declarations(statements):
            match statement:
                case tree.VariableDeclaration():
                    for declarator in statement.declarations:
                        for identifier in names_of(declarator.target):
                            scope.declare(identifier.name, statement.kind, declarator.end, identifier.start)
                case tree.ClassDeclaration(definition=tree.Class(name=tree.Identifier(name=name))):
                    scope.declare(name, "let", statement.end, statement.start)
                case tree.FunctionDeclaration(function=tree.Function(name=tree.Identifier(name=name))) if functions:
                    if scope.kind != "module":
                        scope.declare(name, "let" if scope.kind == "block" else "var", start=statement.start)
                        if scope.kind == "block" and not scope.strict:
                            self._annex_b(scope, statement, name)

    def _annex_b(self, scope: Scope, statement: tree.FunctionDeclaration, name: str) -> None:
        """Of a function in a block, in sloppy mode: the variable of the function, unless a lexical one is between
        (B.3.2).
        """
        if statement.function.generator or statement.function.asynchronous:
            return
        walk = scope.outer
        while (
            walk is not None
            and walk not in self.found.bodies.values()
            and walk.kind not in ("function", "script", "module")
        ):
            held = walk.variables.get(name)
            if held is not None and held.lexical:
                return
            walk = walk.outer
        if walk is None:
            return
        held = walk.variables.get(name)
        if held is not None and (held.lexical or held.mode == "parameter"):
            return
        variable = walk.declare(name, "var", start=statement.start) if walk.kind != "script" else None
        if variable is not None:
            variable.used = variable.assigned = True
        self.found.hoisted[statement] = Reference(variable)

    def _inside(self, scope: Scope, node: tree.Node, visit: Callable[[], None]) -> None:
        outer, self.scope = self.scope, scope
        self.found.scopes[node] = scope
        visit()
        self.scope = outer

    def _new(self, kind: str, node: tree.Node) -> Scope:
        return Scope(kind, self.scope, node, self.scope.function, self.scope.strict)

    def block(self, node: tree.Node, statements: list[tree.Statement]) -> None:
        """Statements with a scope, if they declare something."""
        if not any(True for _ in lexical_declarations(statements)):
            self.all(statements)
            return
        scope = self._new("block", node)
        self._lexical(scope, statements, functions=True)
        self._inside(scope, node, lambda: self.all(statements))

    def refer(self, node: tree.Node, name: str, assigned: bool = False) -> None:
        """A name here means a variable, which is looked for when all are declared."""
        self.pending.append((node, name, self.scope, assigned))

    # --- Walking

    def all(self, nodes: Iterable[tree.Node | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit(self, node: tree.Node) -> None:
        visitor = self.visitors.get(type(node))
        if visitor is None:
            self.all(children(node))
        else:
            visitor(node)

    def _BinaryExpression(self, node: tree.BinaryExpression) -> None:
        chain: list[tree.Node] = []  # left-deep chains may be long
        left: tree.Node = node
        while isinstance(left, tree.BinaryExpression):
            chain.append(left.right)
            left = left.left
        self.visit(left)
        self.all(reversed(chain))

    def _BlockStatement(self, node: tree.BlockStatement) -> None:
        self.block(node, node.body)

    def _SwitchStatement(self, node: tree.SwitchStatement) -> None:
        self.visit(node.discriminant)
        statements = [statement for case in node.cases for statement in case.consequent]
        if any(True for _ in lexical_declarations(statements)):
            scope = self._new("block", node)
            scope.in_loop = True  # the order of the text is not that of execution
            self._lexical(scope, statements, functions=True)
            self._inside(scope, node, lambda: self.all(node.cases))
        else:
            self.all(node.cases)

    def _CatchClause(self, node: tree.CatchClause) -> None:
        if node.parameter is None:
            self.visit(node.body)
            return
        scope = self._new("catch", node)
        simple = isinstance(node.parameter, tree.Identifier)
        if isinstance(node.parameter, tree.Identifier):
            scope.declare(node.parameter.name, "var").used = True
        else:
            scope.declare(".catch", "var").used = True

        def inside() -> None:
            if simple:
                self.visit(node.body)
                return
            assert node.parameter is not None
            inner = self._new("block", node.parameter)
            for identifier in names_of(node.parameter):
                inner.declare(identifier.name, "let", node.parameter.end)
                self.bindings.add(identifier)
            self._inside(inner, node.parameter, lambda: self.all([node.parameter, node.body]))

        self._inside(scope, node, inside)

    def _ForStatement(self, node: tree.ForStatement) -> None:
        if not isinstance(node.init, tree.VariableDeclaration) or node.init.kind == "var":
            self.all([node.init])
            self._loop([node.test, node.update, node.body])
            return
        scope = self._new("block", node)
        for declarator in node.init.declarations:
            for identifier in names_of(declarator.target):
                scope.declare(identifier.name, node.init.kind, declarator.end)
        copied = node.init.kind == "let" and (
            makes_closures(node.init) or any(makes_closures(part) for part in (node.test, node.update, node.body))
        )

        def parts() -> None:
            if not copied:
                self.all([node.init])
                self._loop([node.test, node.update, node.body])
                return
            self.visit(node.init)  # type: ignore[arg-type]
            names = list(scope.variables)
            closure = scope.closure
            self.found.temporaries[node] = [closure.temporary(node.start) for _ in range(len(names) + 2)]
            inner = self._new("block", node.body)
            for name in names:
                inner.declare(name, "let", node.start)
            self.found.inner[node] = inner
            outer, self.scope = self.scope, inner
            self._loop([node.test, node.update, node.body])
            self.scope = outer

        self._inside(scope, node, parts)

    def _WhileStatement(self, node: tree.WhileStatement | tree.DoWhileStatement) -> None:
        self._loop([node.test, node.body])

    def _DoWhileStatement(self, node: tree.DoWhileStatement) -> None:
        self._WhileStatement(node)

    def _loop(self, parts: list[tree.Node | None]) -> None:
        self.turns += 1
        self.all(parts)
        self.turns -= 1

    def _for_each(self, node: tree.ForInStatement | tree.ForOfStatement) -> None:
        left = node.left
        if not isinstance(left, tree.VariableDeclaration):
            self.visit(node.right)
            self._loop([left, node.body])
            return
        self.found.temporaries[node] = [self.scope.temporary(left.start)]
        if left.kind == "var":
            self.visit(node.right)
            self._each_var(left)
            self._loop([left, node.body])
            return
        dead = self._new("block", node)  # where the names are not initialized yet
        names = list(declared_names(left))
        for identifier in names:
            dead.declare(identifier.name, left.kind, node.end)
        self._inside(dead, node, lambda: self.visit(node.right))
        inner = Scope("block", dead, left, dead.function, dead.strict)
        for identifier in names:
            inner.declare(identifier.name, left.kind, left.end)
        self._inside(inner, left, lambda: self._loop([left, node.body]))

    def _each_var(self, left: tree.VariableDeclaration) -> None:
        for identifier in declared_names(left):
            self.refer(identifier, identifier.name, assigned=True)

    def _ForInStatement(self, node: tree.ForInStatement) -> None:
        self._for_each(node)

    def _ForOfStatement(self, node: tree.ForOfStatement) -> None:
        self._for_each(node)
