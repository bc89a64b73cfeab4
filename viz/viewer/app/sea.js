// The free sea of nodes, and a node's neighbourhood in it: boxes and all edges.

import { kindOf } from "./model.js";
import { constantText, isHidden, isInlined, shortType } from "./rows.js";

export const BOX = 26;
const BOX_CHAR = 6.65;

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

function makeBox(graph, node, filters) {
  const constants = node.inputs.map((id) => graph.get(id)).filter((child) => child && isInlined(child, filters)).map(constantText);
  let text = node.op.label + (constants.length ? ` ${constants.join(" ")}` : "");
  if (text.length > 40) text = text.slice(0, 39) + "…";
  const head = `n${node.id}`;
  const type = shortType(node.op.type);
  const width = Math.round((head.length + text.length + 1 + (type ? type.length + 1 : 0)) * BOX_CHAR + 22);
  return { id: node.id, head, text, type, category: node.op.category, width, height: BOX, x: 0, y: 0 };
}

/** Edges that close a loop: they are not part of the layering. */
function isBack(graph, node, index) {
  const { op } = node;
  if (op.name === "Loop") return index > 0;
  if (op.name !== "Phi" && op.name !== "EffectPhi") return false;
  const header = graph.get(node.inputs[op.firstControl]);
  return header?.op.name === "Loop" && index > 0 && index < op.firstControl;
}

/** Ids at most `depth` edges away from a node, inputs and users: at most `most`, and so many through one node. */
export function neighbourhood(graph, id, depth, most = 160, mostOfOne = 14) {
  const found = new Set([id]);
  let ring = [id];
  for (let step = 0; step < depth; step++) {
    const next = [];
    for (const at of ring) {
      const near = [...(graph.get(at)?.inputs ?? []), ...(graph.uses.get(at) ?? []).map(([user]) => user)];
      let taken = 0;
      for (const other of near) {
        if (found.has(other) || !graph.get(other)) continue;
        if (found.size >= most) return found;
        if (taken++ >= mostOfOne) break; // a merge of hundreds hides everything else
        found.add(other);
        next.push(other);
      }
    }
    ring = next;
  }
  return found;
}

/** Says at every box how many inputs and users are not shown. */
export function countHidden(graph, found) {
  for (const box of found.boxes) {
    const near = new Set([...graph.get(box.id).inputs, ...(graph.uses.get(box.id) ?? []).map(([user]) => user)]);
    box.more = [...near].filter((id) => !found.place.has(id) && graph.get(id) && !graph.get(id).op.constant).length;
  }
}

/** Room for the number beside a box. */
function moreWidth(box) {
  return box.more ? 5 + 6.1 * `+${box.more}`.length : 0;
}

export function seaItems({ boxes, edges }) {
  const items = boxes.map((box, index) => ({ id: box.id, width: box.width + 2 * moreWidth(box), height: box.height, hint: index }));
  return { items, edges: edges.filter((edge) => !edge.back).map((edge) => [edge.from.id, edge.to.id]), options: { gapX: 16, gapY: 44, mostDummies: 1500, dummyWidth: 8 } };
}

export function placeSea(found, positions, size) {
  for (const box of found.boxes) {
    const at = positions.get(box.id);
    box.x = Math.round(at.x - box.width / 2);
    box.y = Math.round(at.y);
  }
  return { ...found, width: size.width, height: size.height };
}
