"""All entries of the families' tests: models that are built small, no weight trivial.

Weights that start as zeros or ones (LayerScale, tables of relative positions, heads)
are random.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from tests.parity.open_clip_entries import OPEN_CLIP, TEXT, VISION, build_tower
from tests.parity.timm_entries import NARROW, TIMM, build_timm

if TYPE_CHECKING:
    from collections.abc import Sequence

ENTRIES: tuple[str, ...] = (*TIMM, *OPEN_CLIP)
"""Names of all entries."""


def build(
    name: str,
    dtype: torch.dtype = torch.float32,
    changes: dict[str, Any] | None = None,
) -> nn.Module:
    """Give an entry in evaluation mode, every parameter random and of some size.

    Parameters
    ----------
    name
        Of the entry.
    dtype
        Of its weights.
    changes
        How it is cut, other than in the table.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if name in TIMM:
            module = build_timm(name, changes or TIMM[name])
        else:
            module = build_tower(OPEN_CLIP[name])
        for key, parameter in module.named_parameters():
            _randomise(key, parameter)
        for key, buffer in module.named_buffers():
            if key.endswith(("put_min", "put_max")):  # what Gemma clips to
                buffer.fill_(-1.0 if key.endswith("min") else 1.0)
    return module.to(dtype).eval()


def inputs(
    name: str, batch: int = 2, seed: int = 1, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Give random images, or texts for a text tower, of an entry's own size."""
    generator = torch.Generator().manual_seed(seed)
    tower = OPEN_CLIP.get(name)
    if tower is not None and tower.text:
        length = TEXT["context_length"]
        texts = torch.randint(3, 48, (batch, length), generator=generator)
        texts[:, -2] = 49  # the end, where most of them are read
        texts[0, -1] = 0  # padding
        return texts
    if tower is not None:
        size = tower.changes.get("image_size", VISION["image_size"])
    else:
        size = TIMM[name].get("img_size", NARROW["img_size"]) or NARROW["img_size"]
    images = torch.randn(batch, 3, size, size, generator=generator)
    return images.to(dtype)


def precision(name: str) -> float:
    """Give how near two computations of an entry in float64 are to each other."""
    # Its norms compute in float32, whatever the model's precision.
    return 2e-5 if name.startswith("deepseek") else 1e-9


def some(sites: Sequence[str], name: str, count: int) -> Sequence[str]:
    """Give some sites of an entry, spread over the model, others for other entries."""
    step = max(1, len(sites) // count)
    return sites[ENTRIES.index(name) % step :: step]


def _randomise(key: str, parameter: nn.Parameter) -> None:
    name = key.rpartition(".")[2]
    scales = ("gamma", "gamma_1", "gamma_2", "head_scale")
    with torch.no_grad():
        if name in scales or (parameter.dim() == 1 and name == "weight"):
            parameter.uniform_(0.4, 1.6)
        elif parameter.dim() < 2 or "embed" in name or "token" in name:
            parameter.normal_(std=0.3)
        elif "freqs" in name:
            parameter.mul_(torch.empty_like(parameter).uniform_(0.7, 1.3))
        elif "rel_pos" in name or "relative_position" in name:
            parameter.normal_()
        else:
            parameter.normal_(std=1.2 * parameter[0].numel() ** -0.5)
