// The page: puts the panes together.

import { App } from "./app.js";
import { CodePane } from "./code.js";
import { CodeDiff } from "./codediff.js";
import { commandsOf, listen } from "./commands.js";
import { count, el, fill } from "./dom.js";
import { Help } from "./help.js";
import { Inspector } from "./inspector.js";
import { Layouts } from "./layouts.js";
import { Live } from "./live.js";
import { Compilation } from "./model.js";
import { PhasesPane } from "./phases.js";
import { printout } from "./print.js";
import { fullText } from "./rows.js";
import { SourcePane } from "./source.js";
import { FILTERS, leadsElsewhere, TABS, VIEWS } from "./state.js";
import { changesTab, instructionsTab, remarksTab, scheduleTab } from "./tables.js";
import { applyMode, nextMode, savedMode, saveMode } from "./theme.js";

const $ = (id) => document.getElementById(id);
const VIEW_NAMES = { blocks: "Blocks", sea: "Sea of nodes", near: "Neighbourhood", schedule: "Schedule" };
const TAB_NAMES = { code: "Code", schedule: "Schedule", instructions: "Instructions", changes: "Changes", remarks: "Remarks" };
const FILTER_NAMES = { constants: "constants in their users", frames: "hide frame states", dead: "hide dead nodes" };

class Page {
  constructor(app) {
    this.app = app;
    this.mode = savedMode();
    applyMode(this.mode);
    this.help = new Help(document.body);
    this.phases = new PhasesPane(app, $("phases"));
    app.holder = $("graphs");
    this.tables = {
      code: new CodePane(app, this._panel("code")),
      both: new CodeDiff(app, this._panel("both")),
      schedule: scheduleTab(app, this._panel("schedule")),
      instructions: instructionsTab(app, this._panel("instructions")),
      changes: changesTab(app, this._panel("changes")),
      remarks: remarksTab(app, this._panel("remarks")),
    };
    this._bar();
    this._tooltip();
    app.panes.push(this.phases, new SourcePane(app, $("source")), new Inspector(app, $("inspector")), this);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("[data-go]");
      if (link) app.go(event.shiftKey && link.dataset.place ? link.dataset.place : link.dataset.go);
    });
    this.commands = commandsOf(app, this);
    listen(app, this, this.commands);
    window.addEventListener("popstate", () => app.address.forget()); // before hashchange, which a timer may overtake
    window.addEventListener("hashchange", () => app.follow());
    window.addEventListener("beforeprint", () => printout(app, $("print"), VIEW_NAMES[app.state.view], this.mode));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this._retheme());
    for (const handle of document.querySelectorAll("[data-split]")) split(handle);
  }

  _panel(name) {
    const panel = el("div.panel", { id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name === "both" ? "code" : name}` });
    $("panels").append(panel);
    return panel;
  }

  _bar() {
    const { app } = this;
    const button = (label, title, action, id) => el("button", { title, onclick: action, id }, label);
    fill($("views"), VIEWS.map((name, index) => el("button", { "data-view": name, title: `${VIEW_NAMES[name]} (${index + 1})`, onclick: () => app.set({ view: name }) }, VIEW_NAMES[name])));
    fill($("filters"), FILTERS.map((name) => el("label", {}, el("input", { type: "checkbox", "data-filter": name, onchange: () => app.set({ filters: { ...app.state.filters, [name]: !app.state.filters[name] } }) }), FILTER_NAMES[name])),
      el("label", {}, el("input", { type: "checkbox", "data-filter": "edges", onchange: () => this.commands.toggleEdges() }), "all edges"));
    fill($("tabs"), TABS.map((name, index) => el("button", { role: "tab", id: `tab-${name}`, "data-tab": name, "aria-controls": `panel-${name}`, title: `${TAB_NAMES[name]} (${index + 5})`, onclick: () => app.set({ tab: name }) }, TAB_NAMES[name])));
    this.search = $("search");
    this.search.addEventListener("input", () => app.set({ query: this.search.value }));
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.commands[event.shiftKey ? "previousFound" : "nextFound"]();
    });
    this.pipelines = el("select", { title: "compilation", "aria-label": "compilation", onchange: () => app.set({ compilation: Number(this.pipelines.value), phase: app.compilations[Number(this.pipelines.value)].last }) });
    this.against = el("select", { title: "diff with (d)", "aria-label": "diff with", id: "against", onchange: () => {
      const [compilation, phase] = this.against.value.split(".").map(Number);
      app.compare(this.against.value ? { compilation, phase } : null);
    } });
    fill($("actions"), this.pipelines, this.against, el("button", { id: "merge", title: "the diff as one graph (m)", onclick: () => this.commands.toggleMerged() }, "one graph"), button("Save", "save the picture as SVG (s), PNG (S)", () => this.save("svg")), el("button", { title: "light or dark (t)", "aria-label": "light or dark", onclick: () => this.theme() }, "◐"), el("button", { title: "keys (?)", "aria-label": "keys", id: "help", onclick: () => this.help.toggle() }, "?"));
    this._options();
  }

  /** Compilations and phases to choose from. */
  _options() {
    const { app } = this;
    const name = (compilation) => compilation.pipeline || "no passes";
    fill(this.pipelines, app.compilations.map((compilation, index) => el("option", { value: index }, `${index + 1}: ${name(compilation).slice(0, 60)}`)));
    this.pipelines.hidden = app.compilations.length < 2;
    fill(this.against, el("option", { value: "" }, "no diff"), app.compilations.map((compilation, index) =>
      el("optgroup", { label: app.compilations.length > 1 ? `${index + 1}: ${name(compilation).slice(0, 60)}` : "diff with" }, compilation.phases.filter((phase) => phase.changed || phase.index === compilation.last).map((phase) => el("option", { value: `${index}.${phase.index}` }, `${phase.index + 1} ${phase.name}`)))));
  }

  /** The option for a phase: of those that changed nothing the one before. */
  _choice({ compilation, phase }) {
    const { phases, last } = this.app.compilations[compilation];
    while (phase !== last && !phases[phase].changed) phase--;
    return `${compilation}.${phase}`;
  }

  /** One more compilation to choose. */
  know(compilation) {
    this.app.compilations.push(compilation);
    this._options();
  }

  /** Another compilation, made on demand. */
  add(compilation) {
    this.know(compilation);
    const index = this.app.compilations.length - 1;
    const old = this.app.state;
    this.app.set({ compilation: index, phase: compilation.last, against: { compilation: old.compilation, phase: this.app.compilations[old.compilation].last }, tab: "changes" });
  }

  /** A diff with the phase before, or the end of it. */
  diffBefore() {
    const { app } = this;
    const { against, compilation, phase } = app.state;
    if (against?.compilation === compilation) return app.compare(null);
    if (!phase) return this.say("there is no phase before the first");
    let before = phase - 1;
    while (before && !app.compilation.phases[before].changed && !app.compilation.phases[phase].changed) before--;
    return app.compare({ compilation, phase: before });
  }

  /** A diff with the other pipeline, or the end of it: with the phase there that has the same name and number among those of
   * that name, else with the last. */
  diffOther() {
    const { app } = this;
    const { against, compilation, phase } = app.state;
    if (against && against.compilation !== compilation) return app.compare(null);
    if (app.compilations.length < 2) return this.say("there is no other pipeline: seaofnodes compile ... --emit html --against PIPELINE");
    const other = compilation ? 0 : 1;
    const { phases, last } = app.compilations[other];
    if (phase === app.compilation.last) return app.compare({ compilation: other, phase: last });
    const { name } = app.compilation.phases[phase];
    const nth = app.compilation.phases.slice(0, phase).filter((one) => one.name === name).length;
    const found = phases.filter((one) => one.name === name)[nth];
    return app.compare({ compilation: other, phase: found?.index ?? last });
  }

  /** The part of the page that the keys are in gets all of the window; else the graph, of a diff its right side and then
   * its left. */
  maximize() {
    const { app } = this;
    const now = document.body.dataset.max;
    if (document.activeElement.closest("#right")) app.maximize("tables");
    else if (now === "right" && app.views.length > 1) app.maximize("left");
    else app.maximize(now ?? "right");
    if (document.activeElement === document.body || !document.activeElement.checkVisibility()) (app.views.find(({ canvas }) => canvas.checkVisibility())?.canvas ?? this.search).focus();
  }

  find(query) {
    this.search.value = query;
    this.app.set({ query });
  }

  theme() {
    this.mode = nextMode(this.mode);
    applyMode(this.mode);
    saveMode(this.mode);
    this._retheme();
    this.say(`colours: ${this.mode}`);
  }

  _retheme() {
    for (const view of this.app.views) view.retheme();
  }

  async save(kind) {
    const view = this.app.views[this.app.views.length - 1];
    const blob = kind === "svg" ? new Blob([view.svg()], { type: "image/svg+xml" }) : await view.png();
    const { compilation, state } = this.app;
    const name = `${compilation.name.replace(/[^\w.-]+/g, "_").slice(0, 60)}-${compilation.phases[state.phase].name}.${kind}`;
    const link = el("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.say(`saved ${name}`);
  }

  async copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("link copied");
    } catch { // pages from disk may not write to the clipboard everywhere
      this.say("the address bar has the link");
    }
  }

  /** Say what somebody must not miss, until it is clicked away. */
  warn(texts) {
    if (texts.length) document.body.append(el("div.notice", { role: "alert" }, el("button", { "aria-label": "close", onclick: (event) => event.target.parentElement.remove() }, "×"), texts.map((text) => el("div", {}, text))));
  }

  say(text) {
    fill($("status"), text);
  }

  update() {
    const { app } = this;
    const { state, compilation } = app;
    for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", button.dataset.view === state.view);
    for (const box of document.querySelectorAll("[data-filter]")) box.checked = box.dataset.filter === "edges" ? state.edges === "all" : state.filters[box.dataset.filter];
    for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", tab.dataset.tab === state.tab);
    const two = state.tab === "code" && state.against && state.against.compilation !== state.compilation;
    const shown = two ? "both" : state.tab;
    const lost = document.activeElement.closest(".panel")?.id.slice("panel-".length);
    for (const name of Object.keys(this.tables)) $(`panel-${name}`).hidden = name !== shown;
    this.tables[shown].update();
    if (lost && lost !== shown) this.tables[shown].list.element.focus();
    $("merge").hidden = !state.against;
    $("merge").setAttribute("aria-pressed", state.merged);
    this.pipelines.value = state.compilation;
    this.against.value = state.against ? this._choice(state.against) : "";
    if (this.search.value !== state.query) this.search.value = state.query;
    const { gone, error } = app.searched;
    const found = `${count(app.found.length)}${gone.length ? ` + ${count(gone.length)}` : ""}`;
    $("found").textContent = state.query ? (error ? "?" : found) : "";
    $("found").title = error || `${found}${gone.length ? " that are not in this graph" : ""}`;
    fill($("title"), el("bdi", {}, compilation.name), el("span.quiet", {}, ` ${count(compilation.phases[state.phase].nodes)} nodes`));
    $("title").title = compilation.pipeline;
    $("depth").hidden = state.view !== "near";
    fill($("depth"), el("button", { onclick: () => this.commands.shallower(), title: "smaller (<)", "aria-label": "smaller" }, "−"), ` depth ${state.depth} `, el("button", { onclick: () => this.commands.deeper(), title: "larger (>)", "aria-label": "larger" }, "+"));
    const node = state.node >= 0 ? app.graph.get(state.node) : undefined;
    this.say(error || (node ? fullText(node) : state.query ? `${count(app.found.length)} found${gone.length ? `, and ${count(gone.length)} that are not in this graph` : ""}` : `${compilation.phases[state.phase].name}${state.step >= 0 ? `, step ${state.step + 1}` : ""}${state.before ? ": before" : ""}`));
  }

  _tooltip() {
    const tip = el("div.tip", { hidden: true });
    document.body.append(tip);
    this.app.onTooltip = (view, id, event) => {
      const node = id >= 0 ? view.scene.graph.get(id) : undefined;
      tip.hidden = !node;
      if (!node) return;
      const { origin } = node;
      fill(tip, el("div.mono", {}, fullText(node)), el("div.quiet", {}, [node.op.type, origin.offset >= 0 ? `bytecode 0x${origin.offset.toString(16)}` : "", origin.rule ? `made by ${origin.rule}` : origin.phase].filter(Boolean).join(" · ")));
      tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
      tip.style.top = `${Math.min(event.clientY + 18, innerHeight - tip.offsetHeight - 8)}px`;
    };
  }
}

const LEAST_PANE = 90;

/** Makes a bar that resizes what is beside it, with the mouse and with the arrow keys. */
function split(handle) {
  const [name, axis, sign] = handle.dataset.split.split(" ");
  const root = document.documentElement;
  const pane = Number(sign) > 0 ? handle.previousElementSibling : handle.nextElementSibling;
  const size = () => pane.getBoundingClientRect()[axis === "x" ? "width" : "height"];
  const tell = () => handle.setAttribute("aria-valuenow", Math.round(size()));
  const set = (by) => {
    root.style.setProperty(name, `${Math.max(LEAST_PANE, size() + Number(sign) * by)}px`);
    tell();
  };
  handle.setAttribute("aria-orientation", axis === "x" ? "vertical" : "horizontal");
  handle.setAttribute("aria-valuemin", LEAST_PANE);
  handle.setAttribute("aria-valuemax", 4000);
  new ResizeObserver(tell).observe(pane);
  handle.addEventListener("pointerdown", (down) => {
    handle.setPointerCapture(down.pointerId);
    let last = axis === "x" ? down.clientX : down.clientY;
    handle.onpointermove = (event) => {
      const at = axis === "x" ? event.clientX : event.clientY;
      set(at - last);
      last = at;
    };
    handle.onpointerup = () => (handle.onpointermove = null);
  });
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -20, ArrowUp: -20, ArrowRight: 20, ArrowDown: 20 }[event.key];
    if (by) {
      set(by);
      event.preventDefault();
      event.stopPropagation();
    }
  });
}

/** The data in the page: JSON, deflated, in base64. */
async function read(element) {
  const bytes = Uint8Array.from(atob(element.textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

async function main() {
  const data = await read($("data"));
  const compilations = data.compilations.map((found) => new Compilation(found));
  const app = new App(compilations, new Layouts($("worker").textContent));
  const page = new Page(app);
  const live = new Live(page, data.live);
  live.start();
  const elsewhere = leadsElsewhere(location.hash, compilations);
  app.update();
  if (app.state.node >= 0) app.reveal(app.state.node);
  if (!(await live.resume()) && elsewhere) page.warn(["The link is about a compilation that this page does not have."]);
  await app.scenesReady;
  document.documentElement.dataset.ready = Math.round(performance.now());
  window.seaofnodes = { app, page };
}

main().catch((error) => {
  document.getElementById("status").textContent = `this page does not work here: ${error.message}`;
  throw error;
});
