"""Which variable each identifier refers to, and where variables live."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.allocation import allocate
from seaofnodes.javascript.scope.hoisting import lexical_declarations, names_of, var_declarations
from seaofnodes.javascript.scope.lookup import is_direct_eval, is_static, lookup, special
from seaofnodes.javascript.scope.results import Analysis, ClassParts
from seaofnodes.javascript.scope.scopes import Reference, Scope
from seaofnodes.javascript.scope.walk import Walk


def analyze(program: tree.Program) -> Analysis:
    """The scopes of a program."""
    found = Analysis(program)
    walk = _Walk(found)
    walk.program(program)
    walk.resolve()
    walk.show_to_eval(found.scopes[program])
    allocate(found.scopes[program])
    return found


def analyze_evaluated(program: tree.Program, outer: Scope) -> tuple[Analysis, tree.Function]:
    """The scopes of a text that is evaluated in a scope that has been analyzed, and the function that it is made: an
    arrow function, so that `this` is that of the outside. What sloppy code declares with `var` belongs to the outside.
    """
    strict = program.strict or outer.strict
    function = tree.Function(program.start, program.end, None, [], program.body, "arrow", strict=strict)
    found = Analysis(program)
    walk = _Walk(found)
    walk.scope = outer
    walk.evaluated = None if strict else function
    walk.function(function)
    outer.inner.remove(found.scopes[function])
    walk.resolve()
    walk.show_to_eval(found.scopes[function])
    allocate(found.scopes[function])
    return found, function


class _Walk(Walk):
    # --- Functions and classes

    def _FunctionDeclaration(self, node: tree.FunctionDeclaration) -> None:
        if node.function.name is not None:
            self.bindings.add(node.function.name)
            self.refer(node.function.name, node.function.name.name)
        self.function(node.function)

    def _FunctionExpression(self, node: tree.FunctionExpression) -> None:
        self.function(node.function, named=node.function.name if not node.function.is_arrow else None)

    def function(
        self, node: tree.Function, named: tree.Identifier | None = None, inside: Callable[[], None] | None = None
    ) -> None:
        """A function; inside: walks what is in it, if that is not its body."""
        self.found.outer_functions[node] = self.scope.function
        scope = Scope("function", self.scope, node, node, node.strict)
        outer, self.scope = self.scope, scope
        turns, self.turns = self.turns, 0
        self.found.scopes[node] = scope
        body = [] if isinstance(node.body, tree.Expression) else node.body
        if node.simple:
            for index, parameter in enumerate(node.parameters):
                assert isinstance(parameter, tree.Identifier)
                variable = scope.declare(parameter.name, "parameter")
                variable.parameter = index + 1
            inner = scope
        else:
            for parameter in node.parameters:
                for identifier in names_of(parameter):
                    scope.declare(identifier.name, "let", parameter.end, identifier.start)
                    self.bindings.add(identifier)
            self.all(node.parameters)
            inner = scope
            if any(True for _ in var_declarations(body)) or any(True for _ in lexical_declarations(body)):
                inner = Scope("block", scope, node, node, node.strict)
                self.found.bodies[node] = inner
        self.scope = inner
        self._hoist(inner, body)
        self._lexical(inner, body)
        if named is not None and named.name not in scope.variables:
            scope.declare(named.name, "function name")
        if inside is not None:
            inside()
        elif isinstance(node.body, tree.Expression):
            self.visit(node.body)
        else:
            self.all(body)
        self.scope, self.turns = outer, turns

    def _ClassDeclaration(self, node: tree.ClassDeclaration) -> None:
        if node.definition.name is not None:
            self.bindings.add(node.definition.name)
            self.refer(node.definition.name, node.definition.name.name)
        self._class(node.definition)

    def _ClassExpression(self, node: tree.ClassExpression) -> None:
        self._class(node.definition)

    def _class(self, node: tree.Class) -> None:
        scope = self._new("class", node)
        scope.strict = True
        parts = self.found.classes[node] = ClassParts(scope)
        if node.name is not None:
            parts.name = scope.declare(node.name.name, "const", node.end)
        self._inside(scope, node, lambda: self._members(node, parts))

    def _members(self, node: tree.Class, parts: ClassParts) -> None:
        scope = parts.scope
        for member in node.members:
            key = None if isinstance(member, tree.StaticBlock) else member.key
            if isinstance(key, tree.PrivateIdentifier):
                variable = scope.declare(f"#{key.name}", "private")
                variable.used = True
                if isinstance(member, tree.Method):
                    own = scope.declare(".self" if member.static else ".brand", "private")
                    own.used = own.captured = True
                    if member.static:
                        parts.self = own
                    else:
                        parts.brand = own
        self.all([node.superclass])
        if not any(isinstance(member, tree.Method) and member.kind == "constructor" for member in node.members):
            kind = "constructor" if node.superclass is None else "derived constructor"
            parts.constructor = tree.Function(node.start, node.end, node.name, [], [], kind, strict=True)
            self.found.constructors[parts.constructor] = (node, parts)
            self.function(parts.constructor, inside=self._default_constructor if node.superclass else None)
        for member in node.members:
            if isinstance(member, tree.StaticBlock):
                continue
            if member.computed:
                self.visit(member.key)
                if isinstance(member, tree.Field):
                    parts.keys[member] = scope.declare(f".key{len(parts.keys)}", "const")
            if isinstance(member, tree.Method):
                member.function.static = member.static
                if member.kind == "constructor":
                    self.found.constructors[member.function] = (node, parts)
                self.function(member.function)
        for static in (False, True):
            made = [
                member for member in node.members if not isinstance(member, tree.Method) and is_static(member) == static
            ]
            if not made:
                continue
            function = tree.Function(made[0].start, made[-1].end, None, [], [], "field initializer", strict=True)
            function.static = static
            if static:
                parts.statics = function
            else:
                parts.fields = function
            self.found.initializers[function] = node
            self.function(function, inside=lambda made=made: self._initialize(made, parts))  # type: ignore[misc]
        parts.home = scope.variables.get(".home object")
        parts.static_home = scope.variables.get(".static home object")

    def _default_constructor(self) -> None:
        for name in ("this", "new target", "this function"):
            self._special(name)

    def _initialize(self, members: list[tree.Field | tree.StaticBlock], parts: ClassParts) -> None:
        self._special("this")
        for member in members:
            if isinstance(member, tree.StaticBlock):
                scope = self._new("block", member)
                for identifier in var_declarations(member.body):
                    scope.declare(identifier.name, "var", start=identifier.start)
                self._lexical(scope, member.body, functions=True)
                self._inside(scope, member, lambda member=member: self.all(member.body))  # type: ignore[misc]
                continue
            if member.computed:
                self.refer(member, parts.keys[member].name)
            elif isinstance(member.key, tree.PrivateIdentifier):
                self.refer(member.key, f"#{member.key.name}")
            if member.value is not None:
                self.visit(member.value)

    def _ObjectExpression(self, node: tree.ObjectExpression) -> None:
        scope = self._new("block", node)  # for the object that `super` in its methods looks in
        self._inside(scope, node, lambda: self.all(node.properties))

    def _Property(self, node: tree.Property) -> None:
        if node.computed:
            self.visit(node.key)
        self.visit(node.value)

    def _PatternProperty(self, node: tree.PatternProperty) -> None:
        if node.computed:
            self.visit(node.key)
        self.visit(node.target)

    def _MemberExpression(self, node: tree.MemberExpression) -> None:
        self.visit(node.object)
        if node.computed or isinstance(node.property, tree.PrivateIdentifier):
            self.visit(node.property)
        if isinstance(node.object, tree.Super):
            self._special("home object")
            self._special("this")

    # --- References

    def _Identifier(self, node: tree.Identifier) -> None:
        self.refer(node, node.name)

    def _PrivateIdentifier(self, node: tree.PrivateIdentifier) -> None:
        self.refer(node, f"#{node.name}")

    def _ThisExpression(self, node: tree.ThisExpression) -> None:
        self._special("this")

    def _MetaProperty(self, node: tree.MetaProperty) -> None:
        if node.name == "new.target":
            self._special("new target")

    def _CallExpression(self, node: tree.CallExpression) -> None:
        self.all([node.callee, *node.arguments])
        if is_direct_eval(node):
            self._eval()
        if isinstance(node.callee, tree.Super):
            for name in ("this", "new target", "this function"):
                self._special(name)

    def _AssignmentExpression(self, node: tree.AssignmentExpression) -> None:
        for identifier in names_of(node.target):
            self.refer(identifier, identifier.name, assigned=True)
        if not isinstance(node.target, tree.Identifier):
            self.visit(node.target)
        self.visit(node.value)

    def _UpdateExpression(self, node: tree.UpdateExpression) -> None:
        if isinstance(node.argument, tree.Identifier):
            self.refer(node.argument, node.argument.name, assigned=True)
        else:
            self.visit(node.argument)

    def _VariableDeclarator(self, node: tree.VariableDeclarator) -> None:
        self.bindings.update(names_of(node.target))
        self.all([node.target, node.init])

    def _VariableDeclaration(self, node: tree.VariableDeclaration) -> None:
        if node.kind == "var":
            for declarator in node.declarations:
                for identifier in names_of(declarator.target):
                    again = self.turns > 0 or identifier.name in self.scope.closure.assigned_once
                    self.scope.closure.assigned_once.add(identifier.name)
                    self.refer(identifier, identifier.name, assigned=again and declarator.init is not None)
        self.all(node.declarations)

    def _eval(self) -> None:
        """What is evaluated here may use everything that is visible here."""
        scope: Scope | None = self.scope
        while scope is not None:
            scope.calls_eval = True
            scope = scope.outer
        if self.scope.closure.kind == "function":
            self._special("this")

    def _special(self, name: str) -> None:
        special(self.scope, name).used = True

    def show_to_eval(self, root: Scope) -> None:
        """Variables that a text may use that is evaluated are in contexts, and may be assigned at any time."""
        stack = [root]
        while stack:
            scope = stack.pop()
            if not scope.calls_eval:
                continue
            stack += scope.inner
            if scope.kind == "function":
                lookup(scope, "arguments")
            for variable in scope.variables.values():
                if variable.mode != "temporary":
                    variable.used = variable.captured = variable.assigned = True
                    variable.holds_hole |= variable.lexical

    def resolve(self) -> None:
        for node, name, scope, assigned in self.pending:
            variable = lookup(scope, name)
            reference = Reference(variable)
            if variable is not None:
                variable.used = True
                variable.assigned |= assigned
                outside = scope.closure is not variable.scope.closure
                variable.captured |= outside
                if variable.lexical and not (outside and variable.mode == "private"):
                    early = node.start < variable.initialized or variable.scope.in_loop
                    reference.check = not name.startswith(".") and (outside or early) and node not in self.bindings
                    variable.holds_hole |= reference.check
            self.found.references[node] = reference
