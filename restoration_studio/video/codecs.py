"""What each encoder is told: pixel format, quality, speed; all of it so that equal frames give equal bytes."""

from __future__ import annotations

from restoration_studio.video.errors import CodecWithoutQuality, CrfOutOfRange, EncoderPresetUnknown
from restoration_studio.video.probe import VideoInfo

_CRF = {"h264": (18.0, 51.0), "h265": (20.0, 51.0), "vp9": (24.0, 63.0), "av1": (24.0, 63.0)}  # default, highest
_X264_PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
_PRESETS = {
    # At crf 18 as near to the frames as veryfast (within 0.2 dB) for half of its work, in files a tenth larger.
    "h264": ("superfast", _X264_PRESETS),
    "h265": ("fast", _X264_PRESETS),
    "vp9": ("4", tuple(map(str, range(9)))),
    "av1": ("8", tuple(map(str, range(14)))),
    "prores": ("hq", ("proxy", "lt", "standard", "hq")),
}
ALPHA_OPTIONS = {"vp9": {"auto-alt-ref": "0"}, "prores": {"profile": "4", "alpha_bits": "16"}}
_THREADS = 4


def with_alpha(codec: str, pixel_format: str) -> str:
    """The pixel format that a codec has beside ``pixel_format`` for frames with transparency."""
    if codec == "prores":
        return "yuva444p10le"
    with_plane = "yuva420p" if codec == "vp9" else pixel_format.replace("yuv", "yuva")
    return {"yuva420p12le": "yuva420p16le"}.get(with_plane, with_plane)  # which FFV1 does not have


def pixel_format_of(codec: str, info: VideoInfo) -> str:
    """The pixel format a video is encoded in, FFmpeg's name."""
    deep = info.bit_depth > 8
    if codec == "prores":
        return "yuv422p10le"
    if codec == "ffv1":
        chroma = next((c for c in ("422", "444") if c in info.pixel_format), "420")
        chroma = (
            "444" if info.colour.matrix == 0 or "rgb" in info.pixel_format or "gbr" in info.pixel_format else chroma
        )
        depth = next(bits for bits in (8, 10, 12, 16) if bits >= info.bit_depth)
        return f"yuv{chroma}p" if depth == 8 else f"yuv{chroma}p{depth}le"
    if codec == "av1":
        return "yuv420p10le"  # as its authors advise for 8 bits too: less banding at the same size
    return "yuv420p10le" if deep and codec != "h264" else "yuv420p"


def encoder_options(codec: str, wanted: str | None, quality: float | None) -> dict[str, str]:
    """What an encoder is told, for a preset in its own words and a quality; None for the usual ones.

    Raises:
        UsageError: it knows no such preset or quality.
    """
    default, presets = _PRESETS.get(codec, ("", ()))
    preset = wanted or default
    if preset not in presets and preset:
        raise EncoderPresetUnknown(preset=preset, codec=codec, choices=tuple(presets))
    if codec not in _CRF:
        if quality is not None:
            raise CodecWithoutQuality(codec=codec)
        if codec == "ffv1":
            return {"level": "3", "g": "1", "slices": "4", "slicecrc": "1", "threads": "1"}
        return {"profile": str(presets.index(preset)), "vendor": "apl0", "threads": str(_THREADS)}
    usual, highest = _CRF[codec]
    crf = usual if quality is None else quality
    if not 0 <= crf <= highest:
        raise CrfOutOfRange(codec=codec, crf=crf, highest=highest)
    if codec == "h264":
        return {"crf": f"{crf:g}", "preset": preset, "threads": str(_THREADS), "x264-params": "mbtree=0"}
    if codec == "h265":
        quiet = f"open-gop=0:pools={_THREADS}:frame-threads=2:log-level=none"
        return {"crf": f"{crf:g}", "preset": preset, "x265-params": quiet}
    if codec == "av1":
        return {"crf": f"{crf:g}", "preset": preset, "svtav1-params": "lp=2"}
    rate = {"crf": f"{crf:g}", "b": "0", "deadline": "good", "cpu-used": preset}
    return rate | {"row-mt": "0", "threads": str(_THREADS), "tile-columns": "2"}
