// The step that is chosen: what it changed, where to look for it, and the way to others.

import { centresOf, changedIds, standIns, touchedBy } from "./focus.js";
import { change } from "./model.js";
import { then } from "./scenes.js";
import { filterSteps } from "./stepfilter.js";

const NOTHING = { added: [], removed: [], changed: [] };

export class Stepping {
  constructor(app) {
    this.app = app;
  }

  /** The step that is chosen, or undefined. */
  get shown() {
    const { phase, step } = this.app.state;
    return step >= 0 ? this.app.compilation.phases[phase].steps[step] : undefined;
  }

  /** What the step that is chosen, else the phase, changed: {before, after: Graph, added, removed, changed}. */
  get change() {
    const { state, compilation } = this.app;
    const { phase, step } = state;
    const key = `${state.compilation}.${phase}.${step}`;
    if (this._change?.key !== key) {
      const after = step >= 0 ? compilation.graphAfterStep(phase, step) : compilation.graph(phase);
      const before = step >= 0 ? compilation.graphAfterStep(phase, step - 1) : phase ? compilation.graph(phase - 1) : after;
      const found = phase || step >= 0 ? change(before, after) : NOTHING;
      this._change = { ...found, changed: found.changed.map((id) => [id, id]), before, after, key };
    }
    return this._change;
  }

  /** All nodes that the step is about. */
  get touched() {
    return touchedBy(this.change, this.shown);
  }

  /** The steps that are listed: {steps, phases, error} as `filterSteps` gives them. */
  get listed() {
    const { compilation } = this.app, { steps } = this.app.state;
    if (this._listed?.query !== steps || this._listed.compilation !== compilation) this._listed = { query: steps, compilation, ...filterSteps(compilation, steps) };
    return this._listed;
  }

  /** To the next or previous step: of the phase, or of those that are listed, from the last to the first. */
  go(by) {
    const { app } = this, { phase, step } = app.state;
    if (app.state.steps) {
      const { steps } = this.listed;
      const from = step < 0 && by < 0 ? Infinity : step;
      const index = by > 0 ? steps.findIndex(([p, s]) => p > phase || (p === phase && s > from)) : steps.findLastIndex(([p, s]) => p < phase || (p === phase && s < from));
      const next = steps[index] ?? steps.at(by > 0 ? 0 : -1);
      if (next) app.set({ phase: next[0], step: next[1] }, step >= 0);
      return;
    }
    const { steps } = app.compilation.phases[phase];
    const next = step + by;
    if (by > 0 && step < 0 && steps.length) app.set({ phase, step: 0 });
    else if (next >= 0 && next < steps.length) app.set({ phase, step: next }, true);
    else if (next < 0 && step >= 0) app.set({ phase, step: -1 }, true);
  }

  /** Ids of what changed, the main one first, and the graphs that have them, the one that is shown first. */
  get _ids() {
    const { before, after } = this.change, past = this.app.state.before;
    return { ids: changedIds(this.change, this.shown, past), graphs: past ? [before, after] : [after, before] };
  }

  /** What a neighbourhood is drawn around: the selected node, or what the step changed. */
  centres(graph, side, node) {
    const { state } = this.app;
    const own = node >= 0 && graph.live.has(node) && graph.get(node) ? [node] : [];
    if (!this.shown || side === "left" || (state.node >= 0 && !this.touched.has(state.node))) return own;
    const { ids, graphs } = this._ids;
    return [...new Set([...centresOf(ids, graphs, graph, state.filters), ...own])];
  }

  /** After a change of what is looked at: once the scenes are there, go where the step is, if that is still wanted. */
  arrive() {
    const { app } = this, { compilation, phase, step, before, view, depth, filters, against, merged } = app.state;
    const goal = step >= 0 ? JSON.stringify([compilation, phase, step, before, view, depth, filters, against, merged]) : "";
    if (goal === this._goal) return;
    this._goal = goal;
    app.scenesReady = then(app.scenesReady, () => {
      if (this._goal !== goal) return;
      if (goal) this._show();
      else for (const one of app.views) one.setLook({ near: new Set() });
    });
  }

  /** Bring what the step changed into sight, and mark what stands for what cannot be seen. */
  _show() {
    const { app } = this, { ids, graphs } = this._ids;
    app.views.forEach((view, index) => {
      if (!view.scene) return;
      const wanted = index < app.views.length - 1 ? ids.map((id) => app.leftOf(id)) : ids;
      const found = standIns(wanted, graphs, app.seenIn(view)), own = new Set(wanted);
      view.setLook({ near: new Set(found.filter((id) => !own.has(id))) });
      view.frame(found);
    });
  }
}
