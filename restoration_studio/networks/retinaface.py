"""RetinaFace: finds faces and five landmarks of each.

Deng, Guo, Ververas, Kotsia, Zafeiriou: "RetinaFace: single-shot multi-level face localisation in the wild", CVPR 2020,
https://arxiv.org/abs/1905.00641. The network and its decoding are facexlib's.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.networks.errors import WeightsOfAnother
from restoration_studio.networks.spandrel_light import importing


class RetinaFaceNetwork(nn.Module):
    """Detections of a picture, through `detect`; the module has no other use."""

    capabilities = Capabilities(output_channels=0, tileable=False)

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self._one_at_a_time = threading.Lock()  # facexlib keeps the picture's size in the module

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> RetinaFaceNetwork:
        """The network that ``weights`` belong to: MobileNet 0.25 or ResNet-50.

        Raises:
            WeightsOfAnother: they are neither's.
        """
        with importing():
            from facexlib.detection.retinaface import RetinaFace

        name = "mobile0.25" if "body.stage1.0.0.weight" in weights else "resnet50"
        network = RetinaFace(name, device=torch.device("cpu"))
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            raise WeightsOfAnother(architecture="RetinaFace") from error
        return cls(network)

    def detect(self, pixels: NDArray[np.float32], device: str, least_score: float) -> NDArray[np.float32]:
        """Faces in a picture, the surest first.

        Args:
            pixels: (height, width, 3) RGB, 0 to 1.
            device: where the network is.
            least_score: 0 to 1.

        Returns:
            (faces, 15): left, top, right, bottom in pixels, the score, and x, y of the eyes (the one at the left of
            the picture first), nose and corners of the mouth.
        """
        levels = np.ascontiguousarray(pixels[..., ::-1] * np.float32(255))  # it was trained with OpenCV's blue first
        with self._one_at_a_time, torch.inference_mode():
            self.network.device = torch.device(device)
            self.network.mean_tensor = self.network.mean_tensor.to(device)
            found = self.network.detect_faces(levels, conf_threshold=least_score)
        return np.asarray(found, np.float32)
