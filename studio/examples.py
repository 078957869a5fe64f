"""The example pictures a visitor can restore without uploading anything."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "examples" / "input"
# What people bring, by the file it is shown with.
TITLES = {
    "portrait_small.jpg": "Small, noisy portrait",
    "launch_faded_yellowed.jpg": "Faded, yellowed print",
    "photographer_scratched.jpg": "Scratched black and white",
    "cat_noisy_16bit.tif": "Noisy 16-bit scan",
    "astronaut_out_of_focus.png": "Out of focus",
    "coffee_sideways_phone.jpg": "Old telephone picture",
}


def examples() -> dict[str, Path]:
    """Titles and files of the examples that are here."""
    return {title: FOLDER / name for name, title in TITLES.items() if (FOLDER / name).is_file()}
