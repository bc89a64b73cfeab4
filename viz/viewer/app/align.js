// Two sequences side by side: what corresponds, in order.

const MOST_CELLS = 400_000; // of a table

/** Pairs [index in a, index in b] of a longest common subsequence of keys; for long sequences keys that both have once are
 * paired first (as in patience sorting), and then what is between them. */
export function correspond(a, b) {
  const pairs = [];
  pairUp(a, b, 0, a.length, 0, b.length, pairs);
  return pairs.sort((x, y) => x[0] - y[0]);
}

function pairUp(a, b, from, to, start, end, pairs) {
  while (from < to && start < end && a[from] === b[start]) pairs.push([from++, start++]);
  while (from < to && start < end && a[to - 1] === b[end - 1]) pairs.push([--to, --end]);
  if (from === to || start === end) return;
  if ((to - from) * (end - start) <= MOST_CELLS) return pairByTable(a, b, from, to, start, end, pairs);
  const anchors = ascending(uniquePairs(a, b, from, to, start, end));
  if (!anchors.length) return undefined;
  let x = from, y = start;
  for (const [i, j] of [...anchors, [to, end]]) {
    pairUp(a, b, x, i, y, j, pairs);
    if (i < to) pairs.push([i, j]);
    [x, y] = [i + 1, j + 1];
  }
  return undefined;
}

function pairByTable(a, b, from, to, start, end, pairs) {
  const wide = end - start + 1;
  const longest = new Uint16Array((to - from + 1) * wide);
  for (let i = to - from - 1; i >= 0; i--)
    for (let j = end - start - 1; j >= 0; j--)
      longest[i * wide + j] = a[from + i] === b[start + j] ? longest[(i + 1) * wide + j + 1] + 1 : Math.max(longest[(i + 1) * wide + j], longest[i * wide + j + 1]);
  let i = 0, j = 0;
  while (i < to - from && j < end - start)
    if (a[from + i] === b[start + j]) pairs.push([from + i++, start + j++]);
    else if (longest[(i + 1) * wide + j] >= longest[i * wide + j + 1]) i++;
    else j++;
}

/** Pairs of what both sides have once, ascending on the left. */
function uniquePairs(a, b, from, to, start, end) {
  const once = (list, first, last) => {
    const found = new Map();
    for (let index = first; index < last; index++) found.set(list[index], found.has(list[index]) ? -1 : index);
    return found;
  };
  const left = once(a, from, to), right = once(b, start, end);
  return [...left].filter(([key, index]) => index >= 0 && (right.get(key) ?? -1) >= 0).map(([key, index]) => [index, right.get(key)]);
}

/** The longest part of the pairs that ascends on the right as well. */
function ascending(pairs) {
  const tails = [], before = [];
  pairs.forEach(([, j], index) => {
    let low = 0, high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tails[middle]][1] < j) low = middle + 1;
      else high = middle;
    }
    before[index] = low ? tails[low - 1] : -1;
    tails[low] = index;
  });
  const found = [];
  for (let index = tails.length ? tails[tails.length - 1] : -1; index >= 0; index = before[index]) found.push(pairs[index]);
  return found.reverse();
}

/** Rows {left, right: index or -1}: what is paired in one row, the rest in order between. Keys come in rounds, the surest
 * first: each round pairs what is left between the pairs of those before. */
export function align(rounds) {
  let pairs = [[-1, -1]];
  const [first] = rounds;
  const ends = [first[0].length, first[1].length];
  for (const [a, b] of rounds) {
    const more = [...pairs];
    [...pairs, ends].reduce(([x, y], [i, j]) => {
      for (const [left, right] of correspond(a.slice(x + 1, i), b.slice(y + 1, j))) more.push([x + 1 + left, y + 1 + right]);
      return [i, j];
    });
    pairs = more.sort((x, y) => x[0] - y[0]);
  }
  const rows = [];
  [...pairs, ends].reduce(([x, y], [i, j]) => {
    for (let left = x + 1; left < i; left++) rows.push({ left, right: -1 });
    for (let right = y + 1; right < j; right++) rows.push({ left: -1, right });
    if (i < ends[0] || j < ends[1]) rows.push({ left: i, right: j });
    return [i, j];
  });
  return rows;
}
