"""Memory of the process and of accelerators: whether it ran out, and giving back what is free."""

from __future__ import annotations

import ctypes
import gc
import sys


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out, on the CPU or on an accelerator."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or "out of memory" in text or "can't allocate memory" in text


def return_freed_memory() -> None:
    """Hand back what has been freed and glibc would keep: tens of MB that a large picture needs."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)


def release_accelerator_memory() -> None:
    """Give freed accelerator memory back to the system; does nothing where torch is not loaded."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def release_memory() -> None:
    """Give freed accelerator memory back, so that smaller tiles find room in one piece."""
    gc.collect()
    release_accelerator_memory()
