"""What tells one run from another: its model, its preprocessing and its images."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.caching.digests import digest_of_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vitwidgets.images import Preprocessing
    from vitwidgets.models.caching.weight_state import WeightState
    from vitwidgets.models.config import ViTConfig

Fingerprint = dict[str, Any]
"""What JSON can hold, so that it is the same after a way through a file."""

_WHAT = {
    "modules": "its modules (their classes or options) differ",
    "weights": "its weights differ",
}


def fingerprint(
    config: ViTConfig,
    weights: WeightState,
    preprocessing: Preprocessing | None,
    images: Tensor,
) -> Fingerprint:
    """Give the fingerprint of a run.

    Raises
    ------
    StaleCacheError, ModelStateError
        As `WeightState.digests` does.
    """
    found = {
        "config": dataclasses.asdict(config),
        **weights.digests(),
        "preprocessing": dataclasses.asdict(preprocessing) if preprocessing else {},
        "images": {
            "shape": tuple(images.shape),
            "dtype": str(images.dtype),
            "content": digest_of_tensors({"images": images}),
        },
    }
    return cast("Fingerprint", json.loads(json.dumps(found)))


def difference(saved: Fingerprint, present: Fingerprint) -> str | None:
    """Say in what a saved run and the present one differ; None where they do not."""
    config = _field("config", saved, present)
    if config is not None:
        return f"it is of another model: {config}"
    for key, reason in _WHAT.items():
        if saved[key] != present[key]:
            return f"it is of another model: {reason}"
    preprocessing = _field("preprocessing", saved, present)
    if preprocessing is not None:
        return f"the model's preprocessing was another: {preprocessing}"
    for key in ("shape", "dtype"):
        if saved["images"][key] != present["images"][key]:
            return f"it is of other images: {_both(key, saved, present, 'images')}"
    if saved["images"] != present["images"]:
        return "it is of other images: their pixels differ"
    return None


def _field(part: str, saved: Fingerprint, present: Fingerprint) -> str | None:
    keys: Mapping[str, None] = dict.fromkeys([*saved[part], *present[part]])
    for key in keys:
        if saved[part].get(key) != present[part].get(key):
            return _both(key, saved, present, part)
    return None


def _both(key: str, saved: Fingerprint, present: Fingerprint, part: str) -> str:
    return f"{key} is {saved[part].get(key)} there, {present[part].get(key)} here"
