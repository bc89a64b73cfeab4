"""What is public of the Python API, by page of the reference: modules, with their public names if not all are."""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A page of the reference. Attributes: modules: name -> names in it, or () for all that it defines or exports."""

    title: str
    text: str
    modules: dict[str, tuple[str, ...]]


_PASSES = "seaofnodes.passes"

PAGES = {
    "engine": Page(
        "Engine and errors",
        "What a program starts with. [Using it from Python](../python.md) shows it at work.",
        {
            "seaofnodes": (),
            "seaofnodes.engine": ("Compiled",),
            "seaofnodes.language.installed": ("InstalledGraph",),
            "seaofnodes.native": (),
            "seaofnodes.runtime.heap.inspector": ("EngineHeap",),
            "seaofnodes.runtime.heap.statistics": (),
            "seaofnodes.wasm.engine.objects.types": (),
            "seaofnodes.runtime.tiers.options": ("EngineOptions",),
            "seaofnodes.runtime.tiers.events": (),
        },
    ),
    "passes": Page(
        "Passes and pipelines",
        "What a pass is, and how pipelines are made of passes: [your first pass](../first-pass.md), "
        "[pipelines](../pipelines.md).",
        {
            f"{_PASSES}.base": (
                "CallFeedback", "Pass", "PassContext", "PassResult", "PhaseRecord", "PipelineObserver", "run_pass",
            ),
            f"{_PASSES}.remarks": (),
            f"{_PASSES}.framework.pipeline": ("Pipeline",),
            f"{_PASSES}.framework.registry": ("PassRegistry", "built_in_rules"),
        },
    ),
    "rules": Page(
        "Rules",
        "Rewrite rules as data, and what applies them: [a rule proved](../rules.md).",
        {
            f"{_PASSES}.patterns": (
                "Address", "Apply", "Expression", "Operators", "Pattern", "Value", "Width", "addresses", "constants",
                "each", "is_power_of_two", "load", "log2", "nothing", "phi", "store", "variables",
            ),
            f"{_PASSES}.rules": (),
            f"{_PASSES}.rules.predicates": ("Predicate",),
            f"{_PASSES}.rules.reducer": ("GraphReducer",),
            f"{_PASSES}.framework.rule_pass": (),
        },
    ),
    "editing": Page(
        "Analyses and edits of graphs",
        "What passes ask about a graph and how they change it: [editing a graph](../editing-a-graph.md), "
        "[a dataflow pass](../dataflow-pass.md).",
        {
            f"{_PASSES}.control": (),
            f"{_PASSES}.checkpoints": ("drop_checkpoints", "drop_states_of_calls"),
            f"{_PASSES}.loops.copies": ("LoopCopier",),
            f"{_PASSES}.inlining.throwing": (),
            f"{_PASSES}.analyses.manager": ("Analysis", "AnalysisManager"),
            f"{_PASSES}.analyses.effects": (),
            f"{_PASSES}.analyses.loops": (),
            f"{_PASSES}.analyses.loop_exits": (),
            f"{_PASSES}.facts.facts": (),
            f"{_PASSES}.facts.references": ("AbstractReference",),
            f"{_PASSES}.facts.word_sets": ("WordSet",),
            f"{_PASSES}.analyses.locations": ("Location", "location"),
        },
    ),
    "graphs": Page(
        "Graphs",
        "Nodes, operators and graphs; building, reading, checking and evaluating them.",
        {
            "seaofnodes.ir.graph": (),
            "seaofnodes.ir.node": (),
            "seaofnodes.ir.builder": (),
            "seaofnodes.ir.types": (),
            "seaofnodes.ir.operator": ("Operator", "Shape", "Traits"),
            "seaofnodes.ir.dialect": ("Declaration", "Dialect", "DialectError", "ParseError"),
            "seaofnodes.ir.text": (),
            "seaofnodes.ir.verify": (),
            "seaofnodes.ir.control_flow": (),
            "seaofnodes.ir.records.snapshot": (),
            "seaofnodes.ir.records.difference": (),
            "seaofnodes.ir.evaluator.evaluate": ("Deoptimized", "OutOfSteps", "evaluate"),
        },
    ),
    "language": Page(
        "Languages",
        "A lifter and an interpreter become a compiler: [your own language](../your-own-language.md).",
        {"seaofnodes.language": ()},
    ),
    "testing": Page(
        "Tests of passes and rules",
        "Graphs before and after: [your first pass](../first-pass.md#testing-it).",
        {"seaofnodes.testing": ()},
    ),
    "compare": Page(
        "Comparisons",
        "Pipelines side by side: [comparing](../comparing.md).",
        {"seaofnodes.compare": ()},
    ),
    "viz": Page(
        "Looking at compilations",
        "Text, pictures, notebooks, files for viewers: [reading a graph](../reading-a-graph.md), "
        "[the viewer](../viewer.md).",
        {
            "seaofnodes.viz.compilation": (),
            "seaofnodes.viz.notebook": ("graph_svg", "load_ipython_extension", "schedule_svg"),
            "seaofnodes.viz.phases": (),
            "seaofnodes.viz.summary": (),
            "seaofnodes.viz.listing": ("format_code",),
            "seaofnodes.viz.schedule": (),
            "seaofnodes.viz.dot": ("to_dot",),
            "seaofnodes.viz.layout.svg": ("graph_to_svg", "schedule_to_svg"),
            "seaofnodes.viz.turbolizer": ("to_turbolizer",),
            "seaofnodes.viz.viewer.page": (),
        },
    ),
}  # fmt: skip
