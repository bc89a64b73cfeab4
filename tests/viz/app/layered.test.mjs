import assert from "node:assert/strict";
import test from "node:test";

const { layered } = await import(new URL("../../../viz/viewer/app/layered.js", import.meta.url));

function random(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

function graph(size, seed) {
  const next = random(seed), items = [], edges = [];
  for (let id = 0; id < size; id++) {
    items.push({ id, width: 20 + Math.floor(next() * 100), height: 20 + Math.floor(next() * 60), hint: id });
    for (let k = 0; k < 2 && id; k++) edges.push([Math.floor(next() * id), id]);
  }
  return { items, edges };
}

test("nothing overlaps, and edges lead down", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { items, edges } = graph(60, seed);
    const { positions, width, height } = layered(items, edges);
    const boxes = items.map((item) => ({ ...item, ...positions.get(item.id) }));
    for (const a of boxes) {
      assert.ok(a.x - a.width / 2 >= -1e-6 && a.x + a.width / 2 <= width + 1e-6 && a.y + a.height <= height + 1e-6);
      for (const b of boxes) {
        const apart = a === b || a.x + a.width / 2 <= b.x - b.width / 2 + 1e-6 || b.x + b.width / 2 <= a.x - a.width / 2 + 1e-6 || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, `${a.id} and ${b.id} overlap`);
      }
    }
    for (const [from, to] of edges) assert.ok(positions.get(from).y < positions.get(to).y);
  }
});

test("a cycle does no harm", () => {
  const items = [0, 1, 2].map((id) => ({ id, width: 10, height: 10 }));
  const { positions } = layered(items, [[0, 1], [1, 2], [2, 1], [1, 1]]);
  assert.equal(positions.size, 3);
});

test("a new node turns little else around", () => {
  let pairs = 0, turned = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const { items, edges } = graph(40, seed);
    const before = layered(items, edges).positions;
    const after = layered([...items, { id: 99, width: 40, height: 20, hint: 40 }], [...edges, [seed, 99]]).positions;
    for (const a of items)
      for (const b of items) {
        if (a.id >= b.id || before.get(a.id).layer !== before.get(b.id).layer) continue;
        pairs++;
        turned += before.get(a.id).x < before.get(b.id).x !== after.get(a.id).x < after.get(b.id).x;
      }
  }
  assert.ok(turned < pairs * 0.08, `${turned} of ${pairs} pairs`);
});

test("a layout depends on nothing but the graph", () => {
  const { items, edges } = graph(60, 5);
  assert.deepEqual([...layered(items, edges).positions], [...layered(items, edges).positions]);
});

test("time grows about linearly", () => {
  const time = (size) => {
    const { items, edges } = graph(size, 3), start = performance.now();
    layered(items, edges, { mostDummies: 1500 });
    return performance.now() - start;
  };
  time(1000);
  assert.ok(time(10_000) < 3000);
});
