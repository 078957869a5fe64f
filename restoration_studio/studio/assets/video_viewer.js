// The video viewer. Two clips show the same moments: "after" leads, "before" is kept within half a frame of it.

const TOGETHER = 0.02; // seconds the two may be apart while they play
const FAR = 0.25; // from here on it jumps, where it else runs a little faster or slower

class VideoViewer {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.before = root.querySelector("video.before");
    this.after = root.querySelector("video.after");
    this.divider = root.querySelector(".divider");
    this.time = root.querySelector("input[type=range]");
    this.readout = root.querySelector(".readout");
    this.problem = root.querySelector(".problem");
    // The attribute in the text of a page does not always mute.
    this.before.muted = this.after.muted = true;
    this.setMode("slider");
    this.setDivider(50);
    this.attach();
  }

  attach() {
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.setMode(button.dataset.mode));
    }
    const play = this.root.querySelector(".play");
    play.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    this.stage.addEventListener("click", (event) => {
      if (!this.divider.contains(event.target)) play.click();
    });
    const sound = this.root.querySelector(".sound");
    sound.addEventListener("click", () => {
      this.after.muted = !this.after.muted;
      sound.setAttribute("aria-pressed", String(!this.after.muted));
    });
    this.time.addEventListener("input", () => {
      this.pause();
      this.seek(Number(this.time.value));
    });
    this.after.addEventListener("ended", () => {
      this.seek(0);
      this.play();
    });
    this.after.addEventListener("loadedmetadata", () => {
      this.time.max = String(this.after.duration);
      this.tell();
    });
    for (const video of [this.before, this.after]) {
      video.addEventListener("loadeddata", () => {
        if (this.before.readyState < 2 || this.after.readyState < 2) return;
        this.root.setAttribute("aria-busy", "false");
        if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
      });
      video.addEventListener("error", () => this.fail("This browser cannot play the clips; try another browser."));
    }
    this.attachDivider();
  }

  attachDivider() {
    const { divider } = this;
    const move = (event) => {
      const { left, width } = this.stage.getBoundingClientRect();
      this.setDivider((100 * (event.clientX - left)) / width);
    };
    divider.addEventListener("pointerdown", (event) => {
      divider.setPointerCapture(event.pointerId);
      move(event);
    });
    divider.addEventListener("pointermove", (event) => {
      if (divider.hasPointerCapture(event.pointerId)) move(event);
    });
    divider.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 10 : 1;
      const now = this.position;
      const to = { ArrowLeft: now - step, ArrowDown: now - step, ArrowRight: now + step, ArrowUp: now + step, Home: 0, End: 100 }[event.key];
      if (to === undefined) return;
      this.setDivider(to);
      event.preventDefault();
    });
  }

  get playing() {
    return !this.after.paused;
  }

  play() {
    this.before.play().catch(() => {});
    this.after.play().then(
      () => this.follow(),
      () => this.tell(), // a browser that plays nothing unasked waits for the button
    );
  }

  pause() {
    this.after.pause();
    this.before.pause();
    this.before.currentTime = this.after.currentTime;
    this.tell();
  }

  seek(time) {
    this.after.currentTime = time;
    this.before.currentTime = time;
    this.tell();
  }

  // Once for each frame the browser draws, as long as it plays and the viewer is on the page.
  follow() {
    this.tell();
    if (!this.playing || !this.root.isConnected) {
      this.before.pause();
      return;
    }
    const behind = this.after.currentTime - this.before.currentTime;
    if (Math.abs(behind) > FAR) this.before.currentTime = this.after.currentTime;
    this.before.playbackRate = Math.abs(behind) > TOGETHER ? 1 + Math.max(-0.2, Math.min(0.2, behind * 4)) : 1;
    requestAnimationFrame(() => this.follow());
  }

  tell() {
    const { currentTime, duration } = this.after;
    this.root.classList.toggle("playing", this.playing);
    const play = this.root.querySelector(".play");
    play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.time.value = String(currentTime);
    const text = `${currentTime.toFixed(1)} of ${(duration || 0).toFixed(1)} s`;
    this.readout.textContent = text;
    this.time.setAttribute("aria-valuetext", text);
  }

  setMode(mode) {
    this.root.dataset.mode = mode;
    for (const button of this.root.querySelectorAll("button[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
  }

  setDivider(position) {
    this.position = Math.max(0, Math.min(100, position));
    this.stage.style.setProperty("--divider", `${this.position}%`);
    this.divider.setAttribute("aria-valuenow", String(Math.round(this.position)));
  }

  fail(words) {
    this.problem.textContent = words;
    this.problem.hidden = false;
    this.root.setAttribute("aria-busy", "false");
  }

  update({ before, after, sizes, aspect }) {
    this.root.setAttribute("aria-busy", "true");
    this.problem.hidden = true;
    this.root.style.setProperty("--aspect", String(aspect));
    this.root.querySelector(".sizes").textContent = sizes;
    this.before.src = before;
    this.after.src = after;
  }
}

export default function ({ parentElement, data: sent }) {
  const [data] = sent ?? [];
  const root = parentElement.querySelector(".rs-video");
  if (!root || !data) return;
  root.video ??= new VideoViewer(root);
  const now = JSON.stringify(data);
  if (root.video.sent === now) return; // only the theme changed
  root.video.sent = now;
  root.video.update(data);
}
