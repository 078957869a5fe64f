// The mask editor: a canvas of the mask over the picture. What is marked is opaque red in the canvas, the
// rest transparent; after each change the canvas holds nothing in between.

const HISTORY_BYTES = 128 * 1024 * 1024;
const SEND_DELAY = 250; // milliseconds after the last stroke
const RED = [255, 45, 45];
const masks = new Map(); // by key: mask and history, for when the editor leaves the page and comes back
const TOOLS = { b: "brush", e: "eraser", r: "rectangle", l: "lasso", p: "polygon", m: "move" };
const CLOSING = 10; // CSS pixels from the first corner that close a polygon

// The marked pixels and how they came about.
class Mask {
  constructor(width, height) {
    this.canvas = document.createElement("canvas");
    this.canvas.width = width;
    this.canvas.height = height;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.alpha = new Uint8Array(width * height); // 0 or 255, as after the last change
    this.marked = 0;
    this.past = [];
    this.future = [];
    this.dirty = null;
  }

  get width() {
    return this.canvas.width;
  }

  get height() {
    return this.canvas.height;
  }

  touch(left, top, right, bottom) {
    const d = this.dirty || { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    this.dirty = {
      left: Math.min(d.left, left),
      top: Math.min(d.top, top),
      right: Math.max(d.right, right),
      bottom: Math.max(d.bottom, bottom),
    };
  }

  touchAll() {
    this.touch(0, 0, this.width, this.height);
  }

  // The touched rectangle in whole pixels within the picture, or null.
  takeDirty() {
    const d = this.dirty;
    this.dirty = null;
    if (!d) return null;
    const x = Math.max(0, Math.floor(d.left) - 1);
    const y = Math.max(0, Math.floor(d.top) - 1);
    const width = Math.min(this.width, Math.ceil(d.right) + 1) - x;
    const height = Math.min(this.height, Math.ceil(d.bottom) + 1) - y;
    return width > 0 && height > 0 ? { x, y, width, height } : null;
  }

  read(box) {
    const part = new Uint8Array(box.width * box.height);
    for (let row = 0; row < box.height; row += 1) {
      const start = (box.y + row) * this.width + box.x;
      part.set(this.alpha.subarray(start, start + box.width), row * box.width);
    }
    return part;
  }

  // Put a part of the mask, into the canvas and the numbers.
  write(box, part) {
    const image = this.context.createImageData(box.width, box.height);
    const words = new Uint32Array(image.data.buffer);
    const red = new Uint32Array(new Uint8Array([...RED, 255]).buffer)[0];
    let change = 0;
    for (let row = 0; row < box.height; row += 1) {
      const start = (box.y + row) * this.width + box.x;
      for (let column = 0; column < box.width; column += 1) {
        const value = part[row * box.width + column];
        change += (value ? 1 : 0) - (this.alpha[start + column] ? 1 : 0);
        this.alpha[start + column] = value;
        words[row * box.width + column] = value ? red : 0;
      }
    }
    this.marked += change;
    this.context.putImageData(image, box.x, box.y);
  }

  // Make what was drawn a change that can be undone; false where nothing changed.
  commit() {
    const box = this.takeDirty();
    if (!box) return false;
    const before = this.read(box);
    const pixels = this.context.getImageData(box.x, box.y, box.width, box.height).data;
    const after = new Uint8Array(before.length);
    let same = true;
    for (let i = 0; i < after.length; i += 1) {
      after[i] = pixels[4 * i + 3] >= 128 ? 255 : 0;
      same &&= after[i] === before[i];
    }
    this.write(box, after); // also where nothing changed: soft edges of the stroke go
    if (same) return false;
    this.past.push({ box, before, after });
    this.future = [];
    let bytes = 0;
    for (let i = this.past.length - 1; i >= 0; i -= 1) {
      bytes += 2 * this.past[i].before.length;
      if (bytes > HISTORY_BYTES && i < this.past.length - 1) {
        this.past.splice(0, i + 1);
        break;
      }
    }
    return true;
  }

  revert() {
    const box = this.takeDirty();
    if (box) this.write(box, this.read(box));
  }

  undo() {
    const change = this.past.pop();
    if (!change) return false;
    this.write(change.box, change.before);
    this.future.push(change);
    return true;
  }

  redo() {
    const change = this.future.pop();
    if (!change) return false;
    this.write(change.box, change.after);
    this.past.push(change);
    return true;
  }

  draw(erase, paint) {
    const context = this.context;
    context.save();
    context.globalCompositeOperation = erase ? "destination-out" : "source-over";
    context.fillStyle = context.strokeStyle = `rgb(${RED.join(" ")})`;
    context.lineCap = context.lineJoin = "round";
    paint(context);
    context.restore();
  }

  dot(point, diameter, erase) {
    this.draw(erase, (context) => {
      context.beginPath();
      context.arc(point.x, point.y, diameter / 2, 0, 2 * Math.PI);
      context.fill();
    });
    this.touchAround([point], diameter / 2);
  }

  line(from, to, diameter, erase) {
    this.draw(erase, (context) => {
      context.lineWidth = diameter;
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    });
    this.touchAround([from, to], diameter / 2);
  }

  polygon(points, erase) {
    this.draw(erase, (context) => {
      context.beginPath();
      for (const point of points) context.lineTo(point.x, point.y);
      context.closePath();
      context.fill();
    });
    this.touchAround(points, 0);
  }

  touchAround(points, margin) {
    for (const { x, y } of points) this.touch(x - margin, y - margin, x + margin, y + margin);
  }

  invert() {
    this.context.save();
    this.context.globalCompositeOperation = "xor";
    this.context.fillStyle = `rgb(${RED.join(" ")})`;
    this.context.fillRect(0, 0, this.width, this.height);
    this.context.restore();
    this.touchAll();
  }

  clear() {
    this.context.clearRect(0, 0, this.width, this.height);
    this.touchAll();
  }

  stamp(image, erase) {
    this.draw(erase, (context) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(image, 0, 0, this.width, this.height);
    });
    this.touchAll();
  }

  replace(image) {
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(image, 0, 0, this.width, this.height);
    this.touchAll();
  }

  async dataAddress() {
    if (this.marked === 0) return null;
    const blob = await new Promise((resolve) => this.canvas.toBlob(resolve, "image/png"));
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
  }
}

class MaskEditor {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.over = root.querySelector(".over");
    this.problem = root.querySelector(".problem");
    this.tool = "brush";
    this.diameter = 24;
    this.space = false;
    this.mask = null;
    this.pointer = null;
    this.turn = 0;
    attachView(this);
  }

  attach() {
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      if (button.tagName === "BUTTON") button.addEventListener("click", () => this.setTool(button.dataset.tool));
    }
    for (const button of this.root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.act(button.dataset.act));
    }
    this.show = this.root.querySelector("[data-show]");
    this.show.addEventListener("click", () => this.toggleOverlay());
    const range = this.root.querySelector("[data-size]");
    range.addEventListener("input", () => this.setDiameter(this.fromRange(Number(range.value))));
    this.stage.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.drawOver();
    });
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("keyup", (event) => {
      if (event.key === " ") this.setSpace(false);
    });
    this.stage.addEventListener("blur", () => this.setSpace(false));
  }

  key(event) {
    const typing = event.target.closest("input[type=number]");
    const handled = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if ((event.ctrlKey || event.metaKey) && !typing) {
      const key = event.key.toLowerCase();
      if (key === "z") this.act(event.shiftKey ? "redo" : "undo");
      else if (key === "y") this.act("redo");
      else return;
      handled();
      return;
    }
    if (typing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (this.corners && ["Enter", "Escape", "Backspace"].includes(event.key) && !event.target.closest("button")) {
      if (event.key === "Enter") this.closePolygon(false);
      else if (event.key === "Escape") this.corners = null;
      else if (this.corners.length > 1) this.corners.pop();
      else this.corners = null;
      this.drawOver();
    } else if (event.key === "f" && this.data?.overlay) {
      this.toggleOverlay();
    } else if (event.key === "[" || event.key === "]") {
      const step = Math.max(1, Math.round(this.diameter * 0.15));
      this.setDiameter(this.diameter + (event.key === "[" ? -step : step));
    } else if (TOOLS[event.key]) {
      this.setTool(TOOLS[event.key]);
    } else if (event.key === " " && event.target === this.stage) {
      this.setSpace(true);
    } else {
      return;
    }
    handled();
  }

  setSpace(on) {
    this.space = on;
    this.stage.classList.toggle("space", on);
    this.drawOver();
  }

  toggleOverlay() {
    this.show.setAttribute("aria-pressed", String(this.show.getAttribute("aria-pressed") !== "true"));
    this.draw();
  }

  setTool(tool) {
    this.tool = tool;
    this.corners = null;
    this.draw();
  }

  // The slider runs over the sizes evenly in ratio, from one pixel to half the shorter side.
  get largest() {
    return Math.max(8, Math.min(this.view.width, this.view.height) / 2);
  }

  fromRange(value) {
    return Math.round(this.largest ** (value / 100));
  }

  setDiameter(value) {
    this.diameter = Math.min(Math.round(this.largest), Math.max(1, value));
    this.draw();
  }

  local(event) {
    return pointIn(this.stage, event);
  }

  // From the window to pixels of the mask.
  toMask(point) {
    const at = this.view.toPicture(point);
    return { x: (at.x * this.mask.width) / this.view.width, y: (at.y * this.mask.height) / this.view.height };
  }

  get brush() {
    return Math.max(1, (this.diameter * this.mask.width) / this.view.width);
  }

  drag() {
    let erase = false;
    return {
      hover: (event, point) => {
        this.pointer = event.pointerType === "touch" ? null : point;
        this.drawOver();
      },
      start: (event, point) => {
        if (!this.mask || this.tool === "move" || this.space || event.button > 0) return false;
        erase = this.tool === "eraser" || event.altKey;
        this.pointer = point;
        if (this.tool === "polygon") {
          this.corner(point, erase);
          return true;
        }
        this.points = [this.toMask(point)];
        if (this.tool === "brush" || this.tool === "eraser") this.mask.dot(this.points[0], this.brush, erase);
        this.drawOver();
        return true;
      },
      move: (event, point) => {
        this.pointer = point;
        if (this.tool === "polygon") {
          this.drawOver();
          return;
        }
        const events = event.getCoalescedEvents?.() ?? [];
        for (const one of events.length ? events : [event]) {
          const next = this.toMask(this.local(one));
          if (this.tool === "rectangle") {
            this.points[1] = next;
          } else {
            if (this.tool !== "lasso") this.mask.line(this.points.at(-1), next, this.brush, erase);
            this.points.push(next);
          }
        }
        this.drawOver();
      },
      end: () => {
        if (this.tool === "polygon") return;
        const points = this.points;
        this.points = null;
        if (this.tool === "rectangle" && points.length === 2) {
          const [a, b] = points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
          this.mask.polygon([a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }], erase);
        } else if (this.tool === "lasso" && points.length > 2) {
          this.mask.polygon(points, erase);
        }
        this.finish();
      },
      cancel: () => {
        if (this.tool === "polygon") this.corners?.pop(); // two fingers came: this was no corner
        if (!this.corners?.length) this.corners = null;
        this.points = null;
        this.mask.revert();
        this.drawOver();
      },
    };
  }

  // One more corner of the polygon, or its end where the first one is clicked again.
  corner(point, erase) {
    const place = (corner) => this.shownAt(corner);
    this.corners ??= [];
    const first = this.corners.length > 2 ? place(this.corners[0]) : null;
    if (first && Math.hypot(first.x - point.x, first.y - point.y) <= CLOSING) this.closePolygon(erase);
    else this.corners.push(this.toMask(point));
    this.drawOver();
  }

  closePolygon(erase) {
    const corners = this.corners;
    if (!corners || corners.length < 3) return;
    this.corners = null;
    this.mask.polygon(corners, erase);
    this.finish();
  }

  // Where a pixel of the mask lies in the window.
  shownAt({ x, y }) {
    const at = this.view.place();
    return { x: at.left + (x / this.mask.width) * at.width, y: at.top + (y / this.mask.height) * at.height };
  }

  async combine(erase) {
    const { mask, data } = this;
    try {
      mask.stamp(await loadImage(data.found.url), erase);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (mask === this.mask) this.finish();
  }

  act(name) {
    const mask = this.mask;
    if (!mask || this.points) return;
    this.corners = null;
    if (name === "add-found" || name === "take-found") {
      this.combine(name === "take-found");
      return;
    }
    if (name === "undo" || name === "redo") {
      if (mask[name]()) this.changed();
      return;
    }
    if (name === "invert") mask.invert();
    if (name === "clear") mask.clear();
    if (name === "mark" || name === "unmark") this.byNumbers(name === "unmark");
    this.finish();
  }

  byNumbers(erase) {
    const value = (name) => Number(this.root.querySelector(`[data-number="${name}"]`).value) || 0;
    const kx = this.mask.width / this.view.width;
    const ky = this.mask.height / this.view.height;
    const left = Math.round(value("x") * kx);
    const top = Math.round(value("y") * ky);
    const right = Math.round((value("x") + value("width")) * kx);
    const bottom = Math.round((value("y") + value("height")) * ky);
    const corners = [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ];
    this.mask.polygon(
      corners.map(([x, y]) => ({ x, y })),
      erase,
    );
  }

  finish() {
    if (this.mask.commit()) this.changed();
    else this.draw();
  }

  changed() {
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), SEND_DELAY);
  }

  async send() {
    const { mask, data } = this;
    let png;
    try {
      png = await mask.dataAddress();
    } catch (error) {
      this.fail(error);
      return;
    }
    if (mask === this.mask) this.setStateValue("mask", { png, picture: data.picture.id, base: data.base?.id ?? null });
  }

  layout() {
    if (this.mask && this.stage.clientWidth) this.view.setWindow(this.stage.clientWidth, this.stage.clientHeight);
  }

  draw() {
    if (!this.mask || !this.stage.clientWidth) return;
    const at = this.view.place();
    for (const element of this.stage.querySelectorAll("img, canvas")) {
      for (const side of ["left", "top", "width", "height"]) element.style[side] = `${at[side]}px`;
      element.classList.toggle("sharp", !this.view.fit && this.view.zoom > 2);
    }
    for (const button of this.root.querySelectorAll("button[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === this.tool));
    }
    this.stage.dataset.tool = this.tool;
    const range = this.root.querySelector("[data-size]");
    if (this.fromRange(Number(range.value)) !== this.diameter) {
      range.value = String((100 * Math.log(this.diameter)) / Math.log(this.largest));
    }
    const text = `${this.diameter} px`;
    range.setAttribute("aria-valuetext", text);
    this.root.querySelector(".size-text").textContent = text;
    this.stage.querySelector("img.overlay")?.toggleAttribute(
      "hidden",
      this.show.getAttribute("aria-pressed") !== "true",
    );
    const idle = { undo: !this.mask.past.length, redo: !this.mask.future.length, clear: !this.mask.marked };
    for (const [name, off] of Object.entries(idle)) {
      // Not `disabled`, which would take the focus away from a person who works with the keyboard.
      this.root.querySelector(`[data-act="${name}"]`).setAttribute("aria-disabled", String(off));
    }
    const share = (100 * this.mask.marked) / this.mask.alpha.length;
    this.writeText(
      ".marked",
      this.mask.marked === 0 ? "Nothing is marked yet: paint over what is to be filled." : `${share.toFixed(share < 10 ? 1 : 0)} % of the picture is marked`,
    );
    this.showZoom();
    this.drawOver();
  }

  writeText(selector, text) {
    const element = this.root.querySelector(selector);
    if (element.textContent !== text) element.textContent = text;
  }

  // The ring of the brush and the outline of a rectangle or lasso in the making.
  drawOver() {
    const rings = this.over.querySelectorAll(".ring");
    const painting = (this.tool === "brush" || this.tool === "eraser") && !this.space;
    for (const ring of rings) {
      ring.style.display = this.pointer && painting ? "" : "none";
      if (!this.pointer) continue;
      ring.setAttribute("cx", this.pointer.x);
      ring.setAttribute("cy", this.pointer.y);
      ring.setAttribute("r", Math.max(1.5, (this.diameter * this.view.scale) / 2));
    }
    let path = "";
    if (this.points && this.mask && !painting) {
      const at = this.view.place();
      const show = ({ x, y }) =>
        `${at.left + (x / this.mask.width) * at.width} ${at.top + (y / this.mask.height) * at.height}`;
      const [a, b] = this.points;
      if (this.tool === "lasso") path = `M${this.points.map(show).join("L")}Z`;
      else if (b) path = `M${[a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }].map(show).join("L")}Z`;
    }
    if (this.corners && this.mask) {
      const [first, ...others] = this.corners.map((corner) => this.shownAt(corner));
      const line = this.pointer ? [...others, this.pointer] : others;
      path = `M${[first, ...line].map(({ x, y }) => `${x} ${y}`).join("L")}`;
      path += `M${first.x - 5} ${first.y - 5}h10v10h-10Z`;
    }
    for (const shape of this.over.querySelectorAll(".shape")) shape.setAttribute("d", path);
  }

  async update(data, setStateValue) {
    this.setStateValue = setStateValue;
    if (this.sent === JSON.stringify(data)) return;
    this.sent = JSON.stringify(data);
    this.data = data;
    this.turn += 1;
    const turn = this.turn;
    const newPicture = this.picture !== data.picture.id;
    const kept = newPicture ? masks.get(data.key) : null;
    const found = kept && kept.picture === data.picture.id && kept.base === (data.base?.id ?? null);
    const newBase = newPicture ? !found && data.base : data.base && data.base.id !== this.base;
    const newOverlay = data.overlay && (newPicture || data.overlay.id !== this.overlay);
    let image = null;
    let base = null;
    let overlay = null;
    try {
      [image, base, overlay] = await Promise.all([
        newPicture ? loadImage(data.picture.url) : null,
        newBase ? loadImage(data.base.url) : null,
        newOverlay ? loadImage(data.overlay.url) : null,
      ]);
    } catch (error) {
      if (turn === this.turn) this.fail(error);
      return;
    }
    if (turn !== this.turn) return; // overtaken by newer data
    this.problem.hidden = true;
    if (newPicture) this.begin(image, found ? kept.mask : new Mask(data.mask_width, data.mask_height));
    if (base) {
      this.mask.replace(base);
      this.mask.commit();
      if (newPicture) this.mask.past = [];
    }
    if (overlay || !data.overlay) {
      this.stage.querySelector("img.overlay")?.remove();
      overlay?.classList.add("overlay");
      if (overlay) this.mask.canvas.before(overlay);
      this.overlay = data.overlay?.id ?? null;
    }
    this.root.querySelector(".overlaid").hidden = !data.overlay;
    this.root.querySelector(".found").hidden = !data.found;
    this.base = data.base?.id ?? null;
    masks.set(data.key, { picture: data.picture.id, base: this.base, mask: this.mask });
    this.root.querySelector(".note").textContent = data.note;
    this.root.setAttribute("aria-busy", "false");
    this.draw();
    // The page has forgotten a mask that is still here: it was out of sight for a while.
    if (found && !data.stored && this.mask.past.length) this.send();
  }

  begin(image, mask) {
    const { width, height } = this.data.picture;
    clearTimeout(this.timer);
    this.points = this.corners = null;
    this.mask = mask;
    this.picture = this.data.picture.id;
    image.alt = "Picture to mark";
    for (const element of this.stage.querySelectorAll("img, canvas")) element.remove();
    this.stage.prepend(image, mask.canvas);
    this.stage.style.height = stageHeight(height / width, this.data.height);
    this.view.setPicture(width, height, true);
    this.diameter = Math.max(4, Math.round(Math.max(width, height) * 0.03));
    for (const [name, limit] of [["x", width], ["y", height], ["width", width], ["height", height]]) {
      this.root.querySelector(`[data-number="${name}"]`).max = String(limit);
    }
    this.layout();
  }

  fail(error) {
    this.problem.textContent = error.message;
    this.problem.hidden = false;
    this.sent = null;
  }
}

export default function ({ parentElement, data: sent, setStateValue }) {
  const [data] = sent ?? [];
  const root = parentElement.querySelector(".rs-mask");
  if (!root || !data) return;
  root.editor ??= new MaskEditor(root);
  root.editor.update(data, setStateValue);
}
