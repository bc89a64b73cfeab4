"""Memories as rules see them: bytes, little-endian, with a size; an access beyond it traps.

An address is a number of 64 bits: which memory it is in from bit 48 on, below that index and offset. So two addresses
of a rule may be in one memory or in two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final, Protocol

from seaofnodes.ir.bits import Bits
from seaofnodes.passes.patterns import Access, Address
from seaofnodes.passes.rules.facts import InBounds
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.state.matching import accesses_of

STATE: Final = "(state)"  # the key of the State in a binding, which no variable can have
MEMORY_BIT: Final = 48
_INDEX_BITS: Final = 33  # of an index and an offset together
PAGE: Final = 1 << 16
MOST_BYTES: Final = 1 << 32


class State(Protocol):
    """Memories, and the way by which the phis were reached, in any domain of values."""

    @property
    def case(self) -> int:
        """Which input the phis choose, of those that a rule tells apart."""
        ...

    def byte(self, address: Any) -> Any:
        """What is there; 8 bits."""
        ...

    def size(self, address: Any) -> Any:
        """Of the memory that the address is in, in bytes; 64 bits."""
        ...


@dataclass(frozen=True, slots=True)
class Numbers:
    """A state on numbers. bytes: at addresses, 0 at all others; sizes: of the memories."""

    case: int = 0
    bytes: Mapping[int, int] = field(default_factory=dict)
    sizes: tuple[int, ...] = (PAGE,)

    def byte(self, address: Bits) -> Bits:
        """See State."""
        return Bits(8, self.bytes.get(address.value, 0))

    def size(self, address: Bits) -> Bits:
        """See State."""
        memory = address.value >> MEMORY_BIT
        return Bits(64, self.sizes[memory] if memory < len(self.sizes) else 0)


def case_of(binding: Mapping[str, Any]) -> int:
    """Which input the phis choose."""
    state = binding.get(STATE)
    return 0 if state is None else int(state.case)


def all_accesses(rule: Rule) -> list[Access]:
    """Those of the pattern, then those of the replacement."""
    return [*accesses_of(rule.pattern), *accesses_of(rule.replacement)]


def loaded(access: Access, binding: Mapping[str, Any]) -> Any:
    """The value that a load gives, unless it traps."""
    state = binding[STATE]
    begin = at(access.address, binding)
    bits = 8 * access.width
    parts = [state.byte(begin + begin.constant(i)).zext(bits) for i in range(access.width)]
    value = reduce(lambda a, b: a | b, [part.shl(part.constant(8 * i)) for i, part in enumerate(parts)])
    if access.value_type.is_float:
        return value.as_float()
    return (value.sext if access.rep.startswith("Int") else value.zext)(access.value_type.bits)


def at(address: Address, binding: Mapping[str, Any]) -> Any:
    """Where an access begins."""
    begin = binding[address.name]
    return begin + begin.constant(address.displacement)


def traps(access: Access, binding: Mapping[str, Any]) -> Any:
    """One bit: does it access what is beyond the end?"""
    begin = at(access.address, binding)
    index = begin & begin.constant((1 << MEMORY_BIT) - 1)
    return binding[STATE].size(begin).ult(index + index.constant(access.width))


def any_of(bits: list[Any]) -> Any:
    """One bit: is one of them set? None if there are none."""
    return reduce(lambda a, b: a | b, bits) if bits else None


def assumed(rule: Rule, binding: Mapping[str, Any]) -> list[Any]:
    """Bits that are 1: addresses and sizes are what they can be, and accesses that are said to be in bounds are."""
    state = rule.state
    found: list[Any] = []
    for name in state.addresses if state is not None else ():
        begin = binding[name]
        size = binding[STATE].size(begin)
        index, memory = begin & begin.constant((1 << MEMORY_BIT) - 1), begin.lshr(begin.constant(MEMORY_BIT))
        found += [
            index.ult(index.constant(1 << _INDEX_BITS)),
            memory.ult(memory.constant(len(state.addresses) if state is not None else 0)),
            (size & size.constant(PAGE - 1)).eq(size.constant(0)),
            size.ule(size.constant(MOST_BYTES)),
        ]
        back = max(-access.address.displacement for access in all_accesses(rule) if access.address.name == name)
        if back > 0:  # no rule fires where an offset would be negative
            found.append(~index.ult(index.constant(back)))
    known = {fact.name for fact in rule.facts if isinstance(fact, InBounds)}
    found += [~traps(access, binding) for access in accesses_of(rule.pattern) if access.address.name in known]
    return found


def outcomes(rule: Rule, binding: Mapping[str, Any], stored: Any, stored_after: Any) -> list[Any]:
    """Bits that have to be 1: the same accesses trap, and unless the pattern's do, memory is the same afterwards.

    stored, stored_after: the values that the pattern and the replacement store, if they do. A load that is made has to
    trap when the one that it replaces does. So has a store; loads of the pattern have come before it.
    """
    state, pattern, replacement = rule.state, rule.pattern, rule.replacement
    if state is None:
        return []
    found = []
    if state.new is not None and state.old is not None:
        found.append(traps(state.new, binding).eq(traps(state.old, binding)))
    if not isinstance(pattern, Access) or not pattern.op.is_store:
        return found
    before = any_of([traps(access, binding) for access in accesses_of(pattern)[1:]])
    mine = traps(pattern, binding)
    same = mine.eq(traps(replacement, binding)) if isinstance(replacement, Access) else ~mine
    found.append(same if before is None else before | same)
    if isinstance(replacement, Access) and replacement.key == pattern.key:
        return found  # the values are compared
    begin = binding[pattern.address.name]
    trapped = any_of([traps(access, binding) for access in accesses_of(pattern)])
    writes = [_bytes(pattern, stored)]
    writes.append(_bytes(replacement, stored_after) if isinstance(replacement, Access) else {})
    for place in sorted(writes[0].keys() | writes[1].keys()):
        there = binding[STATE].byte(begin + begin.constant(place))
        found.append(trapped | writes[0].get(place, there).eq(writes[1].get(place, there)))
    return found


def _bytes(access: Access, value: Any) -> dict[int, Any]:
    """What a store writes, by distance from its address without displacement."""
    bits = value.as_bits() if access.value_type.is_float else value
    return {access.address.displacement + i: bits.extract(8 * i + 7, 8 * i) for i in range(access.width)}
