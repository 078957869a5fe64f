"""The methods of filling by name. A new network is one more line."""

from __future__ import annotations

from restoration_studio.inpainting.base import Method
from restoration_studio.inpainting.diffusion import StableDiffusion
from restoration_studio.inpainting.errors import UnknownMethod
from restoration_studio.inpainting.harmonic import Harmonic
from restoration_studio.inpainting.lama import LaMa
from restoration_studio.inpainting.network import NetworkFill
from restoration_studio.inpainting.opencv import OpenCV
from restoration_studio.inpainting.own import OWN

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        OpenCV("telea", "Telea", "OpenCV's fast marching, quick and good for scratches and specks."),
        OpenCV("ns", "Navier-Stokes", "OpenCV's Navier-Stokes, which continues lines a little further."),
        Harmonic(),
        *OWN,
        LaMa(),
        StableDiffusion(),
        NetworkFill("network", "Network", "any network for inpainting, named by --inpaint-model."),
    )
}


def get_method(name: str) -> Method:
    """The method of that name.

    Raises:
        UnknownMethod: there is none.
    """
    if name in METHODS:
        return METHODS[name]
    raise UnknownMethod(method=name, known=tuple(METHODS))
