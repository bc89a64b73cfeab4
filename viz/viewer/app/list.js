// A list of lines of one height, of which only those in sight are elements. Arrow keys move in it.

const ACROSS = { ArrowRight: 1, ArrowLeft: -1 };

export class VirtualList {
  /** line(index, element): fills an element; on.pick(index), on.enter(index). */
  constructor(parent, { height, label, line, pick, enter }) {
    this.height = height;
    this.line = line;
    this.pick = pick;
    this.enter = enter;
    this.count = 0;
    this.active = -1;
    this.link = -1; // of the active line, that the keys are at
    this.element = document.createElement("div");
    this.element.className = "list";
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", label);
    this.id = `lines-${label.toLowerCase().replace(/\W+/g, "-")}`;
    this.space = document.createElement("div");
    this.space.className = "space";
    this.element.append(this.space);
    parent.append(this.element);
    this.lines = new Map();
    this.top = 0; // kept: to ask for them in the middle of an update would lay out the page
    this.left = 0;
    this.size = 0;
    this.across = 0;
    this.scrolling = false;
    this.element.addEventListener("scroll", () => {
      this._scrolled();
      this.refresh(false);
    });
    this.element.addEventListener("keydown", (event) => this._key(event));
    this.element.addEventListener("click", (event) => {
      const at = event.target.closest("[data-index]");
      if (!at || !this.element.contains(at)) return;
      this._activate(Number(at.dataset.index));
      if (!event.target.closest("[data-go]")) this.pick(this.active, event); // a link: see main.js
    });
    new ResizeObserver(() => {
      const { element } = this, hidden = !this.size;
      [this.size, this.across] = [element.clientHeight, element.clientWidth];
      if (hidden && this.size) [element.scrollTop, element.scrollLeft] = [this.top, this.left]; // what was wanted meanwhile
      if (this.size) this._scrolled();
      this.refresh(false);
    }).observe(this.element);
  }

  /** width: in pixels, of the longest line, where lines may be wider than the list. */
  set(count, width = 0) {
    this.count = count;
    this.space.style.height = `${count * this.height}px`;
    this.space.style.width = width ? `max(100%, ${Math.ceil(width)}px)` : "";
    this.refresh();
  }

  /** Fill the lines in sight; with `again` those that are there anew. */
  refresh(again = true) {
    const { top } = this, size = this.size || 600;
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
        element.id = `${this.id}-${index}`;
        this.space.append(element);
        this.lines.set(index, element);
      }
      element.className = "line";
      element.setAttribute("role", "option");
      element.setAttribute("aria-setsize", this.count);
      element.setAttribute("aria-posinset", index + 1);
      element.replaceChildren();
      this.line(index, element);
      element.setAttribute("aria-selected", element.classList.contains("selected"));
    }
    this._activate(this.active);
  }

  /** The line that the keys are at, for screen readers and the eye. */
  _activate(index) {
    if (index !== this.active) this.link = -1;
    this.active = index;
    const line = this.lines.get(index);
    if (line) this.element.setAttribute("aria-activedescendant", line.id);
    else this.element.removeAttribute("aria-activedescendant");
    for (const element of this.lines.values()) element.classList.toggle("active", element === line);
    const links = line ? [...line.querySelectorAll("[data-go]")] : [];
    links.forEach((element, at) => element.classList.toggle("at", at === this.link));
    return links;
  }

  /** Left and right move over the links of a line. */
  _move(by) {
    const links = this._activate(this.active);
    if (!links.length) return;
    this.link = Math.min(links.length - 1, Math.max(0, this.link < 0 && by < 0 ? links.length - 1 : this.link + by));
    this._activate(this.active);
    links[this.link].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Scroll so that a line is in sight; left: and the place where its text begins, in pixels. */
  reveal(index, left = undefined) {
    if (index < 0) return undefined;
    this._activate(index);
    const top = index * this.height, size = this.size || 600;
    if (top < this.top + this.height || top > this.top + size - 2 * this.height)
      this._scroll(Math.max(0, Math.min(top - size / 2.6, this.count * this.height - size)), this.left);
    if (left !== undefined && (left < this.left || left > this.left + this.across * 0.75))
      this._scroll(this.top, Math.max(0, left - this.across * 0.25));
    return this.refresh(false);
  }

  /** Scroll when all lists have their lines, since each change of a page and of what it scrolls lays it out. */
  _scroll(top, left) {
    [this.top, this.left] = [top, left];
    if (this.scrolling) return;
    this.scrolling = true;
    queueMicrotask(() => {
      this.scrolling = false;
      [this.element.scrollTop, this.element.scrollLeft] = [this.top, this.left];
    });
  }

  _scrolled() {
    if (!this.scrolling) [this.top, this.left] = [this.element.scrollTop, this.element.scrollLeft];
  }

  _key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
    if (event.key in steps) {
      if (!this.count) return;
      this.reveal(Math.min(this.count - 1, Math.max(0, this.active + steps[event.key])));
      this.pick(this.active, event);
    } else if (!this.enter && event.key in ACROSS) this._move(ACROSS[event.key]);
    else if (event.key === "Enter" && this.link >= 0) this._activate(this.active)[this.link]?.click();
    else if (event.key === "Enter" || event.key === "ArrowRight" || event.key === "ArrowLeft") {
      if (this.active >= 0) (this.enter ?? this.pick)(this.active, event);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
