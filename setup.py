"""Packaging of hetkeras; tool configuration lives in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "hetkeras" / "__init__.py").read_text()).group(1)
RAY, SLURM = ["ray>=2.9"], ["submitit>=1.5"]
ONNX = ["onnx>=1.23,<2", "onnxruntime>=1.32,<2", "tf2onnx>=1.17,<1.18"]
ESTIMATION = ["optimagic>=0.5.3,<0.6"]

setup(
    name="hetkeras",
    version=VERSION,
    description="Solve heterogeneous-agent and combinatorial dynamic models with TensorFlow, and prove the solution",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["hetkeras", "hetkeras.*"]),
    package_data={
        "hetkeras": [
            "py.typed",
            "*.pyi",
            "models/*.pyi",
            "command_line/tables/*.json",
            "report/published/*.csv",
            "report/*.html",
            "methods/krusell_smith/data/*.csv",
        ],
    },
    install_requires=[
        "tensorflow>=2.21,<2.22",
        "keras>=3.15,<4",
        "tensorflow-probability>=0.25",
        "tf-keras>=2.21,<2.22",
        "numpy>=2.0",
        "pandas>=2.2",
        "scipy>=1.14",
        "statsmodels>=0.14.4",
        "absl-py>=2.1",
        "annotated-types>=0.7",
        "lazy_loader>=0.4",
        "tensorboard>=2.21,<2.22",
        "matplotlib>=3.9",
        "tqdm>=4.66",
        "jinja2>=3.1",
    ],
    entry_points={"console_scripts": ["hetkeras = hetkeras.command_line.main:main"]},
    extras_require={
        "estimation": ESTIMATION,
        "docs": ["furo==2025.12.19", "ipykernel>=7.4", "myst-nb>=1.4,<2", "sphinx>=8.2,<9"],
        "ray": RAY,
        "slurm": SLURM,
        "oracles": ["numba>=0.64", "sequence-jacobian>=1.0,<2"],
        "gpu": ["tensorflow[and-cuda]>=2.21,<2.22"],
        "onnx": ONNX,
        "test": [*ESTIMATION, *ONNX, *SLURM, "mypy==2.4.1", "pytest>=8", "pytest-xdist>=3.6", "ruff>=0.9"],
    },
)
