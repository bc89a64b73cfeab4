// The page: puts the panes together.

import { App } from "./app.js";
import { CodePane } from "./code.js";
import { commandsOf, listen } from "./commands.js";
import { count, el, fill } from "./dom.js";
import { Help } from "./help.js";
import { Inspector } from "./inspector.js";
import { Layouts } from "./layouts.js";
import { Live } from "./live.js";
import { Compilation } from "./model.js";
import { PhasesPane } from "./phases.js";
import { fullText } from "./rows.js";
import { SourcePane } from "./source.js";
import { FILTERS, parse, TABS, VIEWS } from "./state.js";
import { changesTab, instructionsTab, remarksTab, scheduleTab } from "./tables.js";
import { applyMode, nextMode } from "./theme.js";

const $ = (id) => document.getElementById(id);
const VIEW_NAMES = { blocks: "Blocks", sea: "Sea of nodes", near: "Neighbourhood", schedule: "Schedule" };
const TAB_NAMES = { code: "Code", schedule: "Schedule", instructions: "Instructions", changes: "Changes", remarks: "Remarks" };
const FILTER_NAMES = { constants: "constants in their users", frames: "hide frame states", dead: "hide dead nodes" };

class Page {
  constructor(app) {
    this.app = app;
    this.mode = "auto";
    this.help = new Help(document.body);
    this.phases = new PhasesPane(app, $("phases"));
    app.holder = $("graphs");
    this.tables = {
      code: new CodePane(app, this._panel("code")),
      schedule: scheduleTab(app, this._panel("schedule")),
      instructions: instructionsTab(app, this._panel("instructions")),
      changes: changesTab(app, this._panel("changes")),
      remarks: remarksTab(app, this._panel("remarks")),
    };
    this._bar();
    this._tooltip();
    app.panes.push(this.phases, new SourcePane(app, $("source")), new Inspector(app, $("inspector")), this);
    this.commands = commandsOf(app, this);
    listen(app, this, this.commands);
    window.addEventListener("hashchange", () => {
      app.state = parse(location.hash, app.base, app.compilations);
      app.update();
      if (app.state.node >= 0) app.reveal(app.state.node);
    });
    window.addEventListener("beforeprint", () => this._print());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this._retheme());
    for (const handle of document.querySelectorAll("[data-split]")) split(handle);
  }

  _panel(name) {
    const panel = el("div.panel", { id: `panel-${name}`, role: "tabpanel" });
    $("panels").append(panel);
    return panel;
  }

  _bar() {
    const { app } = this;
    const button = (label, title, action, id) => el("button", { title, onclick: action, id }, label);
    fill($("views"), VIEWS.map((name, index) => el("button", { "data-view": name, title: `${VIEW_NAMES[name]} (${index + 1})`, onclick: () => app.set({ view: name }) }, VIEW_NAMES[name])));
    fill($("filters"), FILTERS.map((name) => el("label", {}, el("input", { type: "checkbox", "data-filter": name, onchange: () => app.set({ filters: { ...app.state.filters, [name]: !app.state.filters[name] } }) }), FILTER_NAMES[name])),
      el("label", {}, el("input", { type: "checkbox", "data-filter": "edges", onchange: () => this.commands.toggleEdges() }), "all edges"));
    fill($("tabs"), TABS.map((name, index) => el("button", { role: "tab", "data-tab": name, title: `${TAB_NAMES[name]} (${index + 5})`, onclick: () => app.set({ tab: name }) }, TAB_NAMES[name])));
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
    fill($("actions"), this.pipelines, this.against, button("Save", "save the picture as SVG (s), PNG (S)", () => this.save("svg")), button("◐", "light or dark (t)", () => this.theme()), button("?", "keys (?)", () => this.help.toggle(), "help"));
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

  /** Another compilation, made on demand. */
  add(compilation) {
    this.app.compilations.push(compilation);
    this._options();
    const index = this.app.compilations.length - 1;
    const old = this.app.state;
    this.app.set({ compilation: index, phase: compilation.last, against: { compilation: old.compilation, phase: this.app.compilations[old.compilation].last }, tab: "changes" });
  }

  diff() {
    const { app } = this;
    if (app.state.against) app.compare(null);
    else if (app.compilations.length > 1) {
      const other = app.state.compilation ? 0 : 1;
      app.compare({ compilation: other, phase: app.compilations[other].last });
    } else app.compare({ compilation: 0, phase: app.state.phase > 0 ? app.state.phase - 1 : 0 });
  }

  find(query) {
    this.search.value = query;
    this.app.set({ query });
  }

  theme() {
    this.mode = nextMode(this.mode);
    applyMode(this.mode);
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

  /** On paper: what the picture is of, and all of it, in light colours. */
  _print() {
    const { app } = this;
    const { compilation, state } = app;
    applyMode("light");
    const views = app.views.map((view) => {
      view.theme = null;
      const text = view.svg();
      view.retheme();
      return [view.title.textContent, text];
    });
    applyMode(this.mode);
    const phase = compilation.phases[state.phase];
    fill($("print"), el("h1", {}, el("bdi", {}, compilation.name), `, ${phase.name}${state.step >= 0 ? `, step ${state.step + 1}` : ""}: ${VIEW_NAMES[state.view].toLowerCase()}`),
      el("p.pipeline", {}, compilation.pipeline),
      views.map(([title, text]) => [views.length > 1 ? el("p", {}, title) : null, el("img", { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, alt: title })]));
  }

  async copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("link copied");
    } catch { // pages from disk may not write to the clipboard everywhere
      this.say("the address bar has the link");
    }
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
    for (const name of TABS) $(`panel-${name}`).hidden = name !== state.tab;
    this.tables[state.tab].update();
    this.pipelines.value = state.compilation;
    this.against.value = state.against ? this._choice(state.against) : "";
    if (this.search.value !== state.query) this.search.value = state.query;
    $("found").textContent = state.query ? count(app.found.length) : "";
    fill($("title"), el("bdi", {}, compilation.name), el("span.quiet", {}, ` ${count(compilation.phases[state.phase].nodes)} nodes`));
    $("title").title = compilation.pipeline;
    $("depth").hidden = state.view !== "near";
    fill($("depth"), el("button", { onclick: () => this.commands.shallower(), title: "smaller (<)" }, "−"), ` depth ${state.depth} `, el("button", { onclick: () => this.commands.deeper(), title: "larger (>)" }, "+"));
    const node = state.node >= 0 ? app.graph.get(state.node) : undefined;
    this.say(node ? fullText(node) : state.query ? `${count(app.found.length)} found` : `${compilation.phases[state.phase].name}${state.step >= 0 ? `, step ${state.step + 1}` : ""}`);
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

/** Makes a bar that resizes what is beside it, with the mouse and with the arrow keys. */
function split(handle) {
  const [name, axis, sign] = handle.dataset.split.split(" ");
  const root = document.documentElement;
  const set = (by) => {
    const now = parseFloat(getComputedStyle(root).getPropertyValue(name));
    root.style.setProperty(name, `${Math.max(90, now + Number(sign) * by)}px`);
  };
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
  new Live(page, data.live).start();
  app.update();
  if (app.state.node >= 0) app.reveal(app.state.node);
  await app.scenesReady;
  document.documentElement.dataset.ready = Math.round(performance.now());
  window.seaofnodes = { app, page };
}

main().catch((error) => {
  document.getElementById("status").textContent = `this page does not work here: ${error.message}`;
  throw error;
});
