"""spandrel without the half of torchvision that it never uses.

Two of spandrel's architectures take a function each from ``torchvision.transforms``. Importing that runs torchvision's
own ``__init__``, which loads its models and, through them, torch's compiler: 160 MB and more than a second before
the first picture. Here only the part that is asked for is imported; whoever imports torchvision later gets all of it.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_importing = threading.RLock()


@contextmanager
def importing() -> Iterator[None]:
    """Hold this while importing what imports torchvision, which must not see the bare one of ``import_spandrel``."""
    with _importing:
        yield


def import_spandrel() -> None:
    """Import the package spandrel."""
    with _importing:
        _import_spandrel()


def _import_spandrel() -> None:
    if "spandrel" in sys.modules or "torchvision" in sys.modules:
        import spandrel

        return
    specification = importlib.util.find_spec("torchvision")
    if specification is not None:  # without torchvision spandrel's own import says what is missing
        bare = ModuleType("torchvision")
        bare.__path__ = list(specification.submodule_search_locations or ())
        bare.__spec__ = specification
        sys.modules["torchvision"] = bare
    try:
        import spandrel  # noqa: F401
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
