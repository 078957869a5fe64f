"""Where a job is, in the page's words."""

from __future__ import annotations

import pytest

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from restoration_studio.progress import Progress, ProgressTracker
from restoration_studio.studio.core.jobs import RUNNING, WAITING, Job
from restoration_studio.studio.progress import fraction, sentence


def job(progress: Progress | None, state: str = RUNNING) -> Job:
    return Job("anna", "a picture", lambda progress, cancel: None, state=state, progress=progress)


@pytest.fixture
def reports() -> list[Progress]:
    return []


def test_a_stage_with_its_tiles(reports: list[Progress]) -> None:
    root = ProgressTracker(reports.append).task("photo.jpg", unit="stage")
    root.expect(4.0)
    with root.task("Denoise", weight=1.0, index=0, count=2) as stage:
        stage.update(1, 2, unit="tile")
    assert sentence(job(reports[-1])).startswith("Denoise (1 of 2) · tile 1 of 2")
    assert fraction(job(reports[-1])) == pytest.approx(0.125)


def test_weights_are_told_in_bytes(reports: list[Progress]) -> None:
    root = ProgressTracker(reports.append).task("photo.jpg", unit="stage")
    with root.task("realesr", weight=0.0, unit="byte") as fetching:
        fetching.update(2_000_000, 4_000_000)
    assert sentence(job(reports[-1])).startswith("realesr 2.0 MB of 4.0 MB")


def test_waiting_and_stopping() -> None:
    waiting = job(None, WAITING)
    assert sentence(waiting) == "Starting …"
    waiting.ahead = 2
    assert sentence(waiting) == "Waiting for its turn, 2 before it …"
    waiting.stop()
    assert sentence(waiting) == "Stopping after this tile …"
