// The timeline: phases with their times and node counts, unchanged ones folded, each with its steps.

import { count, el, milliseconds } from "./dom.js";
import { VirtualList } from "./list.js";
import { stepName, stepNodes, stepText } from "./stepfilter.js";

// Where a stage of the back end shows.
const STAGES = { schedule: { view: "schedule", tab: "schedule" }, select: { tab: "instructions" }, allocate: { tab: "instructions" }, emit: { tab: "code" } };

export class PhasesPane {
  constructor(app, parent) {
    this.app = app;
    this.open = new Set();
    this.unfolded = new Set();
    this.rows = [];
    this.filter = el("input", { type: "search", placeholder: "filter steps  r", "aria-label": "Filter steps", spellcheck: "false", oninput: () => app.set({ steps: this.filter.value }) });
    this.filter.addEventListener("keydown", (event) => {
      if (event.key === "Enter") app.steps.go(event.shiftKey ? -1 : 1);
    });
    this.told = el("span.count");
    parent.append(el("div.filter", {}, this.filter, this.told));
    this.list = new VirtualList(parent, {
      height: 24, label: "Phases and steps",
      line: (index, element) => this._line(this.rows[index], element),
      pick: (index, event) => this._pick(this.rows[index], event),
      enter: (index, event) => this._enter(this.rows[index], event),
    });
  }

  update() {
    const { app } = this;
    const { compilation, state } = app;
    if (state.step >= 0) this.open.add(state.phase);
    if (this.filter.value !== state.steps) this.filter.value = state.steps;
    this.longest = Math.max(...compilation.phases.map((phase) => phase.seconds), ...Object.values(compilation.data.backendSeconds), 1e-9);
    this.rows = state.steps ? this._listed() : this._all();
    this.list.set(this.rows.length);
    this.list.reveal(this.rows.findIndex((row) => row.phase === state.phase && (row.step ?? -1) === state.step && row.kind !== "fold"));
  }

  /** Only the steps that are asked for, each under its phase. */
  _listed() {
    const { steps, phases, error } = this.app.steps.listed;
    const rows = [];
    const byPhase = new Map(phases.map((phase) => [phase, []]));
    for (const [phase, step] of steps) {
      if (!byPhase.has(phase)) byPhase.set(phase, []);
      byPhase.get(phase).push(step);
    }
    for (const [phase, found] of [...byPhase].sort(([a], [b]) => a - b)) {
      rows.push({ kind: "phase", phase });
      for (const step of found) rows.push({ kind: "step", phase, step });
    }
    this.told.textContent = error ? "?" : count(steps.length);
    this.told.title = error || `${count(steps.length)} steps`;
    return rows;
  }

  _all() {
    const { compilation, state } = this.app;
    const rows = [];
    this.told.textContent = this.told.title = "";
    let index = 0;
    while (index <= compilation.last) {
      let end = index;
      while (end <= compilation.last && !compilation.phases[end].changed && end !== state.phase) end++;
      if (end - index >= 2 && !this.unfolded.has(index)) {
        rows.push({ kind: "fold", from: index, to: end });
        index = end;
        continue;
      }
      rows.push({ kind: "phase", phase: index });
      if (this.open.has(index)) compilation.phases[index].steps.forEach((_, step) => rows.push({ kind: "step", phase: index, step }));
      index++;
    }
    for (const stage of Object.keys(compilation.data.backendSeconds)) rows.push({ kind: "stage", stage });
    return rows;
  }

  toggle(phase, open = !this.open.has(phase)) {
    if (open) this.open.add(phase);
    else this.open.delete(phase);
    this.update();
  }

  _line(row, element) {
    const { compilation, state } = this.app;
    if (row.kind === "fold") {
      element.classList.add("fold");
      const names = compilation.phases.slice(row.from, row.to).map((phase) => phase.name);
      element.title = names.join(", ");
      element.append(el("span.twist", {}, "⋯"), `${row.to - row.from} phases changed nothing`);
      return;
    }
    if (row.kind === "stage") return this._stage(row.stage, compilation.data.backendSeconds[row.stage], element);
    const phase = compilation.phases[row.phase];
    if (row.kind === "step") return this._step(row, phase, element);
    const here = row.phase === state.phase;
    element.classList.add("phase");
    if (here && state.step < 0) element.classList.add("selected");
    else if (here) element.classList.add("around");
    if (!phase.changed) element.classList.add("same");
    if (state.against && state.against.compilation === state.compilation && state.against.phase === row.phase) element.classList.add("pinned");
    const opened = state.steps || this.open.has(row.phase);
    const before = row.phase > 0 ? compilation.phases[row.phase - 1].nodes : 0;
    const delta = phase.nodes - before;
    element.append(
      el("span.twist", { "data-twist": true, title: phase.steps.length ? `${count(phase.steps.length)} steps` : "no steps" }, phase.steps.length ? (opened ? "▾" : "▸") : ""),
      el("span.name", {}, phase.name),
      el("span.delta", { title: "nodes after, and the difference" }, row.phase > 0 && delta ? `${delta > 0 ? "+" : "−"}${count(Math.abs(delta))}` : ""),
      el("span.count", { title: "nodes" }, count(phase.nodes)),
      this._time(phase.seconds),
    );
  }

  _time(seconds) {
    return el("span.time", { title: `${milliseconds(seconds)} ms, traced` }, el("i", { style: `width:${Math.max(2, (100 * seconds) / this.longest)}%` }), el("b", {}, milliseconds(seconds)));
  }

  /** A stage of the back end: leads to what it made. */
  _stage(stage, seconds, element) {
    const { state } = this.app;
    element.classList.add("phase", "stage");
    if (state.view === "schedule" && stage === "schedule") element.classList.add("around");
    element.append(el("span.twist"), el("span.name", {}, stage), this._time(seconds));
  }

  _step(row, phase, element) {
    const { compilation, state } = this.app;
    const step = phase.steps[row.step];
    element.classList.add("step");
    if (row.phase === state.phase && row.step === state.step) element.classList.add("selected");
    const text = stepText(step, phase, compilation.data.remarks);
    element.title = `${stepName(step, phase)}: ${text}`;
    element.append(el("span.number", {}, row.step + 1), el("span.name", {}, text), el("span.what", {}, stepNodes(step)));
  }

  _pick(row, event) {
    if (row.kind === "fold") this._unfold(row);
    else if (row.kind === "stage") this.app.set({ phase: this.app.compilation.last, ...STAGES[row.stage] });
    else if (row.kind === "phase") {
      if (event.target.closest?.("[data-twist]") && this.app.compilation.phases[row.phase].steps.length) this.toggle(row.phase);
      else if (event.shiftKey) this.app.compare({ compilation: this.app.state.compilation, phase: row.phase });
      else this.app.set({ phase: row.phase, step: -1 });
    } else this.app.set({ phase: row.phase, step: row.step });
  }

  _enter(row, event) {
    if (row.kind === "fold") this._unfold(row);
    else if (row.kind === "stage") this._pick(row, event);
    else if (row.kind === "phase" || event.key === "ArrowLeft") {
      this.toggle(row.phase, event.key === "ArrowLeft" ? false : event.key === "ArrowRight" ? true : undefined);
      if (row.kind === "step") this.app.set({ phase: row.phase, step: -1 });
    }
  }

  _unfold(row) {
    for (let index = row.from; index < row.to; index++) this.unfolded.add(index);
    this.update();
  }
}
