"""A language's program as the runtime's compilers know it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NoReturn

from seaofnodes.errors import Error, UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.types import Type
from seaofnodes.language.language import Language
from seaofnodes.language.machine import Names
from seaofnodes.passes.base import CallFeedback
from seaofnodes.runtime.entry.signatures import Signature
from seaofnodes.runtime.tiers.speculation import Speculations
from seaofnodes.runtime.tiers.unit import BytecodeLine, CallSite, Speculate

if TYPE_CHECKING:
    from seaofnodes.backend.assembler.features import CpuFeatures
    from seaofnodes.backend.template.frame_layout import Place
    from seaofnodes.ir.operator import Operator
    from seaofnodes.ir.ops.shapes import FieldAccess
    from seaofnodes.runtime.counters.feedback import FeedbackLayout
    from seaofnodes.runtime.tiers.tiers import Tiers


class LanguageUnit:
    """Implements `runtime.tiers.unit.Unit`.

    Attributes: language; names: of the functions; loop_types: of the values at loop headers where graphs have started,
    by function and offset.
    """

    first = 0
    lowering = None
    function_reference = None

    def __init__(self, language: Language) -> None:
        self.language = language
        self.language_name = type(language).__name__
        self.infos = tuple(language.functions)
        self.functions = len(self.infos)
        self.names = Names([info.name for info in self.infos])
        self.loop_types: dict[tuple[int, int], tuple[Type, ...]] = {}

    @property
    def feedback_layout(self) -> FeedbackLayout:
        """There is none: the language keeps its own."""
        raise Error("a language's program has no instances")

    def constant_field(self, op: Operator, path: Sequence[FieldAccess]) -> None:
        """Nothing is known of objects."""

    def function_name(self, index: int) -> str:
        """A name for people."""
        return self.infos[index].name

    def function_size(self, index: int) -> int:
        """In the language's own measure."""
        return self.infos[index].size

    def signature(self, index: int) -> Signature:
        """What a function takes and gives."""
        return Signature(tuple(self.infos[index].parameters), tuple(self.infos[index].results))

    def call_sites(self, index: int) -> int:
        """Calls are guessed by the language's lifter, not here."""
        return 0

    def callees(self, index: int) -> Collection[int]:
        """See `call_sites`."""
        return ()

    def lift(
        self,
        index: int,
        osr_offset: int = -1,
        *,
        frame_states: bool = False,
        checkpoints: bool = False,
        speculate: Speculate | None = None,
    ) -> Graph:
        """The graph of a function. Raises UnsupportedError."""
        graph = self.language.lift(index, osr_offset)
        if osr_offset >= 0:
            self.loop_types[index, osr_offset] = graph.parameters[1:]
        return graph

    def baseline(self, index: int, features: CpuFeatures, *, tier_up: bool) -> NoReturn:
        """Raises UnsupportedError: the first tier is the language's interpreter."""
        raise UnsupportedError("the language has no baseline compiler")

    def frame_layouts(self, index: int, places: Collection[Place], features: CpuFeatures, *, tier_up: bool) -> NoReturn:
        """Raises UnsupportedError."""
        self.baseline(index, features, tier_up=tier_up)

    def type_text(self, index: int) -> str:
        """A function's type."""
        return str(self.signature(index))

    def bytecode(self, index: int) -> Sequence[BytecodeLine]:
        """The instructions of a function; two blanks before one are a level."""
        return [
            BytecodeLine(offset, (len(text) - len(text.lstrip(" "))) // 2, text.lstrip(" "))
            for offset, text in self.language.source(index)
        ]

    def call_lines(self, index: int) -> Sequence[CallSite]:
        """See `call_sites`."""
        return ()


class LanguageCode:
    """What the optimizing compiler knows of a program. Attributes: unit; tiers; speculations."""

    def __init__(self, unit: LanguageUnit, tiers: Tiers) -> None:
        self.unit = unit
        self.tiers = tiers
        self.speculations = Speculations()


class LanguageFeedback:
    """What a program's functions have seen, as the language tells it."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def call(self, function: int, site: int) -> CallFeedback:
        """What a call site has seen."""
        return self._language.feedback(function, site)

    def invocations(self, function: int) -> int:
        """Frequencies are relative: 1."""
        return 1

    def has_targets(self, function: int) -> bool:
        """See `LanguageUnit.call_sites`."""
        return False
