"""Packaging: ``pip install .`` gives ``restore``, ``restoration-studio`` and the package ``restoration_studio``."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
REQUIREMENTS = [
    line for line in (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
]
VERSION = re.findall(
    r'^VERSION = "(.+)"', (HERE / "restoration_studio" / "config.py").read_text(encoding="utf-8"), re.M
)[0]
# What has a place of its own in a checkout and lies in the package once it is built; see studio/core/shipped.py.
PLACES = {"restoration_studio.examples": "examples/input", "restoration_studio.studio.settings": ".streamlit"}

EXTRAS = {
    # DDColor and CodeFormer; read the licences of their weights.
    "extra-architectures": ["spandrel_extra_arches>=0.2"],
    # Inpainting with Stable Diffusion.
    "diffusion": ["accelerate>=1.0", "diffusers>=0.42", "transformers>=4.50"],
    # Films; the libraries of FFmpeg come inside the wheel.
    "film": ["av>=18"],
    "studio": ["matplotlib>=3.9", "streamlit>=1.53"],
    # Matplotlib for its typefaces.
    "training": ["accelerate>=1.0", "matplotlib>=3.9", "tensorboard>=2.18"],
    # realesrgan, basicsr and gfpgan have had no release since 2022 and fail to import with torchvision 0.17 and
    # later. Their networks and weights run through spandrel; benchmarks/ repairs the import to compare with them.
    "reference": ["realesrgan==0.3.0", "basicsr==1.4.2", "gfpgan==1.3.8"],
    # The site, and what runs its notebooks.
    "docs": [
        "ipykernel>=6.29",
        "mkdocs>=1.6",
        "mkdocs-jupyter>=0.25",
        "mkdocs-material>=9.5",
        "mkdocstrings[python]>=0.26",
        "nbclient>=0.10",
    ],
    "dev": [
        "jsonschema>=4.18",
        "import-linter>=2.5",
        "mypy>=1.13",
        "playwright>=1.48",
        "pre-commit>=4",
        "pytest>=8.3",
        "pytest-cov>=6",
        "pytest-timeout>=2.3",
        "pytest-xdist>=3.6",
        "pyyaml>=6",
        "ruff>=0.8",
    ],
}

setup(
    name="restoration-studio",
    version=VERSION,
    description="Brings damaged, faded, noisy and small photographs and paintings back.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=[*find_packages(include=["restoration_studio", "restoration_studio.*"]), *PLACES],
    package_dir=PLACES,
    package_data={
        "restoration_studio": ["py.typed"],
        "restoration_studio.examples": ["*.jpg", "*.png", "*.tif", "README.md"],
        "restoration_studio.studio.settings": ["config.toml"],
        "restoration_studio.engine": ["presets/*.json"],
        "restoration_studio.studio": ["assets/*", "page/*.py"],
        "restoration_studio.training": ["configs/*.json"],
        "restoration_studio.weights": ["*.safetensors", "*.md"],
    },
    install_requires=REQUIREMENTS,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "restore=restoration_studio.cli.main:main",
            "restoration-studio=restoration_studio.__main__:main",
        ]
    },
)
