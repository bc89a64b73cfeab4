// From what is looked at to a scene with a layout.

import { cardItems, cardsOf, placeCards } from "./cards.js";
import { nearOf, neighbourhood, placeSea, seaItems, seaOf } from "./sea.js";
import { drawnSea, everything, placeEverything } from "./everything.js";

/** Makes scenes. A layout depends on the graph alone, so that a link shows what it showed before. */
export class Scenes {
  constructor(layouts) {
    this.layouts = layouts;
  }

  /** A scene, or a promise of one; with `key`, which changes when the picture has to. blocks: if they are known. */
  make(compilation, { state, graph, moment, centres, blocks }) {
    const { filters } = state;
    const shown = `${moment}.${filters.constants}.${filters.frames}.${filters.dead}`;
    if (state.view === "sea" && !blocks) return this._sea(`sea.${shown}`, compilation, graph, filters, Number(moment.split(".")[0]));
    if (state.view === "sea") return this._boxes(`sea.${shown}`, graph, seaOf(graph, filters)); // a diff as one graph: no places are known
    if (state.view === "near") {
      const around = centres.length ? centres : [start(graph)];
      return this._boxes(`near.${shown}.${around}.${state.depth}`, graph, nearOf(graph, filters, neighbourhood(graph, around, state.depth), around.length > 1));
    }
    const scheduled = blocks ?? (state.view === "schedule" ? compilation.blocks : undefined);
    return this._cards(`${state.view}.${shown}`, scheduled && !blocks ? compilation.graph(compilation.last) : graph, filters, scheduled);
  }

  _cards(key, graph, filters, scheduled) {
    const found = cardsOf(graph, filters, scheduled);
    return then(this.layouts.get(key, cardItems(found)), (layout) => ({ ...placeCards(found, layout), key, graph }));
  }

  _boxes(key, graph, found) {
    return then(this.layouts.get(key, seaItems(found)), (layout) => ({ ...placeSea(found, layout), key, graph }));
  }

  /** The sea: nodes stand where they stand in all phases. */
  _sea(key, compilation, graph, filters, index) {
    const found = seaOf(graph, filters);
    const { positions } = compilation.data;
    if (positions && filters.constants && filters.frames) return { ...drawnSea(found, positions), key, graph };
    const all = everything(compilation, filters);
    const layout = this.layouts.get(`sea.${index}.${filters.constants}.${filters.frames}`, all.work);
    return then(layout, (made) => ({ ...placeEverything(found, all, made), key, graph }));
  }
}

function start(graph) {
  const end = [...graph.nodes.values()].find((node) => node.op.name === "End");
  return end?.inputs[0] ?? [...graph.live][0];
}

export function then(value, next) {
  return value instanceof Promise ? value.then(next) : next(value);
}
