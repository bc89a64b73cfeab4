// The part of a long line that is in sight: drawing all of a dashed curve of 100,000 pixels takes a second.

const SPARE = 80; // beyond the view's edge, so that no end is seen

/** A cubic curve from (x0, y0) to (x3, y3), given as [x0, y0, ... x3, y3], along which x grows or falls, and y as well:
 * the part in sight, or null if all of it is beside the view. */
export function clipCurve(curve, view) {
  const part = within(curve, 1, view.y - SPARE, view.y + view.height + SPARE);
  return part && within(part, 0, view.x - SPARE, view.x + view.width + SPARE);
}

/** The part of a curve whose x (axis 0) or y (1) is within limits, or null. */
function within(curve, axis, low, high) {
  const first = curve[axis], last = curve[6 + axis];
  if (Math.max(first, last) < low || Math.min(first, last) > high) return null;
  let part = curve;
  const end = last > high ? high : last < low ? low : last, start = first > high ? high : first < low ? low : first;
  if (end !== last) part = divide(part, at(part, axis, end))[0];
  if (start !== first) part = divide(part, at(part, axis, start))[1];
  return part;
}

/** Points of a line of vertical and horizontal pieces, moved to just outside the view where they are further away; null
 * if nothing of it is in sight. */
export function clipSteps(points, view) {
  const left = view.x - SPARE, right = view.x + view.width + SPARE, top = view.y - SPARE, bottom = view.y + view.height + SPARE;
  const found = points.map(([x, y]) => [Math.min(Math.max(x, left), right), Math.min(Math.max(y, top), bottom)]);
  const outside = (index, edge) => found.every((point) => point[index] === edge);
  return outside(0, left) || outside(0, right) || outside(1, top) || outside(1, bottom) ? null : found;
}

/** Where on the curve x or y is so much. */
function at(curve, axis, value) {
  const a = curve[axis], b = curve[2 + axis], c = curve[4 + axis], d = curve[6 + axis], rising = d > a;
  let low = 0, high = 1;
  for (let round = 0; round < 18; round++) {
    const t = (low + high) / 2, s = 1 - t;
    if (s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d < value === rising) low = t;
    else high = t;
  }
  return (low + high) / 2;
}

/** De Casteljau: the curve before t, and after. */
function divide([x0, y0, x1, y1, x2, y2, x3, y3], t) {
  const mix = (a, b) => a + (b - a) * t;
  const xa = mix(x0, x1), ya = mix(y0, y1), xb = mix(x1, x2), yb = mix(y1, y2), xc = mix(x2, x3), yc = mix(y2, y3);
  const xd = mix(xa, xb), yd = mix(ya, yb), xe = mix(xb, xc), ye = mix(yb, yc);
  const x = mix(xd, xe), y = mix(yd, ye);
  return [[x0, y0, xa, ya, xd, yd, x, y], [x, y, xe, ye, xc, yc, x3, y3]];
}
