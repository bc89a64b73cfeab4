// Every action, by the name that the key table gives it.

import { inGraph } from "./links.js";
import { KEYS } from "./help.js";
import { TABS, VIEWS } from "./state.js";

const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

export function commandsOf(app, page) {
  const view = () => app.views[app.views.length - 1];
  const state = () => app.state;
  const toggle = (name) => () => app.set({ filters: { ...app.state.filters, [name]: !app.state.filters[name] } });
  const phase = (by, changed) => () => {
    const { phases, last } = app.compilation;
    let next = app.state.step >= 0 && by < 0 ? app.state.phase : app.state.phase + by;
    if (app.state.step < 0 || by > 0) while (changed && next > 0 && next < last && !phases[next].changed) next += by;
    app.set({ phase: Math.min(last, Math.max(0, next)), step: -1 });
  };
  const next = (by) => () => {
    const { related, state } = app;
    if (state.query) return app.find(by);
    const list = [...related.nodes].filter((id) => inGraph(app.graph, id));
    const at = list.indexOf(state.node);
    if (list.length) app.reveal(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length], true);
  };
  const goto = (id) => {
    if (id !== undefined && id >= 0) app.select(id);
  };
  const commands = {
    previousPhase: phase(-1, true), nextPhase: phase(1, true), previousAny: phase(-1, false), nextAny: phase(1, false),
    previousStep: () => app.steps.go(-1), nextStep: () => app.steps.go(1), filterSteps: () => page.phases.filter.focus(),
    beforeAfter: () => state().against || app.set({ before: !state().before }, true), toggleSteps: () => page.phases.toggle(app.state.phase),
    diffBefore: () => page.diffBefore(), diffOther: () => page.diffOther(), toggleMerged: () => app.set({ merged: !app.state.merged }), maximize: () => page.maximize(), search: () => page.search.focus(), nextFound: next(1), previousFound: next(-1),
    toInput: () => goto(app.graph.get(app.state.node)?.inputs[0]), toUser: () => goto(app.graph.uses.get(app.state.node)?.[0]?.[0]),
    centre: () => app.reveal(app.state.node, true), back: () => app.back(),
    escape: () => (app.state.query ? page.find("") : app.state.steps ? app.set({ steps: "" }) : app.state.node >= 0 || app.state.at ? app.set({ node: -1, at: null }) : app.state.step >= 0 ? app.set({ step: -1 }) : app.state.against ? app.compare(null) : undefined),
    shallower: () => app.set({ view: "near", depth: Math.max(1, app.state.depth - 1) }), deeper: () => app.set({ view: "near", depth: Math.min(9, app.state.depth + 1) }),
    toggleFrames: toggle("frames"), toggleConstants: toggle("constants"), toggleDead: toggle("dead"),
    toggleEdges: () => app.set({ edges: app.state.edges === "all" ? "selected" : "all" }),
    zoomIn: () => view().zoom(1.25), zoomOut: () => view().zoom(0.8), fit: () => app.views.forEach((one) => one.fit(0)),
    theme: () => page.theme(), saveSvg: () => page.save("svg"), savePng: () => page.save("png"), copyLink: () => page.copyLink(),
    print: () => window.print(), help: () => page.help.toggle(),
  };
  VIEWS.forEach((name) => (commands[`view${name[0].toUpperCase()}${name.slice(1)}`] = () => app.set({ view: name })));
  TABS.forEach((name) => (commands[`tab${name[0].toUpperCase()}${name.slice(1)}`] = () => app.set({ tab: name })));
  return commands;
}

/** Listens to the keyboard. */
export function listen(app, page, commands) {
  const view = () => app.views[app.views.length - 1];
  const byKey = new Map([["=", "zoomIn"]]);
  for (const [, keys] of KEYS) for (const [names, , actions] of keys) actions.forEach((action, index) => byKey.set(names[index] === "Esc" ? "Escape" : names[index], action));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== "Escape")) return;
    if (event.target.closest?.("dialog[open]") && event.key !== "?") return;
    const canvas = event.target.matches?.("canvas") || event.target === document.body;
    if (event.key in ARROWS && canvas) {
      const id = view().beside(app.state.node, ARROWS[event.key]);
      if (id >= 0) app.select(id, false, true);
    } else if (typing) view().canvas.focus();
    else if (byKey.has(event.key)) commands[byKey.get(event.key)]();
    else return;
    event.preventDefault();
  });
}
