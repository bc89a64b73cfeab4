// Bytecode with what call sites have seen; a tab for each inlined function.

import { count, el, fill, hex } from "./dom.js";
import { VirtualList } from "./list.js";

export class SourcePane {
  constructor(app, parent) {
    this.app = app;
    this.shown = 0;
    this.tabs = el("div.tabs", { role: "tablist", "aria-label": "Functions" });
    this.facts = el("div.facts");
    parent.append(this.tabs, this.facts);
    this.list = new VirtualList(parent, {
      height: 18, label: "Bytecode",
      line: (index, element) => this._line(index, element),
      pick: (index) => app.set({ at: { function: this.shown, offset: this.lines[index][0] }, node: -1 }),
    });
  }

  update() {
    const { app } = this;
    const { functions } = app.compilation.data;
    const [first] = app.related.bytecodes;
    const key = `${app.state.compilation}.${app.state.node}.${app.state.at?.offset}`;
    const moved = key !== this.key;
    this.key = key;
    if (moved && first !== undefined) this.shown = Number(first.split(":")[0]);
    if (this.shown >= functions.length) this.shown = 0;
    this._show(moved);
  }

  _show(moved) {
    const { functions } = this.app.compilation.data;
    fill(this.tabs, functions.map((found, index) =>
      el(`button${index === this.shown ? ".on" : ""}`, { role: "tab", "aria-selected": index === this.shown, title: index ? "inlined" : "compiled", onclick: () => {
        this.shown = index;
        this._show(false);
      } }, el("bdi", {}, found.name))));
    const found = functions[this.shown];
    fill(this.facts, `function ${found.index} ${found.type}`, found.invocations ? `, called ×${count(found.invocations)} in baseline code` : "");
    this.lines = found.lines;
    this.list.set(this.lines.length);
    if (moved) this.list.reveal(this.lines.findIndex((line) => this.app.related.bytecodes.has(`${this.shown}:${line[0]}`)));
  }

  _line(index, element) {
    const [offset, depth, text, feedback] = this.lines[index];
    if (this.app.related.bytecodes.has(`${this.shown}:${offset}`)) element.classList.add("selected");
    element.classList.add("code");
    const space = text.indexOf(" ");
    const [name, rest] = space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space)];
    element.append(el("span.offset", {}, hex(offset)), el("span", { style: `padding-left:${depth * 12}px` }, el("span.word", {}, name), el("bdi.rest", {}, rest)));
    if (feedback) element.append(el("span.feedback", { title: feedback }, el("bdi", {}, feedback)));
  }
}
