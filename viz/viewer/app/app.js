// What is looked at, and everything that follows from it: panes, scenes, marks.

import { difference } from "./diff.js";
import { el, fill } from "./dom.js";
import { GraphView } from "./graphview.js";
import { inGraph, related } from "./links.js";
import { change } from "./model.js";
import { Overview } from "./overview.js";
import { Scenes, then } from "./scenes.js";
import { search } from "./search.js";
import { format, initial, parse } from "./state.js";

export class App {
  constructor(compilations, layouts) {
    this.compilations = compilations;
    this.layouts = layouts;
    this.scenes = new Scenes(layouts);
    this.base = initial(compilations[0]);
    this.state = parse(location.hash, this.base, compilations);
    this.panes = [];
    this.history = [];
    this.views = [];
    this.scenesReady = Promise.resolve();
  }

  get compilation() {
    return this.compilations[this.state.compilation];
  }

  /** The graph that is shown (of a diff, the one on the right). */
  get graph() {
    const { phase, step } = this.state;
    return step >= 0 ? this.compilation.graphAfterStep(phase, step) : this.compilation.graph(phase);
  }

  /** Change what is looked at. */
  set(patch) {
    const old = this.state;
    const next = { ...old, ...patch };
    if (("phase" in patch || "compilation" in patch) && !("step" in patch)) next.step = -1;
    if ("node" in patch && !("at" in patch)) next.at = null;
    if (old.node >= 0 && next.node !== old.node && !this._returning) this.history.push(old.node);
    this.state = next;
    this.update();
  }

  /** Select a node; with `show`, in a graph that has it if this one has not. */
  select(id, show = false) {
    const patch = { node: id };
    if (show && id >= 0 && !inGraph(this.graph, id)) {
      const life = this.compilation.life(id);
      const event = life.findLast((found) => found.what === "created" || found.what === "changed");
      if (event) Object.assign(patch, { phase: event.phase, step: event.step });
      if (event && !inGraph(this.compilation.graphAfterStep(event.phase, event.step), id)) patch.step = -1;
    }
    this.set(patch);
    if (id >= 0) this.reveal(id);
  }

  back() {
    const id = this.history.pop();
    if (id === undefined) return;
    this._returning = true;
    this.select(id, true);
    this._returning = false;
  }

  reveal(id, always = false) {
    return Promise.resolve(this.scenesReady).then(() => this.views.forEach((view, index) => view.reveal(index < this.views.length - 1 ? this.leftOf(id) : id, always)));
  }

  /** The node on the left side of a diff that a node on the right is matched with. */
  leftOf(id) {
    if (!this._reverse || this._reverse.diff !== this.diff) {
      this._reverse = { diff: this.diff, pairs: new Map([...(this.diff.pairs ?? [])].map(([left, right]) => [right, left])) };
    }
    return this._reverse.pairs.get(id) ?? id;
  }

  step(by) {
    const { phase, step } = this.state;
    const { steps } = this.compilation.phases[phase];
    const next = step + by;
    if (by > 0 && step < 0 && steps.length) this.set({ phase, step: 0 });
    else if (next >= 0 && next < steps.length) this.set({ phase, step: next });
    else if (next < 0 && step >= 0) this.set({ phase, step: -1 });
  }

  compare(against) {
    this.set({ against, tab: against ? "changes" : this.state.tab });
  }

  /** Why a node of the left graph is not in the right one. */
  fate(id) {
    const { against, compilation } = this.state;
    if (against && against.compilation !== compilation) {
      const { origin } = this.diff.before.get(id);
      if (origin.phase && origin.phase !== "lift") return `only left: ${origin.phase}${origin.rule && origin.rule !== origin.phase ? `, ${origin.rule}` : ""}`;
    }
    const event = this.compilation.life(id).findLast((found) => found.what === "replaced" || found.what === "removed");
    if (!event) return "";
    const phase = this.compilation.phases[event.phase].name;
    return event.what === "replaced" ? `by n${event.by}, ${event.rule || phase}` : phase;
  }

  /** What last changed a node of the right graph, which the left one has in another form. */
  changedBy(id) {
    const from = this.state.against?.compilation === this.state.compilation ? this.state.against.phase : -1;
    const event = this.compilation.life(id).findLast((found) => found.what === "changed" && found.phase > from && found.phase <= this.state.phase);
    return event ? event.rule || this.compilation.phases[event.phase].name : "";
  }

  _compare() {
    const { state, compilation } = this;
    if (state.against) {
      const other = this.compilations[state.against.compilation];
      const before = other.graph(state.against.phase);
      return { ...difference(before, this.graph, other === compilation), before, after: this.graph };
    }
    const after = this.graph;
    const before = state.step >= 0 ? compilation.graphAfterStep(state.phase, state.step - 1) : state.phase ? compilation.graph(state.phase - 1) : after;
    const found = change(before, after);
    return { ...found, changed: found.changed.map((id) => [id, id]), matched: [], pairs: null, before, after };
  }

  update() {
    const { state } = this;
    const moment = `${state.compilation}.${state.phase}.${state.step}`;
    const compared = `${moment}.${state.against ? `${state.against.compilation}.${state.against.phase}` : ""}`;
    if (this._compared !== compared) {
      this.diff = this._compare();
      this._compared = compared;
    }
    this.related = related(this.compilation, this.graph, state);
    this.found = state.query ? search(this.graph, state.query) : [];
    for (const pane of this.panes) pane.update();
    this._draw(moment);
    const link = format(state, this.base);
    if (link !== location.hash) history.replaceState(null, "", link);
  }

  _draw(moment) {
    const { state, diff } = this;
    this._arrange(state.against ? 2 : 1);
    const right = this.views[this.views.length - 1];
    const marks = new Map([...diff.added.map((id) => [id, "added"]), ...diff.changed.map(([, id]) => [id, "changed"])]);
    const sides = [{ view: right, side: "right", compilation: this.compilation, graph: this.graph, moment, node: state.node, marks, titles: this._title(this.compilation, state.phase, state.step) }];
    if (state.against) {
      const { compilation, phase } = state.against;
      const left = new Map([...diff.removed.map((id) => [id, "removed"]), ...diff.changed.map(([id]) => [id, "changed"])]);
      sides.push({ view: this.views[0], side: "left", compilation: this.compilations[compilation], graph: diff.before, moment: `${compilation}.${phase}.-1`, node: this.leftOf(state.node), marks: left, titles: this._title(this.compilations[compilation], phase, -1) });
    }
    const work = sides.map((side) => this._drawSide(side));
    const waiting = work.filter((one) => one instanceof Promise);
    this.scenesReady = waiting.length ? Promise.all(waiting) : undefined;
  }

  _drawSide({ view, side, compilation, graph, moment, node, marks, titles }) {
    const { state } = this;
    fill(view.title, titles);
    const focus = node >= 0 ? new Set([node]) : new Set(this.related.nodes.size <= 12 ? this.related.nodes : []);
    const selected = side === "right" ? new Set([...this.related.nodes, ...this.related.heirs]) : new Set([...this.related.nodes].map((id) => this.leftOf(id)));
    view.setLook({ selected, focus, marks, found: new Set(side === "right" ? this.found : []), edges: state.edges });
    const key = `${state.view}.${moment}.${JSON.stringify(state.filters)}.${state.view === "near" ? `${node}.${state.depth}` : ""}`;
    if (view.wanted === key) return view.ready;
    const keep = view.kind === state.view;
    view.wanted = key;
    view.kind = state.view;
    view.parent.classList.add("busy");
    view.ready = then(this.scenes.make(compilation, { state, graph, moment, node }), (scene) => {
      if (view.wanted !== key) return;
      view.parent.classList.remove("busy");
      view.show(scene, keep && state.view !== "near");
      if (state.view === "near" && node >= 0) view.reveal(node, true);
      else if (!keep && node >= 0) view.reveal(node);
    });
    return view.ready;
  }

  _title(compilation, phase, step) {
    const several = this.state.against && this.state.against.compilation !== this.state.compilation;
    const parts = [compilation.phases[phase].name, step >= 0 ? `, step ${step + 1}` : ""];
    if (several) parts.push(el("span.quiet", {}, ` of ${compilation.pipeline || "no passes"}`));
    return parts;
  }

  _arrange(count) {
    if (this.views.length === count) return;
    this.holder.classList.toggle("two", count === 2);
    while (this.views.length > count) {
      const view = this.views.shift();
      view.remove();
      view.parent.parentElement.remove();
    }
    while (this.views.length < count) {
      const title = el("div.title");
      const place = el("div.place");
      const box = el("div.graph", {}, title, place);
      if (this.views.length) this.holder.prepend(box);
      else this.holder.append(box);
      const view = new GraphView(place, "Graph", { select: (id, event) => this._clicked(view, id, event), hover: (id, event) => this.tooltip(view, id, event) });
      view.title = title;
      const overview = new Overview(view, box.appendChild(this._corner(view)));
      view.on.drawn = () => overview.draw();
      if (this.views.length) this.views.unshift(view);
      else this.views.push(view);
    }
    for (const view of this.views) view.resize();
    for (const view of this.views) view.atTop = count === 2; // side by side
    if (count === 2) this.views[1].fit(); // at the same scale
  }

  _corner(view) {
    const button = (text, name, action) => el("button", { title: name, "aria-label": name, onclick: action }, text);
    return el("div.corner", {}, el("div.buttons", {}, button("−", "zoom out (-)", () => view.zoom(0.8)), button("fit", "fit (0)", () => view.fit(0.03)), button("+", "zoom in (+)", () => view.zoom(1.25))));
  }

  _clicked(view, id) {
    const right = view === this.views[this.views.length - 1];
    if (right || id < 0) this.set({ node: id, at: null });
    else this.set({ node: this.diff.pairs?.get(id) ?? id });
  }

  tooltip(view, id, event) {
    this.onTooltip?.(view, id, event);
  }
}
