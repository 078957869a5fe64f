"""Torch modules that no library carries, one file each, with the paper at its head.

``ARCHITECTURES`` maps the architecture named in the catalogue to the class that builds it from its weights;
every other architecture is built by spandrel.
"""

from __future__ import annotations

ARCHITECTURES = {"FFDNet": "networks.ffdnet:FFDNet"}
