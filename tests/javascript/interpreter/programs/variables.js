// Scopes, closures, dead zones, hoisting.
console.log(typeof hoisted, hoisted2);
var hoisted2 = 5;
function hoisted() { return 1; }
{
  function inner() { return "block"; }
  console.log(inner());
}
console.log(inner());
const messages = [];
const attempt = f => { try { messages.push(f()); } catch (e) { messages.push(e.name + ": " + e.message); } };
attempt(() => early);
attempt(() => { early = 1; });
attempt(() => typeof early);
let early = 2;
attempt(() => early);
attempt(() => { const c = 1; c = 2; });
attempt(() => { const c = 1; c++; });
attempt(() => undeclared);
attempt(() => { "use strict"; undeclared = 1; });
attempt(() => { sloppy = 3; return sloppy; });
attempt(() => { let x = x; });
attempt(() => delete globalThis.sloppy);
attempt(() => delete early);
attempt(() => (function f() { f = 1; return typeof f; })());
attempt(() => (function f() { "use strict"; f = 1; return typeof f; })());
attempt(() => { switch (1) { case 0: let z; break; case 1: return z; } });
for (const message of messages) console.log(message);
function counter() { let count = 0; return { up: () => ++count, down() { return --count; }, get value() { return count; } }; }
const one = counter(), two = counter();
one.up(); one.up(); two.down();
console.log(one.value, two.value);
const functions = [];
for (let i = 0; i < 3; i++) functions.push(() => i);
for (let i = 0; i < 3; i++) { functions.push(() => i * 10); i += 0; }
for (var j = 0; j < 3; j++) functions.push(() => j);
for (const k in { a: 1, b: 2 }) functions.push(() => k);
for (const v of [7, 8]) functions.push(() => v);
for (let i = 0, n = 2; i < n; functions.push(() => [i, n]), i++);
for (let i = 0; i < 2; i++) { if (i == 0) continue; functions.push(() => "c" + i); }
for (let i = 0; ; i++) { functions.push(() => "b" + i); if (i == 1) break; }
console.log(functions.map(f => String(f())).join(" "));
function outer(a, b = () => a, c = a + 1) { var a; a = 5; return [a, b(), c].join(); }
console.log(outer(1), outer(1, () => 9), outer(1, undefined, 7));
function shadows(x) { { let x = 2; { let x = 3; x++; } x++; return x + arguments[0]; } }
console.log(shadows(1));
const deep = () => { let a = 1; return () => { let b = 2; return () => { let c = 3; return () => { a++; b++; c++; return a + b + c; }; }; }; };
const d = deep()()()
console.log(d(), d(), d());
try { throw 1; } catch (e) { var fromCatch = () => e; }
console.log(fromCatch());
try { throw { a: 1, b: [2, 3] }; } catch ({ a, b: [c] }) { console.log(a, c); }
label: { console.log("in"); break label; }
var self = function me(n) { return n ? me(n - 1) + 1 : 0; };
console.log(self(5), self.name, (() => {}).name, (class {}).name, (class X {}).name);
console.log(this === globalThis, (function () { return this === globalThis; })(), (function () { "use strict"; return this; })(), typeof (function () { return this; }).call(5));
function crowded(a, b, c) { let d = 4, e = 5; return { all: () => a + b + c + d + e, deep: () => () => { d++; e += 2; return () => d + e + a; } }; }
const crowd = crowded(1, 2, 3);
console.log(crowd.all(), crowd.deep()()(), crowd.all());
const isNull = v => { if (v === null) return "null"; if (null !== v && v === undefined) return "undefined"; return "some"; };
console.log(isNull(null), isNull(undefined), isNull(0));
function layers(a, b, c) { let d = 1, e = 2, f = () => a + b + c + e; return () => { let z = 10; return () => { d++; z++; return d + z + f(); }; }; }
const layer = layers(1, 2, 3)();
console.log(layer(), layer());
