// What is looked at, and its deep link: `#phase=3&node=42&view=sea`.

export const VIEWS = ["blocks", "sea", "near", "schedule"];
export const TABS = ["code", "schedule", "instructions", "changes", "remarks"];
const VALUE = /^(?:v\d+|(?:slot|argument) \d+|r\w{1,2}|xmm\d+|L[0-9a-f]+)$/;
export const FILTERS = ["constants", "frames", "dead"];

/** compilation, phase, step (-1: after the whole phase), before (the moment before the step, or the phase), node (-1), at
 * ({function, offset, inlining: -1 for the compiled one, absent for all call sites} or null), view, depth of the
 * neighbourhood, filters (true: hidden; constants: written into their users), edges ("selected", "all"), against
 * ({compilation, phase} or null: the left side of a diff), merged (a diff as one graph), tab, query, steps (which are
 * listed: see `filterSteps`), value (of a virtual register, a slot, a register, a label of the code; ""). */
export function initial(compilation) {
  const nodes = compilation.phases[compilation.last].nodes;
  return {
    compilation: 0, phase: compilation.last, step: -1, before: false, node: -1, at: null, view: nodes > 5000 ? "near" : "blocks", depth: 2,
    filters: { constants: true, frames: true, dead: true }, edges: "selected", against: null, tab: "code", query: "", steps: "", value: "", merged: false,
  };
}

export function format(state, base) {
  const parts = [];
  const add = (key, value, usual) => {
    if (value !== usual) parts.push(`${key}=${encodeURIComponent(value)}`);
  };
  add("compilation", state.compilation, 0);
  parts.push(`phase=${state.phase}`);
  add("step", state.step, -1);
  add("before", Number(state.before), 0);
  add("node", state.node, -1);
  if (state.at) parts.push(`at=${state.at.function}.0x${state.at.offset.toString(16)}${state.at.inlining >= -1 ? `.${state.at.inlining}` : ""}`);
  parts.push(`view=${state.view}`);
  add("depth", state.depth, base.depth);
  const hidden = FILTERS.filter((name) => state.filters[name]).join("+") || "nothing";
  add("hide", hidden, FILTERS.join("+"));
  add("edges", state.edges, "selected");
  if (state.against) parts.push(`against=${state.against.compilation}.${state.against.phase}`);
  add("merged", state.merged ? 1 : 0, 0);
  add("tab", state.tab, "code");
  add("find", state.query, "");
  add("steps", state.steps, "");
  add("value", state.value, "");
  return `#${parts.join("&")}`;
}

/** The state that a link means; what it does not say, or says wrongly, is as in `base`. */
export function parse(hash, base, compilations) {
  const said = new Map();
  for (const part of hash.replace(/^#/, "").split("&")) {
    const [key, value] = part.split("=");
    if (value === undefined) continue;
    try {
      said.set(key, decodeURIComponent(value));
    } catch {
      continue; // a broken escape: as if it were not there
    }
  }
  const number = (key, most, otherwise) => {
    const value = Number(said.get(key));
    return said.has(key) && Number.isInteger(value) && value >= 0 && value <= most ? value : otherwise;
  };
  const compilation = number("compilation", compilations.length - 1, base.compilation);
  const { phases } = compilations[compilation];
  const phase = number("phase", phases.length - 1, phases.length - 1);
  const state = { ...base, compilation, phase };
  state.step = number("step", phases[phase].steps.length - 1, -1);
  state.before = number("before", 1, 0) === 1;
  state.node = number("node", Infinity, -1);
  state.at = siteIn(said.get("at") ?? "", compilations[compilation].data);
  if (VIEWS.includes(said.get("view"))) state.view = said.get("view");
  state.depth = number("depth", 9, base.depth);
  if (said.has("hide")) {
    const hidden = said.get("hide").split("+");
    state.filters = Object.fromEntries(FILTERS.map((name) => [name, hidden.includes(name)]));
  }
  if (said.get("edges") === "all") state.edges = "all";
  const against = /^(\d+)\.(\d+)$/.exec(said.get("against") ?? "");
  if (against && Number(against[1]) < compilations.length && Number(against[2]) < compilations[against[1]].phases.length)
    state.against = { compilation: Number(against[1]), phase: Number(against[2]) };
  if (state.against) state.before = false;
  state.merged = said.get("merged") === "1";
  if (TABS.includes(said.get("tab"))) state.tab = said.get("tab");
  state.query = said.get("find") ?? "";
  if (VALUE.test(said.get("value") ?? "")) state.value = said.get("value");
  state.steps = said.get("steps") ?? "";
  return state;
}

/** Is a link about a compilation that is not there? */
export function leadsElsewhere(hash, compilations) {
  const found = [.../[#&](?:compilation|against)=(\d+)/g[Symbol.matchAll](hash)];
  return found.some(([, index]) => Number(index) >= compilations.length);
}

function siteIn(text, { functions, inlinings }) {
  const at = /^(\d+)\.0x([0-9a-f]+)(?:\.(-1|\d+))?$/.exec(text);
  if (!at || Number(at[1]) >= functions.length) return null;
  const found = { function: Number(at[1]), offset: parseInt(at[2], 16) };
  if (at[3] === undefined) return found;
  return Number(at[3]) < inlinings.length ? { ...found, inlining: Number(at[3]) } : null;
}
