// From what is looked at to a scene with a layout.

import { cardItems, cardsOf, placeCards } from "./cards.js";
import { countHidden, neighbourhood, placeSea, seaItems, seaOf } from "./sea.js";

/** Makes scenes. A layout depends on the graph alone, so that a link shows what it showed before. */
export class Scenes {
  constructor(layouts) {
    this.layouts = layouts;
  }

  /** A scene, or a promise of one; with `key`, which changes when the picture has to. */
  make(compilation, { state, graph, moment, node }) {
    const { filters } = state;
    const shown = `${moment}.${filters.constants}.${filters.frames}.${filters.dead}`;
    if (state.view === "sea") return this._sea(`sea.${shown}`, compilation, graph, filters, state.against || !moment.endsWith(".-1") ? -1 : compilation.phaseOf(graph));
    if (state.view === "near") {
      const centre = graph.live.has(node) && graph.get(node) ? node : start(graph);
      const kept = neighbourhood(graph, centre, state.depth);
      return this._sea(`near.${shown}.${centre}.${state.depth}`, compilation, graph, filters, -1, (id) => kept.has(id));
    }
    const scheduled = state.view === "schedule" ? compilation.blocks : undefined;
    return this._cards(`${state.view}.${shown}`, scheduled ? compilation.graph(compilation.last) : graph, filters, scheduled);
  }

  _cards(key, graph, filters, scheduled) {
    const found = cardsOf(graph, filters, scheduled);
    const { items, edges, options } = cardItems(found);
    return then(this.layouts.get(key, items, edges, options), (layout) => ({ ...placeCards(found, layout), key, graph }));
  }

  _sea(key, compilation, graph, filters, phase, keep) {
    const found = seaOf(graph, filters, keep);
    if (keep) countHidden(graph, found);
    const drawn = phase >= 0 && filters.constants && filters.frames ? compilation.data.positions?.[phase] : undefined;
    if (drawn) return drawnSea(found, drawn, key, graph);
    const { items, edges, options } = seaItems(found);
    return then(this.layouts.get(key, items, edges, options), (layout) => ({ ...placeSea(found, layout.positions, layout), key, graph }));
  }
}

/** Positions that Graphviz computed when the page was made: [id, centre, top] each. */
function drawnSea(found, drawn, key, graph) {
  const positions = new Map(drawn.nodes.map(([id, x, y]) => [id, { x, y }]));
  let below = drawn.height, width = 0;
  for (const box of found.boxes) {
    if (!positions.has(box.id)) positions.set(box.id, { x: box.width / 2, y: (below += 40) });
    width = Math.max(width, positions.get(box.id).x + box.width / 2);
  }
  return { ...placeSea(found, positions, { width, height: below }), key, graph };
}

function start(graph) {
  const end = [...graph.nodes.values()].find((node) => node.op.name === "End");
  return end?.inputs[0] ?? [...graph.live][0];
}

export function then(value, next) {
  return value instanceof Promise ? value.then(next) : next(value);
}
