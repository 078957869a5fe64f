"""Torch modules that no library carries, one file each, with the paper at its head.

``ARCHITECTURES`` maps the architecture named in the catalogue to the class that builds it from its weights;
every other architecture is built by spandrel.
"""

from __future__ import annotations

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
