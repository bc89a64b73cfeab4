// What is looked at, and everything that follows from it: panes, scenes, marks.

import { Address } from "./address.js";
import { el, fill } from "./dom.js";
import { standIn } from "./focus.js";
import { GraphView } from "./graphview.js";
import { functionOf, inGraph, related } from "./links.js";
import { follow } from "./linked.js";
import { Overview } from "./overview.js";
import { Scenes, then } from "./scenes.js";
import { finder } from "./search.js";
import { Sides } from "./sides.js";
import { format, initial, parse } from "./state.js";
import { Stepping } from "./stepping.js";

const LEAST_NEAR = 0.65; // scale of a neighbourhood that is shown as a whole
// What makes an entry in the browser's history when it changes.
const SELECTIONS = ["compilation", "phase", "step", "node", "at", "view", "against"];

export class App extends Sides {
  constructor(compilations, layouts) {
    super();
    this.compilations = compilations;
    this.layouts = layouts;
    this.scenes = new Scenes(layouts);
    this.base = initial(compilations[0]);
    this.state = parse(location.hash, this.base, compilations);
    this.address = new Address();
    this.steps = new Stepping(this);
    this.panes = [];
    this.views = [];
    this.scenesReady = Promise.resolve();
  }

  get compilation() {
    return this.compilations[this.state.compilation];
  }

  /** The graph that is shown (of a diff, the one on the right). */
  get graph() {
    const { phase, step, before } = this.state;
    if (step >= 0) return this.compilation.graphAfterStep(phase, before ? step - 1 : step);
    return this.compilation.graph(before ? Math.max(phase - 1, 0) : phase);
  }

  /** A name for that graph's moment. */
  get moment() {
    const { compilation, phase, step, before } = this.state;
    if (!before) return `${compilation}.${phase}.${step}`;
    return step > 0 ? `${compilation}.${phase}.${step - 1}` : `${compilation}.${Math.max(phase - 1, 0)}.-1`;
  }

  /** Change what is looked at; `passing`: on the way to something else, which is not worth to come back to. */
  set(patch, passing = false) {
    const old = this.state;
    const next = { ...old, ...patch };
    const moved = "phase" in patch || "compilation" in patch;
    if (moved && !("step" in patch)) next.step = -1;
    if (next.against || ((moved || "step" in patch) && !("before" in patch))) next.before = false;
    if ("node" in patch && !("at" in patch)) next.at = null;
    if (("node" in patch || "at" in patch) && !("value" in patch)) next.value = "";
    this.state = next;
    const chosen = next.step >= 0 && ["compilation", "phase", "step"].some((key) => next[key] !== old[key]);
    if (chosen && !("node" in patch) && next.node >= 0 && !this.steps.touched.has(next.node)) next.node = -1;
    this.update(!passing && SELECTIONS.some((key) => JSON.stringify(next[key]) !== JSON.stringify(old[key])));
    const [first] = patch.at ? this.related.nodes : [];
    if (first !== undefined) this.reveal(first);
  }

  /** The address leads elsewhere: somebody went back, or wrote it. */
  follow() {
    this.address.forget();
    this.state = parse(location.hash, this.base, this.compilations);
    this.update();
    if (this.state.node >= 0) this.reveal(this.state.node);
  }

  /** Select a node; with `show`, in a graph that has it if this one has not. */
  select(id, show = false, passing = false) {
    this.set({ node: id, ...(show && id >= 0 && !inGraph(this.graph, id) ? this._whereIs(id) : {}) }, passing);
    if (id >= 0) this.reveal(id);
  }

  /** A moment whose graph has a node: before it went, else when it came. */
  _whereIs(id) {
    const { compilation } = this;
    const life = compilation.life(id);
    const end = life.findLast(({ what }) => what === "removed" || what === "replaced");
    if (end && end.phase <= this.state.phase) {
      const graph = end.step >= 0 ? compilation.graphAfterStep(end.phase, end.step - 1) : compilation.graph(end.phase - 1);
      if (inGraph(graph, id)) return { phase: end.phase, step: end.step, before: true };
    }
    const event = life.findLast(({ what }) => what === "created" || what === "changed");
    if (!event) return {};
    const { phase, step } = event;
    return { phase, step: inGraph(compilation.graphAfterStep(phase, step), id) ? step : -1 };
  }

  /** Go to what a name stands for: a node n5, a block B2, a bytecode @0.0x1f of a function, a virtual register v7; a slot, a
   * register or a label L2c in the code is only marked. */
  go(name) {
    const number = Number(name.slice(1));
    const at = /^@(\d+)\.0x([0-9a-f]+)$/.exec(name);
    if (at) this.set({ node: -1, at: { function: Number(at[1]), offset: parseInt(at[2], 16) } });
    else if (/^n\d+$/.test(name)) this.select(number, true);
    else if (/^B\d+$/.test(name)) this.select(this.compilation.names.header(number), true);
    else if (/^v\d+$/.test(name)) {
      const node = this.compilation.names.nodeOf(number);
      this.set({ node, value: name });
      if (node >= 0) this.reveal(node);
    } else this.set({ value: this.state.value === name ? "" : name });
  }

  functionOf(inlining) {
    return functionOf(this.compilation, inlining);
  }

  back() {
    this.address.flush();
    if (this.address.canReturn) history.back();
  }

  /** Bring a node into sight, or what stands for it. */
  reveal(id, always = false) {
    return Promise.resolve(this.scenesReady).then(() => this.views.forEach((view, index) => {
      const wanted = index < this.views.length - 1 ? this.leftOf(id) : id;
      const at = view.scene ? standIn(wanted, [view.scene.graph], this.seenIn(view)) : undefined;
      if (at !== undefined) view.reveal(at, always);
    }));
  }

  /** To the next or previous of what was found; those that are gone come last, each where it was. */
  find(by) {
    const { state } = this;
    if (this._trail?.query !== state.query || this._trail.moment !== this.moment) this._trail = { query: state.query, list: [...this.found, ...this.searched.gone] };
    const { list } = this._trail;
    if (!list.length) return;
    const at = list.indexOf(state.node);
    this.select(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length], true, true);
    this._trail.moment = this.moment;
  }

  /** Tells what stands for a node in a view's scene: itself, in a schedule also what it became. */
  seenIn({ scene, compilation }) {
    return (id) => {
      if (scene.place.has(id)) return id;
      if (scene.graph !== compilation.graph(compilation.last)) return undefined;
      const heir = compilation.becomes(id);
      return heir !== id && scene.place.has(heir) ? heir : undefined;
    };
  }

  compare(against) {
    this.set({ against, tab: against ? "changes" : this.state.tab });
  }

  update(push = false) {
    const { state, moment } = this;
    const compared = `${state.compilation}.${state.phase}.${state.step}.${state.against ? `${state.against.compilation}.${state.against.phase}` : ""}`;
    if (this._compared !== compared) {
      this.diff = this.compared();
      this._compared = compared;
    }
    this.related = related(this.compilation, this.graph, state);
    if (this._finder?.query !== state.query || this._finder.compilation !== this.compilation)
      this._finder = { query: state.query, compilation: this.compilation, look: finder(this.compilation, state.query) };
    this.searched = this._finder.look(this.graph);
    this.found = this.searched.found;
    for (const pane of this.panes) pane.update();
    this._draw(moment);
    this.address.write(format(state, this.base), push);
    this.steps.arrive();
  }

  _draw(moment) {
    const { state, diff } = this;
    const merged = state.against && state.merged;
    this._arrange(state.against && !merged ? 2 : 1);
    const right = this.views[this.views.length - 1];
    const past = new Map([...diff.removed.map((id) => [id, "removed"]), ...diff.changed.map(([id]) => [id, "changed"])]);
    const marks = state.before ? past : new Map([...diff.added.map((id) => [id, "added"]), ...diff.changed.map(([, id]) => [id, "changed"])]);
    const sides = [{ view: right, side: "right", compilation: this.compilation, graph: this.graph, moment, node: state.node, marks, titles: this._title(this.compilation, state.phase, state.step) }];
    if (merged) sides[0] = { ...sides[0], ...this.merge(moment), marks: new Map([...marks, ...diff.removed.map((id) => [this.rightOf(id), "removed"])]) };
    else if (state.against) {
      const { compilation, phase } = state.against;
      sides.push({ view: this.views[0], side: "left", compilation: this.compilations[compilation], graph: diff.before, moment: `${compilation}.${phase}.-1`, node: this.leftOf(state.node), marks: past, titles: this._title(this.compilations[compilation], phase, -1) });
    }
    const work = sides.map((side) => this._drawSide(side));
    const waiting = work.filter((one) => one instanceof Promise);
    this.scenesReady = waiting.length ? Promise.all(waiting) : undefined;
  }

  _drawSide({ view, side, compilation, graph, blocks, moment, node, marks, titles }) {
    const { state } = this;
    fill(view.title, titles);
    const focus = node >= 0 ? new Set([node]) : new Set(this.related.nodes.size <= 12 ? this.related.nodes : []);
    const selected = side === "right" ? new Set([...this.related.nodes, ...this.related.heirs]) : new Set([...this.related.nodes].map((id) => this.leftOf(id)));
    view.setLook({ selected, focus, marks, found: new Set(side === "right" ? this.found : []), edges: state.edges });
    const centres = state.view === "near" ? this.steps.centres(graph, side, node) : [];
    const when = state.view === "schedule" && !blocks ? moment.split(".")[0] : moment; // there is one schedule
    const key = `${state.view}.${when}.${JSON.stringify(state.filters)}.${state.view === "near" ? `${centres}.${state.depth}` : ""}`;
    if (view.wanted === key) return view.ready;
    const keep = view.kind === state.view;
    view.wanted = key;
    view.kind = state.view;
    view.compilation = compilation;
    view.parent.classList.add("busy");
    view.ready = then(this.scenes.make(compilation, { state, graph, moment, centres, blocks }), (scene) => {
      if (view.wanted !== key) return;
      view.parent.classList.remove("busy");
      view.show(scene, keep && state.view !== "near");
      if (state.view === "near") view.fit(LEAST_NEAR);
      if (state.view === "near" && node >= 0 && !view.showsAll) view.reveal(node, true);
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
    const lost = this.views.length > count && this.holder.contains(document.activeElement);
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
      view.on.moved = () => this._moved(view);
      if (this.views.length) this.views.unshift(view);
      else this.views.push(view);
    }
    if (lost) this.views[0].canvas.focus();
    for (const view of this.views) view.resize();
    for (const view of this.views) view.atTop = count === 2; // side by side
    if (count === 2) this.views[1].fit(); // at the same scale
  }

  _corner(view) {
    const button = (text, name, action) => el("button", { title: name, "aria-label": name.replace(/ \(.\)$/, ""), onclick: action }, text);
    return el("div.corner", {}, el("div.buttons", {}, button("−", "zoom out (-)", () => view.zoom(0.8)), button("fit", "fit (0)", () => view.fit(0)), button("+", "zoom in (+)", () => view.zoom(1.25)), button("⤢", "all of the window, or not (f)", () => this.maximize(this.views.length > 1 && view === this.views[0] ? "left" : "right"))));
  }

  /** The other side of a diff follows. */
  _moved(view) {
    if (this.views.length < 2) return;
    const [left, right] = this.views;
    if (view === right) follow(right, left, (id) => this.leftOf(id));
    else follow(left, right, (id) => this.rightOf(id));
  }

  _clicked(view, id) {
    const right = view === this.views[this.views.length - 1];
    if (right || id < 0) this.set({ node: id, at: null });
    else this.set({ node: this.rightOf(id) });
  }

  /** Give a part of the page all of the window, or end that: "left", "right" (graphs), "tables". */
  maximize(part) {
    const { dataset } = document.body;
    if (dataset.max === part) delete dataset.max;
    else dataset.max = part;
  }

  tooltip(view, id, event) {
    this.onTooltip?.(view, id, event);
  }
}
