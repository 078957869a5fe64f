"""FFDNet and OpenCV's non-local means on Kodak24 with Gaussian noise: mean PSNR over the 24 photographs.

    python -m benchmarks.denoise [--data FOLDER]

The paper's figure for FFDNet, sigma 25, colour, is 32.13 dB (Zhang, Zuo, Zhang 2018, table III). The noise is not
clipped, as there; the 8-bit rows clip and round it as a file would. "auto" is the pipeline measuring the noise itself.
"""

from __future__ import annotations

import sys

from benchmarks import kodak, machine
from benchmarks.report import Targets, table
from restoration_studio.config import Config
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.pipeline import RestorationPipeline

SIGMAS = (10, 15, 25)


def main() -> int:
    arguments = kodak.parser("denoise", (__doc__ or "").splitlines()[0]).parse_args()
    clean = kodak.load(arguments.data, arguments.count)
    print(machine.description())
    pipeline = RestorationPipeline(Config.load(device="cpu", stage_cache_mb=0))
    default = pipeline.models.precision()
    rows: list[tuple[object, ...]] = []
    found: dict[tuple[str, int], float] = {}
    # row: method, level set or measured, precision, noise as an 8-bit file holds it
    kinds = {
        "FFDNet, float32": ("ffdnet", False, "float32", False),
        f"FFDNet, {default}": ("ffdnet", False, default, False),
        f"FFDNet, {default}, 8 bits": ("ffdnet", False, default, True),
        f"FFDNet, {default}, 8 bits, auto": ("ffdnet", True, default, True),
        "non-local means, 8 bits": ("nlm", False, "float32", True),
        "nothing done, 8 bits": ("", False, "float32", True),
    }
    for name, (method, auto, precision, eight_bit) in kinds.items():
        for sigma in SIGMAS:
            total = 0.0
            for index, picture in enumerate(clean):
                denoised = kodak.noisy(picture, sigma, index, eight_bit=eight_bit)
                if method:
                    step = {"stage": "denoise", "method": method, "level": "auto" if auto else sigma}
                    denoised, _ = pipeline.restore_image(denoised, {"stages": [step], "precision": precision})
                total += psnr(denoised.pixels, picture) / len(clean)
            found[name, sigma] = total
        rows.append((name, *(found[name, sigma] for sigma in SIGMAS)))
    table((f"mean PSNR (dB), {len(clean)} photographs", *(f"sigma {sigma}" for sigma in SIGMAS)), rows)
    targets = Targets()
    targets.check("FFDNet, float32, sigma 25 (dB)", found["FFDNet, float32", 25], ">=", 31.9)
    measured, eight_bits = f"FFDNet, {default}, 8 bits, auto", f"FFDNet, {default}, 8 bits"
    lost = max(found[eight_bits, sigma] - found[measured, sigma] for sigma in SIGMAS)
    targets.check("lost by measuring the noise, most (dB)", lost, "<=", 0.5)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
