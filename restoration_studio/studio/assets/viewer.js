// The picture viewer. Streamlit calls the default function again whenever the data changes, with the same
// elements still standing; the viewer lives on its root element and is told the news.

const memory = new Map(); // by key: where a person was, for when the viewer leaves the page and comes back

class Viewer {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.first = root.querySelector(".pane.first");
    this.second = root.querySelector(".pane.second");
    this.divider = root.querySelector(".divider");
    this.strip = root.querySelector(".strip");
    this.problem = root.querySelector(".problem");
    this.tags = { before: root.querySelector(".tag.before"), after: root.querySelector(".tag.after") };
    this.mode = "slider";
    this.position = 50;
    this.gain = 4;
    this.chosen = null; // the title of the step shown as "after", or null for the result
    this.data = null;
    this.shown = { before: null, after: null };
    this.turn = 0;
    attachView(this);
  }

  attach() {
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.setMode(button.dataset.mode));
    }
    for (const button of this.root.querySelectorAll("[data-gain]")) {
      button.addEventListener("click", () => {
        this.gain = Number(button.dataset.gain);
        this.layout();
      });
    }
    const divider = this.divider;
    divider.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? 10 : 1;
      const to = {
        ArrowLeft: this.position - step,
        ArrowDown: this.position - step,
        ArrowRight: this.position + step,
        ArrowUp: this.position + step,
        PageDown: this.position - 10,
        PageUp: this.position + 10,
        Home: 0,
        End: 100,
      }[event.key];
      if (to === undefined) return;
      this.setPosition(to);
      event.preventDefault();
      event.stopPropagation();
    });
    const whole = this.root.querySelector("[data-whole]");
    whole.hidden = !document.fullscreenEnabled;
    const toggle = () => {
      if (this.isWhole()) document.exitFullscreen();
      else this.root.requestFullscreen().catch((error) => this.fail(error));
    };
    whole.addEventListener("click", toggle);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey || whole.hidden) return;
      toggle();
      event.stopPropagation();
    });
    this.root.addEventListener("fullscreenchange", () => {
      this.root.classList.toggle("whole-screen", this.isWhole());
      whole.setAttribute("aria-pressed", String(this.isWhole()));
      this.layout();
    });
  }

  isWhole() {
    return this.root.getRootNode().fullscreenElement === this.root;
  }

  // With the whole picture in sight there is nothing to move, so a drag anywhere moves the divider.
  drag() {
    let from = 0;
    const release = () => this.divider.classList.remove("held");
    return {
      start: (event) => {
        from = this.position;
        const onDivider = this.divider.contains(event.target);
        if (!onDivider && (this.mode !== "slider" || this.view.pannable())) return false;
        if (onDivider) {
          event.preventDefault();
          this.divider.focus({ preventScroll: true });
        } else {
          this.moveDivider(event);
        }
        this.divider.classList.add("held");
        return true;
      },
      move: (event) => this.moveDivider(event),
      end: release,
      cancel: () => {
        release();
        this.setPosition(from); // it was the first finger of a pinch
      },
    };
  }

  // A point of the window of the pane that the event fell on: both panes show the same part.
  local(event) {
    const point = pointIn(this.stage, event);
    if (this.mode === "side") {
      if (this.stacked) point.y %= this.view.windowHeight;
      else point.x %= this.view.windowWidth;
    }
    return point;
  }

  moveDivider(event) {
    const box = this.stage.getBoundingClientRect();
    const [left, right] = this.span();
    this.setPosition(((event.clientX - box.left - left) / Math.max(1, right - left)) * 100);
  }

  setPosition(value) {
    this.position = Math.min(100, Math.max(0, value));
    this.draw();
  }

  // Left and right end of the part of the picture that is in sight.
  span() {
    const at = this.view.place();
    return [Math.max(0, at.left), Math.min(this.view.windowWidth, at.left + at.width)];
  }

  setMode(mode) {
    this.mode = mode;
    this.layout();
  }

  layout() {
    if (!this.data) return;
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === this.mode));
    }
    for (const button of this.root.querySelectorAll("[data-gain]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.gain) === this.gain));
    }
    this.root.querySelector(".gains").hidden = this.mode !== "difference";
    this.resize();
    const width = this.stage.clientWidth;
    const height = this.stage.clientHeight;
    if (!width || !height) return; // out of sight, in a tab that is closed
    const side = this.mode === "side";
    const { width: w, height: h } = this.view;
    this.stacked = side && Math.min(width / w, height / 2 / h) > Math.min(width / 2 / w, height / h);
    const pane = { width: side && !this.stacked ? width / 2 : width, height: this.stacked ? height / 2 : height };
    this.setBox(this.first, 0, 0, pane);
    this.setBox(this.second, this.stacked ? 0 : pane.width, this.stacked ? pane.height : 0, pane);
    this.second.hidden = !side;
    this.divider.hidden = this.mode !== "slider";
    const layers = this.first.firstElementChild;
    layers.classList.toggle("difference", this.mode === "difference");
    layers.style.filter = this.mode === "difference" ? `brightness(${this.gain})` : "";
    layers.querySelector(".before").hidden = this.mode === "after";
    layers.querySelector(".after").hidden = side || this.mode === "before";
    this.view.setWindow(pane.width, pane.height);
  }

  setBox(element, left, top, size) {
    const px = (value) => `${value}px`;
    Object.assign(element.style, { left: px(left), top: px(top), width: px(size.width), height: px(size.height) });
  }

  draw() {
    if (!this.data || !this.view.windowWidth) return;
    const at = this.view.place();
    for (const image of this.stage.querySelectorAll(".layer img")) {
      this.setBox(image, at.left, at.top, at);
      // Single pixels are shown as such only where one pixel of the file is one of the view.
      const own = image.naturalWidth === this.view.width && image.naturalHeight === this.view.height;
      image.classList.toggle("sharp", own && !this.view.fit && this.view.zoom > 2);
    }
    const [left, right] = this.span();
    const x = left + ((right - left) * this.position) / 100;
    const after = this.first.querySelector(".layer.after");
    after.style.clipPath = this.mode === "slider" ? `inset(0 0 0 ${x}px)` : "";
    const top = Math.max(0, at.top);
    const bottom = Math.min(this.view.windowHeight, at.top + at.height);
    Object.assign(this.divider.style, { left: `${x}px`, top: `${top}px`, height: `${bottom - top}px` });
    const value = Math.round(this.position);
    this.divider.setAttribute("aria-valuenow", String(value));
    this.divider.setAttribute("aria-valuetext", `${value} % ${this.data.labels[0]}, ${100 - value} % ${this.data.labels[1]}`);
    this.drawTags(left, right, x);
    this.stage.classList.toggle("pannable", this.view.pannable());
    // What does not zoom lets a finger scroll the page up and down.
    this.stage.style.touchAction = this.view.pannable() ? "none" : "pan-y";
    this.showZoom();
    memory.set(this.data.key, this.save());
  }

  drawTags(left, right, x) {
    const { before, after } = this.tags;
    const { windowWidth: width, windowHeight: height } = this.view;
    const single = ["before", "after", "difference"].includes(this.mode);
    before.hidden = this.mode === "after";
    after.hidden = this.mode === "before" || this.mode === "difference";
    before.textContent = this.mode === "difference" ? `difference ×${this.gain}` : this.data.labels[0];
    const picked = this.pick();
    after.textContent = picked.title ? `${this.data.labels[1]}: ${picked.title}` : this.data.labels[1];
    const gap = 10;
    const top = gap + Math.max(0, Math.min(this.view.place().top, height / 2));
    const place = (tag, tagLeft, tagTop) => Object.assign(tag.style, { left: `${tagLeft}px`, top: `${tagTop}px` });
    place(before, left + gap, top);
    if (this.mode === "side" && this.stacked) place(after, left + gap, top + height);
    else if (this.mode === "side") place(after, left + width + gap, top);
    else if (single) place(after, left + gap, top);
    else place(after, right - gap - after.offsetWidth, top);
    const wipe = this.mode === "slider";
    before.classList.toggle("faint", wipe && x < left + gap + before.offsetWidth + 4);
    after.classList.toggle("faint", wipe && x > right - gap - after.offsetWidth - 4);
  }

  save() {
    const { mode, position, gain, chosen, data } = this;
    return { mode, position, gain, chosen, before: data.before.url, view: this.view.save() };
  }

  // What stands as "after": the result, or the step that was chosen.
  pick() {
    const step = this.chosen === null ? null : this.data.stages.find((stage) => stage.title === this.chosen);
    return step || { title: null, ...this.data.after };
  }

  async update(data) {
    const old = this.data;
    let kept = old ? old.before.url : null;
    this.data = data;
    if (!old) {
      const saved = memory.get(data.key);
      if (saved) {
        const { mode, position, gain, chosen } = saved;
        Object.assign(this, { mode, position, gain, chosen });
        this.view.restore(saved.view);
        kept = saved.before;
      }
    }
    if (!this.data.stages.some((stage) => stage.title === this.chosen)) this.chosen = null;
    const other = kept !== data.before.url; // another photograph: begin with all of it
    if (other) this.chosen = null;
    await this.show(other);
  }

  // Load what is to be seen, then change everything at once: the old picture stays until the new one is ready.
  async show(reset) {
    this.turn += 1;
    const turn = this.turn;
    this.resetting = this.resetting || reset;
    const data = this.data;
    const after = this.pick();
    this.root.setAttribute("aria-busy", "true");
    let images;
    try {
      images = await Promise.all([this.load("before", data.before.url), this.load("after", after.url)]);
    } catch (error) {
      if (turn === this.turn) this.fail(error);
      return;
    }
    if (turn !== this.turn) return; // overtaken by newer data
    this.problem.hidden = true;
    this.swap("before", images[0], data.before.url);
    this.swap("after", images[1], after.url);
    const { width, height } = data.after;
    if (this.resetting || this.view.width !== width || this.view.height !== height) {
      this.view.setPicture(width, height, this.resetting);
    }
    this.resetting = false;
    this.writeTexts();
    this.writeStrip();
    this.layout();
    this.root.setAttribute("aria-busy", "false");
  }

  async load(which, url) {
    return this.shown[which]?.url === url ? this.shown[which].image : loadImage(url);
  }

  swap(which, image, url) {
    if (this.shown[which]?.url === url) return;
    this.shown[which] = { url, image };
    for (const layer of this.stage.querySelectorAll(`.layer.${which}`)) {
      const copy = layer.closest(".second") ? image.cloneNode() : image;
      copy.decoding = "sync"; // shown with the frame that it is put into, not one later
      copy.alt = which === "before" ? this.data.labels[0] : this.data.labels[1];
      const at = this.view.place();
      this.setBox(copy, at.left, at.top, at);
      layer.replaceChildren(copy);
    }
  }

  writeTexts() {
    const { labels, sizes, note } = this.data;
    this.divider.setAttribute("aria-label", `Divider between ${labels[0]} and ${labels[1]}`);
    this.root.querySelector(".sizes").textContent = sizes;
    this.root.querySelector(".note").textContent = note;
  }

  writeStrip() {
    const { stages, after } = this.data;
    this.strip.hidden = stages.length === 0;
    const last = stages.at(-1);
    // The last step is the result as a rule; where it is not, the result gets a place of its own.
    const items = stages.map((stage) => ({ ...stage, result: false }));
    if (last && last.url === after.url) items.at(-1).result = true;
    else if (last) items.push({ title: "Result", ...after, thumb: after.url, result: true });
    const signature = JSON.stringify(items.map((item) => [item.title, item.thumb]));
    if (signature !== this.signature) {
      this.signature = signature;
      this.strip.replaceChildren(...items.map((item, index) => this.stripButton(item, index)));
    }
    [...this.strip.children].forEach((button, index) => {
      const { title, result } = items[index];
      button.setAttribute("aria-pressed", String(this.chosen === null ? result : this.chosen === title && !result));
      button.onclick = () => {
        this.chosen = result ? null : title;
        if (this.mode === "before") this.mode = "after";
        this.show(false);
      };
    });
  }

  stripButton(item, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = item.title;
    button.setAttribute("aria-label", `Show the picture after ${item.title}`);
    const thumb = document.createElement("img");
    thumb.alt = "";
    loadImage(item.thumb).then(
      (image) => {
        thumb.src = image.src;
      },
      () => thumb.remove(),
    );
    const title = document.createElement("span");
    const number = document.createElement("b");
    number.textContent = String(index + 1);
    title.append(number, item.title);
    button.append(thumb, title);
    return button;
  }

  // The window is as high as the picture needs at full width, within what the page allows.
  resize() {
    if (this.isWhole()) {
      this.stage.style.height = "";
      return;
    }
    const { height } = this.data;
    // On a phone there is room for both pictures only one above the other.
    const stack = this.mode === "side" && this.root.clientWidth < 560 && this.view.width > this.view.height;
    const aspect = ((stack ? 2 : 1) * this.view.height) / this.view.width;
    this.stage.style.height = stageHeight(aspect, height);
  }

  fail(error) {
    this.problem.textContent = error.message;
    this.problem.hidden = false;
    this.root.setAttribute("aria-busy", "false");
  }
}

export default function ({ parentElement, data: sent }) {
  const [data] = sent ?? [];
  const root = parentElement.querySelector(".rs-viewer");
  if (!root || !data) return;
  root.viewer ??= new Viewer(root);
  if (root.viewer.sent === JSON.stringify(data)) return; // only the theme changed
  root.viewer.sent = JSON.stringify(data);
  root.viewer.update(data);
}
