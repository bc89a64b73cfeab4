import assert from "node:assert/strict";
import test from "node:test";

const app = (name) => import(new URL(`../../../viz/viewer/app/${name}`, import.meta.url));
const { blockLayout } = await app("blocklayout.js");
const { seaLayout } = await app("sealayout.js");
const { loopsOf } = await app("layers.js");

function random(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

/** near: edges are short, as between blocks. */
function graph(size, seed, near = false) {
  const next = random(seed), sizes = [], edges = [];
  for (let id = 0; id < size; id++) {
    sizes.push([20 + Math.floor(next() * 100), 20 + Math.floor(next() * 60)]);
    for (let k = 0; k < 2 && id; k++) edges.push([near ? Math.max(0, id - 1 - Math.floor(next() * next() * 12)) : Math.floor(next() * id), id]);
  }
  return { sizes, edges: [...new Map(edges.map((edge) => [edge.join(), edge])).values()] };
}

const boxesOf = (sizes, places) => sizes.map(([width, height], index) => ({ x: places[index][0], y: places[index][1], width, height }));
const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

test("in the sea nothing overlaps, and edges lead down past the boxes", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { sizes, edges } = graph(60, seed);
    const { places, routes, width, height } = seaLayout({ sizes, edges });
    const boxes = boxesOf(sizes, places);
    for (const a of boxes) {
      assert.ok(a.x >= -1 && a.x + a.width <= width + 1 && a.y + a.height <= height);
      for (const b of boxes) assert.ok(a === b || apart(a, b));
    }
    edges.forEach(([from, to], index) => {
      assert.ok(places[from][1] < places[to][1]);
      for (const [x, y] of routes[index]) for (const box of boxes) assert.ok(x <= box.x || x >= box.x + box.width || y < box.y || y > box.y + box.height);
    });
  }
});

test("layers that are given stay, in the order that is given", () => {
  const sizes = [[30, 20], [90, 20], [50, 20], [70, 20]];
  const { places, routes } = seaLayout({ sizes, edges: [[0, 3], [1, 3], [2, 3], [3, 1]], layers: [0, 0, 0, 1], sweeps: 0 });
  assert.deepEqual(places.slice(0, 3).map((place) => place[1]), [0, 0, 0]);
  assert.ok(places[0][0] < places[1][0] && places[1][0] < places[2][0]);
  assert.deepEqual(routes, [[], [], [], null], "what leads up has no route");
});

test("a cycle does no harm", () => {
  const { places } = seaLayout({ sizes: [[10, 10], [10, 10], [10, 10]], edges: [[0, 1], [1, 2], [2, 1], [1, 1]] });
  assert.equal(places.length, 3);
});

test("what is new turns little else around", () => {
  const blocks = ({ sizes, edges }) => blockLayout({ sizes, edges: edges.map(([from, to]) => [from, to, false, 0]) });
  for (const [lay, near, most] of [[seaLayout, false, 0.08], [blocks, true, 0.03]]) {
    let pairs = 0, turned = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const { sizes, edges } = graph(40, seed, near);
      const before = lay({ sizes, edges }).places, after = lay({ sizes: [...sizes, [40, 20]], edges: [...edges, [seed, 40]] }).places;
      for (let a = 0; a < sizes.length; a++)
        for (let b = 0; b < a; b++) {
          if (before[a][1] !== before[b][1]) continue;
          pairs++;
          turned += before[a][0] < before[b][0] !== after[a][0] < after[b][0];
        }
    }
    assert.ok(turned < pairs * most, `${turned} of ${pairs} pairs`);
  }
});

test("loops in loops", () => {
  // 0 -> 1 (loop) -> 2 (loop) -> 3 -> 2, 3 -> 4 -> 1, 4 -> 5
  const { home, outer } = loopsOf(6, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]], [[3, 2], [4, 1]]);
  assert.deepEqual(home, [-1, 1, 2, 2, 1, -1]);
  assert.deepEqual(outer, [-1, -1, 1, -1, -1, -1]);
});

test("what leaves a loop is below all of it, and the way back is beside it", () => {
  const sizes = [0, 1, 2, 3, 4, 5].map(() => [100, 40]);
  // The loop 1, 2, 3, 4; 5 follows 1.
  const edges = [[0, 1, false, 0], [1, 2, false, 20], [1, 5, false, 20], [2, 3, false, 0], [3, 4, false, 0], [4, 1, true, 0]];
  const { places, routes } = blockLayout({ sizes, edges });
  assert.ok(places[5][1] > places[4][1] + 40);
  const back = routes[5], lane = back[2][0];
  for (const block of [1, 2, 3, 4]) assert.ok(lane > places[block][0] + 100 || lane < places[block][0]);
  assert.ok(back[0][1] > back.at(-1)[1] && back.at(-2)[1] < back.at(-1)[1], "up, and in from above");
});

test("a wide switch has its arms in rows", () => {
  const count = 200, sizes = [[300, 3000]], edges = [];
  for (let arm = 1; arm <= count; arm++) {
    sizes.push([300, 60]);
    edges.push([0, arm, false, 20]);
  }
  const { width, places } = blockLayout({ sizes, edges });
  assert.ok(width < 8000, `${width} pixels`);
  assert.ok(new Set(places.map((place) => place[1])).size > 8);
});

test("what leaves a loop at many places is in rows, too", () => {
  const count = 100, sizes = [[200, 60]], edges = [];
  for (let at = 1; at <= 2 * count; at++) sizes.push([200, 60]); // the loop 1 to 100, then its exits
  for (let at = 0; at < count; at++) edges.push([at, at + 1, false, 29], [at, count + at + 1, false, 24]);
  edges.push([count, 1, true, 0]);
  const { width, places } = blockLayout({ sizes, edges });
  assert.ok(width < 4500, `${width} pixels`);
  for (let at = 2; at <= count; at++) assert.ok(places[count + at][1] > places[count][1], "below the loop");
});

test("edges to one block are one line", () => {
  const count = 60, sizes = [], edges = [];
  for (let at = 0; at <= count + 1; at++) sizes.push([200, 60]);
  for (let at = 0; at < count; at++) edges.push([at, at + 1, false, 20], [at, count + 1, false, 20]);
  const { width } = blockLayout({ sizes, edges });
  assert.ok(width < 1000, `${width} pixels`);
});

test("time grows about linearly", () => {
  const { sizes, edges } = graph(12_000, 3, true), given = { sizes, edges: edges.map(([from, to]) => [from, to, false, 0]) };
  for (const lay of [seaLayout, blockLayout]) {
    const start = process.cpuUsage();
    lay(given);
    const seconds = process.cpuUsage(start).user / 1e6;
    assert.ok(seconds < 6, `${seconds} s`); // on a quiet machine a quarter of a second; something for each pair takes longer
  }
});

test("with a memory of other heights the layout of blocks is the same", () => {
  const memory = new Map();
  for (let seed = 1; seed <= 6; seed++) {
    const { sizes, edges } = graph(50, seed, true), next = random(seed + 50);
    const all = edges.map(([from, to], index) => [from, to, false, index % 3 ? 0 : 20]);
    for (let turn = 0; turn < 4; turn++) {
      const work = { sizes: sizes.map(([width]) => [width, 20 + Math.floor(next() * 90)]), edges: all };
      assert.deepEqual(blockLayout(work, memory), blockLayout(work));
    }
  }
  assert.ok(memory.size >= 6 && memory.size <= 8);
});
