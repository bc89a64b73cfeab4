"""Who lives and dies together: instances, host functions, tables, globals, tags that can hold each other's functions.

A function reference is an address inside an instance. Machine code copies it into tables and globals without telling
anybody; so whoever is linked in a way that lets function references pass belongs to one group, whose members hold each
other. Python's cyclic collector takes a group that nobody outside holds.
"""

from __future__ import annotations

from typing import Protocol


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
    if one is other:
        return
    first, second = _group_of(one), _group_of(other)
    if first is second:
        return
    if len(first.members) < len(second.members):
        first, second = second, first
    for member in second.members:
        member.group = first
    first.members += second.members


def _group_of(member: Member) -> Group:
    if member.group is None:
        member.group = Group(member)
    return member.group
