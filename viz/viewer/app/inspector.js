// What is selected: a step with its rule, a node with its whole life, a bytecode; else the compilation.

import { compared } from "./compared.js";
import { count, el, fill, hex, milliseconds } from "./dom.js";
import { bytecodeOf, functionOf, siteOf } from "./links.js";
import { kindOf } from "./model.js";
import { changeTexts, fullText } from "./rows.js";
import { stepName } from "./stepfilter.js";
import { momentButtons, ruleLink, stepSection } from "./stepview.js";

export class Inspector {
  constructor(app, parent) {
    this.app = app;
    this.parent = parent;
  }

  update() {
    const { state } = this.app;
    const parts = [];
    this.side = this.app.owner(state.node);
    if (state.step >= 0) parts.push(stepSection(this.app, (id, graph) => this.link(id, { compilation: this.app.compilation, graph })));
    if (state.node >= 0) parts.push(this._node(this.side.id));
    else if (state.at) parts.push(this._bytecode());
    else if (state.against) parts.push(compared(this.app));
    else if (state.step < 0) parts.push(this._phase(), this._summary());
    fill(this.parent, parts);
  }

  /** A link to a node: says what it is, and if it is not in the graph that is shown. */
  link(id, { compilation, graph } = this.side) {
    const { app } = this;
    const left = compilation !== app.compilation;
    const here = graph.live.has(id) && graph.get(id);
    const shape = here || compilation.node(id);
    return el(`button.node${here ? "" : ".gone"}`, { title: shape ? fullText(shape) + (here ? "" : " (not in this graph)") : undefined, "data-node": id, onclick: () => app.select(left ? app.rightOf(id) : id, true) }, `n${id}`);
  }

  _node(id) {
    const { app } = this;
    const { compilation, graph } = this.side;
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
    const begins = compilation.names.numbers.get(id);
    const homes = this._homes(id);
    return el("section", { "aria-label": `node ${id}` },
      el("h2", {}, el("span.id", {}, `n${id}`), " ", node.op.name, el("span.parameters", {}, node.op.label.slice(node.op.name.length))),
      compilation === app.compilation ? null : el("p.quiet", {}, "Only left."),
      here ? null : el("p.quiet", {}, "Not in the graph that is shown."),
      el("dl", {},
        node.op.type ? list("type", [node.op.type]) : null,
        node.op.named.length && !node.op.label.includes("[") ? list("parameters", [node.op.named.join(", ")]) : null,
        origin.offset >= 0 ? list("bytecode", [el("button.node", { onclick: () => app.set({ node: -1, at: bytecodeOf(compilation, origin) }) }, hex(origin.offset)), this._where(origin)]) : null,
        inputs,
        list("users", [...users.slice(0, 40).map((user) => this.link(user)), users.length > 40 ? ` and ${users.length - 40} more` : null]),
        made.length ? list("became", [...made.slice(0, 40).map((child) => this.link(child)), made.length > 40 ? ` and ${made.length - 40} more` : null]) : null,
        block ? list("scheduled", ["in ", this.place(`B${block.index}`), block.moved[id] === undefined ? null : [", moved out of ", this.place(`B${block.moved[id]}`)]]) : null,
        begins === undefined ? null : list("begins", [this.place(`B${begins}`)]),
        homes.length ? list("value in", homes) : null,
        lines.length ? list("machine code", [`${lines.length} instruction${lines.length === 1 ? "" : "s"}, from ${hex(compilation.data.code[lines[0]][0])}`]) : null),
      this._life(id));
  }

  /** A link to a block, a virtual register, a slot. */
  place(name) {
    return el("button.node", { "data-go": name }, name);
  }

  /** Where a node's value is: virtual registers, and the registers and slots that each has in turn. */
  _homes(id) {
    const { compilation } = this.side;
    return [...compilation.names.vregsOf(id)].slice(0, 8).map((vreg) => {
      const places = new Set(compilation.data.ranges.filter((range) => range[0] === vreg).map((range) => range[4]));
      return el("div", {}, this.place(`v${vreg}`), ": ", [...places].map((name, index) => [index ? ", " : "", /^(slot|r|xmm)/.test(name) ? this.place(name) : name]));
    });
  }

  _where(origin) {
    const { compilation } = this.side;
    if (origin.inlining < 0) return null;
    return el("span.quiet", {}, " in ", el("bdi", {}, compilation.data.functions[functionOf(compilation, origin.inlining)].name), ", inlined at ", el("bdi", {}, siteOf(compilation, origin.inlining)));
  }

  _life(id) {
    const { app } = this;
    const { compilation } = this.side;
    const left = compilation !== app.compilation;
    const told = new Set(); // remarks that stand at the step that they are of
    const events = compilation.life(id).map((event) => ({ ...event, text: this._event(event, id, told) }));
    events.push(...compilation.remarksOn(id).filter((remark) => !told.has(remark)).map((remark) => ({ ...remark, step: -1, what: "remark", text: this._remark(remark) })));
    if (!events.length) return null;
    events.sort((a, b) => a.phase - b.phase);
    return el("div", {}, el("h3", {}, "Life"), el("ol.life", { "data-life": id }, events.map(({ phase, step, what, text }) => {
      const before = what === "removed" || what === "replaced"; // there it still is
      const go = () => app.set(left ? { against: { ...app.state.against, phase } } : { phase, step, before });
      const here = phase === (left ? app.state.against.phase : app.state.phase);
      return el(`li.${what}${here ? ".here" : ""}`, {}, el("button.phase", { onclick: go, title: "go there" }, compilation.phases[phase].name, step >= 0 ? `, step ${step + 1}` : ""), " ", text);
    }), this._end(id)));
  }

  _remark({ remark }) {
    return [el(`span.tag.${remark.kind}`, {}, remark.kind), " ", el("bdi", {}, remark.message)];
  }

  _event(event, id, told) {
    const step = event.step >= 0 ? this.side.compilation.phases[event.phase].steps[event.step] : undefined;
    const by = event.rule ? [" by ", el("b", {}, event.rule)] : null;
    if (event.what === "created" || event.what === "returned") {
      const what = event.what === "created" ? "created" : "reachable again";
      return [what, by, event.from >= 0 ? [" from ", this.link(event.from)] : event.offset >= 0 ? ` for bytecode ${hex(event.offset)}` : ""];
    }
    if (event.what === "replaced") return ["replaced by ", this.link(event.by), event.rule ? [", ", el("b", {}, event.rule)] : null];
    if (event.what === "removed") return this._removal(event, step, id, told);
    const [before, after] = changeTexts(event.before, event.after);
    return ["changed", by, el("div.edit", {}, el("div.removed", {}, "− ", before), el("div.added", {}, "+ ", after))];
  }

  /** Why a node is gone that nothing took the place of. */
  _removal(event, step, id, told) {
    if (!step) return "removed: nothing used it any more";
    const remark = step.remark >= 0 && step.node === id ? this.side.compilation.remarksOn(id).find((found) => found.index === step.remark) : undefined;
    if (remark) told.add(remark);
    const name = el("b", {}, event.rule || this.side.compilation.phases[event.phase].name);
    if (step.node === id) return remark ? [this._remark(remark), ", by ", name] : ["removed by ", name];
    return ["removed: nothing used it any more, after ", name, step.node >= 0 ? [" of ", this.link(step.node)] : null];
  }

  _end(id) {
    const { compilation } = this.side;
    const lines = compilation.codeOf(id);
    const block = compilation.scheduled(id);
    if (!block && !lines.length) return null;
    return el("li.lowered", {}, "lowered", block ? [" in ", this.place(`B${block.index}`)] : "", lines.length ? ": " : ": no instruction of its own", lines.slice(0, 6).map((line) => el("div.edit", {}, compilation.data.code[line][2])), lines.length > 6 ? el("div.quiet", {}, `and ${lines.length - 6} more`) : null);
  }

  _bytecode() {
    const { app } = this;
    const { state, compilation, related } = app;
    const found = compilation.data.functions[state.at.function];
    const line = found.lines.find((other) => other[0] === state.at.offset);
    return el("section", {},
      el("h2", {}, line ? line[2] : "bytecode"),
      el("dl", {},
        el("dt", {}, "bytecode"), el("dd", {}, `${hex(state.at.offset)} of `, el("bdi", {}, found.name), state.at.inlining >= 0 ? [", inlined at ", el("bdi", {}, siteOf(compilation, state.at.inlining))] : null),
        line?.[3] ? [el("dt", {}, "feedback"), el("dd", {}, el("bdi", {}, line[3]))] : null,
        el("dt", {}, "nodes here"), el("dd", {}, [...related.nodes].map((id) => this.link(id)), related.nodes.size ? null : "none in this graph"),
        el("dt", {}, "machine code"), el("dd", {}, related.lines.size ? `${related.lines.size} instructions` : "none")));
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
      el("h2", {}, app.state.phase ? phase.name : "lift", el("span.parameters", {}, `  ${app.state.before ? "before" : "after"} phase ${app.state.phase + 1} of ${app.compilation.phases.length}`), phase.changed && app.state.phase && !app.state.against ? momentButtons(app) : null),
      el("dl", {},
        el("dt", {}, "nodes"), el("dd", {}, count(phase.nodes), changes ? el("span.quiet", {}, `  ${changes}`) : null),
        el("dt", {}, "time, traced"), el("dd", {}, `${milliseconds(phase.seconds)} ms`),
        statistics ? [el("dt", {}, "counted"), el("dd", {}, statistics)] : null,
        fired.size ? [el("dt", {}, "steps"), el("dd", {}, [...fired].sort((a, b) => b[1] - a[1]).slice(0, 12).map(([name, number]) => el("div", {}, `${count(number)} × `, ruleLink(app, name))))] : null,
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
        el("dt", {}, "time, traced"), el("dd", {}, `${milliseconds(data.seconds)} ms`, el("span.quiet", {}, `: ${Object.entries(data.backendSeconds).map(([stage, seconds]) => `${stage} ${milliseconds(seconds)}`).join(", ")}`)),
        rules.length ? [el("dt", {}, "rules"), el("dd", {}, rules.map(([name, rule]) => el("div", {}, `${count(rule.fired)} × `, ruleLink(this.app, name))))] : null),
      el("p.quiet", {}, "Select a node, a bytecode or an instruction; press ? for all keys."));
  }
}
