// Search in graphs and among steps; what a step changed, and where to look for it.

import assert from "node:assert/strict";
import test from "node:test";

import { after, app, before, compilation, data } from "./small.mjs";

const { Compilation, change } = await app("model.js");
const { finder } = await app("search.js");
const search = (of, graph, query) => finder(of, query)(graph);
const { hasValue, numberIn } = await app("values.js");
const { filterSteps, ofRule } = await app("stepfilter.js");
const { changedIds, standIn, standIns, touchedBy } = await app("focus.js");
const { cardsOf } = await app("cards.js");
const { bytecodeOf, related, siteOf, sitesOf } = await app("links.js");
const { described, resumed } = await app("resume.js");
const { initial } = await app("state.js");

const FILTERS = { constants: true, frames: true, dead: true };
const found = (graph, query, of = compilation) => search(of, graph, query).found;

test("search by id, words, places", () => {
  assert.deepEqual(found(before, "n6"), [6]);
  assert.deepEqual(found(before, "6"), [6]);
  assert.deepEqual(found(before, "99"), []);
  assert.deepEqual(found(before, "int32"), [5, 6]);
  assert.deepEqual(found(before, "type:w32 op:phi"), [4]);
  assert.deepEqual(found(after, "rule:to_shift"), [11]);
  assert.deepEqual(found(after, "at:0x24"), [10]);
  assert.deepEqual(found(before, "0x24"), [10]);
  assert.deepEqual(found(before, "<script>"), []);
});

test("search by regular expression", () => {
  assert.deepEqual(found(before, "/^int32(add|constant)/"), [5, 6]);
  assert.deepEqual(found(before, "op:/^If/ op:/True/"), [8]);
  assert.deepEqual(found(before, "/"), [], "no expression yet: text");
  const { found: none, error } = search(compilation, before, "/(/");
  assert.ok(none.length === 0 && error.includes("regular expression"));
});

test("search for constants by value", () => {
  assert.deepEqual(found(before, "#7"), [5]);
  assert.deepEqual(found(before, "7"), [5, 7], "a constant, and a node of that number");
  assert.deepEqual(found(before, "0x7"), [5]);
  assert.deepEqual(found(before, "#8"), []);
  const op = (name, parameter) => ({ name, parameters: `[${parameter}]` });
  const holds = (name, parameter, text) => hasValue(op(name, parameter), numberIn(text));
  for (const text of ["-858993459", "3435973837", "0xcccccccd", "0xCCCCCCCD"]) assert.ok(holds("Int32Constant", "-858993459", text), text);
  assert.ok(!holds("Int32Constant", "-1", "0xffffffffffffffff") && holds("Int64Constant", "-1", "0xffffffffffffffff") && !holds("Int64Constant", "-1", "0xffffffff"));
  assert.ok(holds("Float32Constant", "0x3dcccccd", "0.1") && holds("Float32Constant", "0x3dcccccd", "0x3dcccccd") && holds("Float64Constant", "0x4000000000000000", "2"));
  assert.ok(holds("Float64Constant", "0x7ff8000000000000", "nan") && holds("Float64Constant", "0x7ff0000000000000", "inf") && holds("Float64Constant", "0xfff0000000000000", "-inf"));
  assert.ok(!holds("Int32Constant", "1", "1.0") && !holds("Float64Constant", "0x3ff8000000000000", "1"));
  assert.deepEqual(["add", "e", "0x", "1x", "-", "."].map(numberIn), Array(6).fill(undefined));
});

test("search finds nodes that are gone, and machine code", () => {
  const { found: here, gone } = search(compilation, after, "op:Int32Add");
  assert.deepEqual([here, gone], [[], [6]]);
  const coded = new Compilation({ ...data(), code: [[0, "", "shl eax, 7", "", 11, 0x20, -1, 0, ""], [3, "", "ret", "", 10, 0x24, -1, 1, ""]] });
  assert.deepEqual(found(coded.graph(1), "shl", coded), [11]);
  assert.deepEqual([...search(coded, coded.graph(1), "code:/^(shl|ret)$/").lines], [0, 1]);
  assert.deepEqual(found(coded.graph(1), "op:shl", coded), [11]);
  assert.deepEqual(found(coded.graph(1), "code:eax", coded), [], "mnemonics only");
});

test("steps by rule, node and words", () => {
  const steps = (query) => filterSteps(compilation, query).steps;
  assert.deepEqual(steps(ofRule("to_shift")), [[1, 0]]);
  assert.deepEqual(steps("rule:to_shif"), []);
  assert.deepEqual(steps("n6"), [[1, 0]]);
  assert.deepEqual(steps("n11 shift"), [[1, 0]]);
  assert.deepEqual(steps("n5"), []);
  assert.deepEqual(steps("/^to_/"), [[1, 0]]);
  assert.deepEqual(steps(""), []);
  assert.deepEqual([filterSteps(compilation, "li").phases, filterSteps(compilation, "/^shift$/").phases], [[0], [1]], "phases by name");
  assert.ok(filterSteps(compilation, "/(/").error);
});

const step = compilation.phases[1].steps[0];
const pairs = (found) => ({ ...found, changed: found.changed.map((id) => [id, id]) });

test("what a step changed: the main thing first", () => {
  const diff = pairs(change(compilation.graphAfterStep(1, -1), compilation.graphAfterStep(1, 0)));
  assert.deepEqual(changedIds(diff, step, false), [11, 4, 7, 10]);
  assert.deepEqual(changedIds(diff, step, true), [6, 4, 7, 10]);
  assert.deepEqual(changedIds({ added: [], removed: [6], changed: [] }, step, false), [6], "where it was");
  assert.deepEqual([...touchedBy(diff, step)].sort((a, b) => a - b), [4, 6, 7, 10, 11]);
});

test("what cannot be seen has somebody to stand for it", () => {
  const { place } = cardsOf(before, FILTERS);
  const seen = (id) => (place.has(id) ? id : undefined);
  assert.equal(standIn(6, [before], seen), 6);
  assert.equal(standIn(5, [before], seen), 6, "a constant is in its user");
  assert.equal(standIn(1, [before], seen), 10, "the end is not drawn: what it has as input");
  assert.deepEqual(standIns([5, 6, 4], [before], seen), [6, 4]);
  assert.deepEqual(standIns([1, 5, 4], [before], seen), [4, 10, 6], "what can be seen itself comes first");
  assert.equal(standIn(99, [before], seen), undefined);
  const later = cardsOf(after, FILTERS).place;
  assert.ok(later.has(standIn(6, [after, before], (id) => (later.has(id) ? id : undefined))), "of one that is gone, a user it had");
});

test("steps forwards, backwards and anew", () => {
  const nodes = (graph) => [...graph.nodes.values()].map((node) => `${node.id} ${node.inputs}`).join();
  const texts = [-1, 0, -1, 0, 1].map((index) => nodes(compilation.graphAfterStep(1, index)));
  assert.equal(texts[0], texts[2]);
  assert.equal(texts[1], texts[3]);
  assert.notEqual(texts[0], texts[1]);
  assert.equal(compilation.graphAfterStep(1, 0), compilation.graphAfterStep(1, 0));
});

test("a node that came and went within a phase has a life", () => {
  const more = data();
  const [first] = more.phases[1].steps;
  more.phases[1].steps = [{ ...first, rule: "a", edits: [[0, 20, 5, 3, 4, 4]] }, { ...first, rule: "b", edits: [[2, 20]] }, first];
  const of = new Compilation(more);
  assert.deepEqual(of.life(20).map((event) => [event.what, event.phase, event.step, event.rule]), [["created", 1, 0, "to_shift"], ["removed", 1, 1, "b"]]);
  assert.equal(of.node(20).op.name, "Int32Add");
  assert.deepEqual([of.life(99), of.node(99)], [[], undefined]);
  assert.deepEqual(search(of, of.graph(1), "n20").gone, [20]);
});

test("a node that nothing took the place of: by which step", () => {
  const more = data();
  more.phases[1].steps = [{ rule: "inline", node: 6, to: -1, rest: false, bound: [], remark: 0, edits: [[3, 4, 4, 2, 2, 3], [2, 6]] }];
  Object.assign(more.phases[1], { set: [[4, 4, 1, 2, 2, 3]], remarks: [0] });
  more.remarks = [{ kind: "passed", phase: "shift", message: "inlined g", node: 6, offset: 0x20, details: [] }];
  const of = new Compilation(more);
  const { what, step, rule } = of.life(6).at(-1);
  assert.deepEqual([what, step, rule], ["removed", 0, "inline"]);
  assert.deepEqual(of.remarksOn(6).map(({ remark, index, phase }) => [remark.message, index, phase]), [["inlined g", 0, 1]]);
});

test("copies of a function that was inlined twice", () => {
  const more = data();
  Object.assign(more, { functions: [{ name: "f", lines: [] }, { name: "g", lines: [] }], inlinings: [[1, 0x40, -1], [1, 0x44, 0]] });
  more.origins[1] = [0x20, 0, "", "", -1];
  more.origins[2] = [0x20, 1, "", "", -1];
  const of = new Compilation(more), graph = of.graph(0);
  assert.deepEqual([sitesOf(of, 0), sitesOf(of, 1)], [[-1], [0, 1]]);
  assert.equal(siteOf(of, 1), "0x44 of g, called at 0x40 of f");
  assert.deepEqual(bytecodeOf(of, of.origins[2]), { function: 1, offset: 0x20, inlining: 1 });
  const nodes = (at) => [...related(of, graph, { node: -1, at: { function: 1, offset: 0x20, ...at } }).nodes].sort((a, b) => a - b);
  assert.deepEqual(nodes({ inlining: 1 }), [10]);
  assert.deepEqual(nodes({ inlining: 0 }), [3, 4, 5, 6, 7, 8, 9]);
  assert.equal(nodes({}).length, 8);
});

test("after a compilation anew, the same is looked at, or it is said what is not there", () => {
  const base = initial(compilation), now = [compilation, new Compilation(data())];
  const state = { ...base, compilation: 0, phase: 1, step: 0, node: 4, view: "sea", against: { compilation: 1, phase: 0 } };
  const kept = JSON.parse(JSON.stringify(described({ state, compilation, compilations: now }, ["shift"])));
  assert.deepEqual(resumed(kept, now, now, base), { state, problems: [] });
  const without = data();
  without.phases = [without.phases[0], { ...without.phases[1], name: "other" }];
  const changed = [new Compilation(without), undefined];
  const { state: left, problems } = resumed(kept, changed, [changed[0]], base);
  assert.deepEqual([left.phase, left.step, left.against, left.node, left.view], [1, -1, null, 4, "sea"]);
  assert.ok(problems.some((text) => text.includes("no phase shift")));
  const longer = data();
  longer.phases.splice(1, 0, { ...longer.phases[0], name: "early", set: [] });
  const found = resumed(kept, [new Compilation(longer), now[1]], now, base);
  assert.equal(found.state.phase, 2, "a phase is known by its name");
  const other = data();
  other.phases[0].set = other.phases[0].set.map((raw) => (raw[0] === 4 ? [4, 5, 1, 2, 6] : raw));
  other.phases[1].set = other.phases[1].set.filter((raw) => raw[0] !== 4);
  assert.ok(resumed(kept, [new Compilation(other), now[1]], now, base).problems.some((text) => text.includes("n4 was Phi, and is another node now")));
});
