"""Model folders: plain arrays beside a card that holds their digests. Loading executes nothing from the file.

A folder is `card.json` and `arrays.npz` (no pickled objects). The card names the SHA-256 of the arrays; a folder whose
digest differs is refused, because a model nobody can trace decides nothing here.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.records import ModelCard

Arrays = dict[str, NDArray[Any]]

SHIPPED = Path(__file__).with_name("data") / "model"
_CARD, _ARRAYS = "card.json", "arrays.npz"


class ModelError(RuntimeError):
    """A model folder cannot be used; the message is one sentence that says which and why."""


def save(folder: Path, card: ModelCard, arrays: Arrays, extra: dict[str, Any]) -> None:
    """Write the folder: arrays first, the card with their digest last, so that a half-written folder never loads."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    content = buffer.getvalue()
    (folder / _ARRAYS).write_bytes(content)
    page = {**asdict(card), "extra": extra, "digests": {_ARRAYS: hashlib.sha256(content).hexdigest()}}
    (folder / _CARD).write_text(json.dumps(page, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[ModelCard, Arrays, dict[str, Any]]:
    """(card, arrays, extra) of a folder whose digest is right; `ModelError` otherwise."""
    page = _page(folder)
    try:
        content = (folder / _ARRAYS).read_bytes()
    except OSError as error:
        raise ModelError(f"The model {folder} has no readable {_ARRAYS}; train it again or restore it.") from error
    if hashlib.sha256(content).hexdigest() != page["digests"].get(_ARRAYS):
        raise ModelError(
            f"The model {folder} was changed: {_ARRAYS} has another digest than its card says; restore it."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return _card(page), arrays, page["extra"]


def read_card(folder: Path | None) -> tuple[ModelCard, dict[str, Any]]:
    """(card, what else it holds) of a folder, of the shipped model for None; the arrays are neither read nor checked."""
    page = _page(folder or SHIPPED)
    return _card(page), page["extra"]


def _card(page: dict[str, Any]) -> ModelCard:
    return ModelCard(**{name: page[name] for name in ("version", "created", "data", "versions", "metrics", "notes")})


def fingerprint(folder: Path) -> str:
    """SHA-256 of the folder's card, which holds the digest of its arrays: one value that names every byte of the model."""
    _page(folder)
    return hashlib.sha256((folder / _CARD).read_bytes()).hexdigest()


def _page(folder: Path) -> dict[str, Any]:
    try:
        page = json.loads((folder / _CARD).read_text(encoding="utf-8"))
        missing = {"version", "created", "data", "versions", "metrics", "notes", "extra", "digests"} - set(page)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"{folder} is not a model folder: its {_CARD} cannot be read; give one that `train` wrote."
        ) from error
    if missing:
        raise ModelError(f"{folder} is not a model folder: its {_CARD} lacks {min(missing)!r}.")
    result: dict[str, Any] = page
    return result
