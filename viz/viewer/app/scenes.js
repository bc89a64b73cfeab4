// From what is looked at to a scene with a layout.

import { cardItems, cardsOf, placeCards } from "./cards.js";
import { neighbourhood, placeSea, seaItems, seaOf } from "./sea.js";

/** Makes scenes. `side` tells the two graphs of a diff apart: each remembers where things were. */
export class Scenes {
  constructor(layouts) {
    this.layouts = layouts;
    this.hints = new Map();
  }

  /** A scene, or a promise of one; with `key`, which changes when the picture has to. */
  make(side, compilation, { state, graph, moment, node }) {
    const { filters } = state;
    const shown = `${side}.${moment}.${filters.constants}.${filters.frames}.${filters.dead}`;
    if (state.view === "sea") return this._sea(`sea.${shown}`, side, compilation, graph, filters, moment);
    if (state.view === "near") {
      const centre = graph.live.has(node) && graph.get(node) ? node : start(graph);
      const kept = neighbourhood(graph, centre, state.depth);
      return this._sea(`near.${shown}.${centre}.${state.depth}`, side, compilation, graph, filters, null, (id) => kept.has(id));
    }
    const scheduled = state.view === "schedule" ? compilation.blocks : undefined;
    return this._cards(`${state.view}.${shown}`, side, scheduled ? compilation.graph(compilation.last) : graph, filters, scheduled);
  }

  _cards(key, side, graph, filters, scheduled) {
    const found = cardsOf(graph, filters, scheduled);
    const kind = `cards.${side}.${scheduled ? "schedule" : ""}`;
    const { items, edges, options } = cardItems(found, this.hints.get(kind) ?? new Map());
    return then(this.layouts.get(key, items, edges, options), (layout) => {
      const scene = { ...placeCards(found, layout), key, graph };
      this.hints.set(kind, new Map(scene.cards.map((card) => [card.header, card.x + card.width / 2])));
      return scene;
    });
  }

  _sea(key, side, compilation, graph, filters, moment, keep) {
    const found = seaOf(graph, filters, keep);
    const drawn = moment !== null ? compilation.data.positions?.[moment] : undefined;
    if (drawn && filters.constants && filters.frames) return drawnSea(found, drawn, key, graph);
    const kind = `sea.${side}.${keep ? "near" : ""}`;
    const { items, edges, options } = seaItems(found, this.hints.get(kind) ?? new Map());
    return then(this.layouts.get(key, items, edges, options), (layout) => {
      const scene = { ...placeSea(found, layout.positions, layout), key, graph };
      this.hints.set(kind, new Map(scene.boxes.map((box) => [box.id, box.x + box.width / 2])));
      return scene;
    });
  }
}

/** Positions that Graphviz computed when the page was made: [id, centre, top] each. */
function drawnSea(found, drawn, key, graph) {
  const positions = new Map(drawn.nodes.map(([id, x, y]) => [id, { x, y }]));
  let below = drawn.height;
  for (const box of found.boxes) if (!positions.has(box.id)) positions.set(box.id, { x: box.width / 2, y: (below += 40) });
  return { ...placeSea(found, positions, { width: drawn.width, height: below }), key, graph };
}

function start(graph) {
  const end = [...graph.nodes.values()].find((node) => node.op.name === "End");
  return end?.inputs[0] ?? [...graph.live][0];
}

export function then(value, next) {
  return value instanceof Promise ? value.then(next) : next(value);
}
