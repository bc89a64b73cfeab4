// Search, deep links, diffs, blocks and neighbourhoods on a small compilation made by hand.

import assert from "node:assert/strict";
import test from "node:test";

import { after, app, before, compilation, data, NODES } from "./small.mjs";

const { Compilation } = await app("model.js");
const { format, initial, parse } = await app("state.js");
const { difference } = await app("diff.js");
const { findBlocks } = await app("blocks.js");
const { neighbourhood, seaOf } = await app("sea.js");
const { cardItems, cardsOf, placeCards } = await app("cards.js");
const { blockLayout } = await app("blocklayout.js");
const { everything, placeEverything } = await app("everything.js");
const { seaLayout } = await app("sealayout.js");
const { SvgPainter } = await app("painter.js");

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
  const scene = placeCards(found, blockLayout(cardItems(found)));
  assert.equal(scene.edges.filter((edge) => edge.back).length, 1);
  const back = scene.edges.find((edge) => edge.back);
  assert.ok(back.points[0][1] > back.points.at(-1)[1]);
  assert.ok(!scene.place.has(5) && scene.place.get(6)[0].rows.some((row) => row.inputs === "n4, #7"), "the constant stands in its user");
});

test("a neighbourhood grows with its depth", () => {
  assert.deepEqual([...neighbourhood(before, [6], 1).keys()].sort((a, b) => a - b), [4, 5, 6, 7, 10]);
  assert.equal(neighbourhood(before, [6], 9).size, NODES.length);
  assert.equal(seaOf(before, {}, (id) => id === 6 || id === 4).edges.length, 2);
});

test("in the sea what replaced a node stands where that stood", () => {
  const filters = { constants: true, frames: true, dead: true }, all = everything(compilation, filters), layout = seaLayout(all.work);
  const scenes = [before, after].map((graph) => placeEverything(seaOf(graph, filters), all, layout));
  const at = (scene, id) => [scene.place.get(id).x, scene.place.get(id).y];
  for (const id of [2, 3, 4, 7, 10]) assert.deepEqual(at(scenes[0], id), at(scenes[1], id));
  assert.deepEqual(at(scenes[0], 6), at(scenes[1], 11));
  assert.ok(!scenes[0].place.has(11) && !scenes[1].place.has(6));
  assert.equal(all.work.sizes.length, NODES.length - 1, "n6 and n11 have one place, the constant none");
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
    { ...base, phase: 1, step: 0, node: 6, view: "near", depth: 3, tab: "changes", query: "a&b=c#<>", edges: "all", before: true, steps: "rule:to_shift" },
    { ...base, phase: 0, at: { function: 0, offset: 0x20 }, filters: { constants: false, frames: true, dead: false }, against: { compilation: 0, phase: 1 } },
    { ...base, at: { function: 0, offset: 0x20, inlining: -1 } },
    { ...base, filters: { constants: false, frames: false, dead: false } },
  ];
  for (const state of states) assert.deepEqual(parse(format(state, base), base, [compilation]), state);
});

test("a wrong link is as no link", () => {
  const base = initial(compilation);
  for (const hash of ["", "#", "#phase=77&step=9&view=x&tab=%&node=-3&at=9.0x1&against=4.4&hide=&before=2", "#at=0.0x20.7", "#%E0%A4%A=1&phase=%E0%A4%A"])
    assert.deepEqual(parse(hash, base, [compilation]), { ...base, filters: parse(hash, base, [compilation]).filters });
});

test("SVG is escaped", () => {
  const painter = new SvgPainter();
  painter.text(1, 2, '</text><script>"&', { color: "red", font: '12px "x"' });
  const text = painter.document(10, 10, "white");
  assert.ok(!text.includes("<script") && text.includes("&#60;script&#62;"));
});
