// A layered layout (Sugiyama). Edges are bundled: those of a net share one dummy a layer. Few median sweeps from a given
// order, coordinates by isotonic regression, which keeps the order and the distances and is linear, and dummies of a
// net in line where there is room. `layout/layered.py` is the same in Python.

import { listsOf } from "./layers.js";

const ROUNDS = 10;
const LINES_APART = 10; // pixels

/** items: [{width, height, hint}]; nets: [{edges: [[from, to]], back}] by index of items, where those of a forward net
 * lead to lower layers, and those of a back net from the same or lower layers up to one item; layers: of each item.
 * Gives cells (of items first, then dummies): {width, height, layer, x: centre, ...}, those of each layer in order, the
 * dummies of each net from its first layer on (null: more than `mostDummies` would be needed), and the width. */
export function arranged({ items, nets, layers, sweeps = 5, gapX = 24, mostDummies = 40_000 }) {
  const cells = items.map((item, index) => newCell(index, item.width, item.height, layers[index], item.hint, -1));
  const depth = Math.max(0, ...layers) + 1;
  const rows = listsOf(depth);
  for (const cell of cells) rows[cell.layer].push(cell);
  const chains = dummies(cells, rows, nets, mostDummies);
  for (const row of rows) {
    row.sort((a, b) => a.hint - b.hint);
    number(row);
  }
  for (let sweep = 0; sweep < sweeps; sweep++) reorder(rows, sweep % 2 === 0);
  const width = coordinates(rows, gapX);
  for (const cell of cells) cell.x = Math.floor(cell.x + 0.5);
  for (const chain of chains) if (chain !== null) straighten(chain.cells, rows, gapX, width);
  return { cells, rows, chains, width };
}

function newCell(index, width, height, layer, hint, net) {
  return { index, width, height, layer, hint, net, up: [], down: [], beside: null, order: 0, median: 0, x: 0, offset: 0 };
}

/** Of each net {first: layer, cells}, or null. Short nets come first. */
function dummies(cells, rows, nets, most) {
  const spans = nets.map((net) => {
    const from = net.edges.map((edge) => cells[edge[0]].layer), to = net.edges.map((edge) => cells[edge[1]].layer);
    return net.back ? [Math.min(...to), Math.max(...from)] : [Math.min(...from) + 1, Math.max(...to) - 1];
  });
  const order = nets.map((_, index) => index).sort((a, b) => spans[a][1] - spans[a][0] - (spans[b][1] - spans[b][0]) || a - b);
  const chains = nets.map(() => null);
  let left = most;
  for (const index of order) {
    left -= Math.max(0, spans[index][1] - spans[index][0] + 1);
    if (left < 0) break;
    chains[index] = chainOf(nets[index], index, spans[index], cells, rows);
  }
  return chains;
}

function chainOf(net, index, [first, last], cells, rows) {
  const made = [];
  let start = 0, end = 0;
  if (net.back) {
    for (const edge of net.edges) start = Math.max(start, cells[edge[0]].hint + 0.5);
    end = start;
  } else {
    start = Infinity;
    for (const edge of net.edges) start = Math.min(start, cells[edge[0]].hint);
    for (const edge of net.edges) end = Math.max(end, cells[edge[1]].hint);
  }
  for (let layer = first; layer <= last; layer++) {
    const share = (layer - first + 1) / (last - first + 2);
    const cell = newCell(-1, 0, 0, layer, start * (1 - share) + end * share, index);
    if (made.length) link(made[made.length - 1], cell);
    made.push(cell);
    rows[layer].push(cell);
  }
  if (net.back) {
    made[0].beside = cells[net.edges[0][1]];
    made[made.length - 1].beside = cells[net.edges.find((edge) => cells[edge[0]].layer === last)[0]];
    return { first, cells: made };
  }
  const above = new Set(), below = new Set();
  for (const [source, target] of net.edges) {
    const from = cells[source], to = cells[target];
    if (to.layer === from.layer + 1) link(from, to);
    else {
      if (!above.has(source)) link(from, made[from.layer + 1 - first]);
      if (!below.has(target)) link(made[to.layer - 1 - first], to);
      above.add(source);
      below.add(target);
    }
  }
  return { first, cells: made };
}

function link(from, to) {
  from.down.push(to);
  to.up.push(from);
}

function number(row) {
  row.forEach((cell, index) => (cell.order = index));
}

function reorder(rows, downwards) {
  for (let at = 0; at < rows.length; at++) {
    const row = rows[downwards ? at : rows.length - 1 - at];
    for (const cell of row) cell.median = median(downwards ? cell.up : cell.down, cell.order);
    for (const cell of row) {
      const { beside } = cell;
      if (beside !== null && beside.layer === cell.layer && !(downwards ? cell.up : cell.down).length) cell.median = beside.median + 0.01;
    }
    row.sort((a, b) => a.median - b.median || a.order - b.order);
    number(row);
  }
}

function median(cells, otherwise) {
  if (cells.length < 2) return cells.length ? cells[0].order : otherwise;
  const orders = cells.map((cell) => cell.order).sort((a, b) => a - b), middle = orders.length >> 1;
  return orders.length % 2 ? orders[middle] : (orders[middle - 1] + orders[middle]) / 2;
}

function apart(a, b, gap) {
  return (a.width + b.width) / 2 + (a.net >= 0 && b.net >= 0 ? LINES_APART : gap);
}

/** Gives the width: that of the widest layer when it is packed. */
function coordinates(rows, gap) {
  let width = 0;
  for (const row of rows) {
    row.forEach((cell, index) => (cell.offset = index ? row[index - 1].offset + apart(row[index - 1], cell, gap) : 0));
    for (const cell of row) cell.x = cell.offset + row[0].width / 2;
    if (row.length) width = Math.max(width, row[row.length - 1].x + row[row.length - 1].width / 2);
  }
  for (const row of rows) { // begin in the middle
    if (!row.length) continue;
    const last = row[row.length - 1], move = (width - last.x - last.width / 2) / 2;
    for (const cell of row) cell.x += move;
  }
  for (let round = 0; round < ROUNDS; round++) {
    const down = round % 2 === 0;
    const side = round === ROUNDS - 1 ? 0 : down ? -1 : 1;
    for (let at = 0; at < rows.length; at++) settle(rows[down ? at : rows.length - 1 - at], width, side, gap);
  }
  return width;
}

/** Moves the cells of a row to where those above (-1), below (1) or both (0) want them. */
function settle(row, width, side, gap) {
  const places = [], weights = [], offsets = [];
  for (const cell of row) {
    let sum = 0, weight = 0;
    for (const others of [side <= 0 ? cell.up : [], side >= 0 ? cell.down : []])
      for (const other of others) {
        const share = other.net < 0 ? (cell.net < 0 ? 1 : 2) : cell.net < 0 ? 2 : 8; // long edges want to be straight
        sum += share * other.x;
        weight += share;
      }
    if (cell.beside !== null) {
      sum += cell.beside.x + apart(cell.beside, cell, gap);
      weight += 1;
    }
    places.push(weight ? sum / weight : cell.x);
    weights.push(weight || 0.2);
    offsets.push(cell.offset);
  }
  if (!row.length) return;
  const last = row[row.length - 1];
  const found = spread(places, weights, offsets, row[0].width / 2, width - last.width / 2 - last.offset);
  for (let index = 0; index < row.length; index++) row[index].x = found[index];
}

/** Numbers next to `places` that are as far apart as `offsets` and, less these, between low and high: least squares, by
 * pooling adjacent violators. */
export function spread(places, weights, offsets, low, high) {
  const sums = [], masses = [], ends = [];
  for (let index = 0; index < places.length; index++) {
    let sum = (places[index] - offsets[index]) * weights[index], mass = weights[index];
    while (sums.length && sums[sums.length - 1] / masses[masses.length - 1] > sum / mass) {
      sum += sums.pop();
      mass += masses.pop();
      ends.pop();
    }
    sums.push(sum);
    masses.push(mass);
    ends.push(index + 1);
  }
  const found = [];
  for (let pool = 0; pool < sums.length; pool++) {
    const place = Math.max(low, Math.min(high, sums[pool] / masses[pool]));
    while (found.length < ends[pool]) found.push(place + offsets[found.length]);
  }
  return found;
}

/** Puts dummies of a net below each other, as far down as there is a place that is free in all layers. */
function straighten(chain, rows, gap, width) {
  let run = [], low = 0, high = 0, sum = 0;
  const place = () => {
    const x = Math.floor(Math.max(low, Math.min(high, sum / run.length)) + 0.5);
    for (const cell of run) cell.x = x;
  };
  for (const cell of chain) {
    const row = rows[cell.layer];
    const left = cell.order > 0 ? row[cell.order - 1] : null, right = cell.order + 1 < row.length ? row[cell.order + 1] : null;
    const least = left === null ? 0 : Math.ceil(left.x + apart(left, cell, gap)), most = right === null ? width : Math.floor(right.x - apart(cell, right, gap));
    if (run.length && Math.max(low, least) <= Math.min(high, most)) {
      low = Math.max(low, least);
      high = Math.min(high, most);
    } else {
      if (run.length) place();
      run = [];
      low = least;
      high = most;
      sum = 0;
    }
    run.push(cell);
    sum += cell.x;
  }
  if (run.length) place();
}
