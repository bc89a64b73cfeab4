"""Programs in users' languages, which take and give texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seaofnodes.compare.portion import Number
from seaofnodes.compare.programs.program import Callee, MachineCodes, machine_codes
from seaofnodes.engine import Engine
from seaofnodes.language.language import Language
from seaofnodes.runtime.tiers.optimize import CompiledUnit
from seaofnodes.runtime.tiers.unit import UnitFeedback


@dataclass(frozen=True, slots=True)
class SourceProgram:
    """A program in a user's language, which each engine reads anew; see Program. Attributes: language: its class."""

    suffix: str
    text: str
    language: type[Language]

    @property
    def data(self) -> bytes:
        return self.text.encode()

    def read(self) -> Language:
        """Raises Error for what is no program."""
        return self.language.read(self.text)

    def missing_import(self) -> str:
        return ""

    def exports(self) -> list[str]:
        return [info.name for info in self.read().functions]

    def functions(self) -> Iterator[tuple[int, str, int]]:
        for index, info in enumerate(self.read().functions):
            if info.size:
                yield index, info.name, info.size

    def code_in(self, engine: Engine) -> tuple[CompiledUnit, UnitFeedback]:
        loaded = engine.load_program(self.read())
        return loaded.code, loaded.feedback

    def callee(self, engine: Engine, name: str) -> Callee:
        return TextCallee(engine, self, name)


class TextCallee:
    """A function of a program in a user's language; see Callee."""

    def __init__(self, engine: Engine, source: SourceProgram, name: str) -> None:
        self._language = source.read()
        self._program = engine.load_program(self._language)
        self.code, self.feedback = self._program.code, self._program.feedback
        self.call: Callable[..., Any] = lambda *texts: self._language.invoke(name, texts)

    def __call__(self, *arguments: Number) -> object:
        return self.call(*self.arguments(arguments))

    def optimized(self) -> int:
        return len(self._program.optimized) + len(self._program.loops)

    def code_size(self) -> int:
        found = [*self._program.optimized.values(), *(loop.code for loop in self._program.loops.values())]
        return sum(one.code.code_size for one in found if one.code is not None)

    def machine_code(self) -> MachineCodes:
        loops = {key: loop.code for key, loop in self._program.loops.items()}
        return machine_codes({(index, -1): code for index, code in self._program.optimized.items()} | loops)

    def arguments(self, values: Sequence[Number]) -> tuple[str, ...]:
        return tuple(map(repr, values))

    def result_text(self, value: Number) -> str:
        return repr(value)

    def text(self, found: Any) -> str:
        return str(found)
