// Colour hints: dots on the picture, each with a colour, placed by clicks or along a stroke. Places are shares of the
// picture's sides; the page keeps the hints as the text of a setting.

const HIT = 12; // CSS pixels round a dot that count as on it
const SPACING = 0.02; // of the longer side, between the dots of a stroke
const KEYS = { h: "add", i: "pick", x: "remove", m: "move" };
const SWATCHES = [
  ["#d9a282", "Light skin"],
  ["#8a5a3c", "Dark skin"],
  ["#5b3a24", "Brown hair or wood"],
  ["#7fa9d6", "Sky"],
  ["#55713a", "Leaves and grass"],
  ["#b0bfc6", "Water"],
  ["#a0522d", "Brick"],
  ["#b3202c", "Red"],
  ["#24365e", "Navy blue"],
  ["#d9b44a", "Straw and gold"],
];

class Hints {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.dots = root.querySelector(".dots");
    this.problem = root.querySelector(".problem");
    this.tool = "add";
    this.colour = "#7a4b2a";
    this.hints = [];
    this.past = [];
    this.echoes = []; // texts sent from here that the page has yet to repeat
    this.turn = 0;
    attachView(this);
  }

  attach() {
    for (const button of this.root.querySelectorAll("button[data-tool]")) {
      button.addEventListener("click", () => this.setTool(button.dataset.tool));
    }
    for (const button of this.root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.act(button.dataset.act));
    }
    this.input = this.root.querySelector("input[type=color]");
    this.input.addEventListener("input", () => this.setColour(this.input.value));
    const swatches = this.root.querySelector(".swatches");
    for (const [colour, name] of [...SWATCHES, ["keep", "Keep what is there"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.colour = colour;
      button.title = colour === "keep" ? "Keep what is there: stops a hint beside it from running on" : name;
      button.setAttribute("aria-label", name);
      if (colour === "keep") button.textContent = "keep";
      else button.style.background = colour;
      button.addEventListener("click", () => this.setColour(colour));
      swatches.append(button);
    }
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.target.closest("input")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") this.act("undo");
    else if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    else this.setTool(KEYS[event.key]);
    event.preventDefault();
    event.stopPropagation();
  }

  setTool(tool) {
    this.tool = tool;
    this.draw();
  }

  setColour(colour) {
    this.colour = colour;
    if (colour !== "keep") this.input.value = colour;
    if (this.tool !== "add") this.tool = "add";
    this.draw();
  }

  local(event) {
    return pointIn(this.stage, event);
  }

  share(point) {
    const at = this.view.place();
    return { x: (point.x - at.left) / at.width, y: (point.y - at.top) / at.height };
  }

  shown({ x, y }) {
    const at = this.view.place();
    return { x: at.left + x * at.width, y: at.top + y * at.height };
  }

  drag() {
    return {
      start: (event, point) => {
        if (!this.image || this.tool === "move" || event.button > 0) return false;
        this.before = [...this.hints];
        if (this.tool === "pick") this.pick(this.image, this.share(point));
        else if (this.tool === "remove") this.removeAt(point);
        else this.put(point);
        this.draw();
        return true;
      },
      move: (event, point) => {
        if (this.tool === "remove") this.removeAt(point);
        if (this.tool === "add") this.along(point);
        this.draw();
      },
      end: () => this.finish(),
      cancel: () => {
        this.hints = this.before;
        this.draw();
      },
    };
  }

  put(point) {
    const place = this.share(point);
    if (place.x < 0 || place.x > 1 || place.y < 0 || place.y > 1 || this.hints.length >= this.data.most) return false;
    this.hints.push({ ...place, colour: this.colour });
    this.last = place;
    return true;
  }

  along(point) {
    const { width, height } = this.view;
    const now = this.share(point);
    const away = Math.hypot((now.x - this.last.x) * width, (now.y - this.last.y) * height);
    if (away >= SPACING * Math.max(width, height)) this.put(point);
  }

  removeAt(point) {
    this.hints = this.hints.filter((hint) => {
      const at = this.shown(hint);
      return Math.hypot(at.x - point.x, at.y - point.y) > HIT;
    });
  }

  // The mean colour of a few pixels round a place of a picture.
  pick(image, { x, y }) {
    if (x < 0 || x > 1 || y < 0 || y > 1) return;
    const side = 5;
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const left = Math.max(0, Math.min(image.naturalWidth - side, x * image.naturalWidth - side / 2));
    const top = Math.max(0, Math.min(image.naturalHeight - side, y * image.naturalHeight - side / 2));
    context.drawImage(image, left, top, side, side, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    const mean = [0, 1, 2].map((channel) => {
      let sum = 0;
      for (let i = channel; i < data.length; i += 4) sum += data[i];
      return Math.round((4 * sum) / data.length);
    });
    this.setColour(`#${mean.map((value) => value.toString(16).padStart(2, "0")).join("")}`);
  }

  act(name) {
    this.before = [...this.hints];
    if (name === "undo") {
      if (!this.past.length) return;
      this.hints = this.past.pop();
      this.send();
    } else if (name === "clear") {
      this.hints = [];
      this.finish();
    }
    this.draw();
  }

  finish() {
    if (JSON.stringify(this.before) === JSON.stringify(this.hints)) return;
    this.past.push(this.before);
    this.send();
    this.draw();
  }

  get text() {
    const percent = (share) => String(Number((100 * Math.min(1, Math.max(0, share))).toFixed(3)));
    return this.hints.map(({ x, y, colour }) => `${percent(x)}%,${percent(y)}%,${colour}`).join(";");
  }

  send() {
    this.echoes.push(this.text);
    this.setStateValue("hints", { picture: this.data.picture.id, text: this.text });
  }

  layout() {
    if (this.stage.clientWidth) this.view.setWindow(this.stage.clientWidth, this.stage.clientHeight);
  }

  draw() {
    if (!this.image || !this.stage.clientWidth) return;
    const at = this.view.place();
    for (const side of ["left", "top", "width", "height"]) this.image.style[side] = `${at[side]}px`;
    for (const button of this.root.querySelectorAll("button[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === this.tool));
    }
    for (const button of this.root.querySelectorAll("[data-colour]")) {
      button.setAttribute("aria-pressed", String(button.dataset.colour === this.colour));
    }
    this.stage.dataset.tool = this.tool;
    this.root.querySelector(".code").textContent = this.colour;
    this.root.querySelector('[data-act="undo"]').setAttribute("aria-disabled", String(!this.past.length));
    this.root.querySelector('[data-act="clear"]').setAttribute("aria-disabled", String(!this.hints.length));
    const count = this.hints.length;
    const text = count ? `${count} hint${count === 1 ? "" : "s"}` : "No hints yet: choose a colour and click what has it.";
    const said = this.root.querySelector(".count");
    if (said.textContent !== text) said.textContent = text;
    this.dots.replaceChildren(
      ...this.hints.map((hint) => {
        const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
        const { x, y } = this.shown(hint);
        dot.setAttribute("cx", x);
        dot.setAttribute("cy", y);
        dot.setAttribute("r", 7);
        if (hint.colour === "keep") dot.classList.add("keep");
        else dot.setAttribute("fill", hint.colour);
        return dot;
      }),
    );
    this.showZoom();
  }

  async update(data, setStateValue) {
    this.setStateValue = setStateValue;
    this.data = data;
    this.turn += 1;
    const turn = this.turn;
    try {
      const [image, reference] = await Promise.all([
        this.picture === data.picture.id ? null : loadImage(data.picture.url),
        data.reference && data.reference !== this.reference ? loadImage(data.reference) : null,
      ]);
      if (turn !== this.turn) return; // overtaken by newer data
      if (image) this.begin(image);
      this.refer(reference);
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
      return;
    }
    this.problem.hidden = true;
    // What the page says counts, but for the echoes of what was sent from here: newer dots may stand already.
    const echo = this.echoes.indexOf(data.text);
    if (echo >= 0) this.echoes.splice(0, echo + 1);
    else if (data.text !== this.text) {
      this.echoes = [];
      this.hints = data.hints.map(([x, y, colour]) => ({ x, y, colour }));
    }
    this.root.setAttribute("aria-busy", "false");
    this.draw();
  }

  refer(image) {
    const figure = this.root.querySelector(".reference");
    if (image || !this.data.reference) figure.querySelector("img")?.remove();
    if (image) {
      image.alt = "Another picture to take colours from";
      image.addEventListener("click", (event) => {
        const box = image.getBoundingClientRect();
        this.pick(image, { x: (event.clientX - box.x) / box.width, y: (event.clientY - box.y) / box.height });
      });
      figure.append(image);
    }
    this.reference = this.data.reference;
    figure.hidden = !this.data.reference;
  }

  begin(image) {
    const { width, height } = this.data.picture;
    this.image?.remove();
    this.image = image;
    this.past = [];
    this.echoes = [];
    this.hints = [];
    this.picture = this.data.picture.id;
    image.alt = "Picture to give colours to";
    this.stage.prepend(image);
    this.stage.style.height = stageHeight(height / width, this.data.height);
    this.view.setPicture(width, height, true);
    this.layout();
  }
}

export default function ({ parentElement, data: sent, setStateValue }) {
  const [data] = sent ?? [];
  const root = parentElement.querySelector(".rs-hints");
  if (!root || !data) return;
  root.editor ??= new Hints(root);
  root.editor.update(data, setStateValue);
}
