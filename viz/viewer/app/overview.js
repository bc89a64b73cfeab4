// A small picture of the whole scene beside the large one, with what is in sight; a click goes there.

const WIDE = 130;
const HIGH = 190;

export class Overview {
  constructor(view, parent) {
    this.view = view;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.canvas.title = "all of it: click to go there";
    parent.append(this.canvas);
    this.scene = null;
    const go = (event) => {
      if (!event.buttons) return;
      const { x, y, width, height } = view.view();
      view.pan((event.offsetX / this.scale + this.left - x - width / 2) * view.scale, (event.offsetY / this.scale - y - height / 2) * view.scale);
    };
    this.canvas.addEventListener("pointerdown", go);
    this.canvas.addEventListener("pointermove", go);
  }

  /** After the view has drawn. */
  draw() {
    const { scene, theme } = this.view;
    const seen = this.view.view();
    const needed = scene && (scene.width > seen.width * 1.15 || scene.height > seen.height * 1.15);
    this.canvas.hidden = !needed;
    if (!needed) return;
    if (scene !== this.scene || theme !== this.theme) this._prepare(scene, theme);
    const context = this.canvas.getContext("2d"), ratio = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.picture, 0, 0);
    context.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, -this.left * ratio * this.scale, 0);
    context.lineWidth = 1.5 / this.scale;
    context.strokeStyle = theme.accent;
    context.strokeRect(seen.x, seen.y, Math.max(seen.width, 4 / this.scale), Math.max(seen.height, 4 / this.scale));
  }

  _prepare(scene, theme) {
    const ratio = window.devicePixelRatio || 1;
    this.scene = scene;
    this.theme = theme;
    this.scale = Math.min(WIDE / (scene.width + 20), HIGH / (scene.height + 20));
    const wide = Math.max(26, (scene.width + 20) * this.scale), high = Math.max(20, (scene.height + 20) * this.scale);
    this.left = (scene.width - wide / this.scale) / 2;
    for (const canvas of [this.canvas, (this.picture = document.createElement("canvas"))]) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(high * ratio);
    }
    this.canvas.style.width = `${wide}px`;
    this.canvas.style.height = `${high}px`;
    const context = this.picture.getContext("2d");
    context.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, -this.left * ratio * this.scale, 0);
    context.fillStyle = theme.flow;
    const least = 1 / this.scale;
    for (const box of scene.cards ?? scene.boxes) context.fillRect(box.x, box.y, Math.max(box.width, least), Math.max(box.height, least));
  }
}
