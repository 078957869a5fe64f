"""The files a pipeline's weights come from, found and hashed without loading anything."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from restoration_studio.config import Config
from restoration_studio.errors import WeightsError
from restoration_studio.inpainting.pipeline_files import Place, folder_of, hash_files, weights_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pipeline"
    index = {"_class_name": "P", "unet": ["diffusers", "U"], "vae": ["diffusers", "V"], "scheduler": ["diffusers", "S"]}
    index |= {"safety_checker": ["diffusers", "C"], "image_encoder": [None, None]}
    for name in ("unet", "vae", "scheduler", "safety_checker", "image_encoder", "other"):
        (made / name).mkdir(parents=True)
    (made / "model_index.json").write_text(json.dumps(index))
    for name in (
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors",
        "unet/diffusion_pytorch_model.fp16-00002-of-00002.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "safety_checker/model.safetensors",
        "safety_checker/model.fp16.safetensors",
        "other/model.safetensors",
    ):
        (made / name).write_bytes(name.encode())
    return made


def test_of_every_part_the_files_that_are_loaded(folder: Path) -> None:
    def names(variant: str | None, safety_checker: bool) -> list[str]:
        files = weights_files(folder, variant, safety_checker=safety_checker)
        return [path.relative_to(folder).as_posix() for path in files]

    assert names(None, True) == [
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "safety_checker/model.safetensors",
    ]
    assert names("fp16", False) == [
        "unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors",
        "unet/diffusion_pytorch_model.fp16-00002-of-00002.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    ]


def test_bytes_are_hashed_and_hashed_again_when_they_change(folder: Path) -> None:
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    for content in (b"one", b"three"):
        path.write_bytes(content)
        (file,) = hash_files(folder, (path,))
        assert file.sha256 == hashlib.sha256(content).hexdigest() and file.size_bytes == len(content)
        assert file.name == "vae/diffusion_pytorch_model.safetensors"


def test_a_file_of_the_hubs_cache_is_what_its_name_says(tmp_path: Path) -> None:
    config = Config(cache_dir=tmp_path)
    snapshot = folder_of(Place("me/mine", "a" * 40), config)
    blobs = snapshot.parent.parent / "blobs"
    for part in (snapshot / "unet", blobs):
        part.mkdir(parents=True)
    digest = hashlib.sha256(b"weights").hexdigest()
    (blobs / digest).write_bytes(b"weights")
    link = snapshot / "unet" / "model.safetensors"
    os.symlink(blobs / digest, link)
    assert hash_files(snapshot, (link,))[0].sha256 == digest
    (blobs / digest).write_bytes(b"weightz, cut")
    with pytest.raises(WeightsError, match="are damaged; delete"):
        hash_files(snapshot, (link,))


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"model_index\.json cannot be read"):
        weights_files(tmp_path, None, safety_checker=True)
