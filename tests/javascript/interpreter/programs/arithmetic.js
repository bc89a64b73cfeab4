// Operators on numbers, strings and BigInts.
const numbers = [0, -0, 1, -1, 2, 3, 7, -7, 0.5, -2.5, 31, 32, 2147483647, -2147483648, 2147483648, 4294967296, 1e21, 1e-7, NaN, Infinity, -Infinity];
const show = value => Object.is(value, -0) ? "-0" : String(value);
const operators = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, mod: (a, b) => a % b,
  exp: (a, b) => a ** b, or: (a, b) => a | b, xor: (a, b) => a ^ b, and: (a, b) => a & b,
  shl: (a, b) => a << b, sar: (a, b) => a >> b, shr: (a, b) => a >>> b,
  lt: (a, b) => a < b, gt: (a, b) => a > b, le: (a, b) => a <= b, ge: (a, b) => a >= b, eq: (a, b) => a == b, same: (a, b) => a === b,
};
for (const name in operators) {
  for (const a of numbers) {
    let line = name + " " + show(a) + ":";
    for (const b of numbers) line += " " + show(operators[name](a, b));
    console.log(line);
  }
}
for (const a of numbers) {
  let x = a, y = a;
  console.log(show(-a), show(+a), show(~a), show(!a), show(x++), show(x), show(--y), show(y));
  console.log(show(a + 1), show(a - 1), show(a * 2), show(a / 2), show(a % 3), show(a ** 2), show(a | 1), show(a ^ 1), show(a & 1));
  console.log(show(a << 1), show(a >> 1), show(a >>> 1), show(2 * a), show(1 | a));
}
const bigs = [0n, 1n, -1n, 5n, -5n, 64n, 123456789012345678901234567890n];
for (const a of bigs) {
  for (const b of bigs) {
    const line = [];
    for (const name of ["add", "sub", "mul", "div", "mod", "or", "xor", "and", "lt", "eq", "same"]) {
      try { line.push(operators[name](a, b)); } catch (e) { line.push(e.name + ": " + e.message); }
    }
    console.log(line.join(" "));
  }
  let c = a;
  c++;
  console.log(String(-a), String(~a), String(c), a << 3n, a >> 1n, a == 1, 1 < a, "5" == a, a > "4");
}
for (const f of [() => 1n + 1, () => +1n, () => 1n >>> 0n, () => 2n ** -1n, () => 1n / 0n, () => Symbol() + "", () => -Symbol()]) {
  try { f(); } catch (e) { console.log(e.name + ": " + e.message); }
}
console.log("5" * "2", "a" + 1 + 2, 1 + 2 + "a", "3" - 1, [] + {}, [1, 2] + "", null + 1, undefined + 1, true + true, "b" > "a", "B" > "a", "10" < "9", 10 < "9");
console.log(null == 0, null >= 0, undefined == null, NaN != NaN, "1" == 1, true == "1", [1] == 1, ({}) == "[object Object]", null === null);
const order = [];
const thing = name => ({ valueOf() { order.push(name); return 1; } });
thing("a") < thing("b"); thing("c") > thing("d"); thing("e") <= thing("f"); thing("g") >= thing("h"); thing("i") + thing("j");
console.log(order.join(""));
console.log(typeof 1, typeof "", typeof null, typeof undefined, typeof {}, typeof (() => 1), typeof Symbol(), typeof 1n, typeof true, typeof nothing);
console.log(typeof 1 == "number", typeof "" == "string", typeof nothing === "undefined", typeof null === "object", typeof show === "function", typeof 1 == "nonsense", typeof 1n === "bigint", typeof Symbol() === "symbol", typeof true !== "boolean");
console.log(0.1 + 0.2, 1e21 + 1, 123456789 * 1000, 1 / 3, 5e-324, 1.7976931348623157e308 * 10, 100 / 3, 0.000001, 1e-7, 123e-20, 4.35, 1e300 * 1e10);
