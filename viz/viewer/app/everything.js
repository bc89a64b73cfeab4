// Places for all nodes that a compilation ever had, so that a node keeps its place from phase to phase (after Diehl and
// Görg, "Graphs, They Are Changing", 2002). What replaced a node stands where that stood.

import { CREATED, REPLACED } from "./replay.js";
import { isHidden } from "./rows.js";
import { isBack, makeBox } from "./sea.js";

const LIMBO = 40; // pixels between what has no place

/** {slots: Map id -> index of the place, work: what a layout is made from, routes: Map "from.to" -> index of the edge}. */
export function everything(compilation, filters) {
  const key = `${filters.constants}.${filters.frames}`;
  compilation.everything ??= new Map();
  if (!compilation.everything.has(key)) compilation.everything.set(key, gather(compilation, filters));
  return compilation.everything.get(key);
}

function gather(compilation, filters) {
  const slots = slotsOf(compilation), sizes = [], routes = new Map(), edges = [], numbers = new Map();
  const add = (graph, node) => {
    if (isHidden(node, filters)) return;
    const slot = slots.get(node.id), { width, height } = makeBox(graph, node, filters);
    if (!numbers.has(slot)) numbers.set(slot, sizes.push([width, height]) - 1);
    const size = sizes[numbers.get(slot)];
    size[0] = Math.max(size[0], width);
  };
  const join = (graph, node) => {
    if (isHidden(node, filters)) return;
    const to = numbers.get(slots.get(node.id));
    node.inputs.forEach((child, index) => {
      const from = numbers.get(slots.get(child));
      if (from === undefined || from === to || !graph.get(child) || isBack(graph, node, index)) return;
      const edge = `${from}.${to}`;
      if (!routes.has(edge)) routes.set(edge, edges.push([from, to]) - 1);
    });
  };
  for (const visit of [add, join]) eachNode(compilation, visit);
  return { slots, numbers, routes, work: { kind: "sea", sizes, edges } };
}

/** Calls visit(graph, node) with each form of each node. */
function eachNode(compilation, visit) {
  for (const phase of compilation.phases) {
    if (!phase.changed) continue;
    const graph = compilation.graph(phase.index), shown = new Set(phase.set.map((raw) => raw[0]));
    for (const id of shown) visit(graph, graph.get(id));
    const gone = new Map(); // nodes that did not outlive the phase
    for (const step of phase.steps) for (const edit of step.edits) if (edit[0] === CREATED && !shown.has(edit[1])) gone.set(edit[1], compilation._node(edit.slice(1)));
    if (!gone.size) continue;
    const before = phase.index ? compilation.graph(phase.index - 1) : graph;
    const both = { get: (id) => graph.get(id) ?? gone.get(id) ?? before.get(id) };
    for (const node of gone.values()) visit(both, node);
  }
}

/** Map from id to a number for its place. */
function slotsOf(compilation) {
  const slots = new Map();
  let next = 0;
  for (const phase of compilation.phases) {
    const edits = phase.steps.flatMap((step) => step.edits);
    const here = new Set(edits.filter((edit) => edit[0] === CREATED && !slots.has(edit[1])).map((edit) => edit[1])), left = new Set();
    for (const [what, from, to] of edits) {
      if (what !== REPLACED || !here.has(to) || slots.has(to) || !slots.has(from) || left.has(from)) continue;
      slots.set(to, slots.get(from));
      left.add(from);
    }
    for (const id of [...phase.set.map((raw) => raw[0]), ...here]) if (!slots.has(id)) slots.set(id, next++);
  }
  return slots;
}

/** Boxes at their places, edges with their routes. */
export function placeEverything(found, { slots, numbers, routes }, layout) {
  const at = (id) => numbers.get(slots.get(id));
  const sizes = settleBoxes(found.boxes, layout, (box) => {
    const number = at(box.id);
    return number === undefined ? undefined : [layout.places[number], number];
  });
  const edges = found.edges.map((edge) => ({ ...edge, route: edge.back ? null : layout.routes[routes.get(`${at(edge.from.id)}.${at(edge.to.id)}`)] ?? null }));
  return { ...found, edges, ...sizes };
}

/** The same with what Graphviz computed when the page was made: see positions.py. */
export function drawnSea(found, drawn) {
  drawn.byId ??= new Map(drawn.nodes.map(([id, slot, x, y]) => [id, { slot, x, y }]));
  drawn.curves ??= new Map(drawn.routes.map(([from, to, ...curve]) => [`${from}.${to}`, curve]));
  const sizes = settleBoxes(found.boxes, drawn, (box) => {
    const place = drawn.byId.get(box.id);
    return place && [[Math.round(place.x - box.width / 2), place.y], place.slot];
  });
  const slot = ({ id }) => drawn.byId.get(id)?.slot;
  return { ...found, edges: found.edges.map((edge) => ({ ...edge, curve: drawn.curves.get(`${slot(edge.from)}.${slot(edge.to)}`) })), ...sizes };
}

/** Puts boxes where `find` says, [[left, top], name of the place]; what has none, or finds another there, below all. */
function settleBoxes(boxes, { width, height }, find) {
  const taken = new Set();
  let below = height;
  for (const box of boxes) {
    const found = find(box);
    const free = found !== undefined && !taken.has(found[1]);
    if (free) {
      taken.add(found[1]);
      [box.x, box.y] = found[0];
    } else [box.x, box.y] = [0, (below += LIMBO)];
  }
  return { width, height: below > height ? below + LIMBO : height };
}
