// The protocol of iterators.
const log = [];
function source(values, options = {}) {
  return {
    [Symbol.iterator]() {
      log.push("iterator");
      let i = 0;
      return {
        next() { log.push("next"); if (options.throws === i) throw "next throws"; return i < values.length ? { value: values[i++], done: false } : { done: true }; },
        return(v) { log.push("return"); if (options.returnThrows) throw "return throws"; return options.returnValue ?? {}; },
      };
    },
  };
}
const flush = text => { console.log(text, log.join()); log.length = 0; };
const attempt = f => { let r; try { r = f(); } catch (e) { r = e instanceof Error ? e.name + ": " + e.message : "thrown " + e; } flush(String(r)); };
attempt(() => { let s = 0; for (const x of source([1, 2, 3])) s += x; return s; });
attempt(() => { for (const x of source([1, 2])) if (x == 1) break; return "broken"; });
attempt(() => { for (const x of source([1, 2])) return x; });
attempt(() => { for (const x of source([1, 2])) throw "body"; });
attempt(() => { for (const x of source([1, 2], { returnThrows: true })) throw "body"; });
attempt(() => { for (const x of source([1, 2], { returnThrows: true })) break; });
attempt(() => { for (const x of source([1, 2], { returnValue: 5 })) break; });
attempt(() => { for (const x of source([1, 2], { throws: 1 })); });
attempt(() => { outer: for (const x of source([1, 2])) { for (const y of source([3, 4])) continue outer; } return "nested"; });
attempt(() => { const [a] = source([1, 2]); return a; });
attempt(() => { const [a, b, c] = source([1, 2]); return [a, b, c].join("|"); });
attempt(() => { const [a, ...b] = source([1, 2, 3]); return b.join(); });
attempt(() => { const [] = source([1]); return "empty"; });
attempt(() => { const [, , a] = source([1, 2, 3, 4]); return a; });
attempt(() => { const [a = (() => { throw "default"; })()] = source([undefined]); });
attempt(() => { let o = { set x(v) { throw "setter"; } }; [o.x] = source([1]); });
attempt(() => { let a; for ([a] of source([source([1, 2])])) return a; });
attempt(() => [...source([1, 2]), ...source([3])].join());
attempt(() => Math.max(...source([1, 5, 3])));
attempt(() => Math.max(1, ...source([1, 5, 3]), ...source([9])));
attempt(() => new Array(...source([1, 2, 3])).length);
attempt(() => [...source([1], { throws: 1 })]);
attempt(() => new Map(source([[1, 2], [3, 4]])).get(3));
attempt(() => new Map(source([1])));
attempt(() => { for (const x of { [Symbol.iterator]() { return 5; } }); });
attempt(() => { for (const x of { [Symbol.iterator]() { return {}; } }); });
attempt(() => { for (const x of { [Symbol.iterator]() { return { next() { return 5; } }; } }); });
attempt(() => { let s = ""; for (const c of "a\u{1F600}b") s += c.length; return s; });
attempt(() => { const a = [1, 2]; let s = 0; for (const x of a) { s += x; if (a.length < 5) a.push(10); } return s; });
attempt(() => { let s = ""; for (const [k, v] of new Map([["a", 1], ["b", 2]])) s += k + v; return s; });
attempt(() => { let s = ""; for (const [i, v] of ["x", "y"].entries()) s += i + v; return s; });
attempt(() => Array.from({ length: 3 }, (_, i) => i * i).join());
attempt(() => { (function () { for (const x of arguments) log.push(x); })(1, 2); });
attempt(() => { const it = [1, 2, 3][Symbol.iterator](); const [a] = it; return a + [...it].join(); });
attempt(() => { for (var x of source([1])) { try { return "r"; } finally { log.push("finally"); } } });
attempt(() => { for (const x of source([1, 2])) { try { continue; } finally { log.push("f" + x); } } });
