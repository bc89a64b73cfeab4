// The part of a long line that is in sight: drawing all of a dashed curve of 100,000 pixels takes a second.

const SPARE = 80; // beyond the view's edge, so that no end is seen

/** A cubic curve from (x0, y0) down to (x3, y3), given as [x0, y0, ... x3, y3] with y growing along it: the part between
 * the view's upper and lower edge, or null if that is beside it. */
export function clipCurve(curve, view) {
  const top = view.y - SPARE, bottom = view.y + view.height + SPARE;
  if (curve[7] < top || curve[1] > bottom) return null;
  let part = curve;
  if (part[7] > bottom) part = divide(part, at(part, bottom))[0];
  if (part[1] < top) part = divide(part, at(part, top))[1];
  const left = Math.min(part[0], part[2], part[4], part[6]), right = Math.max(part[0], part[2], part[4], part[6]);
  return right < view.x - SPARE || left > view.x + view.width + SPARE ? null : part;
}

/** Points of a line of vertical and horizontal pieces, moved to just outside the view where they are further away; null
 * if nothing of it is in sight. */
export function clipSteps(points, view) {
  const left = view.x - SPARE, right = view.x + view.width + SPARE, top = view.y - SPARE, bottom = view.y + view.height + SPARE;
  const found = points.map(([x, y]) => [Math.min(Math.max(x, left), right), Math.min(Math.max(y, top), bottom)]);
  const outside = (index, edge) => found.every((point) => point[index] === edge);
  return outside(0, left) || outside(0, right) || outside(1, top) || outside(1, bottom) ? null : found;
}

/** Where on the curve y is so much. */
function at([, y0, , y1, , y2, , y3], y) {
  let low = 0, high = 1;
  for (let round = 0; round < 18; round++) {
    const t = (low + high) / 2, s = 1 - t;
    if (s * s * s * y0 + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t * t * t * y3 < y) low = t;
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
