"""What becomes of the answer when a head's output is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch
from tqdm import tqdm

from vitwidgets.methods.circuits.whole_heads import require_whole_heads
from vitwidgets.methods.head_replacements import (
    MeanReplacements,
    NextImageReplacements,
    Replacements,
    ZeroReplacements,
    without_head,
)
from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.running_moments import RunningMoments
from vitwidgets.models.addresses import Address
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from torch import Tensor

    from vitwidgets.methods.image_stream import Batch, Images
    from vitwidgets.models import ActivationCache, HookedViT

How: TypeAlias = Literal["mean", "resample", "zero"]

_REPLACEMENTS: dict[str, Callable[[HookedViT, Sequence[Tensor]], Replacements]] = {
    "mean": MeanReplacements,
    "resample": NextImageReplacements,
    "zero": ZeroReplacements,
}
_FEWEST = 2
_STREAMS = "blocks.*.hook_resid_pre"
_BUDGET = 4 << 30
"""Bytes that the streams of one batch may take."""


@dataclass(frozen=True, eq=False)
class HeadAblation:
    """What removing each head alone does.

    Attributes
    ----------
    how
        What z was replaced with: ``mean``, ``resample`` or ``zero``.
    n_images
        Over how many images.
    accuracy
        Share of the images whose highest logit is the target, nothing removed.
    logit_change, logit_change_ci95
        Change of the target's logit, mean over images and half of its 95 % interval:
        float64, ``(layer, head)``. Negative: the head speaks for the target.
    accuracy_change, accuracy_change_ci95
        Change of that share, likewise. An interval of width 0 says that all images
        changed alike, not that others would.
    """

    how: How
    n_images: int
    accuracy: float
    logit_change: Tensor
    logit_change_ci95: Tensor
    accuracy_change: Tensor
    accuracy_change_ci95: Tensor

    def frame(self) -> pd.DataFrame:
        """Give one row a head: layer, head, address, and the changes."""
        import pandas as pd  # noqa: PLC0415 (half a second)

        layers, heads = self.logit_change.shape
        index = [(layer, head) for layer in range(layers) for head in range(heads)]
        frame = pd.DataFrame(
            {
                "layer": [layer for layer, _ in index],
                "head": [head for _, head in index],
                "address": [str(Address(layer, "z", head)) for layer, head in index],
                "logit_change": self.logit_change.flatten().numpy(),
                "logit_change_ci95": self.logit_change_ci95.flatten().numpy(),
                "accuracy_change": self.accuracy_change.flatten().numpy(),
                "accuracy_change_ci95": self.accuracy_change_ci95.flatten().numpy(),
            }
        )
        frame.attrs = {
            "how": self.how,
            "n_images": self.n_images,
            "accuracy": self.accuracy,
        }
        return frame


def head_ablation(
    model: HookedViT,
    images: Images,
    *,
    labels: Sequence[int] | Tensor | None = None,
    how: How = "mean",
    batch_size: int = 8,
    progress: bool = True,
) -> HeadAblation:
    """Remove each head alone, and see what becomes of the target.

    Each run starts at the head's block, from the stream of the plain run.

    Parameters
    ----------
    model
        A model with a classifier.
    images
        As `attention_statistics` takes them; their pixels are kept in memory.
    labels
        Index of each image's class, the target. By default the model's own answer, so
        that ``accuracy`` is 1 and its change is how many answers are other ones.
    how
        What a head's z becomes at each token: its mean over the images (what the head
        says anyway), that of the next image (the last one's is the first's), or zero
        (which may be a value that never occurs).
    batch_size
        Images run at a time.
    progress
        Whether a progress bar is written to stderr.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or heads whose z is not of one image's tokens.
    UnknownSiteError
        If a block's input or the heads' z can't be reached.
    ValueError
        If `how` is none of the three, there are fewer than two images, labels do not
        fit, or the images do not, as `attention_statistics` says.
    """
    if how not in get_args(How):
        raise ValueError(f"how must be mean, resample or zero, got {how!r}")
    _require_heads(model)
    stream = ImageStream(model, images, None, batch_size)
    batches = list(stream)
    stream.warn_of_skipped()
    if stream.n_images < _FEWEST:
        raise ValueError(
            "ablation needs two images at least: the mean, or another image's value, "
            "is the head's own where there is one, and one image has no interval"
        )
    targets = None if labels is None else _targets(model, batches, labels)
    with torch.no_grad():
        return _ablate(model, batches, targets, how, progress)


def _require_heads(model: HookedViT) -> None:
    config = model.config
    if config.n_words or not config.n_classes:
        what = "reads texts" if config.n_words else "has no classifier"
        raise UnsupportedModelError(
            f"{model.name} {what}, and gives embeddings (as CLIP's towers do) or "
            f"features: ablation is measured on the logit of an image's class, so it "
            f"needs a model with a classifier, such as vitwidgets.load_model()"
        )
    require_whole_heads(model)


def _targets(
    model: HookedViT, batches: Sequence[Batch], labels: Sequence[int] | Tensor
) -> list[Tensor]:
    """Give the labels of each batch."""
    given = torch.as_tensor(labels)
    last = max(index for batch in batches for index in batch.indices)
    if given.ndim != 1 or given.is_floating_point() or len(given) <= last:
        raise ValueError(
            f"labels must be one class index for each image, at least {last + 1}; got "
            f"{given.dtype} of shape {tuple(given.shape)}"
        )
    classes = model.config.n_classes
    wrong = (given < 0) | (given >= classes)
    if bool(wrong.any()):
        raise ValueError(
            f"label {int(given[wrong][0])} is no class of {model.name}: they run from "
            f"0 to {classes - 1}"
        )
    return [given[batch.indices].long() for batch in batches]


def _ablate(
    model: HookedViT,
    batches: Sequence[Batch],
    targets: Sequence[Tensor] | None,
    how: How,
    progress: bool,
) -> HeadAblation:
    replacements = _REPLACEMENTS[how](model, [batch.pixels for batch in batches])
    device = next(model.module.parameters()).device
    logit_changes, hit_changes, hits = (RunningMoments() for _ in range(3))
    n_images = sum(len(batch.pixels) for batch in batches)
    with tqdm(
        total=n_images, unit="image", desc="ablation", disable=not progress
    ) as bar:
        for number, batch in enumerate(batches):
            pixels = batch.pixels.to(device)
            clean, cache = model.run_with_cache(pixels, _STREAMS, budget=_BUDGET)
            target = clean.argmax(-1) if targets is None else targets[number].to(device)
            removed = _each_removed(model, cache, replacements.of(number))
            logit_changes.add(_at(removed, target) - _at(clean, target)[:, None, None])
            hit = (clean.argmax(-1) == target).double()
            still = (removed.argmax(-1) == target[:, None, None]).double()
            hit_changes.add(still - hit[:, None, None])
            hits.add(hit)
            bar.update(len(pixels))
    return HeadAblation(
        how=how,
        n_images=n_images,
        accuracy=float(hits.mean),
        logit_change=logit_changes.mean,
        logit_change_ci95=logit_changes.ci95,
        accuracy_change=hit_changes.mean,
        accuracy_change_ci95=hit_changes.ci95,
    )


def _each_removed(
    model: HookedViT, cache: ActivationCache, replacements: Sequence[Tensor]
) -> Tensor:
    """Give the logits without each head: ``(image, layer, head, class)``."""
    by_layer: list[Tensor] = []
    for layer, replacement in enumerate(replacements):
        site = in_block(layer, "attn.hook_z")
        hooks = [without_head(h, replacement) for h in range(model.config.n_heads)]
        removed = [model.resume(cache, layer, fwd_hooks=[(site, f)]) for f in hooks]
        by_layer.append(torch.stack(removed, dim=1))
    return torch.stack(by_layer, dim=1)


def _at(logits: Tensor, target: Tensor) -> Tensor:
    """Give the target's logit of ``(image, ..., class)``: ``(image, ...)``."""
    shape = (-1, *[1] * (logits.ndim - 1))
    index = target.view(shape).expand(*logits.shape[:-1], 1)
    return logits.gather(-1, index)[..., 0]
