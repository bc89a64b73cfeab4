"""Abstract references: are they null, and of which type?"""

from __future__ import annotations

from typing import NamedTuple

from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.ops.objects import WORD64_TO_REFERENCE
from seaofnodes.ir.ops.shapes import NON_NULL, ArrayShape, ObjectType, StructShape, TypeTest

Target = ObjectType | str
_MOST = 4  # types that a reference is not of, which are remembered


class AbstractReference(NamedTuple):
    """A set of references.

    Attributes: null: is it, is it not, or unknown (None)?; target: of which type it is if it is not null, as in a
    TypeTest; exact: of that very type, no subtype of it?; others: types that it is not of, unless it is null.
    """

    null: bool | None = None
    target: Target | None = None
    exact: bool = False
    others: tuple[Target, ...] = ()

    def join(self, other: AbstractReference) -> AbstractReference:
        """The references of either."""
        if self.null:
            return other._replace(null=True if other.null else None)
        if other.null:
            return self._replace(null=None)
        null = self.null if self.null == other.null else None
        exact = self.exact and other.exact and self.target == other.target
        target: Target | None = None
        if self.target is not None and other.target is not None:
            if is_below(self.target, other.target):
                target = other.target
            elif is_below(other.target, self.target):
                target = self.target
        return AbstractReference(null, target, exact, tuple([one for one in self.others if one in other.others]))

    def learned(self, condition: Node, holds: bool) -> AbstractReference:
        """What it is where a condition on it (see `tested_value`) holds, or does not."""
        test = condition.op.parameters
        if not isinstance(test, TypeTest):
            return self._replace(null=holds)
        found = self
        if holds:
            if found.target is None or (is_below(test.target, found.target) and not found.exact):
                found = found._replace(target=test.target)
            return found if test.nullable else found._replace(null=False)
        if len(found.others) < _MOST and test.target not in found.others:
            found = found._replace(others=(*found.others, test.target))
        return found._replace(null=False) if test.nullable else found

    def answer(self, condition: Node) -> bool | None:
        """What a condition on it gives, if that is known."""
        test = condition.op.parameters
        if not isinstance(test, TypeTest):
            return self.null
        target = self.target
        if self.null:
            return test.nullable
        if target is not None and is_below(target, test.target):
            return True if test.nullable or self.null is False else None
        excluded = target is not None and (self.exact or is_apart(target, test.target))
        if excluded or any(is_below(test.target, other) for other in self.others):
            return False if not test.nullable or self.null is False else None
        return None

    @property
    def is_object(self) -> bool:
        """Is it an object, or null?"""
        return isinstance(self.target, ObjectType) or self.target in ("struct", "array")


UNKNOWN = AbstractReference()


def made(node: Node) -> AbstractReference:
    """What the operator of a node says of its value."""
    op = node.op
    if op.is_constant:
        return AbstractReference(True)
    if isinstance(op.parameters, StructShape | ArrayShape):
        return AbstractReference(False, op.parameters.type, True)
    if op is WORD64_TO_REFERENCE:
        return AbstractReference(False, "i31", True)
    return AbstractReference(False) if is_never_null(op) else UNKNOWN


def is_never_null(op: Operator) -> bool:
    """Does an operator give a reference that is not null, by what it is or what is declared of what it loads?"""
    return op.never_null or (op.is_object_load and op.parameters.rep == NON_NULL)


def tested_value(condition: Node) -> Node | None:
    """The reference that a condition is about: a test for null, or of the type."""
    if condition.op is m.REFERENCE_EQUAL:
        left, right = condition.inputs
        if right.op is common.NULL_CONSTANT:
            return left
        return right if left.op is common.NULL_CONSTANT else None
    return condition.inputs[0] if isinstance(condition.op.parameters, TypeTest) else None


def is_below(one: Target, other: Target) -> bool:
    """Is everything of the one type of the other, too?"""
    if isinstance(other, ObjectType):
        return isinstance(one, ObjectType) and one.is_subtype(other)
    return one == other or other == "eq" or (isinstance(one, ObjectType) and one.kind == other)


def is_apart(one: Target, other: Target) -> bool:
    """Is nothing of both types? Types have one supertype at most, so of two that are unrelated there is no common
    subtype.
    """
    if one == "eq" or other == "eq":
        return False
    return not is_below(one, other) and not is_below(other, one)
