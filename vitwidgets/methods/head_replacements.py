"""What a head's output is replaced with when the head is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.hooks import HookFunction, HookPoint

_SITES = "blocks.*.attn.hook_z"
_BUDGET = 4 << 30


class Replacements(Protocol):
    """Gives what z becomes."""

    def of(self, number: int) -> list[Tensor]:
        """For a batch by its number, each layer's z: ``(image, token, head, d_head)``.

        The first axis may be 1, for all images alike.
        """
        ...


class MeanReplacements:
    """The mean z over all images, token by token.

    Parameters
    ----------
    model
        The model.
    batches
        Pixels of all images, ``(image, channel, height, width)`` each.
    """

    def __init__(self, model: HookedViT, batches: Sequence[Tensor]) -> None:
        sums: list[Tensor] | None = None
        for pixels in batches:
            parts = [z.double().sum(0, keepdim=True) for z in _outputs(model, pixels)]
            sums = parts if sums is None else _added(sums, parts)
        count = sum(len(pixels) for pixels in batches)
        dtype = next(model.module.parameters()).dtype
        self._means = [(total / count).to(dtype) for total in sums or ()]

    def of(self, number: int) -> list[Tensor]:
        """Give the means, whatever the batch."""
        del number
        return self._means


class NextImageReplacements:
    """The z of the next image; the last one's is the first's.

    Parameters
    ----------
    model, batches
        As for the mean.
    """

    def __init__(self, model: HookedViT, batches: Sequence[Tensor]) -> None:
        self._model = model
        self._batches = batches

    def of(self, number: int) -> list[Tensor]:
        """Give the z of the images that follow each of a batch's."""
        following = self._batches[(number + 1) % len(self._batches)]
        pixels = torch.cat((self._batches[number][1:], following[:1]))
        return _outputs(self._model, pixels)


class ZeroReplacements:
    """Nothing.

    Parameters
    ----------
    model, batches
        As for the mean.
    """

    def __init__(self, model: HookedViT, batches: Sequence[Tensor]) -> None:
        first = _outputs(model, batches[0][:1])
        self._zeros = [torch.zeros_like(z) for z in first]

    def of(self, number: int) -> list[Tensor]:
        """Give zeros, whatever the batch."""
        del number
        return self._zeros


def without_head(head: int, replacement: Tensor) -> HookFunction:
    """Give the hook function that replaces one head's z."""

    def hook(z: Tensor, point: HookPoint) -> Tensor:
        del point
        changed = z.clone()
        changed[:, :, head] = replacement[:, :, head]
        return changed

    return hook


def _outputs(model: HookedViT, pixels: Tensor) -> list[Tensor]:
    """Give each layer's z on some images."""
    device = next(model.module.parameters()).device
    _, cache = model.run_with_cache(pixels.to(device), _SITES, budget=_BUDGET)
    layers = range(model.config.n_layers)
    return [cache[in_block(layer, "attn.hook_z")] for layer in layers]


def _added(some: Sequence[Tensor], more: Sequence[Tensor]) -> list[Tensor]:
    return [a + b for a, b in zip(some, more, strict=True)]
