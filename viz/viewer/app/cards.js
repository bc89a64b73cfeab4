// The block-ordered view: a card a block with its nodes in lines, laid out by the flow of control.

import { findBlocks } from "./blocks.js";
import { isHidden, nodeName, rowOf } from "./rows.js";

export const ROW = 18;
export const HEAD = 24;
export const CHAR = 7.23;
export const GUTTER = 76;
const PAD = 6;
const MOST_CHARS = 64;
const CHARS_STEP = 8; // widths are multiples: a step that changes a line seldom changes its card's width, so columns stay
const TYPE_CHARS = 5;
const TABLE = 4; // ways of a switch from which on they are a table
const MOST_LABEL_CHARS = 14;
const LABEL_CHAR = 5.8;

/** Cards of a graph: {cards, edges, place: Map id -> [card, row]}; an edge: {from, to: cards, back, label}. Arms of a
 * switch that only jump are lines of its card. */
export function cardsOf(graph, filters, scheduled) {
  const { blocks, rest } = scheduled ? { blocks: scheduled, rest: [] } : findBlocks(graph);
  const jumps = new Map(blocks.filter((block) => isTable(graph, block)).flatMap((block) => block.successors.filter(onlyJumps).map((arm) => [arm, block])));
  const cards = [], cardOf = new Map();
  for (const block of blocks) {
    if (jumps.has(block)) continue;
    const made = makeCard(graph, block, filters);
    if (isTable(graph, block)) addTable(graph, made, block, jumps);
    cards.push(made);
    cardOf.set(block, made);
  }
  for (const [arm, block] of jumps) cardOf.set(arm, cardOf.get(block));
  const edges = cards.flatMap((from) => edgesFrom(from, cardOf, jumps));
  const dead = filters.dead ? [] : [...graph.nodes.keys()].filter((id) => !graph.live.has(id));
  if (rest.length) cards.push(extraCard(graph, "not in any block", rest, filters));
  if (dead.length) cards.push(extraCard(graph, "dead", dead, filters));
  const place = new Map();
  for (const card of cards) card.rows.forEach((row, index) => row.to === undefined && place.set(row.id, [card, index]));
  return { cards, edges, place };
}

/** Does a block end in a switch with so many ways that a table says it better? */
function isTable(graph, block) {
  return block.successors.length >= TABLE && graph.get(block.nodes[block.nodes.length - 1])?.op.name === "Switch";
}

/** Is there nothing in a block but the way on? */
function onlyJumps(block) {
  return block.nodes.length === 1 && block.successors.length === 1 && block.predecessors.length === 1;
}

/** A line for each way of a switch. `to`: the way's first node stands elsewhere, on a card of its own. */
function addTable(graph, made, block, jumps) {
  for (const arm of block.successors) {
    const on = jumps.has(arm) ? `B${arm.number}, to B${arm.successors[0].number}` : `B${arm.number}`;
    const row = { id: arm.header, category: "control", head: nodeName(arm.header), op: wayOf(arm), inputs: `→ ${on}`, constants: [], type: "" };
    made.rows.push(jumps.has(arm) ? row : { ...row, to: arm.index });
  }
  made.height = HEAD + made.rows.length * ROW + PAD;
}

function edgesFrom(from, cardOf, jumps) {
  const found = new Map();
  const { block } = from;
  for (const way of block.successors) {
    const target = jumps.get(way) === block ? way.successors[0] : way;
    const to = cardOf.get(target);
    if (!found.has(to)) found.set(to, { from, to, back: target.index <= block.index, ways: [] });
    found.get(to).ways.push(wayOf(way));
  }
  const many = block.successors.length > 1;
  return [...found.values()].map((edge) => ({ ...edge, label: many ? waysText(edge.ways) : "" }));
}

/** `true`, `default`, the value of a case. */
function wayOf(block) {
  const name = block.op?.name ?? "";
  if (name === "IfValue") return block.op.named[0] ?? "";
  return name === "IfTrue" ? "true" : name === "IfFalse" ? "false" : name.startsWith("If") ? name.slice(2).toLowerCase() : "";
}

/** Values in few words: `0–3, 7, default`. */
function waysText(ways) {
  const parts = [];
  let first = NaN, last = NaN;
  for (const way of ways) {
    const value = way !== "" && Number.isInteger(Number(way)) ? Number(way) : NaN;
    if (value === last + 1) parts[parts.length - 1] = `${first}–${value}`;
    else {
      parts.push(way);
      first = value;
    }
    last = value;
  }
  const text = parts.join(", ");
  return text.length > MOST_LABEL_CHARS ? text.slice(0, MOST_LABEL_CHARS - 1) + "…" : text;
}

function makeCard(graph, block, filters) {
  const facts = [];
  if (block.loop) facts.push(`loop, depth ${block.depth}`);
  else if (block.depth) facts.push(`depth ${block.depth}`);
  if (block.deferred) facts.push("deferred");
  if (block.gone) facts.push("gone");
  return card(graph, `B${block.number}`, facts.join(", "), block.nodes, filters, block);
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
  const width = Math.round(GUTTER + Math.min(Math.ceil(chars / CHARS_STEP) * CHARS_STEP, MOST_CHARS) * CHAR + 14);
  return { title, facts, rows, block, width, height: HEAD + rows.length * ROW + PAD, x: 0, y: 0, header: block?.header ?? -1 };
}

/** What a layout is made from: plain data, for a worker. `layout/cards.py` does the same in Python. */
export function cardItems({ cards, edges }) {
  const numbers = new Map(cards.filter((card) => !card.extra).map((card, index) => [card, index]));
  const sizes = [...numbers.keys()].map((card) => [card.width, card.height]);
  return { kind: "blocks", sizes, edges: edges.map((edge) => [numbers.get(edge.from), numbers.get(edge.to), edge.back, room(edge.label)]) };
}

/** Puts cards where the layout says, and gives edges their `points`; those without (of functions with very many long
 * edges) have `far`: they are cut, and say where they lead. */
export function placeCards(found, layout) {
  const { cards } = found;
  let below = layout.height, width = layout.width, index = 0;
  for (const card of cards) {
    if (!card.extra) [card.x, card.y] = layout.places[index++];
    else {
      [card.x, card.y] = [0, below + 40];
      below = card.y + card.height;
      width = Math.max(width, card.width);
    }
  }
  const edges = found.edges.map((edge, at) => {
    const points = layout.routes[at];
    return points === null ? farEdge(edge) : { ...edge, points, far: false, named: nameAt(edge, points), box: around(points) };
  });
  return { ...found, edges, width, height: below };
}

function room(label) {
  return label.length ? Math.ceil(label.length * LABEL_CHAR) : 0;
}

/** The box of an edge's name: where the edge begins, but of a switch with many ways where it ends. */
function nameAt({ from, label, back }, points) {
  const atEnd = !back && from.block.successors.length >= TABLE;
  const [x, y] = points[atEnd ? points.length - 1 : 0];
  return { x: x + 5, y: atEnd ? y - 20 : y + 3, width: room(label), height: 12 };
}

function farEdge(edge) {
  const { from, to } = edge;
  const x = from.x + from.width - 20, end = to.x + to.width - 20;
  const points = [[x, from.y + from.height], [x, from.y + from.height + 12]], entry = [[end, to.y - 12], [end, to.y]];
  return { ...edge, points, entry, far: true, named: nameAt(edge, points), box: around([...points, ...entry]) };
}

function around(points) {
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const x = Math.min(...xs) - 10, y = Math.min(...ys) - 10;
  return { x, y, width: Math.max(...xs) + 10 - x, height: Math.max(...ys) + 10 - y };
}
