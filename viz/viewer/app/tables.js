// The other tabs on the right: schedule, instructions, what changed, remarks.

import { count, el, hex } from "./dom.js";
import { VirtualList } from "./list.js";
import { changeTexts, fullText } from "./rows.js";
import { ofRule } from "./stepfilter.js";
import { blockNames, instructionText, nodeText, token } from "./tokens.js";

/** A tab: rows() gives what there is, line(row, element) shows one, node(row) is the node it stands for, or -1; goesThere:
 * to a graph that has the node, if the one that is shown has not. */
class Table {
  constructor(app, parent, label, { rows, line, node, height = 18, goesThere = false }) {
    this.app = app;
    this.makeRows = rows;
    this.node = node;
    this.list = new VirtualList(parent, {
      height, label,
      line: (index, element) => {
        const id = node(this.rows[index]);
        if (id >= 0 && app.related.nodes.has(id)) element.classList.add("selected");
        line(this.rows[index], element);
      },
      pick: (index) => {
        const id = node(this.rows[index]);
        if (id >= 0) app.select(id, goesThere);
        else if (this.rows[index]?.rule) app.set({ steps: ofRule(this.rows[index].rule) });
      },
    });
  }

  update() {
    this.rows = this.makeRows(this.app);
    this.list.set(this.rows.length);
    const { node, tab } = this.app.state;
    const key = `${node}.${tab}`;
    const here = this.rows[this.list.active];
    if (node >= 0 && key !== this.key && !(here && this.node(here) === node)) this.list.reveal(this.rows.findIndex((row) => this.node(row) === node)); // else the keys are at it
    this.key = key;
  }
}

/** A row of the changes for a node; go: where an id of its graph leads. */
function nodeRow(mark, shape, beside, go = (id) => id) {
  return { mark, node: go(shape.id), shape, go, text: fullText(shape), beside };
}

export function scheduleTab(app, parent) {
  return new Table(app, parent, "Schedule", {
    rows: ({ compilation }) => compilation.data.schedule.flatMap((block) => [{ block, node: -1 }, ...block.nodes.map((node) => ({ block, node }))]),
    node: (row) => row.node,
    line: ({ block, node }, element) => {
      element.classList.add("code");
      if (node < 0) {
        const facts = [block.loop ? `loop, depth ${block.depth}` : "", block.deferred ? "deferred" : ""].filter(Boolean).join(", ");
        const { predecessors, successors } = block;
        element.classList.add("label");
        element.append(el("b", {}, token(app, `B${block.index}`)), el("span.beside", {}, predecessors.length ? ["←", blockNames(app, predecessors), "  "] : "", successors.length ? ["→", blockNames(app, successors), "  "] : "", facts));
        return;
      }
      const shape = app.compilation.graph(app.compilation.last).get(node);
      const moved = block.moved[node];
      element.append(el("span.offset", {}, `n${node}`), el("span.text", {}, shape ? nodeText(app, shape, false) : ""), moved === undefined ? "" : el("span.beside", {}, "moved out of ", token(app, `B${moved}`)));
    },
  });
}

export function instructionsTab(app, parent) {
  return new Table(app, parent, "Instructions after register allocation", {
    rows: ({ compilation }) => {
      const rows = [];
      let last = -1;
      for (const [position, block, node, text] of compilation.data.instructions) {
        if (block !== last) rows.push({ label: `B${block}`, node: compilation.names.header(block) });
        last = block;
        rows.push({ position, node, text });
      }
      return rows;
    },
    node: (row) => row.node,
    line: (row, element) => {
      element.classList.add("code");
      if (row.label) {
        element.classList.add("label");
        element.append(el("b", {}, token(app, row.label)));
      } else element.append(el("span.offset", {}, row.position), el("span.made", {}, row.node >= 0 ? token(app, `n${row.node}`) : ""), el("span.text", { title: row.text }, instructionText(app, row.text)));
    },
  });
}

export function changesTab(app, parent) {
  return new Table(app, parent, "What changed", {
    rows: () => changeRows(app),
    node: (row) => row.node ?? -1,
    line: (row, element) => {
      element.classList.add("code");
      if (row.title) {
        element.classList.add("label");
        element.append(el("b", {}, row.title));
        return;
      }
      element.classList.add(row.mark);
      element.append(el("span.sign", {}, { added: "+", removed: "−", changed: "~" }[row.mark]), el("span.text", { title: row.text }, row.shape ? nodeText(app, row.shape, true, row.go) : row.text), row.beside ? el("span.beside", {}, row.beside) : "");
    },
  });
}

function changeRows(app) {
  const { diff } = app;
  const rows = [];
  const section = (title, list) => {
    if (list.length) rows.push({ title: `${title} (${count(list.length)})` }, ...list);
  };
  const because = (node) => (node.origin.rule ? `${node.origin.rule}${node.origin.node >= 0 ? ` of n${node.origin.node}` : ""}` : node.origin.phase);
  if (app.state.against) rows.push({ title: `${count(diff.matched.length)} nodes are the same` }, ...ruleRows(app));
  section("added", diff.added.map((id) => nodeRow("added", diff.after.get(id), because(diff.after.get(id)))));
  section("changed", diff.changed.map(([left, right]) => nodeRow("changed", diff.after.get(right), [app.changedBy(right), wasText(diff, left, right)].filter(Boolean).join(", "))));
  section("removed", diff.removed.map((id) => nodeRow("removed", diff.before.get(id), app.fate(id), (child) => app.rightOf(child))));
  return rows.length ? rows : [{ title: "nothing" }];
}

/** What a changed node was: without its name where that is the same. */
function wasText(diff, left, right) {
  const [before] = changeTexts(diff.before.get(left), diff.after.get(right));
  return `was ${left === right ? before.slice(before.indexOf(" = ") + 3) : before}`;
}

/** Rules that fired more often on one side of a diff between compilations. */
function ruleRows({ state, compilations, compilation }) {
  const other = compilations[state.against.compilation];
  if (other === compilation) return [];
  const fired = (of, name) => of.data.rules[name]?.fired ?? 0;
  const names = [...new Set([...Object.keys(other.data.rules), ...Object.keys(compilation.data.rules)])].filter((name) => fired(other, name) !== fired(compilation, name));
  if (!names.length) return [];
  names.sort((a, b) => Math.abs(fired(compilation, b) - fired(other, b)) - Math.abs(fired(compilation, a) - fired(other, a)));
  return [{ title: "rules that fired, left and right" }, ...names.map((name) => ({ mark: fired(compilation, name) > fired(other, name) ? "added" : "removed", text: name, rule: name, beside: `${count(fired(other, name))} : ${count(fired(compilation, name))}` }))];
}

export function remarksTab(app, parent) {
  return new Table(app, parent, "Remarks", {
    height: 34,
    goesThere: true,
    rows: ({ compilation }) => {
      const { remarks } = compilation.data;
      return remarks.length ? remarks : [null];
    },
    node: (row) => row?.node ?? -1,
    line: (row, element) => {
      if (row === null) {
        element.append("the passes said nothing");
        return;
      }
      element.classList.add("remark");
      const details = row.details.map(([key, value]) => `${key}=${value}`).join(", ");
      element.append(el("div", {}, el(`span.tag.${row.kind}`, {}, row.kind), ` ${row.phase}: `, el("bdi", {}, row.message)), el("div.beside", {}, row.node >= 0 ? token(app, `n${row.node}`) : "", row.offset >= 0 ? ` @${hex(row.offset)}` : "", details ? ", " : "", el("bdi", {}, details)));
    },
  });
}
