// Function.prototype, Function, Boolean, Symbol.
function print(...values) { console.log(...values.map((value) => typeof value === "symbol" ? value.toString() : String(value))); }
function attempt(f) {
  try { print(f()); } catch (error) { console.log(error.name + ": " + error.message); }
}
function add(a, b = 1, ...rest) { return [this === undefined ? "u" : typeof this, a, b, rest.length].join(); }
print(add.call(1, 2), add.apply(null, [3, 4, 5]), add.apply("s", { length: 2, 0: "x" }), add.call(), add.length, add.name);
attempt(() => add.apply(null, 1));
attempt(() => Function.prototype.call.call(1));
const bound = add.bind({ k: 1 }, 7);
print(bound(8), bound.name, bound.length, "prototype" in bound, bound.bind(null, 9)(), (() => {}).bind().name, (class { static x() {} }).x.bind().name);
function Point(x, y) { this.x = x; this.y = y; this.n = new.target === Point; }
const BoundPoint = Point.bind(null, 1);
const point = new BoundPoint(2);
print(point.x, point.y, point.n, point instanceof Point, point instanceof BoundPoint, Object.getPrototypeOf(point) === Point.prototype);
const named = Object.defineProperties(function () {}, { length: { value: 2.7 }, name: { value: Symbol("n") } }).bind();
print(named.length, named.name === "bound ", Object.defineProperty(function () {}, "length", { value: Infinity }).bind(1, 2).length, Object.defineProperty(function () {}, "length", { value: "3" }).bind().length);
attempt(() => Function.prototype.bind.call({}));
attempt(() => new (() => {}).bind()());
print((function  f ( a,b ) { return a /* c */ }).toString(), ((a) => a * 2).toString(), (class A { m() { return 1; } }).toString(), { get x() { return 1; } }.__lookupGetter__("x").toString(), { m(a) {} }.m.toString());
print(Math.max.toString(), bound.toString(), Array.prototype[Symbol.iterator].toString(), Function.prototype.toString());
attempt(() => Function.prototype.toString.call({}));
print(Function.prototype[Symbol.hasInstance].call(Array, []), Function.prototype[Symbol.hasInstance].call({}, []), typeof Function.prototype, Function.prototype(), Function.prototype.name === "", Function.prototype.length);
attempt(() => ({} instanceof Object.defineProperty(() => {}, "prototype", { value: 1 })));
const made = new Function("a", "b, c", "return a + b * c");
print(made(1, 2, 3), made.name, made.length, String(made), Function("return this")() === globalThis, new Function().toString());
attempt(() => Function("a", "return a +; 1"));
attempt(() => (function () { "use strict"; return arguments.callee; })());
attempt(() => (class { constructor() {} })());
print(Object.getOwnPropertyNames(Function.prototype).sort(), Object.getOwnPropertyNames(made).sort().includes("prototype"));
// booleans
print(Boolean(""), Boolean("0"), Boolean([]), new Boolean(false) ? "object" : "", new Boolean(1).valueOf(), true.toString(), Object(false).toString(), Boolean.prototype.valueOf());
attempt(() => Boolean.prototype.valueOf.call(1));
attempt(() => Boolean.prototype.toString.call({}));
// symbols
print(Symbol("d").description, Symbol().description, Symbol("").toString(), Symbol.for("r") === Symbol.for("r"), Symbol.keyFor(Symbol.for("r")), Symbol.keyFor(Symbol.iterator), Symbol.iterator.toString(), typeof Object(Symbol.iterator));
attempt(() => new Symbol());
attempt(() => Symbol.keyFor("x"));
attempt(() => Symbol("x") + "");
attempt(() => Symbol.prototype.toString.call(1));
attempt(() => Object.getOwnPropertyDescriptor(Symbol.prototype, "description").get.call(1));
print(Object(Symbol.iterator) == Symbol.iterator, Object(Symbol.iterator)[Symbol.toPrimitive]() === Symbol.iterator, Symbol.prototype[Symbol.toPrimitive].name, Symbol.prototype[Symbol.toStringTag]);
