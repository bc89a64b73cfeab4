// Errors of all kinds.
function print(...values) { console.log(...values.map(String)); }
function attempt(f) {
  try { print(f()); } catch (error) { console.log(error.name + ": " + error.message); }
}
for (const kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
  const error = new kind("m", { cause: 1 });
  print(error, error instanceof Error, kind("n").message, kind.name, kind.length, Object.getPrototypeOf(kind).name, kind.prototype.name, error.hasOwnProperty("name"), error.cause, Object.keys(error).length);
}
print(Object.getOwnPropertyNames(new Error("m", { cause: undefined })), Object.getOwnPropertyNames(new Error()), "cause" in new Error("m", {}), new Error(undefined).hasOwnProperty("message"));
const many = new AggregateError(new Set([1, "b"]), "several", { cause: "c" });
print(many, many.errors, many.cause, AggregateError.length, Object.getOwnPropertyNames(many), many instanceof Error);
attempt(() => new AggregateError(1));
print(Error.prototype.toString.call({ name: "N", message: "M" }), Error.prototype.toString.call({ name: "", message: "M" }), Error.prototype.toString.call({ message: "" }), Error.prototype.toString.call({ name: "N", message: "" }), Error.prototype.toString.call({}));
attempt(() => Error.prototype.toString.call(1));
class Mine extends RangeError {
  constructor(message) { super(message); this.extra = 1; }
  get name() { return "Mine"; }
}
const mine = new Mine("own");
print(mine, mine instanceof RangeError, Object.prototype.toString.call(mine), Error.isError(mine), Error.isError({ __proto__: Error.prototype }));
const target = {};
(function outer() { (function inner() { Error.captureStackTrace(target, inner); })(); })();
print(typeof target.stack, target.stack.split("\n")[0], target.stack.includes("inner"), target.stack.includes("outer"), Object.keys(target).length, Error.stackTraceLimit);
print(typeof new Error("x").stack, new TypeError("x").stack.startsWith("TypeError: x\n"));
attempt(() => Error.captureStackTrace(1));
attempt(() => null.x);
attempt(() => undefinedName);
attempt(() => (1)());
attempt(() => { const a = 1; a = 2; });
attempt(() => new Array(-1));
attempt(() => decodeURI("%"));
