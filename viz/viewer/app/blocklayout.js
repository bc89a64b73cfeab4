// The layout of blocks: layers, order, columns and routes. It depends on sizes and edges alone, so that a picture stays as
// it was. `layout/blocks.py` is the same in Python; a test compares the two.

import { arranged } from "./layered.js";
import { blockLayers } from "./layers.js";
import { planned, routed } from "./routes.js";

const GAP = 36; // pixels between cards of a layer
const NARROW = 2400; // pixels that the rows of a switch's arms may always take
const SHAPE = 1.8; // and this times the side of a square with the area of all cards
const FAN = 4; // edges of one block from which on they leave it together
const REMEMBERED = 8; // arrangements

/** sizes: [width, height] of the cards, in reverse post order; edges: [from, to, is it one back to a loop?,
 * pixels for its name].
 * Gives {places: [left, top] of each card, routes: the points of each edge or null, width, height}. memory: a Map, where
 * blocks may be laid out again that differ in heights only, as after many steps: columns and tracks are the same. */
export function blockLayout({ sizes, edges }, memory = new Map()) {
  const fans = new Array(sizes.length).fill(0);
  for (const [from, , back] of edges) if (!back) fans[from]++;
  const wide = sizes.map((_, index) => index).filter((index) => fans[index] >= FAN);
  const forward = edges.filter((edge) => !edge[2]), backward = edges.filter((edge) => edge[2]);
  let area = 0;
  for (const [width, height] of sizes) area += width * height;
  const limit = Math.max(NARROW, SHAPE * Math.sqrt(area));
  const layers = blockLayers(sizes.map((size) => size[0]), forward, backward, wide, limit);
  const key = JSON.stringify([sizes.map((size) => size[0]), edges, layers]);
  if (!memory.has(key)) remember(memory, key, arrange(sizes, edges, fans, layers));
  const { nets, netOf, arrangement, plan } = memory.get(key);
  sizes.forEach((size, index) => (arrangement.cells[index].height = size[1]));
  const { tops, height, routes } = routed(arrangement, nets, plan);
  const places = sizes.map((size, index) => [Math.floor(arrangement.cells[index].x - size[0] / 2), tops[layers[index]]]);
  const taken = nets.map(() => 0);
  return { places, routes: netOf.map((net) => routes[net][taken[net]++]), width: arrangement.width, height };
}

function arrange(sizes, edges, fans, layers) {
  const { nets, netOf } = bundles(edges, fans, layers);
  const items = sizes.map(([width, height], index) => ({ width, height, hint: index }));
  const arrangement = arranged({ items, nets, layers, gapX: GAP });
  return { nets, netOf, arrangement, plan: planned(arrangement, nets) };
}

function remember(memory, key, found) {
  if (memory.size >= REMEMBERED) memory.delete(memory.keys().next().value);
  memory.set(key, found);
}

/** Nets: of edges to one block, of all edges of a block with many, and of those back to a loop, which lead up. */
function bundles(edges, fans, layers) {
  const nets = [], known = new Map();
  const netOf = edges.map(([from, to, , room]) => {
    const back = layers[from] >= layers[to];
    const fan = !back && fans[from] >= FAN;
    const key = back ? `back ${to}` : fan ? `from ${from}` : `to ${to}`;
    if (!known.has(key)) {
      known.set(key, nets.length);
      nets.push({ edges: [], back, fan });
    }
    nets[known.get(key)].edges.push([from, to, room]);
    return known.get(key);
  });
  return { nets, netOf };
}
