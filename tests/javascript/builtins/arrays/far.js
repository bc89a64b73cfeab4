// Elements far from each other, and beyond the indices of arrays.
const far = [1, 2];
far[4294967294] = "last";
far[4294967295] = "a name";
console.log(far.length, Object.keys(far).join(), far.at(-1), far.indexOf(2), far[4294967295]);
try { far.push(1); } catch (error) { console.log(error.name, error.message, far.length, far[4294967295]); }
const long = { length: 2 ** 53 - 1, 9007199254740990: "end" };
console.log(Array.prototype.at.call(long, -1), Array.prototype.indexOf.call(long, "end", 2 ** 53 - 4), Array.prototype.slice.call(long, -2).join("|"));
console.log(Array.prototype.pop.call(long), long.length, Object.keys(long).join());
const gap = [];
gap[5000] = 1; gap[3] = 0;
console.log(gap.length, gap.reduce((a, b) => a + 10 * b, 5), Object.keys(gap).join(), gap.filter(() => true).join());
gap.length = 4;
console.log(gap.length, gap.join(), Object.keys(gap).join());
Object.defineProperty(gap, 1, { get() { return "got " + this.length; }, configurable: true });
console.log(gap.join(), gap.map((x) => x).join(), gap.slice(1, 2).join(), gap.concat([1]).join(), gap.indexOf("got 4"), gap.shift(), gap.join());
