"""Stages as they are, without the pipeline's colour contract, for benchmarks that compare networks pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from restoration_studio.stages.super_resolution import SuperResolution


@contextmanager
def network_colours() -> Iterator[None]:
    """Super-resolution keeps the network's own colours; see ``engine.colour_contract`` for what happens else."""
    with patch.object(SuperResolution, "keeps_colours", lambda stage, settings: False):
        yield
