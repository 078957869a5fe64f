"""Torch modules that no library carries, one file each, with the paper at its head.

``ARCHITECTURES`` maps the architecture named in the catalogue to the class that builds it from its weights;
every other architecture is built by spandrel. Files of networks trained here say it themselves, in the metadata of the
safetensors file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

ARCHITECTURES = {
    "BasicVSR, SPyNet inside": "networks.basicvsr:BasicVSR",
    "CodeFormer": "networks.face_restorers:CodeFormerNetwork",
    "Colorizer": "networks.colorizer:ColorizerNetwork",
    "Context encoder": "networks.context_encoder:ContextEncoder",
    "Context-conditional GAN": "networks.painting_gan:Generator",
    "DDColor": "networks.ddcolor:DDColorNetwork",
    "Damage U-Net": "networks.damage_unet:DamageUNet",
    "FFDNet": "networks.ffdnet:FFDNet",
    "IFNet": "networks.rife:RIFE",
    "GAN": "networks.painting_gan:Generator",
    "RAFT": "networks.raft:RAFT",
    "RetinaFace": "networks.retinaface:RetinaFaceNetwork",
    "GFPGANv1Clean": "networks.face_restorers:GfpganNetwork",
    "Partial convolutions": "networks.partial_convolution:PartialConvUNet",
}


def architecture_of(network: nn.Module) -> str:
    """The name in ``ARCHITECTURES`` that builds this network, which is one of the networks in this folder.

    Raises:
        KeyError: none does.
    """
    builders = {builder.partition(":")[0]: name for name, builder in ARCHITECTURES.items()}
    return builders[type(network).__module__]
