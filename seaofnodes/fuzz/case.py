"""A module with what is to be done with it: the calls, and the ways to run it that are compared."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seaofnodes.errors import Error
from seaofnodes.fuzz.generate.choices import edge
from seaofnodes.fuzz.variant import Variant
from seaofnodes.plain import checked
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.module import FUNCTION, Module

_STEPS = 40_000  # instructions that all calls of a case may execute together, if their costs are known


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an exported function with bit patterns."""

    export: str
    arguments: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.export}({', '.join(map(hex, self.arguments))})"


@dataclass(frozen=True, slots=True)
class Case:
    """What one test does. data: the module; variants: are compared with the reference interpreter.

    load: files with passes and rules of users, loaded before.
    """

    data: bytes
    calls: tuple[Call, ...]
    variants: tuple[Variant, ...]
    load: tuple[str, ...] = ()

    @property
    def features(self) -> frozenset[str]:
        """What the module may use, so that all variants can run it."""
        return SUPPORTED.intersection(*(variant.features for variant in self.variants))

    def to_json(self) -> dict[str, Any]:
        """Everything but the module itself."""
        return {
            "calls": [[call.export, *map(hex, call.arguments)] for call in self.calls],
            "variants": [variant.to_json() for variant in self.variants],
            "load": list(self.load),
        }

    @classmethod
    def from_json(cls, data: bytes, saved: Mapping[str, Any]) -> Case:
        """Raises Error if the JSON is not what `to_json` gives."""
        try:
            calls = tuple(Call(name, tuple(int(a, 16) for a in arguments)) for name, *arguments in saved["calls"])
            variants = tuple(Variant.from_json(found) for found in saved["variants"])
            for call in calls:
                checked(call)
            return checked(cls(data, calls, variants, tuple(saved.get("load", ()))))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Error(f"not a saved case: {error!r}") from None


def plan_calls(
    module: Module, rng: random.Random, costs: Sequence[int] | None = None, rounds: int = 4
) -> tuple[Call, ...]:
    """Calls of a module's exports with arguments at the edges; some exports become hot.

    costs: of each function, as the generator knows them.
    """
    exports = [e for e in module.exports if e.kind == FUNCTION and not e.name.startswith("poke")]
    if not exports:
        return ()
    planned: list[Call] = []
    left = _STEPS
    some = rng.sample(exports, min(len(exports), 40))
    hot = rng.choice(some)
    schedule = [one for _ in range(rounds) for one in rng.sample(some, len(some))] + [hot] * rng.choice((0, 10, 30))
    for one in schedule:
        kinds = module.functions[one.index].params
        left -= 1 if costs is None else costs[one.index]
        if left < 0 and planned:
            break
        planned.append(Call(one.name, tuple(edge(kind, rng) for kind in kinds)))
    return tuple(planned)
