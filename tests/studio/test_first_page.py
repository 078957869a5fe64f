"""What a visitor's first page loads, and visitors side by side, without a browser."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest

from restoration_studio.engine.recipe import Recipe
from restoration_studio.image.picture import Picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.studio import server_state
from restoration_studio.studio.core.session import RestoredPicture, Session
from tests.waiting import wait_for

REPOSITORY = Path(__file__).parents[2]
VISITORS = 8
PROBE = """
import sys
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("app.py", default_timeout=60).run()
assert not page.exception and page.title, page.exception
print([name for name in ("torch", "cv2", "diffusers", "spandrel", "skimage", "pandas") if name in sys.modules])
page.button(key="example:portrait_small.jpg").click().run()
assert not page.exception and page.button(key="restore"), page.exception
print([name for name in ("torch", "diffusers", "spandrel") if name in sys.modules])
"""


def test_neither_the_first_page_nor_a_proposal_loads_torch() -> None:
    """In a process of its own, since other tests have loaded it here."""
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def photograph(number: int) -> bytes:
    """A PNG that no other visitor has."""
    soft = np.random.default_rng(number).integers(0, 255, (6, 8, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(soft).resize((80 + number, 60), Image.Resampling.BICUBIC).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.slow
def test_eight_visitors_at_once_get_their_own_pictures() -> None:
    import streamlit as st

    st.cache_resource.clear()
    pages = [AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run() for _ in range(VISITORS)]
    for number, page in enumerate(pages):
        page.file_uploader[0].set_value((f"photo{number}.png", photograph(number), "image/png")).run()
        for toggle in page.toggle:
            if str(toggle.key).startswith("on:"):
                toggle.set_value(toggle.key == "on:detail")
        page.run()
    for page in pages:  # nobody waits for anybody
        page.button(key="restore").click().run()
        assert not page.exception
    pipeline = RestorationPipeline()
    for number, page in enumerate(pages):
        state: Session = page.session_state.session
        wait_for(state.job)
        page.run()
        assert not page.exception
        (result,) = state.results
        assert result.name == f"photo{number}.png" and result.after.width == 80 + number
        recipe: Recipe = result.recipe
        expected = pipeline.run(lambda result=result: Picture(result.before.pixels), recipe).picture  # type: ignore[misc]
        np.testing.assert_array_equal(result.after.pixels, expected.pixels)
    st.cache_resource.clear()


def test_results_of_all_visits_together_are_bounded() -> None:
    from restoration_studio.studio.core.result_memory import ResultMemoryLimiter

    def result(name: str) -> RestoredPicture:
        picture = Picture(np.zeros((10, 10, 3), np.float32))  # 1200 bytes, twice, and 300 as shown
        return RestoredPicture(name, picture, picture, Recipe(stages=()), {}, None, np.zeros((10, 10, 3), np.uint8))

    result_memory, greedy, modest = ResultMemoryLimiter(limit_bytes=9_000), Session(), Session()
    for visit in (greedy, modest):
        result_memory.watch(visit)
    modest.results = [result("only")]
    modest.shown = modest.results[0]
    for number in range(5):
        greedy.results = [*greedy.results, result(str(number))]
        greedy.shown = greedy.results[-1]
        result_memory.tidy()
        assert result_memory.bytes_held() <= 9_000
    assert [kept.name for kept in greedy.results] == ["3", "4"], "the oldest of whoever holds most goes first"
    assert [kept.name for kept in modest.results] == ["only"]
    ResultMemoryLimiter.tidy(result_memory)
    del greedy
    assert result_memory.bytes_held() == modest.bytes_held, "a visit that ends takes its results with it"


@pytest.mark.parametrize("limit", [0, 100])
def test_what_is_in_sight_stays_whatever_the_limit(limit: int) -> None:
    from restoration_studio.studio.core.result_memory import ResultMemoryLimiter

    picture = Picture(np.zeros((10, 10, 3), np.float32))
    result_memory, visit = ResultMemoryLimiter(limit), Session()
    result_memory.watch(visit)
    visit.results = [
        RestoredPicture("a", picture, picture, Recipe(stages=()), {}, None, np.zeros((10, 10, 3), np.uint8))
    ]
    visit.shown = visit.results[0]
    result_memory.tidy()
    assert visit.results == [visit.shown]


def test_wrong_settings_are_a_sentence_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    server_state.service.clear()
    monkeypatch.setenv("RESTORATION_STUDIO_DEVICE", "toaster")
    page = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run()
    assert not page.exception and not page.title
    assert "device 'toaster' is unknown" in page.error[0].value
