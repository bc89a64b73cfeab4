// Draws scenes: cards of blocks, or the sea. Only what is inside `view` (in the scene's coordinates) is drawn.

import { CHAR, GUTTER, HEAD, ROW } from "./cards.js";
import { clipCurve, clipSteps } from "./clip.js";
import { kindOf } from "./model.js";
import { DASHES, WIDTHS } from "./painter.js";
import { BOX_CHAR } from "./sea.js";

export const MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';
export const SANS = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
export const GLYPHS = { value: "·", constant: "#", phi: "φ", effect: "◆", control: "■", frame: "▽" };
const SIGNS = { added: "+", removed: "−", changed: "~" };
const READABLE = 0.42; // below this scale lines of text become bars
const FAR = 0.25; // below this scale dashes cannot be seen
const NEAR = 120; // pixels: what is written at a point reaches no farther
const MOST_USERS = 24; // more arcs than that hide what is below

const row = (at) => at[0].y + HEAD + at[1] * ROW + ROW / 2;

export function drawCards(p, scene, look, theme, view) {
  const readable = view.scale >= READABLE;
  for (const edge of scene.edges) drawFlow(p, edge, theme, view);
  const seen = scene.cards.filter((card) => visible(card, view));
  if (look.edges === "all" && readable) // below the cards, whose text stays readable
    for (const card of seen) for (const line of card.rows) drawInputs(p, scene, look, theme, line.id, view, 0.55, look.focus);
  for (const card of seen) drawCard(p, card, look, theme, view, readable);
  for (const id of look.focus) drawAround(p, scene, look, theme, id, view);
}

function visible(box, view) {
  return box.x < view.x + view.width && box.x + box.width > view.x && box.y < view.y + view.height && box.y + box.height > view.y;
}

function drawCard(p, card, look, theme, view, readable) {
  const { x, y, width, height } = card;
  const deferred = card.block?.deferred || card.extra;
  const { gone } = card.block ?? {};
  p.rect(x, y, width, height, { fill: theme.card, stroke: gone ? theme.removed : theme.line, radius: 7, line: 1, dash: deferred ? [4, 3] : [] });
  if (card.block?.loop) p.rect(x, y + 8, 3, height - 16, { fill: theme.control, radius: 1.5 });
  const title = readable ? 12 : Math.min(12 / view.scale, 40);
  p.text(x + 12, y + (readable ? HEAD / 2 + 1 : title * 0.7), card.title, { color: theme.ink, font: `600 ${title}px ${SANS}` });
  if (readable && card.facts) p.text(x + width - 10, y + HEAD / 2 + 1, card.facts, { color: theme.quiet, font: `11px ${SANS}`, anchor: "end" });
  const first = Math.max(0, Math.floor((view.y - y - HEAD) / ROW)), last = Math.min(card.rows.length, Math.ceil((view.y + view.height - y - HEAD) / ROW) + 1);
  for (let index = first; index < last; index++) {
    const line = card.rows[index];
    drawRow(p, line, x, y + HEAD + index * ROW, width, look, theme, readable);
  }
}

function drawRow(p, line, x, y, width, look, theme, readable) {
  const mark = look.marks.get(line.id);
  const selected = look.selected.has(line.id);
  if (mark) p.rect(x + 4, y, width - 8, ROW, { fill: theme[`${mark}Back`], radius: 3 });
  if (look.found.has(line.id)) p.rect(x + 4.5, y + 0.5, width - 9, ROW - 1, { fill: theme.foundBack, radius: 3 });
  if (selected) p.rect(x + 4.5, y + 0.5, width - 9, ROW - 1, { fill: theme.selectedBack, stroke: theme.accent, radius: 3, line: 1.2 });
  else if (look.hover === line.id) p.rect(x + 4, y, width - 8, ROW, { stroke: theme.quiet, radius: 3, line: 0.8 });
  if (look.near.has(line.id)) p.rect(x + 4.5, y + 0.5, width - 9, ROW - 1, { stroke: theme.changed, radius: 3, line: 1.2, dash: [3, 2] });
  if (!readable) {
    p.rect(x + GUTTER, y + 6, Math.min(width - GUTTER - 12, (line.op.length + line.inputs.length) * CHAR), 6, { fill: theme[line.category] ?? theme.quiet });
    return;
  }
  const middle = y + ROW / 2 + 0.5;
  if (mark) p.text(x + 10, middle, SIGNS[mark], { color: theme[mark], font: `700 12px ${MONO}`, anchor: "middle" });
  p.text(x + 22, middle, GLYPHS[line.category], { color: theme[line.category], font: `12px ${MONO}`, anchor: "middle" });
  p.text(x + GUTTER - 8, middle, line.head, { color: theme.quiet, font: `12px ${MONO}`, anchor: "end" });
  const most = Math.floor((width - GUTTER - 14) / CHAR) - (line.type ? 4 : 0);
  const op = cut(line.op, most);
  const weight = line.category === "control" ? "600" : "400";
  p.text(x + GUTTER, middle, op, { color: theme.ink, font: `${weight} 12px ${MONO}` });
  const left = most - op.length - 1;
  drawWritten(p, line.constants, x + GUTTER + (op.length + 1) * CHAR, y, left, look, theme);
  if (line.inputs && left > 2) p.text(x + GUTTER + (op.length + 1) * CHAR, middle, cut(line.inputs, left), { color: theme.soft, font: `12px ${MONO}` });
  if (line.type) p.text(x + width - 10, middle, line.type, { color: theme.quiet, font: `11px ${MONO}`, anchor: "end" });
}

/** Behind constants that are written into their user: what they are marked as, found or selected. */
function drawWritten(p, constants, x, y, most, look, theme) {
  for (const [id, first, length] of constants) {
    const mark = look.marks.get(id);
    const fill = look.selected.has(id) ? theme.selectedBack : look.found.has(id) ? theme.foundBack : mark ? theme[`${mark}Back`] : "";
    if (fill && first + length <= most) p.rect(x + first * CHAR - 1.5, y + 1.5, length * CHAR + 3, ROW - 3, { fill, stroke: mark ? theme[mark] : theme.accent, radius: 3, line: 0.8 });
  }
}

function cut(text, most) {
  return text.length > most ? text.slice(0, Math.max(most - 1, 1)) + "…" : text;
}

function drawFlow(p, edge, theme, view) {
  if (!visible(edge.box, view)) return;
  const stroke = edge.back ? theme.back : theme.flow, style = { stroke, line: Math.max(edge.back ? 2.2 : 1.6, 1 / view.scale) };
  const [x, y] = edge.far ? edge.entry[1] : edge.points[edge.points.length - 1];
  const points = clipSteps(edge.points, view);
  if (points) p.path(rounded(points, 8), style);
  if (edge.far) drawFar(p, edge, theme, style, view);
  else if (edge.back) drawUpwards(p, edge.points, stroke, view);
  const { named } = edge;
  if (inSight(x, y, view)) p.path([["M", x, y - 0.5], ["L", x - 4.5, y - 9], ["L", x + 4.5, y - 9]], { fill: stroke });
  if (edge.label && view.scale >= READABLE && inSight(named.x, named.y, view)) p.text(named.x, named.y + 6, edge.label, { color: theme.quiet, font: `10.5px ${SANS}` });
}

/** Is a point, with what is written at it, in sight? */
function inSight(x, y, view) {
  return x > view.x - NEAR && x < view.x + view.width + NEAR && y > view.y - NEAR && y < view.y + view.height + NEAR;
}

/** Of an edge that is cut: where it leads, and where it comes from. */
function drawFar(p, edge, theme, style, view) {
  p.path([["M", ...edge.points[0]], ["L", ...edge.points[1]]], style);
  p.path([["M", ...edge.entry[0]], ["L", ...edge.entry[1]]], style);
  if (view.scale < READABLE) return;
  p.text(edge.points[1][0], edge.points[1][1] + 7, `↓ ${edge.to.title}`, { color: theme.quiet, font: `10.5px ${SANS}`, anchor: "middle" });
  p.text(edge.entry[0][0], edge.entry[0][1] - 6, edge.from.title, { color: theme.quiet, font: `10.5px ${SANS}`, anchor: "middle" });
}

/** Arrows on the way back up: one in sight of each long piece. */
function drawUpwards(p, points, fill, view) {
  for (let index = 1; index < points.length; index++) {
    const [x, y0] = points[index - 1], [, y1] = points[index];
    const low = Math.max(y1, view.y), high = Math.min(y0, view.y + view.height);
    if (y0 - y1 < 40 || high - low < 24) continue;
    const y = (low + high) / 2;
    p.path([["M", x, y - 6], ["L", x - 5, y + 3], ["L", x + 5, y + 3]], { fill });
  }
}

function rounded(points, radius) {
  const commands = [["M", points[0][0], points[0][1]]];
  for (let index = 1; index < points.length - 1; index++) {
    const [x1, y1] = points[index], [ax, ay] = toward(points[index], points[index - 1], radius), [bx, by] = toward(points[index], points[index + 1], radius);
    commands.push(["L", ax, ay], ["C", x1, y1, x1, y1, bx, by]);
  }
  const last = points[points.length - 1];
  commands.push(["L", last[0], last[1]]);
  return commands;
}

/** From a corner of steps towards another, where the rounding begins. */
function toward([x, y], [x1, y1], radius) {
  const across = x1 - x, down = y1 - y, length = Math.abs(across) + Math.abs(down) || 1, share = Math.min(radius, length / 2) / length;
  return [x + across * share, y + down * share];
}

function drawAround(p, scene, look, theme, id, view) {
  drawInputs(p, scene, look, theme, id, view, 1, null);
  const users = scene.graph.uses.get(id) ?? [];
  const many = users.length > MOST_USERS;
  for (const [user, index] of users) {
    const at = many ? scene.place.get(user) : undefined;
    if (at && (row(at) < view.y || row(at) > view.y + view.height)) continue; // of many, only those in sight
    if (!look.focus.has(user)) drawArc(p, scene, theme, id, user, kindOf(scene.graph.get(user), index), view, many ? 0.5 : 1);
  }
}

function drawInputs(p, scene, look, theme, id, view, alpha, skip) {
  const node = scene.graph.get(id);
  if (!node || skip?.has(id)) return;
  node.inputs.forEach((child, index) => (skip && kindOf(node, index) === "control") || drawArc(p, scene, theme, child, id, kindOf(node, index), view, alpha));
}

/** Values on the right, what orders things on the left. */
function drawArc(p, scene, theme, from, to, kind, view, alpha) {
  const a = scene.place.get(from), b = scene.place.get(to);
  if (!a || !b || from === to) return;
  const right = kind === "value";
  const x0 = right ? a[0].x + a[0].width : a[0].x, x1 = right ? b[0].x + b[0].width : b[0].x;
  const y0 = row(a), y1 = row(b);
  if (Math.max(y0, y1) < view.y || Math.min(y0, y1) > view.y + view.height) return;
  const away = (14 + Math.min(Math.abs(y1 - y0) * 0.22, 90)) * (right ? 1 : -1);
  const line = Math.max(WIDTHS[kind], 0.8 / view.scale);
  p.path([["M", x0, y0], ["C", x0 + away, y0, x1 + away, y1, x1, y1]], { stroke: theme[kind], line, dash: DASHES[kind], alpha });
  const side = right ? 1 : -1;
  p.path([["M", x1, y1], ["L", x1 + 7 * side, y1 - 3.5], ["L", x1 + 7 * side, y1 + 3.5]], { fill: theme[kind], alpha });
}

export function drawSea(p, scene, look, theme, view) {
  const readable = view.scale >= READABLE;
  for (const edge of scene.edges) drawSeaEdge(p, edge, look, theme, view);
  for (const box of scene.boxes) if (visible(box, view)) drawBox(p, box, look, theme, view, readable);
}

function drawSeaEdge(p, edge, look, theme, view) {
  const { from, to, kind, route, curve } = edge;
  const top = Math.min(from.y, to.y), left = Math.min(from.x, to.x) - 60;
  const box = { x: left, y: top - 60, width: Math.max(from.x + from.width, to.x + to.width) - left + 60, height: Math.abs(from.y - to.y) + 150 };
  if (!route?.length && !curve && !visible(box, view)) return; // the others may go round
  if (top - 60 > view.y + view.height || top + box.height < view.y) return;
  const focused = look.focus.has(from.id) || look.focus.has(to.id);
  const alpha = focused ? 1 : (look.focus.size ? 0.28 : 0.75) * Math.min(1, Math.max(0.08, view.scale * 2.5)); // from afar there are many
  const x0 = from.x + from.width / 2, y0 = from.y + from.height;
  const x1 = to.x + to.width * ((edge.index + 1) / (edge.count + 1)), y1 = to.y;
  const line = Math.max(WIDTHS[kind] * (focused ? 1.4 : 1), 0.6 / view.scale);
  const style = { stroke: theme[kind], line, dash: view.scale < FAR ? [] : DASHES[kind], alpha };
  if (!curve && (edge.back || y1 < y0)) {
    const side = Math.max(from.x + from.width, to.x + to.width) + 14 + (from.id % 9) * 4, out = 8 + (from.id % 5) * 2;
    const points = clipSteps([[x0, y0], [x0, y0 + out], [side, y0 + out], [side, y1 - out], [x1, y1 - out], [x1, y1]], view);
    if (points) p.path(rounded(points, 8), style);
  } else if (curve) {
    p.path([["M", curve[0], curve[1]], ...curves(curve, view)], style);
    const [x, y, ex, ey] = curve.slice(-4); // its end may point anywhere
    const length = Math.hypot(ex - x, ey - y) || 1, dx = (ex - x) / length, dy = (ey - y) / length;
    p.path([["M", ex, ey], ["L", ex - 7 * dx - 3.5 * dy, ey - 7 * dy + 3.5 * dx], ["L", ex - 7 * dx + 3.5 * dy, ey - 7 * dy - 3.5 * dx]], { fill: theme[kind], alpha });
    return;
  } else if (route?.length) {
    const commands = smooth([[x0, y0], ...route, [x1, y1]], view);
    if (!commands.length) return;
    p.path(commands, style);
  } else {
    const bend = Math.min(Math.max((y1 - y0) * 0.45, 14), 90);
    const part = clipCurve([x0, y0, x0, y0 + bend, x1, y1 - bend, x1, y1], view);
    if (!part) return;
    p.path([["M", ...part.slice(0, 2)], ["C", ...part.slice(2)]], style);
  }
  if (y1 > view.y && y1 - 7 < view.y + view.height) p.path([["M", x1, y1], ["L", x1 - 3.5, y1 - 7], ["L", x1 + 3.5, y1 - 7]], { fill: theme[kind], alpha });
}

/** The pieces of a curve [x, y, and three points a piece] that are in sight. */
function curves(curve, view) {
  const commands = [];
  for (let at = 2; at + 5 < curve.length; at += 6) {
    const ys = [curve[at - 1], curve[at + 1], curve[at + 3], curve[at + 5]];
    const seen = Math.min(...ys) < view.y + view.height && Math.max(...ys) > view.y;
    commands.push(seen ? ["C", ...curve.slice(at, at + 6)] : ["M", curve[at + 4], curve[at + 5]]);
  }
  return commands;
}

/** Through points of which each is below the one before, vertical at each; only what is in sight. */
function smooth(points, view) {
  const commands = [], bottom = view.y + view.height;
  let drawn = -1; // where the path has come to
  for (let index = firstBelow(points, view.y); index < points.length; index++) {
    const [x0, y0] = points[index - 1], [x1, y1] = points[index], middle = (y0 + y1) / 2;
    if (y0 > bottom) break;
    const part = clipCurve([x0, y0, x0, middle, x1, middle, x1, y1], view);
    if (!part) continue;
    if (drawn !== index - 1 || part[0] !== x0 || part[1] !== y0) commands.push(["M", part[0], part[1]]);
    if (Math.abs(x0 - x1) < 0.5) commands.push(["L", part[6], part[7]]);
    else commands.push(["C", ...part.slice(2)]);
    drawn = part[6] === x1 && part[7] === y1 ? index : -1;
  }
  return commands;
}

/** The index, from 1 on, of the first point at y or below, by bisection. */
function firstBelow(points, y) {
  let low = 1, high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][1] < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawBox(p, box, look, theme, view, readable) {
  const mark = look.marks.get(box.id), selected = look.selected.has(box.id);
  const fill = selected ? theme.selectedBack : mark ? theme[`${mark}Back`] : look.found.has(box.id) ? theme.foundBack : theme.card;
  const stroke = selected ? theme.accent : mark ? theme[mark] : theme[box.category] ?? theme.line;
  const radius = box.category === "control" ? 2 : box.category === "phi" ? 13 : 6;
  p.rect(box.x, box.y, box.width, box.height, { fill: theme.paper, radius });
  p.rect(box.x, box.y, box.width, box.height, { fill, stroke, radius, line: selected ? 2 : box.category === "control" ? 1.8 : 1.1, dash: DASHES[box.category === "effect" ? "effect" : box.category === "frame" ? "frame" : "value"] });
  if (look.near.has(box.id)) p.rect(box.x - 3, box.y - 3, box.width + 6, box.height + 6, { stroke: theme.changed, radius: radius + 3, line: 1.2, dash: [3, 2] });
  const middle = box.y + box.height / 2 + 0.5;
  if (!readable) {
    if (view.scale > 0.16) p.text(box.x + 8, middle, box.text.split("[")[0], { color: theme.ink, font: `13px ${SANS}` });
    return;
  }
  p.text(box.x + 10, middle, mark ? `${SIGNS[mark]}${box.head}` : box.head, { color: mark ? theme[mark] : theme.quiet, font: `11px ${MONO}` });
  const start = box.x + 12 + (box.head.length + (mark ? 1 : 0)) * BOX_CHAR + 3;
  for (const [id, first, length] of box.constants) {
    const back = look.selected.has(id) ? theme.selectedBack : look.found.has(id) ? theme.foundBack : look.marks.has(id) ? theme[`${look.marks.get(id)}Back`] : "";
    if (back && first + length <= 39) p.rect(start + first * BOX_CHAR - 1, box.y + 4, length * BOX_CHAR + 2, box.height - 8, { fill: back, stroke: theme.accent, radius: 3, line: 0.8 });
  }
  p.text(start, middle, box.text, { color: theme.ink, font: `${box.category === "control" ? 600 : 400} 11px ${MONO}` });
  if (box.more) p.text(box.x + box.width + 5, middle, `+${box.more}`, { color: theme.quiet, font: `10px ${MONO}` });
  if (box.type) p.text(box.x + box.width - 8, middle, box.type, { color: theme.quiet, font: `10px ${MONO}`, anchor: "end" });
}
