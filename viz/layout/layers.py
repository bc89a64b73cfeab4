"""Layers of blocks: as deep as the longest way there, what leaves a loop below all of it, and the arms of a wide switch
in several rows. `viewer/app/layers.js` is the same in JavaScript.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_ARM_GAP: Final = 40
Edge = tuple[int, int]


def loops_of(count: int, forward: Sequence[Edge], back: Sequence[Edge]) -> tuple[list[int], list[int]]:
    """Of each block the header of its innermost loop, or -1; of each header that of the next loop around it.

    Blocks are numbered in reverse post order. After Havlak, "Nesting of Reducible and Irreducible Loops" (1997).
    """
    home, outer = [-1] * count, [-1] * count
    before: list[list[int]] = [[] for _ in range(count)]
    latches: list[list[int]] = [[] for _ in range(count)]
    for start, to in forward:
        before[to].append(start)
    for start, to in back:
        latches[to].append(start)
    for header in range(count - 1, -1, -1):
        if not latches[header]:
            continue
        home[header] = header
        work = list(latches[header])
        while work:
            at = work.pop()
            if at <= header:
                continue  # the header, or an entry beside it, in the middle of a phase
            if home[at] < 0:
                home[at] = header
            else:
                at = home[at]
                while outer[at] >= 0:
                    at = outer[at]
                if at <= header:
                    continue
                outer[at] = header
            work.extend(before[at])
    return home, outer


def block_layers(
    widths: Sequence[int], forward: Sequence[Edge], back: Sequence[Edge], wide: Sequence[int], limit: float
) -> list[int]:
    """The layer of each block. wide: those whose arms may stand in several rows, each of at most `limit` pixels where
    arms are no wider.
    """
    count = len(widths)
    home, outer = loops_of(count, forward, back)

    def is_in(block: int, header: int) -> bool:
        at = home[block]
        while at > header:
            at = outer[at]
        return at == header

    rules: list[tuple[int, int, int]] = []  # from, to, layers between; the end of the loop at h is count + h
    for block in range(count):
        if home[block] >= 0:
            rules.append((block, count + home[block], 0))
        if home[block] == block and outer[block] >= 0:
            rules.append((count + block, count + outer[block], 0))
    for start, to in forward:
        rules.append((start, to, 1))
        left, loop = -1, home[start]
        while loop >= 0 and not is_in(to, loop):
            left, loop = loop, outer[loop]
        if left >= 0:
            rules.append((count + left, to, 1))
    total = 2 * count
    for block in wide:
        rows = _rows_of_arms(block, widths, forward, limit)
        for row in range(1, len(rows)):
            for arm in rows[row - 1]:
                for node in arm.nodes:
                    if home[block] < 0 or is_in(node, home[block]):
                        rules.append((node, total, 0))
            rules.extend((total, arm.head, 1) for arm in rows[row])
            total += 1
    return _divided(longest_paths(total, rules)[:count], widths, limit)


def _divided(layers: Sequence[int], widths: Sequence[int], limit: float) -> list[int]:
    """Layers no wider than `limit`: of a wider one the blocks, which do not depend on each other, in several."""
    rows: list[list[int]] = [[] for _ in range(max(layers, default=0) + 1)]
    for block, layer in enumerate(layers):
        rows[layer].append(block)
    found = [0] * len(layers)
    layer = 0
    for row in rows:
        width = 0
        for block in row:
            if width > 0 and width + widths[block] > limit:
                layer += 1
                width = 0
            found[block] = layer
            width += widths[block] + _ARM_GAP
        layer += 1
    return found


class _Arm:
    """Blocks that only one way of a switch leads to; profile: how wide they are, by depth."""

    __slots__ = ("head", "nodes", "profile")

    def __init__(self, head: int) -> None:
        self.head = head
        self.nodes: list[int] = []
        self.profile: list[int] = []


def _rows_of_arms(block: int, widths: Sequence[int], forward: Sequence[Edge], limit: float) -> list[list[_Arm]]:
    """The arms of a switch in rows; short ones first."""
    count = len(widths)
    before: list[list[int]] = [[] for _ in range(count)]
    arm_of: list[_Arm | None] = [None] * count
    depth = [0] * count
    arms: list[_Arm] = []
    for start, to in forward:
        before[to].append(start)
    for at in range(block + 1, count):
        ways = before[at]
        if not ways:
            continue
        arm: _Arm | None
        if len(ways) == 1 and ways[0] == block:
            arm = _Arm(at)
            arms.append(arm)
        else:
            arm = arm_of[ways[0]]
            for way in ways:
                if arm_of[way] is not arm:
                    arm = None
                depth[at] = max(depth[at], depth[way] + 1)
            if arm is None:
                continue
        arm_of[at] = arm
        arm.nodes.append(at)
        while len(arm.profile) <= depth[at]:
            arm.profile.append(0)
        arm.profile[depth[at]] += widths[at] + _ARM_GAP
    arms.sort(key=lambda arm: (len(arm.profile), arm.head))
    rows: list[list[_Arm]] = []
    profile: list[int] = []
    for arm in arms:
        total = list(arm.profile)
        for index, width in enumerate(profile):
            total[index] += width  # it is no longer: arms are sorted
        if not rows or max(total) > limit:
            rows.append([arm])
            profile = arm.profile
        else:
            rows[-1].append(arm)
            profile = total
    return rows


def longest_paths(count: int, rules: Sequence[tuple[int, int, int]]) -> list[int]:
    """How deep each of `count` things is at least, where rules (from, to, by) hold. In a circle the first goes on."""
    following: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    waiting, level, done = [0] * count, [0] * count, [False] * count
    for start, to, by in rules:
        following[start].append((to, by))
        waiting[to] += 1
    ready = [index for index in range(count) if not waiting[index]]
    first = at = 0
    while True:
        if at == len(ready):
            while first < count and done[first]:
                first += 1
            if first == count:
                return level
            ready.append(first)
        start = ready[at]
        at += 1
        if done[start]:
            continue
        done[start] = True
        deep = level[start]
        for to, by in following[start]:
            if done[to]:
                continue
            level[to] = max(level[to], deep + by)
            waiting[to] -= 1
            if not waiting[to]:
                ready.append(to)
