"""One pass over images: every head's numbers, a batch and some heads at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.head_statistics import HeadStatistics
from vitwidgets.methods.object_overlap import auroc, patch_labels
from vitwidgets.methods.patch_offsets import best_offset
from vitwidgets.methods.pattern_statistics import PatternStatistics
from vitwidgets.methods.position_sums import PositionSums
from vitwidgets.methods.running_moments import RunningMoments
from vitwidgets.methods.token_norms import (
    OUTLIER_FACTOR,
    last_layers,
    norms_over_median,
)
from vitwidgets.models import PatchGrid
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.image_stream import Batch
    from vitwidgets.models import ActivationCache, HookedViT

_SITES = ("blocks.*.attn.hook_pattern", "blocks.*.hook_resid_post")
_BUDGET = 4 << 30
"""Bytes that the activations of one batch may take."""
_PATTERN_BYTES = 16 << 20
"""Bytes of patterns looked at together: many at once cost fewer calls, too many fall
out of the processor's caches."""


class StatisticsRun:
    """Takes in batches, then gives the statistics.

    Parameters
    ----------
    model
        A model with plain patterns.
    """

    def __init__(self, model: HookedViT) -> None:
        config = model.config
        self._model = model
        self._weight = next(model.module.parameters())
        self._layers = range(config.n_layers)
        self._heads = range(config.n_heads)
        self._sums: dict[tuple[int, range], PositionSums] = {}
        self._heads_at_once = 1
        self._moments: dict[str, RunningMoments] = {}
        self._offsets = RunningMoments()
        self._norms: dict[str, RunningMoments] = {}
        self._grid = model.grid
        self._measure: PatternStatistics | None = None
        self._last_labels: Tensor | None = None

    def add(self, batch: Batch) -> None:
        """Run a batch and take in its numbers."""
        pixels = batch.pixels.to(self._weight.device)
        _, cache = self._model.run_with_cache(pixels, _SITES, budget=_BUDGET)
        if self._measure is None:
            height, width = self._model.config.patch_size
            if tuple(pixels.shape[-2:]) != self._model.config.image_size:
                self._grid = PatchGrid(
                    -(-pixels.shape[-2] // height),
                    -(-pixels.shape[-1] // width),
                    (height, width),
                    self._model.config.prefix_names,
                )
            self._measure = PatternStatistics(self._grid, pixels.device)
            size = 4 * len(pixels) * self._grid.n_tokens**2  # bytes of a head's pattern
            self._heads_at_once = max(1, _PATTERN_BYTES // size)
        outliers = self._note_norms(cache)
        labels = self._labels(batch, pixels.device)
        rows: dict[str, list[Tensor]] = {}
        offsets: list[Tensor] = []
        for layer in self._layers:
            for start in range(0, len(self._heads), self._heads_at_once):
                heads = self._heads[start : start + self._heads_at_once]
                pattern = self._patterns(cache, layer, heads)
                self._sums.setdefault((layer, heads), PositionSums()).add(pattern)
                numbers, masses = self._measure.measure(pattern)
                numbers |= self._sink_numbers(pattern, outliers)
                numbers |= self._object_numbers(pattern, labels)
                for name, values in numbers.items():
                    rows.setdefault(name, []).append(values)
                offsets.append(masses)
        self._offsets.add(torch.cat(offsets).transpose(0, 1))
        for name, columns in rows.items():
            moments = self._moments.setdefault(name, RunningMoments())
            moments.add(torch.cat(columns).transpose(0, 1))

    def statistics(self, n_images: int, skipped: tuple[str, ...]) -> HeadStatistics:
        """Give what was measured so far."""
        assert self._measure is not None  # noqa: S101 (there were images)
        shape = (len(self._layers), len(self._heads))
        values: dict[str, Tensor] = {}
        for name, moments in self._moments.items():
            values[name] = moments.mean
            values[f"{name}_ci95"] = moments.ci95
        values |= self._best_offsets()
        sink = values.pop("sink_share")
        values.pop("sink_share_ci95")
        values["sink_mass_uniform"] = sink
        for name, value in self._measure.uniform.items():
            values[f"{name}_uniform"] = torch.full_like(sink, value)
        every = self._sums.values()
        values["position_r2"] = torch.cat([sums.position_r2 for sums in every])
        values["generality"] = torch.cat([sums.generality for sums in every])
        return HeadStatistics(
            model_name=self._model.name,
            grid=self._grid,
            n_images=n_images,
            skipped=skipped,
            numbers={name: value.view(shape) for name, value in values.items()},
            norms={name: moments.mean for name, moments in self._norms.items()},
        )

    def _patterns(self, cache: ActivationCache, layer: int, heads: range) -> Tensor:
        """Give the patterns of some heads, ``(head, image, query, key)``."""
        if heads == self._heads:
            return cache.pattern(layer).transpose(0, 1)
        return torch.stack([cache.pattern(layer, head) for head in heads])

    def _best_offsets(self) -> dict[str, Tensor]:
        means, halves = self._offsets.mean, self._offsets.ci95
        chosen = [best_offset(masses, self._grid) for masses in means]
        row = torch.tensor([offset[0] for offset in chosen])
        col = torch.tensor([offset[1] for offset in chosen])
        at = (
            torch.arange(len(chosen)),
            row + self._grid.rows - 1,
            col + self._grid.cols - 1,
        )
        return {
            "offset_row": row.double(),
            "offset_col": col.double(),
            "offset_mass": means[at],
            "offset_mass_ci95": halves[at],
        }

    def _note_norms(self, cache: ActivationCache) -> Tensor:
        """Take in the norms of the stream; give the outliers, ``(image, patch)``."""
        rows: dict[str, list[Tensor]] = {"median": [], "highest": [], "outliers": []}
        late: list[Tensor] = []
        last = last_layers(len(self._layers))
        for layer in self._layers:
            stream = cache[in_block(layer, "hook_resid_post")]
            multiples, medians = norms_over_median(stream, self._grid.n_prefix_tokens)
            above = multiples > OUTLIER_FACTOR
            rows["median"].append(medians)
            rows["highest"].append(multiples.amax(-1))
            rows["outliers"].append(above.float().mean(-1))
            if layer in last:
                late.append(above)
        for name, columns in rows.items():
            moments = self._norms.setdefault(name, RunningMoments())
            moments.add(torch.stack(columns, 1))
        return torch.stack(late).any(0)

    def _sink_numbers(self, pattern: Tensor, outliers: Tensor) -> dict[str, Tensor]:
        assert self._measure is not None  # noqa: S101 (add made it)
        received = self._measure.received(pattern)[..., self._grid.n_prefix_tokens :]
        mass = (received * outliers).sum(-1)
        share = outliers.sum(-1) / self._grid.n_tokens
        none = ~outliers.any(-1)
        return {
            "sink_mass": mass.masked_fill(none, math.nan),
            "sink_share": share.masked_fill(none, math.nan).expand_as(mass),
        }

    def _labels(self, batch: Batch, device: torch.device) -> tuple[Tensor, Tensor]:
        """Give the patches of each image's object, and of that before it.

        Both are ``(image, patch)``, and false everywhere where there is no mask.
        """
        nothing = torch.zeros(self._grid.n_patches, dtype=torch.bool)
        own = [
            nothing if mask is None else patch_labels(mask, self._grid.patch_size)
            for mask in batch.masks
        ]
        before = [nothing if self._last_labels is None else self._last_labels, *own]
        self._last_labels = own[-1]
        # An image without an object of its own has nothing to be compared with either.
        others = [
            other if bool(mine.any()) else nothing
            for mine, other in zip(own, before, strict=False)
        ]
        return torch.stack(own).to(device), torch.stack(others).to(device)

    def _object_numbers(
        self, pattern: Tensor, labels: tuple[Tensor, Tensor]
    ) -> dict[str, Tensor]:
        assert self._measure is not None  # noqa: S101 (add made it)
        first = self._grid.n_prefix_tokens
        if "cls" in self._grid.prefix_names:
            scores = pattern[..., self._grid.prefix_names.index("cls"), first:]
        else:
            scores = self._measure.received(pattern)[..., first:]
        own, others = labels
        if not bool(own.any()):
            unknown = scores.new_full(scores.shape[:-1], math.nan)
            return {"object_auroc": unknown, "object_auroc_elsewhere": unknown}
        return {
            "object_auroc": auroc(scores, own.expand_as(scores)),
            "object_auroc_elsewhere": auroc(scores, others.expand_as(scores)),
        }
