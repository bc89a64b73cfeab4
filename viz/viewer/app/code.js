// Machine code with what it was made for, and beside it which value is in which register.

import { el, hex } from "./dom.js";
import { VirtualList } from "./list.js";

const CELL = 8;
const ORDER = ["rax", "rcx", "rdx", "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm"];

export class CodePane {
  constructor(app, parent) {
    this.app = app;
    this.head = el("div.registers", { "aria-hidden": "true" });
    parent.append(this.head);
    this.list = new VirtualList(parent, {
      height: 18, label: "Machine code",
      line: (index, element) => this._line(this.rows[index], element),
      pick: (index) => {
        const line = this.app.compilation.data.code[this.rows[index].line];
        if (line[4] >= 0) app.select(line[4]);
        else if (line[5] >= 0) app.set({ node: -1, at: { function: 0, offset: line[5] } });
      },
    });
  }

  update() {
    const { compilation } = this.app;
    if (this.compilation !== compilation) this._prepare(compilation);
    this.list.set(this.rows.length);
    const [first] = [...this.app.related.lines].sort((a, b) => a - b);
    const key = `${this.app.state.node}.${this.app.state.at?.offset}.${this.app.state.tab}`;
    if (first !== undefined && key !== this.key) this.list.reveal(this.rows.findIndex((row) => row.line === first));
    this.key = key;
  }

  _prepare(compilation) {
    this.compilation = compilation;
    const { code, ranges } = compilation.data;
    const columns = [...new Set(ranges.map((range) => range[4]))].filter((name) => /^(r|xmm)\w+$/.test(name)).sort((a, b) => columnRank(a) - columnRank(b));
    this.columns = new Map(columns.map((name, index) => [name, index]));
    this.rows = [];
    code.forEach((line, index) => {
      if (line[3]) this.rows.push({ label: line[3], line: index });
      this.rows.push({ line: index });
    });
    // Where values live, by instruction: ranges are in quarters of positions.
    this.live = new Map();
    for (const [vreg, node, start, end, location] of ranges) {
      const column = this.columns.get(location);
      if (column === undefined) continue;
      for (let position = start >> 2; position <= (end - 1) >> 2; position++) {
        if (!this.live.has(position)) this.live.set(position, []);
        this.live.get(position).push({ column, vreg, node, first: position === start >> 2, last: position === (end - 1) >> 2, location });
      }
    }
    this.head.replaceChildren(...columns.map((name, index) => el("span", { style: `left:${index * CELL}px` }, name)));
    this.head.style.setProperty("--columns", `${columns.length * CELL + 8}px`);
    this.list.element.style.setProperty("--columns", `${columns.length * CELL + 8}px`);
  }

  _line(row, element) {
    const { related } = this.app;
    const [pc, , text, , node, offset, , position, note] = this.compilation.data.code[row.line];
    element.classList.add("code");
    if (row.label) {
      element.classList.add("label");
      element.append(el("span.registers"), el("b", {}, row.label));
      return;
    }
    if (related.lines.has(row.line)) element.classList.add("selected");
    const cells = el("span.registers");
    for (const value of this.live.get(position) ?? []) {
      const mine = related.nodes.has(value.node) || related.heirs.has(value.node);
      const kind = `i${mine ? ".mine" : ""}${value.first ? ".first" : ""}${value.last ? ".last" : ""}${value.vreg % 2 ? ".odd" : ""}`;
      cells.append(el(kind, { style: `left:${value.column * CELL}px`, title: `${value.location}: v${value.vreg}${value.node >= 0 ? `, n${value.node}` : ""}` }));
    }
    const space = text.indexOf(" ");
    const [name, rest] = space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space)];
    element.append(cells, el("span.offset", {}, pc.toString(16)), el("span.text", { title: note ? `${text}: ${note}` : text }, el("span.word", {}, name), el("bdi.rest", {}, rest), note ? el("span.trap", {}, " ⚑") : null),
      el("span.beside", {}, node >= 0 ? `n${node}` : "", offset >= 0 ? ` @${hex(offset)}` : ""));
  }
}

function columnRank(name) {
  const index = ORDER.indexOf(name.replace(/^xmm.*/, "xmm"));
  return index * 100 + (name.startsWith("xmm") ? Number(name.slice(3)) : 0);
}
