"""Restoration Studio: brings damaged, faded, noisy and small photographs, paintings and films back.

    from restoration_studio import RestorationPipeline

    restored, stats = RestorationPipeline().restore_image("photo.jpg", sr_scale=2)

The names below are the public interface; each is imported when it is first asked for.
"""

from __future__ import annotations

import os
import sys

# ``python -m restoration_studio`` makes Python look for modules in the current folder first, where somebody else's
# files may lie beside the pictures. ``argv`` is "-m" only while Python looks for what it is to run.
_PLACE = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - pathlib might be imported from there
if getattr(sys, "argv", [])[:1] == ["-m"] and not sys.flags.safe_path and sys.path[0] != _PLACE:
    del sys.path[0]
    os.environ.setdefault("PYTHONSAFEPATH", "1")  # for worker processes, which Python starts with -c

from importlib import import_module  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

if TYPE_CHECKING:
    from restoration_studio.config import VERSION as __version__  # noqa: N811 - its usual name
    from restoration_studio.config import Config
    from restoration_studio.engine.recipe import Recipe
    from restoration_studio.models import ModelManager
    from restoration_studio.pipeline import RestorationPipeline
    from restoration_studio.progress import CancelToken, Progress

__all__ = ["CancelToken", "Config", "ModelManager", "Progress", "Recipe", "RestorationPipeline", "__version__"]

_ROOMS = {
    "CancelToken": "progress",
    "Config": "config",
    "ModelManager": "models",
    "Progress": "progress",
    "Recipe": "engine.recipe",
    "RestorationPipeline": "pipeline",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("restoration_studio.config").VERSION
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
