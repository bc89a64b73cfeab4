"""One transformation of one graph, for tests: what comes of it, and which rules fired."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seaofnodes.errors import Error
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import Pass, PassContext, Remark
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.framework.rule_pass import pass_of
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.runtime.entry.deadline import within_compile_limit
from seaofnodes.runtime.tiers.options import COMPILE_LIMIT
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.text import load as load_module

Passes = str | Pass | RuleSet | Pipeline
_HEAD = re.compile(r"^\s*graph \$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Transformed:
    """A graph before and after.

    Attributes: fired: how often each rule fired, those that did; remarks: of the passes.
    """

    before: Graph
    after: Graph
    fired: dict[str, int]
    remarks: tuple[Remark, ...]

    @property
    def text(self) -> str:
        """The graph after, numbered in order of appearance."""
        return canonical_text(self.after)


def read_graph(source: str | Graph, function: str | int | None = None) -> Graph:
    """A graph from its text, or lifted from a WebAssembly module's text: one of its functions (by name or index; the
    first one if None).

    Raises ParseError, TextError, and VerificationError for a graph that is broken.
    """
    if isinstance(source, Graph):
        return parse_graph(format_graph(source))
    if _HEAD.search(source) is None:
        return _lifted(source, function)
    graph = parse_graph(source)
    verify(graph)
    return graph


def _lifted(source: str, function: str | int | None) -> Graph:
    module = load_module(source.encode())
    first = module.imported_functions
    names = {module.function_name(index): index for index in range(first, len(module.functions))}
    if function is None and names:
        function = first
    index = names.get(function, -1) if isinstance(function, str) else function
    if index is None or not first <= index < len(module.functions):
        raise Error(f"the module has no own function {function!r}; there are: {', '.join(names) or 'none'}")
    return lift(module, index)


def transform(
    passes: Passes, source: str | Graph, *, function: str | int | None = None, load: Iterable[str | Path] = ()
) -> Transformed:
    """Run passes over a graph; it is verified after each of them.

    Args: passes: a pipeline as text, a pass, a set of rules; source, function: as for `read_graph`; a graph is copied;
    load: files with passes and rules, as of `--load`. Raises PassError, CompileLimitError for a pass that hangs, and
    what `read_graph` raises.
    """
    before, graph = read_graph(source, function), read_graph(source, function)
    context = PassContext()
    pipeline = pipeline_of(passes, load)
    within_compile_limit(COMPILE_LIMIT, lambda: pipeline.run(graph, context, verify=True))
    fired = {name: count.fired for name, count in context.rules.items() if count.fired}
    return Transformed(before, graph, fired, tuple(context.remarks))


def pipeline_of(passes: Passes, load: Iterable[str | Path] = ()) -> Pipeline:
    """The pipeline that is meant. Raises PassError, OSError."""
    registry = PassRegistry()
    for path in load:
        registry.load(path)
    if isinstance(passes, Pipeline):
        return passes
    if isinstance(passes, RuleSet):
        passes.check()
        return Pipeline((pass_of(passes)(),))
    return Pipeline((passes,)) if isinstance(passes, Pass) else Pipeline.parse(passes, registry)


def canonical_text(graph: Graph) -> str:
    """The graph's text with its nodes numbered in order of appearance, so that it depends on no history."""
    head, *lines = format_graph(graph, origins=False).splitlines()
    lines = [line.split("  ;")[0] for line in lines]
    defined = [match[1] for line in lines if (match := re.match(r"\s+(n\d+) =", line))]
    names = {name: f"n{position}" for position, name in enumerate(defined)}
    return "\n".join([head, *(re.sub(r"\bn\d+\b", lambda m: names.get(m[0], m[0]), line) for line in lines)]) + "\n"


def assert_graph(
    expected: str,
    passes: Passes,
    source: str | Graph,
    *,
    function: str | int | None = None,
    load: Iterable[str | Path] = (),
) -> Transformed:
    """Assert that the passes make this of a graph, whatever its nodes' numbers and the spaces around lines.

    Raises AssertionError with the lines that differ, and what `transform` raises.
    """
    found = transform(passes, source, function=function, load=load)
    wanted = canonical_text(parse_graph(expected))
    if wanted != found.text:
        name = getattr(passes, "name", passes)
        raise AssertionError(f"{name} gives another graph:\n{difference(wanted, found.text)}")
    return found


def difference(expected: str, found: str) -> str:
    """Lines that differ, `-` expected and `+` found, among three lines around them."""
    import difflib

    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", lineterm="")
    return "\n".join(lines)


def assert_rule_fires(
    rule: str,
    passes: Passes,
    source: str | Graph,
    *,
    times: int | None = None,
    function: str | int | None = None,
    load: Sequence[str | Path] = (),
) -> Transformed:
    """Assert that a rule fires at least once, or exactly so many times, when the passes run over a graph.

    Raises AssertionError with the rules that fired and the graph, and what `transform` raises.
    """
    found = transform(passes, source, function=function, load=load)
    count = found.fired.get(rule, 0)
    if count == 0 if times is None else count != times:
        wanted = "at least once" if times is None else f"{times} times"
        raise AssertionError(f"rule {rule} fired {count} times, not {wanted}{_others(found)}")
    return found


def assert_rule_does_not_fire(
    rule: str,
    passes: Passes,
    source: str | Graph,
    *,
    function: str | int | None = None,
    load: Sequence[str | Path] = (),
) -> Transformed:
    """Assert that a rule does not fire when the passes run over a graph. Raises PassError if there is no such rule."""
    known = [one.name for rules in _sets(passes, load) for one in rules.rules]
    if rule not in known:
        raise Error(f"the passes have no rule {rule!r}")
    return assert_rule_fires(rule, passes, source, times=0, function=function, load=load)


def _sets(passes: Passes, load: Iterable[str | Path]) -> list[RuleSet]:
    from seaofnodes.passes.framework.registry import built_in_rules

    pipeline = pipeline_of(passes, load)
    own = [passes] if isinstance(passes, RuleSet) else []
    of_passes = [one.rules for one in pipeline.passes if isinstance(getattr(one, "rules", None), RuleSet)]  # type: ignore[attr-defined]
    return [*own, *of_passes, *pipeline.rule_sets, *built_in_rules()]


def _others(found: Transformed) -> str:
    others = ", ".join(f"{name} {count}" for name, count in found.fired.items()) or "none"
    return f"; rules that fired: {others}; the graph was\n{canonical_text(found.before)}"
