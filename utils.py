"""Door to small helpers, which are in ``restoration_studio.files``, ``.text`` and ``.memory``."""

from restoration_studio.files import atomic_file, output_error, remove_stale_partials, sha256_of_file
from restoration_studio.image.luma import BT601
from restoration_studio.memory import is_out_of_memory
from restoration_studio.text import format_bytes, format_seconds, printable

__all__ = [
    "BT601",
    "atomic_file",
    "format_bytes",
    "format_seconds",
    "is_out_of_memory",
    "output_error",
    "printable",
    "remove_stale_partials",
    "sha256_of_file",
]
