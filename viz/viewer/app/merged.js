// A diff as one graph: the right side's, and in it what only the left side has.

import { Graph } from "./model.js";
import { LEFT } from "./rows.js";

/** Of two moments of one compilation ids are unique; of two compilations the left side's get numbers of their own. */
const idOf = (id, same) => (same ? id : LEFT + id);

/** The union of a diff's graphs; what is changed is as it is on the right. */
export class MergedGraph extends Graph {
  constructor({ before, after, pairs, removed }, same) {
    const nodes = new Map();
    for (const id of after.live) if (after.get(id)) nodes.set(id, after.get(id));
    const renamed = (id) => pairs.get(id) ?? idOf(id, same);
    for (const id of removed) nodes.set(idOf(id, same), { ...before.get(id), id: idOf(id, same), inputs: before.get(id).inputs.map(renamed) });
    super(nodes, after.compilation);
  }

  get live() {
    this._live ??= new Set(this.nodes.keys());
    return this._live;
  }
}

/** Blocks of both sides, in an order that is the right side's for its own; those of the left side alone are `gone`. */
export function mergeBlocks(before, after, { pairs }, same) {
  const kept = new Map(after.map((block) => [block.header, { ...block, nodes: [...block.nodes], successors: [], predecessors: [] }]));
  const ofBefore = new Map(), ofAfter = new Map(after.map((block) => [block, kept.get(block.header)]));
  for (const block of before) {
    const number = same ? block.number : `${block.number}'`;
    ofBefore.set(block, kept.get(pairs.get(block.header)) ?? { ...block, number, header: idOf(block.header, same), nodes: [], successors: [], predecessors: [], gone: true });
  }
  const blocks = mergedOrder(before.map((block) => ofBefore.get(block)), after.map((block) => ofAfter.get(block)));
  blocks.forEach((block, index) => (block.index = index));
  for (const block of before) insertGone(ofBefore.get(block), block.nodes, pairs, same);
  const join = (from, to) => {
    if (from.successors.includes(to)) return;
    from.successors.push(to);
    to.predecessors.push(from);
  };
  for (const block of after) for (const next of block.successors) join(ofAfter.get(block), ofAfter.get(next));
  for (const block of before)
    for (const next of block.successors) {
      const from = ofBefore.get(block), to = ofBefore.get(next);
      if (from.gone || to.gone) join(from, to);
    }
  return blocks;
}

/** Those that are gone come before the next one that is still there. */
function mergedOrder(before, after) {
  const found = [], waiting = [...before], inAfter = new Set(after);
  for (const block of after) {
    const at = waiting.indexOf(block);
    if (at >= 0) found.push(...waiting.splice(0, at + 1).filter((other) => !inAfter.has(other)));
    found.push(block);
  }
  return [...found, ...waiting.filter((other) => !inAfter.has(other))];
}

/** Puts the nodes that are gone into a block, each behind what stood before it. */
function insertGone(block, nodes, pairs, same) {
  const inside = new Set(block.nodes), behind = new Map();
  let last = -1;
  for (const id of nodes) {
    const now = pairs.get(id);
    if (now === undefined) {
      if (!behind.has(last)) behind.set(last, []);
      behind.get(last).push(idOf(id, same));
    } else if (inside.has(now)) last = now;
  }
  if (!behind.size) return;
  const first = behind.get(-1) ?? [];
  const rest = block.nodes.flatMap((id) => [id, ...(behind.get(id) ?? [])]);
  block.nodes = block.gone ? [...first, ...rest] : [rest[0], ...first, ...rest.slice(1)]; // a header stays in front
}
