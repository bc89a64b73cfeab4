"""A compilation as the JSON value that the viewer reads.

Nodes are `[id, operator, origin, *inputs]`, the second and third being indices in `operators` and `origins`. A phase
has what it changed: nodes that are new or another (`set`), ids that are gone (`gone`) with the index of the step that
took each away, or -1 (`ends`), and its steps; the first phase changes an empty graph. All text that comes from the
module is printable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from seaofnodes.ir.dialect import format_operator
from seaofnodes.ir.node import Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.labels import parameter_texts
from seaofnodes.ir.records.edits import Changed, Created, Edit, Killed, Replaced
from seaofnodes.ir.records.snapshot import GraphSnapshot, NodeSnapshot
from seaofnodes.ir.types import NONE
from seaofnodes.passes.base import Remark
from seaofnodes.runtime.code.code_object import FunctionNames
from seaofnodes.runtime.tiers.optimize import Compilation, Phase
from seaofnodes.viz.listing import label, printable
from seaofnodes.viz.viewer.code import code_of, schedule_of
from seaofnodes.viz.viewer.rule_texts import rule_texts
from seaofnodes.viz.viewer.sources import functions_of
from seaofnodes.viz.viewer.steps import Step, steps_of

VERSION: Final = 1
CREATED, REPLACED, KILLED, CHANGED = range(4)  # first element of an edit
_MOST = 300  # characters of any text of the module


def compilation_data(compilation: Compilation) -> dict[str, Any]:
    """Everything that the viewer shows of one compilation; see the module's text, and `app/model.js`."""
    tables = _Tables(compilation.unit)
    remarks = compilation.remarks
    positions = {id(remark): index for index, remark in enumerate(remarks)}
    phases: list[dict[str, Any]] = []
    before: GraphSnapshot | None = None
    for phase in compilation.phases:
        found = _phase(tables, before, phase)
        found["remarks"] = [positions[id(remark)] for remark in phase.record.remarks]
        _remark_on_steps(found, phase.record.remarks, positions)
        phases.append(found)
        before = phase.graph
    texts = rule_texts(compilation.pipeline)
    fired = [name for name, count in compilation.rules.items() if count.fired]
    names = dict.fromkeys([*fired, *(step["rule"] for phase in phases for step in phase["steps"])])
    code = compilation.code
    return {
        "version": VERSION,
        "function": printable(compilation.name),
        "functionIndex": compilation.function_index,
        "pipeline": str(compilation.pipeline),
        "seconds": compilation.seconds,
        "backendSeconds": dict(compilation.backend.seconds),
        "codeSize": code.code_size,
        "constantsSize": len(code.data) - code.code_size,
        "frameSize": code.frame_size,
        "phases": phases,
        "rules": {name: _rule(compilation, name, texts.get(name, {})) for name in names if name},
        "remarks": [
            {
                "kind": remark.kind,
                "phase": remark.phase,
                "message": printable(remark.message, _MOST),
                "node": remark.node,
                "offset": remark.bytecode_offset,
                "details": [[key, printable(str(value), _MOST)] for key, value in remark.details],
            }
            for remark in remarks
        ],
        **functions_of(compilation),
        "schedule": schedule_of(compilation),
        **code_of(compilation),
        "operators": tables.operators,
        "origins": tables.origins,
    }


def _rule(compilation: Compilation, name: str, text: dict[str, Any]) -> dict[str, Any]:
    count = compilation.rules.get(name)
    counts = {} if count is None else {"tried": count.tried, "fired": count.fired, "seconds": count.seconds}
    return {**text, **counts}


class _Tables:
    """Operators and origins, each once."""

    def __init__(self, names: FunctionNames) -> None:
        self.names = names
        self.operators: list[list[Any]] = []
        self.origins: list[list[Any]] = []
        self._operators: dict[Operator, int] = {}
        self._origins: dict[Origin, int] = {}

    def operator(self, op: Operator) -> int:
        """[name, text, type, values, frame states, effects, controls in, flags, label, parameters one by one]."""
        index = self._operators.get(op)
        if index is None:
            index = self._operators[op] = len(self.operators)
            flags = op.pure | bool(op.control_out) << 1 | bool(op.effect_out) << 2 | op.commutative << 3
            type_ = "" if op.type is NONE else op.type.name
            text = printable(format_operator(op), _MOST)
            counts = [op.value_in, op.frame_in, op.effect_in, op.control_in]
            parameters = [printable(text, _MOST) for text in parameter_texts(op)]
            self.operators.append([op.name, text, type_, *counts, int(flags), label(op, self.names), parameters])
        return index

    def origin(self, origin: Origin) -> int:
        """[bytecode offset, inlining, phase, rule, node]."""
        index = self._origins.get(origin)
        if index is None:
            index = self._origins[origin] = len(self.origins)
            self.origins.append(list(origin))
        return index

    def node(self, node: NodeSnapshot | Created) -> list[int]:
        return [node.id, self.operator(node.op), self.origin(node.origin), *node.inputs]

    def edit(self, edit: Edit) -> list[int]:
        if isinstance(edit, Created):
            return [CREATED, *self.node(edit)]
        if isinstance(edit, Replaced):
            return [REPLACED, edit.id, edit.replacement]
        if isinstance(edit, Changed):
            return [CHANGED, edit.id, self.operator(edit.op), *edit.inputs]
        assert isinstance(edit, Killed)
        return [KILLED, edit.id]


def _phase(tables: _Tables, before: GraphSnapshot | None, phase: Phase) -> dict[str, Any]:
    record, after = phase.record, phase.graph
    found: dict[str, Any] = {
        "name": record.name,
        "seconds": record.seconds,
        "nodes": record.nodes_after,
        "statistics": {key: value for key, value in record.statistics.items() if value},
    }
    if before is after:
        return {**found, "set": [], "gone": [], "ends": [], "steps": []}
    old = {} if before is None else {node.id: node for node in before.nodes}
    new = {node.id for node in after.nodes}
    found["set"] = [
        tables.node(node)
        for node in after.nodes
        if node.id not in old or old[node.id].op != node.op or old[node.id].inputs != node.inputs
    ]
    steps, ends = ([], {}) if before is None else steps_of(before, after, phase.edits)
    found["gone"] = [id for id in old if id not in new]
    found["ends"] = [ends.get(id, -1) for id in found["gone"]]
    found["steps"] = [_step(tables, step) for step in steps]
    return found


def _step(tables: _Tables, step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "node": step.node,
        "to": step.replacement,
        "rest": step.rest,
        "bound": [list(pair) for pair in step.bound],
        "remark": -1,
        "edits": [tables.edit(edit) for edit in step.edits],
    }


def _remark_on_steps(phase: dict[str, Any], remarks: Sequence[Remark], positions: Mapping[int, int]) -> None:
    """A remark that something was done at a node is the text of the last step there."""
    done = {remark.node: positions[id(remark)] for remark in remarks if remark.kind == "passed"}
    for step in reversed(phase["steps"]):
        step["remark"] = done.pop(step["node"], -1)
