// What became of every node.

import { CHANGED, CREATED, edited, KILLED, REPLACED } from "./replay.js";

/** Of nodes that were in the graph after some phase, by id, what each phase did to them: see `Compilation.lives`. */
export function lives(compilation) {
  const found = new Map();
  const tell = (id, event) => {
    if (found.has(id)) found.get(id).push(event);
    else found.set(id, [event]);
  };
  const shapes = new Map();
  const present = new Set();
  for (const phase of compilation.phases) {
    const { made, changed, replaced } = lastSteps(phase);
    const rule = (step) => (step >= 0 ? phase.steps[step].rule : "");
    for (const raw of phase.set) {
      const node = compilation._node(raw);
      const { origin, id } = node;
      if (!present.has(id)) {
        const step = made.get(id) ?? -1;
        const what = shapes.has(id) ? "returned" : "created";
        const by = origin.phase === phase.name || (what === "created" && step >= 0) ? origin.rule : "";
        tell(id, { what, phase: phase.index, step, rule: by, from: origin.node, offset: origin.offset });
      } else {
        const before = shapes.get(id);
        let step = changed.get(id) ?? -1;
        if (step < 0) // an input of it was replaced
          for (const child of before.inputs) if (replaced.has(child) && !node.inputs.includes(child)) step = Math.max(step, replaced.get(child)[1]);
        tell(id, { what: "changed", phase: phase.index, step, rule: rule(step), before, after: node });
      }
      present.add(id);
      shapes.set(id, node);
    }
    phase.gone.forEach((id, index) => {
      present.delete(id);
      const [by, step] = replaced.get(id) ?? [-1, phase.ends?.[index] ?? -1];
      tell(id, { what: by >= 0 ? "replaced" : "removed", phase: phase.index, step, rule: rule(step), by });
    });
  }
  return found;
}

/** By node, the last step that made, changed, replaced it. */
function lastSteps(phase) {
  const made = new Map(), changed = new Map(), replaced = new Map();
  phase.steps.forEach((step, index) => {
    for (const edit of step.edits) {
      if (edit[0] === CREATED) made.set(edit[1], index);
      else if (edit[0] === CHANGED) changed.set(edit[1], index);
      else if (edit[0] === REPLACED) replaced.set(edit[1], [edit[2], index]);
    }
  });
  return { made, changed, replaced };
}

/** {events, node: its last shape} of a node that came and went within one phase; no events if there is no such node. */
export function passing(compilation, id) {
  const events = [];
  let node;
  for (const [phase, step, edit] of compilation.editsOf(id)) {
    const before = node;
    const event = { phase, step, rule: compilation.phases[phase].steps[step].rule };
    if (edit[0] === CREATED || edit[0] === CHANGED) node = edited(compilation, edit, before);
    if (edit[0] === CREATED) events.push({ ...event, what: "created", rule: node.origin.rule, from: node.origin.node, offset: node.origin.offset });
    else if (edit[0] === CHANGED) events.push({ ...event, what: "changed", before: before ?? node, after: node });
    else if (edit[0] === REPLACED) events.push({ ...event, what: "replaced", by: edit[2] });
    else if (edit[0] === KILLED && events.at(-1)?.what !== "replaced") events.push({ ...event, what: "removed", by: -1 });
  }
  return { events, node };
}
