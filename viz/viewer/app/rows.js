// How a node reads in a line: `n42 Int32Add n3, #10`.

import { kindOf } from "./model.js";

const TYPES = { Word32: "w32", Word64: "w64", Float32: "f32", Float64: "f64", Reference: "ref" };
const MOST_INPUTS = 8;
const MOST_LABEL = 56;

/** Ids from here on are nodes of the left side of a diff that the right one has nothing for. */
export const LEFT = 1e9;

/** `n42`, or `n42'` of the left side. */
export function nodeName(id) {
  return id < LEFT ? `n${id}` : `n${id - LEFT}'`;
}

/** A type in three letters, where it is one of the usual. */
export function shortType(type) {
  return TYPES[type] ?? type.toLowerCase();
}

/** A constant as it stands in its users: `#10`. */
export function constantText(node) {
  return "#" + (node.op.named.join(", ") || node.op.name.replace(/Constant$/, "").toLowerCase());
}

/** Is the node left out, and written into its users instead? */
export function isInlined(node, filters) {
  return filters.constants && node.op.constant && node.op.name.endsWith("Constant");
}

/** Is the node hidden by kind? */
export function isHidden(node, filters) {
  return (filters.frames && node.op.category === "frame") || isInlined(node, filters);
}

const linesMade = new WeakMap(); // by node: its line, with what that was made of

/** {id, category, head, op, inputs, type}: parts of the line; constants: [id, first character, length] of those that are
 * written into `inputs`. Kept by node, as most stay the same from step to step. */
export function rowOf(graph, node, filters) {
  const known = linesMade.get(node);
  const same = known && known.constants === filters.constants && known.frames === filters.frames;
  if (same && node.inputs.every((id, index) => graph.get(id)?.op === known.ops[index])) return known.row;
  const row = makeRow(graph, node, filters);
  linesMade.set(node, { row, constants: filters.constants, frames: filters.frames, ops: node.inputs.map((id) => graph.get(id)?.op) });
  return row;
}

function makeRow(graph, node, filters) {
  const inputs = [], written = new Map();
  node.inputs.forEach((id, index) => {
    const kind = kindOf(node, index);
    if (kind === "value") {
      const child = graph.get(id);
      const inlined = child && isInlined(child, filters);
      if (inlined) written.set(inputs.length, id);
      inputs.push(inlined ? constantText(child) : nodeName(id));
    } else if (kind === "frame" && !filters.frames) inputs.push(`▽${nodeName(id)}`);
    else if (kind === "effect" && node.op.name === "EffectPhi") inputs.push(nodeName(id));
    else if (kind === "control" && (node.op.name === "Merge" || node.op.name === "Loop" || node.op.name === "End")) inputs.push(nodeName(id));
  });
  const shown = inputs.length > MOST_INPUTS ? [...inputs.slice(0, MOST_INPUTS), `… ${inputs.length - MOST_INPUTS} more`] : inputs;
  const { label } = node.op;
  const constants = [];
  let at = 0;
  shown.forEach((text, index) => {
    if (written.has(index)) constants.push([written.get(index), at, text.length]);
    at += text.length + 2;
  });
  const op = label.length > MOST_LABEL ? label.slice(0, MOST_LABEL - 1) + "…" : label;
  return { id: node.id, category: node.op.category, head: nodeName(node.id), op, inputs: shown.join(", "), constants, type: shortType(node.op.type) };
}

/** The whole node: `n5 = Load[Word32, Word32, memory=0, offset=40](n3, n4, n2, n2)`; exact: as in the text of graphs. */
export function fullText(node, exact = false) {
  return `${nodeName(node.id)} = ${exact ? node.op.text : node.op.label}(${node.inputs.map(nodeName).join(", ")})`;
}

/** A node before and after, in as many words as it takes to tell them apart. */
export function changeTexts(before, after) {
  const exact = before.op !== after.op && before.op.label === after.op.label;
  return [fullText(before, exact), fullText(after, exact)];
}
