"""A real browser on a real Streamlit server, for the parts of the page that live in the browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.page_checks import CONTRASTS
from scripts.studio_browser import REPOSITORY, running_streamlit, running_studio

OPTIONS = ("server.headless=true", "server.fileWatcherType=none", "browser.gatherUsageStats=false")


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


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of the running studio; tests of one component serve it by itself and override this."""
    with running_studio(tmp_path_factory.mktemp("studio") / "log.txt") as server:
        yield server.address


@pytest.fixture
def open_window(browser: Any) -> Iterator[Callable[..., Any]]:
    """A function that opens an address in a window of its own; in the end no error may stand in the console."""
    contexts: list[Any] = []
    errors: list[str] = []

    def open_(address: str, ready: str, width: int = 1400, height: int = 1000, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector(ready, timeout=60_000)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def contrasts() -> Callable[[Any, str], list[float]]:
    """A function that measures WCAG's contrast of text on what lies below it, for each element of a selector."""
    return lambda page, selector: page.locator(selector).evaluate_all(CONTRASTS)
