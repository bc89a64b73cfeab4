// From one picture to the next: what stays fades over in its place, boxes of a small scene move there.

const DURATION = 180; // milliseconds
const MOST_MOVED = 400; // boxes
const MOST_FADED = 1000; // nodes: to copy the picture of a large scene takes longer than to draw it

/** Does the reader want things to move? */
export function mayMove() {
  return !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Is a scene small enough to be seen to change? */
export function canFade(scene) {
  return scene.place.size <= MOST_FADED;
}

export class Transition {
  /** Of what the view shows now; `moving`: boxes go to their new places, where they are not too many. */
  constructor(view, moving) {
    const { scene, x, y, scale } = view;
    this.moving = moving && scene.boxes !== undefined && scene.boxes.length <= MOST_MOVED;
    this.camera = { x, y, scale };
    if (this.moving) this.boxes = new Map(scene.boxes.map((box) => [box.id, box]));
    else {
      this.picture = sized(view.canvas.width, view.canvas.height);
      this.picture.getContext("2d").drawImage(view.canvas, 0, 0);
    }
    this.next = null; // the picture that comes
    this.start = performance.now();
  }

  /** How much of it is over: 0 to 1, slower towards the end. */
  get share() {
    const time = Math.min(1, (performance.now() - this.start) / DURATION);
    return 1 - (1 - time) ** 3;
  }

  /** The scene on its way: boxes between where they were in the window and where they will be. */
  between(scene, view, share) {
    if (!this.moving || !scene.boxes || scene.boxes.length > MOST_MOVED) return scene;
    const { camera } = this, moved = new Map();
    for (const box of scene.boxes) {
      const old = this.boxes.get(box.id);
      const x = old && view.x + ((old.x - camera.x) * camera.scale) / view.scale, y = old && view.y + ((old.y - camera.y) * camera.scale) / view.scale;
      moved.set(box, old ? { ...box, x: x + (box.x - x) * share, y: y + (box.y - y) * share } : box);
    }
    const edges = scene.edges.map((edge) => ({ ...edge, from: moved.get(edge.from), to: moved.get(edge.to), route: null, curve: undefined }));
    return { ...scene, boxes: [...moved.values()], edges };
  }

  /** The new picture has changed. */
  refresh() {
    this.next = null;
  }

  /** What there was over the new picture, which `paint(context)` makes once: thousands of edges take longer than a frame. */
  fade(context, share, paint) {
    const { width, height } = context.canvas;
    if (!this.next || this.next.width !== width || this.next.height !== height) {
      this.next = sized(width, height);
      paint(this.next.getContext("2d"));
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.next, 0, 0);
    if (!this.picture) return;
    context.globalAlpha = 1 - share;
    context.drawImage(this.picture, 0, 0);
    context.globalAlpha = 1;
  }
}

function sized(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return canvas;
}
