// Routes of bundled edges between cards: straight down through the layers, across in the channels between them, where
// each net has a track. `layout/routes.py` is the same in Python.

import { spread } from "./layered.js";
import { listsOf } from "./layers.js";

const ABOVE = 17; // pixels of a channel above its tracks: names of ways stand there
const BELOW = 22; // and below: arrows, and values of switches
const TRACK = 8;
const NARROWEST = 44;
const CORNER = 14; // from a card's corner to its ports
const APART = 12; // ports, and a port from the name beside another

/** Ports and tracks of what `arranged` gave: all of the routes that does not depend on heights. */
export function planned({ cells, rows, chains }, nets) {
  const ports = portsOf(cells, chains, nets);
  const channels = channelsOf(cells, chains, nets, ports, rows.length);
  const tracks = nets.map(() => new Map()), counts = channels.map((channel, index) => allot(channel, index, tracks));
  return { ports, channels, tracks, counts };
}

/** What `arranged` and `planned` gave, with a place for all: {tops: y of each layer, height, routes: of each net a list of
 * points for each edge (null where there are too many dummies)}. Points are joined by vertical and horizontal lines. */
export function routed({ cells, rows, chains }, nets, { ports, channels, tracks, counts }) {
  const tops = [], floors = []; // floors: the lower edge of the channel above a layer; the last of that below all
  let y = channels[0].length ? Math.max(NARROWEST, ABOVE + BELOW + (counts[0] - 1) * TRACK) : 0;
  rows.forEach((row, layer) => {
    floors.push(y);
    tops.push(y);
    for (const cell of row) y = Math.max(y, tops[layer] + cell.height);
    const last = layer === rows.length - 1;
    if (!last || channels[layer + 1].length) y += Math.max(NARROWEST, ABOVE + BELOW + (counts[layer + 1] - 1) * TRACK);
  });
  floors.push(y);
  const across = (net, channel) => floors[channel] - BELOW - tracks[net].get(channel) * TRACK;
  const routes = nets.map((net, index) => net.edges.map((edge) => (chains[index] === null ? null : route(net.back, index, edge, cells, chains[index], ports, tops, across))));
  return { tops, height: y, routes };
}

function route(back, net, [source, target], cells, chain, ports, tops, across) {
  const from = cells[source], to = cells[target];
  let x = ports.out.get(net)[source];
  const points = [[x, tops[from.layer] + from.height]];
  const go = (next, channel) => {
    if (next === x) return;
    const y = across(net, channel);
    points.push([x, y], [next, y]);
    x = next;
  };
  const end = ports.in.get(net)[target];
  if (back) {
    go(chain.cells[from.layer - chain.first].x, from.layer + 1);
    for (let layer = from.layer; layer > to.layer; layer--) go(chain.cells[layer - 1 - chain.first].x, layer);
    go(end, to.layer);
  } else {
    for (let layer = from.layer + 1; layer < to.layer; layer++) go(chain.cells[layer - chain.first].x, layer);
    go(end, to.layer);
  }
  points.push([end, tops[to.layer]]);
  return points;
}

/** {out, in}: of each net the x where it leaves a card, and where it comes to one, by the index of the card. */
function portsOf(cells, chains, nets) {
  const outs = listsOf(cells.length), ins = listsOf(cells.length);
  nets.forEach((net, index) => {
    const chain = chains[index];
    if (chain === null) return;
    const seen = new Set();
    for (const [source, target, room] of net.edges) {
      const from = cells[source], to = cells[target];
      if (seen.has(source)) continue;
      seen.add(source);
      let want = [from.x, 1];
      if (net.back) want = [chain.cells[from.layer - chain.first].x, 4];
      else if (net.fan) want = [from.x, 4];
      else if (to.layer > from.layer + 1) want = [chain.cells[from.layer + 1 - chain.first].x, 4];
      else want = [to.x, 1];
      outs[source].push({ net: index, want, room: net.fan ? 0 : room });
    }
  });
  const found = { out: settled(outs, cells), in: new Map() };
  nets.forEach((net, index) => {
    const chain = chains[index];
    if (chain === null) return;
    const sums = new Map();
    for (const [source, target, room] of net.edges) {
      const from = cells[source], to = cells[target];
      if (!sums.has(target)) sums.set(target, [0, 0, net.fan ? room : 0]);
      const sum = sums.get(target);
      const near = net.back ? 4 : to.layer > from.layer + 1 ? 4 : 1;
      sum[0] += near * (net.back ? chain.cells[0].x : near > 1 ? chain.cells[to.layer - 1 - chain.first].x : found.out.get(index)[source]);
      sum[1] += near;
    }
    for (const [target, [sum, weight, room]] of sums) ins[target].push({ net: index, want: [sum / weight, weight], room });
  });
  found.in = settled(ins, cells);
  return found;
}

/** Ports in the order of what they lead to, close to that; `room` is for the name beside one. */
function settled(lists, cells) {
  const found = new Map();
  lists.forEach((list, index) => {
    if (!list.length) return;
    list.sort((a, b) => a.want[0] - b.want[0] || a.net - b.net);
    const { x, width } = cells[index], low = x - width / 2 + CORNER;
    let high = x + width / 2 - CORNER, offsets = [], at = 0;
    for (const port of list) {
      offsets.push(at);
      at += APART + port.room;
    }
    high -= list[list.length - 1].room;
    const last = offsets[offsets.length - 1];
    if (last > high - low) offsets = offsets.map((offset) => (offset * Math.max(0, high - low)) / last);
    const places = spread(list.map((port) => port.want[0]), list.map((port) => port.want[1]), offsets, low, Math.max(low, high - offsets[offsets.length - 1]));
    list.forEach((port, order) => {
      if (!found.has(port.net)) found.set(port.net, {});
      found.get(port.net)[index] = Math.floor(places[order] + 0.5);
    });
  });
  return found;
}

/** What crosses each channel, the first being above the first layer: {net, low, high, lean (to the right)}. */
function channelsOf(cells, chains, nets, ports, depth) {
  const channels = listsOf(depth + 1);
  nets.forEach((net, index) => {
    const chain = chains[index];
    if (chain === null) return;
    const pins = new Map(), turns = new Set();
    const pin = (channel, side, x) => {
      if (!pins.has(channel)) pins.set(channel, [[], []]);
      pins.get(channel)[side].push(x);
    };
    const out = ports.out.get(index), into = ports.in.get(index);
    for (const [source, target] of net.edges) {
      pin(cells[source].layer + 1, 0, out[source]);
      pin(cells[target].layer, 1, into[target]);
      if (net.back) turns.add(cells[source].layer + 1).add(cells[target].layer);
    }
    for (const cell of chain.cells) {
      pin(cell.layer + 1, 0, cell.x);
      pin(cell.layer, 1, cell.x);
    }
    for (const [channel, [above, below]] of pins) {
      const low = Math.min(...above, ...below), high = Math.max(...above, ...below);
      if (low < high || turns.has(channel)) channels[channel].push({ net: index, low, high, lean: net.back ? 1 : mean(below) - mean(above) });
    }
  });
  return channels;
}

function mean(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length ? sum / values.length : 0;
}

/** Gives each net that crosses a channel a track, counted from below, so that few cross; returns how many there are. */
function allot(channel, index, tracks) {
  const right = channel.filter((one) => one.lean >= 0).sort((a, b) => a.low - b.low || a.high - b.high || a.net - b.net);
  const left = channel.filter((one) => one.lean < 0).sort((a, b) => b.high - a.high || b.low - a.low || a.net - b.net);
  const taken = [];
  for (const { net, low, high } of [...right, ...left]) {
    let track = 0;
    while (track < taken.length && taken[track].some(([start, end]) => start < high + TRACK && end > low - TRACK)) track++;
    if (track === taken.length) taken.push([]);
    taken[track].push([low, high]);
    tracks[net].set(index, track);
  }
  return taken.length;
}
