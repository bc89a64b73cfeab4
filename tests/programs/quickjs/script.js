"use strict";
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
print(fib(18));

const numbers = Array.from({ length: 500 }, (_, i) => (i * 7919) % 1009).sort((x, y) => x - y);
print(numbers[0], numbers[250], numbers[499], numbers.reduce((x, y) => x + y));
print("the quick brown fox".replace(/\b(\w)(\w*)/g, (_, a, b) => a.toUpperCase() + b));
print(JSON.stringify({ a: [1, 2.5, null, true], b: "x\n", c: { d: -0 } }), JSON.parse("[1e3]")[0]);
print(0.1 + 0.2, 1 / 3, 5e-324, 2 ** 53, (255).toString(16), parseFloat("1.5e300"), (25).toString(36), 7 % -3, -7 >> 1, -7 >>> 28);

class Point {
  #x;
  constructor(x) { this.#x = x; }
  get square() { return this.#x ** 2; }
  static of(...xs) { return xs.map((x) => new Point(x)); }
}
print(Point.of(1, 2, 3).map((p) => p.square).join());

function* count(to) { for (let i = 0; i < to; i++) yield i; }
const { a, ...rest } = { a: 1, b: 2, c: 3 };
print([...count(4)], new Set([1, 1, 2]).size, new Map([[1, "x"]]).get(1), Object.keys(rest));

let caught = 0;
for (let i = 0; i < 300; i++) { try { if (i % 3 === 0) throw new RangeError(i); } catch (e) { caught += e instanceof RangeError; } finally { caught += 1000; } }
print(caught);
try { null.x; } catch (e) { print(e.name); }


const bytes = new Uint8Array(new Float64Array([Math.PI]).buffer);
print(bytes.join(), new Date(86400000 * 365.25 * 30).toISOString(), [3, 1, 2].toString(), typeof Symbol.iterator);
(async () => { let s = 0; for (let i = 0; i < 3; i++) s += await i; return s; })().then((s) => print("promised", s));
print("last of the script");
