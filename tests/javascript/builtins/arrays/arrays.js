// Methods of arrays, with holes, species, array-like objects, and what they throw.
function show(value) {
  if (Array.isArray(value)) {
    const parts = [];
    for (let i = 0; i < value.length; i++) parts.push(i in value ? show(value[i]) : "hole");
    return "[" + parts.join(", ") + "]";
  }
  if (typeof value === "string") return '"' + value + '"';
  if (typeof value === "symbol") return value.toString();
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "object" && value !== null) {
    return "{" + Object.keys(value).map((key) => key + ": " + show(value[key])).join(", ") + "}";
  }
  return String(value);
}
function print(...values) { console.log(values.map(show).join(" ")); }
function attempt(f) {
  try { print(f()); } catch (error) { console.log(error.name + ": " + error.message); }
}

// the constructor
print(new Array(3), Array(1, 2), new Array("3"), [].length, new Array(4294967295).length);
attempt(() => new Array(-1));
attempt(() => new Array(1.5));
attempt(() => { const a = []; a.length = 4294967296; });
print(Array.from({ length: 3, 0: "a", 2: "c" }), Array.from("abc", (x, i) => x + i), Array.of(7), Array.of());
attempt(() => Array.from([1], 5));
class Stack extends Array { top() { return this[this.length - 1]; } }
const stack = Stack.from([1, 2, 3]);
print(stack.top(), stack instanceof Stack, stack.map((x) => x * 2) instanceof Stack, stack.slice(1).top(), Stack.of(4).top());

// ends
const ends = [1, 2, 3];
print(ends.push(4, 5), ends.pop(), ends.shift(), ends.unshift(8, 9), ends, [].pop(), [].shift(), [].push());
const sparse = [, 1, , 2];
print(sparse.pop(), sparse.shift(), sparse, sparse.length);
const like = { length: 2, 0: "x", 1: "y" };
print(Array.prototype.push.call(like, "z"), Array.prototype.shift.call(like), Array.prototype.unshift.call(like, "w"), like);
attempt(() => Object.freeze([1]).push(2));
attempt(() => Object.freeze([1]).pop());
attempt(() => Array.prototype.push.call({ length: 2 ** 53 - 1 }, 1));
attempt(() => Array.prototype.pop.call(null));
const fixed = [1, 2];
Object.defineProperty(fixed, "length", { writable: false });
attempt(() => fixed.shift());
print(fixed);
Array.prototype[3] = "inherited";
const holes = [0, 1, 2, , 4];
print(holes[3], holes.shift(), holes, holes.indexOf("inherited"), [1, 2, 3, , 5].slice(2), [1, , 3, , 5].concat([6])[3]);
delete Array.prototype[3];
const kinds = [1, 2];
kinds.push(1.5); kinds.push("s"); kinds.unshift(-0, NaN); kinds.push(undefined, null);
print(kinds, kinds.indexOf(0), kinds.indexOf(NaN), kinds.includes(NaN), kinds.lastIndexOf("s"));
const doubles = [0.5, 1.5];
doubles.push(2); doubles.shift(); doubles.unshift(9.25); doubles.splice(1, 0, 7, 8);
print(doubles, doubles.indexOf(2), doubles.slice(1, 3), doubles.concat([0.25]), doubles.reverse());

// splice, slice, concat
const letters = ["a", "b", "c", "d", "e"];
print(letters.splice(1, 2), letters, letters.splice(-1), letters, letters.splice(1, 0, "x", "y", "z"), letters, letters.splice(0), letters);
print([1, 2, 3].splice(), [1, 2, 3].splice(undefined), [1, 2, 3].splice(1, undefined), [1, , 3].splice(0, 2));
print([1, 2, 3, 4].slice(-2), [1, 2, 3].slice(1, -1), [1, 2, 3].slice(2, 1), [1, , 3].slice(), Array.prototype.slice.call("abc", 1));
print([1].concat(2, [3, [4]], "ab"), [1, , 2].concat([, 3]), [].concat({ length: 1, 0: "s", [Symbol.isConcatSpreadable]: true }));
const spreadless = [1, 2];
spreadless[Symbol.isConcatSpreadable] = false;
print([0].concat(spreadless).length);

// searching
print([1, 2, 1].indexOf(1, 1), [1, 2, 1].lastIndexOf(1, 1), [1, 2].indexOf(3), [1, 2, 1].lastIndexOf(1, -4), [, 1].includes(undefined), [, 1].indexOf(undefined));
print([5, 6, 7].find((x) => x > 5), [5, 6, 7].findIndex((x) => x > 9), [5, 6, 7].findLast((x) => x < 7), [5, 6].findLastIndex((x) => x), [1, 2].at(-1), [1].at(3));
print(["a", "bb"].indexOf("b" + "b"), [10n, 2n].indexOf(2n), [true, null].indexOf(null), [[]].indexOf([]));

// callbacks
const seen = [];
[1, , 3].forEach(function (value, index, array) { seen.push(value, index, array.length, this.k); }, { k: "t" });
print(seen, [1, , 3].map((x) => x + 1), [1, 2, 3].filter((x) => x % 2), [1, 2].some((x) => x > 1), [].every((x) => false), [1, 2].every((x) => x < 2));
print([1, 2, 3].reduce((a, b) => a + "-" + b), [1, 2, 3].reduceRight((a, b) => a + "-" + b, "s"), [, 5, ,].reduce((a, b) => a));
attempt(() => [].reduce((a, b) => a));
attempt(() => [1].map(3));
attempt(() => [1].forEach());
const growing = [1, 2, 3];
print(growing.map((x) => { growing.push(x); growing.length > 4 && growing.shift(); return x; }), growing);
print([1, [2, [3, [4, [5]]]]].flat(), [1, [2, [3, [4]]]].flat(Infinity), [[1, , 2], , 3].flat(), [1, 2].flatMap((x) => [x, [x * 2]]));

// order
print([3, 1, 2].sort(), [10, 9, 1, 100].sort(), ["b", , undefined, "a"].sort(), [3, 1, 2].sort((a, b) => b - a), [1.5, -0.5, 10.25].sort());
const people = [["x", 2], ["y", 1], ["z", 2], ["w", 1]];
print(people.sort((a, b) => a[1] - b[1]), [2, 1].sort(() => NaN), [5, 25, 100, 1].sort(undefined));
attempt(() => [1].sort(null));
attempt(() => [2, 1].sort(() => { throw new RangeError("stop"); }));
print([1, 2, 3].reverse(), [1, , 3, 4].reverse(), Array.prototype.reverse.call({ length: 3, 0: "a" }));
print([1, 2, 3, 4, 5].copyWithin(0, 3), [1, 2, 3, 4, 5].copyWithin(1, 0, 3), [1, , 3].copyWithin(0, 1), [1, 2, 3].fill(0, 1), new Array(3).fill("f"), [1, 2, 3].fill(9, -1));

// copies with changes
const original = [3, , 1];
print(original.toReversed(), original.toSorted(), original.toSpliced(1, 1, "n", "m"), original.with(0, 7), original);
attempt(() => [1].with(1, 0));
attempt(() => [1].toSorted(1));

// text
const self = [1];
self.push(self, 2);
print([1, null, undefined, [2, [3]], "s"].join(), [1, 2].join(" + "), [, , ].join("x"), self.join(), String([1, [2]]), [].toString());
print([1.5, "a", null].toLocaleString(), Array.prototype.toString.call({ join: () => "j" }), Array.prototype.toString.call({}), Array.prototype.join.call({ length: 2, 0: 1 }, "-"));
attempt(() => [Symbol("s")].join());

// iterators and attributes
print([...["a", "b"].entries()], [...[7, 8].keys()], [...[, 1].values()], [][Symbol.iterator] === [].values, Object.prototype.toString.call([].keys()));
const iterator = [1, 2, 3][Symbol.iterator]();
print(iterator.next(), [...iterator], iterator.next(), typeof iterator[Symbol.iterator]);
attempt(() => iterator.next.call({}));
print(Object.keys(Array.prototype[Symbol.unscopables]), Array.isArray(Array.prototype), Array[Symbol.species] === Array);
print(Object.getOwnPropertyNames(Array.prototype).sort());
print(["push", "concat", "slice", "splice", "flat", "with", "copyWithin", "values"].map((name) => [Array.prototype[name].name, Array.prototype[name].length]));
const long = [];
for (let i = 0; i < 3000; i++) long.push(i * 2);
for (let i = 0; i < 1000; i++) long.shift();
print(long.length, long[0], long.indexOf(4000), long.slice(-2), long.filter((x) => x % 1000 === 0), long.splice(10, 1980).length, long);
