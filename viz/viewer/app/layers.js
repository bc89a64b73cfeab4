// Layers of blocks: as deep as the longest way there, what leaves a loop below all of it, and the arms of a wide switch
// in several rows. `layout/layers.py` is the same in Python.

const ARM_GAP = 40;

/** Innermost loops of blocks that are numbered in reverse post order: {home: header or -1 of each block, outer: of each
 * header that of the next loop around it}. forward, back: [from, to] pairs. After Havlak, "Nesting of Reducible and
 * Irreducible Loops" (1997). */
export function loopsOf(count, forward, back) {
  const home = new Array(count).fill(-1), outer = new Array(count).fill(-1);
  const before = listsOf(count), latches = listsOf(count);
  for (const [from, to] of forward) before[to].push(from);
  for (const [from, to] of back) latches[to].push(from);
  for (let header = count - 1; header >= 0; header--) {
    if (!latches[header].length) continue;
    home[header] = header;
    const work = [...latches[header]];
    while (work.length) {
      let at = work.pop();
      if (at <= header) continue; // the header, or an entry beside it, in the middle of a phase
      if (home[at] < 0) home[at] = header;
      else {
        at = home[at];
        while (outer[at] >= 0) at = outer[at];
        if (at <= header) continue;
        outer[at] = header;
      }
      work.push(...before[at]);
    }
  }
  return { home, outer };
}

/** The layer of each block. widths: of the blocks; wide: those whose arms may stand in several rows, each of at most
 * `limit` pixels where arms are no wider. */
export function blockLayers(widths, forward, back, wide, limit) {
  const count = widths.length;
  const { home, outer } = loopsOf(count, forward, back);
  const isIn = (block, header) => {
    let at = home[block];
    while (at > header) at = outer[at];
    return at === header;
  };
  const rules = []; // [from, to, layers between them at least]; the end of the loop at h is count + h
  for (let block = 0; block < count; block++) {
    if (home[block] >= 0) rules.push([block, count + home[block], 0]);
    if (home[block] === block && outer[block] >= 0) rules.push([count + block, count + outer[block], 0]);
  }
  for (const [from, to] of forward) {
    rules.push([from, to, 1]);
    let left = -1;
    for (let loop = home[from]; loop >= 0 && !isIn(to, loop); loop = outer[loop]) left = loop;
    if (left >= 0) rules.push([count + left, to, 1]);
  }
  let total = 2 * count;
  for (const block of wide) {
    const rows = rowsOfArms(block, widths, forward, limit);
    for (let row = 1; row < rows.length; row++, total++) {
      for (const arm of rows[row - 1]) for (const node of arm.nodes) if (home[block] < 0 || isIn(node, home[block])) rules.push([node, total, 0]);
      for (const arm of rows[row]) rules.push([total, arm.head, 1]);
    }
  }
  return divided(longestPaths(total, rules).slice(0, count), widths, limit);
}

/** Layers that are no wider than `limit`: of a wider one the blocks, which do not depend on each other, in several. */
function divided(layers, widths, limit) {
  const rows = listsOf(Math.max(0, ...layers) + 1), found = new Array(layers.length).fill(0);
  layers.forEach((layer, block) => rows[layer].push(block));
  let layer = 0;
  for (const row of rows) {
    let width = 0;
    for (const block of row) {
      if (width > 0 && width + widths[block] > limit) {
        layer++;
        width = 0;
      }
      found[block] = layer;
      width += widths[block] + ARM_GAP;
    }
    layer++;
  }
  return found;
}

/** The arms of a switch, that is the blocks that only it leads to with all that only they lead to, in rows; short ones
 * first. */
function rowsOfArms(block, widths, forward, limit) {
  const count = widths.length;
  const before = listsOf(count), armOf = new Array(count).fill(null), depth = new Array(count).fill(0), arms = [];
  for (const [from, to] of forward) before[to].push(from);
  for (let at = block + 1; at < count; at++) {
    const ways = before[at];
    if (!ways.length) continue;
    let arm = null;
    if (ways.length === 1 && ways[0] === block) {
      arm = { head: at, nodes: [], profile: [] };
      arms.push(arm);
    } else {
      arm = armOf[ways[0]];
      for (const way of ways) {
        if (armOf[way] !== arm) arm = null;
        depth[at] = Math.max(depth[at], depth[way] + 1);
      }
      if (arm === null) continue;
    }
    armOf[at] = arm;
    arm.nodes.push(at);
    while (arm.profile.length <= depth[at]) arm.profile.push(0);
    arm.profile[depth[at]] += widths[at] + ARM_GAP;
  }
  arms.sort((a, b) => a.profile.length - b.profile.length || a.head - b.head);
  const rows = [];
  let profile = [];
  for (const arm of arms) {
    const sum = arm.profile.map((width, index) => width + (profile[index] ?? 0));
    if (!rows.length || Math.max(...sum) > limit) {
      rows.push([arm]);
      profile = arm.profile;
    } else {
      rows[rows.length - 1].push(arm);
      profile = sum; // at least as long: arms are sorted
    }
  }
  return rows;
}

/** How deep each of `count` things is at least, where rules [from, to, by] hold; in a circle the first one goes on. */
export function longestPaths(count, rules) {
  const next = listsOf(count), waiting = new Array(count).fill(0), level = new Array(count).fill(0), done = new Array(count).fill(false);
  for (const rule of rules) {
    next[rule[0]].push(rule);
    waiting[rule[1]]++;
  }
  const ready = [];
  for (let id = 0; id < count; id++) if (!waiting[id]) ready.push(id);
  let first = 0;
  for (let at = 0; ; at++) {
    if (at === ready.length) {
      while (first < count && done[first]) first++;
      if (first === count) return level;
      ready.push(first);
    }
    const from = ready[at];
    if (done[from]) continue;
    done[from] = true;
    for (const [, to, by] of next[from]) {
      if (done[to]) continue;
      level[to] = Math.max(level[to], level[from] + by);
      if (--waiting[to] === 0) ready.push(to);
    }
  }
}

export function listsOf(count) {
  return Array.from({ length: count }, () => []);
}
