// The block-ordered view: a card a block with its nodes in lines, laid out by the flow of control.

import { findBlocks } from "./blocks.js";
import { isHidden, rowOf } from "./rows.js";

export const ROW = 18;
export const HEAD = 24;
export const CHAR = 7.23;
export const GUTTER = 76;
const PAD = 6;
const MOST_CHARS = 64;
const TYPE_CHARS = 5;

/** Cards of a graph: {cards, forward, back, place: Map id -> [card, row]}; edges: [card, card, index of successor]. */
export function cardsOf(graph, filters, scheduled) {
  const blocks = scheduled ?? findBlocks(graph).blocks;
  const cards = blocks.map((block) => makeCard(graph, block, filters));
  const byBlock = new Map(blocks.map((block, index) => [block, cards[index]]));
  const forward = [], back = [];
  blocks.forEach((block, index) =>
    block.successors.forEach((successor, way) => {
      const to = byBlock.get(successor);
      (successor.index > block.index ? forward : back).push([cards[index], to, way, block.successors.length, successor.predecessors.indexOf(block)]);
    }));
  const shown = new Set(blocks.flatMap((block) => block.nodes));
  const end = [...graph.live].find((id) => graph.get(id)?.op.name === "End");
  const left = [...graph.live].filter((id) => graph.get(id) && !shown.has(id) && id !== end);
  const dead = filters.dead ? [] : [...graph.nodes.keys()].filter((id) => !graph.live.has(id));
  if (left.length && !scheduled) cards.push(extraCard(graph, "not in any block", left, filters));
  if (dead.length) cards.push(extraCard(graph, "dead", dead, filters));
  const place = new Map();
  for (const card of cards) card.rows.forEach((row, index) => place.set(row.id, [card, index]));
  return { cards, forward, back, place };
}

function makeCard(graph, block, filters) {
  const facts = [];
  if (block.loop) facts.push(`loop, depth ${block.depth}`);
  else if (block.depth) facts.push(`depth ${block.depth}`);
  if (block.deferred) facts.push("deferred");
  return card(graph, `B${block.index}`, facts.join(", "), block.nodes, filters, block);
}

function extraCard(graph, title, nodes, filters) {
  return { ...card(graph, title, "", nodes.sort((a, b) => a - b), filters, null), extra: true };
}

function card(graph, title, facts, ids, filters, block) {
  const rows = [];
  for (const id of ids) {
    const node = graph.get(id);
    if (node && !isHidden(node, filters)) rows.push(rowOf(graph, node, filters));
  }
  let chars = title.length + facts.length + 6;
  for (const row of rows) chars = Math.max(chars, row.op.length + (row.inputs ? row.inputs.length + 1 : 0) + TYPE_CHARS);
  const width = Math.round(GUTTER + Math.min(chars, MOST_CHARS) * CHAR + 14);
  return { title, facts, rows, block, width, height: HEAD + rows.length * ROW + PAD, x: 0, y: 0, header: block?.header ?? -1 };
}

/** What `layered` wants. The first order is that of the blocks, so a layout depends on the graph alone. */
export function cardItems({ cards, forward }) {
  const items = cards.map((card, index) => ({ id: index, width: card.width, height: card.height, hint: index }));
  const numbers = new Map(cards.map((card, index) => [card, index]));
  return { items, edges: forward.map(([from, to]) => [numbers.get(from), numbers.get(to)]), options: { gapX: 40, gapY: 46, dummyWidth: 14 } };
}

/** Puts cards where the layout says, and routes the edges: {points, kind, to} each. */
export function placeCards(found, layout) {
  const { cards, forward, back } = found;
  cards.forEach((card, index) => {
    const at = layout.positions.get(index);
    card.x = Math.round(at.x - card.width / 2);
    card.y = Math.round(at.y);
  });
  const extra = cards.filter((card) => card.extra);
  let below = layout.height + 40;
  for (const card of extra) {
    card.x = 0;
    card.y = below;
    below += card.height + 20;
  }
  const numbers = new Map(cards.map((card, index) => [card, index]));
  const layerOf = (card) => layout.positions.get(numbers.get(card)).layer;
  const bottoms = new Map();
  for (const card of cards) if (!card.extra) bottoms.set(layerOf(card), Math.max(bottoms.get(layerOf(card)) ?? 0, card.y + card.height));
  const leaving = ports(forward, (edge, index) => layout.routes[index][0]?.[0] ?? edge[1].x + edge[1].width / 2, 0);
  const arriving = ports(forward, (edge, index) => layout.routes[index].at(-1)?.[0] ?? edge[0].x + edge[0].width / 2, 1);
  const edges = forward.map(([from, to, , ways], index) => {
    const below = bottoms.get(layerOf(from)); // past taller neighbours before turning
    const points = [[leaving[index], from.y + from.height], [leaving[index], below], ...layout.routes[index], [arriving[index], to.y]];
    return { points, back: false, from, to, label: ways > 1 ? branchName(to) : "" };
  });
  let width = Math.max(layout.width, ...extra.map((card) => card.width));
  for (const edge of backEdges(cards, back, (card) => bottoms.get(layerOf(card)))) {
    edges.push(edge);
    width = Math.max(width, edge.points[2][0] + 8);
  }
  for (const edge of edges) edge.box = around(edge.points);
  return { ...found, edges, width, height: Math.max(layout.height, ...cards.map((card) => card.y + card.height)) };
}

function around(points) {
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const x = Math.min(...xs) - 10, y = Math.min(...ys) - 10;
  return { x, y, width: Math.max(...xs) + 10 - x, height: Math.max(...ys) + 10 - y };
}

/** Edges back to loop headers: down below their layer, up a lane on the right of everything between, in from above. */
function backEdges(cards, back, layerBottom) {
  const lanes = [];
  return [...back].sort((a, b) => a[0].y - a[1].y - (b[0].y - b[1].y)).map(([from, to, , ways]) => {
    const bottom = layerBottom(from) + 11;
    const top = to.y - 15;
    let x = 0;
    for (const card of cards) if (card.y + card.height > top && card.y < bottom && !card.extra) x = Math.max(x, card.x + card.width);
    x += 20;
    while (lanes.some((lane) => Math.abs(lane.x - x) < 11 && lane.top < bottom && lane.bottom > top)) x += 11;
    lanes.push({ x, top, bottom });
    const start = ways > 1 ? from.x + from.width - 22 : port(from, 0, 1), end = to.x + to.width - 16;
    return { points: [[start, from.y + from.height], [start, bottom], [x, bottom], [x, top], [end, top], [end, to.y]], back: true, from, to, label: ways > 1 ? branchName(to) : "" };
  });
}

function branchName(to) {
  const name = to.block.op?.name ?? "";
  return name === "IfTrue" ? "true" : name === "IfFalse" ? "false" : name.startsWith("If") ? name.slice(2).toLowerCase() : "";
}

/** Where each edge meets the card at one of its ends (0: from, 1: to): in the order in which they come. */
function ports(edges, place, end) {
  const groups = new Map();
  edges.forEach((edge, index) => {
    if (!groups.has(edge[end])) groups.set(edge[end], []);
    groups.get(edge[end]).push([place(edge, index), index]);
  });
  const found = [];
  for (const [card, group] of groups) {
    group.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    group.forEach(([, index], order) => (found[index] = port(card, order, group.length)));
  }
  return found;
}

function port(card, index, count) {
  const inner = Math.min(card.width - 24, 40 * (count - 1));
  return card.x + card.width / 2 + (count > 1 ? -inner / 2 + (inner * index) / (count - 1) : 0);
}
