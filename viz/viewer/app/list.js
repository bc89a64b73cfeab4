// A list of lines of one height, of which only those in sight are elements. Arrow keys move in it.

export class VirtualList {
  /** line(index, element): fills an element; on.pick(index), on.enter(index). */
  constructor(parent, { height, label, line, pick, enter }) {
    this.height = height;
    this.line = line;
    this.pick = pick;
    this.enter = enter;
    this.count = 0;
    this.active = -1;
    this.element = document.createElement("div");
    this.element.className = "list";
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", label);
    this.space = document.createElement("div");
    this.space.className = "space";
    this.element.append(this.space);
    parent.append(this.element);
    this.lines = new Map();
    this.element.addEventListener("scroll", () => this.refresh(false));
    this.element.addEventListener("keydown", (event) => this._key(event));
    this.element.addEventListener("click", (event) => {
      const at = event.target.closest("[data-index]");
      if (!at || !this.element.contains(at)) return;
      this.active = Number(at.dataset.index);
      this.pick(this.active, event);
    });
    new ResizeObserver(() => this.refresh(false)).observe(this.element);
  }

  set(count) {
    this.count = count;
    this.space.style.height = `${count * this.height}px`;
    this.refresh();
  }

  /** Fill the lines in sight; with `again` those that are there anew. */
  refresh(again = true) {
    const top = this.element.scrollTop, size = this.element.clientHeight || 600;
    const first = Math.max(0, Math.floor(top / this.height) - 4), last = Math.min(this.count, Math.ceil((top + size) / this.height) + 4);
    for (const [index, element] of this.lines)
      if (index < first || index >= last) {
        element.remove();
        this.lines.delete(index);
      }
    for (let index = first; index < last; index++) {
      let element = this.lines.get(index);
      if (element && !again) continue;
      if (!element) {
        element = document.createElement("div");
        element.style.top = `${index * this.height}px`;
        element.style.height = `${this.height}px`;
        element.dataset.index = index;
        this.space.append(element);
        this.lines.set(index, element);
      }
      element.className = "line";
      element.setAttribute("role", "option");
      element.replaceChildren();
      this.line(index, element);
      element.setAttribute("aria-selected", element.classList.contains("selected"));
    }
  }

  /** Scroll so that a line is in sight. */
  reveal(index) {
    if (index < 0) return;
    this.active = index;
    const top = index * this.height, box = this.element;
    if (top < box.scrollTop + this.height || top > box.scrollTop + box.clientHeight - 2 * this.height) box.scrollTop = Math.max(0, top - box.clientHeight / 2.6);
    this.refresh(false);
  }

  _key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
    if (event.key in steps) {
      this.active = Math.min(this.count - 1, Math.max(0, this.active + steps[event.key]));
      this.reveal(this.active);
      this.pick(this.active, event);
    } else if (event.key === "Enter" || event.key === "ArrowRight" || event.key === "ArrowLeft") {
      if (this.active >= 0) (this.enter ?? this.pick)(this.active, event);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
