"""Prompts for diffusion by name, after the first comparisons of Stable Diffusion with classical inpainting."""

from __future__ import annotations

PROMPTS = {
    "restore old film photo": (
        "restore this old film photograph, clean undamaged photo, same scene, natural film texture, "
        "consistent light and perspective"
    ),
    "painting": "undamaged oil painting, same brushwork, same palette, continuous varnish, museum photograph",
    "remove watermark": "clean photograph without text, logo or watermark, background continued naturally",
    "none": "",
}
NEGATIVE = "scratches, cracks, dust, stains, tears, text, watermark, border, frame, blur, new objects"


def prompt_text(name: str) -> str:
    """The text of a prompt by name; anything that is no name is the text itself."""
    return PROMPTS.get(name, name)
