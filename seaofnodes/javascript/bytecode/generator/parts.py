"""What the generator remembers while it is at a place: contexts, tests, what can be left, iterators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.scope.scopes import Scope


@dataclass(slots=True)
class Context:
    """A context that is current somewhere. saved: the register that has it while an inner one is current."""

    scope: Scope
    saved: int | None = None


@dataclass(slots=True)
class Test:
    """Where to go on: labels, and the one that comes next ("then", "else" or "" for neither)."""

    then: Label
    otherwise: Label
    following: str

    def negated(self) -> Test:
        """The same for the opposite."""
        return Test(self.otherwise, self.then, {"then": "else", "else": "then", "": ""}[self.following])


@dataclass(slots=True, eq=False)
class Control:
    """What can be left here. labels: those of the statement; exits, continues: where `break` and `continue` lead;
    contexts: how many are current there; deferred: of a try statement with a finally block, what leaves it.
    """

    outer: Control | None
    contexts: int
    labels: frozenset[str] = frozenset()
    breaks: Label | None = None
    continues: Label | None = None
    is_plain: bool = True  # does a `break` without a label leave it?
    deferred: Deferred | None = None


@dataclass(slots=True, eq=False)
class Command:
    """kind: "break", "continue", "return" or "rethrow"; target: what is left."""

    kind: str
    target: Control | None
    position: int


@dataclass(slots=True, eq=False)
class Deferred:
    """The commands that enter a finally block, each with a token, which is its index."""

    token: int
    result: int
    enter: Label
    commands: list[Command] = field(default_factory=list)


class Returned(NamedTuple):
    """Where a derived constructor leads its returns, with the value in a register; contexts: how many are current
    there.
    """

    register: int
    end: Label
    contexts: int


class Iterator(NamedTuple):
    """Registers of an iterator and of its method `next`; feedback slots of loads of `value` and `done`."""

    object: int
    next: int
    value: int
    done: int
