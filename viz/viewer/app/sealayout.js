// The layout of boxes and all edges: what uses a value stands below it. Edges that would lead up are left to be drawn
// beside; the others lead past the boxes.

import { arranged } from "./layered.js";
import { longestPaths } from "./layers.js";

const BOX_GAP = 16;
const CHANNEL = 46;

/** sizes: [width, height] of the boxes; edges: [from, to] by index; layers: of each box, or null: as deep as the longest
 * way there; sweeps: how often boxes may change places, 0 for the order that they come in.
 * Gives {places: [left, top], routes: points between the boxes of each edge, or null where it leads up, width, height}. */
export function seaLayout({ sizes, edges, layers, sweeps = 5 }) {
  const found = layers ?? lowered(sizes.length, edges);
  const nets = [], known = new Map();
  const netOf = edges.map(([from, to]) => {
    if (found[from] >= found[to]) return null;
    if (!known.has(from)) {
      known.set(from, nets.length);
      nets.push({ edges: [], back: false });
    }
    nets[known.get(from)].edges.push([from, to]);
    return known.get(from);
  });
  const items = sizes.map(([width, height], index) => ({ width, height, hint: index }));
  const { cells, rows, chains, width } = arranged({ items, nets, layers: found, sweeps, gapX: BOX_GAP });
  const tops = [], heights = rows.map((row) => row.reduce((most, cell) => Math.max(most, cell.height), 0));
  let y = 0;
  for (const height of heights) {
    tops.push(y);
    y += height + CHANNEL;
  }
  const route = (net, from, to) => {
    if (net === null || chains[net] === null) return null;
    const { first, cells: chain } = chains[net], points = [];
    for (let layer = found[from] + 1; layer < found[to]; layer++) {
      const { x } = chain[layer - first], below = tops[layer] + heights[layer], last = points.at(-1);
      if (last?.[0] === x) last[1] = below; // straight down: an edge past 5,000 layers needs no 10,000 points
      else points.push([x, tops[layer]], [x, below]);
    }
    return points;
  };
  return {
    places: sizes.map((size, index) => [Math.floor(cells[index].x - size[0] / 2), tops[found[index]]]),
    routes: edges.map(([from, to], index) => route(netOf[index], from, to)), width, height: Math.max(0, y - CHANNEL),
  };
}

/** Layers by longest path, but what needs nothing stands just above the first that uses it. */
function lowered(count, edges) {
  const layers = longestPaths(count, edges.filter(([from, to]) => from !== to).map(([from, to]) => [from, to, 1]));
  const least = new Array(count).fill(Infinity), roots = new Array(count).fill(true);
  for (const [from, to] of edges) {
    if (layers[to] > layers[from]) {
      roots[to] = false;
      least[from] = Math.min(least[from], layers[to]);
    }
  }
  return layers.map((layer, index) => (roots[index] && least[index] < Infinity ? least[index] - 1 : layer));
}
