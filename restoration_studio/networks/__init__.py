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
    "BasicVSR, SPyNet inside": "restoration_studio.networks.basicvsr:BasicVSR",
    "CodeFormer": "restoration_studio.networks.face_restorers:CodeFormerNetwork",
    "Colorizer": "restoration_studio.networks.colorizer:ColorizerNetwork",
    "Context encoder": "restoration_studio.networks.context_encoder:ContextEncoder",
    "Context-conditional GAN": "restoration_studio.networks.painting_gan:Generator",
    "DDColor": "restoration_studio.networks.ddcolor:DDColorNetwork",
    "Damage U-Net": "restoration_studio.networks.damage_unet:DamageUNet",
    "FFDNet": "restoration_studio.networks.ffdnet:FFDNet",
    "IFNet": "restoration_studio.networks.rife:RIFE",
    "GAN": "restoration_studio.networks.painting_gan:Generator",
    "RAFT": "restoration_studio.networks.raft:RAFT",
    "RetinaFace": "restoration_studio.networks.retinaface:RetinaFaceNetwork",
    "GFPGANv1Clean": "restoration_studio.networks.face_restorers:GfpganNetwork",
    "Partial convolutions": "restoration_studio.networks.partial_convolution:PartialConvUNet",
}


def architecture_of(network: nn.Module) -> str:
    """The name in ``ARCHITECTURES`` that builds this network, which is one of the networks in this folder.

    Raises:
        KeyError: none does.
    """
    builders = {builder.partition(":")[0]: name for name, builder in ARCHITECTURES.items()}
    return builders[type(network).__module__]
