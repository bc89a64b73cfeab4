"""What is known of the scopes of a program."""

from __future__ import annotations

from dataclasses import dataclass, field

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.scopes import Reference, Scope, Variable


@dataclass(slots=True)
class ClassParts:
    """What a class needs beside its members. fields, statics: functions that initialize fields; keys: variables for
    computed keys of fields; brand: of private methods; home, static_home: what `super` looks in; name: inside the
    class.
    """

    scope: Scope
    fields: tree.Function | None = None
    statics: tree.Function | None = None
    keys: dict[tree.Field, Variable] = field(default_factory=dict)
    brand: Variable | None = None
    home: Variable | None = None
    static_home: Variable | None = None
    self: Variable | None = None  # the class, where static private methods are checked for
    constructor: tree.Function | None = None  # the default one, if none is written
    name: Variable | None = None


@dataclass(slots=True)
class Analysis:
    """scopes: of programs, functions, blocks, loops, switches, catch clauses, classes and object literals; bodies: of
    functions whose parameters have a scope of their own; references: of identifiers, private identifiers, `this`;
    temporaries: of loops whose variables are copied, and of `for` over patterns; copied: names of those loops'
    variables.
    """

    program: tree.Program
    scopes: dict[tree.Node, Scope] = field(default_factory=dict)
    bodies: dict[tree.Function, Scope] = field(default_factory=dict)
    references: dict[tree.Node, Reference] = field(default_factory=dict)
    classes: dict[tree.Class, ClassParts] = field(default_factory=dict)
    constructors: dict[tree.Function, tuple[tree.Class, ClassParts]] = field(default_factory=dict)
    initializers: dict[tree.Function, tree.Class] = field(default_factory=dict)
    temporaries: dict[tree.Node, list[Variable]] = field(default_factory=dict)
    inner: dict[tree.Node, Scope] = field(default_factory=dict)
    hoisted: dict[tree.FunctionDeclaration, Reference] = field(default_factory=dict)
    outer_functions: dict[tree.Function, tree.Function | None] = field(default_factory=dict)
