"""numpy, imported when it is first used."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from restoration_studio.lazy import numpy as lazy


def test_it_is_numpy() -> None:
    assert lazy.float32 is np.float32 and lazy.linalg is np.linalg
    assert lazy.zeros((2, 3), lazy.float32).shape == (2, 3)


def test_it_is_imported_when_it_is_used() -> None:
    code = """
import sys
from restoration_studio.lazy import numpy as np
assert "numpy" not in sys.modules
assert np.float32(1) == 1 and "numpy" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
