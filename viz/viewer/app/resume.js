// What was looked at, in words that still mean the same when everything has been compiled anew.

import { LEFT } from "./rows.js";

/** A phase by name: the second `simplify`; step: the third `add_zero` in it. */
function named(compilation, phase, step) {
  const { phases } = compilation;
  const { name } = phases[phase];
  const found = { name, nth: phases.slice(0, phase).filter((other) => other.name === name).length };
  if (step >= 0) {
    const { rule } = phases[phase].steps[step];
    found.step = { rule, nth: phases[phase].steps.slice(0, step).filter((other) => other.rule === rule).length };
  }
  return found;
}

/** All that is looked at, to be given to `resumed` by a later page. asked: the pipelines of all but the first compilation. */
export function described(app, asked) {
  const { state, compilation } = app;
  const node = state.node >= 0 ? compilation.node(state.node) : undefined;
  const { against } = state;
  return {
    state, asked, phase: named(compilation, state.phase, state.step),
    against: against && named(app.compilations[against.compilation], against.phase, -1),
    node: node && { op: node.op.name, offset: node.origin.offset },
    at: state.at && compilation.data.functions[state.at.function].name,
  };
}

function phaseOf(compilation, { name, nth }) {
  return compilation.phases.filter((phase) => phase.name === name)[nth]?.index ?? -1;
}

function ordinal(number) {
  return number ? `${number + 1}. ` : "";
}

/** {state, problems}: the state that a description means now, and in words what is not there any more. compilations: what
 * became of the old ones, in their order, undefined where that failed. */
export function resumed(described, compilations, now, base) {
  const problems = [];
  const old = described.state;
  const state = { ...base, ...old, step: -1, before: false, at: null, against: null };
  if (!compilations[old.compilation]) state.compilation = 0; // why has been said
  const compilation = compilations[old.compilation] ?? compilations[0];
  state.compilation = now.indexOf(compilation);
  const { phase, step } = moment(described.phase, compilation, problems);
  Object.assign(state, { phase, step, before: old.before && !old.against });
  if (old.node >= LEFT) state.node = -1; // a number that the old diff gave it
  const node = state.node >= 0 ? compilation.node(old.node) : undefined;
  if (described.node && (node?.op.name !== described.node.op || node.origin.offset !== described.node.offset)) {
    problems.push(`n${old.node} was ${described.node.op}, and ${node ? "is another node" : "is not there"} now`);
    state.node = -1;
  }
  if (old.at && compilation.data.functions[old.at.function]?.name === described.at) state.at = old.at;
  if (old.against) {
    const other = compilations[old.against.compilation];
    const found = other ? phaseOf(other, described.against) : -1;
    if (found >= 0) state.against = { compilation: now.indexOf(other), phase: found };
    else if (other) problems.push(`what it was compared with, the phase ${ordinal(described.against.nth)}${described.against.name}, is not there any more: there is no diff`);
  }
  return { state, problems };
}

/** The phase and step of a description, or what is nearest to them. */
function moment(wanted, compilation, problems) {
  const phase = phaseOf(compilation, wanted);
  if (phase < 0) {
    problems.push(`there is no phase ${ordinal(wanted.nth)}${wanted.name} any more: this is the last one`);
    return { phase: compilation.last, step: -1 };
  }
  if (!wanted.step) return { phase, step: -1 };
  const { steps } = compilation.phases[phase];
  const alike = steps.filter((step) => step.rule === wanted.step.rule);
  const found = steps.indexOf(alike[wanted.step.nth]);
  if (found < 0) problems.push(`${wanted.name} has no ${ordinal(wanted.step.nth)}step of ${wanted.step.rule || "this kind"} any more`);
  return { phase, step: found };
}
