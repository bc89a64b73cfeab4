// Matching the nodes of two graphs: of one compilation by id, of two by what they are and stand for.

import { sameInputs } from "./model.js";

/** Map from ids of `a` to ids of `b`. Nodes of the lifted graph have the same ids in both compilations of a function;
 * others match if operator and matched inputs agree, then if operator, bytecode and users' place do. */
export function match(a, b, same) {
  const pairs = new Map(), taken = new Set();
  const pair = (x, y) => {
    pairs.set(x, y);
    taken.add(y);
  };
  for (const id of a.live) {
    const left = a.get(id), right = b.live.has(id) ? b.get(id) : undefined;
    if (!left || !right) continue;
    if (same || (isLifted(left) && isLifted(right) && left.op.name === right.op.name)) pair(id, id);
  }
  if (same) return pairs;
  byKey(a, b, pairs, taken, pair, (node) => (node.op.constant || node.op.name === "Parameter" ? node.op.text : null));
  for (let round = 0; round < 12; round++) {
    const before = pairs.size;
    byKey(a, b, pairs, taken, pair, (node, renamed) => `${node.op.text}(${renamed(node)})`);
    if (pairs.size === before) break;
  }
  byKey(a, b, pairs, taken, pair, (node) => `${node.op.text}@${node.origin.offset}.${node.origin.rule}`);
  for (let round = 0; round < 12; round++) {
    const before = pairs.size;
    byKey(a, b, pairs, taken, pair, (node, renamed) => `${node.op.text}(${renamed(node)})`);
    if (pairs.size === before) break;
  }
  return pairs;
}

function isLifted(node) {
  return node.origin.phase === "" || node.origin.phase === "lift";
}

/** Pairs what has the same key, in the order of ids; a key of null pairs nothing. */
function byKey(a, b, pairs, taken, pair, key) {
  const waiting = new Map();
  const inputsOfA = (node) => node.inputs.map((id) => (pairs.has(id) ? pairs.get(id) : `?${id}`)).join();
  const inputsOfB = (node) => node.inputs.join();
  for (const id of [...b.live].sort((x, y) => x - y)) {
    const node = b.get(id);
    if (!node || taken.has(id)) continue;
    const found = key(node, inputsOfB);
    if (found === null) continue;
    if (waiting.has(found)) waiting.get(found).push(id);
    else waiting.set(found, [id]);
  }
  for (const id of [...a.live].sort((x, y) => x - y)) {
    const node = a.get(id);
    if (!node || pairs.has(id)) continue;
    const found = key(node, inputsOfA);
    const list = found === null ? undefined : waiting.get(found);
    if (list?.length) pair(id, list.shift());
  }
}

/** {pairs, matched, changed: [a, b] pairs, removed: ids of a, added: ids of b}. */
export function difference(a, b, same) {
  const pairs = match(a, b, same);
  const matched = [], changed = [], reached = new Set(pairs.values());
  for (const [left, right] of pairs) {
    const x = a.get(left), y = b.get(right);
    const inputs = x.inputs.map((id) => pairs.get(id) ?? -1);
    (x.op.text === y.op.text && sameInputs(inputs, y.inputs) ? matched : changed).push([left, right]);
  }
  changed.sort(([x], [y]) => x - y);
  const ascending = (x, y) => x - y;
  const removed = [...a.live].filter((id) => a.get(id) && !pairs.has(id)).sort(ascending);
  const added = [...b.live].filter((id) => b.get(id) && !reached.has(id)).sort(ascending);
  return { pairs, matched, changed, removed, added };
}
