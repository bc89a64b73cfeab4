// Object and array literals, accessors, properties, deletion, in, spread.
const key = "computed", sym = Symbol("sym");
const o = { a: 1, "b c": 2, 3: "three", [key]: 4, [sym]: 5, f() { return this.a; }, get g() { return this.a * 2; }, set g(v) { this.a = v; }, ["h" + 1]() { return "h1"; }, get ["i"]() { return "i"; }, async: 1, get: 2, set: 3, static: 4, n: null, arr: [1, [2]], o: { p: { q: 1 } } };
console.log(Object.keys(o).join(), o.f(), o.g, (o.g = 21, o.a), o[3], o["3"], o.h1(), o.i, o[sym], o.o.p.q, o.arr[1][0]);
console.log("a" in o, "zz" in o, 3 in o, sym in o, delete o.a, "a" in o, delete o.zz, o.a, o?.b, o.o?.p?.q, o.nothing?.x.y.z, o.nothing?.[1], o.nothing?.(), o.f?.());
console.log({ __proto__: { inherited: 1 } }.inherited, Object.getPrototypeOf({ __proto__: null }), { "__proto__": null } instanceof Object, Object.keys({ ["__proto__"]: 1 }).join());
const proto = { greet() { return "hi " + this.name; } }, child = { __proto__: proto, name: "c", greet() { return super.greet() + "!"; } };
console.log(child.greet(), child.hasOwnProperty("name"));
const spread = { ...o.o, ...null, ..."ab", x: 1, ...{ x: 2, y: 3 }, ...[9] };
console.log(JSON.stringify(spread));
const { x, y: { z = 5 } = {}, ...rest } = { ...spread };
console.log(x, z, JSON.stringify(rest));
const { [key]: k, 3: three, "b c": bc, missing = "default" } = o;
console.log(k, three, bc, missing);
let a, b;
({ a, b: [b] } = { a: 1, b: [2] });
[a, b] = [b, a];
console.log(a, b);
const [p, , q = 7, ...r] = [1, 2, undefined, 4, 5];
console.log(p, q, r.join());
const holder = {};
[holder.x, holder["y"], ...holder.z] = "abcd";
({ x: holder.x2, ...holder.w } = { x: 1, v: 2 });
console.log(JSON.stringify(holder));
const array = [1, , 3, ...[4, 5], , "x", ...new Set([6, 7])];
console.log(array.length, 1 in array, 5 in array, array.join("-"), [...[1, 2]].join(), [...array, ].length, [, ].length, [1.5, 2].join(), [1, "a", null, undefined, true].join());
const matrix = [[1, 2], [3, 4]];
matrix[1][0] += 10; matrix[2] = "grown"; matrix[5] = 1;
console.log(JSON.stringify(matrix), matrix.length);
array.length = 2;
console.log(JSON.stringify(array));
let count = 0;
const getter = { get v() { count++; return 1; }, set v(x) { count += 10; } };
getter.v += 5; getter.v++; getter.v ??= 1;
console.log(count);
"use strict";
const frozen = Object.freeze({ a: 1, get b() { return 2; } });
frozen.a = 2; frozen.c = 3; delete frozen.a; frozen.b = 3;
console.log(JSON.stringify(frozen));
(function () {
  "use strict";
  for (const f of [() => { frozen.a = 2; }, () => { frozen.c = 3; }, () => { delete frozen.a; }, () => { frozen.b = 3; }, () => { "str".x = 1; }, () => { (5).y = 2; }, () => { undefined.z = 1; }, () => null.z, () => { "abc".length = 1; }, () => 1 in 2, () => delete [].length]) {
    try { f(); console.log("fine"); } catch (e) { console.log(e.name + ": " + e.message); }
  }
})();
for (const name in { b: 1, a: 2, 2: 3, 1: 4, __proto__: { c: 5, a: 6 } }) console.log(name);
const changing = { a: 1, b: 2, c: 3 };
for (const name in changing) { console.log(name); delete changing.b; changing.d = 4; }
for (const index in "ab") console.log(index);
for (const nothing in null) console.log("never");
for (const nothing in undefined) console.log("never");
for (var i in [5, 6]) ;
console.log(i);
console.log("abc"[1], "abc".length, "abc"["length"], "abc"[5], (5).constructor === Number, "x".constructor.name);
function Old(v) { this.v = v; if (v == 3) return { other: 1 }; }
Old.prototype.get = function () { return this.v; };
console.log(new Old(1).get(), new Old(3).other, new Old(2) instanceof Old, new Old instanceof Object, Old.prototype.constructor === Old, new (class { a = 1 })().a);
const names = { f: function () {}, g: () => 1, h: class {}, i() {}, get j() { return 1; }, [sym]: () => 1, ["k"]: function () {}, l: function own() {} };
console.log(names.f.name, names.g.name, names.h.name, names.i.name, Object.getOwnPropertyDescriptor(names, "j").get.name, names[sym].name, names.k.name, names.l.name);
