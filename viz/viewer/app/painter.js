// Two painters with one face: onto a canvas, and into the text of an SVG.

export const DASHES = { value: [], effect: [6, 3], frame: [1.5, 3], control: [] };
export const WIDTHS = { value: 1.2, effect: 1.3, frame: 1.3, control: 2.2 };

export class CanvasPainter {
  constructor(context) {
    this.context = context;
  }

  rect(x, y, width, height, { fill, stroke, radius = 0, line = 1, dash = [] }) {
    const c = this.context;
    c.beginPath();
    if (radius) c.roundRect(x, y, width, height, radius);
    else c.rect(x, y, width, height);
    if (fill) {
      c.fillStyle = fill;
      c.fill();
    }
    if (stroke) {
      c.setLineDash(dash);
      c.lineWidth = line;
      c.strokeStyle = stroke;
      c.stroke();
    }
  }

  text(x, y, text, { color, font, anchor = "start" }) {
    const c = this.context;
    c.font = font;
    c.fillStyle = color;
    c.textAlign = anchor === "middle" ? "center" : anchor;
    c.textBaseline = "middle";
    c.fillText(text, x, y);
  }

  /** commands: ["M", x, y], ["L", x, y], ["C", x1, y1, x2, y2, x, y] */
  path(commands, { stroke, fill, line = 1, dash = [], alpha = 1 }) {
    const c = this.context;
    c.beginPath();
    for (const at of commands)
      if (at[0] === "M") c.moveTo(at[1], at[2]);
      else if (at[0] === "L") c.lineTo(at[1], at[2]);
      else c.bezierCurveTo(at[1], at[2], at[3], at[4], at[5], at[6]);
    c.globalAlpha = alpha;
    if (fill) {
      c.fillStyle = fill;
      c.fill();
    }
    if (stroke) {
      c.setLineDash(dash);
      c.lineWidth = line;
      c.strokeStyle = stroke;
      c.stroke();
    }
    c.globalAlpha = 1;
  }
}

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const round = (number) => Math.round(number * 10) / 10;

export class SvgPainter {
  constructor() {
    this.parts = [];
  }

  rect(x, y, width, height, { fill, stroke, radius = 0, line = 1, dash = [] }) {
    const style = this._style({ fill, stroke, line, dash });
    this.parts.push(`<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"${style}/>`);
  }

  text(x, y, text, { color, font, anchor = "start" }) {
    this.parts.push(`<text x="${round(x)}" y="${round(y)}" fill="${color}" text-anchor="${anchor}" dominant-baseline="central" xml:space="preserve" style="font:${escape(font)}">${escape(text)}</text>`);
  }

  path(commands, { stroke, fill, line = 1, dash = [], alpha = 1 }) {
    const d = commands.map(([kind, ...at]) => kind + at.map(round).join(" ")).join("");
    this.parts.push(`<path d="${d}" opacity="${alpha}"${this._style({ fill, stroke, line, dash })}/>`);
  }

  _style({ fill, stroke, line, dash }) {
    let text = ` fill="${fill ?? "none"}"`;
    if (stroke) text += ` stroke="${stroke}" stroke-width="${line}"`;
    if (stroke && dash.length) text += ` stroke-dasharray="${dash.join(" ")}"`;
    return text;
  }

  /** The finished picture. */
  document(width, height, background) {
    const size = `width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n<rect width="100%" height="100%" fill="${background}"/>\n${this.parts.join("\n")}\n</svg>\n`;
  }
}
