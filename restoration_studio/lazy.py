"""numpy, imported when it is first used: describing settings and flags takes none, and ``restore --help`` is instant.

``from restoration_studio.lazy import numpy as np`` is for modules that ``restore --help`` imports; all others import
numpy itself. Types are numpy's for the type checker.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as numpy
else:

    class _Lazy(ModuleType):
        """Imports the module it is named for when something of it is asked for, and keeps what was."""

        def __getattr__(self, name: str) -> Any:
            value = getattr(import_module(self.__name__), name)
            setattr(self, name, value)
            return value

    numpy = _Lazy("numpy")
