// Each result as node prints it; beside this file stands what node prints.
"use strict";
function show(name, call) {
  try { console.log(name + " " + String(call())); } catch (error) { console.log(name + " " + error.name + ": " + error.message); }
}

const Abstract = Object.getPrototypeOf(Int8Array);
const all = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array, Float32Array, Float64Array];
for (const Type of all) {
  show(Type.name, () => new Type([0, 1.5, 2.5, -1.5, 127.5, 128, 255, 256, 65519.99, 65520, 70000, 2 ** 31, 2 ** 32 + 5, 1e40, -1e40, NaN, Infinity, -0]).join());
  show(Type.name + " sort", () => new Type([3, -0, 0, 7, -1, 100]).sort().join() + new Type([5, 1, 4]).sort((a, b) => b - a));
  show(Type.name + " names", () => [Type.length, Type.BYTES_PER_ELEMENT, Object.prototype.toString.call(new Type())]);
}
show("BigInt64Array", () => new BigInt64Array([-1n, 2n ** 63n, 2n ** 64n + 5n]) + " " + new BigUint64Array([-1n, 2n ** 63n]));
show("sort", () => new Float64Array([3, -0, 0, NaN, -1, Infinity]).sort() + " " + Object.is(new Float64Array([0, -0]).sort()[0], -0));
const numbers = () => new Int8Array([1, 2, 3, 4, 5]);
for (const [name, ...rest] of [["copyWithin", 1, 0, 3], ["reverse"], ["toReversed"], ["with", -1, 9], ["subarray", 1, -1], ["slice", -2], ["toSorted", (a, b) => b - a], ["fill", 7, 1, 3],
  ["indexOf", 2], ["lastIndexOf", 3, -4], ["includes", 4, 4], ["at", -2], ["find", (x) => x > 1], ["findIndex", (x) => x > 1], ["findLast", (x) => x < 3], ["findLastIndex", (x) => x > 9],
  ["filter", (x) => x % 2], ["map", (x) => x * 50], ["every", (x) => x], ["some", (x) => x > 4], ["reduce", (a, x) => a * 10 + x], ["reduceRight", (a, x) => a + x, "-"], ["join", "-"], ["toLocaleString"]]) {
  show(name, () => numbers()[name](...rest));
}
show("iterate", () => [...numbers().entries()].join("|") + [...numbers().keys()] + [...numbers()]);
show("set", () => { const a = numbers(); a.set([9, "8"], 1); a.set(new Float32Array([6.5]), 4); a.set(a.subarray(0, 3), 1); return a; });
show("names of elements", () => {
  const a = new Int8Array(2);
  a[5] = 1; a["-0"] = 2; a.x = 3; a[1] = "7"; a["1.5"] = 4;
  return JSON.stringify(a) + a[5] + a["-0"] + a["1.5"] + Object.keys(a) + (1 in a) + (2 in a) + ("-0" in a) + delete a[9] + Object.getOwnPropertyNames(a).length;
});
show("NaN", () => [new Float32Array([NaN]).includes(NaN), new Float32Array([NaN]).indexOf(NaN)]);
show("of other sorts", () => [Int8Array.from("123"), Int8Array.from({ length: 2, 0: 5 }, (x) => x * 2), Int8Array.of(1, 2), new Int8Array(new Set([4])), new Float64Array(new Int8Array([-1])), Int8Array.from(3).length].join("|"));
show("DataView", () => {
  const view = new DataView(new ArrayBuffer(16));
  view.setFloat64(0, Math.PI); view.setBigInt64(8, -5n, true); view.setUint16(0, 0x1234, true); view.setFloat16(6, 1.1);
  return [view.getUint8(0), view.getUint16(0), view.getFloat64(0), view.getBigUint64(8, true), view.getFloat32(2), view.getInt32(4, true), view.getFloat16(6), view.byteLength];
});
const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
const view = new DataView(resizable, 4, 4), fixed = new Int8Array(resizable, 4, 4), whole = new Int16Array(resizable);
const lengths = () => [whole.length, fixed.length, fixed.byteOffset, fixed.byteLength, resizable.byteLength, resizable.maxByteLength];
show("resizable", lengths);
for (const length of [12, 3, 2, 16]) show("resize " + length, () => { resizable.resize(length); whole.fill(-1); return [...lengths(), ...whole]; });
resizable.resize(2);
const plain = new ArrayBuffer(8), gone = new ArrayBuffer(8);
show("transfer", () => { new Uint8Array(gone)[0] = 5; const moved = gone.transfer(4); return [gone.detached, gone.byteLength, moved.byteLength, new Uint8Array(moved)[0], moved.resizable]; });
show("buffers", () => [plain.slice(1, -2).byteLength, ArrayBuffer.isView(view), ArrayBuffer.isView(plain), Object.isFrozen(Object.freeze(new Int8Array(0)))]);
for (const call of [
  () => ArrayBuffer(1), () => new ArrayBuffer(-1), () => new ArrayBuffer(1e15), () => new ArrayBuffer(5, { maxByteLength: 3 }), () => plain.resize(1), () => resizable.resize(100),
  () => plain.transfer(-1), () => gone.slice(), () => new Int8Array(gone), () => new DataView(gone), () => new DataView(3), () => new DataView(plain, 9), () => new DataView(plain, -9),
  () => new DataView(plain, 1, 9), () => new DataView(plain).getInt8(9), () => new DataView(plain).getInt8(-1), () => view.byteLength, () => view.byteOffset, () => view.getInt8(0),
  () => DataView.prototype.getInt8.call(3), () => new Abstract(), () => Int8Array(3), () => new Int8Array(-1), () => new Int8Array(1e15), () => new Int16Array(plain, 1),
  () => new Int16Array(new ArrayBuffer(3)), () => new Int16Array(plain, 10), () => new Int16Array(plain, 2, 10), () => new Int8Array(plain, -1), () => new Int8Array(fixed), () => fixed.fill(1),
  () => new BigInt64Array([1]), () => new Int8Array(new BigInt64Array(1)), () => Abstract.prototype.fill.call(3), () => new Int8Array(1).set([1, 2]), () => new Int8Array(1).set([1], -1),
  () => new Int8Array(1).with(3, 1), () => new Int8Array(1).sort(3), () => new Int8Array(1).map(3), () => new Int8Array(0).reduce((a) => a), () => Int8Array.from(null),
  () => Object.defineProperty(new Int8Array(1), 0, { get() {} }), () => Object.freeze(new Int8Array(1)), () => Object.preventExtensions(whole), () => fixed.values().next(),
]) show("", call);
