"""Screenshots of every page of the running studio, into ``docs/images``.

    python -m scripts.screenshots [--only restored] [--output docs/images]

At 1400 pixels and at a telephone's 390, light and dark. What a visitor would do is done: an example is opened, restored
with the stages it needs, a part is marked, files are restored at once. Needs Chromium and the weights of the examples.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image

from scripts.studio_browser import REPOSITORY, Visitor, chromium, running_studio

WIDTHS = {"wide": (1400, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
TALLEST = 2600  # pixels of a screenshot; a page on a telephone is longer than anybody looks at
EXAMPLE = "Small, noisy portrait"


def arrived(visitor: Visitor) -> None:
    """The page as it meets a visitor."""


def proposed(visitor: Visitor) -> None:
    """An example is open and has its proposal."""
    visitor.example(EXAMPLE)


def restored(visitor: Visitor) -> None:
    """The example restored as proposed; the stage cache makes the second time quick."""
    proposed(visitor)
    visitor.idle()
    visitor.restore()
    visitor.restored(600_000)
    visitor.page.wait_for_selector(".rs-viewer[aria-busy=false]")


def figures(visitor: Visitor) -> None:
    """The figures of a result opened."""
    visitor.example("Out of focus")
    visitor.idle()
    visitor.only("Detail")
    visitor.restore()
    visitor.restored()
    visitor.page.get_by_text("Figures", exact=True).click()
    visitor.page.get_by_text("Sharpness").first.wait_for()


def marked(visitor: Visitor) -> None:
    """A part is marked with the mask editor."""
    visitor.example("Scratched print")
    visitor.idle()
    visitor.page.get_by_text("Work on a part only").click()
    visitor.switch("Mark a part of the picture", on=True)
    visitor.page.wait_for_selector(".rs-mask[aria-busy=false]")
    stage = visitor.page.locator(".rs-mask .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    mouse = visitor.page.mouse
    mouse.move(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.3)
    mouse.down()
    for step in range(1, 12):
        mouse.move(
            box["x"] + box["width"] * (0.35 + step * 0.025), box["y"] + box["height"] * (0.3 + (step % 3) * 0.04)
        )
    mouse.up()
    visitor.page.wait_for_timeout(1500)


def hinted(visitor: Visitor) -> None:
    """A colour is said for a place of a black-and-white picture."""
    visitor.example("Scratched print")
    visitor.idle()
    visitor.only("Colourise")
    visitor.page.locator("summary", has_text="Colour hints").first.click()
    visitor.switch("Say which colour things have", on=True)
    visitor.page.wait_for_selector(".rs-hints[aria-busy=false]")
    stage = visitor.page.locator(".rs-hints .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6)
    visitor.page.wait_for_timeout(1500)


def outcomes(visitor: Visitor) -> None:
    """Several ways of filling the same damage, side by side."""
    visitor.example("Scratched print")
    visitor.idle()
    visitor.only("Inpainting")
    visitor.page.get_by_text("Several ways of filling").click()
    visitor.page.get_by_text("Fill in these ways").click()
    visitor.page.get_by_text("Take 1").first.wait_for(timeout=180_000)
    visitor.page.wait_for_timeout(1000)


def many(visitor: Visitor) -> None:
    """Two pictures and a broken file restored at once."""
    visitor.page.goto(f"{visitor.page.url.rstrip('/')}/many")
    visitor.page.get_by_role("heading", name="Restore many").wait_for()
    inputs = REPOSITORY / "examples" / "input"
    files = [(name, (inputs / name).read_bytes()) for name in ("portrait_small.jpg", "coffee_sideways_phone.jpg")]
    files.append(("holiday.jpg", files[0][1][:400]))
    visitor.page.locator("input[type=file]").first.set_input_files(
        [{"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in files]
    )
    visitor.idle()
    visitor.page.get_by_role("button", name="Restore all").click()
    visitor.page.get_by_text(re.compile("restored, 1 failed")).wait_for(timeout=600_000)


def film_arrived(visitor: Visitor) -> None:
    """The film page as it meets a visitor."""
    visitor.page.goto(f"{visitor.page.url.rstrip('/')}/film")
    visitor.page.get_by_role("heading", name="Restore a film").wait_for()


def film_previewed(visitor: Visitor) -> None:
    """A film is open, and a second of it was tried."""
    film_arrived(visitor)
    visitor.button("Short old film: grain and flicker").click()
    visitor.button("Preview").wait_for()
    visitor.idle()
    visitor.page.get_by_role("slider", name="Preview from the middle").press("ArrowLeft")  # one second
    visitor.idle()
    visitor.button("Preview").click()
    visitor.page.wait_for_selector(".rs-video[aria-busy=false]", timeout=600_000)
    visitor.page.locator(".rs-video .play").scroll_into_view_if_needed()
    visitor.hold_video(0.5)


def film_restored(visitor: Visitor) -> None:
    """The film restored, its contact sheet opened."""
    film_arrived(visitor)
    visitor.button("Short old film: grain and flicker").click()
    visitor.button("Restore film").wait_for()
    visitor.idle()
    visitor.only("Detail")
    visitor.switch("Steady brightness", on=True)
    visitor.button("Restore film").click()
    visitor.page.get_by_role("button", name="Download film").wait_for(timeout=600_000)
    visitor.page.get_by_test_id("stExpander").get_by_text("Contact sheet", exact=True).click()


def models(visitor: Visitor) -> None:
    """The models page."""
    visitor.page.goto(f"{visitor.page.url.rstrip('/')}/models")
    visitor.page.get_by_role("heading", name="Models").wait_for()


def about(visitor: Visitor) -> None:
    """The about page."""
    visitor.page.goto(f"{visitor.page.url.rstrip('/')}/about")
    visitor.page.get_by_role("heading", name="About").wait_for()


SCENES: dict[str, Callable[[Visitor], None]] = {
    scene.__name__: scene
    for scene in (
        arrived,
        proposed,
        restored,
        figures,
        marked,
        hinted,
        outcomes,
        many,
        film_arrived,
        film_previewed,
        film_restored,
        models,
        about,
    )
}


def whole_page(page: Any) -> Image.Image:
    """All of the page as far as it is worth looking at; Streamlit scrolls its main part, not the document."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": min(TALLEST, max(size["height"], height + 60))})
    page.mouse.move(0, 0)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.wait_for_timeout(1200)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def take(browser: Any, address: str, scene: str, width: str, scheme: str) -> Image.Image:
    """One screenshot by a visitor who comes for it."""
    size = WIDTHS[width]
    phone = {"has_touch": True, "is_mobile": True} if width == "phone" else {}
    visitor = Visitor(browser, address, *size, color_scheme=scheme, **phone)
    SCENES[scene](visitor)
    visitor.idle()
    visitor.pictures_loaded()
    image = whole_page(visitor.page)
    visitor.leave()
    return image


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.screenshots", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs" / "images")
    parser.add_argument("--only", action="append", choices=list(SCENES), help="only this page")
    parser.add_argument("--width", action="append", choices=list(WIDTHS), help="only this width")
    parser.add_argument("--scheme", action="append", choices=SCHEMES, help="only light or dark")
    wanted = parser.parse_args()
    wanted.output.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = stack.enter_context(chromium())
        server = stack.enter_context(running_studio(folder / "log.txt"))
        for scene, width, scheme in product(wanted.only or SCENES, wanted.width or WIDTHS, wanted.scheme or SCHEMES):
            image = take(browser, server.address, scene, width, scheme)
            path = wanted.output / f"studio_{scene}_{width}_{scheme}.webp"
            image.save(path, quality=80, method=6)
            sys.stderr.write(f"{path} {path.stat().st_size // 1024} KB\n")
    side_by_side(wanted.output)
    return 0


def side_by_side(folder: Path) -> None:
    """The telephone's pages beside each other, cut at one height, where they all are there."""
    names = ("arrived_phone_light", "restored_phone_dark", "marked_phone_light", "about_phone_dark")
    paths = [folder / f"studio_{name}.webp" for name in names]
    if not all(path.is_file() for path in paths):
        return
    width, height, gap = WIDTHS["phone"][0], 1000, 24
    sheet = Image.new("RGB", (len(paths) * (width + gap) + gap, height + 2 * gap), (214, 208, 199))
    for number, path in enumerate(paths):
        with Image.open(path) as image:
            sheet.paste(image.crop((0, 0, width, height)), (gap + number * (width + gap), gap))
    sheet.save(folder / "studio_phone.webp", quality=80, method=6)


if __name__ == "__main__":
    sys.exit(main())
