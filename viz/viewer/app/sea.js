// The free sea of nodes, and a node's neighbourhood in it: boxes and all edges.

import { kindOf } from "./model.js";
import { constantText, isHidden, isInlined, nodeName, shortType } from "./rows.js";

export const BOX = 26;
export const BOX_CHAR = 6.65;

/** {boxes, edges, place: Map id -> box} of those live nodes for which `keep` holds. */
export function seaOf(graph, filters, keep = () => true) {
  const boxes = [], place = new Map(), edges = [];
  for (const id of graph.live) {
    const node = graph.get(id);
    if (!node || isHidden(node, filters) || !keep(id)) continue;
    const box = makeBox(graph, node, filters);
    boxes.push(box);
    place.set(id, box);
  }
  boxes.sort((a, b) => a.id - b.id);
  for (const box of boxes) {
    const node = graph.get(box.id);
    node.inputs.forEach((child, index) => {
      const from = place.get(child);
      if (from) edges.push({ from, to: box, kind: kindOf(node, index), back: isBack(graph, node, index), index, count: node.inputs.length });
    });
  }
  return { boxes, edges, place };
}

export function makeBox(graph, node, filters) {
  const constants = []; // [id, first character, length] in the text
  let text = node.op.label;
  for (const child of node.inputs.map((id) => graph.get(id))) {
    if (!child || !isInlined(child, filters)) continue;
    constants.push([child.id, text.length + 1, constantText(child).length]);
    text += ` ${constantText(child)}`;
  }
  if (text.length > 40) text = text.slice(0, 39) + "…";
  const head = nodeName(node.id);
  const type = shortType(node.op.type);
  const width = Math.round((head.length + text.length + 1 + (type ? type.length + 1 : 0)) * BOX_CHAR + 22);
  return { id: node.id, head, text, type, category: node.op.category, constants, width, height: BOX, x: 0, y: 0 };
}

/** Edges that close a loop: they are not part of the layering. */
export function isBack(graph, node, index) {
  const { op } = node;
  if (op.name === "Loop") return index > 0;
  if (op.name !== "Phi" && op.name !== "EffectPhi") return false;
  const header = graph.get(node.inputs[op.firstControl]);
  return header?.op.name === "Loop" && index > 0 && index < op.firstControl;
}

/** Nodes at most `depth` edges away from some nodes: at most `most`, and so many inputs and so many users of one node.
 * Map from id to layer: inputs are one above, users one below what they were found through; in the order of the inputs. */
export function neighbourhood(graph, centres, depth, most = 160, mostOfOne = 14) {
  const found = new Map(centres.map((id) => [id, 0]));
  let ring = [...centres];
  for (let step = 0; step < depth; step++) {
    const next = [];
    for (const at of ring) {
      const layer = found.get(at);
      const near = [[graph.get(at)?.inputs ?? [], layer - 1], [(graph.uses.get(at) ?? []).map(([user]) => user), layer + 1]];
      for (const [others, there] of near) {
        let taken = 0;
        for (const other of others) {
          if (found.has(other) || !graph.get(other)) continue;
          if (found.size >= most) return found;
          if (taken++ >= mostOfOne) break; // a merge of hundreds hides everything else
          found.set(other, there);
          next.push(other);
        }
      }
    }
    ring = next;
  }
  return found;
}

/** The boxes and edges of a neighbourhood: of one node in its layers and in its order, of several as the sea. */
export function nearOf(graph, filters, kept, several = false) {
  const found = seaOf(graph, filters, (id) => kept.has(id));
  if (several) {
    countHidden(graph, found);
    return found;
  }
  const order = new Map([...kept.keys()].map((id, index) => [id, index])), least = Math.min(0, ...found.boxes.map((box) => kept.get(box.id)));
  found.boxes.sort((a, b) => kept.get(a.id) - kept.get(b.id) || order.get(a.id) - order.get(b.id));
  for (const edge of found.edges) edge.back = kept.get(edge.from.id) >= kept.get(edge.to.id);
  countHidden(graph, found);
  return { ...found, layers: found.boxes.map((box) => kept.get(box.id) - least) };
}

/** Says at every box how many inputs and users are not shown. */
function countHidden(graph, found) {
  for (const box of found.boxes) {
    const near = new Set([...graph.get(box.id).inputs, ...(graph.uses.get(box.id) ?? []).map(([user]) => user)]);
    box.more = [...near].filter((id) => !found.place.has(id) && graph.get(id) && !graph.get(id).op.constant).length;
  }
}

/** Room for the number beside a box. */
function moreWidth(box) {
  return box.more ? 5 + 6.1 * `+${box.more}`.length : 0;
}

/** What a layout is made from: plain data, for a worker. layers: of a neighbourhood, whose order stays. */
export function seaItems({ boxes, edges, layers }) {
  const numbers = new Map(boxes.map((box, index) => [box.id, index]));
  const forward = edges.filter((edge) => !edge.back).map((edge) => [numbers.get(edge.from.id), numbers.get(edge.to.id)]);
  return { kind: "sea", sizes: boxes.map((box) => [box.width + 2 * moreWidth(box), box.height]), edges: forward, ...(layers ? { layers, sweeps: 0 } : {}) };
}

/** Puts boxes where the layout says, and gives edges that lead down their `route` past the boxes. */
export function placeSea(found, layout) {
  found.boxes.forEach((box, index) => {
    const [x, y] = layout.places[index];
    box.x = x + Math.ceil(moreWidth(box));
    box.y = y;
  });
  let index = 0;
  const edges = found.edges.map((edge) => ({ ...edge, route: edge.back ? null : layout.routes[index++] }));
  return { ...found, edges, width: layout.width, height: layout.height };
}
