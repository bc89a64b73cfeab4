// Search, deep links, diffs, blocks and neighbourhoods on a small compilation made by hand.

import assert from "node:assert/strict";
import test from "node:test";

const app = (name) => import(new URL(`../../../viz/viewer/app/${name}`, import.meta.url));
const { Compilation } = await app("model.js");
const { search } = await app("search.js");
const { format, initial, parse } = await app("state.js");
const { difference } = await app("diff.js");
const { findBlocks } = await app("blocks.js");
const { neighbourhood, seaOf } = await app("sea.js");
const { cardItems, cardsOf, placeCards } = await app("cards.js");
const { layered } = await app("layered.js");
const { SvgPainter } = await app("painter.js");

// [name, text, type, values, frame states, effects, controls, flags: 1 pure, 2 control out, 4 effect out]
const OPERATORS = [
  ["Start", "Start", "", 0, 0, 0, 0, 6], ["Parameter", "Parameter[1, Word32]", "Word32", 1, 0, 0, 0, 1], ["Int32Constant", "Int32Constant[7]", "Word32", 0, 0, 0, 0, 1],
  ["Loop", "Loop[2]", "", 0, 0, 0, 2, 2], ["Phi", "Phi[Word32, 2]", "Word32", 2, 0, 0, 1, 0], ["Int32Add", "Int32Add", "Word32", 2, 0, 0, 0, 1],
  ["Branch", "Branch", "", 1, 0, 0, 1, 2], ["IfTrue", "IfTrue", "", 0, 0, 0, 1, 2], ["IfFalse", "IfFalse", "", 0, 0, 0, 1, 2],
  ["Return", "Return[1]", "", 1, 0, 1, 1, 2], ["End", "End[1]", "", 0, 0, 0, 1, 0], ["Word32Shl", "Word32Shl", "Word32", 2, 0, 0, 0, 1],
];
const at = Object.fromEntries(OPERATORS.map(([name], index) => [name, index]));
// A loop that adds 7: n4 = phi(parameter, n6), n6 = n4 + 7.
const NODES = [
  [0, at.Start, 0], [2, at.Parameter, 0, 0], [3, at.Loop, 1, 0, 8], [4, at.Phi, 1, 2, 6, 3], [5, at.Int32Constant, 1], [6, at.Int32Add, 1, 4, 5],
  [7, at.Branch, 1, 6, 3], [8, at.IfTrue, 1, 7], [9, at.IfFalse, 1, 7], [10, at.Return, 2, 6, 0, 9], [1, at.End, 0, 10],
];

function data() {
  return {
    function: "f", pipeline: "shift", operators: OPERATORS,
    origins: [[-1, -1, "", "", -1], [0x20, -1, "", "", -1], [0x24, -1, "", "", -1], [0x20, -1, "shift", "to_shift", 6]],
    phases: [
      { name: "lift", nodes: NODES.length, seconds: 0, set: NODES, gone: [], steps: [] },
      { name: "shift", nodes: NODES.length, seconds: 0, set: [[11, at.Word32Shl, 3, 4, 5], [4, at.Phi, 1, 2, 11, 3], [7, at.Branch, 1, 11, 3], [10, at.Return, 2, 11, 0, 9]], gone: [6],
        steps: [{ rule: "to_shift", node: 6, to: 11, rest: false, edits: [[0, 11, at.Word32Shl, 3, 4, 5], [1, 6, 11]] }] },
    ],
    rules: { to_shift: { fired: 1 } }, remarks: [], functions: [{ lines: [[0x20, 0, "i32.add", ""]] }], inlinings: [], schedule: [], code: [], instructions: [], ranges: [],
  };
}

const compilation = new Compilation(data());
const [before, after] = [compilation.graph(0), compilation.graph(1)];

test("search", () => {
  assert.deepEqual(search(before, "n6"), [6]);
  assert.deepEqual(search(before, "6"), [6]);
  assert.deepEqual(search(before, "99"), []);
  assert.deepEqual(search(before, "int32"), [5, 6]);
  assert.deepEqual(search(before, "type:w32 op:phi"), [4]);
  assert.deepEqual(search(after, "rule:to_shift"), [11]);
  assert.deepEqual(search(after, "at:0x24"), [10]);
  assert.deepEqual(search(before, "<script>"), []);
});

test("blocks: the loop, and what is in it", () => {
  const { blocks, blockOf, rest } = findBlocks(before);
  assert.deepEqual(rest, []);
  assert.deepEqual(blocks.map((block) => block.op.name), ["Start", "Loop", "IfTrue", "IfFalse"]);
  assert.deepEqual(blocks.map((block) => block.depth), [0, 1, 1, 0]);
  assert.deepEqual(blocks[1].successors.map((block) => block.index), [2, 3]);
  assert.equal(blockOf.get(6), blocks[1]);
  assert.equal(blockOf.get(5), blocks[0], "a constant is moved out of the loop");
  assert.deepEqual(blocks[1].nodes, [3, 4, 6, 7]);
});

test("cards do not overlap, and the loop's edge goes back up", () => {
  const found = cardsOf(before, { constants: true, frames: true, dead: true });
  const { items, edges, options } = cardItems(found);
  const scene = placeCards(found, layered(items, edges, options));
  assert.equal(scene.edges.filter((edge) => edge.back).length, 1);
  const back = scene.edges.find((edge) => edge.back);
  assert.ok(back.points[0][1] > back.points.at(-1)[1]);
  assert.ok(!scene.place.has(5) && scene.place.get(6)[0].rows.some((row) => row.inputs === "n4, #7"), "the constant stands in its user");
});

test("a neighbourhood grows with its depth", () => {
  assert.deepEqual([...neighbourhood(before, 6, 1)].sort((a, b) => a - b), [4, 5, 6, 7, 10]);
  assert.equal(neighbourhood(before, 6, 9).size, NODES.length);
  assert.equal(seaOf(before, {}, (id) => id === 6 || id === 4).edges.length, 2);
});

test("two moments of one compilation", () => {
  const diff = difference(before, after, true);
  assert.deepEqual([diff.removed, diff.added, diff.changed], [[6], [11], [[4, 4], [7, 7], [10, 10]]]);
});

test("two compilations: what rules made is matched by what it is", () => {
  const other = data();
  other.phases[1].set.forEach((node) => node.forEach((id, index) => { if (id === 11 && index !== 1 && index !== 2) node[index] = 15; }));
  other.phases[1].steps = [];
  const diff = difference(after, new Compilation(other).graph(1), false);
  assert.deepEqual([diff.added, diff.removed, diff.changed], [[], [], []]);
  assert.equal(diff.pairs.get(11), 15);
});

test("lives", () => {
  assert.deepEqual(compilation.life(6).map((event) => [event.what, event.phase, event.step, event.by]), [["created", 0, -1, undefined], ["replaced", 1, 0, 11]]);
  assert.deepEqual(compilation.life(11).map((event) => [event.what, event.rule, event.from]), [["created", "to_shift", 6]]);
  assert.deepEqual(compilation.life(4).map((event) => [event.what, event.step, event.rule]), [["created", -1, ""], ["changed", 0, "to_shift"]]);
  assert.equal(compilation.becomes(6), 11);
  assert.deepEqual(compilation.made(6), [11]);
});

test("a link gives back what was looked at", () => {
  const base = initial(compilation);
  const states = [
    base,
    { ...base, phase: 1, step: 0, node: 6, view: "near", depth: 3, tab: "changes", query: "a&b=c#<>", edges: "all" },
    { ...base, phase: 0, at: { function: 0, offset: 0x20 }, filters: { constants: false, frames: true, dead: false }, against: { compilation: 0, phase: 1 } },
    { ...base, filters: { constants: false, frames: false, dead: false } },
  ];
  for (const state of states) assert.deepEqual(parse(format(state, base), base, [compilation]), state);
});

test("a wrong link is as no link", () => {
  const base = initial(compilation);
  for (const hash of ["", "#", "#phase=77&step=9&view=x&tab=%&node=-3&at=9.0x1&against=4.4&hide=", "#%E0%A4%A=1&phase=%E0%A4%A"])
    assert.deepEqual(parse(hash, base, [compilation]), { ...base, filters: parse(hash, base, [compilation]).filters });
});

test("SVG is escaped", () => {
  const painter = new SvgPainter();
  painter.text(1, 2, '</text><script>"&', { color: "red", font: '12px "x"' });
  const text = painter.document(10, 10, "white");
  assert.ok(!text.includes("<script") && text.includes("&#60;script&#62;"));
});
