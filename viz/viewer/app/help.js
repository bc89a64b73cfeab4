// The sheet with all keys.

import { el, fill } from "./dom.js";

/** [keys, what, name of the command] in groups; `main.js` has a command for every name. */
export const KEYS = [
  ["Phases and steps", [
    [["[", "]"], "previous, next phase that changed something", ["previousPhase", "nextPhase"]],
    [["{", "}"], "previous, next phase", ["previousAny", "nextAny"]],
    [[",", "."], "previous, next step, of those that are listed", ["previousStep", "nextStep"]],
    [["b"], "the graph before the step or phase, and after it", ["beforeAfter"]],
    [["r"], "list only some steps: words, rule:NAME, n42, /regular expression/", ["filterSteps"]],
    [["o"], "open or close the phase's steps", ["toggleSteps"]],
    [["d", "D"], "diff with the phase before, with the other pipeline; or end it", ["diffBefore", "diffOther"]],
    [["m"], "the diff as one graph, or side by side", ["toggleMerged"]],
  ]],
  ["Nodes", [
    [["/"], "search: n42, #1.5 or #0xff (constants), words, /regular expression/; op: type: rule: phase: kind: at: in:function code:mnemonic", ["search"]],
    [["n", "N"], "next, previous of what was found (those that are gone: where they were) or is selected", ["nextFound", "previousFound"]],
    [["arrows"], "move to the node beside", []],
    [["Tab in a pane"], "panes in turn; arrows move in lists, Enter selects", []],
    [["i", "u"], "to the first input, the first user", ["toInput", "toUser"]],
    [["c"], "bring the selected node into the middle", ["centre"]],
    [["Backspace"], "back to what was selected before, as the browser's Back", ["back"]],
    [["Esc"], "select nothing; close what is open", ["escape"]],
  ]],
  ["Views", [
    [["1", "2", "3", "4"], "blocks, sea of nodes, neighbourhood, schedule", ["viewBlocks", "viewSea", "viewNear", "viewSchedule"]],
    [["<", ">"], "smaller, larger neighbourhood", ["shallower", "deeper"]],
    [["x"], "show or hide frame states", ["toggleFrames"]],
    [["k"], "constants in their users, or as nodes", ["toggleConstants"]],
    [["z"], "show or hide what is dead in the middle of a phase", ["toggleDead"]],
    [["e"], "edges of all nodes, or of the selected one", ["toggleEdges"]],
    [["+", "-", "0"], "zoom in, out, fit", ["zoomIn", "zoomOut", "fit"]],
  ]],
  ["Page", [
    [["5", "6", "7", "8", "9"], "code, schedule, instructions, changes, remarks", ["tabCode", "tabSchedule", "tabInstructions", "tabChanges", "tabRemarks"]],
    [["f"], "give the graph, a side of a diff, or the tables all of the window", ["maximize"]],
    [["t"], "light, dark, as the system", ["theme"]],
    [["s", "S"], "save the picture: all as SVG, what is in sight as PNG", ["saveSvg", "savePng"]],
    [["l"], "copy a link to what is looked at", ["copyLink"]],
    [["p"], "print", ["print"]],
    [["?"], "this sheet", ["help"]],
  ]],
].map(([title, keys]) => [title, keys.filter(([, what]) => what)]);

export class Help {
  constructor(parent) {
    this.dialog = el("dialog.help", { "aria-label": "Keys" });
    parent.append(this.dialog);
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  toggle() {
    if (this.dialog.open) return this.dialog.close();
    fill(this.dialog,
      el("button.close", { onclick: () => this.dialog.close(), "aria-label": "close" }, "×"),
      el("h2", {}, "Keys"),
      el("div.columns", {}, KEYS.map(([title, keys]) => el("section", {}, el("h3", {}, title), el("dl", {}, keys.map(([names, what]) => [el("dt", {}, names.map((name) => el("kbd", {}, name))), el("dd", {}, what)]))))),
      el("p.quiet", {}, "Drag or scroll to move, Ctrl and the wheel to zoom, double click to centre. Shift and a click on a phase compares with it. The address is a link to what you see."));
    this.dialog.showModal();
    return undefined;
  }
}
