"""Who lives and dies together: instances, host functions, tables, globals, tags that can hold each other's functions.

A function reference is an address inside an instance. Machine code copies it into tables and globals without telling
anybody; so whoever is linked in a way that lets function references pass belongs to one group, whose members hold each
other. Python's cyclic collector frees a group that nothing outside refers to.
"""

from __future__ import annotations

import functools
from typing import Final, Protocol

from seaofnodes.runtime.process.exclusion import Mutex

_joining: Final = Mutex()  # of the process: any two members may be joined


class Member(Protocol):
    """What can be in a group. group: None as long as it is alone."""

    group: Group | None


class Group:
    """Attributes: members: each holds the group, so all are held."""

    __slots__ = ("members",)

    def __init__(self, member: Member) -> None:
        self.members: list[Member] = [member]


def join(one: Member, other: Member) -> None:
    """Put two members, and those they are together with, into one group."""
    if one is not other and (one.group is None or one.group is not other.group):
        _joining.run(functools.partial(_join, one, other))


def _join(one: Member, other: Member) -> None:
    first, second = _group_of(one), _group_of(other)
    if first is second:
        return
    if len(first.members) < len(second.members):
        first, second = second, first
    first.members += second.members  # first, so that a group always has whoever says that he is in it
    for member in second.members:
        member.group = first


def _group_of(member: Member) -> Group:
    if member.group is None:
        member.group = Group(member)
    return member.group
