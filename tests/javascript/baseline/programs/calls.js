// Calls: too few arguments and too many, receivers, constructors, closures, exceptions.
function three(a, b, c) { return [a, b, c, arguments.length].map(String).join(","); }
function rest(a, ...more) { return a + ":" + more.join("+"); }
function defaults(a, b = a * 2, c = b + 1) { return [a, b, c].join(","); }
for (let i = 0; i < 4; i++) {
  console.log(three(), three(1), three(1, 2), three(1, 2, 3), three(1, 2, 3, 4, 5));
  console.log(rest(), rest(1), rest(1, 2), rest(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  console.log(defaults(1), defaults(1, 2), defaults(1, undefined, 9), three(...[1, 2]), three(...[1, 2, 3, 4]));
}
function sloppy() { return typeof this + (this === globalThis ? " global" : ""); }
function strict() { "use strict"; return typeof this; }
const holder = { sloppy, strict };
for (let i = 0; i < 4; i++) {
  console.log(sloppy(), strict(), holder.sloppy(), holder.strict(), sloppy.call(5), strict.call(5), sloppy.call(null), strict.call("s"));
}
function mapped(a, b) { arguments[0] = 7; b = 8; return [a, b, arguments[0], arguments[1], arguments.length].map(String).join(","); }
function unmapped(a, b) { "use strict"; arguments[0] = 7; b = 8; return [a, b, arguments[0], arguments[1]].map(String).join(","); }
for (let i = 0; i < 4; i++) console.log(mapped(1, 2), mapped(1), mapped(), unmapped(1, 2), unmapped());

function Point(x, y) { this.x = x; this.y = y; if (x < 0) return { odd: true }; }
Point.prototype.sum = function () { return this.x + this.y; };
class Base { #secret = 1; constructor(v) { this.v = v; } secret() { return this.#secret++; } static make(v) { return new this(v); } }
class Derived extends Base { constructor(v) { super(v * 2); this.w = new.target === Derived; } toString() { return `${this.v} ${this.w}`; } }
for (let i = 0; i < 4; i++) {
  console.log(new Point(1, 2).sum(), JSON.stringify(new Point(-1, 2)), String(new Derived(i)), Derived.make(3).secret(), new Base(1) instanceof Derived);
  try { Base(1); } catch (e) { console.log(e.message); }
  try { new strict.call(); } catch (e) { console.log(e.name); }
}
function counter(step) { let count = 0; return { up: () => count += step, get: () => count }; }
const counters = [counter(1), counter(10), counter(100)];
for (let i = 0; i < 9; i++) counters[i % 3].up();
console.log(counters.map(c => c.get()).join());

function thrower(kind) {
  if (kind === 0) return "fine";
  if (kind === 1) throw new Error("one");
  if (kind === 2) throw 0;
  return null.property;
}
function caught(kind) {
  let log = "";
  try {
    try { log += thrower(kind); } catch (e) { log += "inner " + (e && e.message); if (kind === 2) throw e; } finally { log += " finally"; }
  } catch (e) { log += " outer " + e; }
  for (const k of [1, 2]) { try { if (k === kind) continue; log += " " + k; } finally { log += "f"; } }
  return log;
}
for (let i = 0; i < 12; i++) console.log(caught(i % 4));
function returns(n) { for (;;) { try { if (n > 2) return "early " + n; n++; } finally { n += 10; if (n > 30) break; } } return "late " + n; }
for (let i = 0; i < 4; i++) console.log(returns(0), returns(5));
function nested(n) { return n === 0 ? (() => { throw new RangeError("deep"); })() : nested(n - 1); }
for (let i = 0; i < 4; i++) { try { nested(i * 3); } catch (e) { console.log(e.name, e.stack.split("\n").length > 3); } }

function loops(n) {
  let text = "";
  outer: for (let i = 0; i < n; i++) {
    for (const j of [1, 2, 3]) { if (j === 2) continue outer; if (i === 3) break outer; text += i + "" + j + " "; }
  }
  for (const k in { a: 1, b: 2, c: 3 }) { text += k; if (k === "b") break; }
  const fs = [];
  for (let i = 0; i < 3; i++) fs.push(() => i);
  switch (n) { case 1: text += "one"; case 2: text += "two"; break; case "5": text += "never"; default: text += "more"; }
  return text + fs.map(f => f()).join("");
}
for (let i = 0; i < 6; i++) console.log(loops(i));
const bound = three.bind(null, "bound");
for (let i = 0; i < 4; i++) console.log(bound(), bound(1), [3, 1, 2].sort((a, b) => a - b).join(), [1, 2, 3].map(three)[1]);
console.log([1, 2, 3, 4].reduce((a, b) => a + b), Math.max(...[3, 9, 2]), "abc".charCodeAt(1), parseInt("12px"));
