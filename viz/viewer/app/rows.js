// How a node reads in a line: `n42 Int32Add n3, #10`.

import { kindOf } from "./model.js";

const TYPES = { Word32: "w32", Word64: "w64", Float32: "f32", Float64: "f64", Reference: "ref" };
const MOST_INPUTS = 8;
const MOST_LABEL = 56;

/** A type in three letters, where it is one of the usual. */
export function shortType(type) {
  return TYPES[type] ?? type.toLowerCase();
}

/** A constant as it stands in its users: `#10`. */
export function constantText(node) {
  return "#" + (node.op.parameters.slice(1, -1) || node.op.name.replace(/Constant$/, "").toLowerCase());
}

/** Is the node left out, and written into its users instead? */
export function isInlined(node, filters) {
  return filters.constants && node.op.constant && node.op.name.endsWith("Constant");
}

/** Is the node hidden by kind? */
export function isHidden(node, filters) {
  return (filters.frames && node.op.category === "frame") || isInlined(node, filters);
}

/** {id, category, head, op, inputs, type}: parts of the line. */
export function rowOf(graph, node, filters) {
  const inputs = [];
  node.inputs.forEach((id, index) => {
    const kind = kindOf(node, index);
    if (kind === "value") {
      const child = graph.get(id);
      inputs.push(child && isInlined(child, filters) ? constantText(child) : `n${id}`);
    } else if (kind === "frame" && !filters.frames) inputs.push(`▽n${id}`);
    else if (kind === "effect" && node.op.name === "EffectPhi") inputs.push(`n${id}`);
    else if (kind === "control" && (node.op.name === "Merge" || node.op.name === "Loop" || node.op.name === "End")) inputs.push(`n${id}`);
  });
  const shown = inputs.length > MOST_INPUTS ? [...inputs.slice(0, MOST_INPUTS), `… ${inputs.length - MOST_INPUTS} more`] : inputs;
  const { label } = node.op;
  const op = label.length > MOST_LABEL ? label.slice(0, MOST_LABEL - 1) + "…" : label;
  return { id: node.id, category: node.op.category, head: `n${node.id}`, op, inputs: shown.join(", "), type: shortType(node.op.type) };
}

/** The whole node as in the text of graphs: `n5 = Int32Add(n3, n4)`. */
export function fullText(node) {
  return `n${node.id} = ${node.op.text}(${node.inputs.map((id) => `n${id}`).join(", ")})`;
}
