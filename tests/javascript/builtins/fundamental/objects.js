// Object and Object.prototype.
function print(...values) { console.log(...values.map((value) => typeof value === "symbol" ? value.toString() : String(value))); }
function attempt(f) {
  try { print(f()); } catch (error) { console.log(error.name + ": " + error.message); }
}
function described(object, key) {
  const found = Object.getOwnPropertyDescriptor(object, key);
  if (found === undefined) return "none";
  return Object.keys(found).map((name) => name + "=" + (typeof found[name] === "function" ? "f" : String(found[name]))).join(" ");
}
print(Object(1) instanceof Number, typeof Object(null), Object("ab").length, new Object(true).valueOf(), Object.length, Object.name);
const from = Object.assign({ a: 1 }, null, { b: 2, get c() { return 3; } }, "xy", 7, [8]);
print(JSON.stringify(from), described(from, "c"));
attempt(() => Object.assign(null, {}));
attempt(() => Object.assign(Object.freeze({ a: 1 }), { a: 2 }));
print(Object.keys({ b: 1, 2: 0, a: 2, 1: 0, [Symbol("s")]: 3 }), Object.values("ab"), Object.entries([7, 8]).join(";"), Object.getOwnPropertyNames("ab"));
print(Object.getOwnPropertySymbols({ [Symbol.iterator]: 1, a: 2 }).length, JSON.stringify(Object.fromEntries([["a", 1], ["b", [2]]])), Object.hasOwn({ x: 1 }, "x"), Object.is(-0, 0), Object.is(NaN, NaN));
attempt(() => Object.fromEntries([1]));
attempt(() => Object.fromEntries(undefined));
const groups = Object.groupBy([1, 2, 3, 4], (x) => x % 2 ? "odd" : "even");
print(JSON.stringify(groups), Object.getPrototypeOf(groups));
const made = Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 }, both: { get: () => 4, set: undefined, configurable: true } });
print(made.inherited, Object.keys(made), described(made, "own"), described(made, "hidden"), described(made, "both"));
attempt(() => Object.create(1));
attempt(() => Object.create({}, { a: 1 }));
attempt(() => Object.defineProperty({}, "a", { get() {}, value: 1 }));
attempt(() => Object.defineProperty({}, "a", { get: 1 }));
attempt(() => Object.defineProperty({}, "a", { set: "s" }));
attempt(() => Object.defineProperty(1, "a", {}));
attempt(() => Object.defineProperty(made, "own", { value: 5 }));
attempt(() => Object.defineProperty(Object.preventExtensions({}), "a", {}));
attempt(() => Object.defineProperties({}, null));
print(described(Object.defineProperty({}, Symbol.iterator, { enumerable: true }), Symbol.iterator), Object.keys(Object.getOwnPropertyDescriptors({ a: 1, get b() { return 2; } })));
const sealed = Object.seal({ a: 1 }), frozen = Object.freeze([1, { in: 2 }]);
print(Object.isSealed(sealed), Object.isFrozen(sealed), Object.isFrozen(frozen), Object.isExtensible(frozen), Object.isFrozen(1), Object.isFrozen({}), Object.isFrozen(Object.preventExtensions({})));
sealed.a = 2; sealed.b = 3; delete sealed.a;
frozen[0] = 9; frozen[1].in = 3; frozen.length = 0;
print(JSON.stringify(sealed), JSON.stringify(frozen), described(frozen, 0));
attempt(() => { "use strict"; frozen[0] = 1; });
attempt(() => { "use strict"; delete sealed.a; });
const proto = {};
attempt(() => Object.setPrototypeOf(proto, Object.create(proto)));
attempt(() => Object.setPrototypeOf(Object.preventExtensions({}), proto));
attempt(() => Object.setPrototypeOf(Object.prototype, proto));
attempt(() => Object.setPrototypeOf({}, 1));
attempt(() => Object.setPrototypeOf(undefined, {}));
print(Object.setPrototypeOf(1, proto), Object.getPrototypeOf(1) === Number.prototype, Object.getPrototypeOf(Object.setPrototypeOf({}, null)));
// the prototype
const parent = { __proto__: null, get x() { return 1; } };
print(Object.prototype.toString.call(undefined), Object.prototype.toString.call(null), {}.toString(), Object.prototype.toString.call([]), Object.prototype.toString.call(Math), (function () { return Object.prototype.toString.call(arguments); })());
print(Object.prototype.toString.call(new Error), Object.prototype.toString.call(1), Object.prototype.toString.call("s"), Object.prototype.toString.call(true), Object.prototype.toString.call(Symbol()), Object.prototype.toString.call(1n), Object.prototype.toString.call(print), Object.prototype.toString.call({ [Symbol.toStringTag]: "Tag" }), Object.prototype.toString.call({ [Symbol.toStringTag]: 1 }));
print({ a: 1 }.hasOwnProperty("a"), "ab".hasOwnProperty(1), {}.isPrototypeOf.call(Array.prototype, []), { a: 1 }.propertyIsEnumerable("a"), [].propertyIsEnumerable("length"), { toString: () => "t" }.toLocaleString(), ({}).valueOf.call(1) instanceof Number);
attempt(() => Object.prototype.valueOf.call(null));
attempt(() => Object.prototype.hasOwnProperty.call(undefined, "a"));
const child = {};
child.__proto__ = parent;
print(Object.getPrototypeOf(child) === parent, child.x, "__proto__" in child, {}.__proto__ === Object.prototype, ({ __proto__: 1 }).__proto__ === Object.prototype);
attempt(() => { const a = {}; const b = { __proto__: a }; a.__proto__ = b; });
const accessors = {};
accessors.__defineGetter__("g", function () { return this.v * 2; });
accessors.__defineSetter__("g", function (v) { this.v = v; });
accessors.g = 21;
print(accessors.g, described(accessors, "g"), typeof accessors.__lookupGetter__("g"), Object.create(accessors).__lookupSetter__("g").length, accessors.__lookupGetter__("v"));
attempt(() => accessors.__defineGetter__("h", 1));
print(Object.getOwnPropertyNames(Object.prototype).sort(), Object.getOwnPropertyNames(Object).sort());
print(Object.getOwnPropertyDescriptor(Object.prototype, "__proto__").get.name, Object.prototype.__defineGetter__.length);
// Reflect
print(Reflect.ownKeys({ b: 1, 1: 2, [Symbol("s")]: 3 }).map(String), Reflect.has({ a: 1 }, "a"), Reflect.get({ get x() { return this.y; } }, "x", { y: 5 }), Reflect.set({}, "a", 1), Reflect.set(Object.freeze({ a: 1 }), "a", 2));
print(Reflect.apply(Math.max, null, [1, 3, 2]), Reflect.construct(Array, [3]).length, Reflect.construct(function () { return new.target; }, [], Map) === Map || "object", Reflect.deleteProperty(Object.freeze([1]), 0), Reflect.defineProperty(Object.freeze({}), "a", {}), Reflect.isExtensible({}), Reflect.setPrototypeOf(Object.prototype, {}), Object.prototype.toString.call(Reflect));
attempt(() => Reflect.get(1, "a"));
attempt(() => Reflect.construct(() => 1, []));
attempt(() => Reflect.apply(1));
