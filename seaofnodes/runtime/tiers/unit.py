"""What the runtime knows of a piece of program: a protocol that each language implements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from seaofnodes.backend.assembler.features import CpuFeatures
    from seaofnodes.backend.code import MachineCode
    from seaofnodes.backend.template.frame_layout import FrameLayout, Place
    from seaofnodes.ir.graph import Graph
    from seaofnodes.ir.operator import Operator
    from seaofnodes.ir.ops.shapes import FieldAccess
    from seaofnodes.passes.base import CallFeedback, FunctionReference
    from seaofnodes.runtime.code.code_object import FunctionNames
    from seaofnodes.runtime.counters.feedback import FeedbackLayout
    from seaofnodes.runtime.entry.signatures import Signature

# (function, number of a call in it, its own callee or -1) -> may code that replaces the call leave for baseline code?
Speculate = Callable[[int, int, int], bool]


class BytecodeLine(NamedTuple):
    """An instruction, for people.

    Attributes: offset: bytecode offset; depth: how deep it is nested; text; variable: name of the one it is about, or
    "".
    """

    offset: int
    depth: int
    text: str
    variable: str = ""


class CallSite(NamedTuple):
    """A call, for people. Attributes: offset: bytecode offset; opcode: its name; callee: of a direct call, else -1."""

    offset: int
    opcode: str
    callee: int


class Unit(Protocol):
    """A piece of program that is compiled as one (a module, a script): functions that call each other by index.

    Functions below `first` are imported: they have a name and a signature, nothing else. Bytecode offsets are numbers
    of the language's choosing that grow within a function; call sites count from 0, in bytecode order.
    """

    @property
    def language_name(self) -> str:
        """Name of the language, for people."""

    @property
    def first(self) -> int:
        """Index of the first own function."""

    @property
    def functions(self) -> int:
        """How many functions there are, imported ones included."""

    @property
    def names(self) -> FunctionNames:
        """What knows its functions' names and holds no engine: installed code holds it, and the engine holds that."""

    @property
    def feedback_layout(self) -> FeedbackLayout:
        """Where its instances have their feedback."""

    @property
    def lowering(self) -> object:
        """What the lowering visitors of the language's operators need; handed through to them."""

    @property
    def function_reference(self) -> FunctionReference | None:
        """Gives the operator whose value, for the address of the instance, is a reference to a function; None if there
        are none.
        """

    def constant_field(self, op: Operator, path: Sequence[FieldAccess]) -> Operator | None:
        """What loads of constant fields, one after the other, read from the object that an operator on the address of
        the instance refers to: an operator on that address, or a constant, the same for all instances; None: not known.
        """

    def function_name(self, index: int) -> str:
        """A name for people."""

    def function_size(self, index: int) -> int:
        """Bytes of bytecode, -1 for an imported function."""

    def signature(self, index: int) -> Signature:
        """What a function takes and gives."""

    def call_sites(self, index: int) -> int:
        """How many call sites an own function has."""

    def callees(self, index: int) -> Collection[int]:
        """The functions that an own function calls directly."""

    def lift(
        self,
        index: int,
        osr_offset: int = -1,
        *,
        frame_states: bool = False,
        checkpoints: bool = False,
        speculate: Speculate | None = None,
    ) -> Graph:
        """The graph of an own function.

        osr_offset: bytecode offset of the loop where it starts, or -1; frame_states: do all calls carry one;
        checkpoints: are there any; speculate: which calls carry one and have a checkpoint. Raises UnsupportedError.
        """

    def baseline(self, index: int, features: CpuFeatures, *, tier_up: bool) -> MachineCode:
        """Baseline code of an own function. tier_up: count its budget down, and call the builtin when it is spent."""

    def frame_layouts(
        self, index: int, places: Collection[Place], features: CpuFeatures, *, tier_up: bool
    ) -> dict[Place, FrameLayout]:
        """Where baseline code, made with the same options, has its values at some places: at loops' headers, and before
        or after calls. Missing are places that baseline code does not reach.
        """

    def type_text(self, index: int) -> str:
        """A function's type in the language's words."""

    def bytecode(self, index: int) -> Sequence[BytecodeLine]:
        """The instructions of an own function."""

    def call_lines(self, index: int) -> Sequence[CallSite]:
        """The call sites of an own function, by their numbers."""


class UnitFeedback(Protocol):
    """What a unit's functions have seen."""

    def call(self, function: int, site: int) -> CallFeedback:
        """What a call site has seen."""

    def invocations(self, function: int) -> int:
        """How often a function was called."""

    def has_targets(self, function: int) -> bool:
        """Has any of its call sites seen a function that can be guessed?"""
