// Each result as node prints it; beside this file stands what node prints.
"use strict";
function show(name, call) {
  try { console.log(name + " " + String(call())); } catch (error) { console.log(name + " " + error.name + ": " + error.message); }
}

show("entries that come and go while they are walked", () => {
  const map = new Map();
  let sum = 0;
  for (let i = 0; i < 100; i++) map.set(i, i * 2);
  for (const [key, value] of map) {
    sum += key * value;
    if (key < 50) map.delete(key + 25);
    if (key === 99) map.set("x", 1);
  }
  return sum + " " + map.size;
});
show("clear in forEach", () => {
  const map = new Map([[1, 1], [2, 2], [3, 3]]);
  const seen = [];
  map.forEach((value, key) => { seen.push(key); if (key === 1) { map.clear(); map.set(9, 9); } });
  return seen;
});
show("an iterator over tables that grow and shrink", () => {
  const set = new Set([1, 2, 3]);
  const iterator = set.values();
  iterator.next();
  set.delete(1);
  set.add(1);
  for (let i = 10; i < 60; i++) set.add(i);
  for (let i = 10; i < 58; i++) set.delete(i);
  return [...iterator];
});
show("an iterator at its end stays there", () => {
  const set = new Set([1]);
  const iterator = set[Symbol.iterator]();
  iterator.next();
  const end = iterator.next().done;
  set.add(2);
  return [end, iterator.next().done];
});
show("keys", () => {
  const object = {}, symbol = Symbol(), other = function () {};
  const map = new Map([["a" + "b", 1], [1n, 2], [0.5, 3], [NaN, 4], [object, 5], [undefined, 6], [null, 7], [true, 8],
    [symbol, 9], [other, 10], [-0, 11], [2 ** 40, 12], ["\u{1f600}x", 13], [123456789012345678901234567890n, 14]]);
  const wanted = ["ab", 1n, 0.5, 0 / 0, object, undefined, null, true, symbol, other, 0, 1099511627776,
    "\u{1f600}" + "x", 123456789012345678901234567890n, {}, 1, "1", false, Symbol()];
  return wanted.map((key) => map.get(key) + "" + map.has(key)) + Object.is([...map.keys()][10], 0);
});
show("many strings", () => {
  const map = new Map();
  for (let i = 0; i < 1000; i++) map.set("key" + i, i);
  for (let i = 0; i < 1000; i += 3) map.delete("key" + i);
  let sum = 0;
  for (let i = 0; i < 1000; i++) sum += map.get("key" + i) ?? 0;
  return sum + " " + map.size + " " + [...map.keys()].slice(-2);
});
show("entries", () => [...new Map([[1, 2]]).entries(), ...new Set([3]).entries()].join("|"));
show("getOrInsert", () => {
  const map = new Map([[1, 2]]);
  return [map.getOrInsert(1, 3), map.getOrInsert(2, 4), map.getOrInsertComputed(-0, (key) => 1 / key), map.size];
});
show("groupBy", () => JSON.stringify([...Map.groupBy([1, 2, 3, -0, 0, NaN], (x) => x % 2)]));
const a = new Set([1, 2, 3]), b = new Set([3, 4, 1]);
for (const name of ["union", "intersection", "difference", "symmetricDifference"]) show(name, () => [...a[name](b)]);
for (const name of ["isSubsetOf", "isSupersetOf", "isDisjointFrom"]) {
  show(name, () => [a[name](b), a[name](new Set([1])), a[name](new Set([1, 2, 3, 4])), a[name](new Set([7])), a[name](new Map([[1, 1]]))]);
}
show("what acts as a set", () => [...a.intersection({ size: 1, has: () => false, keys: () => [3, 9][Symbol.iterator]() })]);
show("weak", () => {
  const map = new WeakMap(), set = new WeakSet(), key = {}, symbol = Symbol();
  map.set(key, 1).set(symbol, 2);
  set.add(key);
  return [map.get(key), map.get(symbol), map.has({}), map.delete(key), map.has(key), set.has(key), set.has(1), set.delete(key), set.has(key)];
});
show("weak keys stay while something has them", () => {
  const map = new WeakMap(), keys = [];
  for (let i = 0; i < 50; i++) { const key = { i }; keys.push(key); map.set(key, { key, of: [i] }); }
  let last = {};
  const first = last;
  for (let i = 0; i < 50; i++) { const next = { i }; map.set(last, next); last = next; }  // each value is the next key
  let sum = 0;
  for (const key of keys) sum += map.get(key).of[0];
  for (let at = first; map.has(at); at = map.get(at)) sum += 1;
  return sum;
});
for (const [name, call] of Object.entries({
  call: () => Map(), receiver: () => Map.prototype.get.call({}), entry: () => new Map([3]), weakMap: () => new WeakMap([[1, 2]]),
  weakSet: () => new WeakSet([1]), registered: () => new WeakSet([Symbol.for("x")]), union: () => a.union(3),
  size: () => a.union({}), has: () => a.union({ size: 1 }), negative: () => a.union({ size: -1, has() {}, keys() {} }),
  keys: () => a.union({ size: 1, has() {}, keys: () => 3 }), next: () => new Map().entries().next.call({}),
  getter: () => Object.getOwnPropertyDescriptor(Map.prototype, "size").get.call(3),
})) show(name, call);
show("names", () => [Map, Set, WeakMap, WeakSet].map((f) => f.name + f.length + Object.prototype.toString.call(new f())));
