// The selected step, told: its rule with what its variables stood for, before and after, and the way to others.

import { count, el } from "./dom.js";
import { constantText } from "./rows.js";
import { ofRule, stepName, stepText } from "./stepfilter.js";

const MOST_LINES = 60;
const MOST_USERS_SHOWN = 6;

/** Two buttons: the moment before, and after. */
export function momentButtons(app) {
  const { before } = app.state;
  const button = (name, on) => el("button", { "aria-pressed": String(on === before), title: `the graph ${name} it (b)`, "data-moment": name, onclick: () => app.set({ before: on }) }, name);
  return el("span.buttons.moments", { role: "group", "aria-label": "Moment" }, button("before", true), button("after", false));
}

/** A button that lists all applications of a rule. */
export function ruleLink(app, name, ...children) {
  return el("button.node.rule", { title: `list all steps of ${name}`, onclick: () => app.set({ steps: ofRule(name) }) }, ...(children.length ? children : [name]));
}

/** A node with links to it and to its inputs, constants by value; exact: with all parameters. link(id): makes one. */
function nodeLine(graph, id, link, exact = false) {
  const node = graph.get(id);
  const inputs = node.inputs.flatMap((child, index) => {
    const of = graph.get(child);
    const one = of?.op.constant && of.op.name.endsWith("Constant") ? el("span.constant", { title: `n${child}`, "data-node": child }, constantText(of)) : link(child, graph);
    return index ? [", ", one] : [one];
  });
  return [link(id, graph), " = ", el("bdi", {}, exact ? node.op.text : node.op.label), "(", inputs, ")"];
}

/** The section of the inspector; link(id, graph): makes a link to a node, which says whether the graph has it. */
export function stepSection(app, link) {
  const { state, compilation } = app, { change, shown: step } = app.steps;
  const phase = compilation.phases[state.phase];
  const rule = compilation.data.rules[step.rule];
  const minus = (id, exact) => el("div.removed", {}, "− ", nodeLine(change.before, id, link, exact));
  const plus = (id, exact) => el("div.added", {}, "+ ", nodeLine(change.after, id, link, exact));
  const rewrite = [...change.removed.map((id) => [minus, id]), ...change.added.map((id) => [plus, id])];
  const users = change.changed;
  const left = Math.max(rewrite.length - MOST_LINES, 0) + Math.max(users.length - MOST_USERS_SHOWN, 0);
  const remark = step.remark >= 0 ? compilation.data.remarks[step.remark] : null;
  return el("section.step", { "aria-label": "step" },
    el("div.stepper", {},
      el("button", { onclick: () => app.steps.go(-1), title: "previous step (,)", "aria-label": "previous step" }, "‹"),
      el("span", {}, `${phase.name}, step ${state.step + 1} of ${count(phase.steps.length)}`),
      el("button", { onclick: () => app.steps.go(1), title: "next step (.)", "aria-label": "next step" }, "›"),
      momentButtons(app)),
    el("h2", { "data-rule": step.rule }, stepText(step, phase, compilation.data.remarks)),
    remark ? el("p.quiet", {}, el("bdi", {}, remark.details.map(([key, value]) => `${key}=${value}`).join(", "))) : null,
    step.node >= 0 ? el("p", {}, link(step.node, change.before), step.to === step.node ? " changed in place" : step.to >= 0 ? [" → ", link(step.to, change.after)] : null) : null,
    rule?.doc ? el("p", {}, rule.doc) : null,
    rule?.text ? el("pre.rule", {}, rule.text.replace(" -> ", "\n  → ").replace("  where ", "\n  where ")) : null,
    bindings(change, step, link),
    el("div.edit", {}, rewrite.slice(0, MOST_LINES).map(([line, id]) => line(id)), users.slice(0, MOST_USERS_SHOWN).map(([id]) => {
        const was = change.before.get(id).op, is = change.after.get(id).op;
        const exact = was !== is && was.label === is.label; // what differs is not in the label
        return [minus(id, exact), plus(id, exact)];
      }),
      rewrite.length + users.length ? null : el("div.quiet", {}, "nothing that is reachable changed"),
      left ? el("div.quiet", {}, `and ${count(left)} more nodes, in the tab Changes`) : null),
    el("p", {}, ruleLink(app, stepName(step, phase), `all steps of ${stepName(step, phase)}`)),
    rule?.source ? el("details", {}, el("summary", {}, `source, ${rule.file}:${rule.line}`), el("pre", {}, rule.source)) : null);
}

/** What the rule's variables stood for: `x = n3 Phi`, `C = #10`. */
function bindings(change, step, link) {
  if (!step.bound.length) return null;
  return el("dl.bound", {}, step.bound.map(([name, id]) => {
    const node = change.before.get(id) ?? change.after.get(id);
    const constant = node?.op.constant && node.op.name.endsWith("Constant");
    const value = constant ? [el("span.constant", {}, constantText(node)), " "] : null;
    return [el("dt", {}, el("b", {}, name)), el("dd", {}, value, link(id, change.before), constant ? null : ` ${node?.op.label ?? ""}`)];
  }));
}
