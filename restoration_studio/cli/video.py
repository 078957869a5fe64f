"""Films for the terminal: flags of their own, the name of the result, what is said at the end."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.cli.video_errors import (
    ContainerAndNameDisagree,
    FlagForPictures,
    FlagForVideos,
    FolderIsNoVideo,
    SecondsUnknown,
)
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import make_record
from restoration_studio.files import claim_output
from restoration_studio.files_errors import OutputExists
from restoration_studio.progress import CancelToken
from restoration_studio.stages.describe import controls
from restoration_studio.text import format_bytes, format_seconds
from restoration_studio.video.steps import VIDEO_STEPS

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline

CONTAINERS = ("mp4", "mov", "mkv", "webm")
CODECS = ("auto", "h264", "h265", "vp9", "av1", "ffv1", "prores")
_FLAGS = (
    "max_frames",
    "start",
    "end",
    "preview",
    "codec",
    "crf",
    "encoder_preset",
    "container",
    "ignore_alpha",
)
_OF_PICTURES = ("format", "quality", "chroma", "bit_depth", "comparison", "mask_only", "outcomes")


def add_video_flags(group: argparse._ArgumentGroup) -> None:
    """The flags that only videos take."""
    add = group.add_argument
    add("--max-frames", type=int, metavar="N", help="restore the first N frames only")
    add("--start", metavar="SECONDS", help="begin there (also as M:SS or H:MM:SS)")
    add("--end", metavar="SECONDS", help="end there")
    add("--preview", metavar="SECONDS", help="restore that much from the middle of the film, to try settings")
    add("--codec", choices=CODECS, help="default: h264, with more than 8 bits h265, in .webm vp9")
    add(
        "--crf", type=float, metavar="0-63", help="quality, lower is better (default: h264 18, h265 20, vp9 and av1 24)"
    )
    add("--encoder-preset", metavar="NAME", help="speed against size, in the encoder's words (h264: superfast)")
    add("--container", choices=CONTAINERS, help="kind of file (default: by OUTPUT's name, else as INPUT)")
    add("--ignore-alpha", action="store_true", help="restore the colours alone of a film with transparency")


def is_video_run(arguments: argparse.Namespace, source: Path) -> bool:
    """Whether the command line means a video.

    Raises:
        UsageError: flags of videos are given with pictures, or flags of pictures with a video.
    """
    from restoration_studio.video.probe import is_video

    means_video = arguments.video or (not source.is_dir() and is_video(source))
    names = [*_FLAGS, *(control.keyword for step in VIDEO_STEPS for control in controls(step))]
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(arguments, name) not in (None, False)]
    if not means_video and given:
        raise FlagForVideos(flag=given[0], path=source)
    if means_video:
        wrong = [
            f"--{name.replace('_', '-')}" for name in _OF_PICTURES if getattr(arguments, name) not in (None, False)
        ]
        if wrong:
            raise FlagForPictures(flag=wrong[0])
        if source.is_dir() or arguments.batch:
            raise FolderIsNoVideo(path=source)
    return bool(means_video)


def restore_one_video(
    pipeline: RestorationPipeline, source: Path, recipe: Recipe, arguments: argparse.Namespace, cancel: CancelToken
) -> int:
    """Restore one video as the command line asks; gives the exit status."""
    import sys

    from restoration_studio.cli.console import ProgressLine, print_json, say
    from restoration_studio.engine.video import with_video_defaults

    if not (arguments.preset or arguments.recipe):
        recipe = with_video_defaults(recipe, [name for name, value in vars(arguments).items() if value is not None])
    target = _target(source, arguments)
    if target.exists() and not arguments.overwrite and not arguments.dry_run:
        raise OutputExists(path=target)
    keywords = video_keywords(arguments)
    if arguments.dry_run:
        return _dry_run(pipeline, source, target, recipe, arguments, keywords)
    with claim_output(target, overwrite=arguments.overwrite, source=source):
        line = ProgressLine(sys.stderr, quiet=arguments.quiet)
        try:
            stats = pipeline.restore_video(source, target, recipe, progress=line, cancel=cancel, **keywords)
        finally:
            line.close()
    if arguments.json:
        print_json(make_record(stats))
        return 0
    for note in stats["notes"]:
        say(f"note: {note}")
    video, output = stats["film"], stats["output"]
    if arguments.stats:
        from restoration_studio.cli.console import table

        for text in table(stats).splitlines():
            say(text)
    pace = f", {video['frames_per_second']:.2f} frames a second" if video["frames_per_second"] else ""
    say(
        f"restored: {target} ({output['width']}x{output['height']}, {video['frames']} frames, "
        f"{format_seconds(video['duration'])} of film in {format_seconds(stats['seconds'])}{pace}, "
        f"{format_bytes(output['bytes'])})"
    )
    return 0


def video_keywords(arguments: argparse.Namespace) -> dict[str, Any]:
    """The keywords of ``restore_video`` that the flags stand for."""
    return {
        "max_frames": arguments.max_frames,
        "start": _seconds("--start", arguments.start),
        "end": _seconds("--end", arguments.end),
        "preview": _seconds("--preview", arguments.preview),
        "codec": arguments.codec or "auto",
        "crf": arguments.crf,
        "encoder_preset": arguments.encoder_preset,
        "ignore_alpha": arguments.ignore_alpha,
    }


def _seconds(flag: str, text: str | None) -> float | None:
    """``75``, ``1:15`` and ``0:01:15.0`` are the same time."""
    if text is None:
        return None
    try:
        parts = [float(part) for part in text.split(":")]
        if len(parts) > 3 or any(not 0 <= part < 1e7 for part in parts):
            raise ValueError(text)
    except ValueError as error:
        raise SecondsUnknown(flag=flag, text=text) from error
    return float(sum(part * 60**place for place, part in enumerate(reversed(parts))))


def _target(source: Path, arguments: argparse.Namespace) -> Path:
    from restoration_studio.cli.console import named_target

    suffix = f".{arguments.container}" if arguments.container else source.suffix.lower()
    if suffix not in (".mp4", ".m4v", ".mov", ".mkv", ".webm"):
        suffix = ".mkv"  # takes the tracks of whatever it was
    target, named = named_target(source, suffix, arguments)
    if named and arguments.container and target.suffix.lower() not in (suffix, ".m4v" if suffix == ".mp4" else suffix):
        raise ContainerAndNameDisagree(container=arguments.container, path=target)
    return target


def _dry_run(
    pipeline: RestorationPipeline,
    source: Path,
    target: Path,
    recipe: Recipe,
    arguments: argparse.Namespace,
    keywords: dict[str, Any],
) -> int:
    from restoration_studio.cli.console import print_json, say
    from restoration_studio.cli.dry_run import step_lines, taken_line
    from restoration_studio.engine.video import expected_frames, prepare_video
    from restoration_studio.video.analysis import Part, resolve_part
    from restoration_studio.video.encode import EncodingOptions, choose_encoding
    from restoration_studio.video.probe import probe_video

    info = probe_video(source)
    part = resolve_part(info, Part(*(keywords[name] for name in ("start", "end", "max_frames", "preview"))))
    height, width = info.upright_size
    run = prepare_video(pipeline.engine, recipe, info)
    options = EncodingOptions(keywords["codec"], keywords["crf"], keywords["encoder_preset"], keywords["ignore_alpha"])
    encoding = choose_encoding(info, options, target, run.output_size)
    cost, frames = run.estimate(), expected_frames(info, part)
    if arguments.json:
        print_json(
            {
                "recipe": recipe.dump(),
                "input": str(source),
                "output": str(target),
                "frames": frames,
                "size": [width, height],
                "becomes": [encoding.size[1], encoding.size[0]],
                "codec": encoding.codec,
                "models": list(cost.models),
                "seconds": cost.seconds * frames,
                "measured": cost.measured,
                "memory_bytes": cost.memory_bytes,
            }
        )
        return 0
    for line in step_lines(recipe):
        say(line)
    say(f"{source} ({width}x{height}, about {frames} frames) -> {target} ({encoding.size[1]}x{encoding.size[0]}, "
        f"{encoding.codec})")  # fmt: skip
    for note in encoding.notes:
        say(f"note: {note}")
    say(taken_line(cost.seconds * frames, cost.memory_bytes, cost.measured))
    return 0
