"""How a module is drawn: from a seed, with some of the draws changed.

The generator makes a valid module that ends of any stream of random numbers; so a module is mutated by changing some of
the numbers that it was drawn from, and drawing it again ("parametric generators": Padhye, Lemieux, Sen, Papadakis, Le
Traon, "Semantic fuzzing with Zest", 2019).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

Layer = tuple[str, float]  # a seed, and the part of the draws that is changed


@dataclass(frozen=True, slots=True)
class Recipe:
    """A seed, and layers of changes, the later above the earlier."""

    seed: str
    layers: tuple[Layer, ...] = ()

    def random(self) -> random.Random:
        """The stream of random numbers."""
        return _Changed(self) if self.layers else random.Random(self.seed)

    def mutated(self, seed: str, rate: float, most: int) -> Recipe:
        """With one more layer of changes; the last one is replaced if there are `most`."""
        return Recipe(self.seed, (*self.layers[: most - 1], (seed, rate)))

    def to_json(self) -> list[Any]:
        """As JSON has it."""
        return [self.seed, [list(layer) for layer in self.layers]]

    @classmethod
    def from_json(cls, data: Any) -> Recipe:
        """Raises TypeError, ValueError for what `to_json` did not give."""
        seed, layers = data
        if not isinstance(seed, str):
            raise TypeError("a seed is a text")
        return cls(seed, tuple((str(of), float(rate)) for of, rate in layers))


class _Changed(random.Random):
    """A stream in which each draw may come from another one. All methods draw with these two."""

    def __new__(cls, recipe: Recipe) -> _Changed:
        return super().__new__(cls)

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe.seed)
        self._layers = [(random.Random(seed), random.Random(f"{seed}:where"), rate) for seed, rate in recipe.layers]

    def random(self) -> float:
        found = super().random()
        for other, where, rate in self._layers:
            if where.random() < rate:
                found = other.random()
        return found

    def getrandbits(self, k: int, /) -> int:
        found = super().getrandbits(k)
        for other, where, rate in self._layers:
            if where.random() < rate:
                found = other.getrandbits(k)
        return found
