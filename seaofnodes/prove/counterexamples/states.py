"""Drawn memories and addresses, and simpler ones: for rules with loads, stores and phis."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from seaofnodes.ir.bits import Bits
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.memory import MEMORY_BIT, MOST_BYTES, PAGE, STATE, Numbers, all_accesses

Binding = dict[str, Any]
_BYTES: Final = (0, 0, 1, 0x7F, 0x80, 0xFF)
_NEAR: Final = 16  # bytes before and after an address that are drawn


def draw_state(rule: Rule, rng: random.Random) -> Binding:
    """Addresses, and a State: near the ends of a memory, near each other, anywhere."""
    state = rule.state
    if state is None:
        return {}
    sizes = tuple(rng.choice((PAGE, PAGE, PAGE, 2 * PAGE, 0, MOST_BYTES)) for _ in state.addresses)
    found: Binding = {}
    last = -1
    for name in state.addresses:
        memory = rng.randrange(len(sizes))
        way = rng.random()
        if way < 0.4 and last >= 0:
            last = max(last + rng.choice((0, 0, 1, -1, 2, 4, -4)), 0)
        else:
            end = sizes[memory]
            index = max(end - rng.randrange(12), 0) if way < 0.7 else rng.choice((0, 8, 16, rng.randrange(1 << 33)))
            last = memory << MEMORY_BIT | index
        found[name] = Bits(64, last)
    bytes = {
        begin.value + place: rng.choice((*_BYTES, rng.getrandbits(8)))
        for begin in found.values()
        for place in range(-_NEAR, _NEAR)
    }
    found[STATE] = Numbers(rng.randrange(state.cases), bytes, sizes)
    return found


def simpler(rule: Rule, binding: Binding) -> Iterator[Binding]:
    """Changes that make addresses and contents easier to read, one at a time; what is tried next may depend on whether
    the last one was made in `binding`.
    """
    if rule.state is None:
        return
    for memory in range(len(rule.state.addresses)):
        state = binding[STATE]
        if state.sizes[memory] != PAGE:
            yield _resized(rule, binding, memory)
    for name in rule.state.addresses:
        size = binding[STATE].size(binding[name]).value
        for index in (0, 16, *(size - back for back in range(1, 17))):
            change = _moved(binding, name, index)
            yield change
            if binding[name] is change[name]:
                break
    for access in all_accesses(rule):
        begin = binding[access.address.name].value + access.address.displacement
        for address in range(begin, begin + access.width):
            for byte in (0, 1, 0x80, 0xFF):
                state = binding[STATE]
                if state.bytes.get(address, 0) == byte:
                    break
                yield {STATE: replace(state, bytes={**state.bytes, address: byte})}


def _resized(rule: Rule, binding: Binding, memory: int) -> Binding:
    """With a memory of one page, and what is in it as far from its end."""
    assert rule.state is not None
    state = binding[STATE]
    back = state.sizes[memory] - PAGE
    sizes = tuple(PAGE if i == memory else size for i, size in enumerate(state.sizes))
    found: Binding = {STATE: replace(state, sizes=sizes)}
    for name in rule.state.addresses:
        address = binding[name].value
        if address >> MEMORY_BIT == memory:
            index = address & ((1 << MEMORY_BIT) - 1)
            index = index if index < PAGE // 2 else index - back
            found |= _moved(binding | found, name, index)
    return found


def _moved(binding: Binding, name: str, index: int) -> Binding:
    """With an address elsewhere in its memory, and the bytes there."""
    old, state = binding[name].value, binding[STATE]
    new = old >> MEMORY_BIT << MEMORY_BIT | max(index, 0)
    bytes = dict(state.bytes)
    bytes |= {new + place: state.bytes.get(old + place, 0) for place in range(_NEAR)}
    return {name: Bits(64, new), STATE: replace(state, bytes=bytes)}
