// Iterator and its helpers.
function print(...values) { console.log(...values.map(String)); }
function attempt(f) {
  try { print(f()); } catch (error) { console.log(error.name + ": " + error.message); }
}
function counter(log, limit = Infinity) {
  return {
    __proto__: Iterator.prototype,
    i: 0,
    next() { this.i++; return this.i > limit ? { done: true } : { value: this.i, done: false }; },
    return() { log.push("closed at " + this.i); return {}; },
  };
}
let log = [];
print(counter(log).filter((x) => x % 2).map((x, i) => x * 10 + i).take(3).toArray(), log);
print(counter(log).drop(2).take(2).toArray(), [1, 2].values().flatMap((x) => [x, x * 2]).toArray(), log);
print(counter(log).some((x) => x > 2), counter(log).every((x) => x < 4), counter(log).find((x) => x === 5), log);
print(counter(log, 4).reduce((a, b) => a + b), counter(log, 3).reduce((a, b) => a + b, "s"), log.length);
const seen = [];
counter(log, 2).forEach((x, i) => seen.push(x, i));
print(seen);
log = [];
attempt(() => counter(log).map(1));
attempt(() => counter(log).take(NaN));
attempt(() => counter(log).drop(-1));
attempt(() => counter(log).map(() => { throw new RangeError("stop"); }).next());
attempt(() => counter(log).flatMap(() => 1).next());
attempt(() => counter(log, 0).reduce((a, b) => a));
attempt(() => new Iterator());
attempt(() => Iterator());
attempt(() => Iterator.prototype.map.call(1, (x) => x));
print(log);
const helper = counter(log = []).map((x) => x);
print(helper.next().value, JSON.stringify(helper.return()), JSON.stringify(helper.next()), JSON.stringify(helper.return()), log, Object.prototype.toString.call(helper));
const lazy = counter(log = []).take(0);
print(JSON.stringify(lazy.next()), log);
const plain = { next: () => ({ value: 5, done: false }) };
const wrapped = Iterator.from(plain);
print(wrapped.next().value, wrapped instanceof Iterator, JSON.stringify(wrapped.return()), Iterator.from([1, 2]).toArray(), Iterator.from("ab").toArray());
attempt(() => Iterator.from(1));
class Mine extends Iterator { next() { return { value: 1, done: true }; } }
print(new Mine().toArray().length, new Mine()[Symbol.iterator]() instanceof Mine, new Mine()[Symbol.toStringTag], Iterator.prototype.constructor === Iterator);
attempt(() => { "use strict"; Iterator.prototype[Symbol.toStringTag] = "x"; });
const nested = counter(log = []).flatMap((x) => counter(log, 2));
print(nested.next().value, nested.next().value, nested.next().value, JSON.stringify(nested.return()), log);
