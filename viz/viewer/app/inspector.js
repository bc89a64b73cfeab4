// What is selected: a step with its rule, a node with its whole life, a bytecode; else the compilation.

import { count, el, fill, hex, milliseconds } from "./dom.js";
import { functionOf } from "./links.js";
import { kindOf } from "./model.js";
import { fullText } from "./rows.js";
import { stepName } from "./phases.js";

const MOST_LINES = 60;
const MOST_USERS_SHOWN = 6;

export class Inspector {
  constructor(app, parent) {
    this.app = app;
    this.parent = parent;
  }

  update() {
    const { state } = this.app;
    const parts = [];
    if (state.step >= 0) parts.push(this._step());
    if (state.node >= 0) parts.push(this._node(state.node));
    else if (state.at) parts.push(this._bytecode());
    else if (state.step < 0) parts.push(this._phase(), this._summary());
    fill(this.parent, parts);
  }

  /** A link to a node: says what it is, and if it is not in the graph that is shown. */
  link(id) {
    const { app } = this;
    const here = app.graph.live.has(id) && app.graph.get(id);
    const shape = here || app.compilation.node(id);
    return el(`button.node${here ? "" : ".gone"}`, { title: shape ? fullText(shape) + (here ? "" : " (not in this graph)") : undefined, "data-node": id, onclick: () => app.select(id, true) }, `n${id}`);
  }

  _node(id) {
    const { app } = this;
    const { compilation, graph } = app;
    const here = graph.live.has(id) ? graph.get(id) : undefined;
    const node = here ?? graph.get(id) ?? compilation.node(id);
    if (!node) return el("p.quiet", {}, `There is no node n${id}.`);
    const { origin } = node;
    const list = (title, children) => (children.length ? [el("dt", {}, title), el("dd", {}, children)] : []);
    const inputs = ["value", "frame", "effect", "control"].flatMap((kind) =>
      list({ value: "values", frame: "frame state", effect: "effects", control: "controls" }[kind], node.inputs.filter((_, index) => kindOf(node, index) === kind).map((child) => this.link(child))));
    const users = [...new Set((graph.uses.get(id) ?? []).map(([user]) => user))];
    const block = compilation.scheduled(id);
    const lines = compilation.codeOf(id);
    const made = compilation.made(id);
    return el("section", { "aria-label": `node ${id}` },
      el("h2", {}, el("span.id", {}, `n${id}`), " ", node.op.name, node.op.parameters ? el("span.parameters", {}, node.op.parameters) : null),
      here ? null : el("p.quiet", {}, "Not in the graph that is shown."),
      el("dl", {},
        node.op.type ? list("type", [node.op.type]) : null,
        origin.offset >= 0 ? list("bytecode", [el("button.node", { onclick: () => app.set({ node: -1, at: { function: functionOf(compilation, origin.inlining), offset: origin.offset } }) }, hex(origin.offset)), this._where(origin)]) : null,
        inputs,
        list("users", [...users.slice(0, 40).map((user) => this.link(user)), users.length > 40 ? ` and ${users.length - 40} more` : null]),
        made.length ? list("became", [...made.slice(0, 40).map((child) => this.link(child)), made.length > 40 ? ` and ${made.length - 40} more` : null]) : null,
        block ? list("scheduled", [`in B${block.index}`, block.moved[id] === undefined ? "" : `, moved out of B${block.moved[id]}`]) : null,
        lines.length ? list("machine code", [`${lines.length} instruction${lines.length === 1 ? "" : "s"}, from ${hex(compilation.data.code[lines[0]][0])}`]) : null),
      this._life(id));
  }

  _where(origin) {
    const { compilation } = this.app;
    if (origin.inlining < 0) return null;
    return el("span.quiet", {}, " in ", el("bdi", {}, compilation.data.functions[functionOf(compilation, origin.inlining)].name), ", inlined");
  }

  _life(id) {
    const { app } = this;
    const events = app.compilation.life(id);
    if (!events.length) return null;
    return el("div", {}, el("h3", {}, "Life"), el("ol.life", { "data-life": id }, events.map((event) => {
      const phase = app.compilation.phases[event.phase];
      const go = () => app.set({ phase: event.phase, step: event.step });
      const here = event.phase === app.state.phase;
      return el(`li.${event.what}${here ? ".here" : ""}`, {}, el("button.phase", { onclick: go, title: "go there" }, phase.name, event.step >= 0 ? `, step ${event.step + 1}` : ""), " ", this._event(event));
    }), this._end(id)));
  }

  _event(event) {
    const by = event.rule ? [" by ", el("b", {}, event.rule)] : null;
    if (event.what === "created" || event.what === "returned") {
      const what = event.what === "created" ? "created" : "reachable again";
      return [what, by, event.from >= 0 ? [" from ", this.link(event.from)] : event.offset >= 0 ? ` for bytecode ${hex(event.offset)}` : ""];
    }
    if (event.what === "replaced") return ["replaced by ", this.link(event.by), event.rule ? [", ", el("b", {}, event.rule)] : null];
    if (event.what === "removed") return "removed: nothing used it any more";
    const before = fullText(event.before), after = fullText(event.after);
    return ["changed", by, el("div.edit", {}, el("div.removed", {}, "− ", before), el("div.added", {}, "+ ", after))];
  }

  _end(id) {
    const { compilation } = this.app;
    const lines = compilation.codeOf(id);
    const block = compilation.scheduled(id);
    if (!block && !lines.length) return null;
    return el("li.lowered", {}, "lowered", block ? ` in B${block.index}` : "", lines.length ? ": " : ": no instruction of its own", lines.slice(0, 6).map((line) => el("div.edit", {}, compilation.data.code[line][2])), lines.length > 6 ? el("div.quiet", {}, `and ${lines.length - 6} more`) : null);
  }

  _bytecode() {
    const { app } = this;
    const { state, compilation, related } = app;
    const found = compilation.data.functions[state.at.function];
    const line = found.lines.find((other) => other[0] === state.at.offset);
    return el("section", {},
      el("h2", {}, line ? line[2] : "bytecode"),
      el("dl", {},
        el("dt", {}, "bytecode"), el("dd", {}, `${hex(state.at.offset)} of `, el("bdi", {}, found.name)),
        line?.[3] ? [el("dt", {}, "feedback"), el("dd", {}, el("bdi", {}, line[3]))] : null,
        el("dt", {}, "nodes here"), el("dd", {}, [...related.nodes].map((id) => this.link(id)), related.nodes.size ? null : "none in this graph"),
        el("dt", {}, "machine code"), el("dd", {}, related.lines.size ? `${related.lines.size} instructions` : "none")));
  }

  _step() {
    const { app } = this;
    const { state, compilation } = app;
    const phase = compilation.phases[state.phase];
    const step = phase.steps[state.step];
    const rule = compilation.data.rules[step.rule];
    const { diff } = app;
    const minus = (id) => el("div.removed", {}, "− ", fullText(diff.before.get(id)));
    const plus = (id) => el("div.added", {}, "+ ", fullText(diff.after.get(id)));
    const rewrite = [...diff.removed.map(minus), ...diff.added.map(plus)];
    const users = diff.changed.map(([left, right]) => [minus(left), plus(right)]);
    const left = Math.max(rewrite.length - MOST_LINES, 0) + Math.max(users.length - MOST_USERS_SHOWN, 0);
    return el("section.step", { "aria-label": "step" },
      el("div.stepper", {},
        el("button", { onclick: () => app.step(-1), title: "previous step (,)", "aria-label": "previous step" }, "‹"),
        el("span", {}, `${phase.name}, step ${state.step + 1} of ${count(phase.steps.length)}`),
        el("button", { onclick: () => app.step(1), title: "next step (.)", "aria-label": "next step" }, "›")),
      el("h2", { "data-rule": step.rule }, stepName(step, phase)),
      step.node >= 0 ? el("p", {}, this.link(step.node), step.to === step.node ? " changed in place" : [" → ", this.link(step.to)]) : null,
      rule?.doc ? el("p", {}, rule.doc) : null,
      rule?.text ? el("pre.rule", {}, rule.text.replace(" -> ", "\n  → ").replace("  where ", "\n  where ")) : null,
      el("div.edit", {}, rewrite.slice(0, MOST_LINES), users.slice(0, MOST_USERS_SHOWN),
        rewrite.length + users.length ? null : el("div.quiet", {}, "nothing that is reachable changed"),
        left ? el("div.quiet", {}, `and ${count(left)} more nodes, in the tab Changes`) : null),
      rule?.source ? el("details", {}, el("summary", {}, `source, ${rule.file}:${rule.line}`), el("pre", {}, rule.source)) : null);
  }

  _phase() {
    const { app } = this;
    const phase = app.compilation.phases[app.state.phase];
    const statistics = Object.entries(phase.statistics).map(([key, value]) => `${key} ${count(value)}`).join(", ");
    const fired = new Map();
    for (const step of phase.steps) fired.set(stepName(step, phase), (fired.get(stepName(step, phase)) ?? 0) + 1);
    const remarks = phase.remarks.map((index) => app.compilation.data.remarks[index]);
    const { diff } = app;
    const changes = [["+", diff.added.length], ["−", diff.removed.length], ["~", diff.changed.length]].filter(([, number]) => number).map(([sign, number]) => `${sign}${count(number)}`).join("  ");
    return el("section", {},
      el("h2", {}, app.state.phase ? phase.name : "lift", el("span.parameters", {}, `  after phase ${app.state.phase + 1} of ${app.compilation.phases.length}`)),
      el("dl", {},
        el("dt", {}, "nodes"), el("dd", {}, count(phase.nodes), changes ? el("span.quiet", {}, `  ${changes}`) : null),
        el("dt", {}, "time"), el("dd", {}, `${milliseconds(phase.seconds)} ms`),
        statistics ? [el("dt", {}, "counted"), el("dd", {}, statistics)] : null,
        fired.size ? [el("dt", {}, "steps"), el("dd", {}, [...fired].sort((a, b) => b[1] - a[1]).slice(0, 12).map(([name, number]) => el("div", {}, `${count(number)} × ${name}`)))] : null,
        remarks.length ? [el("dt", {}, "remarks"), el("dd", {}, remarks.slice(0, 10).map((remark) => el("div", {}, el(`span.tag.${remark.kind}`, {}, remark.kind), " ", el("bdi", {}, remark.message), " ", remark.node >= 0 ? this.link(remark.node) : null)))] : null));
  }

  _summary() {
    const { data } = this.app.compilation;
    const rules = Object.entries(data.rules).filter(([, rule]) => rule.fired).sort((a, b) => b[1].fired - a[1].fired).slice(0, 10);
    return el("section", {},
      el("h3", {}, "Compilation"),
      el("dl", {},
        el("dt", {}, "function"), el("dd", {}, el("bdi", {}, data.function), ` (${data.functionIndex})`),
        el("dt", {}, "pipeline"), el("dd.pipeline", {}, data.pipeline || "no passes"),
        el("dt", {}, "code"), el("dd", {}, `${count(data.codeSize)} bytes, ${count(data.constantsSize)} of constants, frame of ${count(data.frameSize)}`),
        el("dt", {}, "compile time"), el("dd", {}, `${milliseconds(data.seconds)} ms`, el("span.quiet", {}, `: ${Object.entries(data.backendSeconds).map(([stage, seconds]) => `${stage} ${milliseconds(seconds)}`).join(", ")}`)),
        rules.length ? [el("dt", {}, "rules"), el("dd", {}, rules.map(([name, rule]) => el("div", {}, `${count(rule.fired)} × ${name}`)))] : null),
      el("p.quiet", {}, "Select a node, a bytecode or an instruction; press ? for all keys."));
  }
}
