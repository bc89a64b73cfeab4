// Two pictures that move together: what corresponds stays at the same height.

/** Lets `other` show what `view` shows. counterpart: id in `view` -> id in `other`. */
export function follow(view, other, counterpart) {
  if (!view.scene || !other.scene || !view.width || !other.width) return;
  other.scale = view.scale;
  const anchor = anchorOf(view, other, counterpart);
  if (anchor === null) return other.draw();
  const from = view.centre(anchor), to = other.centre(counterpart(anchor));
  other.x = to.x - (from.x - view.x);
  other.y = to.y - (from.y - view.y);
  return other.draw();
}

/** The selected node, else the one that it was, else the one nearest to the middle: in sight, and in both. */
function anchorOf(view, other, counterpart) {
  const seen = view.view();
  const usable = (id) => {
    const at = view.centre(id);
    return at && at.x >= seen.x && at.x <= seen.x + seen.width && at.y >= seen.y && at.y <= seen.y + seen.height && other.scene.place.has(counterpart(id));
  };
  for (const id of [...view.look.focus, view.linkedBy ?? -1])
    if (usable(id)) {
      view.linkedBy = id;
      return id;
    }
  const x = seen.x + seen.width / 2, y = seen.y + seen.height / 2;
  let best = null, least = Infinity;
  for (const id of view.scene.place.keys()) {
    const at = view.centre(id), far = Math.abs(at.x - x) + Math.abs(at.y - y);
    if (far < least && usable(id)) [best, least] = [id, far];
  }
  view.linkedBy = best;
  return best;
}
