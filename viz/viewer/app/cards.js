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

/** What `layered` wants. hints: Map from a block's header to where it was. */
export function cardItems({ cards, forward }, hints) {
  const items = cards.map((card, index) => ({ id: index, width: card.width, height: card.height, hint: hints.get(card.header) ?? index * 40 }));
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
  const edges = forward.map(([from, to, way, ways, arrival], index) => {
    const points = [[port(from, way, ways), from.y + from.height], ...layout.routes[index], [port(to, Math.max(arrival, 0), Math.max(to.block.predecessors.length, 1)), to.y]];
    return { points, back: false, from, to, label: ways > 1 ? branchName(to) : "" };
  });
  let width = Math.max(layout.width, ...extra.map((card) => card.width));
  const lanes = [];
  for (const [from, to] of [...back].sort((a, b) => a[0].y - a[1].y - (b[0].y - b[1].y))) {
    let x = 0;
    for (const card of cards) if (card.y + card.height > to.y && card.y < from.y + from.height && !card.extra) x = Math.max(x, card.x + card.width);
    x += 22;
    while (lanes.some((lane) => Math.abs(lane.x - x) < 12 && lane.top < from.y + from.height && lane.bottom > to.y)) x += 12;
    lanes.push({ x, top: to.y, bottom: from.y + from.height });
    width = Math.max(width, x + 8);
    edges.push({ points: [[from.x + from.width, from.y + from.height - 10], [x, from.y + from.height - 10], [x, to.y + HEAD / 2], [to.x + to.width, to.y + HEAD / 2]], back: true, from, to, label: "" });
  }
  return { ...found, edges, width, height: Math.max(layout.height, ...cards.map((card) => card.y + card.height)) };
}

function branchName(to) {
  const name = to.block.op?.name ?? "";
  return name === "IfTrue" ? "true" : name === "IfFalse" ? "false" : name.startsWith("If") ? name.slice(2).toLowerCase() : "";
}

function port(card, index, count) {
  const inner = Math.min(card.width - 24, 40 * (count - 1));
  return card.x + card.width / 2 + (count > 1 ? -inner / 2 + (inner * index) / (count - 1) : 0);
}
