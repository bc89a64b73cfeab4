// Bytecode with what call sites have seen; a tab for each inlined function.

import { count, el, fill, hex } from "./dom.js";
import { siteOf, sitesOf } from "./links.js";
import { VirtualList } from "./list.js";

const INDENT = 12; // pixels a level
const MOST_LEVELS = 12; // that are shown by indentation; the rest is a number
const KEPT_LEVELS = 4; // of those around, where the indentation begins anew
const SOURCE_CHAR = 7.23;

/** How many levels each line is indented by: as deep as it is nested, less what is left out so that it is bounded; what
 * is left out changes seldom, so that lines stand to each other as they are nested. */
export function indents(depths) {
  let left = 0;
  return depths.map((depth) => {
    if (depth < left || depth - left > MOST_LEVELS) left = Math.max(0, depth - KEPT_LEVELS);
    return depth - left;
  });
}

export class SourcePane {
  constructor(app, parent) {
    this.app = app;
    this.shown = 0;
    this.site = undefined; // an inlining, where the function has several: only that one
    this.tabs = el("div.tabs", { role: "tablist", "aria-label": "Functions" });
    this.facts = el("div.facts");
    this.sites = el("select.sites", { "aria-label": "call site", onchange: () => this._choose(this.sites.value) });
    parent.append(this.tabs, this.facts, this.sites);
    this.list = new VirtualList(parent, {
      height: 18, label: "Bytecode",
      line: (index, element) => this._line(index, element),
      pick: (index) => app.set({ at: this._at(this.lines[index][0]), node: -1 }),
    });
  }

  update() {
    const { app } = this;
    const { functions } = app.compilation.data;
    const [first] = app.related.bytecodes;
    const { compilation, node, at } = app.state;
    const key = `${compilation}.${node}.${at?.offset}.${at?.inlining}`;
    const moved = key !== this.key;
    this.key = key;
    if (moved && first !== undefined) {
      this.shown = Number(first.split(":")[0]);
      this.site = at ? at.inlining : (app.graph.get(node) ?? app.compilation.node(node))?.origin.inlining;
    }
    if (this.shown >= functions.length) this.shown = 0;
    this._show(moved);
  }

  _at(offset) {
    const at = { function: this.shown, offset };
    return this.site === undefined ? at : { ...at, inlining: this.site };
  }

  _choose(value) {
    this.site = value === "" ? undefined : Number(value);
    const { at } = this.app.state;
    if (at?.function === this.shown) this.app.set({ at: this._at(at.offset) });
    else this._show(false);
  }

  /** Where the function was inlined, if that was at several places. */
  _listSites() {
    const { compilation } = this.app;
    const sites = sitesOf(compilation, this.shown);
    this.sites.hidden = sites.length < 2;
    if (!sites.includes(this.site) || sites.length < 2) this.site = undefined;
    if (this.sites.hidden) return;
    fill(this.sites, el("option", { value: "" }, `all ${count(sites.length)} copies`), sites.map((site) => el("option", { value: site }, site < 0 ? "compiled by itself" : `inlined at ${siteOf(compilation, site)}`)));
    this.sites.value = this.site ?? "";
  }

  _show(moved) {
    const { functions } = this.app.compilation.data;
    fill(this.tabs, functions.map((found, index) =>
      el(`button${index === this.shown ? ".on" : ""}`, { role: "tab", "aria-selected": index === this.shown, title: index ? "inlined" : "compiled", onclick: () => {
        this.shown = index;
        this.site = undefined;
        this._show(false);
      } }, el("bdi", {}, found.name))));
    this._listSites();
    const found = functions[this.shown];
    fill(this.facts, `function ${found.index} ${found.type}`, found.invocations ? `, called ×${count(found.invocations)} in baseline code` : "");
    if (this.lines !== found.lines) {
      this.lines = found.lines;
      this.indents = indents(this.lines.map((line) => line[1]));
      this.deep = this.lines.some((line) => line[1] > MOST_LEVELS);
      this.wide = this.lines.reduce((most, line, index) => Math.max(most, this._left(index) + line[2].length * SOURCE_CHAR + 24), 0);
    }
    this.list.set(this.lines.length, this.wide);
    if (!moved) return;
    const first = this.lines.findIndex((line) => this.app.related.bytecodes.has(`${this.shown}:${line[0]}`));
    this.list.reveal(first, first < 0 ? 0 : this._left(first));
  }

  /** Where the text of a line begins, in pixels. */
  _left(index) {
    return 64 + (this.deep ? 34 : 0) + this.indents[index] * INDENT;
  }

  _line(index, element) {
    const [offset, depth, text, feedback] = this.lines[index];
    if (this.app.related.bytecodes.has(`${this.shown}:${offset}`)) element.classList.add("selected");
    element.classList.add("code");
    const space = text.indexOf(" ");
    const [name, rest] = space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space)];
    element.append(el("span.offset", {}, hex(offset)));
    if (this.deep) element.append(el("span.depth", { title: `nested ${depth} deep` }, depth));
    element.append(el("span", { style: `padding-left:${this.indents[index] * INDENT}px` }, el("span.word", {}, name), el("bdi.rest", {}, rest)));
    if (feedback) element.append(el("span.feedback", { title: feedback }, el("bdi", {}, feedback)));
  }
}
