"""Which modules are worth changing: those that made something new of one's own rules and passes happen.

Numbers are drawn in generations: a generation is drawn from what those before it brought, and begins when they are
done. So what a number stands for does not depend on how many workers there are, or on which of them was first.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.plain import fits

GENERATION: Final = 32  # numbers
RANKS: Final = ("tried", "matched", "said", "changed", "fired")  # first words of features: what comes later is further
_KEPT: Final = 3  # recipes for a feature
_FEATURES: Final = 1000  # others are not kept
_CHANCE: Final = 0.6  # of a number to be a mutation
_LAYERS: Final = 8


def start_of(number: int) -> int:
    """The first number of a number's generation."""
    return number - number % GENERATION


@dataclass(slots=True)
class Corpus:
    """What happened so far. hits: modules in which a feature was (see fired.py); kept: recipes of some of them; fresh:
    recipes and features of numbers in the generation that is under way.
    """

    hits: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[Recipe]] = field(default_factory=dict)
    fresh: dict[int, tuple[Recipe, tuple[str, ...]]] = field(default_factory=dict)

    def take(self, number: int, recipe: Recipe, features: tuple[str, ...]) -> None:
        """Note what a number brought."""
        if features:
            self.fresh[number] = recipe, features

    def recipe(self, seed: int, number: int) -> Recipe:
        """What a number is drawn from; all numbers of the generations before must be done."""
        for done in sorted(done for done in self.fresh if done < start_of(number)):
            self._keep(*self.fresh.pop(done))
        rng = random.Random(f"{seed}:{number}:aim")
        if not self.kept or rng.random() >= _CHANCE:
            return Recipe(f"{seed}:{number}")
        furthest = self._furthest()
        names = furthest[rng.choice(list(furthest))]
        [rare] = rng.choices(names, [1 / self.hits[name] for name in names])
        return rng.choice(self.kept[rare]).mutated(f"{seed}:{number}", 10 ** rng.uniform(-3, -1), _LAYERS)

    def _furthest(self) -> dict[str, list[str]]:
        """By rule or pass: the features that say how far it came."""
        found: dict[str, tuple[int, list[str]]] = {}
        for feature in self.kept:
            what, name = feature.split()[:2]
            rank = RANKS.index(what)
            best = found.setdefault(name, (rank, []))
            if rank > best[0]:
                best = found[name] = (rank, [])
            if rank == best[0]:
                best[1].append(feature)
        return {name: features for name, (_, features) in found.items()}

    def _keep(self, recipe: Recipe, features: tuple[str, ...]) -> None:
        for feature in features:
            if feature not in self.kept and len(self.kept) >= _FEATURES:
                continue
            self.hits[feature] += 1
            recipes = self.kept.setdefault(feature, [])
            if len(recipes) < _KEPT:
                recipes.append(recipe)

    def to_json(self) -> dict[str, Any]:
        """For the state file."""
        return {
            "hits": dict(self.hits),
            "kept": {name: [one.to_json() for one in recipes] for name, recipes in self.kept.items()},
            "fresh": [
                [number, one.to_json(), list(features)] for number, (one, features) in sorted(self.fresh.items())
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Corpus:
        """Raises KeyError, TypeError, ValueError for what `to_json` did not give."""
        hits, kept = data["hits"], data["kept"]
        if not fits(hits, dict[str, int]) or hits.keys() != kept.keys() or min(hits.values(), default=1) < 1:
            raise TypeError("the corpus has no counts")
        if not all(kept.values()):
            raise TypeError("the corpus has a feature without a recipe")
        fresh = {number: (Recipe.from_json(one), tuple(features)) for number, one, features in data["fresh"]}
        features = [*kept, *(name for _, names in fresh.values() for name in names)]
        if not fits(list(fresh), list[int]) or not all(name.partition(" ")[0] in RANKS for name in features):
            raise TypeError("the corpus has no features")
        return cls(
            Counter(hits), {name: [Recipe.from_json(one) for one in found] for name, found in kept.items()}, fresh
        )
