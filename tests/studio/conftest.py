"""A real browser on a real Streamlit server, for the parts of the page that live in the browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.page_checks import CONTRASTS
from scripts.studio_browser import REPOSITORY, NoBrowser, chromium, running_streamlit

OPTIONS = ("server.headless=true", "server.fileWatcherType=none", "browser.gatherUsageStats=false")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium without a window; the test is skipped where there is none."""
    with contextlib.ExitStack() as stack:
        try:
            started = stack.enter_context(chromium())
        except NoBrowser as error:
            pytest.skip(str(error))
        yield started


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A function that serves the text of a Streamlit script and gives its address."""
    with contextlib.ExitStack() as servers:

        def start(script: str) -> str:
            folder = tmp_path_factory.mktemp("served")
            page = folder / "page.py"
            page.write_text(script, encoding="utf-8")
            server = running_streamlit(page, folder / "log.txt", {"PYTHONPATH": str(REPOSITORY)}, OPTIONS)
            return servers.enter_context(server).address

        yield start


@pytest.fixture
def contrasts() -> Callable[[Any, str], list[float]]:
    """A function that measures WCAG's contrast of text on what lies below it, for each element of a selector."""
    return lambda page, selector: page.locator(selector).evaluate_all(CONTRASTS)
