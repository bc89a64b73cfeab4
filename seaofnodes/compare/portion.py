"""Portions of work: what one worker measures in one go, as values that can be sent, keyed and split."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.row import CALL, ERROR, FUNCTION, Row
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.tiers.options import COMPILE_LIMIT

Number = int | float

PLACEMENTS: Final = 10
ROUNDS: Final = 5
COMPILE_ROUNDS: Final = 5
WARM_UP: Final = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Call:
    """What is timed: `function(*timed)`, after calls of `function(*small)`, which also make the feedback.

    Attributes: function: name of an export; small_result, timed_result: what is right, where that is known.
    """

    function: str
    small: tuple[Number, ...]
    timed: tuple[Number, ...]
    small_result: Number | None = None
    timed_result: Number | None = None

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(repr, self.timed))})"

    @property
    def small_name(self) -> str:
        return f"{self.function}({', '.join(map(repr, self.small))})"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    Attributes: placements: of code and data, drawn anew for every pipeline; rounds: in each placement, every pipeline
    runs once in one; compile_rounds: the same for compilations; warm_up: seconds of calls before, in the first
    placement; a_a: time machine code that is the same, too; graphs: keep the last graph and the machine code as text;
    load: files with passes and rules; budget: seconds for the placements of a call, of which fewer are made then;
    compile_limit: seconds of processor time after which a compilation is stopped; host: a file that has what modules
    import.
    """

    placements: int = PLACEMENTS
    rounds: int = ROUNDS
    compile_rounds: int = COMPILE_ROUNDS
    warm_up: float = WARM_UP
    a_a: bool = False
    graphs: bool = False
    load: tuple[str, ...] = ()
    budget: float | None = None
    compile_limit: float = COMPILE_LIMIT
    host: str = ""

    def registry(self) -> PassRegistry:
        """The passes there are. Raises PassError, OSError."""
        found = PassRegistry()
        for path in self.load:
            found.load(path)
        return found


@dataclass(frozen=True, slots=True)
class Portion:
    """Some functions of a module to compile, or (without functions) its call to time; under all configurations.

    Attributes: source: the module's name for people; data: the module's bytes, or the source text of a program in a
    user's language, which `suffix` tells then; names: of the functions, for rows of
    those that no worker survives.
    """

    source: str
    data: bytes
    suffix: str
    configurations: tuple[Configuration, ...]
    functions: tuple[int, ...]
    names: tuple[str, ...]
    call: Call | None
    settings: Settings

    def key(self, fingerprint: str) -> str:
        """Names the portion's result: a hash of all that has a say in it, and of the compiler's `fingerprint`."""
        value = {**self.to_json(), "fingerprint": fingerprint}
        del value["source"], value["settings"]["compile_limit"]  # what is finished has not come to it
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]

    def split(self) -> list[Portion]:
        """Smaller portions that together are this one; none when it cannot be split."""
        if len(self.functions) > 1:
            parts = zip(self.functions, self.names, strict=True)
            return [replace(self, functions=(index,), names=(name,)) for index, name in parts]
        if len(self.configurations) > 1:
            return [replace(self, configurations=(configuration,)) for configuration in self.configurations]
        return []

    def failed(self, reason: str) -> list[Row]:
        """Its rows when measuring it failed as a whole."""
        return [
            Row(self.source, kind, name, index, configuration.label, ERROR, reason)
            for kind, name, index in self._subjects()
            for configuration in self.configurations
        ]

    def subjects(self) -> list[tuple[int, str, str, str]]:
        """(index, kind, name, pipeline's label) of each of its rows, sorted."""
        subjects, labels = list(self._subjects()), [found.label for found in self.configurations]
        return sorted((index, kind, name, label) for kind, name, index in subjects for label in labels)

    def _subjects(self) -> Iterator[tuple[str, str, int]]:
        for index, name in zip(self.functions, self.names, strict=True):
            yield FUNCTION, name, index
        if not self.functions:
            yield CALL, str(self.call), -1

    def to_json(self) -> dict[str, Any]:
        """As plain values; options of configurations as pairs."""
        return {**asdict(self), "data": base64.b64encode(self.data).decode()}
