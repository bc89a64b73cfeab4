// What is cut off a long line was out of sight.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clipCurve, clipSteps } from "../../../viz/viewer/app/clip.js";

const VIEW = { x: 100, y: 5000, width: 900, height: 600 };

function point([x0, y0, x1, y1, x2, y2, x3, y3], t) {
  const s = 1 - t, mix = (a, b, c, d) => s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
  return [mix(x0, x1, x2, x3), mix(y0, y1, y2, y3)];
}

function sights(curve) {
  const found = [];
  for (let k = 0; k <= 3000; k++) {
    const [x, y] = point(curve, k / 3000);
    if (x >= VIEW.x && x <= VIEW.x + VIEW.width && y >= VIEW.y && y <= VIEW.y + VIEW.height) found.push([x, y]);
  }
  return found;
}

test("a curve's part in sight stays where it was", () => {
  for (const [x0, y0, x3, y3] of [[200, 0, 900, 120_000], [300, 5100, 800, 90_000], [-4000, 10, 5000, 10_500], [500, 5100, 600, 5300]]) {
    const curve = [x0, y0, x0, y0 + 90, x3, y3 - 90, x3, y3];
    const part = clipCurve(curve, VIEW);
    assert.ok(part && part[7] - part[1] <= Math.min(y3 - y0, 800));
    const [before, after] = [sights(curve), sights(part)];
    assert.ok(before.length && Math.abs(before[0][0] - after[0][0]) < 40 && Math.abs(before.at(-1)[0] - after.at(-1)[0]) < 40);
    for (const [x, y] of before) assert.ok(after.some(([u, v]) => Math.abs(x - u) < 60 && Math.abs(y - v) < 60));
  }
});

test("a curve beside the view is not drawn", () => {
  assert.equal(clipCurve([2000, 0, 2000, 90, 3000, 9910, 3000, 10_000], VIEW), null);
  assert.equal(clipCurve([500, 0, 500, 90, 500, 910, 500, 1000], VIEW), null);
  assert.equal(clipCurve([9000, 0, 9000, 90, 0, 99_910, 0, 100_000], VIEW), null); // bounds meet, the curve does not
});

test("steps are cut outside the view", () => {
  const points = clipSteps([[500, 90_000], [500, 90_010], [800, 90_010], [800, 0], [300, 0], [300, 10]], VIEW);
  assert.ok(points.every(([, y]) => y >= 4900 && y <= 5700));
  assert.deepEqual(points.map(([x]) => x), [500, 500, 800, 800, 300, 300]);
  assert.equal(clipSteps([[500, 90_000], [5000, 90_010]], VIEW), null);
});
