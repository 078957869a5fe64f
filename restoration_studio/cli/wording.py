"""Errors in the command line's own words, which name flags where an error's own sentence names settings."""

from __future__ import annotations

from restoration_studio.errors import RestorationError, Words, render

# By room, from the top down, and within a room by code. Errors that are not here have the same words everywhere.
WORDS: Words = {
    # video
    "alpha_not_kept": (
        "{path} has transparency, which {codec} in {suffix} does not keep; use a name that ends with .webm, .mkv or "
        ".mov, or give --ignore-alpha to restore its colours alone."
    ),
    "codec_without_quality": "{codec} has no --crf: its quality is fixed; leave --crf out.",
    "crf_out_of_range": "--crf takes a number from 0 to {highest:g} for {codec}, not {crf:g}.",
    "encoder_refused": (
        "the encoder {encoder} cannot write {width}x{height} pixels as {pixel_format} ({reason}); choose another "
        "--codec or a smaller scale."
    ),
    "max_frames_too_small": "--max-frames takes a whole number from 1 on, not {max_frames}.",
    "part_empty": "--start {start:g} and --end {end:g} leave nothing of the film.",
    "part_without_frames": "there is no frame of {path} between --start and --end.",
    "pixel_aspect_not_kept": (
        "the film's pixels are not square, and {codec} in {suffix} does not say so; use a name that ends with .mp4 "
        "or .mov, or --codec h264 in .mkv."
    ),
    "preview_of_part": "a preview is from the middle; give --preview, or --start and --end, not both.",
    "preview_too_short": "--preview takes seconds above 0, not {seconds:g}.",
    "start_after_end": "--start {start:g} lies after the film's end ({duration:.2f} s).",
    "video_changes_size": (
        "{path} changes its size from {width}x{height} to {later_width}x{later_height} after {seconds:.2f} s; restore "
        "its parts one by one with --start and --end."
    ),
    "video_is_picture": "{path} is a picture and no film; leave --video out.",
    # stages
    "damage_all_over": (
        "damage is found all over the picture ({share:.0f}% of it), which is more likely its texture, such as a "
        "halftone's dots; raise --mask-threshold, name fewer --mask-kinds, or give the area with --mask."
    ),
    "damage_finder_unused": "--mask-model looks for the kind {kind}; add --mask-kinds {kind}, or leave it out.",
    "hints_missing": "the method hints colours what hints lie on; give one, such as --hint 40%,25%,#7a4b2a.",
    "mask_size_differs": lambda error: (
        f"the mask is {error.mask_width}x{error.mask_height} pixels and the picture {error.width}x{error.height}; give "
        f"a mask of the picture's size{', or resize it with --fit-mask' if error.resizable else ''}."
    ),
    "nothing_to_fill": "nothing says what to fill; give --mask, or --mask-kinds all to look for damage.",
    # inpainting
    "diffusion_model_not_here": (
        "the Stable Diffusion model {model} is not on this machine and offline is set; run once without it, or name a "
        "folder with --inpaint-model."
    ),
    "diffusion_model_unreadable": (
        "the Stable Diffusion model {model} cannot be loaded: {reason}; name a folder that holds a whole pipeline with "
        "--inpaint-model, or choose another method."
    ),
    "method_needs_weights": (
        "the inpainting method '{method}' needs to be told which network; name one of the catalogue or a file with "
        "--inpaint-model."
    ),
    "method_takes_no_weights": (
        "the inpainting method '{method}' takes no weights, so '{model}' would not be used; name the method they are "
        "for, such as --inpaint-method network, or leave --inpaint-model out."
    ),
    "model_without_safety_checker": (
        "the model {model} has no safety checker; say --safety-checker off to use it without, or name another."
    ),
    "unsafe_picture": (
        "the safety checker takes what Stable Diffusion drew for unsafe, so nothing is written; try another prompt or "
        "seed, or --safety-checker off."
    ),
    # models
    "device_missing": "device '{device}' is not on this machine; use --device cpu or auto.",
    "result_not_finite": "the network {name} gave values that are no numbers in {precision}; use --precision float32.",
    # engine
    "batch_output_is_file": "{path} is a file; a batch writes into a folder, so name one with -o.",
    "foreign_file_there": "{path} exists and is no result of an earlier run; give --overwrite to replace it, or choose "
    "another folder with -o.",
    "foreign_report_there": "{path} exists and is no report of an earlier run; move it away, or choose another folder "
    "with -o.",
    "outcomes_of_nothing": "outcomes are ways of filling, and this recipe fills nothing; add --inpaint.",
    "nothing_would_be_filled": "--mask-only writes what inpainting would fill, and this recipe fills nothing; "
    "add --inpaint.",
    "outcome_count_out_of_range": "--outcomes takes a whole number from 1 to {most}, not '{count}'.",
    "result_changed": "{path} has been changed since it was written; give --overwrite to replace it, or move it away.",
    "result_over_original": "the result of {source} would overwrite the original {path}; choose another output folder "
    "with -o.",
    "too_few_outcomes": "{named} can give {possible} different outcome{s}, not {count}; ask for fewer, or name more "
    "methods with --outcome-methods.",
    "video_interrupted": (
        "stopped after {frames} of {among} frames; finished parts are kept, and the same command goes on from them."
    ),
    # image
    "picture_is_folder": "{path} is a folder; name a picture file, or use the batch command for a folder.",
    # files
    "output_exists": "{path} exists; give --overwrite to replace it, or another name with -o.",
    "output_failed": "{path} could not be written: {reason}; choose another place with -o.",
    "output_not_permitted": "{path} could not be written: no permission there; choose another place with -o.",
    "output_place_unusable": "{path} could not be written: no file can be made there; choose another place with -o.",
}


def worded(error: RestorationError) -> str:
    """The error as the terminal shows it."""
    return render(error, WORDS)
