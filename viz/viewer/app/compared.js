// A diff in a few numbers: bytes, nodes, times, and what rules did on each side.

import { count, el, milliseconds } from "./dom.js";

const MOST_RULES = 14;

/** A table; of one compilation what happened between the two phases, of two all of both. */
export function compared(app) {
  const { state, compilations, compilation } = app;
  const other = compilations[state.against.compilation];
  const same = other === compilation;
  const { diff } = app;
  const rows = [["nodes", diff.before.live.size, diff.after.live.size]];
  if (!same) {
    const spills = ({ data }) => new Set(data.ranges.filter((range) => range[4].startsWith("slot ")).map((range) => range[0])).size;
    const both = (name, value) => rows.push([name, value(other), value(compilation)]);
    both("bytes of code", ({ data }) => data.codeSize);
    both("of constants", ({ data }) => data.constantsSize);
    both("bytes of frame", ({ data }) => data.frameSize);
    both("instructions", ({ data }) => data.instructions.length);
    both("values in slots", spills);
    rows.push(["ms, traced", milliseconds(other.data.seconds), milliseconds(compilation.data.seconds)]);
  } else {
    const until = (phase) => milliseconds(compilation.phases.slice(0, phase + 1).reduce((sum, one) => sum + one.seconds, 0));
    rows.push(["ms until then, traced", until(state.against.phase), until(state.phase)]);
  }
  const fired = same ? [firedUntil(other, state.against.phase), firedUntil(compilation, state.phase)] : [firedIn(other), firedIn(compilation)];
  const names = [...new Set(fired.flatMap((rules) => [...rules.keys()]))];
  const pair = (name) => fired.map((rules) => rules.get(name) ?? 0);
  rows.push(["rules fired", ...fired.map((rules) => [...rules.values()].reduce((sum, number) => sum + number, 0))]);
  const differing = names.filter((name) => pair(name)[0] !== pair(name)[1]).sort((a, b) => Math.abs(pair(b)[1] - pair(b)[0]) - Math.abs(pair(a)[1] - pair(a)[0]) || (a < b ? -1 : 1));
  return el("section.compared", { "aria-label": "comparison" },
    el("h2", {}, "Left and right"),
    el("p.quiet", {}, same ? `${other.phases[state.against.phase].name} and ${compilation.phases[state.phase].name}` : `${other.pipeline || "no passes"} and ${compilation.pipeline || "no passes"}`),
    el("p", {}, el("span.plus", {}, `+${count(diff.added.length)}`), " ", el("span.minus", {}, `−${count(diff.removed.length)}`), " ", el("span.change", {}, `~${count(diff.changed.length)}`), ` nodes, ${count(diff.matched.length)} the same`),
    el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "what"), el("th", { scope: "col" }, "left"), el("th", { scope: "col" }, "right"), el("th", { scope: "col" }, "difference"))),
      el("tbody", {}, rows.map(([name, left, right]) => comparedLine(name, left, right)), differing.slice(0, MOST_RULES).map((name) => comparedLine(name, ...pair(name)))),
    ),
    differing.length > MOST_RULES ? el("p.quiet", {}, `and ${differing.length - MOST_RULES} more rules, in the tab Changes`) : null);
}

function comparedLine(name, left, right) {
  const by = Number(right) - Number(left);
  const text = (value) => (typeof value === "number" ? count(value) : value);
  return el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, text(left)), el("td", {}, text(right)),
    el("td", {}, by ? `${by > 0 ? "+" : "−"}${text(typeof right === "number" ? Math.abs(by) : Math.abs(by).toFixed(2))}` : ""));
}

function firedIn(compilation) {
  return new Map(Object.entries(compilation.data.rules).filter(([, rule]) => rule.fired).map(([name, rule]) => [name, rule.fired]));
}

function firedUntil(compilation, phase) {
  const found = new Map();
  for (const { steps } of compilation.phases.slice(0, phase + 1)) for (const { rule } of steps) if (rule) found.set(rule, (found.get(rule) ?? 0) + 1);
  return found;
}
