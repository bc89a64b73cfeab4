// Inline caches: what they have found out changes.
function x(o) { return o.x; }
function setX(o, v) { o.x = v; return o; }
function shapes(count) {
  const made = [];
  for (let i = 0; i < count; i++) {
    const o = {};
    for (let j = 0; j < i; j++) o["p" + j] = j;
    o.x = i;
    made.push(o);
  }
  return made;
}
for (const count of [1, 2, 4, 5, 12]) {
  let sum = 0;
  const made = shapes(count);
  for (let i = 0; i < 40; i++) sum += x(made[i % count]);
  for (let i = 0; i < 40; i++) sum += setX(made[i % count], i).x;
  console.log(count, sum);
}

// Prototypes change.
class A { m() { return "A.m"; } get g() { return "A.g"; } }
class B extends A { }
class C extends B { }
function m(o) { return o.m(); }
function g(o) { return o.g; }
const c = new C();
const said = [];
for (let i = 0; i < 12; i++) {
  said.push(m(c), g(c));
  if (i === 2) B.prototype.m = () => "B.m";
  if (i === 4) delete B.prototype.m;
  if (i === 6) Object.setPrototypeOf(B.prototype, { m: () => "other", g: 1 });
  if (i === 8) c.m = () => "own";
  if (i === 10) Object.defineProperty(c, "m", { get: () => () => "got" });
}
console.log(said.join(" "));

// What was absent comes.
function absent(o) { return o.later; }
const bare = {};
const seen = [];
for (let i = 0; i < 8; i++) {
  seen.push(absent(bare));
  if (i === 3) Object.prototype.later = "here";
  if (i === 5) delete Object.prototype.later;
}
console.log(seen.join(" "));

// Stores: transitions, setters on prototypes, frozen and read-only.
function store(o) { o.a = 1; o.b = 2; o.c = 3; o.d = 4; o.e = 5; o.f = 6; o.h = 7; return o; }
for (let i = 0; i < 6; i++) console.log(JSON.stringify(store({})));
Object.defineProperty(Object.prototype, "d", { set(v) { this.z = v; }, configurable: true });
console.log(JSON.stringify(store({})), JSON.stringify(store({ d: 0 })));
delete Object.prototype.d;
console.log(JSON.stringify(store({})));
function strictStore(o) { "use strict"; try { o.a = 2; return o.a; } catch (e) { return e.name; } }
for (let i = 0; i < 4; i++) console.log(strictStore({ a: 1 }));
console.log(strictStore(Object.freeze({ a: 1 })), strictStore(Object.create({ get a() { return 5; } })));

// Elements: kinds, holes, ends, indices that are none.
function at(a, i) { return a[i]; }
function put(a, i, v) { a[i] = v; return a[i]; }
const arrays = [[1, 2, 3], [1.5, 2, 3], ["a", "b", "c"], [1, , 3], [1.5, , 3], [undefined, null, {}], "xyz", { 0: "zero", length: 1 }];
for (let round = 0; round < 3; round++) {
  for (const a of arrays) console.log([0, 1, 2, 3, -1, 0.5, "1", 1.0, -0].map(i => String(at(a, i))).join(" "));
}
for (const a of [[1, 2, 3], [1.5, 2.5], ["a"], []]) {
  console.log([[0, 7], [1, 2.5], [2, "s"], [5, NaN], [6, undefined]].map(([i, v]) => String(put(a, i, v))).join(" "), a.length, JSON.stringify(a));
}
const doubles = [0.5, 1.5];
for (let i = 0; i < 4; i++) { put(doubles, i, NaN); put(doubles, 0, -0); }
console.log(doubles.length, doubles.map(String).join(" "), Object.is(doubles[0], -0));
Array.prototype[1] = "from the prototype";
console.log(at([1, , 3], 1), at([1.5, , 2], 1));
delete Array.prototype[1];
console.log(at([1, , 3], 1));

// Lengths.
function len(v) { return v.length; }
for (let i = 0; i < 3; i++) console.log(len("four"), len([1, 2]), len({ length: "mine" }), len(function (a, b) { }), len("a" + "b".repeat(20)));

// Globals.
var counter = 0;
let lexical = 10;
function bump() { counter++; lexical--; return counter + lexical; }
for (let i = 0; i < 5; i++) bump();
console.log(counter, lexical, bump());
function defined() { return typeof later === "undefined" ? "no" : later; }
for (let i = 0; i < 4; i++) console.log(defined());
globalThis.later = "yes";
console.log(defined());
delete globalThis.later;
console.log(defined());
Object.defineProperty(globalThis, "counter", { value: 100, writable: false });
(function () { counter = 5; })();
console.log(counter, bump());
