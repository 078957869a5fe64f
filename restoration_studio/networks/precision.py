"""The number formats networks compute in: what a processor can do, and where digits must not be lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

_exact_lock = threading.Lock()
_exact_users = 0
_exact_flags: Any = None


@contextmanager
def exact_kernels() -> Iterator[None]:
    """Deterministic kernels, and float32 that is float32: the record promises the same pixels again.

    The switches are the process's own, so the first thread sets them and the last one puts them back: each for
    itself would put them back under another that still computes.
    """
    global _exact_users, _exact_flags
    with _exact_lock:
        if _exact_users == 0:
            _exact_flags = torch.backends.cudnn.flags(
                enabled=True, benchmark=False, deterministic=True, allow_tf32=False
            )
            _exact_flags.__enter__()
        _exact_users += 1
    try:
        yield
    finally:
        with _exact_lock:
            _exact_users -= 1
            if _exact_users == 0:
                _exact_flags.__exit__(None, None, None)


def has_bfloat16(device: str) -> bool:
    """Whether ``device`` has instructions for bfloat16 and does not emulate it."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device != "cpu":
        return False
    known: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # torch 2.10 and later
    if known:
        flags = {name for name, value in known.items() if value is True}
    else:
        cpuinfo = Path("/proc/cpuinfo")
        flags = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16", "svebf16"})


def prepare_convolutions(network: torch.nn.Module, kind: str) -> None:
    """Under autocast, run the first and the last convolution in float32, and round the others' weights only once.

    bfloat16 has eight binary digits: rounding the picture on its way in and out costs more than everything
    between, and these two layers are a thousandth of the work. Autocast itself would round every weight anew
    for every picture, some hundredths of x4plus' time.
    """
    convolutions = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d)]
    ends = dict.fromkeys((*convolutions[:1], *convolutions[-1:]))  # one only where it is both
    for convolution in convolutions:
        plain, at_end, last = convolution.forward, convolution in ends, convolution is convolutions[-1]
        rounded: dict[torch.dtype, tuple[torch.Tensor, torch.Tensor | None]] = {}

        def run(
            batch: torch.Tensor,
            own: torch.nn.Conv2d = convolution,
            plain: Any = plain,
            at_end: bool = at_end,
            last: bool = last,
            rounded: dict[torch.dtype, tuple[torch.Tensor, torch.Tensor | None]] = rounded,
        ) -> torch.Tensor:
            if not torch.is_autocast_enabled(kind):
                whole: torch.Tensor = plain(batch)
                return whole
            short = torch.get_autocast_dtype(kind)
            with torch.autocast(kind, enabled=False):
                if at_end:
                    output: torch.Tensor = plain(batch.float())
                    # What follows must go on in the short format: sums with float32 would all become float32.
                    return output if last else output.to(short)
                if short not in rounded:
                    rounded[short] = (own.weight.to(short), None if own.bias is None else own.bias.to(short))
                between: torch.Tensor = own._conv_forward(batch.to(short), *rounded[short])
                return between

        convolution.forward = run  # type: ignore[method-assign, assignment]


def share_threads(among: int) -> int:
    """Let the calling thread compute on its share of the threads that PyTorch has; gives how many these are."""
    before = torch.get_num_threads()
    own = max(1, before // among)
    torch.set_num_threads(own)
    # The call counts for this thread, and for threads that begin later, which are to have all of them.
    other = threading.Thread(target=torch.set_num_threads, args=(before,))
    other.start()
    other.join()
    return own
