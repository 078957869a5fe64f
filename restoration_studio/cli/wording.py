"""Errors in the command line's own words, which name flags where an error's own sentence names settings."""

from __future__ import annotations

from restoration_studio.errors import RestorationError, Words, render

# By room, from the top down, and within a room by code. Errors that are not here have the same words everywhere.
WORDS: Words = {
    # models
    "device_missing": "device '{device}' is not on this machine; use --device cpu or auto.",
    "result_not_finite": "the network {name} gave values that are no numbers in {precision}; use --precision float32.",
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
