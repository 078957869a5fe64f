"""What people import: a change of it must be meant, and the doors at the top lead to the package's own things."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import restoration_studio
from restoration_studio import RestorationPipeline

REPOSITORY = Path(__file__).parent.parent
PUBLIC = ["CancelToken", "Config", "ModelManager", "Progress", "Recipe", "RestorationPipeline", "__version__"]
# By the door at the top the rooms its names come from.
DOORS = {
    "config": {
        "config": [
            "DEVICES",
            "ENVIRONMENT_PREFIX",
            "PRECISIONS",
            "VERSION",
            "Config",
            "default_cache_dir",
            "default_config_file",
        ]
    },
    "models": {
        "memory": ["return_freed_memory"],
        "models": ["MODEL_SUFFIXES", "LoadedModel", "ModelManager", "is_model_path", "place"],
    },
    "restoration_pipeline": {
        "engine.recipe": ["Recipe"],
        "pipeline": ["RecipeLike", "RestorationPipeline", "Stats"],
        "progress": ["CancelToken", "Progress"],
    },
    "restore": {"cli.main": ["main"]},
    "utils": {
        "files": ["atomic_file", "output_error", "remove_stale_partials", "sha256_of_file"],
        "image.luma": ["BT601"],
        "memory": ["is_out_of_memory"],
        "text": ["format_bytes", "format_seconds", "printable"],
    },
}
METHODS = {
    "batch_restore_images": "(self, input_dir, output_dir, recipe=None, *, overwrite=False, progress=None, cancel=None,"
    " **keywords)",
    "estimate": "(self, height, width, recipe=None, **keywords)",
    "recipe": "(self, recipe=None, **keywords)",
    "restore_file": "(self, source, target, recipe=None, *, progress=None, cancel=None, record=True, **keywords)",
    "restore_image": "(self, image, recipe=None, *, progress=None, cancel=None, **keywords)",
    "restore_outcomes": "(self, image, recipe=None, *, count=4, methods=(), progress=None, cancel=None, **keywords)",
    "restore_video": "(self, input_path, output_path, recipe=None, *, max_frames=None, start=None, end=None,"
    " preview=None, codec='auto', crf=None, encoder_preset=None, ignore_alpha=False, progress=None, cancel=None,"
    " record=True, **keywords)",
    "run": "(self, read, recipe, *, progress=None, cancel=None, on_stage=None, on_layer=None)",
}


def test_the_names_of_the_package() -> None:
    assert sorted(restoration_studio.__all__) == PUBLIC == dir(restoration_studio)
    for name in PUBLIC:
        assert getattr(restoration_studio, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = restoration_studio.nothing


def test_the_methods_of_the_pipeline() -> None:
    methods = {
        name: inspect.signature(method)
        for name, method in vars(RestorationPipeline).items()
        if callable(method) and not name.startswith("_")
    }
    bare = {
        name: str(
            signature.replace(
                parameters=[one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()],
                return_annotation=inspect.Signature.empty,
            )
        )
        for name, signature in methods.items()
    }
    assert bare == METHODS
    assert list(inspect.signature(RestorationPipeline).parameters) == ["config", "models"]


@pytest.mark.parametrize("name", DOORS)
def test_a_door_leads_to_the_packages_own_things(name: str) -> None:
    door = importlib.import_module(name)
    assert Path(door.__file__ or "").parent == REPOSITORY
    named = {name: room for room, names in DOORS[name].items() for name in names}
    assert sorted(door.__all__) == sorted(named)
    for known, room in named.items():
        assert getattr(door, known) is getattr(importlib.import_module(f"restoration_studio.{room}"), known)


def test_every_file_at_the_top_is_a_door() -> None:
    assert {path.stem for path in REPOSITORY.glob("*.py")} == {*DOORS, "app", "setup"}


def test_the_package_is_imported_lazily() -> None:
    code = "import restoration_studio, sys; print(*[n for n in sys.modules if n.startswith('restoration_studio')])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["restoration_studio"]
