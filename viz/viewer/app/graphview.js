// A canvas with a scene in it: pan, zoom, hover, select; keeps still what it can when the scene changes.

import { HEAD, ROW } from "./cards.js";
import { drawCards, drawSea } from "./draw.js";
import { CanvasPainter, SvgPainter } from "./painter.js";
import { readTheme } from "./theme.js";
import { canFade, mayMove, Transition } from "./transition.js";

const LEAST = 0.03;
const MOST = 4;
const TINY = 0.6; // below this scale one cannot see what a step did
const STILL_READABLE = 0.62; // smaller than that is not worth it to have more of a step in sight
const EDGE = 30; // pixels between what is in sight and the edge

export class GraphView {
  /** on: {select(id, event), hover(id, event)}; label: for screen readers. */
  constructor(parent, label, on) {
    this.on = on;
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", label);
    parent.append(this.canvas);
    this.parent = parent;
    this.scene = null;
    this.look = { selected: new Set(), focus: new Set(), marks: new Map(), found: new Set(), near: new Set(), hover: -1, edges: "selected" };
    this.x = 0;
    this.y = 0;
    this.scale = 1;
    this.wished = 1; // the scale that was asked for last
    this.theme = null;
    this.atTop = false; // a small scene begins at the top as well, and not in the middle
    this._pending = false;
    this._listen();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(parent);
    this.resize();
  }

  remove() {
    this.observer.disconnect();
    this.canvas.remove();
  }

  resize() {
    const { clientWidth, clientHeight } = this.parent;
    if (this.width && !clientWidth) return; // hidden: it comes back as it was
    if (this.width) this.x += (this.width - clientWidth) / this.scale / 2; // the middle stays
    const ratio = window.devicePixelRatio || 1;
    this.width = clientWidth;
    this.height = clientHeight;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    if (this.scene && this._fitWhenSized && clientWidth > 0) this.fit();
    this.draw(true);
  }

  /** Show a scene; `keep`: the same graph at another moment: stay where we are. */
  show(scene, keep) {
    const anchor = keep && this.scene ? this._anchor(scene) : null;
    const alike = this.scene && !this.scene.cards === !scene.cards && this.width > 0 && canFade(this.scene) && canFade(scene);
    this.transition = alike && mayMove() ? new Transition(this, !keep) : null;
    this.scene = scene;
    if (anchor) {
      const now = this.centre(anchor.id);
      if (now) {
        this.x += now.x - anchor.x;
        this.y += now.y - anchor.y;
      }
    } else if (!keep || !this._shown) this.fit();
    this._shown = true;
    this.draw();
  }

  /** Something that is in both scenes and in sight: the selected node, what has changed, else the topmost. */
  _anchor(next) {
    const view = this.view();
    const inside = (at) => at && at.x >= view.x && at.x <= view.x + view.width && at.y >= view.y && at.y <= view.y + view.height;
    for (const id of [...this.look.selected, ...this.look.marks.keys()]) {
      const at = this.centre(id);
      if (inside(at) && next.place.has(id)) return { id, ...at };
    }
    let best = null;
    for (const id of this.scene.place.keys()) {
      if (!next.place.has(id)) continue;
      const at = this.centre(id);
      if (inside(at) && (best === null || at.y < best.y)) best = { id, ...at };
    }
    return best;
  }

  setLook(look) {
    this.look = { ...this.look, ...look };
    this.draw();
  }

  /** The part of the scene in sight. */
  view() {
    return { x: this.x, y: this.y, width: this.width / this.scale, height: this.height / this.scale, scale: this.scale };
  }

  /** Draw before the next frame, or at once. */
  draw(now = false) {
    this.transition?.refresh();
    if (now) this._draw();
    else this._later();
  }

  _later() {
    if (this._pending) return;
    this._pending = true;
    requestAnimationFrame(() => {
      this._pending = false;
      this._draw();
    });
  }

  _draw() {
    const context = this.canvas.getContext("2d"), { transition } = this, share = transition?.share ?? 1;
    if (!this.scene || !transition) this._picture(context, this.scene);
    else if (transition.moving && share < 1) this._picture(context, transition.between(this.scene, this, share));
    else transition.fade(context, share, (canvas) => this._picture(canvas, this.scene));
    if (share < 1) this._later();
    else this.transition = null;
    this.on.drawn?.();
  }

  /** All of a canvas anew: paper, and a scene. */
  _picture(context, scene) {
    const ratio = window.devicePixelRatio || 1;
    this.theme ??= readTheme();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.theme.paper;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (!scene) return;
    const scale = this.scale * ratio;
    context.setTransform(scale, 0, 0, scale, -this.x * scale, -this.y * scale);
    this._paint(new CanvasPainter(context), this.view(), scene);
  }

  _paint(painter, view, scene = this.scene) {
    (scene.cards ? drawCards : drawSea)(painter, scene, this.look, this.theme, view);
  }

  retheme() {
    this.theme = null;
    this.draw();
  }

  /** All of the scene, what is in sight, or a part {x, y, width, height} as SVG. */
  svg(all = true) {
    this.theme ??= readTheme();
    const margin = 16;
    const area = all.width ? all : all ? { x: -margin - 100, y: -margin, width: this.scene.width + 2 * margin + 200, height: this.scene.height + 2 * margin } : this.view();
    const painter = new SvgPainter();
    const moved = shift(painter, area.x, area.y);
    this._paint(moved, { ...area, scale: 1 });
    return painter.document(area.width, area.height, this.theme.paper);
  }

  png() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/png"));
  }

  /** The whole scene in sight, but no smaller than can be read, and then its top; 0: as small as it takes. */
  fit(least = 0.85) {
    this._fitWhenSized = !this.width;
    if (!this.scene || !this.width) return;
    const margin = 40;
    const wide = this.width / (this.scene.width + 2 * margin), high = this.height / (this.scene.height + 2 * margin);
    this.scale = this.wished = Math.max(Math.min(wide, high, 1), Math.min(least, 1));
    this.x = this.scene.width / 2 - this.width / this.scale / 2;
    const all = !this.atTop && this.height / this.scale >= this.scene.height + 2 * margin;
    this.y = all ? this.scene.height / 2 - this.height / this.scale / 2 : -margin;
    const first = this.scene.cards?.[0] ?? this.scene.boxes?.[0];
    if (first && wide < this.scale) this.x = first.x + first.width / 2 - this.width / this.scale / 2;
    this.draw();
  }

  /** Is all of the scene in sight? */
  get showsAll() {
    const view = this.view();
    return view.x <= 0 && view.y <= 0 && view.x + view.width >= this.scene.width && view.y + view.height >= this.scene.height;
  }

  zoom(factor, cx = this.width / 2, cy = this.height / 2) {
    if (!this.scene) return;
    const least = Math.min(LEAST, this.width / this.scene.width / 2, this.height / this.scene.height / 2);
    const scale = Math.min(MOST, Math.max(least, this.scale * factor));
    this.x += cx / this.scale - cx / scale;
    this.y += cy / this.scale - cy / scale;
    this.scale = this.wished = scale;
    this.draw();
    this.on.moved?.();
  }

  pan(dx, dy) {
    this.x += dx / this.scale;
    this.y += dy / this.scale;
    this.draw();
    this.on.moved?.();
  }

  /** Where a node is in the scene; undefined if it is not. */
  centre(id) {
    const at = this.scene?.place.get(id);
    if (!at) return undefined;
    if (!this.scene.cards) return { x: at.x + at.width / 2, y: at.y + at.height / 2 };
    return { x: at[0].x + Math.min(at[0].width / 2, 160), y: at[0].y + HEAD + at[1] * ROW + ROW / 2 };
  }

  /** Bring a node into sight; with `always` into the middle. */
  reveal(id, always = false) {
    const at = this.centre(id);
    if (!at || !this.width) return;
    if (always && this.scale < 0.6) this.scale = 0.9;
    const view = this.view(), edge = 40 / this.scale;
    const inside = at.x > view.x + edge && at.x < view.x + view.width - edge && at.y > view.y + edge && at.y < view.y + view.height - edge;
    if (inside && !always) return;
    this.x = at.x - view.width / 2;
    this.y = at.y - view.height / 2;
    this.draw();
  }

  /** What a node takes in the scene: {x, y, width, height}; undefined if it is not there. */
  extent(id) {
    const at = this.scene?.place.get(id);
    if (!at) return undefined;
    if (!this.scene.cards) return at;
    return { x: at[0].x, y: at[0].y + HEAD + at[1] * ROW, width: at[0].width, height: ROW };
  }

  /** Bring the first of some nodes into the middle, with as many of the others as there is room for; nothing moves if all
   * are in sight. */
  frame(ids) {
    const boxes = ids.map((id) => this.extent(id)).filter(Boolean);
    if (!boxes.length || !this.width) return;
    if (this.wished < TINY) this.wished = 0.9;
    const [all, least] = [boxes.reduce(union), Math.min(this.wished, STILL_READABLE)];
    const fitting = Math.min((this.width - 2 * EDGE) / all.width, (this.height - 2 * EDGE) / all.height);
    const scale = Math.max(least, Math.min(this.wished, fitting));
    const wide = (this.width - 2 * EDGE) / scale, high = (this.height - 2 * EDGE) / scale;
    const first = { ...boxes[0], width: Math.min(boxes[0].width, wide) };
    const away = (box) => Math.abs(box.y - first.y) + Math.abs(box.x - first.x);
    let shown = first;
    for (const box of boxes.slice(1).sort((a, b) => away(a) - away(b))) {
      const more = union(shown, box);
      if (more.width <= wide && more.height <= high) shown = more;
    }
    const view = this.view(), edge = EDGE / this.scale;
    const inside = shown.x >= view.x + edge && shown.x + shown.width <= view.x + view.width - edge && shown.y >= view.y + edge && shown.y + shown.height <= view.y + view.height - edge;
    if (inside && this.scale >= scale) return;
    this.scale = scale;
    this.x = shown.x + shown.width / 2 - this.width / scale / 2;
    this.y = shown.y + shown.height / 2 - this.height / scale / 2;
    this.draw();
  }

  /** The node at a point of the canvas, or -1. */
  hit(px, py) {
    if (!this.scene) return -1;
    const x = this.x + px / this.scale, y = this.y + py / this.scale;
    for (const box of this.scene.cards ?? this.scene.boxes) {
      if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height) continue;
      if (!box.rows) return box.id;
      return box.rows[Math.floor((y - box.y - HEAD) / ROW)]?.id ?? -1;
    }
    return -1;
  }

  /** The neighbour of a node in a direction, for the arrow keys. */
  beside(id, direction) {
    const scene = this.scene;
    if (!scene) return -1;
    const at = scene.place.get(id);
    if (!at) return scene.cards ? scene.cards.find((card) => card.rows.length)?.rows[0].id ?? -1 : scene.boxes[0]?.id ?? -1;
    if (scene.cards && (direction === "up" || direction === "down")) {
      const step = direction === "up" ? -1 : 1;
      let [card, index] = at;
      for (let place = scene.cards.indexOf(card); place >= 0 && place < scene.cards.length; place += step) {
        const rows = scene.cards[place].rows;
        index = scene.cards[place] === card ? index + step : step > 0 ? 0 : rows.length - 1;
        while (rows[index] && rows[index].to !== undefined) index += step; // lines of a table that stand elsewhere as well
        if (rows[index]) return rows[index].id;
      }
      return id;
    }
    const from = this.centre(id);
    const [dx, dy] = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] }[direction];
    let best = id, least = Infinity;
    for (const [other, place] of scene.place) {
      if (other === id || (scene.cards && place[0] === at[0])) continue;
      const to = this.centre(other);
      const along = (to.x - from.x) * dx + (to.y - from.y) * dy, across = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
      const cost = along + 2.5 * across;
      if (along > 4 && cost < least) [best, least] = [other, cost];
    }
    return best;
  }

  _listen() {
    const canvas = this.canvas;
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      drag = { x: event.clientX, y: event.clientY, moved: false };
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
    });
    canvas.addEventListener("pointermove", (event) => {
      if (drag) {
        const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
        if (drag.moved || Math.hypot(dx, dy) > 3) {
          this.pan(-dx, -dy);
          drag = { x: event.clientX, y: event.clientY, moved: true };
        }
        return;
      }
      const id = this.hit(event.offsetX, event.offsetY);
      if (id !== this.look.hover) this.setLook({ hover: id });
      canvas.style.cursor = id >= 0 ? "pointer" : "grab";
      this.on.hover?.(id, event);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (drag && !drag.moved) this.on.select(this.hit(event.offsetX, event.offsetY), event);
      drag = null;
    });
    canvas.addEventListener("pointerleave", () => {
      this.setLook({ hover: -1 });
      this.on.hover?.(-1);
    });
    canvas.addEventListener("dblclick", (event) => {
      const id = this.hit(event.offsetX, event.offsetY);
      if (id >= 0) this.reveal(id, true);
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY * 0.01), event.offsetX, event.offsetY);
      else if (event.shiftKey) this.pan(event.deltaY, 0);
      else this.pan(event.deltaX, event.deltaY);
    }, { passive: false });
  }
}

function union(a, b) {
  const x = Math.min(a.x, b.x), y = Math.min(a.y, b.y);
  return { x, y, width: Math.max(a.x + a.width, b.x + b.width) - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

/** A painter that moves everything. */
function shift(painter, dx, dy) {
  return {
    rect: (x, y, width, height, style) => painter.rect(x - dx, y - dy, width, height, style),
    text: (x, y, text, style) => painter.text(x - dx, y - dy, text, style),
    path: (commands, style) => painter.path(commands.map(([kind, ...at]) => [kind, ...at.map((value, index) => value - (index % 2 ? dy : dx))]), style),
  };
}
