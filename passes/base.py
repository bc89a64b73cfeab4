"""What a pass is, and what it is given."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.shapes import FieldAccess
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.remarks import Remark as Remark, RuleCount as RuleCount
from seaofnodes.passes.rules.context import ConstantField, EnabledRules

if TYPE_CHECKING:
    from seaofnodes.passes.rules import RuleSet


@dataclass(frozen=True, slots=True)
class CallFeedback:
    """What a call site has seen.

    Attributes: counts: pairs of target function index (-1: a direct call's, or a function that cannot be named) and
    number of calls, the most frequent first; megamorphic: there were more targets than are kept; calls: all of them.
    """

    counts: tuple[tuple[int, int], ...] = ()
    megamorphic: bool = False
    calls: int = 0

    @property
    def total(self) -> int:
        """Number of calls: all of them, or those that `counts` has."""
        return self.calls or sum(count for _, count in self.counts)

    @property
    def state(self) -> str:
        """ "uninitialized", "monomorphic", "polymorphic" or "megamorphic"."""
        if self.megamorphic:
            return "megamorphic"
        return ("uninitialized", "monomorphic", "polymorphic")[min(len(self.counts), 2)]


FunctionReference = Callable[[int], Operator]


def _no_field(op: Operator, path: Sequence[FieldAccess]) -> Operator | None:
    return None


class PassContext:
    """What passes share while one function is compiled.

    Attributes: lift: gives the graph of another function of the module, for inlining (None: there is no other);
    function_reference: gives the operator whose value, for the context of a graph, is the reference to a function of
    the module (None: calls through references are left alone); constant_field: what
    is read from fields of constants (see rules/context.py); function_size: bytes of bytecode of a function, or -1 for
    an imported one; may_leave: (function, call site) -> may a wrong guess there leave for baseline code;
    may_hoist: (function, offset of a loop) -> may guards that stand before it leave there; feedback:
    (function, call site) -> what the site has seen; rules: name -> counts (`counts`: without what has only been tried
    lately); remarks; disabled_rules: names of rules
    that must not fire; rule_sets: of users, for `simplify`; gate: asked with the name of a rule that is about to fire,
    False keeps it from firing; seed: shuffles the order in which nodes are rewritten (None: the usual one); timed: are
    rules timed; phase: name of the running pass; analyses: results, kept as long as they hold;
    verdicts: on conditions of rules (see rules/context.py).
    """

    __slots__ = (
        "_changes",
        "_settled",
        "_tried",
        "analyses",
        "constant_field",
        "counts",
        "disabled_rules",
        "feedback",
        "function_name",
        "function_reference",
        "function_size",
        "gate",
        "invocations",
        "lift",
        "may_hoist",
        "may_leave",
        "phase",
        "remarks",
        "rule_sets",
        "seed",
        "timed",
        "verdicts",
    )

    def __init__(
        self,
        *,
        lift: Callable[[int], Graph] | None = None,
        function_reference: FunctionReference | None = None,
        constant_field: ConstantField = _no_field,
        function_size: Callable[[int], int] = lambda index: -1,
        function_name: Callable[[int], str] = lambda index: f"function {index}",
        feedback: Callable[[int, int], CallFeedback] = lambda function, site: CallFeedback(),
        invocations: Callable[[int], int] = lambda function: 0,
        may_leave: Callable[[int, int], bool] = lambda function, site: False,
        may_hoist: Callable[[int, int], bool] = lambda function, offset: False,
        disabled_rules: frozenset[str] = frozenset(),
        rule_sets: Sequence[RuleSet] = (),
        gate: Callable[[str], bool] | None = None,
        seed: int | None = None,
        timed: bool = False,
    ) -> None:
        self.lift = lift
        self.function_reference = function_reference
        self.constant_field = constant_field
        self.function_size = function_size
        self.function_name = function_name
        self.feedback = feedback
        self.invocations = invocations
        self.may_leave = may_leave
        self.may_hoist = may_hoist
        self.disabled_rules = disabled_rules
        self.rule_sets = tuple(rule_sets)
        self.gate = gate
        self.seed = seed
        self.timed = timed
        self.analyses = AnalysisManager()
        self.remarks: list[Remark] = []
        self.counts: dict[str, RuleCount] = {}
        self.verdicts: dict[object, dict[tuple[object, ...], bool]] = {}
        self.phase = ""
        self._tried: list[tuple[EnabledRules, frozenset[str], dict[str, int]]] = []
        self._changes = 0  # passes that have changed the graph
        self._settled: dict[Pass, tuple[tuple[object, ...], PassResult]] = {}

    @property
    def rules(self) -> dict[str, RuleCount]:
        """Counts by the name of the rule."""
        tried, self._tried = self._tried, []
        for rules, disabled, counts in tried:
            for operator, number in counts.items():
                for rule in rules.enabled(operator, disabled):
                    self.counts.setdefault(rule.name, RuleCount()).tried += number
        return self.counts

    def add_tried(self, rules: EnabledRules, disabled: frozenset[str], tried: dict[str, int]) -> None:
        """Note how often rules of a set have been tried, by root operator; counted when somebody asks."""
        self._tried.append((rules, disabled, tried))

    def settled(self, pass_: Pass, graph: Graph) -> PassResult | None:
        """What a pass has found on the graph as it still is, if that was nothing to do and it would find it again."""
        found = self._settled.get(pass_) if pass_.settles else None
        return found[1] if found is not None and found[0] == self._state(graph) else None

    def note(self, pass_: Pass, graph: Graph, result: PassResult) -> None:
        """Note what a pass has done."""
        self._changes += result.changed
        if pass_.settles and not result.changed and self.gate is None:
            self._settled[pass_] = self._state(graph), result

    def _state(self, graph: Graph) -> tuple[object, ...]:
        """What is other when a pass may find other things to do."""
        return graph, self._changes, graph.edits.edges, self.rule_sets, self.disabled_rules

    def passed(self, message: str, node: Node, **details: object) -> None:
        """Remark that something has been done at a node; details: what else to say, by name."""
        self._remark("passed", message, node, details)

    def missed(self, message: str, node: Node, **details: object) -> None:
        """Remark that something could not be done at a node, and why; details: as of `passed`."""
        self._remark("missed", message, node, details)

    def analysis(self, message: str, node: Node, **details: object) -> None:
        """Remark on what was found out at a node; details: as of `passed`."""
        self._remark("analysis", message, node, details)

    def _remark(self, kind: str, message: str, node: Node, details: dict[str, object]) -> None:
        offset = node.origin.bytecode_offset
        self.remarks.append(Remark(kind, self.phase, message, node.id, offset, tuple(details.items())))


@dataclass(slots=True)
class PassResult:
    """changed: was the graph edited; statistics: what the pass counts, by name."""

    changed: bool
    statistics: dict[str, int] = field(default_factory=dict)


class Pass(ABC):
    """A transformation of a graph. Subclasses are frozen dataclasses; their fields are the pass's options.

    A pass is found by its `name`, and written in pipelines as `name` or `name{option=value}`. `preserves`: analyses
    (passes/analyses/manager.py) whose results still hold when it has changed the graph; extension_point: where the text
    `default+name` puts it (passes/framework/presets.py), or "": late; settles: has nothing to do on a graph on which it
    has just found nothing to do, so it need not look again; own_rules: names of what it does without declared
    rules, counts as rules, and leaves when they are in `context.disabled_rules`.
    """

    name: ClassVar[str]
    extension_point: ClassVar[str] = ""
    preserves: ClassVar[Collection[type[Any]]] = ()
    settles: ClassVar[bool] = False
    own_rules: ClassVar[Collection[str]] = ()

    @abstractmethod
    def run(self, graph: Graph, context: PassContext) -> PassResult:
        """Transform the graph in place. What control does not reach any more is killed, or the graph is trimmed."""


@dataclass(slots=True)
class PhaseRecord:
    """One run of one pass. seconds: wall time; nodes_before, nodes_after: reachable nodes (-1 when not counted)."""

    name: str
    seconds: float
    changed: bool
    nodes_before: int = -1
    nodes_after: int = -1
    statistics: dict[str, int] = field(default_factory=dict)
    remarks: Sequence[Remark] = ()


class PipelineObserver:
    """Told before and after each pass; does nothing by itself."""

    def before(self, graph: Graph, phase: str) -> None:
        """A pass of that name is about to run."""
    def after(self, graph: Graph, record: PhaseRecord) -> None:
        """The pass has run. The graph is that of the pipeline: it may be looked at, and not be changed."""


def run_pass(
    pass_: Pass, graph: Graph, context: PassContext, observer: PipelineObserver | None, verify: bool
) -> PassResult:
    """Run one pass: time it, verify the graph after it if wanted, tell the observer.

    Raises PassError for a result that is no PassResult, VerificationError for a broken graph, and what the pass raises.
    """
    context.phase = pass_.name
    if observer is not None:
        observer.before(graph, pass_.name)
    remarks = len(context.remarks)
    origin = graph.origin
    start = time.perf_counter()
    context.analyses.verify = verify
    result = context.settled(pass_, graph) or pass_.run(graph, context)
    if not isinstance(result, PassResult):
        raise PassError(f"pass {pass_.name} returned {result!r} ({type(result).__name__}), not a PassResult")
    _check_result(pass_, result)
    if graph.cut:
        graph.trim()  # loops may have become endless
    seconds = time.perf_counter() - start
    graph.origin = origin
    context.note(pass_, graph, result)
    if verify:
        from seaofnodes.ir.verify import verify as check

        check(graph, pass_.name)
    context.analyses.keep(graph, pass_.name, pass_.preserves if result.changed else None)
    if observer is not None:
        record = PhaseRecord(pass_.name, seconds, result.changed, statistics=result.statistics)
        record.remarks = context.remarks[remarks:]
        observer.after(graph, record)
    return result


def _check_result(pass_: Pass, result: PassResult) -> None:
    statistics: object = result.statistics
    if not isinstance(result.changed, bool):
        raise PassError(f"pass {pass_.name} returned {result!r}: changed is True or False, as in PassResult(count > 0)")
    if not isinstance(statistics, dict) or not all(
        isinstance(name, str) and isinstance(count, int) for name, count in statistics.items()
    ):
        wanted = 'statistics are counts by name, as {"folded": 3}'
        raise PassError(f"pass {pass_.name} returned {result!r}: {wanted}")
