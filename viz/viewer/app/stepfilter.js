// Which steps are listed: all applications of a rule, what happened to a node, ...

import { fitting } from "./search.js";

/** What a step is called: its rule, else the pass. */
export function stepName(step, phase) {
  return step.rule || (step.rest ? "edits in place" : phase.name);
}

/** What it did, in words, if a pass said so: "inlined last_digit"; else its name. */
export function stepText(step, phase, remarks) {
  return step.remark >= 0 ? remarks[step.remark].message : stepName(step, phase);
}

export function stepNodes(step) {
  if (step.node < 0) return `${step.edits.length} edit${step.edits.length === 1 ? "" : "s"}`;
  if (step.to < 0) return `n${step.node}`;
  return step.node === step.to ? `n${step.node} ~` : `n${step.node} → n${step.to}`;
}

/** A query for all applications of a rule. */
export function ofRule(name) {
  return `rule:${name}`;
}

/** {steps: [phase, step] pairs that match all words, in order; phases: those whose names do, error}. Either `rule:` and all of a
 * name, or words: `n42`, or text or a /regular expression/ that stands in names of rule and phase or in what the pass said. */
export function filterSteps(compilation, query) {
  const words = query.startsWith("rule:") ? [query.trim()] : query.split(/\s+/).filter(Boolean);
  const steps = [], phases = [];
  const tests = [];
  for (const word of words) {
    try {
      tests.push(stepTest(word, compilation));
    } catch (error) { // of a regular expression
      return { steps, phases, error: error.message };
    }
  }
  if (tests.length)
    for (const phase of compilation.phases) {
      if (tests.every((one) => one(null, phase))) phases.push(phase.index);
      phase.steps.forEach((step, index) => {
        if (tests.every((one) => one(step, phase))) steps.push([phase.index, index]);
      });
    }
  return { steps, phases, error: "" };
}

/** Of a step, or of a phase alone. */
function stepTest(word, compilation) {
  if (word.startsWith("rule:")) return (step, phase) => step !== null && stepName(step, phase) === word.slice(5);
  const id = /^n(\d+)$/.exec(word);
  if (id) {
    const wanted = Number(id[1]);
    return (step) => step !== null && (step.node === wanted || step.to === wanted || step.edits.some((edit) => edit[1] === wanted));
  }
  const fits = fitting(word);
  return (step, phase) => fits(phase.name) || (step !== null && fits(stepName(step, phase))) || (step?.remark >= 0 && fits(compilation.data.remarks[step.remark].message));
}
