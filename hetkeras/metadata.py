"""What a SavedModel says of itself: `assets/hetkeras.json`, its format and its checksum.

The checksum tells accidents: a file cut short, a number edited by hand. It is no seal: who edits on purpose writes a
new one. Load what you trust.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NoReturn, TypedDict

from hetkeras.errors import SavedModelError
from hetkeras.files import read_json
from hetkeras.json_types import misfit

ASSET = Path("assets") / "hetkeras.json"
FORMAT = 1
CHECKSUM = "metadata_sha256"


class Complete(dict[str, Any]):
    """A mapping of which others rely on some names.

    Raises:
      SavedModelError: for a name that it lacks.
    """

    kind: ClassVar[str] = "entries"

    def __missing__(self, name: str) -> NoReturn:
        raise SavedModelError(
            f"a SavedModel has no '{name}' among {self.kind} ({', '.join(self) or 'none'}), as those of such models "
            "do. Export it again"
        )


class Told(Complete):
    """What metadata say of training."""

    kind = "what it says of its training"


class Function(TypedDict):
    """Of an exported function: names of inputs and outputs, each with the letters of its axes; type of the inputs."""

    inputs: dict[str, list[str]]
    outputs: dict[str, list[str]]
    dtype: str


class SourceText(TypedDict):
    """The file of a user's own class, see `hetkeras.model_file.ModelSource`."""

    file: str
    text: str
    checksum: str


class Training(TypedDict, total=False):
    """Of how it was found, what measurements read."""

    method: str
    parametrisation: str
    rules: str
    periods: int
    histogram_nodes: int
    finer_capital: int
    finer_labor: int
    price_noise: float


class OptionalMetadata(TypedDict, total=False):
    """What only some SavedModels say."""

    model_source: SourceText
    chains: dict[str, dict[str, list[Any]]]
    over: dict[str, tuple[float, float]]
    measured_with: dict[str, Any]


class Metadata(OptionalMetadata):
    """What every SavedModel says."""

    format: int
    model: str
    model_class: str
    calibration: dict[str, Any]
    units: dict[str, str]
    bounds: dict[str, tuple[float | None, float | None]]
    axes: dict[str, str]
    signatures: dict[str, Function]
    training: Training
    versions: dict[str, str]
    measured: dict[str, bool | float | str | None]
    weights_sha256: str
    metadata_sha256: str


def read_metadata(path: str | Path) -> dict[str, Any]:
    """Reads and checks `assets/hetkeras.json` of a SavedModel.

    Raises:
      SavedModelError: if it is missing, unreadable, edited, of another format or of a wrong shape.
    """
    asset = Path(path) / ASSET
    try:
        metadata = read_json(asset)
    except (OSError, ValueError) as error:
        inside = Path(path) / "saved_model"
        meant = f". It is the directory of a run, whose SavedModel is {inside}" if inside.is_dir() else ""
        raise SavedModelError(
            f"{path} is not a SavedModel of hetkeras, or is truncated: {asset} cannot be read ({error}){meant}"
        ) from error
    if not isinstance(metadata, dict) or metadata.get(CHECKSUM) != checksum(metadata):
        raise SavedModelError(f"{asset} was edited: its checksum does not match. Export the model again")
    if (found := metadata.get("format")) != FORMAT:
        raise SavedModelError(
            f"{asset} has the format {found!r}; this hetkeras reads format {FORMAT}. Load it with the hetkeras that "
            "wrote it, or export the model again"
        )
    if problem := misfit(metadata, Metadata, "it"):
        raise SavedModelError(f"{asset} has another shape than a SavedModel of hetkeras: {problem}. Export it again")
    return metadata | {"training": Told(metadata["training"])}


def sealed(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the checksum of what it says."""
    return {**metadata, CHECKSUM: checksum(metadata)}


def checksum(metadata: Mapping[str, Any]) -> str:
    """SHA-256 of all but the checksum itself."""
    rest = {key: value for key, value in metadata.items() if key != CHECKSUM}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
