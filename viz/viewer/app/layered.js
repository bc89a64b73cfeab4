// A layered layout (Sugiyama): layers by longest path, dummies on long edges, few median sweeps from a given order, and
// coordinates by isotonic regression, which keeps that order and the distances and is linear.

const SWEEPS = 4;

/** items: [{id, width, height, hint}], edges: [[from, to]] of an acyclic graph, by id.
 * Gives {positions: Map id -> {x, y} (centre, top), routes: one array of [x, y] points an edge, width, height}. */
export function layered(items, edges, { gapX = 24, gapY = 40, dummyWidth = 10, mostDummies = 4000 } = {}) {
  const byId = new Map(items.map((item) => [item.id, { ...item, up: [], down: [], layer: 0, x: 0, dummy: false }]));
  const usable = edges.map(([from, to]) => (from !== to && byId.has(from) && byId.has(to) ? [byId.get(from), byId.get(to)] : null));
  const layers = assignLayers([...byId.values()], usable.filter(Boolean));
  const span = usable.reduce((sum, edge) => sum + (edge ? Math.max(edge[1].layer - edge[0].layer - 1, 0) : 0), 0);
  const chains = usable.map((edge) => (edge ? chain(edge, layers, span <= mostDummies, dummyWidth) : null));
  layers.forEach((layer) => layer.sort((a, b) => (a.hint ?? 0) - (b.hint ?? 0)));
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) reorder(layers, sweep % 2 === 0);
  coordinates(layers, gapX);
  let y = 0;
  for (const layer of layers) {
    const height = Math.max(0, ...layer.map((item) => item.height));
    for (const item of layer) item.y = y;
    layer.height = height;
    y += height + gapY;
  }
  const left = Math.min(0, ...layers.flat().map((item) => item.x - item.width / 2));
  let width = 0;
  for (const item of layers.flat()) {
    item.x -= left;
    width = Math.max(width, item.x + item.width / 2);
  }
  const positions = new Map();
  for (const item of byId.values()) positions.set(item.id, { x: item.x, y: item.y, layer: item.layer });
  const routes = chains.map((items) => (items ? items.filter((item) => item.dummy).flatMap((item) => [[item.x, item.y], [item.x, item.y + layers[item.layer].height]]) : []));
  return { positions, routes, width, height: Math.max(0, y - gapY) };
}

function assignLayers(items, edges) {
  const waiting = new Map(items.map((item) => [item, 0]));
  const next = new Map(items.map((item) => [item, []]));
  for (const [from, to] of edges) {
    waiting.set(to, waiting.get(to) + 1);
    next.get(from).push(to);
  }
  const ready = items.filter((item) => !waiting.get(item));
  for (let at = 0; at < ready.length; at++)
    for (const to of next.get(ready[at])) {
      to.layer = Math.max(to.layer, ready[at].layer + 1);
      waiting.set(to, waiting.get(to) - 1);
      if (!waiting.get(to)) ready.push(to);
    }
  const layers = [];
  for (const item of items) {
    while (layers.length <= item.layer) layers.push([]);
    layers[item.layer].push(item);
  }
  return layers;
}

function chain([from, to], layers, dummies, width) {
  const items = [from];
  let last = from;
  const step = to.layer - from.layer;
  if (step <= 0) return [from, to];
  if (dummies)
    for (let layer = from.layer + 1; layer < to.layer; layer++) {
      const share = (layer - from.layer) / step;
      const hint = (from.hint ?? 0) * (1 - share) + (to.hint ?? 0) * share;
      const dummy = { up: [last], down: [], layer, x: 0, width, height: 0, dummy: true, hint };
      last.down.push(dummy);
      layers[layer].push(dummy);
      items.push(dummy);
      last = dummy;
    }
  last.down.push(to);
  to.up.push(last);
  items.push(to);
  return items;
}

function number(layer) {
  layer.forEach((item, index) => (item.order = index));
}

function reorder(layers, downwards) {
  const sequence = downwards ? layers : [...layers].reverse();
  for (const layer of sequence) {
    for (const item of layer) {
      const near = (downwards ? item.up : item.down).map((other) => other.order).sort((a, b) => a - b);
      const middle = near.length >> 1;
      item.median = !near.length ? item.order : near.length % 2 ? near[middle] : (near[middle - 1] + near[middle]) / 2;
    }
    layer.sort((a, b) => a.median - b.median || a.order - b.order);
    number(layer);
  }
}

function coordinates(layers, gap) {
  for (const layer of layers) {
    let x = 0;
    for (const item of layer) {
      item.x = x + item.width / 2;
      x += item.width + gap;
    }
  }
  const rounds = 10;
  for (let round = 0; round < rounds; round++) {
    const down = round % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) settle(layer, gap, (item) => wanted(item, round === rounds - 1 ? null : down));
  }
}

function wanted(item, down) {
  const near = down === null ? [...item.up, ...item.down] : down ? item.up : item.down;
  if (!near.length) return [item.x, 0.2];
  let sum = 0, weight = 0;
  for (const other of near) {
    const share = other.dummy && item.dummy ? 8 : other.dummy || item.dummy ? 2 : 1; // long edges want to be straight
    sum += share * other.x;
    weight += share;
  }
  return [sum / weight, weight];
}

/** Least squares under "in this order, so far apart": pool adjacent violators. */
function settle(layer, gap, target) {
  let offset = 0;
  const pools = [];
  layer.forEach((item, index) => {
    if (index) offset += (layer[index - 1].width + item.width) / 2 + gap;
    item.offset = offset;
    const [x, weight] = target(item);
    pools.push({ sum: (x - offset) * weight, weight, count: 1 });
    while (pools.length > 1) {
      const [a, b] = pools.slice(-2);
      if (a.sum / a.weight <= b.sum / b.weight) break;
      pools.pop();
      pools[pools.length - 1] = { sum: a.sum + b.sum, weight: a.weight + b.weight, count: a.count + b.count };
    }
  });
  let at = 0;
  for (const pool of pools) for (let k = 0; k < pool.count; k++, at++) layer[at].x = pool.sum / pool.weight + layer[at].offset;
}
