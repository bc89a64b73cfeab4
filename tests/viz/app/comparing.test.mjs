// Two sides: sequences that are aligned, graphs that become one, and names that are the same in all phases.

import assert from "node:assert/strict";
import test from "node:test";

const app = (name) => import(new URL(`../../../viz/viewer/app/${name}`, import.meta.url));
const { align, correspond } = await app("align.js");
const { difference } = await app("diff.js");
const { findBlocks } = await app("blocks.js");
const { MergedGraph, mergeBlocks } = await app("merged.js");
const { Compilation } = await app("model.js");
const { fullText, LEFT } = await app("rows.js");

function random(seed) {
  let state = seed;
  return (most) => (state = (state * 1103515245 + 12345) % 2147483648) % most;
}

test("a longest common subsequence", () => {
  assert.deepEqual(correspond([..."abcbdab"], [..."bdcaba"]).length, 4);
  assert.deepEqual(correspond([], [..."ab"]), []);
  const next = random(7);
  for (let round = 0; round < 60; round++) {
    const make = () => Array.from({ length: next(30) }, () => next(4));
    const a = make(), b = make(), pairs = correspond(a, b);
    pairs.forEach(([i, j], index) => {
      assert.equal(a[i], b[j]);
      if (index) assert.ok(pairs[index - 1][0] < i && pairs[index - 1][1] < j);
    });
    let row = Array(b.length + 1).fill(0); // by the textbook, a row at a time
    for (const x of a) {
      const now = [0];
      for (let j = 0; j < b.length; j++) now.push(x === b[j] ? row[j] + 1 : Math.max(row[j + 1], now[j]));
      row = now;
    }
    assert.equal(pairs.length, row[b.length]);
  }
});

test("long sequences are aligned by what is unique in them, and quickly", () => {
  const a = Array.from({ length: 9000 }, (_, index) => (index % 3 ? `x${index % 7}` : `n${index}`));
  const b = a.filter((_, index) => index % 10).flatMap((key, index) => (index % 50 ? [key] : [key, "new"]));
  const start = performance.now(), pairs = correspond(a, b);
  assert.ok(performance.now() - start < 2000);
  assert.ok(pairs.length > 0.9 * 8100, `${pairs.length}`);
});

test("rows have everything once, in order; surer keys come first", () => {
  const left = ["a", "mov 1", "b", "mov 2"], right = ["mov 2", "a", "c", "b"];
  const rows = align([[left, right], [left.map((key) => key.split(" ")[0]), right.map((key) => key.split(" ")[0])]]);
  assert.deepEqual(rows.map((row) => row.left).filter((index) => index >= 0), [0, 1, 2, 3]);
  assert.deepEqual(rows.map((row) => row.right).filter((index) => index >= 0), [0, 1, 2, 3]);
  assert.ok(rows.some((row) => row.left === 0 && row.right === 1) && rows.some((row) => row.left === 2 && row.right === 3));
});

// [name, text, type, values, frame states, effects, controls, flags: 1 pure, 2 control out, 4 effect out]
const OPERATORS = [
  ["Start", "Start", "", 0, 0, 0, 0, 6], ["Parameter", "Parameter[1, Word32]", "Word32", 1, 0, 0, 0, 1], ["Branch", "Branch", "", 1, 0, 0, 1, 2],
  ["IfTrue", "IfTrue", "", 0, 0, 0, 1, 2], ["IfFalse", "IfFalse", "", 0, 0, 0, 1, 2], ["Merge", "Merge[2]", "", 0, 0, 0, 2, 2], ["Phi", "Phi[Word32, 2]", "Word32", 2, 0, 0, 1, 0],
  ["Float64Constant", "Float64Constant[0x3ff8000000000000]", "Float64", 0, 0, 0, 0, 1, "Float64Constant[1.5]", ["1.5"]], ["Return", "Return[1]", "", 1, 0, 1, 1, 2], ["End", "End[1]", "", 0, 0, 0, 1, 0],
];
const at = Object.fromEntries(OPERATORS.map(([name], index) => [name, index]));
// if (p) a else b, and after a pass b alone: the branch is gone
const BEFORE = [[0, at.Start, 0], [2, at.Parameter, 0, 0], [3, at.Float64Constant, 0], [4, at.Branch, 0, 2, 0], [5, at.IfTrue, 0, 4], [6, at.IfFalse, 0, 4], [7, at.Merge, 0, 5, 6], [8, at.Phi, 0, 2, 3, 7],
  [9, at.Return, 0, 8, 0, 7], [1, at.End, 0, 9]];

function compilation(schedule = []) {
  return new Compilation({ function: "f", pipeline: "p", operators: OPERATORS, origins: [[-1, -1, "", "", -1]],
    phases: [{ name: "lift", nodes: 10, seconds: 0, set: BEFORE, gone: [], steps: [] },
      { name: "fold", nodes: 5, seconds: 0, set: [[9, at.Return, 0, 3, 0, 0]], gone: [2, 4, 5, 6, 7, 8], steps: [{ rule: "fold", node: 4, to: 0, rest: false, edits: [[3, 9, at.Return, 3, 0, 0]] }] }],
    rules: {}, remarks: [], functions: [{ lines: [] }], inlinings: [], schedule, code: [], instructions: [], ranges: [] });
}

for (const [title, same] of [["of two phases", true], ["of two compilations", false]])
  test(`one graph ${title}`, () => {
    const made = compilation();
    const diff = { ...difference(made.graph(0), made.graph(1), same), before: made.graph(0), after: made.graph(1) };
    const merged = new MergedGraph(diff, same), id = (node) => (same ? node : LEFT + node);
    assert.equal(merged.live.size, same || diff.removed.length === 6 ? 10 : 5 + diff.removed.length);
    for (const node of merged.nodes.values()) for (const child of node.inputs) assert.ok(merged.get(child), "edges end somewhere");
    const blocks = mergeBlocks(findBlocks(diff.before).blocks, findBlocks(diff.after).blocks, diff, same);
    assert.deepEqual(blocks.map((block) => [block.header, Boolean(block.gone)]), [[0, false], [id(5), true], [id(6), true], [id(7), true]]);
    assert.deepEqual(blocks.map((block) => block.index), [0, 1, 2, 3]);
    const everything = blocks.flatMap((block) => block.nodes);
    assert.equal(new Set(everything).size, everything.length);
    for (const node of diff.removed) assert.ok(everything.includes(id(node)), `n${node}`);
    assert.equal(blocks[0].nodes[0], 0, "a header stays in front");
    assert.deepEqual(blocks[0].successors.map((block) => block.header), [id(5), id(6)]);
    if (!same) assert.ok(fullText(merged.get(id(8))).startsWith("n8' = Phi[Word32, 2](n2', n3, n7')"), fullText(merged.get(id(8))));
  });

test("blocks keep their numbers, the scheduler's first", () => {
  const block = (index, header) => ({ index, nodes: [header], successors: [], predecessors: [], moved: {}, depth: 0, loop: false, deferred: false });
  const made = compilation([block(0, 0), block(1, 7)]);
  const numbers = (phase) => Object.fromEntries(findBlocks(made.graph(phase)).blocks.map((found) => [found.header, found.number]));
  assert.deepEqual(numbers(0), { 0: 0, 7: 1, 5: 2, 6: 3 });
  assert.deepEqual(numbers(1), { 0: 0 });
  assert.deepEqual([0, 1, 2, 3, 4].map((number) => made.names.header(number)), [0, 7, 5, 6, -1]);
});

test("floats are numbers", () => {
  assert.equal(fullText(compilation().graph(0).get(3)), "n3 = Float64Constant[1.5]()");
});
