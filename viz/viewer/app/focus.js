// Where to look when a step is chosen: what it changed, and what stands for that where it cannot be seen.

import { isHidden } from "./rows.js";

const FARTHEST = 4000; // nodes looked at for one that can be seen
const MOST_CENTRES = 60; // nodes that a picture is made around

/** Ids that a moment changed, the main one first: nodes that are new or other there; `before` it those that will go or
 * change; where there are none those on the other side. */
export function changedIds({ added, removed, changed }, step, before) {
  const mine = before ? removed : added, others = before ? added : removed;
  const here = [...mine, ...changed.map(([left, right]) => (before ? left : right))];
  const ids = here.length ? here : [...others];
  const main = (before ? [step.node, step.to] : [step.to, step.node]).find((id) => ids.includes(id));
  return main === undefined ? ids : [main, ...ids.filter((id) => id !== main)];
}

/** All nodes that a step is about. */
export function touchedBy({ added, removed, changed }, step) {
  return new Set([...added, ...removed, ...changed.flat(), step.node, step.to]);
}

/** The node nearest to one that can be seen, users before inputs; undefined if there is none. seen(id): what stands for a
 * node itself, or undefined; graphs: those that have it, the first that does counts. */
export function standIn(id, graphs, seen) {
  const self = seen(id);
  if (self !== undefined) return self;
  const graph = graphs.find((one) => one.live.has(id) && one.get(id)) ?? graphs.find((one) => one.get(id));
  if (!graph) return undefined;
  const queue = [id], known = new Set(queue);
  for (const at of queue) {
    for (const near of [...(graph.uses.get(at) ?? []).map(([user]) => user), ...(graph.get(at)?.inputs ?? [])]) {
      if (known.has(near)) continue;
      known.add(near);
      const found = seen(near);
      if (found !== undefined) return found;
      queue.push(near);
    }
    if (known.size > FARTHEST) return undefined;
  }
  return undefined;
}

/** What stands for each of some nodes, once each: first those that can be seen themselves, in order. */
export function standIns(ids, graphs, seen) {
  const hidden = ids.filter((id) => seen(id) !== id);
  const found = new Set(ids.filter((id) => seen(id) === id));
  for (const id of hidden.slice(0, MOST_CENTRES)) {
    const one = standIn(id, graphs, seen);
    if (one !== undefined) found.add(one);
  }
  return [...found];
}

/** The nodes around which a neighbourhood of a step is drawn. */
export function centresOf(ids, graphs, graph, filters) {
  const seen = (id) => (graph.live.has(id) && graph.get(id) && !isHidden(graph.get(id), filters) ? id : undefined);
  return standIns(ids.slice(0, MOST_CENTRES), graphs, seen);
}
