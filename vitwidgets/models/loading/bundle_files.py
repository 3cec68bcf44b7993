"""The files of a model that comes with the package: a card and weights beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.loading.errors import DamagedModelError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from torch import Tensor

_CARD_FORMAT = 1


@dataclass(frozen=True)
class BundleFiles:
    """The files of one model.

    Attributes
    ----------
    folder
        Where they lie.
    name
        Of the model, and of its card without the ending.
    """

    folder: Path | Traversable
    name: str

    def card(self, *keys: str) -> dict[str, Any]:
        """Read the card, which has to have these keys.

        Raises
        ------
        DamagedModelError
            If it is missing, no card, or of another format.
        """
        file = f"{self.name}.json"
        try:
            card: Any = json.loads(self._contents(file))
        except ValueError as error:
            raise self.damaged(f"{file} is not JSON ({error})") from error
        if not isinstance(card, dict):
            raise self.damaged(f"{file} holds no JSON object")
        missing = [key for key in ("format", *keys) if key not in card]
        if missing:
            raise self.damaged(f"{file} lacks {', '.join(missing)}")
        if card["format"] != _CARD_FORMAT:
            raise self.damaged(
                f"{file} has format {card['format']!r}, not {_CARD_FORMAT}"
            )
        return cast("dict[str, Any]", card)

    def tensors(self, card: dict[str, Any]) -> dict[str, Tensor]:
        """Read what the card's file of weights holds, checked against its digest.

        Raises
        ------
        DamagedModelError
            If the file is missing, not the one that the card speaks of, or broken.
        """
        from safetensors import SafetensorError  # noqa: PLC0415
        from safetensors.torch import load  # noqa: PLC0415

        file = card["weights"]["file"]
        contents = self._contents(file)
        digest = hashlib.sha256(contents).hexdigest()
        if digest != card["weights"]["sha256"]:
            raise self.damaged(
                f"{file} has SHA-256 {digest}, its card says "
                f"{card['weights']['sha256']}"
            )
        try:
            return load(contents)
        except SafetensorError as error:
            raise self.damaged(f"{file} is no safetensors file ({error})") from error

    def damaged(self, what: str) -> DamagedModelError:
        """Make the error for files that are missing or do not fit together."""
        return DamagedModelError(
            f"the bundled model {self.name!r} is damaged: {what}; install vitwidgets "
            "again (pip install --force-reinstall vitwidgets)."
        )

    def _contents(self, file: str) -> bytes:
        try:
            return (self.folder / file).read_bytes()
        except OSError as error:
            raise self.damaged(f"{file} cannot be read ({error.strerror})") from error
