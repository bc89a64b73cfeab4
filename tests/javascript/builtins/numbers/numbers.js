// Each call's result as node prints it; numbers.txt has node's.
"use strict";
function quoted(text) {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out += unit >= 32 && unit < 127 ? text.charAt(i) : "{" + unit.toString(16) + "}";
  }
  return "'" + out + "'";
}
function shown(value) {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "[" + value.map(shown).join(", ") + "]";
  if (typeof value === "bigint") return String(value) + "n";
  if (Object.is(value, -0)) return "-0";
  return String(value);
}
const lines = [];
function show(name, call) {
  let result;
  try {
    result = shown(call());
  } catch (error) {
    result = error.name + ": " + error.message;
  }
  lines.push(name + " " + result);
}

const values = [0, -0, 1, -1.5, 0.1, 123.456, 1e21, 1.5e-7, 123456789012345680000, 2 ** 53, -(2 ** 31), NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308];
for (const v of values) {
  for (const d of [undefined, 0, 1, 2, 20, 100]) {
    show(`${v} toFixed ${d}`, () => v.toFixed(d));
    show(`${v} toExponential ${d}`, () => v.toExponential(d));
    show(`${v} toPrecision ${d}`, () => v.toPrecision(d));
  }
  for (const r of [undefined, 2, 3, 10, 16, 36]) show(`${v} toString ${r}`, () => v.toString(r));
  show(`${v} toLocaleString`, () => v.toLocaleString());
  show(`${v} is`, () => [Number.isFinite(v), Number.isInteger(v), Number.isNaN(v), Number.isSafeInteger(v)]);
  show(`${v} Math`, () => ["abs", "ceil", "floor", "round", "trunc", "sign", "fround", "f16round", "clz32", "sqrt", "cbrt"].map((f) => Math[f](v)));
  show(`${v} BigInt`, () => BigInt(v));
}
for (const [name, argument] of [["toFixed", 101], ["toFixed", -1], ["toFixed", Infinity], ["toExponential", 101], ["toExponential", -1], ["toPrecision", 0], ["toPrecision", 101], ["toString", 1], ["toString", 37], ["toString", null]]) {
  show(`${name} ${argument}`, () => (1.5)[name](argument));
  show(`${name} ${argument}`, () => NaN[name](argument));
}
for (const v of ["12", " 0x1f ", "0b101", "0o17", "1e3", "", "abc", "Infinity", "-Infinity", "+1", "--1", "1_000", null, undefined, true, [], [5], {}, 10n, 2n ** 2000n, -(2n ** 60n) - 1n]) {
  show(`Number ${typeof v}`, () => Number(v));
  show(`BigInt ${typeof v}`, () => BigInt(v));
}
show("Number", () => Number());
show("Number", () => Number(Symbol()));
show("BigInt", () => BigInt());
show("BigInt", () => BigInt(Symbol("x")));
show("BigInt", () => new BigInt(1));
show("new Number", () => { const w = new Number(5); return [typeof w, w + 1, w.valueOf(), w.toString(2), Object.prototype.toString.call(w)]; });
show("subclass", () => { class N extends Number { twice() { return this * 2; } } return [new N(21).twice(), new N("3") instanceof Number]; });
show("called on", () => Number.prototype.toFixed.call("1"));
show("called on", () => Number.prototype.valueOf.call({}));
show("called on", () => Number.prototype.toString.call(null));
show("called on", () => BigInt.prototype.toString.call(1));
show("called on", () => BigInt.prototype.valueOf.call(Object(3n)));
show("constants", () => ["EPSILON", "MAX_SAFE_INTEGER", "MAX_VALUE", "MIN_SAFE_INTEGER", "MIN_VALUE", "NaN", "NEGATIVE_INFINITY", "POSITIVE_INFINITY"].map((k) => Number[k]));
show("constants", () => ["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"].map((k) => Math[k]));
show("same", () => [Number.parseFloat === parseFloat, Number.parseInt === parseInt]);
for (const bits of [0, 1, 8, 31, 32, 63, 64, 65, 200]) {
  for (const v of [0n, 1n, -1n, 255n, 2n ** 63n, -(2n ** 63n), 2n ** 64n - 1n, 123456789012345678901234567890n, -(3n ** 100n)]) {
    show(`${bits} ${v}`, () => [BigInt.asIntN(bits, v), BigInt.asUintN(bits, v), v.toString(36), v.toLocaleString()]);
  }
}
show("asIntN", () => BigInt.asIntN(-1, 1n));
show("asIntN", () => BigInt.asIntN(2 ** 53, 1n));
show("asIntN", () => BigInt.asIntN(8, 1));
show("asIntN", () => BigInt.asIntN(8, "0x1ff"));
show("asUintN", () => BigInt.asUintN(2 ** 53 - 1, 7n));
show("asUintN", () => BigInt.asUintN(2 ** 53 - 1, -7n));
show("toString", () => (7n ** 3000n).toString().length);
show("toString", () => (-(7n ** 300n)).toString(7));
show("max", () => [Math.max(), Math.min(), Math.max(1, 2, 3), Math.min(-0, 0), Math.max(-0, 0), Math.max(NaN, 1), Math.min("3", [2])]);
show("max", () => Math.max(1n));
show("hypot", () => [Math.hypot(), Math.hypot(3, 4), Math.hypot(-0), Math.hypot(NaN, Infinity), Math.hypot(1e308, 1e308), Math.hypot(1, 2, 3, "4")]);
show("imul", () => [Math.imul(0xffffffff, 5), Math.imul(2 ** 31, 2), Math.imul(-5, 12), Math.imul(), Math.imul(65537, 65537), Math.imul(0x7fffffff, 0x7fffffff)]);
show("clz32", () => [Math.clz32(1), Math.clz32(-1), Math.clz32(), Math.clz32(0.9), Math.clz32(2 ** 32 + 4)]);
show("pow", () => [2 ** 0.5, Math.pow(1, NaN), Math.pow(-1, Infinity), Math.pow(-0, -1), Math.pow(-0, -2), Math.pow(-8, 1 / 3), Math.pow(NaN, 0), Math.pow(10, 308), Math.pow(10, 309), Math.pow(-10, 309), Math.pow(0, 5), Math.pow(-2, -1075)]);
show("atan2", () => [Math.atan2(0, -0), Math.atan2(-0, -0), Math.atan2(-0, 0), Math.atan2(1, -Infinity), Math.atan2(-Infinity, -Infinity), Math.atan2(0, -1)]);
show("round", () => [0.49999999999999994, -0.5, -0.2, 2.5, -2.5, 4503599627370495.5, -4503599627370495.5, 0.5].map(Math.round));
show("random", () => { const r = Math.random(); return r >= 0 && r < 1 && r !== Math.random(); });
for (const holder of [Number, Number.prototype, BigInt, BigInt.prototype, Math]) {
  for (const name of Object.getOwnPropertyNames(holder).sort()) {
    if (name === "sumPrecise") continue;
    const d = Object.getOwnPropertyDescriptor(holder, name);
    show(name, () => [typeof d.value, d.value.length, d.value.name, d.writable, d.enumerable, d.configurable]);
  }
}
show("tags", () => [Object.prototype.toString.call(Math), Object.prototype.toString.call(1n)]);
console.log(lines.join("\n"));
