// All pairs of values with all operators, often enough that they are in machine code.
const values = [
  0, -1, 42, -0, 2147483647, -2147483648, 0.5, NaN, 1e300, undefined, null, true, "", "7", "123456789", "7x", 12n,
  { valueOf: () => 3 }, Symbol.iterator,
];
const operators = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, mod: (a, b) => a % b, exp: (a, b) => a ** b,
  or: (a, b) => a | b, and: (a, b) => a & b, xor: (a, b) => a ^ b, shl: (a, b) => a << b, shr: (a, b) => a >> b, ushr: (a, b) => a >>> b,
  lt: (a, b) => a < b, gt: (a, b) => a > b, le: (a, b) => a <= b, ge: (a, b) => a >= b, eq: (a, b) => a == b, seq: (a, b) => a === b,
  addSmi: a => a + 7, subSmi: a => a - 7, mulSmi: a => a * 3, modSmi: a => a % 4, shlSmi: a => a << 3, ushrSmi: a => a >>> 1, neg: a => -a, not: a => ~a,
  inc: a => { a++; return a; }, dec: a => --a, plus: a => +a, truth: a => (a ? "t" : "f") + !a, type: a => typeof a,
};
function shown(f, a, b) {
  try {
    const value = f(a, b);
    return typeof value === "symbol" ? "symbol" : (Object.is(value, -0) ? "-0" : String(value)) + typeof value[0];
  } catch (e) { return e instanceof TypeError ? "T" : e.name; }
}
for (const name in operators) {
  for (const a of values) console.log(name, values.map(b => shown(operators[name], a, b)).join(" "));
}
