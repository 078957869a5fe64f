// Pan and zoom over one picture, shared by the viewer and the mask editor.
//
// The view is a centre (x and y in pixels of the picture) and a scale (CSS pixels for one pixel of the
// picture). `fit` means the scale follows the size of the window. Zoom as people read it counts pixels of
// the screen: 1:1 is one pixel of the picture on one pixel of the screen.

const MAX_ZOOM = 16;
const FIT_LIMIT = 3; // a small picture is not enlarged further than this to fill the window

// A page that is being scrolled with the wheel must not be caught by a viewer it passes under the pointer.
let lastPageWheel = 0;
const stages = new WeakSet();
window.addEventListener(
  "wheel",
  (event) => {
    if (!event.composedPath().some((node) => stages.has(node))) lastPageWheel = event.timeStamp;
  },
  { capture: true, passive: true },
);

class View {
  constructor(onChange) {
    this.width = 1;
    this.height = 1;
    this.fit = true;
    this.scale = 1;
    this.x = 0.5;
    this.y = 0.5;
    this.windowWidth = 1;
    this.windowHeight = 1;
    this.onChange = onChange;
  }

  get ratio() {
    return window.devicePixelRatio || 1;
  }

  get zoom() {
    return this.scale * this.ratio;
  }

  fitScale() {
    const fill = Math.min(this.windowWidth / this.width, this.windowHeight / this.height);
    return Math.min(fill, FIT_LIMIT / this.ratio);
  }

  minScale() {
    return Math.min(this.fitScale(), 1 / this.ratio);
  }

  // A picture of another size keeps the part of it that is seen.
  setPicture(width, height, reset) {
    if (reset) {
      this.fit = true;
    } else {
      this.x *= width / this.width;
      this.y *= height / this.height;
      this.scale *= this.width / width;
    }
    this.width = width;
    this.height = height;
    this.settle();
  }

  setWindow(width, height) {
    this.windowWidth = Math.max(1, width);
    this.windowHeight = Math.max(1, height);
    this.settle();
  }

  settle() {
    if (this.fit) {
      this.scale = this.fitScale();
      this.x = this.width / 2;
      this.y = this.height / 2;
    }
    this.scale = Math.min(MAX_ZOOM / this.ratio, Math.max(this.minScale(), this.scale));
    this.x = View.hold(this.x, this.width, this.windowWidth / this.scale);
    this.y = View.hold(this.y, this.height, this.windowHeight / this.scale);
    this.onChange();
  }

  // The centre stays so that no empty margin is seen; what is smaller than the window is centred.
  static hold(centre, size, seen) {
    return seen >= size ? size / 2 : Math.min(size - seen / 2, Math.max(seen / 2, centre));
  }

  // Where the picture lies in the window, in CSS pixels; whole pixels keep 1:1 sharp.
  place() {
    const snap = (value) => Math.round(value * this.ratio) / this.ratio;
    return {
      left: snap(this.windowWidth / 2 - this.x * this.scale),
      top: snap(this.windowHeight / 2 - this.y * this.scale),
      width: this.width * this.scale,
      height: this.height * this.scale,
    };
  }

  toPicture(point) {
    const at = this.place();
    return { x: (point.x - at.left) / this.scale, y: (point.y - at.top) / this.scale };
  }

  setFit() {
    this.fit = true;
    this.settle();
  }

  // Zoom to a scale; the pixel under `point` (of the window) stays where it is.
  zoomTo(scale, point) {
    const at = point || { x: this.windowWidth / 2, y: this.windowHeight / 2 };
    const limited = Math.min(MAX_ZOOM / this.ratio, Math.max(this.minScale(), scale));
    const kept = this.toPicture(at);
    this.fit = false;
    this.scale = limited;
    this.x = kept.x + (this.windowWidth / 2 - at.x) / limited;
    this.y = kept.y + (this.windowHeight / 2 - at.y) / limited;
    this.settle();
  }

  zoomBy(factor, point) {
    this.zoomTo(this.scale * factor, point);
  }

  pan(dx, dy) {
    if (!this.pannable()) return;
    this.fit = false;
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.settle();
  }

  pannable() {
    return this.width * this.scale > this.windowWidth + 0.5 || this.height * this.scale > this.windowHeight + 0.5;
  }

  save() {
    return { fit: this.fit, scale: this.scale, x: this.x, y: this.y, width: this.width, height: this.height };
  }

  restore(saved) {
    if (saved) Object.assign(this, saved);
  }

  label() {
    const percent = this.zoom * 100;
    return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
  }
}

// Wheel, pinch and drag on `stage`. `local` turns an event into a point of the view's window.
// `drag` may take a one-pointer drag for itself: start(event, point) gives true to take it; then move, end, cancel.
function attachPanZoom(stage, view, local, drag) {
  stages.add(stage);
  const pointers = new Map();
  let taken = false;
  let last = null;

  stage.addEventListener(
    "wheel",
    (event) => {
      if (event.timeStamp - lastPageWheel < 350) {
        lastPageWheel = event.timeStamp; // still the same scrolling of the page
        return;
      }
      const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
      // At the end of the range the wheel belongs to the page again.
      if (pixels > 0 && view.scale <= view.minScale() * 1.0001 && !event.ctrlKey) return;
      event.preventDefault();
      view.zoomBy(Math.exp(-Math.max(-240, Math.min(240, pixels)) * (event.ctrlKey ? 0.01 : 0.002)), local(event));
    },
    { passive: false },
  );

  const pinch = () => {
    const [a, b] = [...pointers.values()];
    return {
      point: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
      distance: Math.max(10, Math.hypot(a.x - b.x, a.y - b.y)),
    };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button > 1) return;
    if (event.target.closest("[data-own-pointer]")) return;
    if (event.button === 1) event.preventDefault();
    pointers.set(event.pointerId, local(event));
    stage.setPointerCapture(event.pointerId);
    if (pointers.size === 1) {
      taken = event.button !== 1 && Boolean(drag.start(event, local(event)));
      stage.classList.toggle("grabbing", !taken && view.pannable());
      last = null;
    } else if (pointers.size === 2) {
      if (taken) drag.cancel();
      taken = false;
      last = pinch();
    }
  });

  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    const point = local(event);
    if (!before) {
      drag.hover?.(event, point);
      return;
    }
    pointers.set(event.pointerId, point);
    if (pointers.size === 1) {
      if (taken) drag.move(event, point);
      else if (!last) view.pan(point.x - before.x, point.y - before.y);
    } else if (pointers.size === 2) {
      const now = pinch();
      view.zoomBy(now.distance / last.distance, last.point);
      view.pan(now.point.x - last.point.x, now.point.y - last.point.y);
      last = now;
    }
  });

  const release = (event, cancelled) => {
    if (!pointers.delete(event.pointerId)) return;
    if (taken && pointers.size === 0) {
      taken = false;
      if (cancelled) drag.cancel();
      else drag.end(event, local(event));
    }
    if (pointers.size === 0) {
      stage.classList.remove("grabbing");
      last = null;
    }
  };
  stage.addEventListener("pointerup", (event) => release(event, false));
  stage.addEventListener("pointercancel", (event) => release(event, true));
}

// The zoom buttons and keys; gives a function that shows the present state in them.
function attachZoomControls(root, view) {
  const buttons = [...root.querySelectorAll("[data-zoom]")];
  const readout = root.querySelector("[data-zoom-readout]");
  const act = (name) => {
    if (name === "fit") view.setFit();
    else if (name === "in") view.zoomBy(1.25);
    else if (name === "out") view.zoomBy(1 / 1.25);
    else view.zoomTo(Number(name) / view.ratio);
  };
  for (const button of buttons) button.addEventListener("click", () => act(button.dataset.zoom));
  const keys = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "1" };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const name = keys[event.key];
    if (!name) return;
    act(name);
    event.preventDefault();
    event.stopPropagation();
  });
  return () => {
    readout.textContent = view.label();
    for (const button of buttons) {
      const name = button.dataset.zoom;
      const on = name === "fit" ? view.fit : !view.fit && Math.abs(view.zoom - Number(name)) < 0.005;
      if (name !== "in" && name !== "out") button.setAttribute("aria-pressed", String(on));
    }
  };
}

// All of the above for a component that has root, stage, draw(), local(event), drag(), attach() and layout().
function attachView(owner) {
  owner.view = new View(() => owner.draw());
  owner.showZoom = attachZoomControls(owner.root, owner.view);
  attachPanZoom(owner.stage, owner.view, (event) => owner.local(event), owner.drag());
  attachArrowPan(owner.stage, owner.view);
  owner.attach();
  new ResizeObserver(() => owner.layout()).observe(owner.stage);
}

// A window as high as the picture needs at full width, within `most` CSS pixels and the screen.
function stageHeight(aspect, most) {
  return `clamp(min(200px, ${most}px), calc(100cqw * ${aspect}), min(${most}px, 82vh))`;
}

// A point of the window that an event fell on.
function pointIn(stage, event) {
  const box = stage.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Arrow keys move the picture when the window itself has the focus.
function attachArrowPan(stage, view) {
  stage.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.target !== stage || event.ctrlKey || event.metaKey || !view.pannable()) return;
    const step = event.shiftKey ? 240 : 60;
    view.pan(arrow[0] * step, arrow[1] * step);
    event.preventDefault();
    event.stopPropagation();
  });
}

// A path of Streamlit's media files as an address. The page may be served below other folders (a base path,
// a proxy, one page of several), so the folders above the page are tried until one answers.
let mediaPrefix = null;
function mediaAddresses(path) {
  if (!path.startsWith("/")) return [path];
  const folders = window.location.pathname.split("/").filter(Boolean);
  const prefixes = [];
  for (let count = folders.length; count >= 0; count -= 1) {
    prefixes.push(count ? `/${folders.slice(0, count).join("/")}` : "");
  }
  prefixes.reverse();
  if (mediaPrefix !== null) prefixes.unshift(mediaPrefix);
  return [...new Set(prefixes.map((prefix) => prefix + path))];
}

// An image that is decoded and can be shown without a flash; kept, so that going back costs nothing.
async function loadImage(path) {
  for (const address of mediaAddresses(path)) {
    const image = new Image();
    image.decoding = "async";
    image.draggable = false;
    image.alt = "";
    image.src = address;
    try {
      await image.decode();
    } catch (error) {
      if (error.name !== "EncodingError") throw error;
      continue;
    }
    if (path.startsWith("/")) mediaPrefix = address.slice(0, address.length - path.length);
    return image;
  }
  throw new Error("The picture could not be loaded; reload the page.");
}
