"""Whether memory ran out, and giving back what is free."""

from __future__ import annotations

import pytest

from restoration_studio.memory import is_out_of_memory, release_memory, return_freed_memory


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OutOfMemoryError("CUDA"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (OSError("No space left on device"), False),
    ],
)
def test_memory_that_ran_out_is_known_by_any_librarys_words(error: BaseException, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def test_giving_back_needs_no_accelerator() -> None:
    release_memory()
    return_freed_memory()
