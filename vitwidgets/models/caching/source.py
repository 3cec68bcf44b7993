"""What a cache knows about the run that filled it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitwidgets.models.caching.fingerprint import Fingerprint, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vitwidgets.images import Preprocessing
    from vitwidgets.models.caching.score_rows import ScoreRows
    from vitwidgets.models.caching.weight_state import WeightState
    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.pieces.recipes import Recipe


@dataclass(frozen=True)
class CacheSource:
    """The model and its input.

    Attributes
    ----------
    name, config, preprocessing
        Of the model.
    sites
        Names of its activations, in order; the values mean nothing.
    missing
        Names that it lacks, with the reasons.
    recipes
        Those that hold in this run.
    scores
        How rows of each block's scores are computed; None for a block whose pattern is
        not asked for in rows.
    weights
        The model's weights in this run, its parts being the modules of the recipes.
    images
        What was run, ``(batch, channel, height, width)``.
    edited
        Sites that hooks may have replaced.
    """

    name: str
    config: ViTConfig
    preprocessing: Preprocessing | None
    sites: Mapping[str, None]
    missing: Mapping[str, str]
    recipes: Mapping[str, Recipe]
    scores: tuple[ScoreRows | None, ...]
    weights: WeightState
    images: Tensor
    edited: frozenset[str] = frozenset()

    def fingerprint(self) -> Fingerprint:
        """Give what tells this run from that of another model or other images."""
        return fingerprint(self.config, self.weights, self.preprocessing, self.images)
