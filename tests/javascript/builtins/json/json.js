// Each result as node prints it; beside this file stands what node prints.
"use strict";
function show(name, call) {
  try { console.log(name + " " + String(call())); } catch (error) { console.log(name + " " + error.name + ": " + error.message); }
}

const texts = ["{", '{"a":1,', '{"a":1,}', '{"a"', '{"a":', "[1", '{"a":1', "[1,", "[1,]", "nul", "nulx", "01", "-", "-x", "1e", "1.", "1.x", "1 2", '"abc',
  '"\\u12', '"\\u12x', '"\\', '"\\x"', '"\n"', "{1:1}", '{"a" 1}', '{"a":1 "b":2}', '[1 "b"]', '["a" 3]', "tru1", "a".repeat(34),
  "[" + "1".repeat(29) + ",x," + "1".repeat(27) + "]", "[" + "1".repeat(29) + ",x", "NaN", "NaN ", "]", "1]", "--1", "{}\r\n\n x", "1.5.5", "1e5e5", "-01",
  "[\u2028]", "", "undefined", "[object Object]", "1e+", "1E-x", "1.e3", "-1.5e3", " [ ] ", '"\\u0041\\n\\/"', "1e400", "-0", "123456789012345678901"];
for (const text of texts) show(JSON.stringify(text), () => JSON.parse(text));
show("order", () => JSON.stringify(JSON.parse('{"__proto__":1,"a":{"b":[1,2,{"c":null}]},"1":true,"a":2}')));
show("reviver", () => JSON.stringify(JSON.parse('[1,2,{"a":3,"b":"x"},4]', function (key, value, context) {
  if (key === "3") return undefined;
  return typeof value === "number" ? value + context.source : value;
})));
show("deep", () => { const n = 3000; let found = JSON.parse("[".repeat(n) + "]".repeat(n)), depth = 0; while (found) { found = found[0]; depth++; } return depth; });
show("values", () => JSON.stringify({ a: [undefined, () => 1, Symbol()], b: undefined, c: new Date(0), e: NaN, f: -0, g: 1e21, h: "\u2028\ud800x\u{1f600}\x07\"\\", i: new Map([[1, 2]]), j: [Object("s"), Object(5), Object(true)], k: [,1] }));
show("alone", () => [JSON.stringify(undefined), JSON.stringify(null), JSON.stringify("x"), JSON.stringify(() => 1)]);
for (const gap of ["--", 3, 20, "x".repeat(12), Object(2), -1]) show("gap " + gap, () => JSON.stringify({ a: 1, b: [1, 2, {}], c: {}, d: [] }, null, gap));
show("list", () => JSON.stringify({ a: 1, b: { b: 2, c: 3 }, 1: 3 }, ["b", 1, "b", Object("a")]));
show("replacer", () => JSON.stringify({ a: 1, b: [1] }, function (key, value) { return typeof value === "number" ? value + 1 : key === "" ? { ...this[""], x: 5 } : value; }));
show("toJSON", () => JSON.stringify({ a: { toJSON(key) { return key + "!"; } } }));
show("circle 1", () => { const a = {}; a.a = a; return JSON.stringify(a); });
show("circle 2", () => { const a = { b: { c: [1, {}] } }; a.b.c[1].d = a; return JSON.stringify(a); });
show("circle 3", () => { const a = { b: { c: { d: { e: { f: {} } } } } }; a.b.c.d.e.f["x y"] = a.b; return JSON.stringify(a); });
show("BigInt", () => JSON.stringify(1n));
show("rawJSON", () => JSON.stringify({ a: JSON.rawJSON("1.0"), b: JSON.isRawJSON(JSON.rawJSON("1")), c: Object.isFrozen(JSON.rawJSON("1")) }));
for (const text of ["{}", "", "1x", " 1"]) show("rawJSON " + text, () => JSON.rawJSON(text));
show("names", () => Object.getOwnPropertyNames(JSON) + JSON.parse.length + JSON.stringify.length + Object.prototype.toString.call(JSON));
show("deep text", () => { let a = []; for (let i = 0; i < 5000; i++) a = [a]; return JSON.stringify(a).length; });
show("many in a row", () => { const a = []; for (let i = 0; i < 300; i++) a.push({ i }); const text = JSON.stringify({ a, b: a }); return [text.length, JSON.parse(text).b[299].i]; });
